/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "show status": the daemon and its processes, as the parent knows them, and
 * what two of them count.
 */

#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/log.h"
#include "control/command.h"

struct status_state {
	int               got;
	struct status_row row;
	unsigned int      nchildren;
	struct child_row  children[CHILDREN_MAX];
	uint8_t           name_servers;
	uint8_t           name_servers_dead;
};

static void            status_start(struct conn *, const struct msg *);
static enum ask_answer status_answer(struct conn *, struct peer *,
    const struct msg *);
static int  take_name_servers(const struct msg *, struct status_state *);
static void status_proceed(struct conn *);
static void status_late(const struct conn *, struct child_row *);
static void status_text(const struct status_state *, char *, size_t);

const struct ctl_command ctl_status = {
	{ MSG_STATUS_RES, MSG_COUNTERS_RES },
	status_start,
	status_answer,
	status_proceed,
};

static void
status_start(struct conn *c, const struct msg *m)
{
	struct status_state *st;

	if ((st = conn_state(c, sizeof(*st))) == NULL)
		return;
	st->row.sessions = STATUS_SESSIONS_UNKNOWN;
	(void)ask_one(&c->ask, PROC_PARENT, 0, MSG_STATUS_REQ, NULL);
	(void)ask_one(&c->ask, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL);
	(void)ask_one(&c->ask, PROC_RESOLVER, 0, MSG_COUNTERS_REQ, NULL);
}

static enum ask_answer
status_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct status_state *st = c->state;
	struct rbuf          b;
	uint64_t             sessions;

	if (m->type == MSG_COUNTERS_RES &&
	    channel_peer(peer_channel(p)) == PROC_RESOLVER)
		return take_name_servers(m, st) == -1 ? ASK_BAD : ASK_LAST;
	if (m->type == MSG_COUNTERS_RES)
		return counters_get_sessions(m, &st->row.sessions) == -1 ?
		    ASK_BAD :
		    ASK_LAST;
	sessions = st->row.sessions;
	rbuf_init(&b, m->data, m->len);
	if (status_row_get(&b, &st->row) == -1)
		return ASK_BAD;
	st->row.sessions = sessions;
	while (b.left > 0 && st->nchildren < CHILDREN_MAX) {
		if (child_row_get(&b, &st->children[st->nchildren++]) == -1)
			return ASK_BAD;
	}
	/* Too much from the parent is no reason to end: some is shown. */
	if (b.left > 0)
		log_warn("control: more processes than can be shown");
	st->got = 1;
	return ASK_LAST;
}

static int
take_name_servers(const struct msg *m, struct status_state *st)
{
	struct counters n;

	if (msg_get_counters(m, &n) == -1)
		return -1;
	st->name_servers = (uint8_t)n.v[COUNTER_NAME_SERVERS];
	st->name_servers_dead = (uint8_t)n.v[COUNTER_NAME_SERVERS_DEAD];
	return 0;
}

static void
status_proceed(struct conn *c)
{
	struct status_state *st = c->state;
	char                 text[512];
	uint8_t              space[1024];
	struct wbuf          b;
	unsigned int         i;

	if (!st->got) {
		conn_done_silent(c, PROC_PARENT);
		return;
	}
	st->row.name_servers = st->name_servers;
	st->row.name_servers_dead = st->name_servers_dead;
	wbuf_init(&b, space, sizeof(space));
	status_row_put(&b, &st->row);
	if (conn_send(c, MSG_CTL_STATUS_ROW, &b) == -1)
		return;
	for (i = 0; i < st->nchildren; i++) {
		status_late(c, &st->children[i]);
		wbuf_init(&b, space, sizeof(space));
		child_row_put(&b, &st->children[i]);
		if (conn_send(c, MSG_CTL_CHILD_ROW, &b) == -1)
			return;
	}
	status_text(st, text, sizeof(text));
	conn_done(c, text[0] == '\0' ? RESULT_OK : RESULT_REFUSED, text);
}

/* The parent need not have noticed yet what we have. */
static void
status_late(const struct conn *c, struct child_row *row)
{
	if (row->pid != 0 && row->silent_ms < ASK_ANSWER_MS &&
	    ask_is_late(&c->ask, row->role, row->instance))
		row->silent_ms = ASK_ANSWER_MS;
}

/* Which processes do not do their work, or "". */
static void
status_text(const struct status_state *st, char *dst, size_t size)
{
	const struct child_row *row;
	char                    who[64], time[DURATION_STRLEN];
	unsigned int            i;

	dst[0] = '\0';
	/* Who stops has less and less of them. */
	for (i = 0; i < st->nchildren && !st->row.stopping; i++) {
		row = &st->children[i];
		if (row->pid != 0 && row->silent_ms == 0)
			continue;
		(void)snprintf(who, sizeof(who), "%s%s %u: %s%s",
		    dst[0] == '\0' ? "" : "; ", proc_name(row->role),
		    row->instance,
		    row->pid == 0 ? "not running" : "no answer for ",
		    row->pid == 0 ? "" : duration_text(row->silent_ms, time));
		(void)strlcat(dst, who, size);
	}
}
