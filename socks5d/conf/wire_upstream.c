/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Upstreams and their members over channels.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "conf/wire_part.h"

static int put_upstream(struct wire *, const struct conf_upstream *);
static int put_member(struct wire *, const struct conf_proxy *);

int
wire_put_upstreams(struct wire *w, const struct conf *c)
{
	const struct conf_upstream *u;
	int                         ret = 0;

	TAILQ_FOREACH(u, &c->upstreams, entry) {
		if (put_upstream(w, u) == -1) {
			ret = -1;
			break;
		}
	}
	explicit_bzero(w->data, sizeof(w->data));
	return ret;
}

static int
put_upstream(struct wire *w, const struct conf_upstream *u)
{
	const struct conf_proxy *p;

	wbuf_str8(&w->w, u->name);
	wbuf_u8(&w->w, u->balance);
	wbuf_str8(&w->w, u->via);
	wbuf_u32(&w->w, u->retry);
	wbuf_u32(&w->w, u->backoff_min_ms);
	wbuf_u32(&w->w, u->backoff_max_ms);
	wbuf_u32(&w->w, u->breaker_failures);
	wbuf_u32(&w->w, u->breaker_within_ms);
	wbuf_u32(&w->w, u->breaker_for_ms);
	wbuf_u32(&w->w, u->check_ms);
	wbuf_str16(&w->w, u->file);
	wbuf_u32(&w->w, u->line);
	if (wire_emit(w, MSG_CONF_UPSTREAM, -1) == -1)
		return -1;
	TAILQ_FOREACH(p, &u->members, entry) {
		if (put_member(w, p) == -1)
			return -1;
	}
	return 0;
}

/* The router knows where proxies are, but not how to log in there. */
static int
put_member(struct wire *w, const struct conf_proxy *p)
{
	int logins = w->role == PROC_UPSTREAM;

	wbuf_u8(&w->w, p->protocol);
	wbuf_addr(&w->w, &p->addr);
	wbuf_u16(&w->w, p->port);
	wbuf_u8(&w->w, p->udp != 0);
	wbuf_str8(&w->w, logins ? p->user : "");
	wbuf_str8(&w->w, logins ? p->password : "");
	return wire_emit(w, MSG_CONF_MEMBER, -1);
}

int
wire_get_upstream(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_upstream *u;
	uint8_t               balance;

	if ((u = conf_upstream_new()) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&c->upstreams, u, entry);
	rbuf_str8(r, u->name, sizeof(u->name));
	if ((balance = rbuf_u8(r)) > CONF_SOURCE)
		return -1;
	u->balance = balance;
	rbuf_str8(r, u->via, sizeof(u->via));
	u->retry = rbuf_u32(r);
	u->backoff_min_ms = rbuf_u32(r);
	u->backoff_max_ms = rbuf_u32(r);
	u->breaker_failures = rbuf_u32(r);
	u->breaker_within_ms = rbuf_u32(r);
	u->breaker_for_ms = rbuf_u32(r);
	u->check_ms = rbuf_u32(r);
	rbuf_str16(r, u->file, sizeof(u->file));
	u->line = rbuf_u32(r);
	if (r->bad || u->name[0] == '\0' ||
	    u->backoff_min_ms > u->backoff_max_ms)
		return -1;
	return 0;
}

int
wire_get_member(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_upstream *u;
	struct conf_proxy    *p;
	uint8_t               protocol;

	if ((u = TAILQ_LAST(&c->upstreams, conf_upstreams)) == NULL)
		return -1;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&u->members, p, entry);
	if ((protocol = rbuf_u8(r)) > CONF_HTTP)
		return -1;
	p->protocol = protocol;
	rbuf_addr(r, &p->addr);
	p->port = rbuf_u16(r);
	p->udp = wire_flag(r);
	rbuf_str8(r, p->user, sizeof(p->user));
	rbuf_str8(r, p->password, sizeof(p->password));
	return r->bad || p->addr.af == AF_UNSPEC || p->port == 0 ? -1 : 0;
}
