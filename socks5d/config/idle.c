/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Parts of a config that have no effect: see idle.h.  Those of single settings
 * are in build_idle.c, as only the parser knows where these stand, and what is
 * about single commands is in idle_command.c.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "config/idle.h"
#include "config/idle_part.h"

static void idle_tables(struct idle *);
static int  rule_has_table(const struct conf_rule *, const char *);
static void idle_upstreams(struct idle *);
static int  upstream_is_used(const struct conf *, const char *);
static void idle_members(struct idle *, const struct conf_upstream *);
static void idle_listeners(struct idle *);
static int  same_line(const struct conf_listener *,
     const struct conf_listener *);
static void idle_open(struct idle *, const struct conf_listener *);
static void idle_beside(struct idle *, const struct conf_listener *);
static void idle_taken(struct idle *, const struct conf_listener *);
static void idle_from(struct idle *, const struct conf_rule *);
static int  on_names(const struct conf_ons *, const char *);
static void idle_source(struct idle *, const struct conf_rule *);
static int  to_is_of(const struct conf_addrs *, int);
static int  members_are_of(const struct conf_upstream *, int);
static void idle_limits(struct idle *, const struct conf_rule *);

void
idle_warn(const struct conf *c,
    void (*complain)(void *, const char *, uint32_t, const char *), void *arg)
{
	struct idle w = { c, complain, arg, { 0 }, idle_wants_udp(c) };
	const struct conf_rule *r;

	idle_tables(&w);
	idle_upstreams(&w);
	idle_listeners(&w);
	TAILQ_FOREACH(r, &c->rules, entry) {
		if (w.n[IDLE_RULE] > IDLE_MAX)
			break;
		idle_command(&w, r);
		idle_from(&w, r);
		idle_source(&w, r);
		idle_limits(&w, r);
	}
}

int
idle_has_logins(const struct conf *c)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &c->listeners, entry)
		if (l->auth != AUTH_MODE_NONE)
			return 1;
	return 0;
}

static void
idle_tables(struct idle *w)
{
	const struct conf_table *t;
	const struct conf_rule  *r;

	TAILQ_FOREACH(t, &w->conf->tables, entry) {
		if (w->n[IDLE_TABLE] > IDLE_MAX)
			return;
		TAILQ_FOREACH(r, &w->conf->rules, entry)
			if (rule_has_table(r, t->name))
				break;
		if (r == NULL)
			idle_say(w, IDLE_TABLE, t->file, t->line,
			    "table <%s>: "
			    "not used by any rule",
			    t->name);
	}
}

static int
rule_has_table(const struct conf_rule *r, const char *name)
{
	const struct conf_addr   *a;
	const struct conf_domain *d;
	const struct conf_user   *u;

	TAILQ_FOREACH(a, &r->from, entry)
		if (a->kind == CONF_ADDR_TABLE && strcmp(a->table, name) == 0)
			return 1;
	TAILQ_FOREACH(a, &r->to, entry)
		if (a->kind == CONF_ADDR_TABLE && strcmp(a->table, name) == 0)
			return 1;
	TAILQ_FOREACH(d, &r->domains, entry)
		if (d->kind == CONF_DOMAIN_TABLE && strcmp(d->name, name) == 0)
			return 1;
	TAILQ_FOREACH(u, &r->users, entry)
		if (u->kind == CONF_USER_TABLE && strcmp(u->name, name) == 0)
			return 1;
	return 0;
}

static void
idle_upstreams(struct idle *w)
{
	const struct conf_upstream *u;

	TAILQ_FOREACH(u, &w->conf->upstreams, entry) {
		if (w->n[IDLE_UPSTREAM] > IDLE_MAX)
			return;
		if (!upstream_is_used(w->conf, u->name))
			idle_say(w, IDLE_UPSTREAM, u->file, u->line,
			    "upstream \"%s\": not used by any rule", u->name);
		idle_members(w, u);
	}
}

/* By a rule, or on the way to another one. */
static int
upstream_is_used(const struct conf *c, const char *name)
{
	const struct conf_upstream *u;
	const struct conf_rule     *r;

	TAILQ_FOREACH(r, &c->rules, entry)
		if (strcmp(r->route.via, name) == 0)
			return 1;
	TAILQ_FOREACH(u, &c->upstreams, entry)
		if (strcmp(u->via, name) == 0)
			return 1;
	return 0;
}

