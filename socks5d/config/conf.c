/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * The configuration as structs: made, freed, compared, and checked as a whole.
 *
 * Linked by all roles.  Reads no file and knows no grammar.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/conf.h"

/* Who hears of faults, and how many there were. */
struct check {
	void		(*complain)(void *, const char *, uint32_t,
			    const char *);
	void		*arg;
	unsigned int	 faults;
};

static int	addrs_equal(const struct conf_addrs *,
		    const struct conf_addrs *);
static int	ports_equal(const struct conf_ports *,
		    const struct conf_ports *);
static int	ons_equal(const struct conf_ons *, const struct conf_ons *);
static int	users_equal(const struct conf_users *,
		    const struct conf_users *);
static void	check_some(const struct conf *, struct check *);
static void	check_twice(const struct conf *, struct check *);
static void	check_open(const struct conf *, struct check *);
static int	same_line(const struct conf_listener *,
		    const struct conf_listener *);
static const struct conf_rule	*check_reach(const struct conf *,
		    const struct conf_listener *);
static int	from_is_anybody(const struct conf_addrs *);
static int	on_matches(const struct conf_ons *, const char *);
static void	check_on(const struct conf *, struct check *);
static void	check_users(const struct conf *, struct check *);
static void	check_tables(const struct conf *, struct check *);
static void	check_login(const struct conf *, struct check *);
static int	rule_asks_user(const struct conf_rule *);
static int	name_is_known(const struct conf *, const char *);
static void	check_fault(struct check *, const char *, uint32_t,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));

struct conf *
conf_new(void)
{
	struct conf	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	TAILQ_INIT(&c->hosts);
	TAILQ_INIT(&c->listeners);
	TAILQ_INIT(&c->tables);
	TAILQ_INIT(&c->upstreams);
	TAILQ_INIT(&c->rules);
	c->users_fd = -1;
	c->geoip_fd = -1;
	(void)strlcpy(c->quotas, CONF_QUOTAS, sizeof(c->quotas));
	c->set.handshake_ms = CONF_HANDSHAKE_MS;
	c->set.connect_ms = CONF_CONNECT_MS;
	c->set.idle_ms = CONF_IDLE_MS;
	c->set.half_closed_ms = CONF_HALF_CLOSED_MS;
	c->set.drain_ms = CONF_DRAIN_MS;
	c->set.half_open = CONF_HALF_OPEN;
	c->set.per_source = CONF_PER_SOURCE;
	c->set.auth_workers = CONF_AUTH_WORKERS;
	c->set.auth_cache_ms = CONF_AUTH_CACHE_MS;
	c->set.throttle_failures = CONF_THROTTLE_FAILURES;
	c->set.throttle_within_ms = CONF_THROTTLE_WITHIN_MS;
	c->set.throttle_ban_ms = CONF_THROTTLE_BAN_MS;
	(void)strlcpy(c->user, CONF_USER, sizeof(c->user));
	c->log.dest = CONF_LOG_SYSLOG;
	c->log.format = CONF_LOG_TEXT;
	c->log.sessions = 1;
	c->resolver.family = CONF_FAMILY_ANY;
	c->resolver.timeout_ms = CONF_DNS_TIMEOUT_MS;
	c->resolver.cache = CONF_DNS_CACHE;
	return c;
}

void
conf_free(struct conf *c)
{
	struct conf_host	*h;
	struct conf_listener	*l;
	struct conf_table	*t;
	struct conf_upstream	*u;
	struct conf_rule	*r;

	if (c == NULL)
		return;
	while ((h = TAILQ_FIRST(&c->hosts)) != NULL) {
		TAILQ_REMOVE(&c->hosts, h, entry);
		free(h->name);
		free(h);
	}
	while ((l = TAILQ_FIRST(&c->listeners)) != NULL) {
		TAILQ_REMOVE(&c->listeners, l, entry);
		free(l);
	}
	while ((t = TAILQ_FIRST(&c->tables)) != NULL) {
		TAILQ_REMOVE(&c->tables, t, entry);
		conf_table_free(t);
	}
	while ((u = TAILQ_FIRST(&c->upstreams)) != NULL) {
		TAILQ_REMOVE(&c->upstreams, u, entry);
		conf_upstream_free(u);
	}
	while ((r = TAILQ_FIRST(&c->rules)) != NULL) {
		TAILQ_REMOVE(&c->rules, r, entry);
		conf_rule_free(r);
	}
	free(c);
}

