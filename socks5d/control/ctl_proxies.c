/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "upstream NAME member N up|down", which is the router's to do.
 */

#include "base/msg_proxy.h"
#include "control/command.h"

static void            set_start(struct conn *, const struct msg *);
static enum ask_answer set_answer(struct conn *, struct peer *,
    const struct msg *);
static void            set_proceed(struct conn *);

const struct ctl_command ctl_proxy_set = {
	{ MSG_PROXY_SET_RES },
	set_start,
	set_answer,
	set_proceed,
};

static void
set_start(struct conn *c, const struct msg *m)
{
	struct msg_proxy_set set;
	uint8_t              space[PROXY_NAME_SIZE + 8];
	struct wbuf          b;

	if (msg_get_proxy_set(m, &set) == -1) {
		conn_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_proxy_set(&b, &set);
	(void)conn_ask(c, PROC_ROUTER, MSG_PROXY_SET_REQ, &b);
}

static enum ask_answer
set_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct msg_result res;

	if (msg_get_result(m, &res) == -1)
		return ASK_BAD;
	conn_done(c, res.result, res.text);
	return ASK_LAST;
}

static void
set_proceed(struct conn *c)
{
	conn_done_silent(c, PROC_ROUTER);
}
