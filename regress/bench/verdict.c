/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * verdict: what one verdict costs with 1000 rules, in nanoseconds, and with a
 * million addresses and a million domains in tables.
 *
 * Makes rules of several kinds, judges requests by each, and prints one JSON
 * object: the median of each kind, and as "ns" the most of them.  Run by
 * bench.py or by hand; links the rules of the router and nothing that does
 * any I/O.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/addr.h"
#include "base/internal.h"
#include "conf/conf.h"
#include "router/rules.h"
#include "table/build.h"

#define RULES    1000
#define REQUESTS 1024 /* too many for a processor to remember */
#define ROUNDS   51
#define USERS    4096 /* a quarter of them is in tables */
#define TABLES   16
#define ENTRIES  1000000 /* of the table of addresses, of domains */
#define BAD      TABLES  /* their places */
#define ADS      (TABLES + 1)

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* An image while it grows. */
struct bytes {
	uint8_t *p;
	size_t   len;
	size_t   size;
};

static struct table images[TABLES + 2];

static double       measure(void (*)(struct conf_rule *, unsigned int));
static struct conf *conf_make(void (*)(struct conf_rule *, unsigned int));
static void         tables_make(struct conf *);
static void         images_make(void);
static void         image_make(struct table *, enum table_kind, unsigned int,
	    void (*)(unsigned int, unsigned int, char *, size_t));
static int          put(void *, const void *, size_t);
static void         complain(void *, uint32_t, const char *);
static void         entry_user_of(unsigned int, unsigned int, char *, size_t);
static void         entry_bad(unsigned int, unsigned int, char *, size_t);
static void         entry_ad(unsigned int, unsigned int, char *, size_t);
static unsigned int mix(unsigned int);
static double       round_ns(const struct rules *, const struct rule_query *,
	  uint64_t *);
static void         requests_make(struct rule_query *);
static void         name_make(struct rule_query *, unsigned int);
static void         login_make(struct rule_query *, unsigned int);
static int          compare(const void *, const void *);
static void         kind_to(struct conf_rule *, unsigned int);
static void         kind_from(struct conf_rule *, unsigned int);
static void         kind_inet6(struct conf_rule *, unsigned int);
static void         kind_port(struct conf_rule *, unsigned int);
static void         kind_lists(struct conf_rule *, unsigned int);
static void         kind_internal(struct conf_rule *, unsigned int);
static void         kind_matching(struct conf_rule *, unsigned int);
static void         kind_user(struct conf_rule *, unsigned int);
static void         kind_group(struct conf_rule *, unsigned int);
static void         kind_table(struct conf_rule *, unsigned int);
static void         kind_domain(struct conf_rule *, unsigned int);
static void         kind_when(struct conf_rule *, unsigned int);
static void         kind_bad(struct conf_rule *, unsigned int);
static void         kind_ads(struct conf_rule *, unsigned int);
static void         kind_both(struct conf_rule *, unsigned int);
static void         kind_all(struct conf_rule *, unsigned int);
static void add_addr(struct conf_addrs *, enum conf_addr_kind, sa_family_t,
    unsigned int, unsigned int, int);
static void add_bad(struct conf_addrs *, int);
static struct conf_domain *add_domain(struct conf_rule *, enum conf_domain_kind,
    const char *, unsigned int, const char *);
static void add_port(struct conf_rule *, unsigned int, unsigned int);
static void add_on(struct conf_rule *, const char *);
static void add_user(struct conf_users *, enum conf_user_kind, const char *,
    unsigned int, int);

static const struct kind {
	const char *name;
	void (*make)(struct conf_rule *, unsigned int);
} kinds[] = {
	{ "to", kind_to },
	{ "from", kind_from },
	{ "inet6", kind_inet6 },
	{ "port", kind_port },
	{ "lists", kind_lists },
	{ "internal", kind_internal },
	{ "matching", kind_matching },
	{ "user", kind_user },
	{ "group", kind_group },
	{ "table", kind_table },
	{ "domain", kind_domain },
	{ "when", kind_when },
	{ "bad", kind_bad },
	{ "ads", kind_ads },
	{ "both", kind_both },
	{ "all", kind_all },
};

