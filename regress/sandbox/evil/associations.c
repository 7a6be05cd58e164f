/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay that lies about UDP: asks for flows of what is no association of its
 * own, or too many, and counts what did not move.
 */

#include <string.h>

#include "evil.h"

void
evil_counted(const struct evil *e, uint64_t id, uint32_t flow, uint8_t over,
    uint64_t up)
{
	struct udp_count c = { .flow = flow, .over = over, .up = up, .nup = 1 };
	struct wbuf      w;
	uint8_t          space[UDP_COUNT_LEN];

	wbuf_init(&w, space, sizeof(space));
	udp_count_put(&w, &c);
	(void)evil_raw_wbuf(e->channel[PROC_ROUTER], MSG_UDP_COUNT, id, &w);
}

static void
stats(const struct evil *e, uint64_t id)
{
	struct msg_udp_stats st;
	struct wbuf          w;
	uint8_t              space[UDP_STATS_LEN];

	memset(&st, 0xff, sizeof(st));
	wbuf_init(&w, space, sizeof(space));
	msg_put_udp_stats(&w, &st);
	(void)evil_raw_wbuf(e->channel[PROC_ROUTER], MSG_UDP_STATS, id, &w);
}

static void
open_as(const struct evil *e, uint64_t id, enum session_command command)
{
	struct msg_session_open o;
	struct wbuf             w;
	uint8_t                 space[512];

	memset(&o, 0, sizeof(o));
	o.command = command;
	o.addr.af = AF_INET;
	o.addr.b[0] = 127;
	o.addr.b[3] = 1;
	o.port = (uint16_t)e->echo;
	wbuf_init(&w, space, sizeof(space));
	msg_put_session_open(&w, &o);
	(void)evil_raw_wbuf(e->channel[PROC_ROUTER], MSG_SESSION_OPEN, id, &w);
}

/* --- out of order ------------------------------------------------------- */

/* There is no request yet. */
static void
want_early(struct evil *e, struct channel *ch)
{
	struct msg_udp_want v;
	struct wbuf         w;
	uint8_t             space[512];

	memset(&v, 0, sizeof(v));
	v.flow = 1;
	v.addr.af = AF_INET;
	v.addr.b[0] = 127;
	v.addr.b[3] = 1;
	v.port = (uint16_t)e->port;
	wbuf_init(&w, space, sizeof(space));
	msg_put_udp_want(&w, &v);
	(void)evil_raw_wbuf(ch, MSG_UDP_WANT, e->id, &w);
}

/* Of a session to a target. */
static void
want_connected(struct evil *e, const struct msg *m)
{
	struct channel *ch;

	if ((ch = evil_opened(e, m)) != NULL)
		want_early(e, ch);
}

/* Of one that waits for its target. */
static void
open_bind(struct evil *e, struct channel *ch)
{
	open_as(e, e->id, SESSION_BIND);
}

static void
want_bound(struct evil *e, const struct msg *m)
{
	if (m->type == MSG_SESSION_BOUND && m->id == e->id)
		want_early(e, e->channel[PROC_ROUTER]);
}

static void
want_foreign(struct evil *e, struct channel *ch)
{
	uint64_t id, mine = e->id;

	for (id = mine - 64; id != mine + 64; id++) {
		e->id = id;
		if (id != mine)
			want_early(e, ch);
	}
	e->id = mine;
}

static void
open_foreign(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = e->id - 64; id != e->id + 64; id++) {
		if (id != e->id)
			open_as(e, id, SESSION_UDP);
	}
}

static void
open_again(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		open_as(e, evil_association(), SESSION_UDP);
}

/* A target beside the association, or one that comes to it. */
static void
open_connect(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		open_as(e, evil_association(), SESSION_CONNECT);
}

static void
open_bound(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		open_as(e, evil_association(), SESSION_BIND);
}

/* --- flows -------------------------------------------------------------- */

static void
want_forbidden(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		evil_want(e, 1, e->port);
	if (m->id == evil_association() && m->type == MSG_UDP_FLOW)
		evil_say("evil: is let");
	if (m->id == evil_association() && m->type == MSG_UDP_REFUSED)
		evil_say("evil: did all it could");
}

static void
want_twice(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) == NULL)
		return;
	evil_want(e, 1, e->echo);
	evil_want(e, 1, e->echo);
}

/* The router's own, for what nobody asked for. */
static void
want_inbound(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		evil_want(e, UDP_INBOUND(0), e->echo);
}

