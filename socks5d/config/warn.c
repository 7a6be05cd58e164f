/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is allowed but probably not meant: a rule that sends names away before
 * rules about addresses are asked, one that never matches, and one that never
 * decides.
 *
 * Pure.  Where it cannot tell whether two rules
 * are about the same requests it takes them to be.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "config/shadow.h"
#include "config/warn.h"

/* Who hears of it. */
struct warn {
	void (*complain)(void *, const char *, uint32_t, const char *);
	void        *arg;
	unsigned int shadows;
	unsigned int overridden;
	unsigned int remotes;
	unsigned int work; /* members that were compared */
};

/* Of rules of one kind it names so many. */
#define WARN_MAX 10

/* What comparing may cost: part of a second. */
#define WORK_MAX 20000000

static int  warn_remote(const struct conf *, const struct conf_rule *,
     struct warn *);
static void warn_shadow(struct warn *, const struct conf *,
    const struct conf_rule *);
static void warn_overridden(void *, const struct conf_rule *,
    const struct conf_rule *);
static void warn_more(struct warn *, const struct conf *, unsigned int,
    const char *);
static int  work_is_over(struct warn *);
static int  wants_address(const struct conf_rule *);
static int  may_override(struct warn *, const struct conf *,
     const struct conf_rule *, const struct conf_rule *);
static int  may_meet(struct warn *, const struct conf *,
     const struct conf_rule *, const struct conf_rule *);
static int  commands_meet(uint8_t, uint8_t);
static int  ports_meet(struct warn *, const struct conf_ports *,
     const struct conf_ports *);
static int  ports_meet_at(struct warn *, const struct conf_ports *,
     const struct conf_ports *, const struct conf_ports *);
static int  port_is_in(struct warn *, const struct conf_ports *, unsigned int);
static int  ons_meet(const struct conf *, const struct conf_ons *,
     const struct conf_ons *);
static int  on_is_in(const struct conf_ons *, const char *);
static int  users_meet(struct warn *, const struct conf_users *,
     const struct conf_users *);
static int  froms_meet(struct warn *, const struct conf_addrs *,
     const struct conf_addrs *);
static int  domains_meet(struct warn *, const struct conf_domains *,
     const struct conf_domains *);
static int domain_meets(const struct conf_domain *, const struct conf_domain *);
static int is_below(const char *, const char *);
static void warn_say(struct warn *, const struct conf_rule *, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));

void
conf_warn(const struct conf *c,
    void (*complain)(void *, const char *, uint32_t, const char *), void *arg)
{
	struct warn             w = { complain, arg, 0, 0, 0, 0 };
	const struct conf_rule *r;
	char                    text[80];

	TAILQ_FOREACH(r, &c->rules, entry) {
		if (r->route.remote && w.remotes < WARN_MAX)
			w.remotes += warn_remote(c, r, &w);
	}
	if (w.remotes == WARN_MAX) {
		(void)snprintf(text, sizeof(text),
		    "further warnings about "
		    "resolve remote left out after %d",
		    WARN_MAX);
		complain(arg, TAILQ_LAST(&c->rules, conf_rules)->file, 0, text);
	}
	TAILQ_FOREACH(r, &c->rules, entry)
		if (r->shadow != 0)
			warn_shadow(&w, c, r);
	warn_more(&w, c, w.shadows, "never match");
	(void)shadow_overridden(c, warn_overridden, &w);
	warn_more(&w, c, w.overridden, "never decide");
}

/* Those beyond the first ones are only counted. */
static void
warn_more(struct warn *w, const struct conf *c, unsigned int n,
    const char *what)
{
	char text[80];

	if (n <= WARN_MAX)
		return;
	(void)snprintf(text, sizeof(text), "%u more rules %s", n - WARN_MAX,
	    what);
	w->complain(w->arg, TAILQ_LAST(&c->rules, conf_rules)->file, 0, text);
}

/* The trap for who knows packet filters where the first match wins. */
static void
warn_overridden(void *arg, const struct conf_rule *r,
    const struct conf_rule *by)
{
	struct warn *w = arg;

	if (++w->overridden <= WARN_MAX)
		warn_say(w, r,
		    "never decides: the later rule at %s:%u "
		    "matches all that it matches, and the last match wins",
		    by->file, by->line);
}

