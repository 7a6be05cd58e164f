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
 * Which rule decides: see rules.h.
 *
 * Pure.  Linked by the router and by unit tests.
 */

#include <sys/queue.h>

#include <string.h>

#include "base/addr.h"
#include "router/rules.h"

/* What the members of one list have said so far. */
struct tally {
	int	plain;		/* members that are not negated */
	int	matched;	/* of those, the ones that matched */
	int	excluded;	/* negated members that matched */
};

static void	tally_add(struct tally *, int, int);
static int	tally_result(const struct tally *, int);
static int	addr_covers(const struct conf_addr *, const struct addr *,
		    const char *);
static int	addr_names(const struct conf_addr *);
static int	match_from(const struct conf_rule *, const struct rule_query *);
static int	match_to(const struct conf_rule *, const struct rule_query *);
static int	match_port(const struct conf_rule *, const struct rule_query *);
static int	match_on(const struct conf_rule *, const struct rule_query *);

const struct conf_rule *
rules_judge(const struct conf_rules *rules, const struct rule_query *q,
    rule_matched matched, void *arg)
{
	const struct conf_rule	*rule, *decides = NULL;

	TAILQ_FOREACH(rule, rules, entry) {
		if (match_port(rule, q) == 0 || match_from(rule, q) == 0 ||
		    match_on(rule, q) == 0 || match_to(rule, q) == 0)
			continue;
		decides = rule;
		if (matched != NULL)
			matched(arg, rule);
		if (rule->quick)
			break;
	}
	return decides;
}

int
rules_possible(const struct conf_rules *rules, const struct rule_query *q)
{
	const struct conf_rule	*rule;

	TAILQ_FOREACH(rule, rules, entry)
		if (rule->action == CONF_PASS && match_port(rule, q) &&
		    match_from(rule, q) && match_on(rule, q))
			return 1;
	return 0;
}

static void
tally_add(struct tally *t, int negated, int matches)
{
	if (negated) {
		t->excluded += matches;
		return;
	}
	t->plain++;
	t->matched += matches;
}

/* all: what a list without plain members stands for. */
static int
tally_result(const struct tally *t, int all)
{
	if (t->excluded)
		return 0;
	return t->plain != 0 ? t->matched != 0 : all;
}

static int
addr_covers(const struct conf_addr *a, const struct addr *addr,
    const char *internal)
{
	switch (a->kind) {
	case CONF_ADDR_ANY:
		return 1;
	case CONF_ADDR_LOCALHOST:
		return addr_is_loopback(addr);
	case CONF_ADDR_INTERNAL:
		return internal != NULL;
	case CONF_ADDR_PREFIX:
		return prefix_match(&a->prefix, addr);
	}
	return 0;
}

/* Whether the member is more than another word for "any". */
static int
addr_names(const struct conf_addr *a)
{
	return a->kind != CONF_ADDR_ANY &&
	    (a->kind != CONF_ADDR_PREFIX || a->prefix.len != 0);
}

static int
match_from(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_addr	*a;
	struct tally		 t = { 0, 0, 0 };

	TAILQ_FOREACH(a, &rule->from, entry)
		tally_add(&t, a->negated, addr_covers(a, &q->from,
		    q->from_internal));
	return tally_result(&t, 1);
}

static int
match_to(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_addr	*a;
	struct tally		 t = { 0, 0, 0 };
	int			 covers, any;

	/* What "any" stands for here: everything, or all that is public. */
	any = rule->action == CONF_BLOCK || q->internal == NULL;
	TAILQ_FOREACH(a, &rule->to, entry) {
		covers = addr_covers(a, &q->to, q->internal);
		if (a->negated == 0 && addr_names(a) == 0)
			covers = covers && any;
		tally_add(&t, a->negated, covers);
	}
	return tally_result(&t, any);
}

static int
match_port(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_port	*p;
	struct tally		 t = { 0, 0, 0 };

	TAILQ_FOREACH(p, &rule->ports, entry)
		tally_add(&t, p->negated,
		    q->port >= p->low && q->port <= p->high);
	return tally_result(&t, 1);
}

static int
match_on(const struct conf_rule *rule, const struct rule_query *q)
{
	const struct conf_on	*on;
	struct tally		 t = { 0, 0, 0 };

	TAILQ_FOREACH(on, &rule->on, entry)
		tally_add(&t, on->negated, strcmp(on->name, q->on) == 0);
	return tally_result(&t, 1);
}
