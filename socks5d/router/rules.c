/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which rule decides: see rules.h.
 *
 * Pure.
 *
 * Rules are judged in blocks, 64 at once: a condition is an axis, which says
 * for the value that a request has there in which rules the list of that
 * condition holds it, as the bits of a word, and the rules that match are
 * those whose bits are left in the words of all axes.  Tables come last, and
 * are asked for those rules alone that nothing else has ruled out.
 */

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "router/block.h"
#include "router/rules.h"

#define TABLE_WORDS  ((CONF_TABLES_MAX + 63) / 64)
#define SUFFIXES_MAX (HOSTNAME_MAX / 2 + 1)

/* What is asked of tables: at "to", or at the one other thing they are of. */
enum side {
	SIDE_TO,
	SIDE_OTHER,
	SIDE_MAX,
};

/* Of how many addresses a verdict speaks. */
enum reach {
	REACH_ONE,  /* of this one */
	REACH_ALL,  /* rules that match whichever it will be */
	REACH_SOME, /* rules that match at least one, it may be */
};

#define COND_BIT(cond) (1U << (cond))

/* What depends on an address, which is not known before a name is resolved. */
#define UNKNOWN_ADDRESS (COND_BIT(COND_TO) | COND_BIT(COND_COUNTRY))

/* It is about a connection that is awaited, which never is elsewhere. */
#define AWAITED COND_BIT(COND_MAX)

/* Where a request lies on each axis, and what tables have said of it. */
struct place {
	const struct rule_query *q;
	enum reach               reach;
	unsigned int             unknown; /* COND_BIT(), AWAITED */
	uint32_t                 at[COND_MAX];
	int                      internal[COND_MAX];
	uint32_t                 group[LOGIN_GROUPS_MAX]; /* rules name */
	unsigned int             ngroups;
	uint32_t                 below[SUFFIXES_MAX]; /* domains */
	unsigned int             nbelow;
	uint64_t                 asked[SIDE_MAX][TABLE_WORDS];
	uint64_t                 has[SIDE_MAX][TABLE_WORDS];
};

static const struct conf_rule *rules_forms(const struct rules *,
    const struct rule_query *, enum reach, struct rule_query *);
static int                     form_rank(const struct conf_rule *, enum reach);
static void query_form(struct rule_query *, const struct rule_query *,
    unsigned int, unsigned int);
static const struct conf_rule *rules_possible_one(const struct rules *,
    const struct rule_query *, unsigned int);
static const struct conf_rule *rules_decide(const struct rules *,
    const struct rule_query *, enum reach, uint64_t *);
static unsigned int            unknown_of(const struct rule_query *);
static uint64_t block_may(const struct block *, struct place *, uint64_t *);
static void     rules_place(const struct rules *, const struct rule_query *,
	enum reach, struct place *);
static void     place_groups(const struct rules *, struct place *);
static void     place_domains(const struct rules *, struct place *);
static uint64_t block_hits(const struct block *, struct place *);
static int      place_beyond(const struct place *, unsigned int);
static void block_say(const struct block *, unsigned int, const struct place *,
    struct axis_row *);
static void say_more(struct axis_row *, const struct axis *, uint32_t);
static uint64_t block_ask(const struct block *, struct place *,
    struct axis_row *, uint64_t);
static uint64_t block_ask_cond(const struct block *, struct place *, enum cond,
    struct axis_row *, const struct block_table *, uint64_t);
static int      place_in_table(struct place *, enum cond, uint32_t);
static int      query_in_table(const struct rule_query *, enum cond, uint32_t);
static uint64_t until_quick(const struct block *, uint64_t);
static unsigned int bit_highest(uint64_t);
static unsigned int bit_lowest(uint64_t);
static void         count_bits(uint64_t *, uint64_t);

const struct conf_rule *
rules_judge(const struct rules *rs, const struct rule_query *q,
    uint64_t *matches)
{
	struct rule_query one;

	if (q->nfrom_forms == 0 && q->nto_forms == 0)
		return rules_decide(rs, q, REACH_ONE, matches);
	(void)rules_forms(rs, q, REACH_ONE, &one);
	return rules_decide(rs, &one, REACH_ONE, matches);
}

