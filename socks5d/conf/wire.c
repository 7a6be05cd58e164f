/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration over channels: encoder and decoder of each section side
 * by side.
 *
 * Linked by all roles.  Pure but for closing descriptors of what was refused.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/embedded.h"
#include "base/hostname.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "conf/wire_rule.h"

/* The longest single item of a list: a host, by far. */
#define WIRE_ITEM_MAX	300

/* Which sections a role is allowed to see. */
struct wire_section {
	unsigned int	roles;
	int		(*put)(struct wire *, const struct conf *);
};

static uint32_t	connect_most(const struct conf *);
static int	put_settings(struct wire *, const struct conf *);
static int	put_log(struct wire *, const struct conf *);
static int	put_resolver(struct wire *, const struct conf *);
static int	put_hosts(struct wire *, const struct conf *);
static int	put_listeners(struct wire *, const struct conf *);
static int	put_tables(struct wire *, const struct conf *);
static int	put_rules(struct wire *, const struct conf *);
static int	put_upstreams(struct wire *, const struct conf *);
static int	put_logins(struct wire *, const struct conf *);
static int	put_users(struct wire *, const struct conf *);
static int	put_geoip(struct wire *, const struct conf *);
static void	wire_begin(struct wire *);

static int	get_begin(struct conf **, struct rbuf *);
static int	get_section(struct conf *, struct msg *, struct rbuf *);
static int	get_settings(struct conf *, struct rbuf *);
static int	get_log(struct conf *, struct rbuf *);
static int	get_resolver(struct conf *, struct rbuf *);
static int	get_hosts(struct conf *, struct rbuf *);
static int	get_listener(struct conf *, struct rbuf *, struct msg *);
static int	get_users(struct conf *, struct rbuf *, struct msg *);
static int	get_geoip(struct conf *, struct rbuf *, struct msg *);

static const struct wire_section wire_sections[] = {
	{ PROC_BIT(PROC_ROUTER) | PROC_BIT(PROC_RELAY) | PROC_BIT(PROC_AUTH) |
	    PROC_BIT(PROC_CONTROL), put_settings },
	{ PROC_BIT(PROC_CONTROL), put_log },
	{ PROC_BIT(PROC_ROUTER) | PROC_BIT(PROC_RESOLVER), put_resolver },
	{ PROC_BIT(PROC_RESOLVER), put_hosts },
	{ PROC_BIT(PROC_ROUTER), put_listeners },
	{ PROC_BIT(PROC_ROUTER), put_tables },
	{ PROC_BIT(PROC_ROUTER), put_geoip },
	{ PROC_BIT(PROC_ROUTER), put_upstreams },
	{ PROC_BIT(PROC_UPSTREAM), put_logins },
	{ PROC_BIT(PROC_ROUTER), put_rules },
	{ PROC_BIT(PROC_AUTH), put_users },
};

int
conf_send(const struct conf *c, enum proc_id role, conf_emit emit, void *arg)
{
	struct wire	w;
	size_t		i;

	w.emit = emit;
	w.arg = arg;
	wire_begin(&w);
	wbuf_u32(&w.w, c->generation);
	if (wire_emit(&w, MSG_CONF_BEGIN, -1) == -1)
		return -1;
	for (i = 0; i < sizeof(wire_sections) / sizeof(wire_sections[0]);
	    i++) {
		if ((wire_sections[i].roles & PROC_BIT(role)) != 0 &&
		    wire_sections[i].put(&w, c) == -1)
			return -1;
	}
	return wire_emit(&w, MSG_CONF_END, -1);
}

static void
wire_begin(struct wire *w)
{
	wbuf_init(&w->w, w->data, sizeof(w->data));
}

int
wire_emit(struct wire *w, enum msg_type type, int fd)
{
	if (w->w.bad || w->emit(w->arg, type, &w->w, fd) == -1)
		return -1;
	wire_begin(w);
	return 0;
}

