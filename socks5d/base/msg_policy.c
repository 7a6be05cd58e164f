/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads about what rules do with sessions: see msg_policy.h.
 *
 * Pure codec.
 */

#include <sys/types.h>

#include <string.h>

#include "base/msg_field.h"
#include "base/msg_policy.h"

static void who_put(struct wbuf *, const struct msg_who_res *);
static void who_get(struct rbuf *, struct msg_who_res *, enum login_status);
static void open_put(struct wbuf *, const struct msg_session_open *);
static void open_get(struct rbuf *, struct msg_session_open *);

void
msg_put_socket_want(struct wbuf *w, const struct msg_socket_want *s)
{
	wbuf_u8(w, s->class.has_mark);
	wbuf_u32(w, s->class.mark);
	wbuf_u8(w, s->class.has_rtable);
	wbuf_u32(w, s->class.rtable);
	wbuf_str8(w, s->class.interface);
	wbuf_u8(w, s->inet6);
	wbuf_u8(w, s->udp);
}

int
msg_get_socket_want(const struct msg *m, struct msg_socket_want *s)
{
	struct rbuf r;

	memset(s, 0, sizeof(*s));
	rbuf_init(&r, m->data, m->len);
	s->class.has_mark = field_range(&r, 0, 1);
	s->class.mark = rbuf_u32(&r);
	s->class.has_rtable = field_range(&r, 0, 1);
	s->class.rtable = rbuf_u32(&r);
	rbuf_str8(&r, s->class.interface, sizeof(s->class.interface));
	s->inet6 = field_range(&r, 0, 1);
	s->udp = field_range(&r, 0, 1);
	if ((s->class.has_mark == 0 && s->class.mark != 0) ||
	    (s->class.has_rtable == 0 && s->class.rtable != 0))
		r.bad = 1;
	return field_end(&r);
}

void
msg_put_revoked(struct wbuf *w, const struct msg_revoked *v)
{
	wbuf_u32(w, v->judged);
	wbuf_u32(w, v->ended);
}

int
msg_get_revoked(const struct msg *m, struct msg_revoked *v)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	v->judged = rbuf_u32(&r);
	v->ended = rbuf_u32(&r);
	return field_end(&r);
}

void
msg_put_who_req(struct wbuf *w, const struct msg_who_req *q)
{
	wbuf_addr(w, &q->from);
	wbuf_str8(w, q->user);
}

int
msg_get_who_req(const struct msg *m, struct msg_who_req *q)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_addr(&r, &q->from);
	rbuf_str8(&r, q->user, sizeof(q->user));
	if (q->user[0] == '\0')
		r.bad = 1;
	return field_end(&r);
}

static void
who_put(struct wbuf *w, const struct msg_who_res *s)
{
	unsigned int i;

	wbuf_u8(w, (uint8_t)s->status);
	wbuf_u8(w, (uint8_t)s->ban);
	wbuf_u64(w, s->ban_ms);
	wbuf_u8(w, (uint8_t)s->ngroups);
	for (i = 0; i < s->ngroups; i++)
		wbuf_str8(w, s->group[i]);
}

static void
who_get(struct rbuf *r, struct msg_who_res *s, enum login_status low)
{
	unsigned int i;

	s->status = (enum login_status)field_range(r, (uint8_t)low,
	    LOGIN_MAX - 1);
	s->ban = (enum login_ban)field_range(r, 0, LOGIN_BAN_MAX - 1);
	s->ban_ms = rbuf_u64(r);
	s->ngroups = field_range(r, 0,
	    s->status == LOGIN_OK ? LOGIN_GROUPS_MAX : 0);
	for (i = 0; i < s->ngroups; i++)
		rbuf_str8(r, s->group[i], sizeof(s->group[i]));
}

void
msg_put_who_res(struct wbuf *w, const struct msg_who_res *s)
{
	who_put(w, s);
}

int
msg_get_who_res(const struct msg *m, struct msg_who_res *s)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	who_get(&r, s, LOGIN_OK);
	return field_end(&r);
}

void
msg_put_test(struct wbuf *w, const struct msg_test *t)
{
	wbuf_addr(w, &t->from);
	wbuf_str8(w, t->on);
	wbuf_str8(w, t->user);
	who_put(w, &t->login);
	open_put(w, &t->open);
}

int
msg_get_test(const struct msg *m, struct msg_test *t)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	field_addr(&r, &t->from);
	rbuf_str8(&r, t->on, sizeof(t->on));
	rbuf_str8(&r, t->user, sizeof(t->user));
	who_get(&r, &t->login, LOGIN_NONE);
	open_get(&r, &t->open);
	if (t->login.status != LOGIN_NONE && t->user[0] == '\0')
		r.bad = 1;
	return field_end(&r);
}

/* As MSG_SESSION_OPEN, but that who has logged in is said elsewhere. */
static void
open_put(struct wbuf *w, const struct msg_session_open *o)
{
	wbuf_u8(w, (uint8_t)o->command);
	wbuf_addr(w, &o->addr);
	wbuf_u16(w, o->port);
	wbuf_u8(w, o->namelen);
	wbuf_bytes(w, o->name, o->namelen);
}

static void
open_get(struct rbuf *r, struct msg_session_open *o)
{
	const uint8_t *name;

	memset(o, 0, sizeof(*o));
	o->command = (enum session_command)field_range(r, SESSION_CONNECT,
	    SESSION_UDP);
	rbuf_addr(r, &o->addr);
	o->port = rbuf_u16(r);
	o->namelen = rbuf_u8(r);
	if ((o->addr.af == AF_UNSPEC) == (o->namelen == 0))
		r->bad = 1;
	if ((name = rbuf_take(r, o->namelen)) != NULL)
		memcpy(o->name, name, o->namelen);
}

void
test_row_put(struct wbuf *w, const struct test_row *t)
{
	wbuf_u8(w, (uint8_t)t->kind);
	wbuf_u8(w, (uint8_t)t->verdict);
	wbuf_addr(w, &t->addr);
	wbuf_u32(w, t->number);
	wbuf_u8(w, (uint8_t)t->cause);
	wbuf_u8(w, t->rep);
	wbuf_str8(w, t->key);
	wbuf_str8(w, t->where);
	wbuf_str16(w, t->text);
	wbuf_str8(w, t->fields);
}

int
test_row_get(struct rbuf *r, struct test_row *t)
{
	t->kind = (enum test_kind)field_range(r, 0, TEST_KIND_MAX - 1);
	t->verdict = (enum test_verdict)field_range(r, 0, TEST_VERDICT_MAX - 1);
	rbuf_addr(r, &t->addr);
	t->number = rbuf_u32(r);
	t->cause = (enum session_cause)field_range(r, CAUSE_NONE,
	    CAUSE_MAX - 1);
	t->rep = field_rep(r);
	rbuf_str8(r, t->key, sizeof(t->key));
	rbuf_str8(r, t->where, sizeof(t->where));
	rbuf_str16(r, t->text, sizeof(t->text));
	rbuf_str8(r, t->fields, sizeof(t->fields));
	return field_item_end(r);
}

const char *
test_verdict_name(enum test_verdict v)
{
	switch (v) {
	case TEST_PASS:
		return "pass";
	case TEST_BLOCK:
		return "block";
	case TEST_DROP:
		return "block drop";
	case TEST_FAIL:
		return "fail";
	case TEST_VERDICT_MAX:
		break;
	}
	return "?";
}
