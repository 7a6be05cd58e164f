/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Malformed messages, and what no child may say of itself or of others.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/wire.h"
#include "base/log.h"
#include "evil.h"

/* A type that we may send to that peer, and for which a byte is too short. */
static uint32_t
own_type(const struct evil *e, const struct channel *ch)
{
	uint32_t type;
	size_t   len;

	for (type = MSG_CHILD_START; type < MSG_MAX; type++) {
		if (msg_check(type, e->self, channel_peer(ch), 1, 0) == MSG_OK)
			continue;
		for (len = 2; len < MSG_PAYLOAD_MAX; len++) {
			if (msg_check(type, e->self, channel_peer(ch), len,
				0) == MSG_OK)
				return type;
		}
	}
	return MSG_NONE;
}

static void
msg_unknown(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, 0x7fffffff, 1, "", 0);
}

static void
msg_none(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, MSG_NONE, 1, "", 0);
}

static void
msg_route(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, MSG_CHILD_STOP, 1, "", 0);
}

static void
msg_short(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, own_type(e, ch), 1, "", 1);
}

static void
msg_long(struct evil *e, struct channel *ch)
{
	static const uint8_t zeros[MSG_PAYLOAD_MAX + 1];

	(void)evil_raw(ch, own_type(e, ch), 1, zeros, sizeof(zeros));
}

static void
msg_garbage(struct evil *e, struct channel *ch)
{
	uint8_t  ones[MSG_PAYLOAD_MAX];
	uint32_t type = own_type(e, ch);
	size_t   len;

	memset(ones, 0xff, sizeof(ones));
	for (len = 1; len < sizeof(ones); len++) {
		if (msg_check(type, e->self, channel_peer(ch), len, 0) ==
		    MSG_OK)
			break;
	}
	(void)evil_raw(ch, type, 1, ones, len);
}

static void
msg_header(struct evil *e, struct channel *ch)
{
	if (write(channel_fd(ch), "abc", 3) == -1)
		_exit(1);
}

/* Packs: empty, of packs, and with a message that may not pass alone. */
static void
pack_empty(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, MSG_PACK, 0, "", 0);
}

static void
pack_of(struct channel *ch, uint32_t type, const void *data, size_t len)
{
	struct wbuf w;
	uint8_t     space[512];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u16(&w, (uint16_t)(MSG_HEADER_LEN + len));
	wbuf_u32(&w, type);
	wbuf_u64(&w, 1);
	wbuf_bytes(&w, data, len);
	(void)evil_raw_wbuf(ch, MSG_PACK, 0, &w);
}

static void
pack_nested(struct evil *e, struct channel *ch)
{
	pack_of(ch, MSG_PACK, "\0\14\0\0\0\0\0\0\0\0\0\0\0\0", 14);
}

static void
pack_route(struct evil *e, struct channel *ch)
{
	pack_of(ch, MSG_CHILD_STOP, "", 0);
}

static void
pack_short(struct evil *e, struct channel *ch)
{
	pack_of(ch, own_type(e, ch), "", 1);
}

/* A log that says what somebody else would say. */
static void
log_forged(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[512];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u8(&w, LOG_LEVEL_ERROR);
	wbuf_str16(&w, "relay: x\nforged line\r\033[2Jforged end");
	(void)evil_raw_wbuf(ch, MSG_CHILD_LOG, 0, &w);
}

static void
log_flood(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[LOG_LINE_MAX + 16];
	char        line[LOG_LINE_MAX];

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "flood ", 6);
	line[sizeof(line) - 1] = '\0';
	wbuf_init(&w, space, sizeof(space));
	msg_put_log(&w, LOG_LEVEL_ERROR, line);
	/* Two thousand bytes each: fifty megabytes for a log to take. */
	evil_flood(ch, MSG_CHILD_LOG, &w, FLOOD / 4);
}