int
main(void)
{
	double ns, most = 0;
	size_t i;

	images_make();
	printf("{\"failed\":0");
	for (i = 0; i < nitems(kinds); i++) {
		ns = measure(kinds[i].make);
		printf(",\"%s_ns\":%.0f", kinds[i].name, ns);
		if (ns > most)
			most = ns;
	}
	printf(",\"ns\":%.0f}\n", most);
	if (fflush(stdout) == EOF)
		err(1, "output");
	return 0;
}

/* Nanoseconds of one verdict. */
static double
measure(void (*make)(struct conf_rule *, unsigned int))
{
	static struct rule_query requests[REQUESTS];
	static uint64_t          matches[RULES];
	struct conf             *conf;
	struct rules            *rules;
	double                   ns[ROUNDS];
	unsigned int             i;

	conf = conf_make(make);
	if ((rules = rules_new(conf)) == NULL)
		err(1, "rules");
	requests_make(requests);
	for (i = 0; i < ROUNDS; i++)
		ns[i] = round_ns(rules, requests, matches);
	rules_free(rules);
	conf_free(conf);
	qsort(ns, ROUNDS, sizeof(ns[0]), compare);
	return ns[ROUNDS / 2];
}

static struct conf *
conf_make(void (*make)(struct conf_rule *, unsigned int))
{
	struct conf      *conf;
	struct conf_rule *rule;
	unsigned int      i;

	if ((conf = conf_new()) == NULL)
		err(1, "config");
	tables_make(conf);
	for (i = 0; i < RULES; i++) {
		if ((rule = conf_rule_new()) == NULL)
			err(1, "rule");
		rule->action = i % 2 == 0 ? CONF_PASS : CONF_BLOCK;
		rule->number = i;
		make(rule, i);
		TAILQ_INSERT_TAIL(&conf->rules, rule, entry);
	}
	return conf;
}

static void
tables_make(struct conf *conf)
{
	struct conf_table *t;
	unsigned int       i;

	for (i = 0; i < TABLES + 2; i++) {
		if ((t = conf_table_new()) == NULL)
			err(1, "table");
		(void)snprintf(t->name, sizeof(t->name), "table%u", i);
		t->kind = i == BAD ? CONF_TABLE_ADDRESS :
		    i == ADS       ? CONF_TABLE_DOMAIN :
				     CONF_TABLE_USER;
		TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	}
}

static void
images_make(void)
{
	unsigned int i;

	for (i = 0; i < TABLES; i++)
		image_make(&images[i], TABLE_USER, i, entry_user_of);
	image_make(&images[BAD], TABLE_ADDR, 0, entry_bad);
	image_make(&images[ADS], TABLE_DOMAIN, 0, entry_ad);
}

static void
image_make(struct table *t, enum table_kind kind, unsigned int nr,
    void (*make)(unsigned int, unsigned int, char *, size_t))
{
	struct table_result res;
	struct table_build *b;
	struct bytes        image = { NULL, 0, 0 };
	char                entry[TABLE_ENTRY_SIZE];
	unsigned int        i, n;

	n = kind == TABLE_USER ? USERS / 4 : ENTRIES;
	if ((b = table_build_new(kind, complain, NULL)) == NULL)
		err(1, "table");
	for (i = 0; i < n; i++) {
		make(i, nr, entry, sizeof(entry));
		(void)table_build_entry(b, TABLE_ADD, entry, strlen(entry), i);
	}
	if (table_build_write(b, put, &image, &res) == -1 ||
	    table_init(t, kind, image.p, image.len) == -1)
		errx(1, "no image");
	table_build_free(b);
}

static int
put(void *arg, const void *data, size_t len)
{
	struct bytes *b = arg;

	if (b->size - b->len < len) {
		b->size = b->size + b->size / 4 + len;
		if ((b->p = realloc(b->p, b->size)) == NULL)
			err(1, "memory");
	}
	memcpy(b->p + b->len, data, len);
	b->len += len;
	return 0;
}

static void
complain(void *arg, uint32_t line, const char *text)
{
	errx(1, "%u: %s", line, text);
}

/* These tables overlap. */
static void
entry_user_of(unsigned int i, unsigned int nr, char *dst, size_t size)
{
	(void)snprintf(dst, size, "user%u",
	    (i * (1 + nr % 3) * 37 + nr) % USERS);
}

/* All over what rules and requests speak of. */
static void
entry_bad(unsigned int i, unsigned int nr, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%u.%u.%u.%u", i % 2 == 0 ? 10 : 20,
	    mix(i) % 256, mix(i) >> 8 & 0xff, mix(i) >> 16 & 0xff);
}

