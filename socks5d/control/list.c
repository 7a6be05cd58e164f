/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Every list that socks5ctl can ask for: page by page from its keeper, row by
 * row to the client, at the pace of who reads it.
 *
 * Nothing is kept of a page once it was sent on, so a list of any length costs
 * the same.
 */

#include <stddef.h>

#include "control/command.h"
#include "control/list.h"

/* More rows than any list has. */
#define ROWS_MAX (16 * 1024 * 1024)

enum stage {
	STAGE_NEXT, /* a page is to be asked for, or the first */
	STAGE_PAGE, /* it was */
	STAGE_JOIN, /* others were asked about its rows */
};

struct list_state {
	enum list               list;
	const struct list_join *join; /* or NULL */
	enum stage              stage;
	uint64_t                at;  /* where the next page begins */
	uint32_t                n;   /* rows so far */
	int                     got; /* this page */
	int                     more;
	_Alignas(max_align_t) uint8_t own[]; /* of the join */
};

static void            list_start(struct conn *, const struct msg *);
static enum ask_answer list_answer(struct conn *, struct peer *,
    const struct msg *);
static int             take_head(struct list_state *, struct rbuf *);
static int             take_rows(struct conn *, struct rbuf *);
static int             send_row(struct conn *, const union list_row *);
static void            list_proceed(struct conn *);
static void            ask_page(struct conn *);
static void            page_done(struct conn *);

const struct ctl_command ctl_list = {
	{ MSG_NONE, MSG_NONE },
	list_start,
	list_answer,
	list_proceed,
};

static const struct list_join *const joins[LIST_MAX] = {
	[LIST_SESSION] = &list_sessions,
	[LIST_FLOW] = &list_flows,
	[LIST_RULE] = &list_rules,
};

static void
list_start(struct conn *c, const struct msg *m)
{
	const struct list_join *join;
	struct list_state      *st;
	enum list               list;

	if (msg_get_ctl_list(m, &list) == -1) {
		conn_close(c);
		return;
	}
	join = joins[list];
	st = conn_state(c, sizeof(*st) + (join == NULL ? 0 : join->size));
	if (st == NULL)
		return;
	st->list = list;
	st->join = join;
	c->ask.results[0] = MSG_ROWS_OF(list);
	c->ask.results[1] = join == NULL ? MSG_NONE : join->result;
	if (join != NULL && join->first != NULL)
		join->first(c);
}

static enum ask_answer
list_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct list_state *st = c->state;
	struct rbuf        r;

	if (m->type != MSG_ROWS_OF(st->list))
		return st->join->answer(st->own, p, m);
	rbuf_init(&r, m->data, m->len);
	if (take_head(st, &r) == -1 || take_rows(c, &r) == -1)
		return ASK_BAD;
	return ASK_LAST;
}

/* A list has an end, whatever its keeper says. */
static int
take_head(struct list_state *st, struct rbuf *r)
{
	struct list_head head;

	if (list_head_get(r, &head) == -1)
		return -1;
	if (head.more &&
	    (r->left == 0 || head.at <= st->at || st->n > ROWS_MAX))
		return -1;
	st->more = head.more;
	st->at = head.at;
	return 0;
}

/* The client may be gone with one of them, and the list with it. */
static int
take_rows(struct conn *c, struct rbuf *r)
{
	struct list_state *st = c->state;
	union list_row     row;

	while (r->left > 0) {
		if (list_row_get(r, st->list, &row) == -1)
			return -1;
		st->n++;
		if (st->join != NULL && st->join->row != NULL) {
			if (st->join->row(st->own, &row) == -1)
				return -1;
		} else if (send_row(c, &row) == -1)
			return 0;
	}
	st->got = 1;
	return 0;
}

static int
send_row(struct conn *c, const union list_row *row)
{
	struct list_state *st = c->state;
	uint8_t            space[MSG_PAYLOAD_MAX];
	struct wbuf        b;

	wbuf_init(&b, space, sizeof(space));
	list_row_put(&b, st->list, row);
	return conn_send(c, MSG_CTL_ROW_OF(st->list), &b);
}

static void
list_proceed(struct conn *c)
{
	struct list_state *st = c->state;

	if (st->stage == STAGE_NEXT) {
		ask_page(c);
	} else if (!st->got) {
		conn_done_silent(c, list_keeper(st->list));
	} else if (st->stage == STAGE_PAGE && st->join != NULL &&
	    st->join->rows != NULL) {
		st->stage = STAGE_JOIN;
		ask_round(&c->ask);
		st->join->rows(c, st->own);
	} else if (st->stage == STAGE_PAGE || st->join->send(c, st->own) != -1)
		page_done(c);
}

static void
page_done(struct conn *c)
{
	struct list_state *st = c->state;

	st->stage = STAGE_NEXT;
	if (st->more)
		(void)conn_pace(c);
	else if (st->join != NULL)
		conn_done_late(c, st->join->missing);
	else
		conn_done(c, RESULT_OK, "");
}

static void
ask_page(struct conn *c)
{
	struct list_state  *st = c->state;
	struct msg_list_req req = { st->list, st->at };
	uint8_t             space[16];
	struct wbuf         b;

	st->stage = STAGE_PAGE;
	st->got = 0;
	st->more = 0;
	wbuf_init(&b, space, sizeof(space));
	msg_put_list_req(&b, &req);
	ask_round(&c->ask);
	(void)conn_ask(c, list_keeper(st->list), MSG_LIST_REQ, &b);
}
