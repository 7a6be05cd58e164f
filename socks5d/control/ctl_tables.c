/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What socks5ctl asks about tables, and how it changes them.
 *
 * Linked by control.  What is to become of a table only passes by, part by
 * part: the parent keeps it, and the loader reads it.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/msg_login.h"
#include "base/msg_table.h"
#include "base/role.h"
#include "control/ctl.h"

/* More than the router ever has of tables, and of entries in one. */
#define TABLES_MAX	(64 * 1024)
#define ENTRIES_MAX	(1024 * 1024 * 1024)

struct rows_state {
	uint32_t	skip;		/* rows that were sent on */
	int		got;		/* this page */
	int		more;
};

struct test_state {
	char			name[MSG_TABLE_NAME_SIZE];
	int			got;
	enum table_answer	answer;
	uint32_t		in;
	uint32_t		all;
};

struct show_state {
	struct msg_table_list	req;
	int			got;	/* this page */
	enum table_answer	answer;
	uint64_t		entries;
};

static void	table_hear(struct ctl_conn *, const struct msg *);
static void	rows_ask(struct ctl_conn *);
static void	show_ask(struct ctl_conn *);
static void	done_none(struct ctl_conn *, const char *);

void
ctl_table_start(struct ctl_conn *c, const struct msg *m)
{
	struct msg_table_edit	e;
	uint8_t			space[sizeof(e)];
	struct wbuf		b;

	if (msg_get_table_edit(m, &e) == -1) {
		ctl_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_table_edit(&b, &e);
	if (ctl_ask(c, PROC_PARENT, 0, MSG_TABLE_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "cannot reach the parent");
	else
		c->deadline_ms = clock_ms() + CTL_TABLE_MS;
}

/* The parent asks for the next part, says what is wrong, or how it ended. */
enum ctl_answer
ctl_table_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct msg_result	res;
	uint8_t			space[MSG_TEXT_SIZE + 8];
	struct wbuf		b;

	c->deadline_ms = clock_ms() + CTL_TABLE_MS;
	if (m->type == MSG_TABLE_NEXT) {
		c->hears = MSG_CTL_TABLE_TEXT;
		c->hear = table_hear;
		(void)ctl_send(c, MSG_CTL_TABLE_NEXT, NULL);
		return CTL_ANSWER_MORE;
	}
	if (msg_get_result(m, &res) == -1)
		return CTL_ANSWER_BAD;
	if (res.result != RESULT_MORE) {
		ctl_done(c, res.result, res.text);
		return CTL_ANSWER_LAST;
	}
	/* Who hears something waits on, and so does the client. */
	c->deadline_ms = clock_ms() + CTL_TABLE_MS;
	wbuf_init(&b, space, sizeof(space));
	msg_put_text(&b, res.text);
	(void)ctl_send(c, MSG_CTL_TEXT, &b);
	return CTL_ANSWER_MORE;
}

static void
table_hear(struct ctl_conn *c, const struct msg *m)
{
	uint8_t		space[MSG_PAYLOAD_MAX];
	struct wbuf	b;

	c->hears = MSG_NONE;
	wbuf_init(&b, space, sizeof(space));
	wbuf_bytes(&b, m->data, m->len);
	if (peer_send(c->ctl->role->parent, MSG_TABLE_TEXT, c->request, &b,
	    -1) == -1)
		ctl_done(c, RESULT_REFUSED, "cannot reach the parent");
}

void
ctl_table_proceed(struct ctl_conn *c)
{
	ctl_done(c, RESULT_REFUSED, "the parent does not answer");
}

void
ctl_tables_start(struct ctl_conn *c, const struct msg *m)
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
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_TABLES_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

/* A list has an end whatever the router says. */
enum ctl_answer
ctl_tables_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct rows_state	*st = c->state;
	struct table_row	 row;
	struct rbuf		 r;
	uint8_t			 space[TABLE_ROW_MAX];
	struct wbuf		 b;

	rbuf_init(&r, m->data, m->len);
	st->more = rbuf_u8(&r) != 0;
	if (st->more && (r.left == 0 || st->skip > TABLES_MAX))
		return CTL_ANSWER_BAD;
	while (r.left > 0) {
		if (table_row_get(&r, &row) == -1)
			return CTL_ANSWER_BAD;
		wbuf_init(&b, space, sizeof(space));
		table_row_put(&b, &row);
		if (ctl_send(c, MSG_CTL_TABLE_ROW, &b) == -1)
			return CTL_ANSWER_LAST;
		st->skip++;
	}
	st->got = 1;
	return CTL_ANSWER_LAST;
}

