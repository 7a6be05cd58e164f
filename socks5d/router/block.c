/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A block of rules out of a config: see block.h.
 *
 * Pure.
 */

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compat/nitems.h"
#include "router/block.h"

static int  block_conds(struct block *, struct axis_draft *,
     const struct rules *, size_t);
static void block_words(struct block *, const struct rules *, size_t);
static int  block_draft(struct block *, enum cond, struct axis_draft *,
     const struct rules *, const struct conf_rule *, unsigned int);
static int  draft_addrs(struct block *, enum cond, struct axis_draft *,
     const struct rules *, const struct conf_addrs *, unsigned int);
static int  draft_users(struct block *, enum cond, struct axis_draft *,
     const struct rules *, const struct conf_users *, unsigned int);
static int  draft_domains(struct block *, struct axis_draft *,
     const struct rules *, const struct conf_domains *, unsigned int);
static int  draft_table(struct block *, enum cond, const struct rules *,
     enum conf_table_kind, const char *, enum axis_word, unsigned int);
static void draft_ports(struct axis_draft *, const struct conf_ports *,
    unsigned int);
static void draft_countries(struct axis_draft *, const struct conf_countries *,
    unsigned int);
static void draft_ons(struct axis_draft *, const struct rules *,
    const struct conf_ons *, unsigned int);
static void draft_commands(struct axis_draft *, unsigned int, unsigned int);
static void draft_times(struct axis_draft *, const struct conf_times *,
    unsigned int);
static void draft_days(struct axis_draft *, const struct conf_days *,
    unsigned int);
static void draft_ring(struct axis_draft *, unsigned int, enum axis_word,
    uint32_t, uint32_t);
static void draft_all(struct axis_draft *, unsigned int, enum axis_word);
static int  rule_uses(const struct conf_rule *, enum cond);
static int  rule_anywhere(const struct conf_rule *);
static int  rule_elsewhere(const struct conf_rule *);

static const struct prefix loopback[] = {
	{ { AF_INET, { 127 } }, 8 },
	{ { AF_INET6, { [15] = 1 } }, 128 },
};

int
block_init(struct block *b, const struct rules *rs, size_t first)
{
	struct axis_draft d;
	int               ret;

	memset(b, 0, sizeof(*b));
	axis_draft_init(&d);
	ret = block_conds(b, &d, rs, first);
	axis_draft_clear(&d);
	block_words(b, rs, first);
	return ret;
}

void
block_clear(struct block *b)
{
	unsigned int cond;

	for (cond = 0; cond < COND_MAX; cond++)
		axis_clear(&b->axis[cond]);
	free(b->tables);
	memset(b, 0, sizeof(*b));
}

static int
block_conds(struct block *b, struct axis_draft *d, const struct rules *rs,
    size_t first)
{
	unsigned int cond, i;

	for (cond = 0; cond < COND_MAX; cond++) {
		for (i = 0; i < AXIS_RULES && first + i < rs->n; i++)
			if (block_draft(b, cond, d, rs, rs->rule[first + i],
				i) == -1)
				return -1;
		if (axis_init(&b->axis[cond], d) == -1)
			return -1;
	}
	return 0;
}

/* What is known of each rule without asking anything. */
static void
block_words(struct block *b, const struct rules *rs, size_t first)
{
	const struct conf_rule *rule;
	unsigned int            cond, i;

	for (i = 0; i < AXIS_RULES && first + i < rs->n; i++) {
		rule = rs->rule[first + i];
		b->all |= BIT(i);
		if (rule->action == CONF_PASS)
			b->pass |= BIT(i);
		if (rule_elsewhere(rule))
			b->elsewhere |= BIT(i);
		if (rule->quick)
			b->quick |= BIT(i);
		if (rule_anywhere(rule))
			b->anywhere |= BIT(i);
		for (cond = 0; cond < COND_MAX; cond++)
			if (rule_uses(rule, cond))
				b->uses[cond] |= BIT(i);
	}
	for (i = 0; i < b->ntables; i++) {
		b->unsure |= b->tables[i].yes | b->tables[i].no;
		b->tabled[b->tables[i].cond] |= b->tables[i].yes;
	}
}

