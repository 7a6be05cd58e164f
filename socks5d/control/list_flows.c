/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The list of flows: the router has them, and each relay concerned is asked for
 * what has gone by its own.
 */

#include "base/role.h"
#include "control/list.h"

/* A page has no more, as no row is shorter than this. */
#define ROW_LEN_MIN   64
#define PAGE_ROWS_MAX (MSG_PAYLOAD_MAX / ROW_LEN_MIN)
_Static_assert(PAGE_ROWS_MAX <= FLOW_IDS_MAX, "one question for a page");

struct flows {
	uint64_t        told;  /* relays that answered */
	size_t          nrows; /* of this page */
	struct flow_row rows[PAGE_ROWS_MAX];
	uint8_t         known[PAGE_ROWS_MAX]; /* to the relay */
};

static int  take_row(void *, const union list_row *);
static void ask_relays(struct conn *, void *);
static void ask_relay(struct conn *, const struct flows *, unsigned int);
static enum ask_answer take_stats(void *, struct peer *, const struct msg *);
static size_t          find_row(const struct flows *, const struct flow_id *,
	     unsigned int);
static int             send_page(struct conn *, void *);
static void            forget_figures(struct flow_row *);

const struct list_join list_flows = {
	.size = sizeof(struct flows),
	.result = MSG_FLOWS_RES,
	.answer = take_stats,
	.row = take_row,
	.rows = ask_relays,
	.send = send_page,
	.missing = "what has gone to destinations there is unknown",
};

static int
take_row(void *own, const union list_row *row)
{
	struct flows *st = own;

	if (st->nrows == PAGE_ROWS_MAX)
		return -1;
	st->known[st->nrows] = 0;
	st->rows[st->nrows++] = row->flow;
	return 0;
}

static void
ask_relays(struct conn *c, void *own)
{
	struct flows *st = own;
	uint64_t      concerned = 0;
	unsigned int  i;
	size_t        n;

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
ask_relay(struct conn *c, const struct flows *st, unsigned int relay)
{
	uint8_t     space[FLOW_IDS_MAX * FLOW_ID_LEN];
	struct wbuf b;
	size_t      n;

	wbuf_init(&b, space, sizeof(space));
	for (n = 0; n < st->nrows; n++) {
		const struct flow_id id = { st->rows[n].session,
			st->rows[n].flow };

		if (st->rows[n].relay == relay)
			flow_id_put(&b, &id);
	}
	if (ask_one(&c->ask, PROC_RELAY, relay, MSG_FLOWS_REQ, &b) == -1)
		ask_set_late(&c->ask, PROC_RELAY, relay);
}

/* A relay speaks for its own sessions only. */
static enum ask_answer
take_stats(void *own, struct peer *p, const struct msg *m)
{
	struct flows     *st = own;
	unsigned int      relay = channel_instance(peer_channel(p));
	struct flow_stats s;
	struct flow_row  *row;
	struct rbuf       r;
	size_t            n;

	st->told |= UINT64_C(1) << relay;
	rbuf_init(&r, m->data, m->len);
	while (r.left > 0) {
		if (flow_stats_get(&r, &s) == -1)
			return ASK_BAD;
		if ((n = find_row(st, &s.id, relay)) == st->nrows)
			continue;
		st->known[n] = 1;
		row = &st->rows[n];
		row->idle_ms = s.idle_ms;
		row->up = s.up;
		row->down = s.down;
		row->nup = s.nup;
		row->ndown = s.ndown;
	}
	return ASK_LAST;
}

/* They are in the order of their age. */
static size_t
find_row(const struct flows *st, const struct flow_id *id, unsigned int relay)
{
	size_t n;

	for (n = 0; n < st->nrows; n++)
		if (st->rows[n].session == id->session &&
		    st->rows[n].flow == id->flow && st->rows[n].relay == relay)
			break;
	return n;
}

/* One that its relay does not know any more has ended meanwhile. */
static int
send_page(struct conn *c, void *own)
{
	struct flows    *st = own;
	struct flow_row *row;
	uint8_t          space[MSG_PAYLOAD_MAX];
	struct wbuf      b;
	size_t           n;

	for (n = 0; n < st->nrows; n++) {
		row = &st->rows[n];
		if (ask_is_late(&c->ask, PROC_RELAY, row->relay))
			forget_figures(row);
		else if (!st->known[n] &&
		    (st->told & UINT64_C(1) << row->relay) != 0)
			continue;
		wbuf_init(&b, space, sizeof(space));
		flow_row_put(&b, row);
		if (conn_send(c, MSG_CTL_FLOW_ROW, &b) == -1)
			return -1;
	}
	st->nrows = 0;
	return 0;
}

static void
forget_figures(struct flow_row *row)
{
	row->idle_ms = FLOW_ROW_UNKNOWN;
	row->up = FLOW_ROW_UNKNOWN;
	row->down = FLOW_ROW_UNKNOWN;
	row->nup = FLOW_ROW_UNKNOWN;
	row->ndown = FLOW_ROW_UNKNOWN;
}
