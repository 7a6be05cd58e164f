/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A small world of random rules and requests, and a slow and obvious matcher.
 *
 * The matcher asks, for each rule, the question of the manual page in the
 * words of the manual page; it shares no code with the router or with the
 * tables but the structs.  Included once by a test program, which has tables
 * answer by it too: whoever asks one is noted.  What not all of the programs
 * use is inline, or compilers would wonder.
 */

#ifndef RULES_WORLD_H
#define RULES_WORLD_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/addr.h"
#include "base/internal.h"
#include "conf/conf.h"
#include "router/rules.h"
#include "table/table.h"

#define MANY	300		/* rules; more than are judged at once */

/* A small world, so that random rules and requests meet. */
static const char *const addresses[] = {
	"192.0.2.1", "10.0.0.1", "10.20.0.1", "127.0.0.1", "9.9.9.9",
	"8.8.8.8", "8.8.4.4", "::1", "2001:4860::1", "2001:4860:1::1",
	"fd00::1", "fe80::1", "0.0.0.0", "255.255.255.255", "100.64.0.1",
};
static const char *const prefixes[] = {
	"0.0.0.0/0", "::/0", "10.0.0.0/8", "10.20.0.0/16", "127.0.0.0/8",
	"8.0.0.0/7", "8.8.8.8", "9.9.9.9", "2001:4860::/32", "fd00::/8",
	"2001:4860:1::1", "128.0.0.0/1",
};
static const char *const names[] = { "", "dmz", "inside", "outside", "vpn" };
static const char *const users[] = {
	"alice", "bob", "carol", "dave", "\303\251lo\303\257se", "any", "a b",
	"eve", "<staff>", "guests",
};
static const char *const groups[] = {
	"admins", "guests", "staff", "ops", "dev", "any", "alice", "night",
};
static const char *const hosts[] = {
	"example.com", "www.example.com", "a.www.example.com", "com",
	"xexample.com", "example.com.example.org", "example.org", "a.b.c.d",
	"ads.example.net", "www.ads.example.net", "localhost", "d",
};
static const char countries[][3] = { "", "DE", "KP", "US", "DK", "UD" };

/* Of each kind one is empty, and one has all there is or nearly so. */
static const struct {
	const char		*name;
	enum conf_table_kind	 kind;
	unsigned int		 n;
} tables[] = {
	{ "staff",	CONF_TABLE_USER,	4 },
	{ "bad",	CONF_TABLE_ADDRESS,	4 },
	{ "partners",	CONF_TABLE_USER,	6 },
	{ "ads",	CONF_TABLE_DOMAIN,	3 },
	{ "nobody",	CONF_TABLE_USER,	0 },
	{ "home",	CONF_TABLE_ADDRESS,	8 },
	{ "nowhere",	CONF_TABLE_ADDRESS,	0 },
	{ "work",	CONF_TABLE_DOMAIN,	12 },
	{ "all",	CONF_TABLE_USER,	20 },
	{ "nothing",	CONF_TABLE_DOMAIN,	0 },
};

#define NTABLES	(sizeof(tables) / sizeof(tables[0]))

/*
 * Tables as the rules see them: who of them is asked knows his config by the
 * world, and his number by his place here.
 */
static struct table	 images[NTABLES];
static const struct conf *world;
static unsigned int	 asked[NTABLES][2];	/* of "to", of all else */
static const struct addr *asked_to;

static unsigned int	seed;

static unsigned int
pick(unsigned int n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 16) % n;
}

#define PICK(list)	((list)[pick(sizeof(list) / sizeof((list)[0]))])

/* Lengths of which rules are fond, and any other. */
static void
random_prefix(struct prefix *p)
{
	unsigned int	max;

	if (pick(2) != 0) {
		ATF_REQUIRE_EQ(0, prefix_parse(p, PICK(prefixes)));
		return;
	}
	memset(p, 0, sizeof(*p));
	ATF_REQUIRE_EQ(0, addr_parse(&p->addr, PICK(addresses)));
	max = p->addr.af == AF_INET ? 32 : 128;
	p->len = (uint8_t)pick(max + 1);
	addr_mask(&p->addr, p->len);
}

