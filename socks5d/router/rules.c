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
 *
 * Rules are judged in blocks, 64 at once: a condition is an axis, which says
 * for the value that a request has there in which rules the list of that
 * condition holds it, as the bits of a word, and the rules that match are
 * those whose bits are left in the words of all axes.
 */

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "router/axis.h"
#include "router/cut.h"
#include "router/names.h"
#include "router/rules.h"

/* The conditions; first the one that most often says no. */
enum cond {
	COND_TO,
	COND_PORT,
	COND_FROM,
	COND_USER,
	COND_GROUP,
	COND_ON,
	COND_MAX
};

#define BIT(rule)	((uint64_t)1 << (rule))

struct block {
	struct axis	axis[COND_MAX];
	struct axis_row	internal[COND_MAX];	/* members "<internal>" */
	uint64_t	pass;
	uint64_t	quick;
};

struct rules {
	const struct conf	 *conf;
	const struct conf_rule	**rule;
	size_t			  n;
	struct block		 *block;
	size_t			  nblocks;
	struct cuts		  cuts;		/* of both from and to */
	struct names		  users;
	struct names		  groups;
	struct names		  listeners;
};

/* Where a request lies on each axis; a user with groups also lies at each. */
struct place {
	uint32_t	at[COND_MAX];
	int		internal[COND_MAX];
	uint32_t	group[LOGIN_GROUPS_MAX];	/* that rules name */
	unsigned int	ngroups;
};

static int	rules_collect(struct rules *);
static int	rules_tables(struct rules *);
static int	rules_cut(struct rules *, const struct conf_addrs *);
static int	rules_users(struct rules *, const struct conf_users *);
static int	rules_ons(struct rules *, const struct conf_ons *);
static size_t	member_prefixes(const struct conf_addr *,
		    const struct prefix **);

static int	block_init(struct block *, const struct rules *, size_t);
static void	block_draft(struct block *, enum cond, struct axis_draft *,
		    const struct rules *, const struct conf_rule *,
		    unsigned int);
static void	draft_addrs(struct axis_draft *, struct axis_row *,
		    const struct rules *, const struct conf_addrs *,
		    unsigned int);
static void	draft_ports(struct axis_draft *, const struct conf_ports *,
		    unsigned int);
static void	draft_ons(struct axis_draft *, const struct rules *,
		    const struct conf_ons *, unsigned int);
static void	draft_users(struct axis_draft *, const struct rules *,
		    const struct conf_users *, unsigned int);
static void	draft_table(struct axis_draft *, const struct rules *,
		    const struct conf_table *, enum axis_word, unsigned int);
static void	draft_all(struct axis_draft *, unsigned int, enum axis_word);

static void	rules_place(const struct rules *, const struct rule_query *,
		    struct place *);
static uint64_t	block_match(const struct block *, enum cond,
		    const struct place *);
static unsigned int
		bit_highest(uint64_t);
static void	count_bits(uint64_t *, uint64_t);

static const struct prefix	loopback[] = {
	{ { AF_INET, { 127 } }, 8 },
	{ { AF_INET6, { [15] = 1 } }, 128 }
};

struct rules *
rules_new(const struct conf *conf)
{
	struct rules	*rs;
	size_t		 i;
	int		 error;

	if ((rs = calloc(1, sizeof(*rs))) == NULL)
		return NULL;
	rs->conf = conf;
	cuts_init(&rs->cuts);
	names_init(&rs->users);
	names_init(&rs->groups);
	names_init(&rs->listeners);
	if (rules_collect(rs) == -1)
		goto fail;
	rs->nblocks = (rs->n + AXIS_RULES - 1) / AXIS_RULES;
	rs->block = calloc(rs->nblocks + 1, sizeof(*rs->block));
	if (rs->block == NULL)
		goto fail;
	for (i = 0; i < rs->nblocks; i++)
		if (block_init(&rs->block[i], rs, i * AXIS_RULES) == -1)
			goto fail;
	return rs;
 fail:
	error = errno;
	rules_free(rs);
	errno = error;
	return NULL;
}

void
rules_free(struct rules *rs)
{
	unsigned int	cond;
	size_t		i;

	if (rs == NULL)
		return;
	for (i = 0; rs->block != NULL && i < rs->nblocks; i++)
		for (cond = 0; cond < COND_MAX; cond++)
			axis_clear(&rs->block[i].axis[cond]);
	free(rs->block);
	cuts_clear(&rs->cuts);
	names_clear(&rs->users);
	names_clear(&rs->groups);
	names_clear(&rs->listeners);
	free(rs->rule);
	free(rs);
}