const struct conf_rule *
rules_judge_name(const struct rules *rs, const struct rule_query *q,
    uint64_t *matches)
{
	struct rule_query one;

	if (q->nfrom_forms == 0)
		return rules_decide(rs, q, REACH_ALL, matches);
	(void)rules_forms(rs, q, REACH_ALL, &one);
	return rules_decide(rs, &one, REACH_ALL, matches);
}

void
rules_narrow(const struct rules *rs, struct rule_query *q, int by_name)
{
	struct rule_query one;

	if (q->nfrom_forms == 0 && q->nto_forms == 0)
		return;
	(void)rules_forms(rs, q, by_name ? REACH_ALL : REACH_ONE, &one);
	*q = one;
}

/*
 * The worst verdict on any form of it decides, of several the one on the
 * addresses as they are; one is its query.
 */
static const struct conf_rule *
rules_forms(const struct rules *rs, const struct rule_query *q,
    enum reach reach, struct rule_query *one)
{
	const struct conf_rule *rule, *worst = NULL;
	struct rule_query       form;
	unsigned int            i, k, nto;
	int                     rank, least = INT_MAX;

	nto = reach == REACH_ONE ? q->nto_forms : 0;
	for (i = 0; i <= q->nfrom_forms; i++) {
		for (k = 0; k <= nto; k++) {
			query_form(&form, q, i, k);
			rule = rules_decide(rs, &form, reach, NULL);
			rank = form_rank(rule, reach);
			if (rank >= least)
				continue;
			least = rank;
			worst = rule;
			*one = form;
			if (least == 0)
				return worst;
		}
	}
	return worst;
}

/* How much is allowed by it: nothing, to go on, to have no look at more. */
static int
form_rank(const struct conf_rule *rule, enum reach reach)
{
	if (rule == NULL || rule->action != CONF_PASS)
		return 0;
	return reach == REACH_ALL && rule->route.remote ? 2 : 1;
}

/* The query about these forms alone; number 0 is the address as it is. */
static void
query_form(struct rule_query *dst, const struct rule_query *q,
    unsigned int from, unsigned int to)
{
	const struct rule_form *f;

	memcpy(dst, q, offsetof(struct rule_query, from_forms));
	dst->nfrom_forms = dst->nto_forms = 0;
	if (from > 0) {
		f = &q->from_forms[from - 1];
		dst->from = f->held.addr;
		dst->from_internal = f->internal;
	}
	if (to > 0) {
		f = &q->to_forms[to - 1];
		dst->to = f->held.addr;
		dst->internal = f->internal;
		dst->country = f->country;
	}
}

static const struct conf_rule *
rules_decide(const struct rules *rs, const struct rule_query *q,
    enum reach reach, uint64_t *matches)
{
	const struct conf_rule *decides = NULL;
	const struct block     *b;
	struct place            p;
	size_t                  i;
	uint64_t                hit;

	rules_place(rs, q, reach, &p);
	for (i = 0; i < rs->nblocks; i++) {
		b = &rs->block[i];
		if ((hit = until_quick(b, block_hits(b, &p))) == 0)
			continue;
		decides = rs->rule[i * AXIS_RULES + bit_highest(hit)];
		if (matches != NULL)
			count_bits(matches + i * AXIS_RULES, hit);
		if ((hit & b->quick) != 0)
			break;
	}
	return decides;
}

size_t
rules_matches(const struct rules *rs, const struct rule_query *q,
    enum rules_about about, const struct conf_rule **dst, size_t max)
{
	const struct block *b;
	struct place        p;
	size_t              i, n = 0;
	uint64_t            hit, pass;

	rules_place(rs, q, about == ABOUT_ADDRESS ? REACH_ONE : REACH_ALL, &p);
	if (about == ABOUT_AWAITED)
		p.unknown = unknown_of(q);
	for (i = 0; i < rs->n; i += AXIS_RULES) {
		b = &rs->block[i / AXIS_RULES];
		hit = about == ABOUT_AWAITED ? block_may(b, &p, &pass) :
					       block_hits(b, &p);
		hit = until_quick(b, hit);
		for (; hit != 0; hit &= hit - 1) {
			if (n < max)
				dst[n] = rs->rule[i + bit_lowest(hit)];
			n++;
			if ((BIT(bit_lowest(hit)) & b->quick) != 0)
				return n;
		}
	}
	return n;
}