int
wire_room(struct wire *w, enum msg_type type)
{
	if (wbuf_space(&w->w) >= WIRE_ITEM_MAX)
		return 0;
	return wire_emit(w, type, -1);
}

int
wire_rest(struct wire *w, enum msg_type type)
{
	if (w->w.len == 0)
		return 0;
	return wire_emit(w, type, -1);
}

enum conf_progress
conf_receive(struct conf **next, struct msg *m)
{
	struct rbuf	r;
	int		ok;

	rbuf_init(&r, m->data, m->len);
	if (m->type == MSG_CONF_BEGIN)
		ok = get_begin(next, &r);
	else if (*next == NULL)
		ok = -1;
	else
		ok = get_section(*next, m, &r);
	if (ok == -1 || rbuf_done(&r) == 0) {
		conf_discard(*next);
		*next = NULL;
		return CONF_REFUSED;
	}
	return m->type == MSG_CONF_END ? CONF_COMPLETE : CONF_MORE;
}

static int
get_begin(struct conf **next, struct rbuf *r)
{
	if (*next != NULL || (*next = conf_new()) == NULL)
		return -1;
	(*next)->generation = rbuf_u32(r);
	return 0;
}

static int
get_section(struct conf *c, struct msg *m, struct rbuf *r)
{
	struct conf_rule	*rule;
	struct conf_upstream	*up;

	rule = TAILQ_LAST(&c->rules, conf_rules);
	if (m->type == MSG_CONF_SETTINGS)
		return get_settings(c, r);
	if (m->type == MSG_CONF_LOG)
		return get_log(c, r);
	if (m->type == MSG_CONF_RESOLVER)
		return get_resolver(c, r);
	if (m->type == MSG_CONF_HOST)
		return get_hosts(c, r);
	if (m->type == MSG_CONF_LISTENER)
		return get_listener(c, r, m);
	if (m->type == MSG_CONF_RULE)
		return wire_get_rule(c, r);
	if (m->type == MSG_CONF_USERS)
		return get_users(c, r, m);
	if (m->type == MSG_CONF_GEOIP)
		return get_geoip(c, r, m);
	if (m->type == MSG_CONF_TABLE)
		return wire_get_table(c, r, m);
	if (m->type == MSG_CONF_UPSTREAM)
		return wire_get_upstream(c, r);
	if (m->type == MSG_CONF_MEMBER)
		return (up = TAILQ_LAST(&c->upstreams, conf_upstreams)) ==
		    NULL ? -1 : wire_get_member(up, r);
	if (m->type == MSG_CONF_END)
		return 0;
	if (rule == NULL)
		return -1;
	if (m->type == MSG_CONF_RULE_FROM)
		return wire_get_addrs(&rule->from, r);
	if (m->type == MSG_CONF_RULE_TO)
		return wire_get_addrs(&rule->to, r);
	if (m->type == MSG_CONF_RULE_PORTS)
		return wire_get_ports(&rule->ports, r);
	if (m->type == MSG_CONF_RULE_ON)
		return wire_get_ons(&rule->on, r);
	if (m->type == MSG_CONF_RULE_USERS)
		return wire_get_users(rule, r);
	if (m->type == MSG_CONF_RULE_DOMAINS)
		return wire_get_domains(&rule->domains, r);
	if (m->type == MSG_CONF_RULE_COUNTRIES)
		return wire_get_countries(&rule->countries, r);
	if (m->type == MSG_CONF_RULE_TIMES)
		return wire_get_times(&rule->times, r);
	if (m->type == MSG_CONF_RULE_DAYS)
		return wire_get_days(&rule->days, r);
	return -1;
}

void
conf_discard(struct conf *c)
{
	struct conf_listener	*l;
	struct conf_table	*t;

	if (c == NULL)
		return;
	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (l->fd != -1)
			close(l->fd);
	}
	TAILQ_FOREACH(t, &c->tables, entry) {
		if (t->fd != -1)
			close(t->fd);
	}
	if (c->geoip_fd != -1)
		close(c->geoip_fd);
	if (c->users_fd != -1)
		close(c->users_fd);
	conf_free(c);
}

