/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about flows: see msg_flow.h.
 *
 * Pure codec.
 */

#include "base/msg_field.h"
#include "base/msg_flow.h"
#include "base/proc.h"

void
flow_log_put(struct wbuf *w, const struct flow_log *f)
{
	wbuf_u64(w, f->id);
	wbuf_addr(w, &f->client);
	wbuf_u16(w, f->client_port);
	wbuf_str8(w, f->listener);
	wbuf_str8(w, f->user);
	wbuf_str8(w, f->rule);
	wbuf_str8(w, f->label);
	wbuf_str8(w, f->name);
	wbuf_addr(w, &f->addr);
	wbuf_u16(w, f->port);
	wbuf_u8(w, (uint8_t)f->end);
	wbuf_u8(w, (uint8_t)f->why);
	wbuf_u64(w, f->up);
	wbuf_u64(w, f->down);
	wbuf_u64(w, f->nup);
	wbuf_u64(w, f->ndown);
	wbuf_u64(w, f->duration_ms);
	wbuf_str8(w, f->via);
	wbuf_addr(w, &f->rdr);
	wbuf_u16(w, f->rdr_port);
}

int
flow_log_get(struct rbuf *r, struct flow_log *f)
{
	f->id = rbuf_u64(r);
	rbuf_addr(r, &f->client);
	f->client_port = rbuf_u16(r);
	rbuf_str8(r, f->listener, sizeof(f->listener));
	rbuf_str8(r, f->user, sizeof(f->user));
	rbuf_str8(r, f->rule, sizeof(f->rule));
	rbuf_str8(r, f->label, sizeof(f->label));
	rbuf_str8(r, f->name, sizeof(f->name));
	rbuf_addr(r, &f->addr);
	f->port = rbuf_u16(r);
	f->end = (enum udp_end)field_range(r, UDP_END_NONE, UDP_END_MAX - 1);
	f->why = (enum udp_drop)field_range(r, 0, DROP_MAX - 1);
	f->up = rbuf_u64(r);
	f->down = rbuf_u64(r);
	f->nup = rbuf_u64(r);
	f->ndown = rbuf_u64(r);
	f->duration_ms = rbuf_u64(r);
	rbuf_str8(r, f->via, sizeof(f->via));
	rbuf_addr(r, &f->rdr);
	f->rdr_port = rbuf_u16(r);
	return field_item_end(r);
}

void
flow_row_put(struct wbuf *w, const struct flow_row *f)
{
	wbuf_u64(w, f->session);
	wbuf_u16(w, f->relay);
	wbuf_u32(w, f->flow);
	wbuf_u8(w, f->waits);
	wbuf_str8(w, f->name);
	wbuf_addr(w, &f->addr);
	wbuf_u16(w, f->port);
	wbuf_str8(w, f->via);
	wbuf_addr(w, &f->rdr);
	wbuf_u16(w, f->rdr_port);
	wbuf_str8(w, f->rule);
	wbuf_u64(w, f->age_ms);
	wbuf_u64(w, f->idle_ms);
	wbuf_u64(w, f->up);
	wbuf_u64(w, f->down);
	wbuf_u64(w, f->nup);
	wbuf_u64(w, f->ndown);
}

int
flow_row_get(struct rbuf *r, struct flow_row *f)
{
	f->session = rbuf_u64(r);
	f->relay = rbuf_u16(r);
	if (f->relay >= RELAYS_MAX)
		r->bad = 1;
	f->flow = rbuf_u32(r);
	f->waits = field_range(r, 0, 1);
	rbuf_str8(r, f->name, sizeof(f->name));
	rbuf_addr(r, &f->addr);
	f->port = rbuf_u16(r);
	rbuf_str8(r, f->via, sizeof(f->via));
	rbuf_addr(r, &f->rdr);
	f->rdr_port = rbuf_u16(r);
	rbuf_str8(r, f->rule, sizeof(f->rule));
	f->age_ms = rbuf_u64(r);
	f->idle_ms = rbuf_u64(r);
	f->up = rbuf_u64(r);
	f->down = rbuf_u64(r);
	f->nup = rbuf_u64(r);
	f->ndown = rbuf_u64(r);
	return field_item_end(r);
}

void
flow_id_put(struct wbuf *w, const struct flow_id *f)
{
	wbuf_u64(w, f->session);
	wbuf_u32(w, f->flow);
}

int
flow_id_get(struct rbuf *r, struct flow_id *f)
{
	f->session = rbuf_u64(r);
	f->flow = rbuf_u32(r);
	return field_item_end(r);
}

void
flow_stats_put(struct wbuf *w, const struct flow_stats *s)
{
	flow_id_put(w, &s->id);
	wbuf_u64(w, s->idle_ms);
	wbuf_u64(w, s->up);
	wbuf_u64(w, s->down);
	wbuf_u64(w, s->nup);
	wbuf_u64(w, s->ndown);
}

int
flow_stats_get(struct rbuf *r, struct flow_stats *s)
{
	s->id.session = rbuf_u64(r);
	s->id.flow = rbuf_u32(r);
	s->idle_ms = rbuf_u64(r);
	s->up = rbuf_u64(r);
	s->down = rbuf_u64(r);
	s->nup = rbuf_u64(r);
	s->ndown = rbuf_u64(r);
	return field_item_end(r);
}
