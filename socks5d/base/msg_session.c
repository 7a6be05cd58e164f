/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about sessions: see msg_session.h.
 */

#include <string.h>

#include "base/msg_field.h"
#include "base/msg_session.h"
#include "base/msg_login.h"

void
msg_put_session_new(struct wbuf *w, const struct msg_session_new *n)
{
	wbuf_u32(w, n->handshake_ms);
	wbuf_u8(w, (uint8_t)n->auth);
	if (n->auth != AUTH_MODE_NONE)
		token_put(w, &n->token);
}

int
msg_get_session_new(const struct msg *m, struct msg_session_new *n)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	n->handshake_ms = rbuf_u32(&r);
	n->auth = (enum auth_mode)field_range(&r, AUTH_MODE_NONE,
	    AUTH_MODE_MAX - 1);
	if (n->auth != AUTH_MODE_NONE)
		token_get(&r, &n->token);
	return field_end(&r);
}

void
msg_put_session_open(struct wbuf *w, const struct msg_session_open *o)
{
	wbuf_u8(w, (uint8_t)o->command);
	wbuf_addr(w, &o->addr);
	wbuf_u16(w, o->port);
	wbuf_u8(w, o->login);
	wbuf_u8(w, o->namelen);
	wbuf_bytes(w, o->name, o->namelen);
}

int
msg_get_session_open(const struct msg *m, struct msg_session_open *o)
{
	struct rbuf    r;
	const uint8_t *name;

	rbuf_init(&r, m->data, m->len);
	o->command = (enum session_command)field_range(&r, SESSION_CONNECT,
	    SESSION_UDP);
	rbuf_addr(&r, &o->addr);
	o->port = rbuf_u16(&r);
	o->login = (uint8_t)field_range(&r, 0, LOGIN_TOLD_MAX - 1);
	o->namelen = rbuf_u8(&r);
	if ((o->addr.af == AF_UNSPEC) == (o->namelen == 0))
		r.bad = 1;
	if ((name = rbuf_take(&r, o->namelen)) != NULL)
		memcpy(o->name, name, o->namelen);
	return field_end(&r);
}

void
session_facts_put(struct wbuf *w, const struct session_facts *f)
{
	wbuf_addr(w, &f->client);
	wbuf_u16(w, f->client_port);
	wbuf_u32(w, f->listener);
	wbuf_u8(w, (uint8_t)f->command);
	wbuf_str8(w, f->name);
	wbuf_str8(w, f->user);
	wbuf_addr(w, &f->target);
	wbuf_u16(w, f->target_port);
	wbuf_u32(w, f->generation);
	wbuf_u32(w, f->rule);
	wbuf_u64(w, f->limits);
	wbuf_u64(w, f->start_ms);
	wbuf_u32(w, f->connect_ms);
	wbuf_bytes(w, f->tag, sizeof(f->tag));
}

int
session_facts_get(struct rbuf *r, struct session_facts *f)
{
	const uint8_t *tag;

	field_addr(r, &f->client);
	f->client_port = rbuf_u16(r);
	f->listener = rbuf_u32(r);
	f->command = (enum session_command)field_range(r, SESSION_CONNECT,
	    SESSION_UDP);
	rbuf_str8(r, f->name, sizeof(f->name));
	rbuf_str8(r, f->user, sizeof(f->user));
	/* One that goes on by its name has no address, UDP has many. */
	rbuf_addr(r, &f->target);
	if (f->target.af == AF_UNSPEC && f->name[0] == '\0' &&
	    f->command != SESSION_UDP)
		r->bad = 1;
	f->target_port = rbuf_u16(r);
	f->generation = rbuf_u32(r);
	f->rule = rbuf_u32(r);
	f->limits = rbuf_u64(r);
	f->start_ms = rbuf_u64(r);
	f->connect_ms = rbuf_u32(r);
	if ((tag = rbuf_take(r, sizeof(f->tag))) != NULL)
		memcpy(f->tag, tag, sizeof(f->tag));
	return field_item_end(r);
}

void
msg_put_session_opened(struct wbuf *w, const struct msg_session_opened *o)
{
	wbuf_addr(w, &o->bound);
	wbuf_u16(w, o->bound_port);
	wbuf_u32(w, o->idle_ms);
	wbuf_u32(w, o->half_closed_ms);
	wbuf_u64(w, o->allowance);
	wbuf_bytes(w, o->facts, o->nfacts);
}

int
msg_get_session_opened(const struct msg *m, struct msg_session_opened *o)
{
	struct rbuf          r;
	struct session_facts facts;

	rbuf_init(&r, m->data, m->len);
	rbuf_addr(&r, &o->bound);
	o->bound_port = rbuf_u16(&r);
	o->idle_ms = rbuf_u32(&r);
	o->half_closed_ms = rbuf_u32(&r);
	o->allowance = rbuf_u64(&r);
	o->facts = r.data;
	o->nfacts = r.left;
	/* A relay only keeps them, but must not keep what nobody can read. */
	(void)session_facts_get(&r, &facts);
	return field_end(&r);
}

void
msg_put_session_bound(struct wbuf *w, const struct msg_session_bound *b)
{
	wbuf_addr(w, &b->bound);
	wbuf_u16(w, b->bound_port);
	wbuf_u32(w, b->bind_ms);
}

int
msg_get_session_bound(const struct msg *m, struct msg_session_bound *b)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_addr(&r, &b->bound);
	b->bound_port = rbuf_u16(&r);
	b->bind_ms = rbuf_u32(&r);
	return field_end(&r);
}

void
msg_put_session_refused(struct wbuf *w, const struct msg_session_refused *f)
{
	wbuf_u8(w, f->rep);
}

int
msg_get_session_refused(const struct msg *m, struct msg_session_refused *f)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	f->rep = field_range(&r, 1, 8);
	return field_end(&r);
}

void
session_closed_put(struct wbuf *w, const struct session_closed *c)
{
	wbuf_u64(w, c->id);
	wbuf_u8(w, (uint8_t)c->cause);
	wbuf_u8(w, c->rep);
	wbuf_u8(w, (uint8_t)c->hint);
	wbuf_u64(w, c->up);
	wbuf_u64(w, c->down);
}

int
session_closed_get(struct rbuf *r, struct session_closed *c)
{
	c->id = rbuf_u64(r);
	c->cause = (enum session_cause)field_range(r, CAUSE_NONE,
	    CAUSE_MAX - 1);
	c->rep = field_rep(r);
	c->hint = (enum session_hint)field_range(r, HINT_NONE, HINT_MAX - 1);
	c->up = rbuf_u64(r);
	c->down = rbuf_u64(r);
	return field_item_end(r);
}

void
session_moved_put(struct wbuf *w, const struct session_moved *v)
{
	wbuf_u64(w, v->id);
	wbuf_u64(w, v->up);
	wbuf_u64(w, v->down);
}

int
session_moved_get(struct rbuf *r, struct session_moved *v)
{
	v->id = rbuf_u64(r);
	v->up = rbuf_u64(r);
	v->down = rbuf_u64(r);
	return field_item_end(r);
}
