/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about UDP: see msg_udp.h.
 *
 * Pure codec.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "base/msg_codec.h"
#include "base/msg_field.h"
#include "base/msg_udp.h"

void
msg_put_udp_opened(struct wbuf *w, const struct msg_udp_opened *o)
{
	wbuf_addr(w, &o->bound);
	wbuf_u16(w, o->bound_port);
	wbuf_u16(w, o->flows);
	wbuf_u16(w, o->waiting);
	wbuf_bytes(w, o->facts, o->nfacts);
}

int
msg_get_udp_opened(const struct msg *m, struct msg_udp_opened *o)
{
	struct rbuf          r;
	struct session_facts facts;

	rbuf_init(&r, m->data, m->len);
	field_addr(&r, &o->bound);
	o->bound_port = rbuf_u16(&r);
	o->flows = rbuf_u16(&r);
	o->waiting = rbuf_u16(&r);
	if (o->flows == 0)
		r.bad = 1;
	o->facts = r.data;
	o->nfacts = r.left;
	/* A relay only keeps them, but must not keep what nobody can read. */
	(void)session_facts_get(&r, &facts);
	return field_end(&r);
}

void
msg_put_udp_client(struct wbuf *w, const struct msg_udp_client *c)
{
	wbuf_addr(w, &c->addr);
	wbuf_u16(w, c->port);
}

int
msg_get_udp_client(const struct msg *m, struct msg_udp_client *c)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_addr(&r, &c->addr);
	c->port = rbuf_u16(&r);
	return field_end(&r);
}

void
msg_put_udp_want(struct wbuf *w, const struct msg_udp_want *v)
{
	wbuf_u32(w, v->flow);
	wbuf_addr(w, &v->addr);
	wbuf_u16(w, v->port);
	wbuf_u8(w, v->namelen);
	wbuf_bytes(w, v->name, v->namelen);
}

int
msg_get_udp_want(const struct msg *m, struct msg_udp_want *v)
{
	struct rbuf    r;
	const uint8_t *name;

	rbuf_init(&r, m->data, m->len);
	v->flow = rbuf_u32(&r);
	rbuf_addr(&r, &v->addr);
	v->port = rbuf_u16(&r);
	v->namelen = rbuf_u8(&r);
	if ((v->addr.af == AF_UNSPEC) == (v->namelen == 0) || v->port == 0)
		r.bad = 1;
	if ((name = rbuf_take(&r, v->namelen)) != NULL)
		memcpy(v->name, name, v->namelen);
	return field_end(&r);
}

void
msg_put_udp_flow(struct wbuf *w, const struct msg_udp_flow *f)
{
	wbuf_u32(w, f->flow);
	wbuf_u32(w, f->udp_ms);
	wbuf_u64(w, f->allowance);
	wbuf_addr(w, &f->addr);
	wbuf_u16(w, f->port);
}

int
msg_get_udp_flow(const struct msg *m, struct msg_udp_flow *f)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	f->flow = rbuf_u32(&r);
	f->udp_ms = rbuf_u32(&r);
	f->allowance = rbuf_u64(&r);
	rbuf_addr(&r, &f->addr);
	f->port = rbuf_u16(&r);
	return field_end(&r);
}

void
msg_put_udp_refused(struct wbuf *w, const struct msg_udp_refused *f)
{
	wbuf_u32(w, f->flow);
	wbuf_u8(w, (uint8_t)f->why);
}

int
msg_get_udp_refused(const struct msg *m, struct msg_udp_refused *f)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	f->flow = rbuf_u32(&r);
	f->why = (enum udp_drop)field_range(&r, 0, DROP_MAX - 1);
	return field_end(&r);
}

void
udp_count_put(struct wbuf *w, const struct udp_count *c)
{
	wbuf_u32(w, c->flow);
	wbuf_u8(w, c->over);
	wbuf_u64(w, c->up);
	wbuf_u64(w, c->down);
	wbuf_u64(w, c->nup);
	wbuf_u64(w, c->ndown);
}

int
udp_count_get(struct rbuf *r, struct udp_count *c)
{
	c->flow = rbuf_u32(r);
	c->over = field_range(r, UDP_END_NONE, UDP_END_MAX - 1);
	c->up = rbuf_u64(r);
	c->down = rbuf_u64(r);
	c->nup = rbuf_u64(r);
	c->ndown = rbuf_u64(r);
	return field_item_end(r);
}

void
msg_put_udp_stats(struct wbuf *w, const struct msg_udp_stats *s)
{
	unsigned int i;

	wbuf_u64(w, s->nup);
	wbuf_u64(w, s->ndown);
	for (i = 0; i < DROP_MAX; i++)
		wbuf_u32(w, s->drops[i]);
}

int
msg_get_udp_stats(const struct msg *m, struct msg_udp_stats *s)
{
	struct rbuf  r;
	unsigned int i;

	rbuf_init(&r, m->data, m->len);
	s->nup = rbuf_u64(&r);
	s->ndown = rbuf_u64(&r);
	for (i = 0; i < DROP_MAX; i++)
		s->drops[i] = rbuf_u32(&r);
	return field_end(&r);
}
