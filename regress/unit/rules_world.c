/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A small world of random rules and requests: see rules_world.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/internal.h"
#include "rules_world.h"

/* A small world, so that random rules and requests meet. */
static const char *const addresses[] = {
	"192.0.2.1",
	"10.0.0.1",
	"10.20.0.1",
	"127.0.0.1",
	"9.9.9.9",
	"8.8.8.8",
	"8.8.4.4",
	"::1",
	"2001:4860::1",
	"2001:4860:1::1",
	"fd00::1",
	"fe80::1",
	"0.0.0.0",
	"255.255.255.255",
	"100.64.0.1",
};
static const char *const prefixes[] = {
	"0.0.0.0/0",
	"::/0",
	"10.0.0.0/8",
	"10.20.0.0/16",
	"127.0.0.0/8",
	"8.0.0.0/7",
	"8.8.8.8",
	"9.9.9.9",
	"2001:4860::/32",
	"fd00::/8",
	"2001:4860:1::1",
	"128.0.0.0/1",
};
static const char *const names[] = { "", "dmz", "inside", "outside", "vpn" };
static const char *const users[] = {
	"alice",
	"bob",
	"carol",
	"dave",
	"\303\251lo\303\257se",
	"any",
	"a b",
	"eve",
	"<staff>",
	"guests",
};
static const char *const groups[] = {
	"admins",
	"guests",
	"staff",
	"ops",
	"dev",
	"any",
	"alice",
	"night",
};
static const char *const hosts[] = {
	"example.com",
	"www.example.com",
	"a.www.example.com",
	"com",
	"xexample.com",
	"example.com.example.org",
	"example.org",
	"a.b.c.d",
	"ads.example.net",
	"www.ads.example.net",
	"localhost",
	"d",
};
static const char countries[][3] = { "", "DE", "KP", "US", "DK", "UD" };

/* Of each kind one is empty, and one has all there is or nearly so. */
static const struct {
	const char          *name;
	enum conf_table_kind kind;
	unsigned int         n;
} tables[] = {
	{ "staff", CONF_TABLE_USER, 4 },
	{ "bad", CONF_TABLE_ADDRESS, 4 },
	{ "partners", CONF_TABLE_USER, 6 },
	{ "ads", CONF_TABLE_DOMAIN, 3 },
	{ "nobody", CONF_TABLE_USER, 0 },
	{ "home", CONF_TABLE_ADDRESS, 8 },
	{ "nowhere", CONF_TABLE_ADDRESS, 0 },
	{ "work", CONF_TABLE_DOMAIN, 12 },
	{ "all", CONF_TABLE_USER, 20 },
	{ "nothing", CONF_TABLE_DOMAIN, 0 },
};

_Static_assert(sizeof(tables) / sizeof(tables[0]) == NTABLES, "tables");

unsigned int seed;

unsigned int
pick(unsigned int n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 16) % n;
}

#define PICK(list) ((list)[pick(sizeof(list) / sizeof((list)[0]))])

/* Lengths of which rules are fond, and any other. */
static void
random_prefix(struct prefix *p)
{
	unsigned int max;

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
void
random_addr(struct addr *a)
{
	struct prefix p;
	unsigned int  i, size, turn;

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
	unsigned int i;

	while (tables[i = pick(NTABLES)].kind != kind)
		continue;
	return tables[i].name;
}

void
random_addrs(struct conf_addrs *list)
{
	struct conf_addr *a;
	unsigned int      n;

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
			    random_table(CONF_TABLE_ADDRESS), sizeof(a->table));
		TAILQ_INSERT_TAIL(list, a, entry);
	}
}

struct conf_user *
add_user(struct conf_users *list, enum conf_user_kind kind, const char *name)
{
	struct conf_user *u;

	ATF_REQUIRE((u = calloc(1, sizeof(*u))) != NULL);
	u->kind = kind;
	(void)strlcpy(u->name, name, sizeof(u->name));
	TAILQ_INSERT_TAIL(list, u, entry);
	return u;
}