/* Relays have no rules, but must know how long their router may take. */
static uint32_t
connect_most(const struct conf *c)
{
	const struct conf_rule	*rule;
	uint32_t		 most = c->set.connect_ms;

	TAILQ_FOREACH(rule, &c->rules, entry)
		if (rule->route.connect_ms > most)
			most = rule->route.connect_ms;
	return most;
}

static int
put_settings(struct wire *w, const struct conf *c)
{
	const struct conf_settings	*s = &c->set;
	unsigned int			 i;

	wbuf_u32(&w->w, s->relays);
	wbuf_u32(&w->w, s->sessions);
	wbuf_u32(&w->w, s->handshake_ms);
	wbuf_u32(&w->w, s->connect_ms);
	wbuf_u32(&w->w, connect_most(c));
	wbuf_u32(&w->w, s->idle_ms);
	wbuf_u32(&w->w, s->half_closed_ms);
	wbuf_u32(&w->w, s->keepalive_ms);
	wbuf_u32(&w->w, s->drain_ms);
	wbuf_u32(&w->w, s->half_open);
	wbuf_u32(&w->w, s->per_source);
	wbuf_u32(&w->w, s->source_sessions);
	wbuf_u32(&w->w, s->source_new_count);
	wbuf_u32(&w->w, s->source_new_ms);
	wbuf_u32(&w->w, s->source_new_burst);
	wbuf_u32(&w->w, s->user_sessions);
	wbuf_u32(&w->w, s->auth_workers);
	wbuf_u32(&w->w, s->auth_cache_ms);
	wbuf_u32(&w->w, s->throttle_failures);
	wbuf_u32(&w->w, s->throttle_within_ms);
	wbuf_u32(&w->w, s->throttle_ban_ms);
	wbuf_u8(&w->w, s->nnat64);
	for (i = 0; i < s->nnat64; i++) {
		wbuf_addr(&w->w, &s->nat64[i].addr);
		wbuf_u8(&w->w, s->nat64[i].len);
	}
	return wire_emit(w, MSG_CONF_SETTINGS, -1);
}

static int
get_settings(struct conf *c, struct rbuf *r)
{
	struct conf_settings	*s = &c->set;
	struct prefix		*p;
	struct addr		 masked;
	unsigned int		 i;

	s->relays = rbuf_u32(r);
	s->sessions = rbuf_u32(r);
	s->handshake_ms = rbuf_u32(r);
	s->connect_ms = rbuf_u32(r);
	s->connect_most_ms = rbuf_u32(r);
	s->idle_ms = rbuf_u32(r);
	s->half_closed_ms = rbuf_u32(r);
	s->keepalive_ms = rbuf_u32(r);
	s->drain_ms = rbuf_u32(r);
	s->half_open = rbuf_u32(r);
	s->per_source = rbuf_u32(r);
	s->source_sessions = rbuf_u32(r);
	s->source_new_count = rbuf_u32(r);
	s->source_new_ms = rbuf_u32(r);
	s->source_new_burst = rbuf_u32(r);
	s->user_sessions = rbuf_u32(r);
	s->auth_workers = rbuf_u32(r);
	s->auth_cache_ms = rbuf_u32(r);
	s->throttle_failures = rbuf_u32(r);
	s->throttle_within_ms = rbuf_u32(r);
	s->throttle_ban_ms = rbuf_u32(r);
	if ((s->nnat64 = rbuf_u8(r)) > NAT64_MAX)
		return -1;
	for (i = 0; i < s->nnat64; i++) {
		p = &s->nat64[i];
		rbuf_addr(r, &p->addr);
		p->len = rbuf_u8(r);
		masked = p->addr;
		addr_mask(&masked, p->len);
		if (r->bad || nat64_is_prefix(p) == 0 ||
		    addr_cmp(&masked, &p->addr) != 0)
			return -1;
	}
	return (s->source_new_count == 0) == (s->source_new_ms == 0) ? 0 : -1;
}