/* Walls that do not stand, told when nobody asked. */
static void
ready_twice(struct evil *e, struct channel *ch)
{
	static const struct walls walls = { WALL_ALL, { 0 } };
	struct wbuf               w;
	uint8_t                   space[WALLS_LEN];

	wbuf_init(&w, space, sizeof(space));
	msg_put_walls(&w, &walls);
	(void)evil_raw_wbuf(ch, MSG_CHILD_READY, 0, &w);
}

/* The peer is innocent; what happens to it on our word alone? */
static void
accuse(struct evil *e, struct channel *ch)
{
	struct msg_bad_peer bad;
	struct wbuf         w;
	uint8_t             space[256];

	memset(&bad, 0, sizeof(bad));
	bad.role = PROC_ROUTER;
	(void)strlcpy(bad.what, "forged", sizeof(bad.what));
	wbuf_init(&w, space, sizeof(space));
	msg_put_bad_peer(&w, &bad);
	(void)evil_raw_wbuf(ch, MSG_CHILD_BAD_PEER, 0, &w);
}

/* To seem alive when it is not. */
static void
pong_unasked(struct evil *e, struct channel *ch)
{
	(void)evil_raw(ch, MSG_CHILD_PONG, 1000, "", 0);
}

static void
agree_unasked(struct evil *e, struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[4];
	uint32_t    n;

	for (n = 0; n < 100; n++) {
		wbuf_init(&w, space, sizeof(space));
		msg_put_u32(&w, n == 0 ? UINT32_MAX : n - 1);
		(void)evil_raw_wbuf(ch, MSG_CONF_READY, 0, &w);
	}
}

/* No to what was asked, with words for the log. */
static void
refuse(struct channel *ch)
{
	struct wbuf w;
	uint8_t     space[256];

	wbuf_init(&w, space, sizeof(space));
	msg_put_text(&w, "x\nforged line\r\033[2Jforged end");
	(void)evil_raw_wbuf(ch, MSG_CONF_FAILED, 0, &w);
}

static void
refuse_unasked(struct evil *e, struct channel *ch)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		refuse(ch);
}

static void
refuse_next(struct evil *e, const struct msg *m)
{
	if (m->type == MSG_CONF_BEGIN)
		refuse(e->channel[PROC_PARENT]);
}

const struct attack attacks_messages[] = {
	{ "unknown", MSG_NONE, NEED_NOTHING, msg_unknown, NULL },
	{ "none", MSG_NONE, NEED_NOTHING, msg_none, NULL },
	{ "route", MSG_NONE, NEED_NOTHING, msg_route, NULL },
	{ "short", MSG_NONE, NEED_NOTHING, msg_short, NULL },
	{ "long", MSG_NONE, NEED_NOTHING, msg_long, NULL },
	{ "garbage", MSG_NONE, NEED_NOTHING, msg_garbage, NULL },
	{ "header", MSG_NONE, NEED_NOTHING, msg_header, NULL },
	{ "pack-empty", MSG_PACK, NEED_NOTHING, pack_empty, NULL },
	{ "pack-nested", MSG_PACK, NEED_NOTHING, pack_nested, NULL },
	{ "pack-route", MSG_PACK, NEED_NOTHING, pack_route, NULL },
	{ "pack-short", MSG_PACK, NEED_NOTHING, pack_short, NULL },
	{ "log-forged", MSG_CHILD_LOG, NEED_NOTHING, log_forged, NULL },
	{ "log-flood", MSG_CHILD_LOG, NEED_NOTHING, log_flood, NULL },
	{ "ready-twice", MSG_CHILD_READY, NEED_NOTHING, ready_twice, NULL },
	{ "accuse", MSG_CHILD_BAD_PEER, NEED_NOTHING, accuse, NULL },
	{ "pong-unasked", MSG_CHILD_PONG, NEED_NOTHING, pong_unasked, NULL },
	{ "agree-unasked", MSG_CONF_READY, NEED_NOTHING, agree_unasked, NULL },
	{ "refuse-unasked", MSG_CONF_FAILED, NEED_NOTHING, refuse_unasked,
	    NULL },
	{ "refuse", MSG_CONF_FAILED, NEED_NOTHING, evil_do_nothing,
	    refuse_next },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
