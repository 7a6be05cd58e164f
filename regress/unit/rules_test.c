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
 * The rules against a slow and obvious matcher, on random rules and requests.
 *
 * The oracle asks, for each rule, the question of the manual page in the words
 * of the manual page; it shares no code with router/rules.c but the structs.
 */

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
#include "config/conf.h"
#include "router/rules.h"

#define ROUNDS		20000
#define REQUESTS	20
#define MANY		300	/* rules; more than are judged at once */

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
static const char *const tables[] = { "staff", "partners", "empty", "all" };

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

static void
random_addrs(struct conf_addrs *list)
{
	struct conf_addr	*a;
	unsigned int		 n;

	for (n = pick(4); n > 0; n--) {
		ATF_REQUIRE((a = calloc(1, sizeof(*a))) != NULL);
		a->negated = pick(4) == 0;
		a->kind = (enum conf_addr_kind)pick(CONF_ADDR_PREFIX + 3);
		if (a->kind >= CONF_ADDR_PREFIX) {
			a->kind = CONF_ADDR_PREFIX;
			random_prefix(&a->prefix);
		}
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
			name = PICK(tables);
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

static struct conf_rule *
random_rule(void)
{
	struct conf_rule	*rule;
	struct conf_port	*p;
	struct conf_on		*on;
	unsigned int		 n;

	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	rule->action = pick(2) ? CONF_PASS : CONF_BLOCK;
	rule->quick = pick(4) == 0;
	random_addrs(&rule->from);
	random_addrs(&rule->to);
	for (n = pick(8) < 6 ? 0 : 2; n > 0; n--) {
		ATF_REQUIRE((p = calloc(1, sizeof(*p))) != NULL);
		p->negated = pick(4) == 0;
		p->low = (uint16_t)(1 + pick(4));
		p->high = (uint16_t)(p->low + pick(3));
		if (pick(4) == 0)
			p->high = 65535;
		if (pick(8) == 0)
			p->low = p->high = (uint16_t)(65535 - pick(3));
		TAILQ_INSERT_TAIL(&rule->ports, p, entry);
	}
	for (n = pick(8) < 6 ? 0 : 1 + pick(2); n > 0; n--) {
		ATF_REQUIRE((on = calloc(1, sizeof(*on))) != NULL);
		on->negated = pick(4) == 0;
		(void)strlcpy(on->name, names[1 + pick(3)], sizeof(on->name));
		TAILQ_INSERT_TAIL(&rule->on, on, entry);
	}
	random_users(&rule->users, pick(8) < 5 ? 0 : 1 + pick(3));
	random_groups(&rule->groups, pick(8) < 6 ? 0 : 1 + pick(3));
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

/* Does this member speak of the address, for a target that is internal? */
static int
slow_member(const struct conf_addr *a, const struct addr *addr, int internal)
{
	struct prefix	p;

	switch (a->kind) {
	case CONF_ADDR_TABLE:
		return 0;
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
	case CONF_ADDR_PREFIX:
		break;
	}
	return slow_prefix(&a->prefix, addr);
}

static int
slow_from(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_addr	*a;
	int			 internal = q->from_internal != NULL;
	int			 plain = 0, yes = 0;

	TAILQ_FOREACH(a, &rule->from, entry) {
		if (a->negated && slow_member(a, &q->from, internal))
			return 0;
		if (!a->negated) {
			plain = 1;
			if (slow_member(a, &q->from, internal))
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
slow_to(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_addr	*a;
	int			 internal = q->internal != NULL;
	int			 plain = 0, yes = 0, named = 0;

	TAILQ_FOREACH(a, &rule->to, entry) {
		if (a->negated) {
			if (slow_member(a, &q->to, internal))
				return 0;
			continue;
		}
		plain = 1;
		if (slow_member(a, &q->to, internal)) {
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
	const struct conf_table	*t;
	const struct conf_user	*u;
	unsigned int		 i;

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
	TAILQ_FOREACH(t, &conf->tables, entry)
		if (strcmp(t->name, m->name) == 0)
			TAILQ_FOREACH(u, &t->users, entry)
				if (strcmp(u->name, q->user) == 0)
					return 1;
	return 0;
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

/* All but the target. */
static int
slow_client(const struct conf *conf, const struct conf_rule *rule,
    const struct rule_query *q)
{
	return slow_users(conf, &rule->users, q) &&
	    slow_users(conf, &rule->groups, q) && slow_from(rule, q) &&
	    slow_on(rule, q) && slow_ports(rule, q);
}

/* matches: counts of the rules that were asked and said yes, by number. */
static const struct conf_rule *
slow_judge(const struct conf *conf, const struct rule_query *q,
    uint64_t *matches)
{
	const struct conf_rule	*rule, *last = NULL;

	TAILQ_FOREACH(rule, &conf->rules, entry) {
		if (slow_to(rule, q) && slow_client(conf, rule, q)) {
			matches[rule->number]++;
			if (rule->quick)
				return rule;
			last = rule;
		}
	}
	return last;
}

static int
slow_possible(const struct conf *conf, const struct rule_query *q)
{
	const struct conf_rule	*rule;

	TAILQ_FOREACH(rule, &conf->rules, entry)
		if (rule->action == CONF_PASS && slow_client(conf, rule, q))
			return 1;
	return 0;
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
	memset(q, 0, sizeof(*q));
	random_addr(&q->from);
	random_addr(&q->to);
	q->port = (uint16_t)(pick(4) == 0 ? 65535 - pick(4) : 1 + pick(7));
	q->on = PICK(names);
	q->from_internal = addr_internal(&q->from);
	q->internal = addr_internal(&q->to);
	if (q->internal == NULL && pick(8) == 0)
		q->internal = "this host";
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

/* Tables overlap, and may name a user twice. */
static void
add_tables(struct conf *conf)
{
	struct conf_table	*t;
	unsigned int		 i, n;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		ATF_REQUIRE((t = calloc(1, sizeof(*t))) != NULL);
		(void)strlcpy(t->name, tables[i], sizeof(t->name));
		TAILQ_INIT(&t->users);
		for (n = i == 2 ? 0 : 1 + pick(6); n > 0; n--)
			(void)add_user(&t->users, CONF_USER_NAME,
			    PICK(users));
		TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	}
}

static struct conf *
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

/* What the rules as they are used say about one request. */
static const struct conf_rule *
judge_once(const struct conf *conf, const struct rule_query *q)
{
	const struct conf_rule	*rule;
	struct rules		*rules;

	ATF_REQUIRE((rules = rules_new(conf)) != NULL);
	rule = rules_judge(rules, q, NULL);
	rules_free(rules);
	return rule;
}

ATF_TC(oracle);
ATF_TC_HEAD(oracle, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random rules decide as the slow and obvious matcher says");
}
ATF_TC_BODY(oracle, tc)
{
	struct conf		*conf;
	struct rules		*rules;
	const struct conf_rule	*want, *got;
	struct rule_query	 q;
	uint64_t		 wanted[MANY], counted[MANY];
	unsigned int		 round, i, from;
	unsigned int		 passed = 0, impossible = 0, known = 0;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		from = seed;
		conf = random_conf();
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		memset(wanted, 0, sizeof(wanted));
		memset(counted, 0, sizeof(counted));
		for (i = 0; i < REQUESTS; i++) {
			random_query(&q);
			want = slow_judge(conf, &q, wanted);
			got = rules_judge(rules, &q, counted);
			ATF_REQUIRE_MSG(got == want, "seed %u request %u: "
			    "rule %d, not %d", from, i,
			    got == NULL ? -1 : (int)got->number,
			    want == NULL ? -1 : (int)want->number);
			ATF_REQUIRE_MSG(memcmp(wanted, counted,
			    sizeof(wanted)) == 0, "seed %u request %u: "
			    "other rules matched", from, i);
			ATF_CHECK_EQ(got, rules_judge(rules, &q, NULL));
			ATF_REQUIRE_MSG(rules_possible(rules, &q) ==
			    slow_possible(conf, &q), "seed %u request %u: "
			    "possible or not", from, i);
			passed += got != NULL && got->action == CONF_PASS;
			impossible += rules_possible(rules, &q) == 0;
			known += got != NULL && (!TAILQ_EMPTY(&got->users) ||
			    !TAILQ_EMPTY(&got->groups));
		}
		rules_free(rules);
		conf_free(conf);
	}
	ATF_CHECK_MSG(passed > ROUNDS, "only %u requests passed", passed);
	ATF_CHECK_MSG(impossible > ROUNDS, "only %u were impossible",
	    impossible);
	ATF_CHECK_MSG(known > ROUNDS, "only %u were decided by a rule that "
	    "names users or groups", known);
}

ATF_TC(nobody);
ATF_TC_HEAD(nobody, tc)
{
	atf_tc_set_md_var(tc, "descr", "a rule with users or groups, wherever "
	    "it is put, changes nothing for who has not logged in");
}
ATF_TC_BODY(nobody, tc)
{
	struct conf		*conf;
	struct conf_rule	*rule, *at;
	const struct conf_rule	*before[REQUESTS];
	struct rule_query	 q[REQUESTS];
	struct rules		*rules;
	unsigned int		 round, i, from;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		from = seed;
		conf = random_conf();
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		for (i = 0; i < REQUESTS; i++) {
			random_query(&q[i]);
			q[i].user = NULL;
			before[i] = rules_judge(rules, &q[i], NULL);
		}
		rules_free(rules);
		rule = random_rule();
		i = 1 + pick(3);
		random_users(&rule->users, i & 1 ? 1 + pick(3) : 0);
		random_groups(&rule->groups, i & 2 ? 1 + pick(3) : 0);
		i = pick(8);
		TAILQ_FOREACH(at, &conf->rules, entry)
			if (i-- == 0)
				break;
		if (at == NULL)
			TAILQ_INSERT_HEAD(&conf->rules, rule, entry);
		else
			TAILQ_INSERT_AFTER(&conf->rules, at, rule, entry);
		ATF_REQUIRE((rules = rules_new(conf)) != NULL);
		for (i = 0; i < REQUESTS; i++)
			ATF_REQUIRE_MSG(before[i] == rules_judge(rules, &q[i],
			    NULL), "seed %u request %u", from, i);
		rules_free(rules);
		conf_free(conf);
	}
}

/* What rules with this list of members say of a user in these groups. */
static int
matches(struct conf *conf, const char *user, const char *group)
{
	char			 in[1][LOGIN_GROUP_SIZE];
	struct rule_query	 q;
	const struct conf_rule	*got;

	memset(&q, 0, sizeof(q));
	ATF_REQUIRE_EQ(0, addr_parse(&q.from, "192.0.2.1"));
	ATF_REQUIRE_EQ(0, addr_parse(&q.to, "9.9.9.9"));
	q.on = "";
	q.port = 80;
	q.user = user;
	if (group != NULL) {
		(void)strlcpy(in[0], group, sizeof(in[0]));
		q.groups = in;
		q.ngroups = 1;
	}
	got = judge_once(conf, &q);
	return got != NULL && got->action == CONF_PASS;
}

ATF_TC(lists_of_users);
ATF_TC_HEAD(lists_of_users, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names, tables, groups and \"any\", plain and negated");
}
ATF_TC_BODY(lists_of_users, tc)
{
	struct conf		*conf;
	struct conf_rule	*rule;
	struct conf_table	*t;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	ATF_REQUIRE((t = calloc(1, sizeof(*t))) != NULL);
	(void)strlcpy(t->name, "staff", sizeof(t->name));
	TAILQ_INIT(&t->users);
	(void)add_user(&t->users, CONF_USER_NAME, "bob");
	(void)add_user(&t->users, CONF_USER_NAME, "carol");
	TAILQ_INSERT_TAIL(&conf->tables, t, entry);
	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	rule->action = CONF_PASS;
	add_rule(conf, rule);
	ATF_CHECK(matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));

	/* user { !carol } */
	add_user(&rule->users, CONF_USER_NAME, "carol")->negated = 1;
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));
	ATF_CHECK(!matches(conf, "carol", NULL));

	/* user { !carol, <staff> } */
	(void)add_user(&rule->users, CONF_USER_TABLE, "staff");
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(!matches(conf, "alice", NULL));
	ATF_CHECK(matches(conf, "bob", NULL));
	ATF_CHECK(!matches(conf, "carol", NULL));
	ATF_CHECK(!matches(conf, "staff", NULL));
	ATF_CHECK(!matches(conf, "Bob", NULL));

	/* user { !carol, <staff>, any } */
	(void)add_user(&rule->users, CONF_USER_ANY, "");
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));
	ATF_CHECK(!matches(conf, "carol", NULL));

	/* ... group { !guests } */
	add_user(&rule->groups, CONF_USER_GROUP, "guests")->negated = 1;
	ATF_CHECK(!matches(conf, NULL, NULL));
	ATF_CHECK(matches(conf, "alice", NULL));
	ATF_CHECK(matches(conf, "alice", "other"));
	ATF_CHECK(!matches(conf, "alice", "guests"));
	ATF_CHECK(!matches(conf, "carol", "other"));

	/* ... group { !guests, admins } */
	(void)add_user(&rule->groups, CONF_USER_GROUP, "admins");
	ATF_CHECK(!matches(conf, "alice", NULL));
	ATF_CHECK(!matches(conf, "admins", NULL));
	ATF_CHECK(matches(conf, "alice", "admins"));
	ATF_CHECK(!matches(conf, "alice", "guests"));
	conf_free(conf);
}

ATF_TC(table_is_missing);
ATF_TC_HEAD(table_is_missing, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "rules that name a table that is not there are not used at all");
}
ATF_TC_BODY(table_is_missing, tc)
{
	struct conf		*conf;
	struct conf_rule	*rule;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	add_user(&rule->users, CONF_USER_TABLE, "staff")->negated = 1;
	add_rule(conf, rule);
	errno = 0;
	ATF_CHECK_EQ(NULL, rules_new(conf));
	ATF_CHECK_EQ(EINVAL, errno);
	conf_free(conf);
}