static void
warn_shadow(struct warn *w, const struct conf *c, const struct conf_rule *r)
{
	const struct conf_rule *by;

	if (++w->shadows > WARN_MAX)
		return;
	by = conf_rule_shadow(c, r);
	if (by == r)
		warn_say(w, r,
		    "never matches: its conditions exclude each "
		    "other");
	else
		warn_say(w, r,
		    "never matches: shadowed by the quick rule at "
		    "%s:%u",
		    by->file, by->line);
}

/* True if there was something to say. */
static int
warn_remote(const struct conf *c, const struct conf_rule *r, struct warn *w)
{
	const struct conf_rule *other, *first = NULL;
	unsigned int            n = 0;

	if (wants_address(r)) {
		warn_say(w, r,
		    "resolve remote: no effect: the rule matches "
		    "addresses, so a name must be resolved first");
		return 1;
	}
	TAILQ_FOREACH(other, &c->rules, entry) {
		if (work_is_over(w))
			return 0;
		if (wants_address(other) == 0 ||
		    may_override(w, c, other, r) == 0)
			continue;
		if (n++ == 0)
			first = other;
	}
	if (n == 1)
		warn_say(w, r,
		    "resolve remote: names are not resolved, so "
		    "the rule at %s:%u, which matches addresses, is "
		    "not applied to them",
		    first->file, first->line);
	else if (n > 1)
		warn_say(w, r,
		    "resolve remote: names are not resolved, so "
		    "%u rules, which match addresses, are not applied to "
		    "them; the first is at %s:%u",
		    n, first->file, first->line);
	return n > 0;
}

/* Nobody waits for a warning about very many rules. */
static int
work_is_over(struct warn *w)
{
	if (w->work == WORK_MAX)
		return 1;
	w->work++;
	return 0;
}

/* Never matches a request of which only the name is known. */
static int
wants_address(const struct conf_rule *r)
{
	const struct conf_addr *a;

	TAILQ_FOREACH(a, &r->to, entry) {
		if (a->kind != CONF_ADDR_ANY)
			return 1;
	}
	return TAILQ_EMPTY(&r->countries) == 0;
}

/* Would decide in place of r, if both match. */
static int
may_override(struct warn *w, const struct conf *c,
    const struct conf_rule *other, const struct conf_rule *r)
{
	if (other->number < r->number ? other->quick == 0 : r->quick)
		return 0;
	return may_meet(w, c, other, r);
}

static int
may_meet(struct warn *w, const struct conf *c, const struct conf_rule *a,
    const struct conf_rule *b)
{
	return commands_meet(a->commands, b->commands) &&
	    ports_meet(w, &a->ports, &b->ports) &&
	    ons_meet(c, &a->on, &b->on) &&
	    users_meet(w, &a->users, &b->users) &&
	    froms_meet(w, &a->from, &b->from) &&
	    domains_meet(w, &a->domains, &b->domains);
}

static int
commands_meet(uint8_t a, uint8_t b)
{
	return a == 0 || b == 0 || (a & b) != 0;
}

/* If there is a common port, then one where something begins or has ended. */
static int
ports_meet(struct warn *w, const struct conf_ports *a,
    const struct conf_ports *b)
{
	if (port_is_in(w, a, 1) && port_is_in(w, b, 1))
		return 1;
	return ports_meet_at(w, a, a, b) || ports_meet_at(w, b, a, b);
}

static int
ports_meet_at(struct warn *w, const struct conf_ports *where,
    const struct conf_ports *a, const struct conf_ports *b)
{
	const struct conf_port *p;

	TAILQ_FOREACH(p, where, entry) {
		if (work_is_over(w))
			return 1;
		if (port_is_in(w, a, p->low) && port_is_in(w, b, p->low))
			return 1;
		if (p->high < UINT16_MAX && port_is_in(w, a, p->high + 1U) &&
		    port_is_in(w, b, p->high + 1U))
			return 1;
	}
	return 0;
}