static int
block_draft(struct block *b, enum cond cond, struct axis_draft *d,
    const struct rules *rs, const struct conf_rule *rule, unsigned int i)
{
	switch (cond) {
	case COND_TO:
		return draft_addrs(b, cond, d, rs, &rule->to, i);
	case COND_FROM:
		return draft_addrs(b, cond, d, rs, &rule->from, i);
	case COND_USER:
		return draft_users(b, cond, d, rs, &rule->users, i);
	case COND_GROUP:
		return draft_users(b, cond, d, rs, &rule->groups, i);
	case COND_DOMAIN:
		return draft_domains(b, d, rs, &rule->domains, i);
	case COND_PORT:
		draft_ports(d, &rule->ports, i);
		break;
	case COND_COUNTRY:
		draft_countries(d, &rule->countries, i);
		break;
	case COND_ON:
		draft_ons(d, rs, &rule->on, i);
		break;
	case COND_COMMAND:
		draft_commands(d, rule->commands, i);
		break;
	case COND_TIME:
		draft_times(d, &rule->times, i);
		break;
	case COND_DAYS:
		draft_days(d, &rule->days, i);
		break;
	case COND_MAX:
		break;
	}
	return 0;
}

static int
draft_addrs(struct block *b, enum cond cond, struct axis_draft *d,
    const struct rules *rs, const struct conf_addrs *list, unsigned int i)
{
	const struct conf_addr *a;
	const struct prefix    *p;
	enum axis_word          word;
	uint32_t                first, last;
	size_t                  n;
	int                     plain = 0;

	TAILQ_FOREACH(a, list, entry) {
		plain |= a->negated == 0;
		word = a->negated ? AXIS_NO : AXIS_YES;
		if (a->kind == CONF_ADDR_INTERNAL)
			b->internal[cond].w[word] |= BIT(i);
		if (a->kind == CONF_ADDR_ANY)
			draft_all(d, i, a->negated ? AXIS_NO : AXIS_ANY);
		if (a->kind == CONF_ADDR_TABLE &&
		    draft_table(b, cond, rs, CONF_TABLE_ADDRESS, a->table, word,
			i) == -1)
			return -1;
		for (n = member_prefixes(a, &p); n > 0; n--, p++) {
			if (p->len == 0 && a->negated == 0)
				word = AXIS_ANY;
			cuts_span(&rs->cuts, p, &first, &last);
			axis_draft_add(d, i, word, first, last);
		}
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
	return 0;
}

/* No member says anything of who has not logged in, nor do all together. */
static int
draft_users(struct block *b, enum cond cond, struct axis_draft *d,
    const struct rules *rs, const struct conf_users *list, unsigned int i)
{
	const struct conf_user *u;
	enum axis_word          word;
	uint32_t                at;
	int                     plain = 0;

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
			sieve_add(&b->groups, at);
			axis_draft_add(d, i, word, at, at);
			break;
		case CONF_USER_TABLE:
			if (draft_table(b, cond, rs, CONF_TABLE_USER, u->name,
				word, i) == -1)
				return -1;
			break;
		}
	}
	if (TAILQ_EMPTY(list))
		draft_all(d, i, AXIS_ANY);
	else if (plain == 0)
		axis_draft_add(d, i, AXIS_ANY, NAME_OTHER, UINT32_MAX);
	return 0;
}