struct conf_rule *
conf_rule_new(void)
{
	struct conf_rule	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	TAILQ_INIT(&r->from);
	TAILQ_INIT(&r->to);
	TAILQ_INIT(&r->ports);
	TAILQ_INIT(&r->on);
	TAILQ_INIT(&r->users);
	TAILQ_INIT(&r->groups);
	TAILQ_INIT(&r->domains);
	TAILQ_INIT(&r->countries);
	TAILQ_INIT(&r->times);
	TAILQ_INIT(&r->days);
	return r;
}

void
conf_rule_free(struct conf_rule *r)
{
	if (r == NULL)
		return;
	conf_addrs_free(&r->from);
	conf_addrs_free(&r->to);
	conf_ports_free(&r->ports);
	conf_ons_free(&r->on);
	conf_users_free(&r->users);
	conf_users_free(&r->groups);
	conf_domains_free(&r->domains);
	conf_countries_free(&r->countries);
	conf_times_free(&r->times);
	conf_days_free(&r->days);
	free(r);
}

struct conf_table *
conf_table_new(void)
{
	struct conf_table	*t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	STAILQ_INIT(&t->members);
	TAILQ_INIT(&t->users);
	t->fd = -1;
	return t;
}

void
conf_table_free(struct conf_table *t)
{
	struct conf_member	*m;

	if (t == NULL)
		return;
	while ((m = STAILQ_FIRST(&t->members)) != NULL) {
		STAILQ_REMOVE_HEAD(&t->members, entry);
		free(m);
	}
	conf_users_free(&t->users);
	free(t);
}

struct conf_upstream *
conf_upstream_new(void)
{
	struct conf_upstream	*u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	TAILQ_INIT(&u->members);
	u->retry = CONF_RETRY;
	u->backoff_min_ms = CONF_BACKOFF_MIN_MS;
	u->backoff_max_ms = CONF_BACKOFF_MAX_MS;
	u->breaker_failures = CONF_BREAKER_FAILURES;
	u->breaker_within_ms = CONF_BREAKER_WITHIN_MS;
	u->breaker_for_ms = CONF_BREAKER_FOR_MS;
	return u;
}

void
conf_upstream_free(struct conf_upstream *u)
{
	struct conf_proxy	*p;

	if (u == NULL)
		return;
	while ((p = TAILQ_FIRST(&u->members)) != NULL) {
		TAILQ_REMOVE(&u->members, p, entry);
		freezero(p, sizeof(*p));
	}
	free(u);
}

void
conf_addrs_free(struct conf_addrs *list)
{
	struct conf_addr	*a;

	while ((a = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, a, entry);
		free(a);
	}
}

void
conf_ports_free(struct conf_ports *list)
{
	struct conf_port	*p;

	while ((p = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, p, entry);
		free(p);
	}
}

void
conf_ons_free(struct conf_ons *list)
{
	struct conf_on	*o;

	while ((o = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, o, entry);
		free(o);
	}
}

void
conf_users_free(struct conf_users *list)
{
	struct conf_user	*u;

	while ((u = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, u, entry);
		free(u);
	}
}

void
conf_domains_free(struct conf_domains *list)
{
	struct conf_domain	*m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}

void
conf_countries_free(struct conf_countries *list)
{
	struct conf_country	*m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}

void
conf_times_free(struct conf_times *list)
{
	struct conf_time	*m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}

void
conf_days_free(struct conf_days *list)
{
	struct conf_day	*m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, entry);
		free(m);
	}
}

const struct conf_table *
conf_table_find(const struct conf *c, const char *name)
{
	const struct conf_table	*t;

	TAILQ_FOREACH(t, &c->tables, entry)
		if (strcmp(t->name, name) == 0)
			break;
	return t;
}

const struct conf_upstream *
conf_upstream_find(const struct conf *c, const char *name)
{
	const struct conf_upstream	*u;

	TAILQ_FOREACH(u, &c->upstreams, entry)
		if (strcmp(u->name, name) == 0)
			break;
	return u;
}

int
conf_rule_equal(const struct conf_rule *a, const struct conf_rule *b)
{
	return a->action == b->action && a->quick == b->quick &&
	    a->log == b->log && strcmp(a->label, b->label) == 0 &&
	    addrs_equal(&a->from, &b->from) && addrs_equal(&a->to, &b->to) &&
	    ports_equal(&a->ports, &b->ports) && ons_equal(&a->on, &b->on) &&
	    users_equal(&a->users, &b->users) &&
	    users_equal(&a->groups, &b->groups);
}

