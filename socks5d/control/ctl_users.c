/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How socks5ctl changes users, and ends bans.
 *
 * A hash only passes by: it goes to the parent as it came, and no copy stays.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/msg_login.h"
#include "control/command.h"

/* An edit: the parent's answer, then maybe the router's. */
struct user_state {
	char              name[LOGIN_NAME_SIZE];
	int               kill;
	int               changed; /* the router was asked */
	int               got;     /* this answer */
	uint32_t          killed;
	struct msg_result res;
};

static void            user_start(struct conn *, const struct msg *);
static enum ask_answer user_answer(struct conn *, struct peer *,
    const struct msg *);
static void            user_proceed(struct conn *);
static void            user_changed(struct conn *);
static void            unban_start(struct conn *, const struct msg *);
static enum ask_answer unban_answer(struct conn *, struct peer *,
    const struct msg *);
static void            unban_proceed(struct conn *);

const struct ctl_command ctl_user_edit = {
	{ MSG_USER_RES, MSG_KILL_USER_RES },
	user_start,
	user_answer,
	user_proceed,
};

const struct ctl_command ctl_unban = {
	{ MSG_UNBAN_RES },
	unban_start,
	unban_answer,
	unban_proceed,
};

static void
user_start(struct conn *c, const struct msg *m)
{
	struct user_state   *st;
	struct msg_user_edit e;
	uint8_t              space[sizeof(e)];
	struct wbuf          b;
	int                  ret;

	if ((st = conn_state(c, sizeof(*st))) == NULL)
		return;
	ret = msg_get_user_edit(m, &e);
	(void)strlcpy(st->name, e.name, sizeof(st->name));
	st->kill = e.kill;
	explicit_bzero(&e, sizeof(e));
	if (ret == -1) {
		conn_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	wbuf_bytes(&b, m->data, m->len);
	ret = conn_ask(c, PROC_PARENT, MSG_USER_REQ, &b);
	explicit_bzero(space, sizeof(space));
	if (ret == 0)
		ask_allow(&c->ask, CTL_USER_MS);
}

static enum ask_answer
user_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct user_state *st = c->state;

	if (m->type == MSG_KILL_USER_RES) {
		if (msg_get_u32(m, &st->killed) == -1)
			return ASK_BAD;
		st->got = 1;
		return ASK_LAST;
	}
	if (msg_get_result(m, &st->res) == -1)
		return ASK_BAD;
	if (st->res.result != RESULT_MORE) {
		st->got = 1;
		return ASK_LAST;
	}
	/* Who hears something waits on, and so does the client. */
	ask_allow(&c->ask, CTL_USER_MS);
	conn_text(c, st->res.text);
	return ASK_MORE;
}

static void
user_proceed(struct conn *c)
{
	struct user_state *st = c->state;
	uint8_t            space[LOGIN_NAME_SIZE];
	struct wbuf        b;

	if (st->changed) {
		user_changed(c);
		return;
	}
	if (!st->got) {
		conn_done_silent(c, PROC_PARENT);
		return;
	}
	if (st->res.result != RESULT_OK || !st->kill) {
		conn_done(c, st->res.result, st->res.text);
		return;
	}
	st->changed = 1;
	st->got = 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_name(&b, st->name);
	ask_round(&c->ask);
	(void)ask_one(&c->ask, PROC_ROUTER, 0, MSG_KILL_USER_REQ, &b);
}

static void
user_changed(struct conn *c)
{
	struct user_state *st = c->state;
	char               text[MSG_TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%.1900s%s", st->res.text,
	    st->got ? "" : ", but the router does not answer");
	if (st->got)
		(void)snprintf(text + strlen(text), 64,
		    ", sessions ended: %" PRIu32, st->killed);
	conn_done(c, st->got ? RESULT_OK : RESULT_REFUSED, text);
}

static void
unban_start(struct conn *c, const struct msg *m)
{
	char        what[LOGIN_NAME_SIZE];
	uint8_t     space[sizeof(what)];
	struct wbuf b;
	int        *all;

	if ((all = conn_state(c, sizeof(*all))) == NULL)
		return;
	if (msg_get_name(m, what, sizeof(what)) == -1) {
		conn_close(c);
		return;
	}
	*all = strcmp(what, "all") == 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_name(&b, what);
	(void)conn_ask(c, PROC_AUTH, MSG_UNBAN_REQ, &b);
}

static enum ask_answer
unban_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	const int *all = c->state;
	uint32_t   unbanned;
	char       text[64];

	if (msg_get_u32(m, &unbanned) == -1)
		return ASK_BAD;
	(void)snprintf(text, sizeof(text), "bans ended: %" PRIu32, unbanned);
	if (unbanned == 0 && !*all)
		conn_done(c, RESULT_REFUSED, "no such ban");
	else
		conn_done(c, RESULT_OK, text);
	return ASK_LAST;
}

static void
unban_proceed(struct conn *c)
{
	conn_done_silent(c, PROC_AUTH);
}
