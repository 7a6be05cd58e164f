/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The lists of a rule in one form: see cover_list.h.
 *
 * Pure.
 */

#include <sys/queue.h>
#include <sys/socket.h>

#include "base/session.h"
#include "config/cover_list.h"

static const struct prefix loopback[] = {
	{ { AF_INET, { 127 } }, 8 },
	{ { AF_INET6, { [15] = 1 } }, 128 },
};

static struct cover_member *fill(struct cover_member **, enum member_kind, int);
static void fill_ring(struct cover_member **, int, uint32_t, uint32_t);
static void fill_commands(struct cover_member **, unsigned int);
static void fill_users(struct cover_member **, const struct conf_users *);
static void fill_domains(struct cover_member **, const struct conf_domains *);
static void fill_addrs(struct cover_member **, const struct conf_addrs *);

#define COUNT(n, var, list)                                                    \
	TAILQ_FOREACH(var, list, entry)                                        \
	(n) += 2

/* No more than these: two for those that end where they began. */
size_t
cover_members(const struct conf_rule *rule)
{
	const struct conf_addr    *a;
	const struct conf_port    *p;
	const struct conf_on      *on;
	const struct conf_user    *u;
	const struct conf_domain  *d;
	const struct conf_country *c;
	const struct conf_time    *t;
	const struct conf_day     *day;
	size_t                     n = 3; /* commands */

	COUNT(n, a, &rule->from);
	COUNT(n, a, &rule->to);
	COUNT(n, p, &rule->ports);
	COUNT(n, on, &rule->on);
	COUNT(n, u, &rule->users);
	COUNT(n, u, &rule->groups);
	COUNT(n, d, &rule->domains);
	COUNT(n, c, &rule->countries);
	COUNT(n, t, &rule->times);
	COUNT(n, day, &rule->days);
	return n;
}

void
cover_fill(struct cover_member **m, const struct conf_rule *rule,
    enum cover_cond cond)
{
	const struct conf_port    *p;
	const struct conf_on      *on;
	const struct conf_country *c;
	const struct conf_time    *t;
	const struct conf_day     *d;
	uint32_t                   code;

	switch (cond) {
	case COVER_COMMAND:
		fill_commands(m, rule->commands);
		break;
	case COVER_DAYS:
		TAILQ_FOREACH(d, &rule->days, entry)
			fill_ring(m, d->negated, d->first, d->last);
		break;
	case COVER_PORT:
		TAILQ_FOREACH(p, &rule->ports, entry)
			fill_ring(m, p->negated, p->low, p->high);
		break;
	case COVER_TIME:
		TAILQ_FOREACH(t, &rule->times, entry)
			fill_ring(m, t->negated, t->from, t->to - 1U);
		break;
	case COVER_COUNTRY:
		TAILQ_FOREACH(c, &rule->countries, entry) {
			code = (uint32_t)(uint8_t)c->code[0] << 8;
			code |= (uint8_t)c->code[code == 0 ? 0 : 1];
			fill_ring(m, c->negated, code, code);
		}
		break;
	case COVER_ON:
		TAILQ_FOREACH(on, &rule->on, entry)
			fill(m, MEMBER_NAME, on->negated)->name = on->name;
		break;
	case COVER_USER:
		fill_users(m, &rule->users);
		break;
	case COVER_GROUP:
		fill_users(m, &rule->groups);
		break;
	case COVER_DOMAIN:
		fill_domains(m, &rule->domains);
		break;
	case COVER_FROM:
		fill_addrs(m, &rule->from);
		break;
	case COVER_TO:
		fill_addrs(m, &rule->to);
		break;
	case COVER_MAX:
		break;
	}
}

static struct cover_member *
fill(struct cover_member **m, enum member_kind kind, int negated)
{
	(*m)->kind = kind;
	(*m)->negated = negated;
	return (*m)++;
}

/* Both included; if the last is below the first, over the end and on. */
static void
fill_ring(struct cover_member **m, int negated, uint32_t first, uint32_t last)
{
	struct cover_member *range;

	range = fill(m, MEMBER_RANGE, negated);
	range->low = first;
	range->high = last;
	if (first <= last)
		return;
	range->high = UINT32_MAX;
	range = fill(m, MEMBER_RANGE, negated);
	range->high = last;
}

static void
fill_commands(struct cover_member **m, unsigned int commands)
{
	if (commands & CONF_COMMAND_CONNECT)
		fill_ring(m, 0, SESSION_CONNECT, SESSION_CONNECT);
	if (commands & CONF_COMMAND_BIND)
		fill_ring(m, 0, SESSION_BIND, SESSION_BIND);
	if (commands & CONF_COMMAND_UDP)
		fill_ring(m, 0, SESSION_UDP, SESSION_UDP);
}

static void
fill_users(struct cover_member **m, const struct conf_users *list)
{
	const struct conf_user *u;

	TAILQ_FOREACH(u, list, entry) {
		switch (u->kind) {
		case CONF_USER_ANY:
			fill(m, MEMBER_ALL, u->negated);
			break;
		case CONF_USER_NAME:
			fill(m, MEMBER_NAME, u->negated)->name = u->name;
			break;
		case CONF_USER_GROUP:
		case CONF_USER_TABLE:
			fill(m, MEMBER_UNKNOWN, u->negated)->name = u->name;
			break;
		}
	}
}

static void
fill_domains(struct cover_member **m, const struct conf_domains *list)
{
	const struct conf_domain *d;
	struct cover_member      *domain;

	TAILQ_FOREACH(d, list, entry) {
		domain = fill(m,
		    d->kind == CONF_DOMAIN_TABLE ? MEMBER_UNKNOWN :
						   MEMBER_DOMAIN,
		    d->negated);
		domain->name = d->name;
		domain->domain = d->kind;
	}
}

static void
fill_addrs(struct cover_member **m, const struct conf_addrs *list)
{
	const struct conf_addr *a;

	TAILQ_FOREACH(a, list, entry) {
		switch (a->kind) {
		case CONF_ADDR_ANY:
			fill(m, MEMBER_ALL, a->negated);
			break;
		case CONF_ADDR_LOCALHOST:
			fill(m, MEMBER_PREFIX, a->negated)->prefix =
			    loopback[0];
			fill(m, MEMBER_PREFIX, a->negated)->prefix =
			    loopback[1];
			break;
		case CONF_ADDR_INTERNAL:
			fill(m, MEMBER_INTERNAL, a->negated);
			break;
		case CONF_ADDR_PREFIX:
			fill(m, MEMBER_PREFIX, a->negated)->prefix = a->prefix;
			break;
		case CONF_ADDR_TABLE:
			fill(m, MEMBER_UNKNOWN, a->negated)->name = a->table;
			break;
		}
	}
}