static int
addrs_equal(const struct conf_addrs *la, const struct conf_addrs *lb)
{
	const struct conf_addr	*a, *b;

	a = TAILQ_FIRST(la);
	b = TAILQ_FIRST(lb);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, entry),
	    b = TAILQ_NEXT(b, entry)) {
		if (a->kind != b->kind || a->negated != b->negated)
			return 0;
		if (a->kind == CONF_ADDR_PREFIX &&
		    (a->prefix.len != b->prefix.len ||
		    addr_cmp(&a->prefix.addr, &b->prefix.addr) != 0))
			return 0;
	}
	return a == NULL && b == NULL;
}

static int
ports_equal(const struct conf_ports *la, const struct conf_ports *lb)
{
	const struct conf_port	*a, *b;

	a = TAILQ_FIRST(la);
	b = TAILQ_FIRST(lb);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, entry),
	    b = TAILQ_NEXT(b, entry)) {
		if (a->negated != b->negated || a->low != b->low ||
		    a->high != b->high)
			return 0;
	}
	return a == NULL && b == NULL;
}

static int
ons_equal(const struct conf_ons *la, const struct conf_ons *lb)
{
	const struct conf_on	*a, *b;

	a = TAILQ_FIRST(la);
	b = TAILQ_FIRST(lb);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, entry),
	    b = TAILQ_NEXT(b, entry)) {
		if (a->negated != b->negated || strcmp(a->name, b->name) != 0)
			return 0;
	}
	return a == NULL && b == NULL;
}

static int
users_equal(const struct conf_users *la, const struct conf_users *lb)
{
	const struct conf_user	*a, *b;

	a = TAILQ_FIRST(la);
	b = TAILQ_FIRST(lb);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, entry),
	    b = TAILQ_NEXT(b, entry)) {
		if (a->kind != b->kind || a->negated != b->negated ||
		    strcmp(a->name, b->name) != 0)
			return 0;
	}
	return a == NULL && b == NULL;
}

unsigned int
conf_check(const struct conf *c, void (*complain)(void *, const char *,
    uint32_t, const char *), void *arg)
{
	struct check	ck;

	ck.complain = complain;
	ck.arg = arg;
	ck.faults = 0;
	check_some(c, &ck);
	check_twice(c, &ck);
	check_open(c, &ck);
	check_on(c, &ck);
	check_users(c, &ck);
	check_tables(c, &ck);
	check_login(c, &ck);
	return ck.faults;
}

static void
check_some(const struct conf *c, struct check *ck)
{
	if (TAILQ_EMPTY(&c->listeners))
		check_fault(ck, "", 0, "listen: there is no such line: add "
		    "one, as in listen on localhost port 1080");
}

static void
check_twice(const struct conf *c, struct check *ck)
{
	const struct conf_listener	*a, *b;
	char				 text[ADDR_STRLEN];

	TAILQ_FOREACH(a, &c->listeners, entry) {
		TAILQ_FOREACH(b, &c->listeners, entry) {
			if (a == b)
				break;
			if (a->port != b->port ||
			    addr_cmp(&a->addr, &b->addr) != 0)
				continue;
			check_fault(ck, a->file, a->line, "listen on %s port "
			    "%u: used twice: %s:%u has it already",
			    addr_print(&a->addr, text, sizeof(text)),
			    a->port, b->file, b->line);
			break;
		}
	}
}

/*
 * A listener that strangers can reach must not serve them because a "from" or
 * a login was forgotten.  One word makes it intended.
 */
static void
check_open(const struct conf *c, struct check *ck)
{
	const struct conf_listener	*l, *prev = NULL;
	const struct conf_rule		*r;
	char				 text[ADDR_STRLEN];

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (same_line(prev, l))
			continue;
		if (l->open || l->auth == AUTH_MODE_REQUIRED ||
		    addr_is_loopback(&l->addr) ||
		    (r = check_reach(c, l)) == NULL)
			continue;
		prev = l;
		addr_print(&l->addr, text, sizeof(text));
		check_fault(ck, l->file, l->line, "listen on %s port %u: "
		    "serves anybody: the rule in %s:%u passes from any: give "
		    "that rule a from, as in pass from %s, or the listener "
		    "auth required, or say that it is meant: listen on %s "
		    "port %u%s%s%s open", text, l->port, r->file, r->line,
		    l->addr.af == AF_INET ? "192.0.2.0/24" : "2001:db8::/32",
		    text, l->port, l->name[0] == '\0' ? "" : " name \"",
		    l->name, l->name[0] == '\0' ? "" : "\"");
	}
}

/* Both addresses of "localhost" or "*" stand in one line. */
static int
same_line(const struct conf_listener *a, const struct conf_listener *b)
{
	return a != NULL && a->line == b->line && strcmp(a->file, b->file) == 0;
}