static int
put_log(struct wire *w, const struct conf *c)
{
	wbuf_u8(&w->w, c->log.dest);
	wbuf_u8(&w->w, c->log.format);
	wbuf_u8(&w->w, c->log.sessions != 0);
	return wire_emit(w, MSG_CONF_LOG, -1);
}

static int
get_log(struct conf *c, struct rbuf *r)
{
	c->log.dest = wire_flag(r) ? CONF_LOG_STDERR : CONF_LOG_SYSLOG;
	c->log.format = wire_flag(r) ? CONF_LOG_JSON : CONF_LOG_TEXT;
	c->log.sessions = wire_flag(r);
	return 0;
}

static int
put_resolver(struct wire *w, const struct conf *c)
{
	const struct conf_resolver	*res = &c->resolver;
	unsigned int			 i;

	wbuf_u8(&w->w, res->from_system != 0);
	wbuf_u8(&w->w, res->family);
	wbuf_u32(&w->w, res->timeout_ms);
	wbuf_u32(&w->w, res->cache);
	wbuf_u8(&w->w, res->nns);
	for (i = 0; i < res->nns; i++) {
		wbuf_addr(&w->w, &res->ns[i].addr);
		wbuf_u16(&w->w, res->ns[i].port);
		wbuf_str8(&w->w, res->ns[i].zone);
		wbuf_u32(&w->w, res->ns[i].scope);
	}
	return wire_emit(w, MSG_CONF_RESOLVER, -1);
}

static int
get_resolver(struct conf *c, struct rbuf *r)
{
	struct conf_resolver	*res = &c->resolver;
	unsigned int		 i;
	uint8_t			 family;

	res->from_system = wire_flag(r);
	if ((family = rbuf_u8(r)) > CONF_FAMILY_INET6)
		return -1;
	res->family = family;
	res->timeout_ms = rbuf_u32(r);
	res->cache = rbuf_u32(r);
	if ((res->nns = rbuf_u8(r)) > CONF_NAMESERVERS_MAX)
		return -1;
	for (i = 0; i < res->nns; i++) {
		rbuf_addr(r, &res->ns[i].addr);
		res->ns[i].port = rbuf_u16(r);
		rbuf_str8(r, res->ns[i].zone, sizeof(res->ns[i].zone));
		res->ns[i].scope = rbuf_u32(r);
		if (res->ns[i].addr.af == AF_UNSPEC)
			return -1;
	}
	return 0;
}

/* Items until the end of the payload, here and in the lists of rules. */
static int
put_hosts(struct wire *w, const struct conf *c)
{
	const struct conf_host	*h;

	TAILQ_FOREACH(h, &c->hosts, entry) {
		if (wire_room(w, MSG_CONF_HOST) == -1)
			return -1;
		wbuf_addr(&w->w, &h->addr);
		wbuf_str8(&w->w, h->name);
	}
	return wire_rest(w, MSG_CONF_HOST);
}

static int
get_hosts(struct conf *c, struct rbuf *r)
{
	struct conf_host	*h;
	struct addr		 addr;
	char			 name[HOSTNAME_MAX + 1];

	while (r->left > 0) {
		rbuf_addr(r, &addr);
		rbuf_str8(r, name, sizeof(name));
		if (r->bad || addr.af == AF_UNSPEC || name[0] == '\0')
			return -1;
		if ((h = calloc(1, sizeof(*h))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&c->hosts, h, entry);
		h->addr = addr;
		if ((h->name = strdup(name)) == NULL)
			return -1;
	}
	return 0;
}

/* A listener that could not be opened has no descriptor and is not sent. */
static int
put_listeners(struct wire *w, const struct conf *c)
{
	const struct conf_listener	*l;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (l->fd == -1)
			continue;
		wbuf_u32(&w->w, l->id);
		wbuf_addr(&w->w, &l->addr);
		wbuf_u16(&w->w, l->port);
		wbuf_str8(&w->w, l->name);
		wbuf_u8(&w->w, l->open != 0);
		wbuf_u8(&w->w, l->from_localhost != 0);
		wbuf_u8(&w->w, (uint8_t)l->auth);
		wbuf_str16(&w->w, l->file);
		wbuf_u32(&w->w, l->line);
		if (wire_emit(w, MSG_CONF_LISTENER, l->fd) == -1)
			return -1;
	}
	return 0;
}