static void
entry_ad(unsigned int i, unsigned int nr, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%sads%u.banner%u.example%u.com",
	    i % 2 == 0 ? "." : "", mix(i), i % 97, i % 1009);
}

static unsigned int
mix(unsigned int i)
{
	i = (i ^ i >> 16) * 0x45d9f3bU;
	i = (i ^ i >> 16) * 0x45d9f3bU;
	return i ^ i >> 16;
}

/* The time of this thread: others run meanwhile. */
static double
round_ns(const struct rules *rules, const struct rule_query *requests,
    uint64_t *matches)
{
	struct timespec from, to;
	unsigned int    i;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from) == -1)
		err(1, "clock");
	for (i = 0; i < REQUESTS; i++)
		(void)rules_judge(rules, &requests[i], matches);
	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to) == -1)
		err(1, "clock");
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 +
		   (double)(to.tv_nsec - from.tv_nsec)) /
	    REQUESTS;
}

/* Most are in the networks that the rules speak of, a quarter is IPv6. */
static void
requests_make(struct rule_query *q)
{
	unsigned int i;

	srandom(1);
	for (i = 0; i < REQUESTS; i++, q++) {
		memset(q, 0, sizeof(*q));
		q->from.af = AF_INET;
		q->from.b[0] = 10;
		q->from.b[1] = (uint8_t)(random() % 8);
		q->from.b[2] = (uint8_t)random();
		q->from.b[3] = (uint8_t)random();
		q->to = q->from;
		q->to.b[0] = i % 4 == 0 ? 10 : 20;
		if (i % 4 == 1) {
			memmove(q->to.b + 4, q->from.b, 4);
			q->to.b[0] = 0x26;
			q->to.b[1] = q->to.b[2] = q->to.b[3] = 0;
			q->to.af = AF_INET6;
		}
		q->port = (uint16_t)(1 + random() % 2000);
		q->command = SESSION_CONNECT;
		q->country = TABLE_COUNTRY('A' + i % 26, 'A' + i / 26 % 26);
		q->minute = (uint16_t)(random() % 1440);
		q->weekday = (uint8_t)(i % 7);
		q->tables.at = images;
		q->tables.n = nitems(images);
		if (i % 4 != 3)
			name_make(q, i);
		q->on = i % 2 == 0 ? "inside" : "outside";
		q->from_internal = addr_internal(&q->from);
		q->internal = addr_internal(&q->to);
		login_make(q, i);
	}
}

/* A third of these are in the table, and a third below such a name. */
static void
name_make(struct rule_query *q, unsigned int i)
{
	static char name[REQUESTS][TABLE_ENTRY_SIZE];
	size_t      n;

	n = i % 3 == 1 ? strlcpy(name[i], "www.a.", sizeof(name[i])) : 0;
	entry_ad(mix(i) % ENTRIES | 1, 0, name[i] + n, sizeof(name[i]) - n);
	if (i % 3 == 2)
		name[i][strlen(name[i]) - 1] = 'n';
	q->name = name[i];
}

/* Every other has logged in, and has as many groups as there can be. */
static void
login_make(struct rule_query *q, unsigned int i)
{
	static char  name[REQUESTS][LOGIN_NAME_SIZE];
	static char  group[REQUESTS][LOGIN_GROUPS_MAX][LOGIN_GROUP_SIZE];
	unsigned int n;

	if (i % 2 == 0)
		return;
	(void)snprintf(name[i], sizeof(name[i]), "user%ld", random() % USERS);
	for (n = 0; n < LOGIN_GROUPS_MAX; n++)
		(void)snprintf(group[i][n], sizeof(group[i][n]), "group%ld",
		    random() % RULES);
	q->user = name[i];
	q->ngroups = LOGIN_GROUPS_MAX;
	q->groups = group[i];
}

static int
compare(const void *va, const void *vb)
{
	const double *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static void
kind_to(struct conf_rule *rule, unsigned int i)
{
	add_addr(&rule->from, CONF_ADDR_PREFIX, AF_INET, 10 << 16, 8, 0);
	add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET, (20 << 16) + i, 24, 0);
	add_port(rule, 1 + i, 1 + i);
}