static void
want_port_zero(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		evil_want(e, 1, 0);
}

/* Of all lengths and bytes; a descriptor for one of them, and it is let. */
static void
want_names(struct evil *e, const struct msg *m)
{
	struct msg_udp_want v;
	struct wbuf         w;
	uint8_t             space[512];
	unsigned int        i;

	if (m->id == evil_association() && m->type == MSG_UDP_FLOW)
		evil_say("evil: is let");
	if (evil_associated(e, m) == NULL)
		return;
	memset(&v, 0, sizeof(v));
	v.port = (uint16_t)e->port;
	for (v.flow = 0; v.flow < 2000; v.flow++) {
		v.namelen = (uint8_t)(v.flow % 255 + 1);
		for (i = 0; i < v.namelen; i++)
			v.name[i] = (uint8_t)(v.flow / 255 * 31 + i * v.flow);
		wbuf_init(&w, space, sizeof(space));
		msg_put_udp_want(&w, &v);
		(void)evil_raw_wbuf(e->channel[PROC_ROUTER], MSG_UDP_WANT,
		    evil_association(), &w);
	}
	evil_say("evil: did all it could");
}

/* As many flows as that, one after the other. */
static void
want_many(struct evil *e, uint64_t id, uint32_t n)
{
	struct channel     *ch = e->channel[PROC_ROUTER];
	struct msg_udp_want v;
	struct wbuf         w;
	uint8_t             space[512];

	memset(&v, 0, sizeof(v));
	v.addr.af = AF_INET;
	v.addr.b[0] = 127;
	v.addr.b[3] = 1;
	v.port = (uint16_t)e->echo;
	/* Some of the odd ones are the router's. */
	for (v.flow = 0; v.flow < 2 * n; v.flow += 2) {
		wbuf_init(&w, space, sizeof(space));
		msg_put_udp_want(&w, &v);
		evil_flood_id(ch, MSG_UDP_WANT, id, &w, 1);
	}
}

/* Whoever asks reads no answer meanwhile. */
static void
want_flood(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) == NULL)
		return;
	want_many(e, evil_association(), FLOOD);
	evil_say("evil: did all it could");
}

/* All sockets that the router has, by two associations. */
static void
hoard(struct evil *e, struct channel *ch)
{
	open_as(e, e->other_id, SESSION_UDP);
	evil_associate(e, ch);
}

static void
hoard_flows(struct evil *e, const struct msg *m)
{
	if (m->type != MSG_UDP_OPENED)
		return;
	want_many(e, m->id, 1000);
	if (evil_associated(e, m) != NULL)
		evil_say("evil: did all it could");
}

/* --- numbers ------------------------------------------------------------ */

/* The flow of its own is open: once. */
static int
flow_open(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		evil_want(e, 1, e->echo);
	return m->id == evil_association() && m->type == MSG_UDP_FLOW;
}

static void
count_none(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) != NULL)
		evil_counted(e, evil_association(), 1, 0, 1);
}

static void
count_connected(struct evil *e, const struct msg *m)
{
	if (evil_opened(e, m) != NULL)
		evil_counted(e, e->id, 1, 0, 1);
}

static void
count_foreign(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = e->id - 64; id != e->id + 64; id++)
		if (id != e->id)
			evil_counted(e, id, 1, 1, 1);
}

static void
count_huge(struct evil *e, const struct msg *m)
{
	if (flow_open(e, m))
		evil_counted(e, evil_association(), 1, 0, UINT64_MAX);
}

static void
count_ungranted(struct evil *e, const struct msg *m)
{
	if (flow_open(e, m))
		evil_counted(e, evil_association(), 1, 0, 50000000);
}

static void
count_back(struct evil *e, const struct msg *m)
{
	if (!flow_open(e, m))
		return;
	evil_counted(e, evil_association(), 1, 0, 2000);
	evil_counted(e, evil_association(), 1, 0, 1000);
}

static void
count_late(struct evil *e, const struct msg *m)
{
	if (!flow_open(e, m))
		return;
	evil_counted(e, evil_association(), 1, 1, 0);
	evil_counted(e, evil_association(), 1, 1, 0);
}

/* One, and a part of another. */
static void
count_short(struct evil *e, const struct msg *m)
{
	struct udp_count c = { .flow = 1 };
	struct wbuf      w;
	uint8_t          space[UDP_COUNT_LEN + 1];

	if (!flow_open(e, m))
		return;
	wbuf_init(&w, space, sizeof(space));
	udp_count_put(&w, &c);
	wbuf_u8(&w, 0);
	(void)evil_raw_wbuf(e->channel[PROC_ROUTER], MSG_UDP_COUNT,
	    evil_association(), &w);
}

