/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What socks5ctl asks about users and bans.
 *
 * Linked by control.  A hash only passes by: it goes to the parent as it came,
 * and no copy stays.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/msg_login.h"
#include "base/role.h"
#include "control/ctl.h"

/* More than auth ever has of either. */
#define ROWS_MAX	(1024 * 1024)

/* An edit: the parent's answer, then maybe the router's. */
struct user_state {
	char			name[LOGIN_NAME_SIZE];
	int			kill;
	int			changed;	/* the router was asked */
	int			got;		/* this answer */
	uint32_t		killed;
	struct msg_result	res;
};

struct rows_state {
	uint32_t	skip;		/* rows that were sent on */
	int		got;		/* this page */
	int		more;
};

struct unban_state {
	int		got;
	int		all;
	uint32_t	unbanned;
};

static void	user_changed(struct ctl_conn *);
static void	rows_start(struct ctl_conn *, enum msg_type);
static void	rows_ask(struct ctl_conn *, enum msg_type);
static int	row_pass(struct ctl_conn *, struct rbuf *, int, int *);
static void	rows_proceed(struct ctl_conn *, enum msg_type);

void
ctl_user_start(struct ctl_conn *c, const struct msg *m)
{
	struct user_state	*st;
	struct msg_user_edit	 e;
	uint8_t			 space[sizeof(e)];
	struct wbuf		 b;
	int			 ret;

	if ((st = ctl_state(c, sizeof(*st))) == NULL)
		return;
	ret = msg_get_user_edit(m, &e);
	(void)strlcpy(st->name, e.name, sizeof(st->name));
	st->kill = e.kill;
	explicit_bzero(&e, sizeof(e));
	if (ret == -1) {
		ctl_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	wbuf_bytes(&b, m->data, m->len);
	ret = ctl_ask(c, PROC_PARENT, 0, MSG_USER_REQ, &b);
	explicit_bzero(space, sizeof(space));
	if (ret == -1)
		ctl_done(c, RESULT_REFUSED, "cannot reach the parent");
	else
		c->deadline_ms = clock_ms() + CTL_USER_MS;
}

enum ctl_answer
ctl_user_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct user_state	*st = c->state;
	uint8_t			 space[MSG_TEXT_SIZE + 8];
	struct wbuf		 b;

	if (m->type == MSG_KILL_USER_RES) {
		if (msg_get_u32(m, &st->killed) == -1)
			return CTL_ANSWER_BAD;
		st->got = 1;
		return CTL_ANSWER_LAST;
	}
	if (msg_get_result(m, &st->res) == -1)
		return CTL_ANSWER_BAD;
	if (st->res.result != RESULT_MORE) {
		st->got = 1;
		return CTL_ANSWER_LAST;
	}
	/* Who hears something waits on, and so does the client. */
	c->deadline_ms = clock_ms() + CTL_USER_MS;
	wbuf_init(&b, space, sizeof(space));
	msg_put_text(&b, st->res.text);
	(void)ctl_send(c, MSG_CTL_TEXT, &b);
	return CTL_ANSWER_MORE;
}

void
ctl_user_proceed(struct ctl_conn *c)
{
	struct user_state	*st = c->state;
	struct msg_result	 res;
	uint8_t			 space[LOGIN_NAME_SIZE];
	struct wbuf		 b;

	if (st->changed) {
		user_changed(c);
		return;
	}
	if (!st->got) {
		ctl_done(c, RESULT_REFUSED, "the parent does not answer");
		return;
	}
	if (st->res.result != RESULT_OK || !st->kill) {
		/* The end of the command is that of its state. */
		res = st->res;
		ctl_done(c, res.result, res.text);
		return;
	}
	st->changed = 1;
	st->got = 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_name(&b, st->name);
	ctl_round(c);
	(void)ctl_ask(c, PROC_ROUTER, 0, MSG_KILL_USER_REQ, &b);
}

static void
user_changed(struct ctl_conn *c)
{
	struct user_state	*st = c->state;
	char			 text[MSG_TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%.1900s%s", st->res.text,
	    st->got ? "" : ", but the router does not answer");
	if (st->got)
		(void)snprintf(text + strlen(text), 64,
		    ", sessions ended: %" PRIu32, st->killed);
	ctl_done(c, st->got ? RESULT_OK : RESULT_REFUSED, text);
}

