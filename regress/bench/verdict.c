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
 * verdict: what one verdict costs with 1000 rules, in nanoseconds.
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
#include "config/conf.h"
#include "router/rules.h"

#define RULES		1000
#define REQUESTS	1024	/* too many for a processor to remember */
#define ROUNDS		51
#define USERS		4096	/* a quarter of them is in tables */
#define TABLES		16

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

static double	measure(void (*)(struct conf_rule *, unsigned int));
static struct conf	*conf_make(void (*)(struct conf_rule *, unsigned int));
static void	tables_make(struct conf *);
static double	round_ns(const struct rules *, const struct rule_query *,
		    uint64_t *);
static void	requests_make(struct rule_query *);
static void	login_make(struct rule_query *, unsigned int);
static int	compare(const void *, const void *);
static void	kind_to(struct conf_rule *, unsigned int);
static void	kind_from(struct conf_rule *, unsigned int);
static void	kind_inet6(struct conf_rule *, unsigned int);
static void	kind_port(struct conf_rule *, unsigned int);
static void	kind_lists(struct conf_rule *, unsigned int);
static void	kind_internal(struct conf_rule *, unsigned int);
static void	kind_matching(struct conf_rule *, unsigned int);
static void	kind_user(struct conf_rule *, unsigned int);
static void	kind_group(struct conf_rule *, unsigned int);
static void	kind_table(struct conf_rule *, unsigned int);
static void	add_addr(struct conf_addrs *, enum conf_addr_kind,
		    sa_family_t, unsigned int, unsigned int, int);
static void	add_port(struct conf_rule *, unsigned int, unsigned int);
static void	add_on(struct conf_rule *, const char *);
static void	add_user(struct conf_users *, enum conf_user_kind,
		    const char *, unsigned int, int);

static const struct kind {
	const char	*name;
	void		(*make)(struct conf_rule *, unsigned int);
} kinds[] = {
	{ "to",		kind_to },
	{ "from",	kind_from },
	{ "inet6",	kind_inet6 },
	{ "port",	kind_port },
	{ "lists",	kind_lists },
	{ "internal",	kind_internal },
	{ "matching",	kind_matching },
	{ "user",	kind_user },
	{ "group",	kind_group },
	{ "table",	kind_table },
};

int
main(void)
{
	double	ns, most = 0;
	size_t	i;

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
	static struct rule_query	 requests[REQUESTS];
	static uint64_t			 matches[RULES];
	struct conf			*conf;
	struct rules			*rules;
	double				 ns[ROUNDS];
	unsigned int			 i;

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
	struct conf		*conf;
	struct conf_rule	*rule;
	unsigned int		 i;

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

/* They overlap, and in another order than the users' numbers. */
static void
tables_make(struct conf *conf)
{
	struct conf_table	*t;
	unsigned int		 i, n;

	for (i = 0; i < TABLES; i++) {
		if ((t = calloc(1, sizeof(*t))) == NULL)
			err(1, "table");
		(void)snprintf(t->name, sizeof(t->name), "table%u", i);
		t->kind = CONF_TABLE_USER;
		TAILQ_INIT(&t->users);
		for (n = 0; n < USERS / 4; n += 1 + i % 3)
			add_user(&t->users, CONF_USER_NAME, "user",
			    (n * 37 + i) % USERS, 0);
		TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	}
}

/* The time of this thread: others run meanwhile. */
static double
round_ns(const struct rules *rules, const struct rule_query *requests,
    uint64_t *matches)
{
	struct timespec	from, to;
	unsigned int	i;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from) == -1)
		err(1, "clock");
	for (i = 0; i < REQUESTS; i++)
		(void)rules_judge(rules, &requests[i], matches);
	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to) == -1)
		err(1, "clock");
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 +
	    (double)(to.tv_nsec - from.tv_nsec)) / REQUESTS;
}

/* Most are in the networks that the rules speak of, a quarter is IPv6. */
static void
requests_make(struct rule_query *q)
{
	unsigned int	i;

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
		q->on = i % 2 == 0 ? "inside" : "outside";
		q->from_internal = addr_internal(&q->from);
		q->internal = addr_internal(&q->to);
		login_make(q, i);
	}
}

/* Every other has logged in, and has as many groups as there can be. */
static void
login_make(struct rule_query *q, unsigned int i)
{
	static char	name[REQUESTS][LOGIN_NAME_SIZE];
	static char	group[REQUESTS][LOGIN_GROUPS_MAX][LOGIN_GROUP_SIZE];
	unsigned int	n;

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
	const double	*a = va, *b = vb;

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
	add_addr(&rule->from, CONF_ADDR_PREFIX, AF_INET, (10 << 16) + i, 24,
	    0);
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
	unsigned int	n;

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

/* IPv4: the first 24 bits.  IPv6: those of 2600:0:... from the 40th on. */
static void
add_addr(struct conf_addrs *list, enum conf_addr_kind kind, sa_family_t af,
    unsigned int bits, unsigned int len, int negated)
{
	struct conf_addr	*a;
	uint8_t			*b;

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
	struct conf_port	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		err(1, "port");
	p->low = (uint16_t)low;
	p->high = (uint16_t)high;
	TAILQ_INSERT_TAIL(&rule->ports, p, entry);
}

static void
add_on(struct conf_rule *rule, const char *name)
{
	struct conf_on	*on;

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
	struct conf_user	*u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		err(1, "user");
	u->kind = kind;
	u->negated = negated;
	if (*name != '\0')
		(void)snprintf(u->name, sizeof(u->name), "%s%u", name, nr);
	TAILQ_INSERT_TAIL(list, u, entry);
}