int
rules_possible(const struct rules *rs, const struct rule_query *q)
{
	struct rule_query one;
	unsigned int      i, unknown = UNKNOWN_ADDRESS;

	if (q->anywhere)
		unknown |= COND_BIT(COND_PORT) | COND_BIT(COND_DOMAIN);
	if (q->nfrom_forms == 0)
		return rules_possible_one(rs, q, unknown) != NULL;
	for (i = 0; i <= q->nfrom_forms; i++) {
		query_form(&one, q, i, 0);
		if (rules_possible_one(rs, &one, unknown) == NULL)
			return 0;
	}
	return 1;
}

/* Of what is awaited. */
static unsigned int
unknown_of(const struct rule_query *q)
{
	return AWAITED | COND_BIT(COND_PORT) |
	    (q->to.af == AF_UNSPEC ? UNKNOWN_ADDRESS : 0);
}

/* All forms must pass; the rule is that of the addresses as they are. */
const struct conf_rule *
rules_awaited(const struct rules *rs, const struct rule_query *q)
{
	const struct conf_rule *rule, *decides = NULL;
	struct rule_query       one;
	unsigned int            i, k, nto;

	nto = q->to.af == AF_UNSPEC ? 0 : q->nto_forms;
	for (i = 0; i <= q->nfrom_forms; i++) {
		for (k = 0; k <= nto; k++) {
			query_form(&one, q, i, k);
			rule = rules_possible_one(rs, &one, unknown_of(q));
			if (rule == NULL)
				return NULL;
			if (decides == NULL)
				decides = rule;
		}
	}
	return decides;
}

static const struct conf_rule *
rules_possible_one(const struct rules *rs, const struct rule_query *q,
    unsigned int unknown)
{
	const struct conf_rule *possible = NULL;
	const struct block     *b;
	struct place            p;
	size_t                  i;
	uint64_t                pass, hit, last;

	rules_place(rs, q, REACH_SOME, &p);
	p.unknown = unknown;
	for (i = 0; i < rs->nblocks; i++) {
		b = &rs->block[i];
		hit = until_quick(b, block_may(b, &p, &pass));
		if (hit == 0)
			continue;
		last = BIT(bit_highest(hit));
		possible = (last & (pass | b->elsewhere)) != 0 ?
		    rs->rule[i * AXIS_RULES + bit_highest(hit)] :
		    NULL;
		if ((hit & b->quick) != 0)
			break;
	}
	return possible;
}

/*
 * The rules that may decide: those that let pass if what is not known is as
 * they want, and those that match whatever it is.  Such a one that does not let
 * pass overrules all before it but quick ones.
 */
static uint64_t
block_may(const struct block *b, struct place *p, uint64_t *pass)
{
	uint64_t here = b->pass, block;

	if ((p->unknown & AWAITED) != 0)
		here &= ~b->elsewhere;
	p->reach = REACH_SOME;
	*pass = block_hits(b, p) & here;
	p->reach = REACH_ALL;
	block = block_hits(b, p) & ~here;
	return *pass | block;
}

static void
rules_place(const struct rules *rs, const struct rule_query *q,
    enum reach reach, struct place *p)
{
	size_t words = (rs->ntables + 63) / 64;

