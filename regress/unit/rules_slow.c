/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A slow and obvious matcher: see rules_world.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "rules_world.h"

struct table       images[NTABLES];
const struct conf *world;

/* By table: about where a request goes, and about all else. */
static unsigned int       asked[NTABLES][2];
static const struct addr *asked_to;

/* Bit by bit, from the definition of a prefix. */
static int
slow_prefix(const struct prefix *p, const struct addr *a)
{
	unsigned int i;

	if (p->addr.af != a->af)
		return 0;
	for (i = 0; i < p->len; i++)
		if (((p->addr.b[i / 8] >> (7 - i % 8)) & 1) !=
		    ((a->b[i / 8] >> (7 - i % 8)) & 1))
			return 0;
	return 1;
}

/* The name is what the domain says, which is bare. */
static int
slow_domain(enum conf_domain_kind kind, const char *domain, const char *name)
{
	size_t n = strlen(name), d = strlen(domain);

	if (strcmp(name, domain) == 0)
		return kind != CONF_DOMAIN_SUB;
	return kind != CONF_DOMAIN_EXACT && n > d + 1 &&
	    strcmp(name + n - d, domain) == 0 && name[n - d - 1] == '.';
}

/* What is in a table as it was written. */
static int
slow_entry(enum conf_table_kind kind, const char *text, const void *what)
{
	struct prefix p;

	switch (kind) {
	case CONF_TABLE_ADDRESS:
		ATF_REQUIRE_EQ(0, prefix_parse(&p, text));
		return slow_prefix(&p, what);
	case CONF_TABLE_DOMAIN:
		if (text[0] == '*')
			return slow_domain(CONF_DOMAIN_SUB, text + 2, what);
		if (text[0] == '.')
			return slow_domain(CONF_DOMAIN_BOTH, text + 1, what);
		return slow_domain(CONF_DOMAIN_EXACT, text, what);
	case CONF_TABLE_USER:
		break;
	}
	return strcmp(text, what) == 0;
}

/* What: an address, a name or a user, by the kind of the table. */
static int
slow_table(const struct conf_table *t, const void *what)
{
	const struct conf_member *m;

	STAILQ_FOREACH(m, &t->members, entry)
		if (slow_entry(t->kind, m->text, what))
			return 1;
	return 0;
}

static int
slow_in(const struct conf *conf, const char *table, const void *what)
{
	const struct conf_table *t;

	TAILQ_FOREACH(t, &conf->tables, entry)
		if (strcmp(t->name, table) == 0)
			return slow_table(t, what);
	atf_tc_fail("no table %s", table);
}

/* Does this member speak of the address, for a target that is internal? */
static int
slow_member(const struct conf *conf, const struct conf_addr *a,
    const struct addr *addr, int internal)
{
	struct prefix p;

	switch (a->kind) {
	case CONF_ADDR_ANY:
		return 1;
	case CONF_ADDR_LOCALHOST:
		ATF_REQUIRE_EQ(0, prefix_parse(&p, "127.0.0.0/8"));
		if (slow_prefix(&p, addr))
			return 1;
		ATF_REQUIRE_EQ(0, prefix_parse(&p, "::1"));
		return slow_prefix(&p, addr);
	case CONF_ADDR_INTERNAL:
		return internal;
	case CONF_ADDR_TABLE:
		return slow_in(conf, a->table, addr);
	case CONF_ADDR_PREFIX:
		break;
	}
	return slow_prefix(&a->prefix, addr);
}

static int
slow_from(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	const struct conf_addr *a;
	int                     internal = q->from_internal != NULL;
	int                     plain = 0, yes = 0;

	TAILQ_FOREACH(a, &rule->from, entry) {
		if (a->negated && slow_member(conf, a, &q->from, internal))
			return 0;
		if (!a->negated) {
			plain = 1;
			if (slow_member(conf, a, &q->from, internal))
				yes = 1;
		}
	}
	return yes || !plain;
}

/* "any" and its other spellings, which do not name internal addresses. */
int
slow_is_any(const struct conf_addr *a)
{
	return a->kind == CONF_ADDR_ANY ||
	    (a->kind == CONF_ADDR_PREFIX && a->prefix.len == 0);
}

static int
slow_to(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	const struct conf_addr *a;
	int                     internal = q->internal != NULL;
	int                     plain = 0, yes = 0, named = 0;

	TAILQ_FOREACH(a, &rule->to, entry) {
		if (a->negated) {
			if (slow_member(conf, a, &q->to, internal))
				return 0;
			continue;
		}
		plain = 1;
		if (slow_member(conf, a, &q->to, internal)) {
			yes = 1;
			if (!slow_is_any(a))
				named = 1;
		}
	}
	if (!plain)
		yes = 1;
	if (rule->action == CONF_PASS && internal)
		return named;
	return yes;
}

