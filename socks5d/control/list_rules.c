/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The list of rules: the relays say first, to the router, what the sessions
 * that are open have moved by now, which they do when asked for counters.
 */

#include "control/list.h"

static void            first(struct conn *);
static enum ask_answer answer(void *, struct peer *, const struct msg *);

const struct list_join list_rules = {
	.result = MSG_COUNTERS_RES,
	.answer = answer,
	.first = first,
	.missing = "bytes of open sessions there are as of earlier",
};

static void
first(struct conn *c)
{
	ask_role(&c->ask, PROC_RELAY, MSG_COUNTERS_REQ);
}

static enum ask_answer
answer(void *own, struct peer *p, const struct msg *m)
{
	struct counters n;

	return msg_get_counters(m, &n) == -1 ? ASK_BAD : ASK_LAST;
}
