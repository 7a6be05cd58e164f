/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a rule does to its sessions, and upstreams, over channels: encoder and
 * decoder of each side by side.
 *
 * Linked by all roles.  Pure.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "conf/wire_rule.h"

static void	put_route(struct wbuf *, const struct conf_route *);
static int	get_route(struct conf_route *, struct rbuf *);
static void	put_limits(struct wbuf *, const struct conf_limits *);
static int	get_limits(struct conf_limits *, struct rbuf *);
static int	get_scope(enum conf_scope *, struct rbuf *);
static int	put_member(struct wire *, const struct conf_proxy *, int);

void
wire_put_effects(struct wire *w, const struct conf_rule *rule)
{
	put_route(&w->w, &rule->route);
	put_limits(&w->w, &rule->limits);
}

int
wire_get_effects(struct conf_rule *rule, struct rbuf *r)
{
	if (get_route(&rule->route, r) == -1)
		return -1;
	return get_limits(&rule->limits, r);
}

static void
put_route(struct wbuf *w, const struct conf_route *route)
{
	wbuf_addr(w, &route->rdr);
	wbuf_u16(w, route->rdr_port);
	wbuf_str8(w, route->via);
	wbuf_u8(w, route->remote != 0);
	wbuf_addr(w, &route->source);
	wbuf_u8(w, route->has_mark != 0);
	wbuf_u32(w, route->mark);
	wbuf_u8(w, route->has_rtable != 0);
	wbuf_u32(w, route->rtable);
	wbuf_str8(w, route->interface);
	wbuf_u32(w, route->connect_ms);
	wbuf_u32(w, route->idle_ms);
	wbuf_u32(w, route->half_closed_ms);
}

static int
get_route(struct conf_route *route, struct rbuf *r)
{
	rbuf_addr(r, &route->rdr);
	route->rdr_port = rbuf_u16(r);
	rbuf_str8(r, route->via, sizeof(route->via));
	route->remote = wire_flag(r);
	rbuf_addr(r, &route->source);
	route->has_mark = wire_flag(r);
	route->mark = rbuf_u32(r);
	route->has_rtable = wire_flag(r);
	route->rtable = rbuf_u32(r);
	rbuf_str8(r, route->interface, sizeof(route->interface));
	route->connect_ms = rbuf_u32(r);
	route->idle_ms = rbuf_u32(r);
	route->half_closed_ms = rbuf_u32(r);
	if (r->bad || (route->remote && route->via[0] == '\0') ||
	    (route->rdr_port != 0 && route->rdr.af == AF_UNSPEC))
		return -1;
	return 0;
}

static void
put_limits(struct wbuf *w, const struct conf_limits *l)
{
	wbuf_u64(w, l->rate);
	wbuf_u8(w, l->rate_per);
	wbuf_u32(w, l->sessions);
	wbuf_u8(w, l->sessions_per);
	wbuf_u32(w, l->new_count);
	wbuf_u32(w, l->new_ms);
	wbuf_u32(w, l->new_burst);
	wbuf_u8(w, l->new_per);
	wbuf_u64(w, l->quota);
	wbuf_u8(w, l->quota_period);
	wbuf_u8(w, l->quota_per);
}

static int
get_limits(struct conf_limits *l, struct rbuf *r)
{
	uint8_t	period;

	l->rate = rbuf_u64(r);
	if (get_scope(&l->rate_per, r) == -1)
		return -1;
	l->sessions = rbuf_u32(r);
	if (get_scope(&l->sessions_per, r) == -1)
		return -1;
	l->new_count = rbuf_u32(r);
	l->new_ms = rbuf_u32(r);
	l->new_burst = rbuf_u32(r);
	if (get_scope(&l->new_per, r) == -1)
		return -1;
	l->quota = rbuf_u64(r);
	if ((period = rbuf_u8(r)) > CONF_MONTH)
		return -1;
	l->quota_period = period;
	if (get_scope(&l->quota_per, r) == -1 ||
	    l->quota_per == CONF_PER_SOURCE)
		return -1;
	/* Nobody has to divide by a time that is none. */
	if ((l->new_count == 0) != (l->new_ms == 0) ||
	    (l->new_count == 0) != (l->new_burst == 0))
		return -1;
	return r->bad ? -1 : 0;
}

static int
get_scope(enum conf_scope *scope, struct rbuf *r)
{
	uint8_t	n;

	if ((n = rbuf_u8(r)) > CONF_PER_SOURCE)
		return -1;
	*scope = n;
	return 0;
}

int
wire_put_upstream(struct wire *w, const struct conf_upstream *u, int logins)
{
	const struct conf_proxy	*p;

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
		if (put_member(w, p, logins) == -1)
			return -1;
	}
	return 0;
}

int
wire_get_upstream(struct conf *c, struct rbuf *r)
{
	struct conf_upstream	*u;
	uint8_t			 balance;

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

static int
put_member(struct wire *w, const struct conf_proxy *p, int logins)
{
	wbuf_u8(&w->w, p->protocol);
	wbuf_addr(&w->w, &p->addr);
	wbuf_u16(&w->w, p->port);
	wbuf_str8(&w->w, logins ? p->user : "");
	wbuf_str8(&w->w, logins ? p->password : "");
	return wire_emit(w, MSG_CONF_MEMBER, -1);
}

int
wire_get_member(struct conf_upstream *u, struct rbuf *r)
{
	struct conf_proxy	*p;
	uint8_t			 protocol;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&u->members, p, entry);
	if ((protocol = rbuf_u8(r)) > CONF_HTTP)
		return -1;
	p->protocol = protocol;
	rbuf_addr(r, &p->addr);
	p->port = rbuf_u16(r);
	rbuf_str8(r, p->user, sizeof(p->user));
	rbuf_str8(r, p->password, sizeof(p->password));
	return r->bad || p->addr.af == AF_UNSPEC || p->port == 0 ? -1 : 0;
}