static int
slow_ports(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_port *p;
	unsigned int            port;
	int                     plain = 0, yes = 0;

	TAILQ_FOREACH(p, &rule->ports, entry) {
		plain |= !p->negated;
		for (port = p->low; port <= p->high; port++) {
			if (port != q->port)
				continue;
			if (p->negated)
				return 0;
			yes = 1;
		}
	}
	return yes || !plain;
}

static int
slow_on(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_on *on;
	int                   plain = 0, yes = 0;

	TAILQ_FOREACH(on, &rule->on, entry) {
		plain |= !on->negated;
		if (strcmp(on->name, q->on) != 0)
			continue;
		if (on->negated)
			return 0;
		yes = 1;
	}
	return yes || !plain;
}

/* Is the user, who has logged in, of whom this member speaks? */
static int
slow_user_member(const struct conf *conf, const struct conf_user *m,
    const struct rule_query *q)
{
	unsigned int i;

	switch (m->kind) {
	case CONF_USER_ANY:
		return 1;
	case CONF_USER_NAME:
		return strcmp(m->name, q->user) == 0;
	case CONF_USER_GROUP:
		for (i = 0; i < q->ngroups; i++)
			if (strcmp(m->name, q->groups[i]) == 0)
				return 1;
		return 0;
	case CONF_USER_TABLE:
		break;
	}
	return slow_in(conf, m->name, q->user);
}

static int
slow_users(const struct conf *conf, const struct conf_users *list,
    const struct rule_query *q)
{
	const struct conf_user *m;
	int                     plain = 0, yes = 0;

	if (TAILQ_EMPTY(list))
		return 1;
	if (q->user == NULL)
		return 0;
	TAILQ_FOREACH(m, list, entry) {
		plain |= !m->negated;
		if (!slow_user_member(conf, m, q))
			continue;
		if (m->negated)
			return 0;
		yes = 1;
	}
	return yes || !plain;
}

static int
slow_domains(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	const struct conf_domain *d;
	int                       plain = 0, yes = 0, is;

	if (TAILQ_EMPTY(&rule->domains))
		return 1;
	if (q->name == NULL)
		return 0;
	TAILQ_FOREACH(d, &rule->domains, entry) {
		plain |= !d->negated;
		is = d->kind == CONF_DOMAIN_TABLE ?
		    slow_in(conf, d->name, q->name) :
		    slow_domain(d->kind, d->name, q->name);
		if (is && d->negated)
			return 0;
		yes |= is;
	}
	return yes || !plain;
}

static int
slow_countries(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_country *c;
	char                       code[3] = "";
	int                        plain = 0, yes = 0;

	if (q->country != TABLE_COUNTRY_UNKNOWN) {
		code[0] = (char)(q->country >> 8);
		code[1] = (char)(q->country & 0xff);
	}
	TAILQ_FOREACH(c, &rule->countries, entry) {
		plain |= !c->negated;
		if (strcmp(c->code, code) != 0)
			continue;
		if (c->negated)
			return 0;
		yes = 1;
	}
	return yes || !plain;
}

/* Minute by minute, and day by day. */
static int
slow_times(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_time *t;
	unsigned int            minute;
	int                     plain = 0, yes = 0;

	TAILQ_FOREACH(t, &rule->times, entry) {
		plain |= !t->negated;
		for (minute = t->from;
		     minute != t->to % 1440U || minute == t->from;
		     minute = (minute + 1) % 1440) {
			if (minute == q->minute && t->negated)
				return 0;
			yes |= minute == q->minute;
			if (minute + 1 == t->to)
				break;
		}
	}
	return yes || !plain;
}

static int
slow_days(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_day *d;
	unsigned int           day;
	int                    plain = 0, yes = 0;

	TAILQ_FOREACH(d, &rule->days, entry) {
		plain |= !d->negated;
		for (day = d->first;; day = (day + 1) % 7) {
			if (day == q->weekday && d->negated)
				return 0;
			yes |= day == q->weekday;
			if (day == d->last)
				break;
		}
	}
	return yes || !plain;
}

static int
slow_commands(const struct conf_rule *rule, const struct rule_query *q)
{
	switch (q->command) {
	case SESSION_CONNECT:
		return rule->commands == 0 ||
		    (rule->commands & CONF_COMMAND_CONNECT) != 0;
	case SESSION_BIND:
		return rule->commands == 0 ||
		    (rule->commands & CONF_COMMAND_BIND) != 0;
	case SESSION_UDP:
		return rule->commands == 0 ||
		    (rule->commands & CONF_COMMAND_UDP) != 0;
	case SESSION_NO_COMMAND:
		break;
	}
	return rule->commands == 0;
}