/* Rules in an array, all prefixes and all names. */
static int
rules_collect(struct rules *rs)
{
	const struct conf_rule	*rule;

	TAILQ_FOREACH(rule, &rs->conf->rules, entry)
		rs->n++;
	if ((rs->rule = calloc(rs->n + 1, sizeof(*rs->rule))) == NULL ||
	    rules_tables(rs) == -1)
		return -1;
	rs->n = 0;
	TAILQ_FOREACH(rule, &rs->conf->rules, entry) {
		rs->rule[rs->n++] = rule;
		if (rules_cut(rs, &rule->from) == -1 ||
		    rules_cut(rs, &rule->to) == -1 ||
		    rules_users(rs, &rule->users) == -1 ||
		    rules_users(rs, &rule->groups) == -1 ||
		    rules_ons(rs, &rule->on) == -1)
			return -1;
	}
	cuts_done(&rs->cuts);
	return 0;
}

/* Before all other names: the users of a table then follow each other. */
static int
rules_tables(struct rules *rs)
{
	const struct conf_table	*t;
	const struct conf_user	*u;

	TAILQ_FOREACH(t, &rs->conf->tables, entry)
		TAILQ_FOREACH(u, &t->users, entry)
			if (names_add(&rs->users, u->name) == -1)
				return -1;
	return 0;
}

static int
rules_cut(struct rules *rs, const struct conf_addrs *list)
{
	const struct conf_addr	*a;
	const struct prefix	*p;
	size_t			 n;

	TAILQ_FOREACH(a, list, entry)
		for (n = member_prefixes(a, &p); n > 0; n--, p++)
			if (cuts_add(&rs->cuts, p) == -1)
				return -1;
	return 0;
}

static int
rules_users(struct rules *rs, const struct conf_users *list)
{
	const struct conf_user	*u;

	TAILQ_FOREACH(u, list, entry) {
		switch (u->kind) {
		case CONF_USER_ANY:
			break;
		case CONF_USER_NAME:
			if (names_add(&rs->users, u->name) == -1)
				return -1;
			break;
		case CONF_USER_GROUP:
			if (names_add(&rs->groups, u->name) == -1)
				return -1;
			break;
		case CONF_USER_TABLE:
			if (conf_table_find(rs->conf, u->name) == NULL) {
				errno = EINVAL;
				return -1;
			}
			break;
		}
	}
	return 0;
}

static int
rules_ons(struct rules *rs, const struct conf_ons *list)
{
	const struct conf_on	*on;

	TAILQ_FOREACH(on, list, entry)
		if (names_add(&rs->listeners, on->name) == -1)
			return -1;
	return 0;
}

/* What the member says in prefixes; returns how many there are. */
static size_t
member_prefixes(const struct conf_addr *a, const struct prefix **p)
{
	switch (a->kind) {
	case CONF_ADDR_ANY:
	case CONF_ADDR_INTERNAL:
	case CONF_ADDR_TABLE:
		break;
	case CONF_ADDR_LOCALHOST:
		*p = loopback;
		return sizeof(loopback) / sizeof(loopback[0]);
	case CONF_ADDR_PREFIX:
		*p = &a->prefix;
		return 1;
	}
	return 0;
}

/* The rules from number first on. */
static int
block_init(struct block *b, const struct rules *rs, size_t first)
{
	const struct conf_rule	*rule;
	struct axis_draft	 d;
	unsigned int		 cond, i;
	int			 ret = 0;

	axis_draft_init(&d);
	for (cond = 0; cond < COND_MAX && ret == 0; cond++) {
		for (i = 0; i < AXIS_RULES && first + i < rs->n; i++)
			block_draft(b, cond, &d, rs, rs->rule[first + i], i);
		ret = axis_init(&b->axis[cond], &d);
	}
	axis_draft_clear(&d);
	for (i = 0; i < AXIS_RULES && first + i < rs->n; i++) {
		rule = rs->rule[first + i];
		if (rule->action == CONF_PASS)
			b->pass |= BIT(i);
		if (rule->quick)
			b->quick |= BIT(i);
	}
	return ret;
}