static void
stats_foreign(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = e->id - 64; id != e->id + 64; id++)
		if (id != e->id)
			stats(e, id);
}

static void
stats_connected(struct evil *e, const struct msg *m)
{
	if (evil_opened(e, m) != NULL)
		stats(e, e->id);
}

/* Its own word: it wraps no sum and ends up in no other line. */
static void
stats_own(struct evil *e, const struct msg *m)
{
	if (evil_associated(e, m) == NULL)
		return;
	stats(e, evil_association());
	stats(e, evil_association());
	evil_closed(e->channel[PROC_ROUTER], evil_association(), 0, 0, 0);
	evil_say("evil: did all it could");
}

static void
stats_short(struct evil *e, const struct msg *m)
{
	uint8_t space[UDP_STATS_LEN - 4] = { 0 };

	if (evil_associated(e, m) != NULL)
		(void)evil_raw(e->channel[PROC_ROUTER], MSG_UDP_STATS,
		    evil_association(), space, sizeof(space));
}

const struct attack attacks_associations[] = {
	{ "udp-early", MSG_UDP_WANT, NEED_SESSION, want_early, NULL },
	{ "udp-connected", MSG_UDP_WANT, NEED_SESSION, evil_open_own,
	    want_connected },
	{ "udp-bound", MSG_UDP_WANT, NEED_SESSION, open_bind, want_bound },
	{ "udp-foreign", MSG_UDP_WANT, NEED_SESSION, want_foreign, NULL },
	{ "udp-open-foreign", MSG_SESSION_OPEN, NEED_SESSION, open_foreign,
	    NULL },
	{ "udp-open-again", MSG_SESSION_OPEN, NEED_SESSION, evil_associate,
	    open_again },
	{ "udp-open-connect", MSG_SESSION_OPEN, NEED_SESSION, evil_associate,
	    open_connect },
	{ "udp-open-bind", MSG_SESSION_OPEN, NEED_SESSION, evil_associate,
	    open_bound },
	{ "udp-forbidden", MSG_UDP_WANT, NEED_SESSION, evil_associate,
	    want_forbidden },
	{ "udp-twice", MSG_UDP_WANT, NEED_SESSION, evil_associate, want_twice },
	{ "udp-inbound", MSG_UDP_WANT, NEED_SESSION, evil_associate,
	    want_inbound },
	{ "udp-port-zero", MSG_UDP_WANT, NEED_SESSION, evil_associate,
	    want_port_zero },
	{ "udp-names", MSG_UDP_WANT, NEED_SESSION, evil_associate, want_names },
	{ "udp-flood", MSG_UDP_WANT, NEED_SESSION, evil_associate, want_flood },
	{ "udp-hoard", MSG_UDP_WANT, NEED_SESSION, hoard, hoard_flows },
	{ "count-none", MSG_UDP_COUNT, NEED_SESSION, evil_associate,
	    count_none },
	{ "count-connected", MSG_UDP_COUNT, NEED_SESSION, evil_open_own,
	    count_connected },
	{ "count-foreign", MSG_UDP_COUNT, NEED_SESSION, count_foreign, NULL },
	{ "count-huge", MSG_UDP_COUNT, NEED_SESSION, evil_associate,
	    count_huge },
	{ "count-ungranted", MSG_UDP_COUNT, NEED_SESSION, evil_associate,
	    count_ungranted },
	{ "count-back", MSG_UDP_COUNT, NEED_SESSION, evil_associate,
	    count_back },
	{ "count-late", MSG_UDP_COUNT, NEED_SESSION, evil_associate,
	    count_late },
	{ "count-short", MSG_UDP_COUNT, NEED_SESSION, evil_associate,
	    count_short },
	{ "udp-stats-foreign", MSG_UDP_STATS, NEED_SESSION, stats_foreign,
	    NULL },
	{ "udp-stats-connected", MSG_UDP_STATS, NEED_SESSION, evil_open_own,
	    stats_connected },
	{ "udp-stats-own", MSG_UDP_STATS, NEED_SESSION, evil_associate,
	    stats_own },
	{ "udp-stats-short", MSG_UDP_STATS, NEED_SESSION, evil_associate,
	    stats_short },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