/* One of ours, or where a prefix begins or ends, or just beside that. */
static void
random_addr(struct addr *a)
{
	struct prefix	p;
	unsigned int	i, size, turn;

	if (pick(2) != 0) {
		ATF_REQUIRE_EQ(0, addr_parse(a, PICK(addresses)));
		return;
	}
	random_prefix(&p);
	*a = p.addr;
	size = a->af == AF_INET ? 4 : 16;
	if (pick(2) != 0)
		for (i = p.len; i < 8 * size; i++)
			a->b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	turn = pick(3);
	for (i = size; turn == 1 && i > 0; i--)
		if (++a->b[i - 1] != 0)
			break;
	for (i = size; turn == 2 && i > 0; i--)
		if (a->b[i - 1]-- != 0)
			break;
}

static const char *
random_table(enum conf_table_kind kind)
{
	unsigned int	i;

	while (tables[i = pick(NTABLES)].kind != kind)
		continue;
	return tables[i].name;
}

static void
random_addrs(struct conf_addrs *list)
{
	struct conf_addr	*a;
	unsigned int		 n;

	for (n = pick(4); n > 0; n--) {
		ATF_REQUIRE((a = calloc(1, sizeof(*a))) != NULL);
		a->negated = pick(4) == 0;
		a->kind = (enum conf_addr_kind)pick(CONF_ADDR_TABLE + 3);
		if (a->kind > CONF_ADDR_TABLE)
			a->kind = CONF_ADDR_PREFIX;
		if (a->kind == CONF_ADDR_PREFIX)
			random_prefix(&a->prefix);
		if (a->kind == CONF_ADDR_TABLE)
			(void)strlcpy(a->table,
			    random_table(CONF_TABLE_ADDRESS),
			    sizeof(a->table));
		TAILQ_INSERT_TAIL(list, a, entry);
	}
}

static struct conf_user *
add_user(struct conf_users *list, enum conf_user_kind kind, const char *name)
{
	struct conf_user	*u;

	ATF_REQUIRE((u = calloc(1, sizeof(*u))) != NULL);
	u->kind = kind;
	(void)strlcpy(u->name, name, sizeof(u->name));
	TAILQ_INSERT_TAIL(list, u, entry);
	return u;
}

/* Some are in tables alone, some in rules alone, and some in neither. */
static void
random_users(struct conf_users *list, unsigned int n)
{
	enum conf_user_kind	kind;
	const char		*name;

	for (; n > 0; n--) {
		switch (pick(6)) {
		case 0:
			kind = CONF_USER_ANY;
			name = "";
			break;
		case 1:
		case 2:
			kind = CONF_USER_TABLE;
			name = random_table(CONF_TABLE_USER);
			break;
		default:
			kind = CONF_USER_NAME;
			name = PICK(users);
		}
		add_user(list, kind, name)->negated = pick(3) == 0;
	}
}

static void
random_groups(struct conf_users *list, unsigned int n)
{
	for (; n > 0; n--)
		add_user(list, CONF_USER_GROUP, PICK(groups))->negated =
		    pick(3) == 0;
}

static void
random_ports(struct conf_ports *list, unsigned int n)
{
	struct conf_port	*p;

	for (; n > 0; n--) {
		ATF_REQUIRE((p = calloc(1, sizeof(*p))) != NULL);
		p->negated = pick(4) == 0;
		p->low = (uint16_t)(1 + pick(4));
		p->high = (uint16_t)(p->low + pick(3));
		if (pick(4) == 0)
			p->high = 65535;
		if (pick(8) == 0)
			p->low = p->high = (uint16_t)(65535 - pick(3));
		TAILQ_INSERT_TAIL(list, p, entry);
	}
}