static void
block_draft(struct block *b, enum cond cond, struct axis_draft *d,
    const struct rules *rs, const struct conf_rule *rule, unsigned int i)
{
	switch (cond) {
	case COND_TO:
		draft_addrs(d, &b->internal[cond], rs, &rule->to, i);
		break;
	case COND_PORT:
		draft_ports(d, &rule->ports, i);
		break;
	case COND_FROM:
		draft_addrs(d, &b->internal[cond], rs, &rule->from, i);
		break;
	case COND_USER:
		draft_users(d, rs, &rule->users, i);
		break;
	case COND_GROUP:
		draft_users(d, rs, &rule->groups, i);
		break;
	case COND_ON:
		draft_ons(d, rs, &rule->on, i);
		break;
	case COND_MAX:
		break;
	}
}

static void
draft_addrs(struct axis_draft *d, struct axis_row *internal,
    const struct rules *rs, const struct conf_addrs *list, unsigned int i)
{
	const struct conf_addr	*a;
	const struct prefix	*p;
	enum axis_word		 word;
	uint32_t		 first, last;
	size_t			 n;
	int			 plain = 0;

	TAILQ_FOREACH(a, list, entry) {
		plain |= a->negated == 0;
		word = a->negated ? AXIS_NO : AXIS_YES;
		if (a->kind == CONF_ADDR_INTERNAL)
			internal->w[word] |= BIT(i);
		if (a->kind == CONF_ADDR_ANY)
			draft_all(d, i, a->negated ? AXIS_NO : AXIS_ANY);
		for (n = member_prefixes(a, &p); n > 0; n--, p++) {
			if (p->len == 0 && a->negated == 0)
				word = AXIS_ANY;
			cuts_span(&rs->cuts, p, &first, &last);
			axis_draft_add(d, i, word, first, last);
		}
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

static void
draft_ports(struct axis_draft *d, const struct conf_ports *list,
    unsigned int i)
{
	const struct conf_port	*p;
	int			 plain = 0;

	TAILQ_FOREACH(p, list, entry) {
		plain |= p->negated == 0;
		axis_draft_add(d, i, p->negated ? AXIS_NO : AXIS_YES, p->low,
		    p->high);
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

static void
draft_ons(struct axis_draft *d, const struct rules *rs,
    const struct conf_ons *list, unsigned int i)
{
	const struct conf_on	*on;
	uint32_t		 at;
	int			 plain = 0;

	TAILQ_FOREACH(on, list, entry) {
		plain |= on->negated == 0;
		at = names_at(&rs->listeners, on->name);
		axis_draft_add(d, i, on->negated ? AXIS_NO : AXIS_YES, at, at);
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

/* No member says anything of who has not logged in, nor do all together. */
static void
draft_users(struct axis_draft *d, const struct rules *rs,
    const struct conf_users *list, unsigned int i)
{
	const struct conf_user	*u;
	enum axis_word		 word;
	uint32_t		 at;
	int			 plain = 0;

	TAILQ_FOREACH(u, list, entry) {
		plain |= u->negated == 0;
		word = u->negated ? AXIS_NO : AXIS_YES;
		switch (u->kind) {
		case CONF_USER_ANY:
			axis_draft_add(d, i, word, NAME_OTHER, UINT32_MAX);
			break;
		case CONF_USER_NAME:
			at = names_at(&rs->users, u->name);
			axis_draft_add(d, i, word, at, at);
			break;
		case CONF_USER_GROUP:
			at = names_at(&rs->groups, u->name);
			axis_draft_add(d, i, word, at, at);
			break;
		case CONF_USER_TABLE:
			draft_table(d, rs, conf_table_find(rs->conf, u->name),
			    word, i);
			break;
		}
	}
	if (TAILQ_EMPTY(list))
		draft_all(d, i, AXIS_ANY);
	else if (plain == 0)
		axis_draft_add(d, i, AXIS_ANY, NAME_OTHER, UINT32_MAX);
}

/* In as few members as can be. */
static void
draft_table(struct axis_draft *d, const struct rules *rs,
    const struct conf_table *t, enum axis_word word, unsigned int i)
{
	const struct conf_user	*u;
	uint32_t		 at, first = NAME_FIRST, end = NAME_FIRST;

	TAILQ_FOREACH(u, &t->users, entry) {
		at = names_at(&rs->users, u->name);
		if (at != end) {
			if (first != end)
				axis_draft_add(d, i, word, first, end - 1);
			first = at;
		}
		end = at + 1;
	}
	if (first != end)
		axis_draft_add(d, i, word, first, end - 1);
}

static void
draft_all(struct axis_draft *d, unsigned int i, enum axis_word word)
{
	axis_draft_add(d, i, word, 0, UINT32_MAX);
}

const struct conf_rule *
rules_judge(const struct rules *rs, const struct rule_query *q,
    uint64_t *matches)
{
	const struct conf_rule	*decides = NULL;
	const struct block	*b;
	struct place		 p;
	size_t			 i;
	uint64_t		 hit, quick;

	rules_place(rs, q, &p);
	for (i = 0; i < rs->n; i += AXIS_RULES) {
		b = &rs->block[i / AXIS_RULES];
		if ((hit = block_match(b, COND_TO, &p)) == 0 ||
		    (hit &= block_match(b, COND_PORT, &p)) == 0 ||
		    (hit &= block_match(b, COND_FROM, &p)) == 0 ||
		    (hit &= block_match(b, COND_USER, &p)) == 0 ||
		    (hit &= block_match(b, COND_GROUP, &p)) == 0 ||
		    (hit &= block_match(b, COND_ON, &p)) == 0)
			continue;
		/* Up to the lowest of the bits that are quick, if there are. */
		if ((quick = hit & b->quick) != 0)
			hit &= quick ^ (quick - 1);
		decides = rs->rule[i + bit_highest(hit)];
		if (matches != NULL)
			count_bits(matches + i, hit);
		if (quick != 0)
			break;
	}
	return decides;
}

int
rules_possible(const struct rules *rs, const struct rule_query *q)
{
	const struct block	*b;
	struct place		 p;
	size_t			 i;

	rules_place(rs, q, &p);
	for (i = 0; i < rs->nblocks; i++) {
		b = &rs->block[i];
		if ((b->pass & block_match(b, COND_PORT, &p) &
		    block_match(b, COND_FROM, &p) &
		    block_match(b, COND_USER, &p) &
		    block_match(b, COND_GROUP, &p) &
		    block_match(b, COND_ON, &p)) != 0)
			return 1;
	}
	return 0;
}

static void
rules_place(const struct rules *rs, const struct rule_query *q,
    struct place *p)
{
	unsigned int	i;
	uint32_t	at;

	memset(p, 0, sizeof(*p));
	p->at[COND_TO] = cuts_piece(&rs->cuts, &q->to);
	p->at[COND_PORT] = q->port;
	p->at[COND_FROM] = cuts_piece(&rs->cuts, &q->from);
	p->at[COND_USER] = names_at(&rs->users, q->user);
	p->at[COND_GROUP] = q->user == NULL ? NAME_NOBODY : NAME_OTHER;
	for (i = 0; q->user != NULL && i < q->ngroups; i++)
		if ((at = names_at(&rs->groups, q->groups[i])) != NAME_OTHER)
			p->group[p->ngroups++] = at;
	p->at[COND_ON] = names_at(&rs->listeners, q->on);
	p->internal[COND_TO] = q->internal != NULL;
	p->internal[COND_FROM] = q->from_internal != NULL;
}

/* The rules whose list of this condition matches. */
static uint64_t
block_match(const struct block *b, enum cond cond, const struct place *p)
{
	const struct axis_row	*row;
	uint64_t		 yes, any, no;
	unsigned int		 i;

	row = axis_row(&b->axis[cond], p->at[cond]);
	yes = row->w[AXIS_YES];
	any = row->w[AXIS_ANY];
	no = row->w[AXIS_NO];
	for (i = 0; cond == COND_GROUP && i < p->ngroups; i++) {
		row = axis_row(&b->axis[cond], p->group[i]);
		yes |= row->w[AXIS_YES];
		no |= row->w[AXIS_NO];
	}
	if (p->internal[cond]) {
		yes |= b->internal[cond].w[AXIS_YES];
		no |= b->internal[cond].w[AXIS_NO];
		if (cond == COND_TO)
			any &= ~b->pass;
	}
	return (yes | any) & ~no;
}

static unsigned int
bit_highest(uint64_t word)
{
	return 63 - (unsigned int)__builtin_clzll(word);
}

static void
count_bits(uint64_t *count, uint64_t word)
{
	for (; word != 0; word &= word - 1)
		count[__builtin_ctzll(word)]++;
}