/* All but the address that it is to and where that is. */
static int
slow_client(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	return slow_users(conf, &rule->users, q) &&
	    slow_users(conf, &rule->groups, q) && slow_from(conf, rule, q) &&
	    slow_on(rule, q) && slow_ports(rule, q) &&
	    slow_domains(conf, rule, q) && slow_times(rule, q) &&
	    slow_days(rule, q) && slow_commands(rule, q);
}

/* Whether the rule can be judged while no address is known. */
static int
slow_anywhere(const struct conf_rule *rule)
{
	const struct conf_addr *a;

	TAILQ_FOREACH(a, &rule->to, entry)
		if (a->negated || a->kind != CONF_ADDR_ANY)
			return 0;
	return TAILQ_EMPTY(&rule->countries);
}

int
slow_rule(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q, int by_name)
{
	if (!slow_client(conf, rule, q))
		return 0;
	if (by_name)
		return slow_anywhere(rule);
	return slow_to(conf, rule, q) && slow_countries(rule, q);
}

/* matches: counts of the rules that were asked and said yes, by number. */
const struct conf_rule *
slow_judge(const struct conf *conf, const struct rule_query *q, int by_name,
    uint64_t *matches)
{
	const struct conf_rule *rule, *last = NULL;

	TAILQ_FOREACH(rule, &conf->rules, entry) {
		if (slow_rule(conf, rule, q, by_name)) {
			matches[rule->number]++;
			if (rule->quick)
				return rule;
			last = rule;
		}
	}
	return last;
}

/* It blocks this request wherever that goes. */
static int
slow_blocks(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	return rule->action == CONF_BLOCK && slow_rule(conf, rule, q, 1);
}

/* Could this rule be the one to pass it, if addresses are as one may wish? */
static int
slow_may_pass(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	const struct conf_rule *other;
	int                     below = 0;

	if (rule->action != CONF_PASS || !slow_client(conf, rule, q))
		return 0;
	TAILQ_FOREACH(other, &conf->rules, entry) {
		if (other == rule)
			below = 1;
		else if (slow_blocks(conf, other, q) &&
		    (below ? !rule->quick : other->quick))
			return 0;
	}
	return 1;
}

int
slow_possible(const struct conf *conf, const struct rule_query *q)
{
	const struct conf_rule *rule;

	TAILQ_FOREACH(rule, &conf->rules, entry)
		if (slow_may_pass(conf, rule, q))
			return 1;
	return 0;
}

/* In place of tables of the real kind: see table/table.h. */
static int
image_has(const struct table *t, enum conf_table_kind kind, const void *what)
{
	const struct conf_table *ct;
	size_t                   i, n = (size_t)(t - images);

	ATF_REQUIRE(n < NTABLES);
	asked[n][what == asked_to ? 0 : 1]++;
	i = n;
	TAILQ_FOREACH(ct, &world->tables, entry)
		if (i-- == 0)
			break;
	ATF_REQUIRE(ct != NULL);
	ATF_REQUIRE_EQ(kind, ct->kind);
	return slow_table(ct, what);
}

/* From now on who asks is noted: it is about this request. */
void
asked_start(const struct rule_query *q)
{
	memset(asked, 0, sizeof(asked));
	asked_to = &q->to;
}

/* No table was asked twice, and none about an address that is not known. */
void
asked_once(int by_name)
{
	size_t i;

	for (i = 0; i < NTABLES; i++) {
		ATF_REQUIRE(asked[i][0] <= (by_name ? 0 : 1));
		ATF_REQUIRE(asked[i][1] <= 1);
	}
}

unsigned int
asked_any(void)
{
	unsigned int n = 0;
	size_t       i;

	for (i = 0; i < NTABLES; i++)
		n += asked[i][0] + asked[i][1];
	return n;
}

int
table_has_addr(const struct table *t, const struct addr *a)
{
	return image_has(t, CONF_TABLE_ADDRESS, a);
}

int
table_has_name(const struct table *t, const char *name)
{
	ATF_REQUIRE(name != NULL);
	return image_has(t, CONF_TABLE_DOMAIN, name);
}

int
table_has_user(const struct table *t, const void *name, size_t len)
{
	ATF_REQUIRE_EQ(len, strlen(name));
	return image_has(t, CONF_TABLE_USER, name);
}