/* The first rule that passes strangers who come in by this listener. */
static const struct conf_rule *
check_reach(const struct conf *c, const struct conf_listener *l)
{
	const struct conf_rule	*r;

	TAILQ_FOREACH(r, &c->rules, entry) {
		if (r->action == CONF_PASS && rule_asks_user(r) == 0 &&
		    from_is_anybody(&r->from) && on_matches(&r->on, l->name))
			return r;
	}
	return NULL;
}

/* No from, from any, all addresses of a family, or all but some. */
static int
from_is_anybody(const struct conf_addrs *from)
{
	const struct conf_addr	*a;
	int			 positive = 0;

	TAILQ_FOREACH(a, from, entry) {
		if (a->negated)
			continue;
		positive = 1;
		if (a->kind == CONF_ADDR_ANY ||
		    (a->kind == CONF_ADDR_PREFIX && a->prefix.len == 0))
			return 1;
	}
	return positive == 0;
}

static int
on_matches(const struct conf_ons *on, const char *name)
{
	const struct conf_on	*o;
	int			 positive = 0, match = 0;

	TAILQ_FOREACH(o, on, entry) {
		if (o->negated && strcmp(o->name, name) == 0)
			return 0;
		if (o->negated)
			continue;
		positive = 1;
		if (strcmp(o->name, name) == 0)
			match = 1;
	}
	return match || positive == 0;
}

static void
check_on(const struct conf *c, struct check *ck)
{
	const struct conf_rule	*r;
	const struct conf_on	*o;

	TAILQ_FOREACH(r, &c->rules, entry) {
		TAILQ_FOREACH(o, &r->on, entry) {
			if (name_is_known(c, o->name))
				continue;
			check_fault(ck, r->file, r->line, "on \"%s\": no "
			    "listener has this name: add name \"%s\" to a "
			    "listen line", o->name, o->name);
		}
	}
}

static int
name_is_known(const struct conf *c, const char *name)
{
	const struct conf_listener	*l;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (strcmp(l->name, name) == 0)
			return 1;
	}
	return 0;
}

static void
check_users(const struct conf *c, struct check *ck)
{
	const struct conf_listener	*l, *prev = NULL;
	char				 text[ADDR_STRLEN];

	if (c->users[0] != '\0')
		return;
	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (l->auth == AUTH_MODE_NONE || same_line(prev, l))
			continue;
		prev = l;
		check_fault(ck, l->file, l->line, "listen on %s port %u auth "
		    "%s: nobody can log in: name the file of users, as in "
		    "users \"/etc/socks5d.users\"", l->from_localhost ?
		    "localhost" : addr_print(&l->addr, text, sizeof(text)),
		    l->port, auth_mode_name(l->auth));
	}
}

static void
check_tables(const struct conf *c, struct check *ck)
{
	const struct conf_rule	*r;
	const struct conf_user	*u;

	TAILQ_FOREACH(r, &c->rules, entry) {
		TAILQ_FOREACH(u, &r->users, entry) {
			if (u->kind != CONF_USER_TABLE ||
			    conf_table_find(c, u->name) != NULL)
				continue;
			check_fault(ck, r->file, r->line, "user <%s>: no "
			    "table has this name: add it, as in table <%s> "
			    "user { alice, bob }", u->name, u->name);
		}
	}
}

/* A rule that no login can reach is a rule that somebody relies on. */
static void
check_login(const struct conf *c, struct check *ck)
{
	const struct conf_listener	*l;
	const struct conf_rule		*r;
	int				 reached;

	TAILQ_FOREACH(r, &c->rules, entry) {
		if (rule_asks_user(r) == 0)
			continue;
		reached = 0;
		TAILQ_FOREACH(l, &c->listeners, entry) {
			if (on_matches(&r->on, l->name) == 0)
				continue;
			reached = 1;
			if (l->auth != AUTH_MODE_NONE)
				break;
		}
		if (reached == 0 || l != NULL)
			continue;
		check_fault(ck, r->file, r->line, "%s: would never match, "
		    "for nobody logs in: add auth required or auth optional "
		    "to %s", TAILQ_EMPTY(&r->users) ? "group" : "user",
		    TAILQ_EMPTY(&r->on) ? "a listen line" :
		    "the listen line that the rule names");
	}
}

/* Without a login not even a negated condition matches. */
static int
rule_asks_user(const struct conf_rule *r)
{
	return TAILQ_EMPTY(&r->users) == 0 || TAILQ_EMPTY(&r->groups) == 0;
}

static void
check_fault(struct check *ck, const char *file, uint32_t line,
    const char *fmt, ...)
{
	char	text[3 * CONF_PATH_SIZE];
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ck->faults++;
	ck->complain(ck->arg, file, line, text);
}