static void
kind_from(struct conf_rule *rule, unsigned int i)
{
	add_addr(&rule->from, CONF_ADDR_PREFIX, AF_INET, (10 << 16) + i, 24, 0);
	add_on(rule, i % 2 == 0 ? "inside" : "outside");
}

static void
kind_inet6(struct conf_rule *rule, unsigned int i)
{
	add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET6, i, 56, 0);
	add_port(rule, 1, 1024);
}

static void
kind_port(struct conf_rule *rule, unsigned int i)
{
	add_port(rule, 1 + i, 1 + i + i % 16);
	add_on(rule, i % 2 == 0 ? "inside" : "outside");
}

static void
kind_lists(struct conf_rule *rule, unsigned int i)
{
	unsigned int n;

	for (n = 0; n < 16; n++) {
		add_addr(&rule->from, CONF_ADDR_PREFIX, AF_INET,
		    (10 << 16) + (i * 37 + n * 101) % 2048, 24, n % 5 == 4);
		add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET,
		    (20 << 16) + (i * 41 + n * 103) % 2048, 24, n % 5 == 4);
		add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET6,
		    (i * 43 + n * 107) % 2048, 56, n % 5 == 4);
		add_port(rule, 1 + (i * 7 + n * 19) % 2000,
		    20 + (i * 7 + n * 19) % 2000);
	}
}

static void
kind_internal(struct conf_rule *rule, unsigned int i)
{
	add_addr(&rule->from, CONF_ADDR_INTERNAL, AF_INET, 0, 0, 0);
	add_addr(&rule->to, CONF_ADDR_INTERNAL, AF_INET, 0, 0, i % 3 == 0);
	add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET, (20 << 16) + i, 24, 0);
	add_port(rule, 1 + i, 1000 + i);
}

/* Each says yes to most requests, and each yes is counted. */
static void
kind_matching(struct conf_rule *rule, unsigned int i)
{
	add_addr(&rule->from, CONF_ADDR_PREFIX, AF_INET, 10 << 16, 8, 0);
	add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET, (20 << 16) + i, 24, 1);
	add_port(rule, 1, 2000);
}

/* A user for each rule. */
static void
kind_user(struct conf_rule *rule, unsigned int i)
{
	add_user(&rule->users, CONF_USER_NAME, "user", i, 0);
	add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET, 20 << 16, 8, 0);
	add_port(rule, 1, 2000);
}

/* Groups that are named once, and two that all rules name. */
static void
kind_group(struct conf_rule *rule, unsigned int i)
{
	add_user(&rule->groups, CONF_USER_GROUP, "group", i, 0);
	add_user(&rule->groups, CONF_USER_GROUP, "group", 0, 0);
	add_user(&rule->groups, CONF_USER_GROUP, "group", 1, 1);
	add_user(&rule->users, CONF_USER_ANY, "", 0, 0);
	add_port(rule, 1, 2000);
}

static void
kind_table(struct conf_rule *rule, unsigned int i)
{
	add_user(&rule->users, CONF_USER_TABLE, "table", i % TABLES, 0);
	add_user(&rule->users, CONF_USER_NAME, "user", i, 1);
	add_port(rule, 1, 2000);
}

/* A domain for each rule, and one that many names are below. */
static void
kind_domain(struct conf_rule *rule, unsigned int i)
{
	(void)add_domain(rule, CONF_DOMAIN_BOTH, "example", i, ".com");
	(void)add_domain(rule, CONF_DOMAIN_SUB, "example", 1, ".com");
	add_domain(rule, CONF_DOMAIN_EXACT, "host", i, ".org")->negated = 1;
	add_port(rule, 1, 2000);
}

/* Country, command, time and day. */
static void
kind_when(struct conf_rule *rule, unsigned int i)
{
	struct conf_country *c;
	struct conf_time    *t;
	struct conf_day     *d;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (t = calloc(1, sizeof(*t))) == NULL ||
	    (d = calloc(1, sizeof(*d))) == NULL)
		err(1, "condition");
	c->code[0] = (char)('A' + i % 26);
	c->code[1] = (char)('A' + i / 26 % 26);
	c->negated = 1;
	TAILQ_INSERT_TAIL(&rule->countries, c, entry);
	t->from = (uint16_t)(i % 720);
	t->to = (uint16_t)(720 + i % 720);
	TAILQ_INSERT_TAIL(&rule->times, t, entry);
	d->first = (uint8_t)(i % 7);
	d->last = (uint8_t)((i + 4) % 7);
	TAILQ_INSERT_TAIL(&rule->days, d, entry);
	rule->commands = CONF_COMMAND_CONNECT | CONF_COMMAND_UDP;
}

