/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What keeps the whole of a config from being used although each line is
 * right.
 *
 * Reads no file and knows no grammar.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/route.h"
#include "config/check.h"
#include "config/check_part.h"

static void                    check_some(const struct conf *, struct check *);
static void                    check_twice(const struct conf *, struct check *);
static void                    check_open(const struct conf *, struct check *);
static int                     same_line(const struct conf_listener *,
			const struct conf_listener *);
static const struct conf_rule *check_reach(const struct conf *,
    const struct conf_listener *);
static int                     from_is_anybody(const struct conf_addrs *);
static int  on_matches(const struct conf_ons *, const char *);
static void check_on(const struct conf *, struct check *);
static void check_users(const struct conf *, struct check *);
static void check_tables(const struct conf *, struct check *);
/* clang-format off */
static void	check_table(const struct conf *, struct check *,
		    const struct conf_rule *, const char *, const char *,
		    enum conf_table_kind);
/* clang-format on */
static const char *table_members(enum conf_table_kind);
static void        check_countries(const struct conf *, struct check *);
static void        check_sockets(const struct conf *, struct check *);
static void        check_login(const struct conf *, struct check *);
static int         rule_asks_user(const struct conf_rule *);
static int         name_is_known(const struct conf *, const char *);

unsigned int
conf_check(const struct conf *c,
    void (*complain)(void *, const char *, uint32_t, const char *), void *arg)
{
	struct check ck;

	ck.complain = complain;
	ck.arg = arg;
	ck.faults = 0;
	check_some(c, &ck);
	check_twice(c, &ck);
	check_open(c, &ck);
	check_on(c, &ck);
	check_users(c, &ck);
	check_tables(c, &ck);
	check_countries(c, &ck);
	check_upstreams(c, &ck);
	check_sockets(c, &ck);
	check_login(c, &ck);
	return ck.faults;
}

static void
check_some(const struct conf *c, struct check *ck)
{
	if (TAILQ_EMPTY(&c->listeners))
		check_fault(ck, "", 0,
		    "no listener configured: add one, "
		    "as in listen on localhost port 1080");
}

static void
check_twice(const struct conf *c, struct check *ck)
{
	const struct conf_listener *a, *b;
	char                        text[ADDR_STRLEN];

	TAILQ_FOREACH(a, &c->listeners, entry) {
		TAILQ_FOREACH(b, &c->listeners, entry) {
			if (a == b)
				break;
			if (a->port != b->port ||
			    addr_cmp(&a->addr, &b->addr) != 0)
				continue;
			check_fault(ck, a->file, a->line,
			    "listen on %s port "
			    "%u: used twice: %s:%u has it already",
			    addr_print(&a->addr, text, sizeof(text)), a->port,
			    b->file, b->line);
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
	const struct conf_listener *l, *prev = NULL;
	const struct conf_rule     *r;
	char                        text[ADDR_STRLEN];

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (same_line(prev, l))
			continue;
		if (l->open || l->auth == AUTH_MODE_REQUIRED ||
		    addr_is_loopback(&l->addr) ||
		    (r = check_reach(c, l)) == NULL)
			continue;
		prev = l;
		addr_print(&l->addr, text, sizeof(text));
		check_fault(ck, l->file, l->line,
		    "listen on %s port %u: "
		    "serves anybody: the rule in %s:%u passes from any: give "
		    "that rule a from, as in pass from %s, or the listener "
		    "auth required, or say that it is meant: listen on %s "
		    "port %u%s%s%s open",
		    text, l->port, r->file, r->line,
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
	const struct conf_rule *r;

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
	const struct conf_addr *a;
	int                     positive = 0;

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
	const struct conf_on *o;
	int                   positive = 0, match = 0;

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
	const struct conf_rule *r;
	const struct conf_on   *o;

	TAILQ_FOREACH(r, &c->rules, entry) {
		TAILQ_FOREACH(o, &r->on, entry) {
			if (name_is_known(c, o->name))
				continue;
			check_fault(ck, r->file, r->line,
			    "on \"%s\": no "
			    "listener has this name: add name \"%s\" to a "
			    "listen line",
			    o->name, o->name);
		}
	}
}

static int
name_is_known(const struct conf *c, const char *name)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (strcmp(l->name, name) == 0)
			return 1;
	}
	return 0;
}

static void
check_users(const struct conf *c, struct check *ck)
{
	const struct conf_listener *l, *prev = NULL;
	char                        text[ADDR_STRLEN];

	if (c->users[0] != '\0')
		return;
	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (l->auth == AUTH_MODE_NONE || same_line(prev, l))
			continue;
		prev = l;
		check_fault(ck, l->file, l->line,
		    "listen on %s port %u auth "
		    "%s: nobody can log in: name the users file, as in "
		    "users \"/var/lib/socks5d/users\"",
		    l->from_localhost ?
			"localhost" :
			addr_print(&l->addr, text, sizeof(text)),
		    l->port, auth_mode_name(l->auth));
	}
}

