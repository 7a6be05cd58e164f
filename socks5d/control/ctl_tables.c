/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What socks5ctl asks about tables, and how it changes them.
 *
 * What is to become of a table only passes by, part by part: the parent keeps
 * it, and the loader reads it.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/msg_login.h"
#include "base/msg_table.h"
#include "base/role.h"
#include "control/command.h"

/* More than the router ever has of entries in one. */
#define ENTRIES_MAX (1024 * 1024 * 1024)

struct test_state {
	char              name[MSG_TABLE_NAME_SIZE];
	int               got;
	enum table_answer answer;
	uint32_t          in;
	uint32_t          all;
};

struct show_state {
	struct msg_table_list req;
	int                   got; /* this page */
	enum table_answer     answer;
	uint64_t              entries;
};

static void            edit_start(struct conn *, const struct msg *);
static enum ask_answer edit_answer(struct conn *, struct peer *,
    const struct msg *);
static void            edit_hear(struct conn *, const struct msg *);
static void            edit_proceed(struct conn *);
static void            test_start(struct conn *, const struct msg *);
static enum ask_answer test_answer(struct conn *, struct peer *,
    const struct msg *);
static void            test_proceed(struct conn *);
static void            done_none(struct conn *, const char *);
static void            show_start(struct conn *, const struct msg *);
static void            show_ask(struct conn *);
static enum ask_answer show_answer(struct conn *, struct peer *,
    const struct msg *);
static void            show_proceed(struct conn *);

const struct ctl_command ctl_table_edit = {
	{ MSG_TABLE_RES, MSG_TABLE_NEXT },
	edit_start,
	edit_answer,
	edit_proceed,
};

const struct ctl_command ctl_table_test = {
	{ MSG_TABLE_TEST_RES },
	test_start,
	test_answer,
	test_proceed,
};

const struct ctl_command ctl_table_show = {
	{ MSG_TABLE_LIST_RES },
	show_start,
	show_answer,
	show_proceed,
};

static void
edit_start(struct conn *c, const struct msg *m)
{
	struct msg_table_edit e;
	uint8_t               space[sizeof(e)];
	struct wbuf           b;

	if (msg_get_table_edit(m, &e) == -1) {
		conn_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_table_edit(&b, &e);
	if (conn_ask(c, PROC_PARENT, MSG_TABLE_REQ, &b) == 0)
		ask_allow(&c->ask, CTL_TABLE_MS);
}

/* The parent asks for the next part, says what is wrong, or how it ended. */
static enum ask_answer
edit_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct msg_result res;

	ask_allow(&c->ask, CTL_TABLE_MS);
	if (m->type == MSG_TABLE_NEXT) {
		c->hears = MSG_CTL_TABLE_TEXT;
		c->hear = edit_hear;
		(void)conn_send(c, MSG_CTL_TABLE_NEXT, NULL);
		return ASK_MORE;
	}
	if (msg_get_result(m, &res) == -1)
		return ASK_BAD;
	if (res.result != RESULT_MORE) {
		conn_done(c, res.result, res.text);
		return ASK_LAST;
	}
	conn_text(c, res.text);
	return ASK_MORE;
}

static void
edit_hear(struct conn *c, const struct msg *m)
{
	uint8_t     space[MSG_PAYLOAD_MAX];
	struct wbuf b;

	c->hears = MSG_NONE;
	wbuf_init(&b, space, sizeof(space));
	wbuf_bytes(&b, m->data, m->len);
	if (ask_add(&c->ask, PROC_PARENT, 0, MSG_TABLE_TEXT, &b) == -1)
		conn_done_gone(c, PROC_PARENT);
}

static void
edit_proceed(struct conn *c)
{
	conn_done_silent(c, PROC_PARENT);
}

