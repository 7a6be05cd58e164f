/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The list of sessions: page by page, at the pace of who reads it.
 *
 * Linked by control.  A page is what the router tells in one message; then
 * each relay concerned is asked for the bytes of its sessions, and the two
 * are put together.  Nothing is kept of a page once it was sent on, so a list
 * of any length costs the same.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/role.h"
#include "control/ctl.h"

/* More rows than fit into one message, as none is shorter than this. */
#define ROW_LEN_MIN	48
#define PAGE_ROWS_MAX	(MSG_PAYLOAD_MAX / ROW_LEN_MIN)

struct list_state {
	uint64_t		 after;		/* all up to it were sent */
	int			 got;		/* this page */
	int			 more;
	int			 merging;	/* relays were asked */
	uint64_t		 told;		/* relays that answered */
	size_t			 nrows;
	struct session_row	 rows[PAGE_ROWS_MAX];
	uint8_t			 known[PAGE_ROWS_MAX];	/* to the relay */
};

static void	ask_page(struct ctl_conn *);
static int	take_page(struct list_state *, const struct msg *);
static int	take_stats(struct list_state *, unsigned int,
		    const struct msg *);
static struct session_row
		*find_row(struct list_state *, uint64_t);
static int	row_cmp(const void *, const void *);
static void	sessions_done(struct ctl_conn *);
static void	ask_relays(struct ctl_conn *);
static void	ask_relay(struct ctl_conn *, unsigned int);
static int	has_ended(const struct ctl_conn *, size_t);
static int	send_page(struct ctl_conn *);

void
ctl_sessions_start(struct ctl_conn *c, const struct msg *m)
{
	if (ctl_state(c, sizeof(struct list_state)) != NULL)
		ask_page(c);
}

static void
ask_page(struct ctl_conn *c)
{
	struct list_state	*st = c->state;
	struct msg_list_req	 req;
	uint8_t			 space[16];
	struct wbuf		 b;

	st->got = 0;
	st->more = 0;
	st->merging = 0;
	st->told = 0;
	st->nrows = 0;
	req.after = st->after;
	wbuf_init(&b, space, sizeof(space));
	msg_put_list_req(&b, &req);
	ctl_round(c);
	if (ctl_ask(c, PROC_ROUTER, 0, MSG_LIST_REQ, &b) == -1)
		ctl_done(c, RESULT_REFUSED, "the router is not running");
}

enum ctl_answer
ctl_sessions_answer(struct ctl_conn *c, struct peer *p, const struct msg *m)
{
	struct list_state	*st = c->state;
	int			 ret;

	if (m->type == MSG_STATS_RES)
		ret = take_stats(st, channel_instance(peer_channel(p)), m);
	else
		ret = take_page(st, m);
	return ret == -1 ? CTL_ANSWER_BAD : CTL_ANSWER_LAST;
}

/* Ids must rise, so that a list has an end whatever the router says. */
static int
take_page(struct list_state *st, const struct msg *m)
{
	struct session_row	*row;
	struct rbuf		 r;

	rbuf_init(&r, m->data, m->len);
	st->more = rbuf_u8(&r) != 0;
	if (st->more && r.left == 0)
		return -1;
	while (r.left > 0) {
		if (st->nrows == PAGE_ROWS_MAX)
			return -1;
		st->known[st->nrows] = 0;
		row = &st->rows[st->nrows++];
		if (session_row_get(&r, row) == -1 || row->id <= st->after)
			return -1;
		st->after = row->id;
	}
	st->got = 1;
	return 0;
}

/* A relay speaks for its own sessions only. */
static int
take_stats(struct list_state *st, unsigned int relay, const struct msg *m)
{
	struct session_stats	 s;
	struct session_row	*row;
	struct rbuf		 r;

	st->told |= UINT64_C(1) << relay;
	rbuf_init(&r, m->data, m->len);
	while (r.left > 0) {
		if (session_stats_get(&r, &s) == -1)
			return -1;
		if ((row = find_row(st, s.id)) == NULL ||
		    row->relay != relay)
			continue;
		st->known[row - st->rows] = 1;
		/* The router alone knows what goes on before it is open. */
		if (row->state == SESSION_OPEN)
			row->state = s.state;
		row->idle_ms = s.idle_ms;
		row->up = s.up;
		row->down = s.down;
	}
	return 0;
}