void
ctl_users_start(struct ctl_conn *c, const struct msg *m)
{
	rows_start(c, MSG_USERS_REQ);
}

void
ctl_bans_start(struct ctl_conn *c, const struct msg *m)
{
	rows_start(c, MSG_BANS_REQ);
}

static void
rows_start(struct ctl_conn *c, enum msg_type ask)
{
	if (ctl_state(c, sizeof(struct rows_state)) != NULL)
		rows_ask(c, ask);
}

static void
rows_ask(struct ctl_conn *c, enum msg_type ask)
{
	struct rows_state	*st = c->state;
	uint8_t			 space[8];
	struct wbuf		 b;

	st->got = 0;
	st->more = 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, st->skip);
	ctl_round(c);
	if (ctl_ask(c, PROC_AUTH, 0, ask, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "auth is not running");
}

/* A list has an end whatever auth says. */
enum ctl_answer
ctl_rows_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct rows_state	*st = c->state;
	struct rbuf		 r;
	int			 gone = 0;

	rbuf_init(&r, m->data, m->len);
	st->more = rbuf_u8(&r) != 0;
	if (st->more && (r.left == 0 || st->skip > ROWS_MAX))
		return CTL_ANSWER_BAD;
	while (r.left > 0) {
		if (row_pass(c, &r, m->type == MSG_USERS_ROWS, &gone) == -1)
			return CTL_ANSWER_BAD;
		if (gone)
			return CTL_ANSWER_LAST;
		st->skip++;
	}
	st->got = 1;
	return CTL_ANSWER_LAST;
}

static int
row_pass(struct ctl_conn *c, struct rbuf *r, int users, int *gone)
{
	struct user_row	user;
	struct ban_row	ban;
	uint8_t		space[USER_ROW_MAX];
	struct wbuf	b;

	wbuf_init(&b, space, sizeof(space));
	if (users) {
		if (user_row_get(r, &user) == -1)
			return -1;
		user_row_put(&b, &user);
	} else {
		if (ban_row_get(r, &ban) == -1)
			return -1;
		ban_row_put(&b, &ban);
	}
	*gone = ctl_send(c, users ? MSG_CTL_USER_ROW : MSG_CTL_BAN_ROW,
	    &b) == -1;
	return 0;
}

void
ctl_users_proceed(struct ctl_conn *c)
{
	rows_proceed(c, MSG_USERS_REQ);
}

void
ctl_bans_proceed(struct ctl_conn *c)
{
	rows_proceed(c, MSG_BANS_REQ);
}

static void
rows_proceed(struct ctl_conn *c, enum msg_type ask)
{
	struct rows_state	*st = c->state;

	if (!st->got)
		ctl_done(c, RESULT_REFUSED, "auth does not answer");
	else if (!st->more)
		ctl_done(c, RESULT_OK, "");
	else if (peer_queued(c->peer) > CTL_QUEUE_MAX)
		c->paced = 1;
	else
		rows_ask(c, ask);
}

void
ctl_unban_start(struct ctl_conn *c, const struct msg *m)
{
	struct unban_state	*st;
	char			 what[LOGIN_NAME_SIZE];
	uint8_t			 space[sizeof(what)];
	struct wbuf		 b;

	if ((st = ctl_state(c, sizeof(*st))) == NULL)
		return;
	if (msg_get_name(m, what, sizeof(what)) == -1) {
		ctl_close(c);
		return;
	}
	st->all = strcmp(what, "all") == 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_name(&b, what);
	if (ctl_ask(c, PROC_AUTH, 0, MSG_UNBAN_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "auth is not running");
}

enum ctl_answer
ctl_unban_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct unban_state	*st = c->state;

	if (msg_get_u32(m, &st->unbanned) == -1)
		return CTL_ANSWER_BAD;
	st->got = 1;
	return CTL_ANSWER_LAST;
}

void
ctl_unban_proceed(struct ctl_conn *c)
{
	struct unban_state	*st = c->state;
	char			 text[64];

	if (!st->got)
		ctl_done(c, RESULT_REFUSED, "auth does not answer");
	else if (st->unbanned == 0 && !st->all)
		ctl_done(c, RESULT_REFUSED, "no such ban");
	else {
		(void)snprintf(text, sizeof(text), "bans ended: %" PRIu32,
		    st->unbanned);
		ctl_done(c, RESULT_OK, text);
	}
}