static void
test_start(struct conn *c, const struct msg *m)
{
	struct test_state    *st;
	struct msg_table_test t;
	uint8_t               space[MSG_PAYLOAD_MAX];
	struct wbuf           b;

	if ((st = conn_state(c, sizeof(*st))) == NULL)
		return;
	if (msg_get_table_test(m, &t) == -1) {
		conn_close(c);
		return;
	}
	(void)strlcpy(st->name, t.name, sizeof(st->name));
	wbuf_init(&b, space, sizeof(space));
	msg_put_table_test(&b, &t);
	(void)conn_ask(c, PROC_ROUTER, MSG_TABLE_TEST_REQ, &b);
}

static enum ask_answer
test_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct test_state    *st = c->state;
	struct table_test_row row;
	struct rbuf           r;
	uint8_t               space[sizeof(row)];
	struct wbuf           b;

	rbuf_init(&r, m->data, m->len);
	st->answer = (enum table_answer)rbuf_u8(&r);
	while (r.left > 0) {
		if (table_test_row_get(&r, &row) == -1)
			return ASK_BAD;
		wbuf_init(&b, space, sizeof(space));
		table_test_row_put(&b, &row);
		if (conn_send(c, MSG_CTL_TABLE_TEST_ROW, &b) == -1)
			return ASK_LAST;
		st->in += row.in == TABLE_TEST_IN;
		st->all++;
	}
	st->got = 1;
	return ASK_LAST;
}

static void
test_proceed(struct conn *c)
{
	struct test_state *st = c->state;
	char               text[128];

	if (!st->got)
		conn_done_silent(c, PROC_ROUTER);
	else if (st->answer == TABLE_ANSWER_NONE)
		done_none(c, st->name);
	else if (st->in == st->all)
		conn_done(c, RESULT_OK, "");
	else {
		(void)snprintf(text, sizeof(text),
		    "in the table: %" PRIu32 " of %" PRIu32, st->in, st->all);
		conn_done(c, RESULT_REFUSED, text);
	}
}

static void
done_none(struct conn *c, const char *name)
{
	char text[MSG_TABLE_NAME_SIZE + 32];

	(void)snprintf(text, sizeof(text), "no such table: %s", name);
	conn_done(c, RESULT_REFUSED, text);
}

static void
show_start(struct conn *c, const struct msg *m)
{
	struct show_state *st;

	if ((st = conn_state(c, sizeof(*st))) == NULL)
		return;
	if (msg_get_name(m, st->req.name, sizeof(st->req.name)) == -1)
		conn_close(c);
	else
		show_ask(c);
}

static void
show_ask(struct conn *c)
{
	struct show_state *st = c->state;
	uint8_t            space[sizeof(st->req)];
	struct wbuf        b;

	st->got = 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_table_list(&b, &st->req);
	ask_round(&c->ask);
	(void)conn_ask(c, PROC_ROUTER, MSG_TABLE_LIST_REQ, &b);
}

/* Each entry is looked at before all of them are sent on as they came. */
static enum ask_answer
show_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct show_state *st = c->state;
	struct table_item  item;
	struct rbuf        r;
	uint8_t            space[MSG_PAYLOAD_MAX];
	struct wbuf        b;

	rbuf_init(&r, m->data, m->len);
	st->answer = (enum table_answer)rbuf_u8(&r);
	st->req.at = rbuf_u64(&r);
	if (st->answer == TABLE_ANSWER_MORE &&
	    (r.left == 0 || st->entries > ENTRIES_MAX))
		return ASK_BAD;
	wbuf_init(&b, space, sizeof(space));
	wbuf_bytes(&b, r.data, r.left);
	while (r.left > 0) {
		if (table_item_get(&r, &item) == -1)
			return ASK_BAD;
		st->entries++;
	}
	if (b.len != 0 && conn_send(c, MSG_CTL_TABLE_ENTRIES, &b) == -1)
		return ASK_LAST;
	st->got = 1;
	return ASK_LAST;
}

static void
show_proceed(struct conn *c)
{
	struct show_state *st = c->state;

	if (!st->got)
		conn_done_silent(c, PROC_ROUTER);
	else if (st->answer == TABLE_ANSWER_NONE)
		done_none(c, st->req.name);
	else if (st->answer != TABLE_ANSWER_MORE)
		conn_done(c, RESULT_OK, "");
	else if (!conn_pace(c))
		show_ask(c);
}
