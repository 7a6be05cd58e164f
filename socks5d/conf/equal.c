/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether two rules say the same, and two looks at a file saw the same.
 *
 * Linked by the parent and the router.  Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "conf/conf.h"

static int	addrs_equal(const struct conf_addrs *,
		    const struct conf_addrs *);
static int	ports_equal(const struct conf_ports *,
		    const struct conf_ports *);
static int	ons_equal(const struct conf_ons *, const struct conf_ons *);
static int	users_equal(const struct conf_users *,
		    const struct conf_users *);
static int	domains_equal(const struct conf_domains *,
		    const struct conf_domains *);
static int	countries_equal(const struct conf_countries *,
		    const struct conf_countries *);
static int	times_equal(const struct conf_times *,
		    const struct conf_times *);
static int	days_equal(const struct conf_days *, const struct conf_days *);
static int	route_equal(const struct conf_route *,
		    const struct conf_route *);
static int	limits_equal(const struct conf_limits *,
		    const struct conf_limits *);

int
conf_stat_equal(const struct conf_stat *a, const struct conf_stat *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec &&
	    a->ctime.tv_sec == b->ctime.tv_sec &&
	    a->ctime.tv_nsec == b->ctime.tv_nsec;
}

int
conf_rule_equal(const struct conf_rule *a, const struct conf_rule *b)
{
	return a->action == b->action && a->quick == b->quick &&
	    a->log == b->log && strcmp(a->label, b->label) == 0 &&
	    addrs_equal(&a->from, &b->from) && addrs_equal(&a->to, &b->to) &&
	    ports_equal(&a->ports, &b->ports) && ons_equal(&a->on, &b->on) &&
	    users_equal(&a->users, &b->users) &&
	    users_equal(&a->groups, &b->groups) &&
	    domains_equal(&a->domains, &b->domains) &&
	    countries_equal(&a->countries, &b->countries) &&
	    times_equal(&a->times, &b->times) &&
	    days_equal(&a->days, &b->days) && a->commands == b->commands &&
	    a->drop == b->drop && route_equal(&a->route, &b->route) &&
	    limits_equal(&a->limits, &b->limits);
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
		if (strcmp(a->table, b->table) != 0)
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

static int
domains_equal(const struct conf_domains *la, const struct conf_domains *lb)
{
	const struct conf_domain	*a, *b;

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

static int
countries_equal(const struct conf_countries *la,
    const struct conf_countries *lb)
{
	const struct conf_country	*a, *b;

	a = TAILQ_FIRST(la);
	b = TAILQ_FIRST(lb);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, entry),
	    b = TAILQ_NEXT(b, entry)) {
		if (a->negated != b->negated ||
		    strcmp(a->code, b->code) != 0)
			return 0;
	}
	return a == NULL && b == NULL;
}

static int
times_equal(const struct conf_times *la, const struct conf_times *lb)
{
	const struct conf_time	*a, *b;

	a = TAILQ_FIRST(la);
	b = TAILQ_FIRST(lb);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, entry),
	    b = TAILQ_NEXT(b, entry)) {
		if (a->negated != b->negated || a->from != b->from ||
		    a->to != b->to)
			return 0;
	}
	return a == NULL && b == NULL;
}

static int
days_equal(const struct conf_days *la, const struct conf_days *lb)
{
	const struct conf_day	*a, *b;

	a = TAILQ_FIRST(la);
	b = TAILQ_FIRST(lb);
	for (; a != NULL && b != NULL; a = TAILQ_NEXT(a, entry),
	    b = TAILQ_NEXT(b, entry)) {
		if (a->negated != b->negated || a->first != b->first ||
		    a->last != b->last)
			return 0;
	}
	return a == NULL && b == NULL;
}

static int
route_equal(const struct conf_route *a, const struct conf_route *b)
{
	return addr_cmp(&a->rdr, &b->rdr) == 0 && a->rdr_port == b->rdr_port &&
	    strcmp(a->via, b->via) == 0 && a->remote == b->remote &&
	    addr_cmp(&a->source, &b->source) == 0 &&
	    a->has_mark == b->has_mark && a->mark == b->mark &&
	    a->has_rtable == b->has_rtable && a->rtable == b->rtable &&
	    strcmp(a->interface, b->interface) == 0 &&
	    a->connect_ms == b->connect_ms && a->idle_ms == b->idle_ms &&
	    a->half_closed_ms == b->half_closed_ms;
}

static int
limits_equal(const struct conf_limits *a, const struct conf_limits *b)
{
	return a->rate == b->rate && a->rate_per == b->rate_per &&
	    a->sessions == b->sessions && a->sessions_per == b->sessions_per &&
	    a->new_count == b->new_count && a->new_ms == b->new_ms &&
	    a->new_burst == b->new_burst && a->new_per == b->new_per &&
	    a->quota == b->quota && a->quota_period == b->quota_period &&
	    a->quota_per == b->quota_per;
}