/* As with users: a request that was made by address has no name. */
static int
draft_domains(struct block *b, struct axis_draft *d, const struct rules *rs,
    const struct conf_domains *list, unsigned int i)
{
	const struct conf_domain *m;
	enum axis_word            word;
	uint32_t                  at;
	int                       plain = 0;

	TAILQ_FOREACH(m, list, entry) {
		plain |= m->negated == 0;
		word = m->negated ? AXIS_NO : AXIS_YES;
		at = names_at(&rs->domains, m->name);
		sieve_add(&b->domains, at);
		switch (m->kind) {
		case CONF_DOMAIN_EXACT:
			axis_draft_add(d, i, word, DOMAIN_AT(at),
			    DOMAIN_AT(at));
			break;
		case CONF_DOMAIN_SUB:
			axis_draft_add(d, i, word, DOMAIN_BELOW(at),
			    DOMAIN_BELOW(at));
			break;
		case CONF_DOMAIN_BOTH:
			axis_draft_add(d, i, word, DOMAIN_AT(at),
			    DOMAIN_BELOW(at));
			break;
		case CONF_DOMAIN_TABLE:
			if (draft_table(b, COND_DOMAIN, rs, CONF_TABLE_DOMAIN,
				m->name, word, i) == -1)
				return -1;
			break;
		}
	}
	if (TAILQ_EMPTY(list))
		draft_all(d, i, AXIS_ANY);
	else if (plain == 0)
		axis_draft_add(d, i, AXIS_ANY, DOMAIN_AT(NAME_OTHER),
		    UINT32_MAX);
	return 0;
}

/* What is in a table changes while rules do not: it is asked each time. */
static int
draft_table(struct block *b, enum cond cond, const struct rules *rs,
    enum conf_table_kind kind, const char *name, enum axis_word word,
    unsigned int i)
{
	struct block_table *t;
	uint32_t            table;
	size_t              at = 0;

	if (rules_table(rs, kind, name, &table) == -1)
		return -1;
	while (at < b->ntables &&
	    (b->tables[at].cond != cond || b->tables[at].table != table))
		at++;
	if (at == b->ntables) {
		t = reallocarray(b->tables, at + 1, sizeof(*t));
		if (t == NULL)
			return -1;
		b->tables = t;
		b->ntables++;
		memset(&t[at], 0, sizeof(t[at]));
		t[at].cond = cond;
		t[at].table = table;
	}
	t = &b->tables[at];
	if (word == AXIS_NO)
		t->no |= BIT(i);
	else
		t->yes |= BIT(i);
	return 0;
}