static void
idle_members(struct idle *w, const struct conf_upstream *u)
{
	const struct conf_proxy *p, *q;
	unsigned int             i = 0, k;

	TAILQ_FOREACH(p, &u->members, entry) {
		i++;
		k = 0;
		TAILQ_FOREACH(q, &u->members, entry) {
			k++;
			if (q == p ||
			    (q->port == p->port &&
				addr_cmp(&q->addr, &p->addr) == 0 &&
				q->protocol == p->protocol &&
				strcmp(q->user, p->user) == 0))
				break;
		}
		if (q != p)
			idle_say(w, IDLE_UPSTREAM, u->file, u->line,
			    "upstream \"%s\": member %u is the same as member "
			    "%u",
			    u->name, i, k);
	}
	if (i == 1 && u->balance != CONF_FAILOVER)
		idle_say(w, IDLE_UPSTREAM, u->file, u->line,
		    "upstream "
		    "\"%s\": balance: no effect with a single member",
		    u->name);
}

/* Both addresses of "localhost" or "*" stand in one line. */
static void
idle_listeners(struct idle *w)
{
	const struct conf_listener *l, *prev = NULL;

	TAILQ_FOREACH(l, &w->conf->listeners, entry) {
		if (w->n[IDLE_LISTENER] > IDLE_MAX)
			return;
		if (prev != NULL && same_line(prev, l))
			continue;
		prev = l;
		idle_open(w, l);
		idle_beside(w, l);
		idle_taken(w, l);
	}
}

static int
same_line(const struct conf_listener *a, const struct conf_listener *b)
{
	return a->line == b->line && strcmp(a->file, b->file) == 0;
}

static void
idle_open(struct idle *w, const struct conf_listener *l)
{
	if (l->open == 0)
		return;
	if (l->auth == AUTH_MODE_REQUIRED)
		idle_say(w, IDLE_LISTENER, l->file, l->line,
		    "open: no effect beside auth required: nobody is served "
		    "without a login");
	else if (addr_is_loopback(&l->addr))
		idle_say(w, IDLE_LISTENER, l->file, l->line,
		    "open: no effect: this host alone reaches the listener");
}

/* Where clients of UDP and BIND go, if there are none. */
static void
idle_beside(struct idle *w, const struct conf_listener *l)
{
	const struct conf_rule *r;
	int                     udp = idle_has_udp(l), bind;

	bind = l->bind_ports.low != 0 || l->bind_addr.af != AF_UNSPEC;
	/* The address of UDP is that of one of the two of *. */
	if (l->addr.af == AF_INET && TAILQ_NEXT(l, entry) != NULL &&
	    same_line(l, TAILQ_NEXT(l, entry)))
		udp |= idle_has_udp(TAILQ_NEXT(l, entry));
	TAILQ_FOREACH(r, &w->conf->rules, entry) {
		if (on_names(&r->on, l->name) == 0)
			continue;
		if (udp && idle_carries(w->conf, r, CONF_COMMAND_UDP))
			udp = 0;
		if (bind && idle_carries(w->conf, r, CONF_COMMAND_BIND))
			bind = 0;
	}
	if (udp)
		idle_say(w, IDLE_LISTENER, l->file, l->line,
		    "udp: no effect: no rule passes UDP from here");
	if (bind)
		idle_say(w, IDLE_LISTENER, l->file, l->line,
		    "bind: no effect: no rule passes BIND from here");
}

/* A port for BIND where clients are served is none. */
static void
idle_taken(struct idle *w, const struct conf_listener *l)
{
	const struct conf_listener *other;

	TAILQ_FOREACH(other, &w->conf->listeners, entry)
		if (l->bind_ports.low <= other->port &&
		    other->port <= l->bind_ports.high)
			break;
	if (other != NULL)
		idle_say(w, IDLE_LISTENER, l->file, l->line,
		    "bind: port %u is that of the listener at %s:%u, and not "
		    "to be had where that one is",
		    other->port, other->file, other->line);
}