	p->q = q;
	p->reach = reach;
	p->unknown = reach == REACH_ONE ? 0 : UNKNOWN_ADDRESS;
	memset(p->internal, 0, sizeof(p->internal));
	p->at[COND_TO] = cuts_piece(&rs->cuts, &q->to);
	p->at[COND_PORT] = q->port;
	p->at[COND_FROM] = cuts_piece(&rs->cuts, &q->from);
	p->at[COND_USER] = names_at(&rs->users, q->user);
	p->at[COND_COUNTRY] = q->country;
	p->at[COND_ON] = names_at(&rs->listeners, q->on);
	p->at[COND_COMMAND] = q->command;
	p->at[COND_TIME] = q->minute;
	p->at[COND_DAYS] = q->weekday;
	p->internal[COND_TO] = q->internal != NULL;
	p->internal[COND_FROM] = q->from_internal != NULL;
	place_groups(rs, p);
	place_domains(rs, p);
	memset(p->asked[SIDE_TO], 0, words * sizeof(uint64_t));
	memset(p->asked[SIDE_OTHER], 0, words * sizeof(uint64_t));
}

/* A user also lies at each of his groups. */
static void
place_groups(const struct rules *rs, struct place *p)
{
	const struct rule_query *q = p->q;
	unsigned int             i;
	uint32_t                 at;

	p->ngroups = 0;
	p->at[COND_GROUP] = q->user == NULL ? NAME_NOBODY : NAME_OTHER;
	if (q->user == NULL || rs->used[COND_GROUP] == 0)
		return;
	for (i = 0; i < q->ngroups; i++)
		if ((at = names_at(&rs->groups, q->groups[i])) != NAME_OTHER)
			p->group[p->ngroups++] = at;
}

/* A name also lies below all that it ends in, as deep as rules look. */
static void
place_domains(const struct rules *rs, struct place *p)
{
	const char  *name = p->q->name;
	size_t       i;
	uint32_t     at;
	unsigned int depth = 0;

	p->nbelow = 0;
	p->at[COND_DOMAIN] = DOMAIN_AT(NAME_NOBODY);
	if (name == NULL || rs->used[COND_DOMAIN] == 0)
		return;
	p->at[COND_DOMAIN] = DOMAIN_AT(names_at(&rs->domains, name));
	for (i = strlen(name); i > 1 && depth < rs->depth; i--) {
		if (name[i - 1] != '.')
			continue;
		depth++;
		at = names_at(&rs->domains, &name[i]);
		if (at != NAME_OTHER && p->nbelow < SUFFIXES_MAX)
			p->below[p->nbelow++] = at;
	}
}

/* The rules that match, whatever is quick. */
static uint64_t
block_hits(const struct block *b, struct place *p)
{
	struct axis_row say[COND_MAX];
	unsigned int    cond;
	uint64_t        hit = b->all, quick;

	if (p->reach == REACH_ALL && (p->unknown & COND_BIT(COND_TO)) != 0)
		hit = b->anywhere;
	if (p->reach == REACH_ALL && (p->unknown & COND_BIT(COND_PORT)) != 0)
		hit &= ~b->uses[COND_PORT];
	if (p->reach == REACH_ALL && (p->unknown & COND_BIT(COND_DOMAIN)) != 0)
		hit &= ~b->uses[COND_DOMAIN];
	for (cond = 0; cond < COND_MAX && hit != 0; cond++) {
		if ((b->uses[cond] & hit) == 0 || place_beyond(p, cond))
			continue;
		block_say(b, cond, p, &say[cond]);
		hit &= (say[cond].w[AXIS_YES] | say[cond].w[AXIS_ANY] |
			   b->tabled[cond]) &
		    ~say[cond].w[AXIS_NO];
	}
	if ((hit & b->unsure) == 0)
		return hit;
	/* No table is asked for what is below a rule that surely decides. */
	quick = hit & b->quick & ~b->unsure;
	if (quick != 0 && p->reach != REACH_SOME)
		hit &= quick ^ (quick - 1);
	return block_ask(b, p, say, hit);
}

/* The condition is about what is not known. */
static int
place_beyond(const struct place *p, unsigned int cond)
{
	return (p->unknown & COND_BIT(cond)) != 0;
}

/*
 * What the lists of this condition say, but for their tables.  Of a name that
 * none of them names, they say what they say of any other.
 */
static void
block_say(const struct block *b, unsigned int cond, const struct place *p,
    struct axis_row *say)
{
	unsigned int i;