static struct session_row *
find_row(struct list_state *st, uint64_t id)
{
	struct session_row	key;

	if (st->nrows == 0)
		return NULL;
	key.id = id;
	return bsearch(&key, st->rows, st->nrows, sizeof(key), row_cmp);
}

static int
row_cmp(const void *a, const void *b)
{
	const struct session_row	*x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

void
ctl_sessions_proceed(struct ctl_conn *c)
{
	struct list_state	*st = c->state;

	if (!st->got) {
		ctl_done(c, RESULT_REFUSED, "the router does not answer");
		return;
	}
	if (!st->merging) {
		st->merging = 1;
		ask_relays(c);
		return;
	}
	if (st->nrows != 0 && send_page(c) == -1)
		return;
	st->nrows = 0;
	if (!st->more)
		sessions_done(c);
	else if (peer_queued(c->peer) > CTL_QUEUE_MAX)
		c->paced = 1;
	else
		ask_page(c);
}

/* What there is was sent; what is missing is no success. */
static void
sessions_done(struct ctl_conn *c)
{
	char	who[128], text[256];

	if (!ctl_late(c, who, sizeof(who))) {
		ctl_done(c, RESULT_OK, "");
		return;
	}
	(void)snprintf(text, sizeof(text), "%s: no answer: bytes and idle "
	    "times of sessions there are unknown", who);
	ctl_done(c, RESULT_REFUSED, text);
}

static void
ask_relays(struct ctl_conn *c)
{
	struct list_state	*st = c->state;
	uint64_t		 concerned = 0;
	unsigned int		 i;
	size_t			 n;

	for (n = 0; n < st->nrows; n++)
		concerned |= UINT64_C(1) << st->rows[n].relay;
	ctl_round(c);
	for (i = 0; i < RELAYS_MAX; i++) {
		if ((concerned & ~c->late[PROC_RELAY] &
		    UINT64_C(1) << i) != 0)
			ask_relay(c, i);
	}
}

static void
ask_relay(struct ctl_conn *c, unsigned int relay)
{
	struct list_state	*st = c->state;
	uint8_t			 space[STATS_IDS_MAX * 8];
	struct wbuf		 b;
	size_t			 n;

	wbuf_init(&b, space, sizeof(space));
	for (n = 0; n < st->nrows; n++) {
		if (st->rows[n].relay != relay)
			continue;
		wbuf_u64(&b, st->rows[n].id);
		if (wbuf_space(&b) != 0)
			continue;
		if (ctl_ask(c, PROC_RELAY, relay, MSG_STATS_REQ, &b) == -1) {
			ctl_set_late(c, PROC_RELAY, relay);
			return;
		}
		wbuf_init(&b, space, sizeof(space));
	}
	if (b.len != 0 &&
	    ctl_ask(c, PROC_RELAY, relay, MSG_STATS_REQ, &b) == -1)
		ctl_set_late(c, PROC_RELAY, relay);
}

/* Open when the router told of it, and then no longer known to its relay. */
static int
has_ended(const struct ctl_conn *c, size_t n)
{
	const struct list_state		*st = c->state;
	const struct session_row	*row = &st->rows[n];

	return row->state == SESSION_OPEN && !st->known[n] &&
	    (st->told & ~c->late[PROC_RELAY] & UINT64_C(1) << row->relay) != 0;
}

static int
send_page(struct ctl_conn *c)
{
	struct list_state	*st = c->state;
	uint8_t			 space[SESSION_ROW_MAX];
	struct wbuf		 b;
	size_t			 n;

	for (n = 0; n < st->nrows; n++) {
		if (has_ended(c, n))
			continue;
		if ((c->late[PROC_RELAY] & UINT64_C(1) << st->rows[n].relay) !=
		    0) {
			st->rows[n].idle_ms = SESSION_ROW_UNKNOWN;
			st->rows[n].up = SESSION_ROW_UNKNOWN;
			st->rows[n].down = SESSION_ROW_UNKNOWN;
		}
		wbuf_init(&b, space, sizeof(space));
		session_row_put(&b, &st->rows[n]);
		if (ctl_send(c, MSG_CTL_SESSION_ROW, &b) == -1)
			return -1;
	}
	return 0;
}
