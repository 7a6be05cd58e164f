/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * An upstream role that lies about what proxies have said.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/msg_upstream.h"
#include "evil.h"

static void
dialed_to(struct channel *ch, uint64_t id, enum upstream_status status,
    unsigned int hop, const char *text, const struct addr *bound, uint16_t port)
{
	struct wbuf w;
	uint8_t     space[512];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u8(&w, status);
	wbuf_u8(&w, status == UPSTREAM_OK ? 0 : 1);
	wbuf_u8(&w, (uint8_t)hop);
	wbuf_u8(&w, 0);
	wbuf_addr(&w, bound);
	wbuf_u16(&w, port);
	wbuf_str8(&w, text);
	(void)evil_raw_wbuf(ch, MSG_UPSTREAM_DONE, id, &w);
}

static void
dialed(struct channel *ch, uint64_t id, enum upstream_status status,
    unsigned int hop, const char *text)
{
	static const struct addr none;

	dialed_to(ch, id, status, hop, text, &none, 0);
}

/* The proxy was not even greeted. */
static void
dialed_lie(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_OK, 0, "");
}

static void
dialed_unasked(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = 0; id < 1000; id++) {
		if (id != e->id)
			dialed(ch, id, UPSTREAM_OK, 0, "");
	}
	dialed(ch, UINT64_MAX, UPSTREAM_OK, 0, "");
}

static void
dialed_twice(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_OK, 0, "");
	dialed(ch, e->id, UPSTREAM_LOGIN, 0, "");
	dialed(ch, e->id, UPSTREAM_OK, 0, "");
}

static void
dialed_control(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_REFUSED, 0, "x\nforged\033[2Jforged end");
}

static void
dialed_far(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_REFUSED, 1, "");
}

static void
dialed_flood(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[8] = { UPSTREAM_CLOSED, 1, 0, 1 };

	wbuf_init(&w, space, sizeof(space));
	w.len = sizeof(space);
	evil_flood_id(ch, MSG_UPSTREAM_DONE, e->id, &w, FLOOD);
}

/* An association for who asked for a connection. */
static void
dialed_udp(struct evil *e, struct channel *ch)
{
	static const struct addr here = { .af = AF_INET,
		.b = { 127, 0, 0, 1 } };

	dialed_to(ch, e->id, UPSTREAM_OK, 0, "", &here, 53);
}

/* What became of associations at proxies, of which there is none. */
static void
flow_end_unasked(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[4];
	uint64_t    id;
	uint32_t    flow;

	for (id = 0; id < 1000; id++) {
		for (flow = 0; flow < 3; flow++) {
			wbuf_init(&w, space, sizeof(space));
			msg_put_u32(&w, flow);
			(void)evil_raw_wbuf(ch, MSG_UPSTREAM_FLOW_END, id, &w);
		}
	}
}

static void
lost_unasked(struct evil *e, struct channel *ch)
{
	uint64_t id;

	for (id = 0; id < 1000; id++)
		(void)evil_raw(ch, MSG_UPSTREAM_LOST, id, "", 0);
	(void)evil_raw(ch, MSG_UPSTREAM_LOST, UINT64_MAX, "", 0);
}

/* With a payload, which it has none. */
static void
lost_long(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, MSG_UPSTREAM_LOST, 1, "", 1);
}

const struct attack attacks_upstream[] = {
	{ "dialed-udp", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_udp, NULL },
	{ "dialed-lie", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_lie, NULL },
	{ "dialed-unasked", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_unasked,
	    NULL },
	{ "dialed-twice", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_twice,
	    NULL },
	{ "dialed-control", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_control,
	    NULL },
	{ "dialed-far", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_far, NULL },
	{ "dialed-flood", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_flood,
	    NULL },
	{ "flow-end-unasked", MSG_UPSTREAM_FLOW_END, NEED_NOTHING,
	    flow_end_unasked, NULL },
	{ "lost-unasked", MSG_UPSTREAM_LOST, NEED_NOTHING, lost_unasked, NULL },
	{ "lost-long", MSG_UPSTREAM_LOST, NEED_NOTHING, lost_long, NULL },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