	*say = *axis_row(&b->axis[cond], p->at[cond]);
	for (i = 0; cond == COND_GROUP && i < p->ngroups; i++)
		if (sieve_has(&b->groups, p->group[i]))
			say_more(say, &b->axis[cond], p->group[i]);
	for (i = 0; cond == COND_DOMAIN && i < p->nbelow; i++)
		if (sieve_has(&b->domains, p->below[i]))
			say_more(say, &b->axis[cond],
			    DOMAIN_BELOW(p->below[i]));
	if (p->internal[cond]) {
		say->w[AXIS_YES] |= b->internal[cond].w[AXIS_YES];
		say->w[AXIS_NO] |= b->internal[cond].w[AXIS_NO];
		if (cond == COND_TO)
			say->w[AXIS_ANY] &= ~b->pass;
	}
}

static void
say_more(struct axis_row *say, const struct axis *a, uint32_t at)
{
	const struct axis_row *row = axis_row(a, at);

	say->w[AXIS_YES] |= row->w[AXIS_YES];
	say->w[AXIS_NO] |= row->w[AXIS_NO];
}

/* What is left when tables, which stand by condition, have had their say. */
static uint64_t
block_ask(const struct block *b, struct place *p, struct axis_row *say,
    uint64_t hit)
{
	const struct block_table *t = b->tables, *end = t + b->ntables;
	enum cond                 cond;

	while (t < end && hit != 0) {
		cond = t->cond;
		if ((b->uses[cond] & hit) != 0 && !place_beyond(p, cond))
			hit = block_ask_cond(b, p, cond, &say[cond], t, hit);
		while (t < end && t->cond == cond)
			t++;
	}
	return hit;
}

/* The same for one condition, whose first table is this. */
static uint64_t
block_ask_cond(const struct block *b, struct place *p, enum cond cond,
    struct axis_row *say, const struct block_table *t, uint64_t hit)
{
	const struct block_table *end = b->tables + b->ntables;
	uint64_t                  open;

	for (; t < end && t->cond == cond; t++) {
		/* Would it make a difference for any rule? */
		open = t->no | (t->yes & ~say->w[AXIS_YES] & ~say->w[AXIS_ANY]);
		if ((open & hit) == 0 || !place_in_table(p, cond, t->table))
			continue;
		say->w[AXIS_YES] |= t->yes;
		hit &= ~t->no;
	}
	return hit & (say->w[AXIS_YES] | say->w[AXIS_ANY]);
}

static int
place_in_table(struct place *p, enum cond cond, uint32_t table)
{
	enum side side = cond == COND_TO ? SIDE_TO : SIDE_OTHER;
	uint64_t *has = &p->has[side][table / 64];
	uint64_t *asked = &p->asked[side][table / 64];
	uint64_t  bit = BIT(table % 64);

	if ((*asked & bit) == 0) {
		*asked |= bit;
		*has &= ~bit;
		if (query_in_table(p->q, cond, table))
			*has |= bit;
	}
	return (*has & bit) != 0;
}

static int
query_in_table(const struct rule_query *q, enum cond cond, uint32_t table)
{
	const struct table *t;

	if (table >= q->tables.n)
		return 0;
	t = &q->tables.at[table];
	if (cond == COND_TO)
		return table_has_addr(t, &q->to);
	if (cond == COND_FROM)
		return table_has_addr(t, &q->from);
	if (cond == COND_DOMAIN)
		return q->name != NULL && table_has_name(t, q->name);
	return q->user != NULL && table_has_user(t, q->user, strlen(q->user));
}

/* Of those that match, the rules that are asked: down to a quick one. */
static uint64_t
until_quick(const struct block *b, uint64_t hit)
{
	uint64_t quick = hit & b->quick;

	return quick == 0 ? hit : hit & (quick ^ (quick - 1));
}

static unsigned int
bit_highest(uint64_t word)
{
	return 63 - (unsigned int)__builtin_clzll(word);
}

static unsigned int
bit_lowest(uint64_t word)
{
	return (unsigned int)__builtin_ctzll(word);
}

static void
count_bits(uint64_t *count, uint64_t word)
{
	for (; word != 0; word &= word - 1)
		count[bit_lowest(word)]++;
}