/* The large table of addresses, for both sides. */
static void
kind_bad(struct conf_rule *rule, unsigned int i)
{
	add_bad(&rule->from, 1);
	add_bad(&rule->to, i % 2 != 0);
	add_addr(&rule->to, CONF_ADDR_PREFIX, AF_INET, 20 << 16, 8, 0);
}

/* That of domains. */
static void
kind_ads(struct conf_rule *rule, unsigned int i)
{
	add_domain(rule, CONF_DOMAIN_TABLE, "table", ADS, "")->negated = i %
		2 !=
	    0;
	(void)add_domain(rule, CONF_DOMAIN_SUB, "example", i, ".com");
}

static void
kind_both(struct conf_rule *rule, unsigned int i)
{
	kind_bad(rule, i);
	kind_ads(rule, i);
}

/* All that there is, in lists that say yes to many. */
static void
kind_all(struct conf_rule *rule, unsigned int i)
{
	kind_matching(rule, i);
	kind_when(rule, i);
	add_bad(&rule->from, 1);
	add_domain(rule, CONF_DOMAIN_TABLE, "table", ADS, "")->negated = 1;
	add_user(&rule->users, CONF_USER_TABLE, "table", i % TABLES, 1);
	add_user(&rule->groups, CONF_USER_GROUP, "group", i, 1);
	add_on(rule, i % 2 == 0 ? "inside" : "outside");
}

static void
add_bad(struct conf_addrs *list, int negated)
{
	struct conf_addr *a;

	add_addr(list, CONF_ADDR_TABLE, AF_INET, 0, 0, negated);
	a = TAILQ_LAST(list, conf_addrs);
	(void)snprintf(a->table, sizeof(a->table), "table%u", BAD);
}

static struct conf_domain *
add_domain(struct conf_rule *rule, enum conf_domain_kind kind, const char *name,
    unsigned int nr, const char *rest)
{
	struct conf_domain *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		err(1, "domain");
	d->kind = kind;
	(void)snprintf(d->name, sizeof(d->name), "%s%u%s", name, nr, rest);
	TAILQ_INSERT_TAIL(&rule->domains, d, entry);
	return d;
}

/* IPv4: the first 24 bits.  IPv6: those of 2600:0:... from the 40th on. */
static void
add_addr(struct conf_addrs *list, enum conf_addr_kind kind, sa_family_t af,
    unsigned int bits, unsigned int len, int negated)
{
	struct conf_addr *a;
	uint8_t          *b;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		err(1, "address");
	a->kind = kind;
	a->negated = negated;
	a->prefix.addr.af = af;
	a->prefix.len = (uint8_t)len;
	b = a->prefix.addr.b;
	if (af == AF_INET6) {
		b[0] = 0x26;
		b[4] = 10;
		b[5] = (uint8_t)(bits >> 8);
		b[6] = (uint8_t)bits;
	} else {
		b[0] = (uint8_t)(bits >> 16);
		b[1] = (uint8_t)(bits >> 8);
		b[2] = (uint8_t)bits;
	}
	TAILQ_INSERT_TAIL(list, a, entry);
}

static void
add_port(struct conf_rule *rule, unsigned int low, unsigned int high)
{
	struct conf_port *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		err(1, "port");
	p->low = (uint16_t)low;
	p->high = (uint16_t)high;
	TAILQ_INSERT_TAIL(&rule->ports, p, entry);
}

static void
add_on(struct conf_rule *rule, const char *name)
{
	struct conf_on *on;

	if ((on = calloc(1, sizeof(*on))) == NULL)
		err(1, "listener");
	(void)strlcpy(on->name, name, sizeof(on->name));
	TAILQ_INSERT_TAIL(&rule->on, on, entry);
}

/* A name with its number, or none at all for "any". */
static void
add_user(struct conf_users *list, enum conf_user_kind kind, const char *name,
    unsigned int nr, int negated)
{
	struct conf_user *u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		err(1, "user");
	u->kind = kind;
	u->negated = negated;
	if (*name != '\0')
		(void)snprintf(u->name, sizeof(u->name), "%s%u", name, nr);
	TAILQ_INSERT_TAIL(list, u, entry);
}
