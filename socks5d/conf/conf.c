/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration as structs: made, freed, searched.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static int	addr_is_link_local(const struct addr *);

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
	settings_init(&c->set);
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

const struct conf_rule *
conf_rule_shadow(const struct conf *c, const struct conf_rule *rule)
{
	const struct conf_rule	*by;

	if (rule->shadow == 0)
		return NULL;
	if (rule->shadow == rule->number + 1)
		return rule;
	TAILQ_FOREACH(by, &c->rules, entry)
		if (by->number + 1 == rule->shadow)
			break;
	return by;
}

int
conf_stat_equal(const struct conf_stat *a, const struct conf_stat *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec &&
	    a->ctime.tv_sec == b->ctime.tv_sec &&
	    a->ctime.tv_nsec == b->ctime.tv_nsec;
}

const char *
conf_place_print(const char *file, uint32_t line, char *dst)
{
	if (file[0] == '\0')
		dst[0] = '\0';
	else
		(void)snprintf(dst, CONF_PLACE_STRLEN, "%s:%u: ", file, line);
	return dst;
}

int
conf_listener_takes(const struct conf_listener *l, const struct addr *a,
    uint16_t port, int ours)
{
	static const uint8_t	zero[sizeof(l->addr.b)];

	if (l->port != port)
		return 0;
	if (addr_cmp(&l->addr, a) == 0)
		return 1;
	return ours && l->addr.af == a->af &&
	    memcmp(l->addr.b, zero, sizeof(zero)) == 0;
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

const char *
conf_nameserver_parse(struct conf_nameserver *ns, const char *text)
{
	char		 addr[ADDR_STRLEN];
	const char	*zone, *p;
	size_t		 len;

	memset(ns, 0, sizeof(*ns));
	ns->port = 53;
	len = strcspn(text, "%");
	zone = text[len] == '\0' ? "" : text + len + 1;
	if (len >= sizeof(addr))
		return "not an address";
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (addr_parse(&ns->addr, addr) == -1)
		return "not an address";
	if (!addr_is_link_local(&ns->addr))
		return text[len] == '\0' ? NULL :
		    "only a link-local address has a zone";
	for (p = zone; isalnum((unsigned char)*p) ||
	    (*p != '\0' && strchr("_.-:@", *p) != NULL); p++)
		continue;
	if (*p != '\0' || strspn(zone, "0123456789") == strlen(zone) ||
	    strlcpy(ns->zone, zone, sizeof(ns->zone)) >= sizeof(ns->zone))
		return "a link-local address needs the name of its interface, "
		    "as in fe80::1%eth0";
	return NULL;
}

int
conf_nameserver_same(const struct conf_nameserver *a,
    const struct conf_nameserver *b)
{
	return a->port == b->port && addr_cmp(&a->addr, &b->addr) == 0 &&
	    strcmp(a->zone, b->zone) == 0;
}

char *
conf_nameserver_print(const struct conf_nameserver *ns, char *dst, size_t size)
{
	char	addr[ADDR_STRLEN];
	int	v6 = ns->addr.af == AF_INET6 && ns->port != 53;

	(void)snprintf(dst, size, "%s%s%s%s%s", v6 ? "[" : "",
	    addr_print(&ns->addr, addr, sizeof(addr)),
	    ns->zone[0] == '\0' ? "" : "%", ns->zone, v6 ? "]" : "");
	if (ns->port != 53)
		(void)snprintf(dst + strlen(dst), size - strlen(dst), ":%u",
		    ns->port);
	return dst;
}

static int
addr_is_link_local(const struct addr *a)
{
	return a->af == AF_INET6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}