static int
port_is_in(struct warn *w, const struct conf_ports *list, unsigned int port)
{
	const struct conf_port *p;
	int                     positive = 0, match = 0, hit;

	TAILQ_FOREACH(p, list, entry) {
		if (work_is_over(w))
			return 1;
		hit = p->low <= port && port <= p->high;
		if (p->negated && hit)
			return 0;
		if (p->negated)
			continue;
		positive = 1;
		match |= hit;
	}
	return match || positive == 0;
}

static int
ons_meet(const struct conf *c, const struct conf_ons *a,
    const struct conf_ons *b)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (on_is_in(a, l->name) && on_is_in(b, l->name))
			return 1;
	}
	return 0;
}

static int
on_is_in(const struct conf_ons *list, const char *name)
{
	const struct conf_on *o;
	int                   positive = 0, match = 0, hit;

	TAILQ_FOREACH(o, list, entry) {
		hit = strcmp(o->name, name) == 0;
		if (o->negated && hit)
			return 0;
		if (o->negated)
			continue;
		positive = 1;
		match |= hit;
	}
	return match || positive == 0;
}

/* Apart only if both are lists of nothing but names. */
static int
users_meet(struct warn *w, const struct conf_users *la,
    const struct conf_users *lb)
{
	const struct conf_user *a, *b;

	if (TAILQ_EMPTY(la) || TAILQ_EMPTY(lb))
		return 1;
	TAILQ_FOREACH(a, la, entry) {
		TAILQ_FOREACH(b, lb, entry) {
			if (work_is_over(w))
				return 1;
			if (a->kind != CONF_USER_NAME || a->negated ||
			    b->kind != CONF_USER_NAME || b->negated ||
			    strcmp(a->name, b->name) == 0)
				return 1;
		}
	}
	return 0;
}

static int
froms_meet(struct warn *w, const struct conf_addrs *la,
    const struct conf_addrs *lb)
{
	const struct conf_addr *a, *b;

	if (TAILQ_EMPTY(la) || TAILQ_EMPTY(lb))
		return 1;
	TAILQ_FOREACH(a, la, entry) {
		TAILQ_FOREACH(b, lb, entry) {
			if (work_is_over(w))
				return 1;
			if (a->kind != CONF_ADDR_PREFIX || a->negated ||
			    b->kind != CONF_ADDR_PREFIX || b->negated)
				return 1;
			if (a->prefix.addr.af == b->prefix.addr.af &&
			    (prefix_match(&a->prefix, &b->prefix.addr) ||
				prefix_match(&b->prefix, &a->prefix.addr)))
				return 1;
		}
	}
	return 0;
}

static int
domains_meet(struct warn *w, const struct conf_domains *la,
    const struct conf_domains *lb)
{
	const struct conf_domain *a, *b;

	if (TAILQ_EMPTY(la) || TAILQ_EMPTY(lb))
		return 1;
	TAILQ_FOREACH(a, la, entry) {
		TAILQ_FOREACH(b, lb, entry) {
			if (work_is_over(w))
				return 1;
			if (a->negated || b->negated || domain_meets(a, b))
				return 1;
		}
	}
	return 0;
}

static int
domain_meets(const struct conf_domain *a, const struct conf_domain *b)
{
	if (a->kind == CONF_DOMAIN_TABLE || b->kind == CONF_DOMAIN_TABLE)
		return 1;
	if (strcmp(a->name, b->name) == 0)
		return (a->kind == CONF_DOMAIN_EXACT &&
			   b->kind == CONF_DOMAIN_SUB) == 0 &&
		    (a->kind == CONF_DOMAIN_SUB &&
			b->kind == CONF_DOMAIN_EXACT) == 0;
	if (a->kind != CONF_DOMAIN_EXACT && is_below(b->name, a->name))
		return 1;
	return b->kind != CONF_DOMAIN_EXACT && is_below(a->name, b->name);
}

/* "a.example.com" is below "example.com". */
static int
is_below(const char *name, const char *domain)
{
	size_t n, m;

	n = strlen(name);
	m = strlen(domain);
	return n > m + 1 && name[n - m - 1] == '.' &&
	    strcmp(name + n - m, domain) == 0;
}

static void
warn_say(struct warn *w, const struct conf_rule *r, const char *fmt, ...)
{
	char    text[2 * CONF_PATH_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->complain(w->arg, r->file, r->line, text);
}