static void
random_ons(struct conf_ons *list, unsigned int n)
{
	struct conf_on	*on;

	for (; n > 0; n--) {
		ATF_REQUIRE((on = calloc(1, sizeof(*on))) != NULL);
		on->negated = pick(4) == 0;
		(void)strlcpy(on->name, names[1 + pick(3)], sizeof(on->name));
		TAILQ_INSERT_TAIL(list, on, entry);
	}
}

static void
random_domains(struct conf_domains *list, unsigned int n)
{
	struct conf_domain	*d;
	const char		*name;

	for (; n > 0; n--) {
		ATF_REQUIRE((d = calloc(1, sizeof(*d))) != NULL);
		d->negated = pick(4) == 0;
		d->kind = (enum conf_domain_kind)pick(CONF_DOMAIN_TABLE + 1);
		name = d->kind == CONF_DOMAIN_TABLE ?
		    random_table(CONF_TABLE_DOMAIN) : PICK(hosts);
		(void)strlcpy(d->name, name, sizeof(d->name));
		TAILQ_INSERT_TAIL(list, d, entry);
	}
}

static void
random_countries(struct conf_countries *list, unsigned int n)
{
	struct conf_country	*c;

	for (; n > 0; n--) {
		ATF_REQUIRE((c = calloc(1, sizeof(*c))) != NULL);
		c->negated = pick(4) == 0;
		(void)strlcpy(c->code, PICK(countries), sizeof(c->code));
		TAILQ_INSERT_TAIL(list, c, entry);
	}
}

/* Often where days end and begin. */
static unsigned int
random_minute(void)
{
	return pick(2) ? pick(1440) : (1438 + pick(4)) % 1440;
}

static void
random_times(struct conf_times *list, unsigned int n)
{
	struct conf_time	*t;

	for (; n > 0; n--) {
		ATF_REQUIRE((t = calloc(1, sizeof(*t))) != NULL);
		t->negated = pick(4) == 0;
		do {
			t->from = (uint16_t)random_minute();
			t->to = (uint16_t)(1 + random_minute());
		} while (t->from == t->to);
		TAILQ_INSERT_TAIL(list, t, entry);
	}
}

static void
random_days(struct conf_days *list, unsigned int n)
{
	struct conf_day	*d;

	for (; n > 0; n--) {
		ATF_REQUIRE((d = calloc(1, sizeof(*d))) != NULL);
		d->negated = pick(4) == 0;
		d->first = (uint8_t)pick(7);
		d->last = (uint8_t)pick(7);
		TAILQ_INSERT_TAIL(list, d, entry);
	}
}

/* A list of up to three, as a rule but rarely has it. */
static unsigned int
few(unsigned int often)
{
	return pick(often) != 0 ? 0 : 1 + pick(3);
}

static struct conf_rule *
random_rule(void)
{
	struct conf_rule	*rule;

	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	rule->action = pick(2) ? CONF_PASS : CONF_BLOCK;
	rule->quick = pick(4) == 0;
	if (pick(2) != 0)
		random_addrs(&rule->from);
	if (pick(4) != 0)
		random_addrs(&rule->to);
	random_ports(&rule->ports, few(6));
	random_ons(&rule->on, few(6));
	random_users(&rule->users, few(4));
	random_groups(&rule->groups, few(6));
	random_domains(&rule->domains, few(3));
	random_countries(&rule->countries, few(6));
	random_times(&rule->times, few(8));
	random_days(&rule->days, few(8));
	rule->commands = (uint8_t)(pick(8) == 0 ? pick(8) : 0);
	return rule;
}

/* Bit by bit, from the definition of a prefix. */
static int
slow_prefix(const struct prefix *p, const struct addr *a)
{
	unsigned int	i;

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
	size_t	n = strlen(name), d = strlen(domain);

	if (strcmp(name, domain) == 0)
		return kind != CONF_DOMAIN_SUB;
	return kind != CONF_DOMAIN_EXACT && n > d + 1 &&
	    strcmp(name + n - d, domain) == 0 && name[n - d - 1] == '.';
}

