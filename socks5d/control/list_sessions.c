/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The list of sessions: the router has the sessions, and each relay concerned
 * is asked for the bytes of its own.
 */

#include <stdlib.h>

#include "base/role.h"
#include "control/list.h"

/* More rows than fit into one message, as none is shorter than this. */
#define ROW_LEN_MIN   48
#define PAGE_ROWS_MAX (MSG_PAYLOAD_MAX / ROW_LEN_MIN)

struct sessions {
	uint64_t           after; /* the last id */
	uint64_t           told;  /* relays that answered */
	size_t             nrows; /* of this page */
	struct session_row rows[PAGE_ROWS_MAX];
	uint8_t            known[PAGE_ROWS_MAX]; /* to the relay */
};

static int  take_row(void *, const union list_row *);
static void ask_relays(struct conn *, void *);
static void ask_relay(struct conn *, const struct sessions *, unsigned int);
static enum ask_answer take_stats(void *, struct peer *, const struct msg *);
static void            join_udp(struct udp_sums *, const struct udp_sums *);
static struct session_row *find_row(struct sessions *, uint64_t);
static int                 row_cmp(const void *, const void *);
static int                 send_page(struct conn *, void *);
static int has_ended(const struct conn *, const struct sessions *, size_t);

const struct list_join list_sessions = {
	.size = sizeof(struct sessions),
	.result = MSG_STATS_RES,
	.answer = take_stats,
	.row = take_row,
	.rows = ask_relays,
	.send = send_page,
	.missing = "bytes and idle times of sessions there are unknown",
};

/* Ids must rise, or no row would be found. */
static int
take_row(void *own, const union list_row *row)
{
	struct sessions *st = own;

	if (st->nrows == PAGE_ROWS_MAX || row->session.id <= st->after)
		return -1;
	st->after = row->session.id;
	st->known[st->nrows] = 0;
	st->rows[st->nrows++] = row->session;
	return 0;
}

static void
ask_relays(struct conn *c, void *own)
{
	struct sessions *st = own;
	uint64_t         concerned = 0;
	unsigned int     i;
	size_t           n;

	st->told = 0;
	for (n = 0; n < st->nrows; n++)
		concerned |= UINT64_C(1) << st->rows[n].relay;
	for (i = 0; i < RELAYS_MAX; i++) {
		if ((concerned & UINT64_C(1) << i) != 0 &&
		    !ask_is_late(&c->ask, PROC_RELAY, i))
			ask_relay(c, st, i);
	}
}

static void
ask_relay(struct conn *c, const struct sessions *st, unsigned int relay)
{
	uint8_t     space[STATS_IDS_MAX * 8];
	struct wbuf b;
	size_t      n;

	wbuf_init(&b, space, sizeof(space));
	for (n = 0; n < st->nrows; n++) {
		if (st->rows[n].relay != relay)
			continue;
		wbuf_u64(&b, st->rows[n].id);
		if (wbuf_space(&b) != 0)
			continue;
		if (ask_one(&c->ask, PROC_RELAY, relay, MSG_STATS_REQ, &b) ==
		    -1) {
			ask_set_late(&c->ask, PROC_RELAY, relay);
			return;
		}
		wbuf_init(&b, space, sizeof(space));
	}
	if (b.len != 0 &&
	    ask_one(&c->ask, PROC_RELAY, relay, MSG_STATS_REQ, &b) == -1)
		ask_set_late(&c->ask, PROC_RELAY, relay);
}

/* A relay speaks for its own sessions only. */
static enum ask_answer
take_stats(void *own, struct peer *p, const struct msg *m)
{
	struct sessions     *st = own;
	unsigned int         relay = channel_instance(peer_channel(p));
	struct session_stats s;
	struct session_row  *row;
	struct rbuf          r;

	st->told |= UINT64_C(1) << relay;
	rbuf_init(&r, m->data, m->len);
	while (r.left > 0) {
		if (session_stats_get(&r, &s) == -1)
			return ASK_BAD;
		if ((row = find_row(st, s.id)) == NULL || row->relay != relay)
			continue;
		st->known[row - st->rows] = 1;
		/* The router alone knows what goes on before it is open. */
		if (row->state == SESSION_OPEN)
			row->state = s.state;
		row->idle_ms = s.idle_ms;
		row->up = s.up;
		row->down = s.down;
		if (row->command == SESSION_UDP && s.is_udp)
			join_udp(&row->udp, &s.udp);
	}
	return ASK_LAST;
}

/* The router has dropped some as well, before the relay had the socket. */
static void
join_udp(struct udp_sums *u, const struct udp_sums *there)
{
	unsigned int i;

	u->nup = there->nup;
	u->ndown = there->ndown;
	for (i = 0; i < DROP_MAX; i++)
		u->drops[i] += there->drops[i];
}

static struct session_row *
find_row(struct sessions *st, uint64_t id)
{
	struct session_row key;

	if (st->nrows == 0)
		return NULL;
	key.id = id;
	return bsearch(&key, st->rows, st->nrows, sizeof(key), row_cmp);
}

static int
row_cmp(const void *a, const void *b)
{
	const struct session_row *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int
send_page(struct conn *c, void *own)
{
	struct sessions    *st = own;
	struct session_row *row;
	uint8_t             space[MSG_PAYLOAD_MAX];
	struct wbuf         b;
	size_t              n;

	for (n = 0; n < st->nrows; n++) {
		row = &st->rows[n];
		if (has_ended(c, st, n))
			continue;
		if (ask_is_late(&c->ask, PROC_RELAY, row->relay)) {
			row->idle_ms = SESSION_ROW_UNKNOWN;
			row->up = SESSION_ROW_UNKNOWN;
			row->down = SESSION_ROW_UNKNOWN;
			row->udp.unknown = 1;
		}
		wbuf_init(&b, space, sizeof(space));
		session_row_put(&b, row);
		if (conn_send(c, MSG_CTL_SESSION_ROW, &b) == -1)
			return -1;
	}
	st->nrows = 0;
	return 0;
}

/* Open when the router told of it, and then no longer known to its relay. */
static int
has_ended(const struct conn *c, const struct sessions *st, size_t n)
{
	const struct session_row *row = &st->rows[n];

	return row->state == SESSION_OPEN && !st->known[n] &&
	    (st->told & UINT64_C(1) << row->relay) != 0 &&
	    !ask_is_late(&c->ask, PROC_RELAY, row->relay);
}
