/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "show upstreams" and "upstream NAME member N up|down".
 *
 * Linked by control.  All of it is the router's to say.
 */

#include <string.h>

#include "base/msg_proxy.h"
#include "control/ctl.h"

/* More than any router may have. */
#define PROXIES_MAX	(256 * PROXY_MEMBERS_MAX)

struct rows_state {
	uint32_t	skip;		/* that were sent */
	int		got;		/* this page */
	int		more;
};

struct set_state {
	int			got;
	struct msg_result	res;
};

static void	rows_ask(struct ctl_conn *);

void
ctl_proxies_start(struct ctl_conn *c, const struct msg *m)
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
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_PROXIES_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

/* A list has an end whatever the router says. */
enum ctl_answer
ctl_proxies_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct rows_state	*st = c->state;
	struct proxy_row	 row;
	struct rbuf		 r;
	uint8_t			 space[PROXY_ROW_MAX];
	struct wbuf		 b;

	rbuf_init(&r, m->data, m->len);
	st->more = rbuf_u8(&r) != 0;
	if (st->more && (r.left == 0 || st->skip > PROXIES_MAX))
		return CTL_ANSWER_BAD;
	while (r.left > 0) {
		if (proxy_row_get(&r, &row) == -1)
			return CTL_ANSWER_BAD;
		wbuf_init(&b, space, sizeof(space));
		proxy_row_put(&b, &row);
		if (ctl_send(c, MSG_CTL_PROXY_ROW, &b) == -1)
			return CTL_ANSWER_LAST;
		st->skip++;
	}
	st->got = 1;
	return CTL_ANSWER_LAST;
}

void
ctl_proxies_proceed(struct ctl_conn *c)
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

void
ctl_proxy_set_start(struct ctl_conn *c, const struct msg *m)
{
	struct msg_proxy_set	set;
	uint8_t			space[PROXY_NAME_SIZE + 8];
	struct wbuf		b;

	if (ctl_state(c, sizeof(struct set_state)) == NULL)
		return;
	if (msg_get_proxy_set(m, &set) == -1) {
		ctl_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_proxy_set(&b, &set);
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_PROXY_SET_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

enum ctl_answer
ctl_proxy_set_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct set_state	*st = c->state;

	if (msg_get_result(m, &st->res) == -1)
		return CTL_ANSWER_BAD;
	st->got = 1;
	return CTL_ANSWER_LAST;
}

void
ctl_proxy_set_proceed(struct ctl_conn *c)
{
	struct set_state	*st = c->state;
	struct msg_result	 res;

	if (!st->got) {
		ctl_done(c, RESULT_REFUSED, "the router does not answer");
		return;
	}
	/* The state goes with the command. */
	res = st->res;
	ctl_done(c, res.result, res.text);
}
