/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about limits: see msg_limit.h.
 *
 * Pure codec.
 */

#include "base/msg_field.h"
#include "base/msg_limit.h"

void
msg_put_allow_want(struct wbuf *w, const struct msg_allow_want *a)
{
	wbuf_u64(w, a->bytes);
	wbuf_u32(w, a->sessions);
}

int
msg_get_allow_want(const struct msg *m, struct msg_allow_want *a)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	a->bytes = rbuf_u64(&r);
	a->sessions = rbuf_u32(&r);
	if (a->sessions == 0)
		r.bad = 1;
	return field_end(&r);
}

void
limit_row_put(struct wbuf *w, const struct limit_row *row)
{
	wbuf_u8(w, (uint8_t)row->kind);
	wbuf_str8(w, row->where);
	wbuf_str8(w, row->label);
	wbuf_str8(w, row->key);
	wbuf_u32(w, row->sessions);
	wbuf_u32(w, row->waiting);
	wbuf_u64(w, row->used);
	wbuf_u64(w, row->most);
	wbuf_u64(w, row->refused);
}

int
limit_row_get(struct rbuf *r, struct limit_row *row)
{
	row->kind = (enum limit_kind)field_range(r, LIMIT_SOURCE_SESSIONS,
	    LIMIT_KIND_MAX - 1);
	rbuf_str8(r, row->where, sizeof(row->where));
	rbuf_str8(r, row->label, sizeof(row->label));
	rbuf_str8(r, row->key, sizeof(row->key));
	row->sessions = rbuf_u32(r);
	row->waiting = rbuf_u32(r);
	row->used = rbuf_u64(r);
	row->most = rbuf_u64(r);
	row->refused = rbuf_u64(r);
	return field_item_end(r);
}