/* Some are in tables alone, some in rules alone, and some in neither. */
void
random_users(struct conf_users *list, unsigned int n)
{
	enum conf_user_kind kind;
	const char         *name;

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

void
random_groups(struct conf_users *list, unsigned int n)
{
	for (; n > 0; n--)
		add_user(list, CONF_USER_GROUP, PICK(groups))->negated =
		    pick(3) == 0;
}

void
random_ports(struct conf_ports *list, unsigned int n)
{
	struct conf_port *p;

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

void
random_ons(struct conf_ons *list, unsigned int n)
{
	struct conf_on *on;

	for (; n > 0; n--) {
		ATF_REQUIRE((on = calloc(1, sizeof(*on))) != NULL);
		on->negated = pick(4) == 0;
		(void)strlcpy(on->name, names[1 + pick(3)], sizeof(on->name));
		TAILQ_INSERT_TAIL(list, on, entry);
	}
}

void
random_domains(struct conf_domains *list, unsigned int n)
{
	struct conf_domain *d;
	const char         *name;

	for (; n > 0; n--) {
		ATF_REQUIRE((d = calloc(1, sizeof(*d))) != NULL);
		d->negated = pick(4) == 0;
		d->kind = (enum conf_domain_kind)pick(CONF_DOMAIN_TABLE + 1);
		name = d->kind == CONF_DOMAIN_TABLE ?
		    random_table(CONF_TABLE_DOMAIN) :
		    PICK(hosts);
		(void)strlcpy(d->name, name, sizeof(d->name));
		TAILQ_INSERT_TAIL(list, d, entry);
	}
}

void
random_countries(struct conf_countries *list, unsigned int n)
{
	struct conf_country *c;

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

void
random_times(struct conf_times *list, unsigned int n)
{
	struct conf_time *t;

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

void
random_days(struct conf_days *list, unsigned int n)
{
	struct conf_day *d;

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

struct conf_rule *
random_rule(void)
{
	struct conf_rule *rule;

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

/* Who has logged in, with groups of his that may be there twice; or nobody. */
static void
random_login(struct rule_query *q)
{
	static char  in[LOGIN_GROUPS_MAX][LOGIN_GROUP_SIZE];
	unsigned int i;

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

/* One of those in rules, or none. */
uint16_t
random_country(void)
{
	unsigned int i;

	i = pick(sizeof(countries) / sizeof(countries[0]));
	return i == 0 ? 0 : TABLE_COUNTRY(countries[i][0], countries[i][1]);
}

void
random_query(struct rule_query *q)
{
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
	q->country = random_country();
	q->command = (enum session_command)(SESSION_CONNECT + pick(3));
	q->minute = (uint16_t)random_minute();
	q->weekday = (uint8_t)pick(7);
	q->tables.at = images;
	q->tables.n = NTABLES;
	random_login(q);
}

void
add_rule(struct conf *conf, struct conf_rule *rule)
{
	struct conf_rule *last;

	last = TAILQ_LAST(&conf->rules, conf_rules);
	rule->number = last == NULL ? 0 : last->number + 1;
	TAILQ_INSERT_TAIL(&conf->rules, rule, entry);
}

static const char *
random_entry(enum conf_table_kind kind, char *text, size_t size)
{
	static const char *const before[] = { "", ".", "*." };

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

void
add_member(struct conf_table *t, const char *text)
{
	struct conf_member *m;

	ATF_REQUIRE((m = malloc(sizeof(*m) + strlen(text) + 1)) != NULL);
	memcpy(m->text, text, strlen(text) + 1);
	STAILQ_INSERT_TAIL(&t->members, m, entry);
}

/* Tables overlap, and may have an entry twice. */
void
add_tables(struct conf *conf)
{
	struct conf_table *t;
	char               text[64];
	unsigned int       i, n;

	for (i = 0; i < NTABLES; i++) {
		ATF_REQUIRE((t = conf_table_new()) != NULL);
		(void)strlcpy(t->name, tables[i].name, sizeof(t->name));
		t->kind = tables[i].kind;
		for (n = pick(tables[i].n + 1); n > 0; n--)
			add_member(t,
			    random_entry(t->kind, text, sizeof(text)));
		TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	}
	world = conf;
}

/* Each by which requests come. */
void
add_listeners(struct conf *conf)
{
	struct conf_listener *l;
	size_t                i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ATF_REQUIRE((l = calloc(1, sizeof(*l))) != NULL);
		(void)strlcpy(l->name, names[i], sizeof(l->name));
		TAILQ_INSERT_TAIL(&conf->listeners, l, entry);
	}
}

struct conf *
random_conf(void)
{
	struct conf *conf;
	unsigned int n;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	add_tables(conf);
	for (n = pick(100) == 0 ? pick(MANY) : pick(8); n > 0; n--)
		add_rule(conf, random_rule());
	return conf;
}
