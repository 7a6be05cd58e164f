/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "show limits".
 *
 * Linked by control.  All of it is the router's to say.
 */

#include "base/msg_codec.h"
#include "base/msg_limit.h"
#include "control/ctl.h"

/* More than any router counts. */
#define LIMITS_MAX	(1024 * 1024)

struct rows_state {
	uint32_t	skip;		/* that were sent */
	int		got;		/* this page */
	int		more;
};

static void	rows_ask(struct ctl_conn *);

void
ctl_limits_start(struct ctl_conn *c, const struct msg *m)
{
	if (ctl_state(c, sizeof(struct rows_state)) != NULL)
		rows_ask(c);
}

static void
rows_ask(struct ctl_conn *c)
{
	struct rows_state	*st = c->state;
	uint8_t			 space[8];
	struct wbuf		 b;

	st->got = 0;
	st->more = 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, st->skip);
	ctl_round(c);
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_LIMITS_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

/* A list has an end whatever the router says. */
enum ctl_answer
ctl_limits_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct rows_state	*st = c->state;
	struct limit_row	 row;
	struct rbuf		 r;
	uint8_t			 space[LIMIT_ROW_MAX];
	struct wbuf		 b;

	rbuf_init(&r, m->data, m->len);
	st->more = rbuf_u8(&r) != 0;
	if (st->more && (r.left == 0 || st->skip > LIMITS_MAX))
		return CTL_ANSWER_BAD;
	while (r.left > 0) {
		if (limit_row_get(&r, &row) == -1)
			return CTL_ANSWER_BAD;
		wbuf_init(&b, space, sizeof(space));
		limit_row_put(&b, &row);
		if (ctl_send(c, MSG_CTL_LIMIT_ROW, &b) == -1)
			return CTL_ANSWER_LAST;
		st->skip++;
	}
	st->got = 1;
	return CTL_ANSWER_LAST;
}

void
ctl_limits_proceed(struct ctl_conn *c)
{
	struct rows_state	*st = c->state;

	if (!st->got)
		ctl_done(c, RESULT_REFUSED, "the router does not answer");
	else if (!st->more)
		ctl_done(c, RESULT_OK, "");
	else if (peer_queued(c->peer) > CTL_QUEUE_MAX)
		c->paced = 1;
	else
		rows_ask(c);
}