static void
draft_ports(struct axis_draft *d, const struct conf_ports *list, unsigned int i)
{
	const struct conf_port *p;
	int                     plain = 0;

	TAILQ_FOREACH(p, list, entry) {
		plain |= p->negated == 0;
		axis_draft_add(d, i, p->negated ? AXIS_NO : AXIS_YES, p->low,
		    p->high);
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

static void
draft_countries(struct axis_draft *d, const struct conf_countries *list,
    unsigned int i)
{
	const struct conf_country *c;
	uint32_t                   at;
	int                        plain = 0;

	TAILQ_FOREACH(c, list, entry) {
		plain |= c->negated == 0;
		at = c->code[0] == '\0' ? TABLE_COUNTRY_UNKNOWN :
					  TABLE_COUNTRY(c->code[0], c->code[1]);
		axis_draft_add(d, i, c->negated ? AXIS_NO : AXIS_YES, at, at);
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

static void
draft_ons(struct axis_draft *d, const struct rules *rs,
    const struct conf_ons *list, unsigned int i)
{
	const struct conf_on *on;
	uint32_t              at;
	int                   plain = 0;

	TAILQ_FOREACH(on, list, entry) {
		plain |= on->negated == 0;
		at = names_at(&rs->listeners, on->name);
		axis_draft_add(d, i, on->negated ? AXIS_NO : AXIS_YES, at, at);
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

static void
draft_commands(struct axis_draft *d, unsigned int commands, unsigned int i)
{
	static const struct {
		unsigned int         in;
		enum session_command is;
	} all[] = {
		{ CONF_COMMAND_CONNECT, SESSION_CONNECT },
		{ CONF_COMMAND_BIND, SESSION_BIND },
		{ CONF_COMMAND_UDP, SESSION_UDP },
	};
	size_t n;

	if (commands == 0)
		draft_all(d, i, AXIS_ANY);
	for (n = 0; n < nitems(all); n++)
		if ((commands & all[n].in) != 0)
			axis_draft_add(d, i, AXIS_YES, all[n].is, all[n].is);
}

static void
draft_times(struct axis_draft *d, const struct conf_times *list, unsigned int i)
{
	const struct conf_time *t;
	int                     plain = 0;

	TAILQ_FOREACH(t, list, entry) {
		plain |= t->negated == 0;
		draft_ring(d, i, t->negated ? AXIS_NO : AXIS_YES, t->from,
		    t->to - 1U);
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

static void
draft_days(struct axis_draft *d, const struct conf_days *list, unsigned int i)
{
	const struct conf_day *day;
	int                    plain = 0;

	TAILQ_FOREACH(day, list, entry) {
		plain |= day->negated == 0;
		draft_ring(d, i, day->negated ? AXIS_NO : AXIS_YES, day->first,
		    day->last);
	}
	if (plain == 0)
		draft_all(d, i, AXIS_ANY);
}

/* Both included; if the last is below the first, over the end and on. */
static void
draft_ring(struct axis_draft *d, unsigned int i, enum axis_word word,
    uint32_t first, uint32_t last)
{
	if (first <= last) {
		axis_draft_add(d, i, word, first, last);
		return;
	}
	axis_draft_add(d, i, word, first, UINT32_MAX);
	axis_draft_add(d, i, word, 0, last);
}

static void
draft_all(struct axis_draft *d, unsigned int i, enum axis_word word)
{
	axis_draft_add(d, i, word, 0, UINT32_MAX);
}

static int
rule_uses(const struct conf_rule *rule, enum cond cond)
{
	switch (cond) {
	case COND_TO:
		/* A pass rule without a "to" has one that is not written. */
		return !TAILQ_EMPTY(&rule->to) || rule->action == CONF_PASS;
	case COND_FROM:
		return !TAILQ_EMPTY(&rule->from);
	case COND_USER:
		return !TAILQ_EMPTY(&rule->users);
	case COND_GROUP:
		return !TAILQ_EMPTY(&rule->groups);
	case COND_DOMAIN:
		return !TAILQ_EMPTY(&rule->domains);
	case COND_PORT:
		return !TAILQ_EMPTY(&rule->ports);
	case COND_COUNTRY:
		return !TAILQ_EMPTY(&rule->countries);
	case COND_ON:
		return !TAILQ_EMPTY(&rule->on);
	case COND_COMMAND:
		return rule->commands != 0;
	case COND_TIME:
		return !TAILQ_EMPTY(&rule->times);
	case COND_DAYS:
		return !TAILQ_EMPTY(&rule->days);
	case COND_MAX:
		break;
	}
	return 0;
}

/* Whether it passes to a place other than the one that is asked for. */
static int
rule_elsewhere(const struct conf_rule *rule)
{
	return rule->action == CONF_PASS &&
	    (rule->route.via[0] != '\0' || rule->route.rdr.af != AF_UNSPEC ||
		rule->route.rdr_port != 0);
}

/* Whether no address that it might turn out to be makes a difference. */
static int
rule_anywhere(const struct conf_rule *rule)
{
	const struct conf_addr *a;

	TAILQ_FOREACH(a, &rule->to, entry)
		if (a->kind != CONF_ADDR_ANY || a->negated)
			return 0;
	return TAILQ_EMPTY(&rule->countries);
}

int
rules_table(const struct rules *rs, enum conf_table_kind kind, const char *name,
    uint32_t *table)
{
	uint32_t at;

	at = names_at(&rs->tables, name);
	if (at < NAME_FIRST || rs->table[at - NAME_FIRST]->kind != kind) {
		errno = EINVAL;
		return -1;
	}
	*table = at - NAME_FIRST;
	return 0;
}

size_t
member_prefixes(const struct conf_addr *a, const struct prefix **p)
{
	switch (a->kind) {
	case CONF_ADDR_ANY:
	case CONF_ADDR_INTERNAL:
	case CONF_ADDR_TABLE:
		break;
	case CONF_ADDR_LOCALHOST:
		*p = loopback;
		return nitems(loopback);
	case CONF_ADDR_PREFIX:
		*p = &a->prefix;
		return 1;
	}
	return 0;
}
