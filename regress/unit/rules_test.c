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

/* matches: counts of the rules that were asked and said yes, by number. */
static const struct conf_rule *
slow_judge(const struct conf_rules *rules, const struct rule_query *q,
    uint64_t *matches)
{
	const struct conf_rule	*rule, *last = NULL;

	TAILQ_FOREACH(rule, rules, entry) {
		if (slow_from(rule, q) && slow_to(rule, q) &&
		    slow_ports(rule, q) && slow_on(rule, q)) {
			matches[rule->number]++;
			if (rule->quick)
				return rule;
			last = rule;
		}
	}
	return last;
}

static int
slow_possible(const struct conf_rules *rules, const struct rule_query *q)
{
	const struct conf_rule	*rule;

	TAILQ_FOREACH(rule, rules, entry)
		if (rule->action == CONF_PASS && slow_from(rule, q) &&
		    slow_ports(rule, q) && slow_on(rule, q))
			return 1;
	return 0;
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
}

static void
rules_fill(struct conf_rules *rules)
{
	struct conf_rule	*rule;
	uint32_t		 n, i;

	TAILQ_INIT(rules);
	n = pick(100) == 0 ? pick(MANY) : pick(8);
	for (i = 0; i < n; i++) {
		rule = random_rule();
		rule->number = i;
		TAILQ_INSERT_TAIL(rules, rule, entry);
	}
}

static void
rules_empty(struct conf_rules *rules)
{
	struct conf_rule	*rule;

	while ((rule = TAILQ_FIRST(rules)) != NULL) {
		TAILQ_REMOVE(rules, rule, entry);
		conf_rule_free(rule);
	}
}

/* What the rules as they are used say about one request. */
static const struct conf_rule *
judge_once(const struct conf_rules *conf, const struct rule_query *q)
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
	struct conf_rules	 conf;
	struct rules		*rules;
	const struct conf_rule	*want, *got;
	struct rule_query	 q;
	uint64_t		 wanted[MANY], counted[MANY];
	unsigned int		 round, i, from, passed = 0, impossible = 0;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		from = seed;
		rules_fill(&conf);
		ATF_REQUIRE((rules = rules_new(&conf)) != NULL);
		memset(wanted, 0, sizeof(wanted));
		memset(counted, 0, sizeof(counted));
		for (i = 0; i < REQUESTS; i++) {
			random_query(&q);
			want = slow_judge(&conf, &q, wanted);
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
			    slow_possible(&conf, &q), "seed %u request %u: "
			    "possible or not", from, i);
			passed += got != NULL && got->action == CONF_PASS;
			impossible += rules_possible(rules, &q) == 0;
		}
		rules_free(rules);
		rules_empty(&conf);
	}
	ATF_CHECK_MSG(passed > ROUNDS, "only %u requests passed", passed);
	ATF_CHECK_MSG(impossible > ROUNDS, "only %u were impossible",
	    impossible);
}

ATF_TC(internal_needs_a_name);
ATF_TC_HEAD(internal_needs_a_name, tc)
{
	atf_tc_set_md_var(tc, "descr", "whatever the rules, an internal "
	    "address passes only by a rule that names it");
}
ATF_TC_BODY(internal_needs_a_name, tc)
{
	struct conf_rules	 rules;
	const struct conf_rule	*got;
	const struct conf_addr	*a;
	struct rule_query	 q;
	unsigned int		 round;
	int			 named;

	seed = arc4random();
	for (round = 0; round < ROUNDS; round++) {
		rules_fill(&rules);
		random_query(&q);
		got = judge_once(&rules, &q);
		if (got != NULL && got->action == CONF_PASS &&
		    q.internal != NULL) {
			named = 0;
			TAILQ_FOREACH(a, &got->to, entry)
				named |= !a->negated && !slow_is_any(a);
			ATF_CHECK(named);
		}
		rules_empty(&rules);
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
	struct conf_rules	 rules;
	struct conf_rule	*pass, *block;
	struct conf_addr	*a;
	struct rule_query	 q;

	TAILQ_INIT(&rules);
	ATF_REQUIRE((pass = conf_rule_new()) != NULL);
	ATF_REQUIRE((block = conf_rule_new()) != NULL);
	ATF_REQUIRE((a = calloc(1, sizeof(*a))) != NULL);
	a->kind = CONF_ADDR_INTERNAL;
	pass->action = CONF_PASS;
	TAILQ_INSERT_TAIL(&pass->to, a, entry);
	TAILQ_INSERT_TAIL(&rules, pass, entry);
	random_query(&q);
	q.internal = "private";
	ATF_CHECK_EQ(pass, judge_once(&rules, &q));
	block->action = CONF_BLOCK;
	TAILQ_INSERT_TAIL(&rules, block, entry);
	ATF_CHECK_EQ(block, judge_once(&rules, &q));
	rules_empty(&rules);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, oracle);
	ATF_TP_ADD_TC(tp, internal_needs_a_name);
	ATF_TP_ADD_TC(tp, block_reaches_internal);
	return atf_no_error();
}
