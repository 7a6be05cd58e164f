/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about proxies: see msg_proxy.h.
 *
 * Pure codec.
 */

#include <sys/types.h>

#include "base/msg_field.h"
#include "base/msg_proxy.h"
#include "compat/nitems.h"

#define BALANCE_LAST  2 /* CONF_SOURCE */
#define PROTOCOL_LAST 2 /* CONF_HTTP */

static const char *const state_names[] = {
	[PROXY_UP] = "up",
	[PROXY_DOWN] = "down",
	[PROXY_CHECK_FAILED] = "check failed",
	[PROXY_TRIPPED] = "tripped",
	[PROXY_HALF_OPEN] = "half-open",
	[PROXY_FAILING] = "failing",
};

_Static_assert(nitems(state_names) == PROXY_STATE_MAX,
    "every state needs its name");

void
proxy_row_put(struct wbuf *w, const struct proxy_row *p)
{
	wbuf_str8(w, p->upstream);
	wbuf_str8(w, p->via);
	wbuf_u8(w, p->balance);
	wbuf_u8(w, p->member);
	wbuf_u8(w, p->protocol);
	wbuf_addr(w, &p->addr);
	wbuf_u16(w, p->port);
	wbuf_u8(w, (uint8_t)p->state);
	wbuf_u32(w, p->left_ms);
	wbuf_u64(w, p->sessions);
	wbuf_u64(w, p->bytes_up);
	wbuf_u64(w, p->bytes_down);
	wbuf_u32(w, p->connect_ms);
	wbuf_u64(w, p->tries);
	wbuf_u64(w, p->failures);
	wbuf_u64(w, p->error_ms);
	wbuf_str8(w, p->error);
}

int
proxy_row_get(struct rbuf *r, struct proxy_row *p)
{
	rbuf_str8(r, p->upstream, sizeof(p->upstream));
	rbuf_str8(r, p->via, sizeof(p->via));
	p->balance = field_range(r, 0, BALANCE_LAST);
	p->member = field_range(r, 1, PROXY_MEMBERS_MAX);
	p->protocol = field_range(r, 0, PROTOCOL_LAST);
	field_addr(r, &p->addr);
	p->port = rbuf_u16(r);
	p->state = (enum proxy_state)field_range(r, PROXY_UP,
	    PROXY_STATE_MAX - 1);
	p->left_ms = rbuf_u32(r);
	p->sessions = rbuf_u64(r);
	p->bytes_up = rbuf_u64(r);
	p->bytes_down = rbuf_u64(r);
	p->connect_ms = rbuf_u32(r);
	p->tries = rbuf_u64(r);
	p->failures = rbuf_u64(r);
	p->error_ms = rbuf_u64(r);
	rbuf_str8(r, p->error, sizeof(p->error));
	if (p->upstream[0] == '\0')
		r->bad = 1;
	return field_item_end(r);
}

void
msg_put_proxy_set(struct wbuf *w, const struct msg_proxy_set *s)
{
	wbuf_str8(w, s->upstream);
	wbuf_u8(w, s->member);
	wbuf_u8(w, s->down);
}

int
msg_get_proxy_set(const struct msg *m, struct msg_proxy_set *s)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	rbuf_str8(&r, s->upstream, sizeof(s->upstream));
	s->member = field_range(&r, 1, PROXY_MEMBERS_MAX);
	s->down = field_range(&r, 0, 1);
	if (s->upstream[0] == '\0')
		r.bad = 1;
	return field_end(&r);
}

const char *
proxy_state_name(enum proxy_state state)
{
	if ((unsigned int)state >= PROXY_STATE_MAX)
		return "?";
	return state_names[state];
}
