/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages about logins and users: see msg_login.h.
 *
 * Pure codec.
 */

#include <sys/types.h>

#include <string.h>

#include "base/msg_field.h"
#include "base/msg_login.h"

static void bytes8_put(struct wbuf *, const uint8_t *, size_t);
static void bytes8_get(struct rbuf *, uint8_t *, uint8_t *);

void
token_put(struct wbuf *w, const struct token *t)
{
	wbuf_addr(w, &t->client);
	wbuf_bytes(w, t->tag, sizeof(t->tag));
}

void
token_get(struct rbuf *r, struct token *t)
{
	const uint8_t *tag;

	field_addr(r, &t->client);
	if ((tag = rbuf_take(r, sizeof(t->tag))) != NULL)
		memcpy(t->tag, tag, sizeof(t->tag));
}

/* A length byte, then any bytes. */
static void
bytes8_put(struct wbuf *w, const uint8_t *data, size_t len)
{
	wbuf_u8(w, (uint8_t)len);
	wbuf_bytes(w, data, len);
}

static void
bytes8_get(struct rbuf *r, uint8_t *dst, uint8_t *len)
{
	const uint8_t *data;

	*len = rbuf_u8(r);
	if ((data = rbuf_take(r, *len)) != NULL)
		memcpy(dst, data, *len);
	else
		*len = 0;
}

void
msg_put_login_check(struct wbuf *w, const struct msg_login_check *c)
{
	token_put(w, &c->token);
	bytes8_put(w, c->user, c->userlen);
	bytes8_put(w, c->pass, c->passlen);
}

int
msg_get_login_check(const struct msg *m, struct msg_login_check *c)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	token_get(&r, &c->token);
	bytes8_get(&r, c->user, &c->userlen);
	bytes8_get(&r, c->pass, &c->passlen);
	return field_end(&r);
}

void
msg_put_session_user(struct wbuf *w, const struct msg_session_user *u)
{
	unsigned int i;

	wbuf_u16(w, u->relay);
	wbuf_u8(w, (uint8_t)u->status);
	wbuf_str8(w, u->user);
	wbuf_u8(w, (uint8_t)u->ngroups);
	for (i = 0; i < u->ngroups; i++)
		wbuf_str8(w, u->group[i]);
}

int
msg_get_session_user(const struct msg *m, struct msg_session_user *u)
{
	struct rbuf  r;
	unsigned int i;

	rbuf_init(&r, m->data, m->len);
	u->relay = rbuf_u16(&r);
	u->status = (enum login_status)field_range(&r, LOGIN_OK, LOGIN_MAX - 1);
	rbuf_str8(&r, u->user, sizeof(u->user));
	u->ngroups = field_range(&r, 0, LOGIN_GROUPS_MAX);
	for (i = 0; i < u->ngroups; i++)
		rbuf_str8(&r, u->group[i], sizeof(u->group[i]));
	if (u->status == LOGIN_OK && u->user[0] == '\0')
		r.bad = 1;
	return field_end(&r);
}

void
msg_put_hash_job(struct wbuf *w, const struct msg_hash_job *j)
{
	wbuf_str16(w, j->hash);
	bytes8_put(w, j->pass, j->passlen);
}

int
msg_get_hash_job(const struct msg *m, struct msg_hash_job *j)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	rbuf_str16(&r, j->hash, sizeof(j->hash));
	bytes8_get(&r, j->pass, &j->passlen);
	return field_end(&r);
}

void
msg_put_hash_done(struct wbuf *w, const struct msg_hash_done *d)
{
	wbuf_u8(w, d->match);
	wbuf_u32(w, d->us);
}

int
msg_get_hash_done(const struct msg *m, struct msg_hash_done *d)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	d->match = (uint8_t)field_range(&r, 0, 1);
	d->us = rbuf_u32(&r);
	return field_end(&r);
}

void
msg_put_user_edit(struct wbuf *w, const struct msg_user_edit *e)
{
	wbuf_u8(w, (uint8_t)e->op);
	wbuf_str8(w, e->name);
	wbuf_str16(w, e->hash);
	wbuf_str16(w, e->options);
	wbuf_u8(w, e->kill);
}

int
msg_get_user_edit(const struct msg *m, struct msg_user_edit *e)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	e->op = (enum user_op)field_range(&r, USER_ADD, USER_OP_MAX - 1);
	rbuf_str8(&r, e->name, sizeof(e->name));
	rbuf_str16(&r, e->hash, sizeof(e->hash));
	rbuf_str16(&r, e->options, sizeof(e->options));
	e->kill = (uint8_t)field_range(&r, 0, 1);
	if (e->name[0] == '\0')
		r.bad = 1;
	return field_end(&r);
}

void
user_row_put(struct wbuf *w, const struct user_row *u)
{
	wbuf_str8(w, u->name);
	wbuf_str8(w, u->method);
	wbuf_str16(w, u->options);
	wbuf_u8(w, u->cached);
	wbuf_u64(w, u->logins);
	wbuf_u64(w, u->failures);
}

int
user_row_get(struct rbuf *r, struct user_row *u)
{
	rbuf_str8(r, u->name, sizeof(u->name));
	rbuf_str8(r, u->method, sizeof(u->method));
	rbuf_str16(r, u->options, sizeof(u->options));
	u->cached = (uint8_t)field_range(r, 0, 1);
	u->logins = rbuf_u64(r);
	u->failures = rbuf_u64(r);
	return field_item_end(r);
}

void
ban_row_put(struct wbuf *w, const struct ban_row *b)
{
	wbuf_str8(w, b->what);
	wbuf_str8(w, b->at);
	wbuf_u32(w, b->failures);
	wbuf_u64(w, b->left_ms);
}

int
ban_row_get(struct rbuf *r, struct ban_row *b)
{
	rbuf_str8(r, b->what, sizeof(b->what));
	rbuf_str8(r, b->at, sizeof(b->at));
	b->failures = rbuf_u32(r);
	b->left_ms = rbuf_u64(r);
	if (b->what[0] == '\0')
		r->bad = 1;
	return field_item_end(r);
}

void
msg_put_name(struct wbuf *w, const char *name)
{
	wbuf_str8(w, name);
}

int
msg_get_name(const struct msg *m, char *dst, size_t size)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	rbuf_str8(&r, dst, size);
	return field_end(&r);
}