static int
get_listener(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_listener	*l;
	uint8_t			 auth;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&c->listeners, l, entry);
	l->fd = msg_take_fd(m);
	l->id = rbuf_u32(r);
	rbuf_addr(r, &l->addr);
	l->port = rbuf_u16(r);
	rbuf_str8(r, l->name, sizeof(l->name));
	l->open = wire_flag(r);
	l->from_localhost = wire_flag(r);
	if ((auth = rbuf_u8(r)) >= AUTH_MODE_MAX)
		return -1;
	l->auth = auth;
	rbuf_str16(r, l->file, sizeof(l->file));
	l->line = rbuf_u32(r);
	return l->fd == -1 || l->addr.af == AF_UNSPEC ? -1 : 0;
}

static int
put_tables(struct wire *w, const struct conf *c)
{
	const struct conf_table	*t;

	TAILQ_FOREACH(t, &c->tables, entry) {
		if (wire_put_table(w, t) == -1)
			return -1;
	}
	return 0;
}

/* The router knows where proxies are, but not how to log in there. */
static int
put_upstreams(struct wire *w, const struct conf *c)
{
	const struct conf_upstream	*u;

	TAILQ_FOREACH(u, &c->upstreams, entry) {
		if (wire_put_upstream(w, u, 0) == -1)
			return -1;
	}
	return 0;
}

static int
put_logins(struct wire *w, const struct conf *c)
{
	const struct conf_upstream	*u;
	int				 ret = 0;

	TAILQ_FOREACH(u, &c->upstreams, entry) {
		if (wire_put_upstream(w, u, 1) == -1) {
			ret = -1;
			break;
		}
	}
	explicit_bzero(w->data, sizeof(w->data));
	return ret;
}

/* Auth reads the file itself, so that nobody else sees a hash. */
static int
put_users(struct wire *w, const struct conf *c)
{
	if (c->users_fd == -1)
		return 0;
	wbuf_str16(&w->w, c->users);
	return wire_emit(w, MSG_CONF_USERS, c->users_fd);
}

static int
get_users(struct conf *c, struct rbuf *r, struct msg *m)
{
	if (c->users_fd != -1)
		return -1;
	c->users_fd = msg_take_fd(m);
	rbuf_str16(r, c->users, sizeof(c->users));
	return c->users_fd == -1 ? -1 : 0;
}

/* Without an image there is no telling where an address is. */
static int
put_geoip(struct wire *w, const struct conf *c)
{
	if (c->geoip_fd == -1)
		return 0;
	wire_put_image(w, &c->geoip_image);
	wbuf_str16(&w->w, c->geoip);
	return wire_emit(w, MSG_CONF_GEOIP, c->geoip_fd);
}

static int
get_geoip(struct conf *c, struct rbuf *r, struct msg *m)
{
	if (c->geoip_fd != -1)
		return -1;
	c->geoip_fd = msg_take_fd(m);
	wire_get_image(&c->geoip_image, r);
	rbuf_str16(r, c->geoip, sizeof(c->geoip));
	return c->geoip_fd == -1 || c->geoip[0] == '\0' ? -1 : 0;
}

static int
put_rules(struct wire *w, const struct conf *c)
{
	const struct conf_rule	*rule;

	TAILQ_FOREACH(rule, &c->rules, entry) {
		if (wire_put_rule(w, rule) == -1)
			return -1;
	}
	return 0;
}

int
wire_flag(struct rbuf *r)
{
	uint8_t	v;

	if ((v = rbuf_u8(r)) > 1)
		r->bad = 1;
	return v;
}
