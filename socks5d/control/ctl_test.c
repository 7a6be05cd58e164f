/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "socks5ctl test": auth says who that would be, the router what would become
 * of the request.
 *
 * Rows pass through as the router says them.
 */

#include <string.h>

#include "base/msg_policy.h"
#include "control/command.h"

struct test_state {
	struct msg_test   test;
	int               asked; /* the router */
	int               got;   /* its last row */
	enum test_verdict verdict;
};

static void            test_start(struct conn *, const struct msg *);
static void            test_ask_auth(struct conn *);
static void            test_ask_router(struct conn *);
static enum ask_answer test_answer(struct conn *, struct peer *,
    const struct msg *);
static enum ask_answer test_rows(struct conn *, const struct msg *);
static void            test_proceed(struct conn *);

const struct ctl_command ctl_test = {
	{ MSG_WHO_RES, MSG_TEST_RES },
	test_start,
	test_answer,
	test_proceed,
};

static void
test_start(struct conn *c, const struct msg *m)
{
	struct test_state *st;

	if ((st = conn_state(c, sizeof(*st))) == NULL)
		return;
	if (msg_get_test(m, &st->test) == -1 ||
	    st->test.login.status != LOGIN_NONE) {
		conn_close(c);
		return;
	}
	st->verdict = TEST_BLOCK;
	if (st->test.user[0] != '\0')
		test_ask_auth(c);
	else
		test_ask_router(c);
}

/* Without an answer the router hears that nothing is known of the user. */
static void
test_ask_auth(struct conn *c)
{
	struct test_state *st = c->state;
	struct msg_who_req q;
	uint8_t            space[sizeof(q) + 8];
	struct wbuf        b;

	q.from = st->test.from;
	(void)strlcpy(q.user, st->test.user, sizeof(q.user));
	wbuf_init(&b, space, sizeof(space));
	msg_put_who_req(&b, &q);
	(void)ask_one(&c->ask, PROC_AUTH, 0, MSG_WHO_REQ, &b);
}

static void
test_ask_router(struct conn *c)
{
	struct test_state *st = c->state;
	uint8_t            space[sizeof(st->test) + 16];
	struct wbuf        b;

	st->asked = 1;
	wbuf_init(&b, space, sizeof(space));
	msg_put_test(&b, &st->test);
	ask_round(&c->ask);
	if (conn_ask(c, PROC_ROUTER, MSG_TEST_REQ, &b) == 0)
		ask_allow(&c->ask, CTL_TEST_MS);
}

static enum ask_answer
test_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct test_state *st = c->state;

	if (m->type == MSG_TEST_RES)
		return test_rows(c, m);
	if (msg_get_who_res(m, &st->test.login) == -1) {
		st->test.login.status = LOGIN_NONE;
		st->test.login.ngroups = 0;
		return ASK_BAD;
	}
	return ASK_LAST;
}

static enum ask_answer
test_rows(struct conn *c, const struct msg *m)
{
	struct test_state *st = c->state;
	struct test_row    row;
	uint8_t            space[TEST_ROW_MAX];
	struct rbuf        r;
	struct wbuf        b;
	int                more;

	rbuf_init(&r, m->data, m->len);
	more = rbuf_u8(&r) != 0;
	if (more && r.left == 0)
		return ASK_BAD;
	while (r.left > 0) {
		if (st->got || test_row_get(&r, &row) == -1)
			return ASK_BAD;
		if (row.kind == TEST_RESULT) {
			st->got = 1;
			st->verdict = row.verdict;
		}
		wbuf_init(&b, space, sizeof(space));
		test_row_put(&b, &row);
		if (conn_send(c, MSG_CTL_TEST_ROW, &b) == -1)
			return ASK_LAST;
	}
	return more ? ASK_MORE : ASK_LAST;
}

static void
test_proceed(struct conn *c)
{
	struct test_state *st = c->state;

	if (st->asked == 0)
		test_ask_router(c);
	else if (st->got == 0)
		conn_done_silent(c, PROC_ROUTER);
	else
		conn_done(c,
		    st->verdict == TEST_PASS ? RESULT_OK : RESULT_REFUSED, "");
}
