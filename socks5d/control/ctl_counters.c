/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "show counters": sums over all processes that count.
 */

#include <string.h>

#include "base/role.h"
#include "control/command.h"

static void            counters_start(struct conn *, const struct msg *);
static enum ask_answer counters_answer(struct conn *, struct peer *,
    const struct msg *);
static void            counters_proceed(struct conn *);

const struct ctl_command ctl_counters = {
	{ MSG_COUNTERS_RES },
	counters_start,
	counters_answer,
	counters_proceed,
};

static void
counters_start(struct conn *c, const struct msg *m)
{
	struct counters *sum;

	if ((sum = conn_state(c, sizeof(*sum))) == NULL)
		return;
	*sum = c->conns->role->counters;
	ask_all(&c->ask, MSG_COUNTERS_REQ);
}

static enum ask_answer
counters_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct counters *sum = c->state;
	struct counters  n;
	unsigned int     i;

	if (msg_get_counters(m, &n) == -1)
		return ASK_BAD;
	for (i = 0; i < COUNTER_MAX; i++)
		sum->v[i] += n.v[i];
	return ASK_LAST;
}

static void
counters_proceed(struct conn *c)
{
	struct counters   *sum = c->state;
	struct counter_row row;
	uint8_t            space[512];
	struct wbuf        b;
	unsigned int       i;

	for (i = 0; i < COUNTER_MAX; i++) {
		memset(&row, 0, sizeof(row));
		(void)strlcpy(row.name, counter_name((enum counter)i),
		    sizeof(row.name));
		(void)strlcpy(row.help, counter_help((enum counter)i),
		    sizeof(row.help));
		row.value = sum->v[i];
		wbuf_init(&b, space, sizeof(space));
		counter_row_put(&b, &row);
		if (conn_send(c, MSG_CTL_COUNTER_ROW, &b) == -1)
			return;
	}
	conn_done_late(c, "not in the sums");
}

int
counters_get_sessions(const struct msg *m, uint64_t *sessions)
{
	struct counters n;
	uint64_t        closed;

	if (msg_get_counters(m, &n) == -1)
		return -1;
	closed = n.v[COUNTER_SESSIONS_CLOSED];
	if (n.v[COUNTER_SESSIONS_ACCEPTED] >= closed)
		*sessions = n.v[COUNTER_SESSIONS_ACCEPTED] - closed;
	return 0;
}