/* What is in a table as it was written. */
static int
slow_entry(enum conf_table_kind kind, const char *text, const void *what)
{
	struct prefix	p;

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
	const struct conf_member	*m;

	STAILQ_FOREACH(m, &t->members, entry)
		if (slow_entry(t->kind, m->text, what))
			return 1;
	return 0;
}

static int
slow_in(const struct conf *conf, const char *table, const void *what)
{
	const struct conf_table	*t;

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
	struct prefix	p;

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
	const struct conf_addr	*a;
	int			 internal = q->from_internal != NULL;
	int			 plain = 0, yes = 0;

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
static int
slow_is_any(const struct conf_addr *a)
{
	return a->kind == CONF_ADDR_ANY ||
	    (a->kind == CONF_ADDR_PREFIX && a->prefix.len == 0);
}

static int
slow_to(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	const struct conf_addr	*a;
	int			 internal = q->internal != NULL;
	int			 plain = 0, yes = 0, named = 0;

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
	const struct conf_port	*p;
	unsigned int		 port;
	int			 plain = 0, yes = 0;

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
	const struct conf_on	*on;
	int			 plain = 0, yes = 0;

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
	unsigned int	i;

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
	const struct conf_user	*m;
	int			 plain = 0, yes = 0;

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
	const struct conf_domain	*d;
	int				 plain = 0, yes = 0, is;

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
	const struct conf_country	*c;
	char				 code[3] = "";
	int				 plain = 0, yes = 0;

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
	const struct conf_time	*t;
	unsigned int		 minute;
	int			 plain = 0, yes = 0;

	TAILQ_FOREACH(t, &rule->times, entry) {
		plain |= !t->negated;
		for (minute = t->from; minute != t->to % 1440U ||
		    minute == t->from; minute = (minute + 1) % 1440) {
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
	const struct conf_day	*d;
	unsigned int		 day;
	int			 plain = 0, yes = 0;

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
	    slow_users(conf, &rule->groups, q) &&
	    slow_from(conf, rule, q) && slow_on(rule, q) &&
	    slow_ports(rule, q) && slow_domains(conf, rule, q) &&
	    slow_times(rule, q) && slow_days(rule, q) &&
	    slow_commands(rule, q);
}

/* Whether the rule can be judged while no address is known. */
static int
slow_anywhere(const struct conf_rule *rule)
{
	const struct conf_addr	*a;

	TAILQ_FOREACH(a, &rule->to, entry)
		if (a->negated || a->kind != CONF_ADDR_ANY)
			return 0;
	return TAILQ_EMPTY(&rule->countries);
}

static int
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
static inline const struct conf_rule *
slow_judge(const struct conf *conf, const struct rule_query *q, int by_name,
    uint64_t *matches)
{
	const struct conf_rule	*rule, *last = NULL;

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
	const struct conf_rule	*other;
	int			 below = 0;

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

static inline int
slow_possible(const struct conf *conf, const struct rule_query *q)
{
	const struct conf_rule	*rule;

	TAILQ_FOREACH(rule, &conf->rules, entry)
		if (slow_may_pass(conf, rule, q))
			return 1;
	return 0;
}

/* In place of tables of the real kind: see table/table.h. */
static int
image_has(const struct table *t, enum conf_table_kind kind, const void *what)
{
	const struct conf_table	*ct;
	size_t			 i, n = (size_t)(t - images);

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
static inline void
asked_start(const struct rule_query *q)
{
	memset(asked, 0, sizeof(asked));
	asked_to = &q->to;
}

/* No table was asked twice, and none about an address that is not known. */
static inline void
asked_once(int by_name)
{
	size_t	i;

	for (i = 0; i < NTABLES; i++) {
		ATF_REQUIRE(asked[i][0] <= (by_name ? 0 : 1));
		ATF_REQUIRE(asked[i][1] <= 1);
	}
}

static inline unsigned int
asked_any(void)
{
	unsigned int	n = 0;
	size_t		i;

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

/* Who has logged in, with groups of his that may be there twice; or nobody. */
static void
random_login(struct rule_query *q)
{
	static char	in[LOGIN_GROUPS_MAX][LOGIN_GROUP_SIZE];
	unsigned int	i;

	q->user = NULL;
	q->groups = NULL;
	q->ngroups = 0;
	if (pick(3) == 0)
		return;
	q->user = PICK(users);
	q->groups = in;
	q->ngroups = pick(8) == 0 ? LOGIN_GROUPS_MAX : pick(4);
	for (i = 0; i < q->ngroups; i++)
		(void)strlcpy(in[i], PICK(groups), sizeof(in[i]));
}

static void
random_query(struct rule_query *q)
{
	unsigned int	i;

	memset(q, 0, sizeof(*q));
	random_addr(&q->from);
	random_addr(&q->to);
	q->port = (uint16_t)(pick(4) == 0 ? 65535 - pick(4) : 1 + pick(7));
	q->on = PICK(names);
	q->from_internal = addr_internal(&q->from);
	q->internal = addr_internal(&q->to);
	if (q->internal == NULL && pick(8) == 0)
		q->internal = "this host";
	if (pick(3) != 0)
		q->name = PICK(hosts);
	i = pick(sizeof(countries) / sizeof(countries[0]));
	if (i != 0)
		q->country = TABLE_COUNTRY(countries[i][0], countries[i][1]);
	q->command = (enum session_command)(SESSION_CONNECT + pick(3));
	q->minute = (uint16_t)random_minute();
	q->weekday = (uint8_t)pick(7);
	q->tables.at = images;
	q->tables.n = NTABLES;
	random_login(q);
}

static void
add_rule(struct conf *conf, struct conf_rule *rule)
{
	struct conf_rule	*last;

	last = TAILQ_LAST(&conf->rules, conf_rules);
	rule->number = last == NULL ? 0 : last->number + 1;
	TAILQ_INSERT_TAIL(&conf->rules, rule, entry);
}

static const char *
random_entry(enum conf_table_kind kind, char *text, size_t size)
{
	static const char *const	before[] = { "", ".", "*." };

	switch (kind) {
	case CONF_TABLE_ADDRESS:
		return PICK(prefixes);
	case CONF_TABLE_DOMAIN:
		(void)snprintf(text, size, "%s%s", PICK(before), PICK(hosts));
		return text;
	case CONF_TABLE_USER:
		break;
	}
	return PICK(users);
}

static void
add_member(struct conf_table *t, const char *text)
{
	struct conf_member	*m;

	ATF_REQUIRE((m = malloc(sizeof(*m) + strlen(text) + 1)) != NULL);
	memcpy(m->text, text, strlen(text) + 1);
	STAILQ_INSERT_TAIL(&t->members, m, entry);
}

/* Tables overlap, and may have an entry twice. */
static void
add_tables(struct conf *conf)
{
	struct conf_table	*t;
	char			 text[64];
	unsigned int		 i, n;

	for (i = 0; i < NTABLES; i++) {
		ATF_REQUIRE((t = conf_table_new()) != NULL);
		(void)strlcpy(t->name, tables[i].name, sizeof(t->name));
		t->kind = tables[i].kind;
		for (n = pick(tables[i].n + 1); n > 0; n--)
			add_member(t, random_entry(t->kind, text,
			    sizeof(text)));
		TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	}
	world = conf;
}

static inline struct conf *
random_conf(void)
{
	struct conf	*conf;
	unsigned int	 n;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	add_tables(conf);
	for (n = pick(100) == 0 ? pick(MANY) : pick(8); n > 0; n--)
		add_rule(conf, random_rule());
	return conf;
}


#endif /* RULES_WORLD_H */