/* Clients have the family of the listener that they come to. */
static void
idle_from(struct idle *w, const struct conf_rule *r)
{
	const struct conf_listener *l;
	const struct conf_addr     *a;
	int                         plain = 0;

	TAILQ_FOREACH(a, &r->from, entry) {
		if (a->negated)
			continue;
		plain = 1;
		TAILQ_FOREACH(l, &w->conf->listeners, entry)
			if (on_names(&r->on, l->name) &&
			    (a->kind != CONF_ADDR_PREFIX ||
				a->prefix.addr.af == l->addr.af))
				return;
	}
	if (plain)
		idle_say(w, IDLE_RULE, r->file, r->line,
		    "from: never "
		    "matches: no listener%s is of this family",
		    TAILQ_EMPTY(&r->on) ? "" : " of the rule");
}

static int
on_names(const struct conf_ons *on, const char *name)
{
	const struct conf_on *o;
	int                   plain = 0, match = 0;

	TAILQ_FOREACH(o, on, entry) {
		if (o->negated && strcmp(o->name, name) == 0)
			return 0;
		plain |= o->negated == 0;
		match |= o->negated == 0 && strcmp(o->name, name) == 0;
	}
	return match || plain == 0;
}

/* What is connected must be of the family of the address it comes from. */
static void
idle_source(struct idle *w, const struct conf_rule *r)
{
	const struct conf_route    *way = &r->route;
	const struct conf_upstream *u;
	int                         af = way->source.af;
	const char                 *what = NULL;

	if (af == AF_UNSPEC)
		return;
	u = way->via[0] == '\0' ? NULL : conf_upstream_find(w->conf, way->via);
	while (u != NULL && u->via[0] != '\0')
		u = conf_upstream_find(w->conf, u->via);
	if (u != NULL)
		what = members_are_of(u, af) ? NULL :
					       "all members of the upstream";
	else if (way->rdr.af != AF_UNSPEC)
		what = way->rdr.af == af ? NULL : "the address of rdr-to";
	else if (!to_is_of(&r->to, af))
		what = "all addresses of to";
	if (what != NULL)
		idle_say(w, IDLE_RULE, r->file, r->line,
		    "source: nothing is "
		    "ever connected: it is of another family than %s",
		    what);
}

/* True if the list may match an address of the family. */
static int
to_is_of(const struct conf_addrs *to, int af)
{
	const struct conf_addr *a;
	int                     plain = 0;

	TAILQ_FOREACH(a, to, entry) {
		if (a->negated)
			continue;
		plain = 1;
		if (a->kind != CONF_ADDR_PREFIX || a->prefix.addr.af == af)
			return 1;
	}
	return plain == 0;
}

/* True if one of them is. */
static int
members_are_of(const struct conf_upstream *u, int af)
{
	const struct conf_proxy *p;

	TAILQ_FOREACH(p, &u->members, entry)
		if (p->addr.af == af)
			return 1;
	return 0;
}

/* A limit that another one never lets anybody reach. */
static void
idle_limits(struct idle *w, const struct conf_rule *r)
{
	const struct conf_settings *s = &w->conf->set;
	const struct conf_limits   *l = &r->limits;
	uint32_t                    most = 0;
	const char                 *what = NULL;

	if (l->sessions_per == CONF_PER_SOURCE &&
	    s->source_sessions != CONF_NO_LIMIT) {
		what = "source-sessions";
		most = s->source_sessions;
	} else if (l->sessions_per == CONF_PER_USER) {
		what = "user-sessions";
		most = s->user_sessions;
	}
	if (most == 0) {
		what = "set sessions";
		most = s->sessions;
	}
	if (most != 0 && l->sessions > most)
		idle_say(w, IDLE_RULE, r->file, r->line,
		    "sessions %u: no "
		    "effect: %s allows %u",
		    l->sessions, what, most);
	if (l->new_per == CONF_PER_SOURCE && l->new_count != 0 &&
	    s->source_new_count != 0 && l->new_burst >= s->source_new_burst &&
	    (uint64_t)l->new_count * s->source_new_ms >
		(uint64_t)s->source_new_count * l->new_ms)
		idle_say(w, IDLE_RULE, r->file, r->line,
		    "new: no effect: "
		    "source-new allows fewer");
}

void
idle_say(struct idle *w, enum idle_kind kind, const char *file, uint32_t line,
    const char *fmt, ...)
{
	char    text[CONF_PATH_SIZE];
	va_list ap;

	if (++w->n[kind] > IDLE_MAX + 1)
		return;
	if (w->n[kind] == IDLE_MAX + 1) {
		w->complain(w->arg, file, line,
		    "further warnings of this "
		    "kind are left out");
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->complain(w->arg, file, line, text);
}