ATF_TC(internal_needs_a_name);
ATF_TC_HEAD(internal_needs_a_name, tc)
{
	atf_tc_set_md_var(tc, "descr", "whatever the rules, an internal "
	    "address passes only by a rule that names it");
}
ATF_TC_BODY(internal_needs_a_name, tc)
{
	struct conf		*conf;
	const struct conf_rule	*got;
	const struct conf_addr	*a;
	struct rule_query	 q;
	unsigned int		 round;
	int			 named;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		conf = random_conf();
		random_query(&q);
		got = judge_once(conf, &q);
		if (got != NULL && got->action == CONF_PASS &&
		    q.internal != NULL) {
			named = 0;
			TAILQ_FOREACH(a, &got->to, entry)
				named |= !a->negated && !slow_is_any(a);
			ATF_CHECK(named);
		}
		conf_free(conf);
	}
}

ATF_TC(block_reaches_internal);
ATF_TC_HEAD(block_reaches_internal, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a block rule without \"to\" blocks internal addresses too");
}
ATF_TC_BODY(block_reaches_internal, tc)
{
	struct conf		*conf;
	struct conf_rule	*pass, *block;
	struct conf_addr	*a;
	struct rule_query	 q;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	ATF_REQUIRE((pass = conf_rule_new()) != NULL);
	ATF_REQUIRE((block = conf_rule_new()) != NULL);
	ATF_REQUIRE((a = calloc(1, sizeof(*a))) != NULL);
	a->kind = CONF_ADDR_INTERNAL;
	pass->action = CONF_PASS;
	TAILQ_INSERT_TAIL(&pass->to, a, entry);
	add_rule(conf, pass);
	random_query(&q);
	q.internal = "private";
	ATF_CHECK_EQ(pass, judge_once(conf, &q));
	block->action = CONF_BLOCK;
	add_rule(conf, block);
	ATF_CHECK_EQ(block, judge_once(conf, &q));
	conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, oracle);
	ATF_TP_ADD_TC(tp, nobody);
	ATF_TP_ADD_TC(tp, lists_of_users);
	ATF_TP_ADD_TC(tp, table_is_missing);
	ATF_TP_ADD_TC(tp, internal_needs_a_name);
	ATF_TP_ADD_TC(tp, block_reaches_internal);
	return atf_no_error();
}