void
ctl_tables_proceed(struct ctl_conn *c)
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
ctl_table_test_start(struct ctl_conn *c, const struct msg *m)
{
	struct test_state	*st;
	struct msg_table_test	 t;
	uint8_t			 space[MSG_PAYLOAD_MAX];
	struct wbuf		 b;

	if ((st = ctl_state(c, sizeof(*st))) == NULL)
		return;
	if (msg_get_table_test(m, &t) == -1) {
		ctl_close(c);
		return;
	}
	(void)strlcpy(st->name, t.name, sizeof(st->name));
	wbuf_init(&b, space, sizeof(space));
	msg_put_table_test(&b, &t);
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_TABLE_TEST_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

enum ctl_answer
ctl_table_test_answer(struct ctl_conn *c, struct peer *p,
    const struct msg *m)
{
	struct test_state	*st = c->state;
	struct table_test_row	 row;
	struct rbuf		 r;
	uint8_t			 space[sizeof(row)];
	struct wbuf		 b;

	rbuf_init(&r, m->data, m->len);
	st->answer = (enum table_answer)rbuf_u8(&r);
	while (r.left > 0) {
		if (table_test_row_get(&r, &row) == -1)
			return CTL_ANSWER_BAD;
		wbuf_init(&b, space, sizeof(space));
		table_test_row_put(&b, &row);
		if (ctl_send(c, MSG_CTL_TABLE_TEST_ROW, &b) == -1)
			return CTL_ANSWER_LAST;
		st->in += row.in == TABLE_TEST_IN;
		st->all++;
	}
	st->got = 1;
	return CTL_ANSWER_LAST;
}

void
ctl_table_test_proceed(struct ctl_conn *c)
{
	struct test_state	*st = c->state;
	char			 text[128];

	if (!st->got)
		ctl_done(c, RESULT_REFUSED, "the router does not answer");
	else if (st->answer == TABLE_ANSWER_NONE)
		done_none(c, st->name);
	else if (st->in == st->all)
		ctl_done(c, RESULT_OK, "");
	else {
		(void)snprintf(text, sizeof(text), "in the table: %" PRIu32
		    " of %" PRIu32, st->in, st->all);
		ctl_done(c, RESULT_REFUSED, text);
	}
}

static void
done_none(struct ctl_conn *c, const char *name)
{
	char	text[MSG_TABLE_NAME_SIZE + 32];

	(void)snprintf(text, sizeof(text), "no such table: %s", name);
	ctl_done(c, RESULT_REFUSED, text);
}

void
ctl_table_show_start(struct ctl_conn *c, const struct msg *m)
{
	struct show_state	*st;

	if ((st = ctl_state(c, sizeof(*st))) == NULL)
		return;
	if (msg_get_name(m, st->req.name, sizeof(st->req.name)) == -1)
		ctl_close(c);
	else
		show_ask(c);
}

static void
show_ask(struct ctl_conn *c)
{
	struct show_state	*st = c->state;
	uint8_t			 space[sizeof(st->req)];
	struct wbuf		 b;

	st->got = 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_table_list(&b, &st->req);
	ctl_round(c);
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_TABLE_LIST_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

/* Each entry is looked at before all of them are sent on as they came. */
enum ctl_answer
ctl_table_show_answer(struct ctl_conn *c, struct peer *p,
    const struct msg *m)
{
	struct show_state	*st = c->state;
	struct table_item	 item;
	struct rbuf		 r;
	uint8_t			 space[MSG_PAYLOAD_MAX];
	struct wbuf		 b;

	rbuf_init(&r, m->data, m->len);
	st->answer = (enum table_answer)rbuf_u8(&r);
	st->req.at = rbuf_u64(&r);
	if (st->answer == TABLE_ANSWER_MORE &&
	    (r.left == 0 || st->entries > ENTRIES_MAX))
		return CTL_ANSWER_BAD;
	wbuf_init(&b, space, sizeof(space));
	wbuf_bytes(&b, r.data, r.left);
	while (r.left > 0) {
		if (table_item_get(&r, &item) == -1)
			return CTL_ANSWER_BAD;
		st->entries++;
	}
	if (b.len != 0 && ctl_send(c, MSG_CTL_TABLE_ENTRIES, &b) == -1)
		return CTL_ANSWER_LAST;
	st->got = 1;
	return CTL_ANSWER_LAST;
}

void
ctl_table_show_proceed(struct ctl_conn *c)
{
	struct show_state	*st = c->state;

	if (!st->got)
		ctl_done(c, RESULT_REFUSED, "the router does not answer");
	else if (st->answer == TABLE_ANSWER_NONE)
		done_none(c, st->req.name);
	else if (st->answer != TABLE_ANSWER_MORE)
		ctl_done(c, RESULT_OK, "");
	else if (peer_queued(c->peer) > CTL_QUEUE_MAX)
		c->paced = 1;
	else
		show_ask(c);
}