static void
check_tables(const struct conf *c, struct check *ck)
{
	const struct conf_rule   *r;
	const struct conf_addr   *a;
	const struct conf_domain *d;
	const struct conf_user   *u;

	TAILQ_FOREACH(r, &c->rules, entry) {
		TAILQ_FOREACH(a, &r->from, entry) {
			if (a->kind == CONF_ADDR_TABLE)
				check_table(c, ck, r, "from", a->table,
				    CONF_TABLE_ADDRESS);
		}
		TAILQ_FOREACH(a, &r->to, entry) {
			if (a->kind == CONF_ADDR_TABLE)
				check_table(c, ck, r, "to", a->table,
				    CONF_TABLE_ADDRESS);
		}
		TAILQ_FOREACH(d, &r->domains, entry) {
			if (d->kind == CONF_DOMAIN_TABLE)
				check_table(c, ck, r, "to domain", d->name,
				    CONF_TABLE_DOMAIN);
		}
		TAILQ_FOREACH(u, &r->users, entry) {
			if (u->kind == CONF_USER_TABLE)
				check_table(c, ck, r, "user", u->name,
				    CONF_TABLE_USER);
		}
	}
}

/* The place that a rule names a table in says what it must be of. */
static void
check_table(const struct conf *c, struct check *ck, const struct conf_rule *r,
    const char *what, const char *name, enum conf_table_kind kind)
{
	static const char *const example[] = {
		[CONF_TABLE_ADDRESS] = "192.0.2.0/24",
		[CONF_TABLE_DOMAIN] = "\".example.com\"",
		[CONF_TABLE_USER] = "alice, bob",
	};
	const struct conf_table *t;

	if ((t = conf_table_find(c, name)) == NULL) {
		check_fault(ck, r->file, r->line,
		    "%s <%s>: no table has this "
		    "name: add it, as in table <%s> %s { %s }",
		    what, name, name, conf_table_kind_name(kind),
		    example[kind]);
		return;
	}
	if (t->kind == kind)
		return;
	check_fault(ck, r->file, r->line,
	    "%s <%s>: the table in %s:%u is of "
	    "%s: one of %s is needed here",
	    what, name, t->file, t->line, table_members(t->kind),
	    table_members(kind));
}

static const char *
table_members(enum conf_table_kind kind)
{
	switch (kind) {
	case CONF_TABLE_ADDRESS:
		return "addresses";
	case CONF_TABLE_DOMAIN:
		return "names";
	case CONF_TABLE_USER:
		return "users";
	}
	return "?";
}

static void
check_countries(const struct conf *c, struct check *ck)
{
	const struct conf_rule *r;

	if (c->geoip[0] != '\0')
		return;
	TAILQ_FOREACH(r, &c->rules, entry) {
		if (TAILQ_EMPTY(&r->countries))
			continue;
		check_fault(ck, r->file, r->line,
		    "to country: no GeoIP "
		    "database configured: add one, as in geoip "
		    "\"/var/lib/GeoIP/GeoLite2-Country.mmdb\"");
	}
}

/* Each kind of socket is tried at the start and kept ready by the parent. */
static void
check_sockets(const struct conf *c, struct check *ck)
{
	const struct conf_rule *rule;
	struct socket_class class[CONF_SOCKETS_MAX], one;
	unsigned int i, n = 0;

	TAILQ_FOREACH(rule, &c->rules, entry) {
		if (socket_class_of(&rule->route, &one) == 0)
			continue;
		for (i = 0; i < n; i++)
			if (socket_class_equal(&class[i], &one))
				break;
		if (i < n)
			continue;
		if (n == CONF_SOCKETS_MAX) {
			check_fault(ck, rule->file, rule->line,
			    "mark, rtable "
			    "and interface: more than %d different ones in "
			    "all rules",
			    CONF_SOCKETS_MAX);
			return;
		}
		class[n++] = one;
	}
}

/* A rule that no login can reach is a rule that somebody relies on. */
static void
check_login(const struct conf *c, struct check *ck)
{
	const struct conf_listener *l;
	const struct conf_rule     *r;
	int                         reached;

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
		check_fault(ck, r->file, r->line,
		    "%s: never matches: no "
		    "listener asks for a login: add auth required or auth "
		    "optional to %s",
		    TAILQ_EMPTY(&r->users) ? "group" : "user",
		    TAILQ_EMPTY(&r->on) ?
			"a listen line" :
			"the listen line that the rule names");
	}
}

/* Without a login not even a negated condition matches. */
static int
rule_asks_user(const struct conf_rule *r)
{
	return TAILQ_EMPTY(&r->users) == 0 || TAILQ_EMPTY(&r->groups) == 0;
}

void
check_fault(struct check *ck, const char *file, uint32_t line, const char *fmt,
    ...)
{
	char    text[3 * CONF_PATH_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ck->faults++;
	ck->complain(ck->arg, file, line, text);
}
