/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rules made ready to judge: what they speak of is collected and numbered, so
 * that axes can be made of it.
 *
 * Pure.
 */

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "router/block.h"
#include "router/rules.h"

static int          rules_collect(struct rules *);
static int          rules_tables(struct rules *);
static int          rules_speak(struct rules *, const struct conf_rule *);
static int          rules_cut(struct rules *, const struct conf_addrs *);
static int          rules_users(struct rules *, const struct conf_users *);
static int          rules_ons(struct rules *, const struct conf_ons *);
static int          rules_domains(struct rules *, const struct conf_domains *);
static unsigned int labels(const char *);
static int          rules_blocks(struct rules *);

struct rules *
rules_new(const struct conf *conf)
{
	struct rules *rs;
	int           error;

	if ((rs = calloc(1, sizeof(*rs))) == NULL)
		return NULL;
	rs->conf = conf;
	cuts_init(&rs->cuts);
	names_init(&rs->tables);
	names_init(&rs->users);
	names_init(&rs->groups);
	names_init(&rs->listeners);
	names_init(&rs->domains);
	if (rules_collect(rs) == -1 || rules_blocks(rs) == -1) {
		error = errno;
		rules_free(rs);
		errno = error;
		return NULL;
	}
	return rs;
}

void
rules_free(struct rules *rs)
{
	size_t i;

	if (rs == NULL)
		return;
	for (i = 0; rs->block != NULL && i < rs->nblocks; i++)
		block_clear(&rs->block[i]);
	free(rs->block);
	cuts_clear(&rs->cuts);
	names_clear(&rs->tables);
	names_clear(&rs->users);
	names_clear(&rs->groups);
	names_clear(&rs->listeners);
	names_clear(&rs->domains);
	free(rs->table);
	free(rs->rule);
	free(rs);
}

/* Rules in an array, all prefixes and all names. */
static int
rules_collect(struct rules *rs)
{
	const struct conf_rule *rule;

	TAILQ_FOREACH(rule, &rs->conf->rules, entry)
		rs->n++;
	if ((rs->rule = calloc(rs->n + 1, sizeof(*rs->rule))) == NULL ||
	    rules_tables(rs) == -1)
		return -1;
	rs->n = 0;
	TAILQ_FOREACH(rule, &rs->conf->rules, entry) {
		rs->rule[rs->n++] = rule;
		if (rules_speak(rs, rule) == -1)
			return -1;
	}
	cuts_done(&rs->cuts);
	return 0;
}

static int
rules_tables(struct rules *rs)
{
	const struct conf_table *t;
	size_t                   n = 0;

	TAILQ_FOREACH(t, &rs->conf->tables, entry)
		n++;
	if ((rs->table = calloc(n + 1, sizeof(*rs->table))) == NULL)
		return -1;
	TAILQ_FOREACH(t, &rs->conf->tables, entry) {
		if (names_add(&rs->tables, t->name) == -1)
			return -1;
		/* Two of one name would have one number. */
		if (rs->tables.n == rs->ntables) {
			errno = EINVAL;
			return -1;
		}
		rs->table[rs->ntables++] = t;
	}
	return 0;
}

static int
rules_speak(struct rules *rs, const struct conf_rule *rule)
{
	if (rules_cut(rs, &rule->from) == -1 ||
	    rules_cut(rs, &rule->to) == -1 ||
	    rules_users(rs, &rule->users) == -1 ||
	    rules_users(rs, &rule->groups) == -1 ||
	    rules_domains(rs, &rule->domains) == -1 ||
	    rules_ons(rs, &rule->on) == -1)
		return -1;
	return 0;
}

static int
rules_cut(struct rules *rs, const struct conf_addrs *list)
{
	const struct conf_addr *a;
	const struct prefix    *p;
	size_t                  n;

	TAILQ_FOREACH(a, list, entry)
		for (n = member_prefixes(a, &p); n > 0; n--, p++)
			if (cuts_add(&rs->cuts, p) == -1)
				return -1;
	return 0;
}

static int
rules_users(struct rules *rs, const struct conf_users *list)
{
	const struct conf_user *u;

	TAILQ_FOREACH(u, list, entry) {
		switch (u->kind) {
		case CONF_USER_ANY:
		case CONF_USER_TABLE:
			break;
		case CONF_USER_NAME:
			if (names_add(&rs->users, u->name) == -1)
				return -1;
			break;
		case CONF_USER_GROUP:
			if (names_add(&rs->groups, u->name) == -1)
				return -1;
			break;
		}
	}
	return 0;
}

static int
rules_ons(struct rules *rs, const struct conf_ons *list)
{
	const struct conf_on *on;

	TAILQ_FOREACH(on, list, entry)
		if (names_add(&rs->listeners, on->name) == -1)
			return -1;
	return 0;
}

static int
rules_domains(struct rules *rs, const struct conf_domains *list)
{
	const struct conf_domain *d;
	unsigned int              n;

	TAILQ_FOREACH(d, list, entry) {
		if (d->kind == CONF_DOMAIN_TABLE)
			continue;
		if (names_add(&rs->domains, d->name) == -1)
			return -1;
		n = labels(d->name);
		if (d->kind != CONF_DOMAIN_EXACT && n > rs->depth)
			rs->depth = n;
	}
	return 0;
}

static unsigned int
labels(const char *name)
{
	unsigned int n = 1;

	for (; *name != '\0'; name++)
		n += *name == '.';
	return n;
}

static int
rules_blocks(struct rules *rs)
{
	unsigned int cond;
	size_t       i;

	rs->nblocks = (rs->n + AXIS_RULES - 1) / AXIS_RULES;
	rs->block = calloc(rs->nblocks + 1, sizeof(*rs->block));
	if (rs->block == NULL)
		return -1;
	for (i = 0; i < rs->nblocks; i++) {
		if (block_init(&rs->block[i], rs, i * AXIS_RULES) == -1)
			return -1;
		for (cond = 0; cond < COND_MAX; cond++)
			rs->used[cond] |= rs->block[i].uses[cond] != 0;
	}
	return 0;
}

int
rules_use_country(const struct rules *rs)
{
	return rs->used[COND_COUNTRY];
}

int
rules_use_time(const struct rules *rs)
{
	return rs->used[COND_TIME] || rs->used[COND_DAYS];
}

int
rules_pass_command(const struct rules *rs, unsigned int set)
{
	size_t i;

	for (i = 0; i < rs->n; i++)
		if (rs->rule[i]->action == CONF_PASS &&
		    (rs->rule[i]->commands == 0 ||
			(rs->rule[i]->commands & set) != 0))
			return 1;
	return 0;
}
