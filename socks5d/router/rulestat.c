/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Counters of rules, which go on over a reload for rules that stay the same.
 *
 * A statistic belongs to the table of the rules in force and to every session
 * that was opened under it; the last one frees it.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/msg_codec.h"
#include "base/quota.h"
#include "conf/conf.h"
#include "router/rulestat.h"
#include "router/state.h"

/* How many rules a rule may have moved down and still be recognised. */
#define LOOK_AHEAD 1024

static struct rule_stat *rule_stat_new(void);
static void     rule_stat_name(struct rule_stat *, const struct conf_rule *);
static uint64_t known_by(const struct conf_rule *);
static uint64_t hash_of(const char *);
static void     quota_name(const struct conf_rule *, char[QUOTA_RULE_SIZE]);

int
rule_stats_prepare(struct router *r, const struct conf *next)
{
	const struct conf_rule *rule, *at, *look;
	struct rule_stat       *st;
	uint8_t                 digest[CONF_DIGEST_LEN];
	uint32_t                n = 0;
	int                     ahead;

	TAILQ_FOREACH(rule, &next->rules, entry)
		n++;
	r->next_stats = calloc(n + 1, sizeof(*r->next_stats));
	r->next_matches = calloc(n + 1, sizeof(*r->next_matches));
	if (r->next_stats == NULL || r->next_matches == NULL)
		return -1;
	at = r->role.conf == NULL ? NULL : TAILQ_FIRST(&r->role.conf->rules);
	TAILQ_FOREACH(rule, &next->rules, entry) {
		look = at;
		conf_rule_digest(rule, digest);
		for (ahead = 0; look != NULL && ahead < LOOK_AHEAD; ahead++) {
			if (memcmp(r->stats[look->number]->digest, digest,
				sizeof(digest)) == 0)
				break;
			look = TAILQ_NEXT(look, entry);
		}
		if (look != NULL && ahead < LOOK_AHEAD) {
			st = rule_stat_hold(r, look->number);
			at = TAILQ_NEXT(look, entry);
		} else if ((st = rule_stat_new()) == NULL)
			return -1;
		memcpy(st->digest, digest, sizeof(digest));
		r->next_stats[r->next_nstats++] = st;
	}
	return 0;
}

void
rule_stats_abort(struct router *r)
{
	while (r->next_nstats > 0)
		rule_stat_release(r->next_stats[--r->next_nstats]);
	free(r->next_stats);
	free(r->next_matches);
	r->next_stats = NULL;
	r->next_matches = NULL;
}

void
rule_stats_commit(struct router *r)
{
	const struct conf_rule *rule;
	struct rule_stat       *st;
	uint32_t                i;

	TAILQ_FOREACH(rule, &r->role.conf->rules, entry) {
		st = r->next_stats[rule->number];
		if (st->number != RULE_NONE)
			r->next_matches[rule->number] = r->matches[st->number];
		rule_stat_name(st, rule);
	}
	for (i = 0; i < r->nstats; i++)
		r->stats[i]->number = RULE_NONE;
	for (i = 0; i < r->next_nstats; i++)
		r->next_stats[i]->number = i;
	for (i = 0; i < r->nstats; i++)
		rule_stat_release(r->stats[i]);
	free(r->stats);
	free(r->matches);
	r->stats = r->next_stats;
	r->matches = r->next_matches;
	r->nstats = r->next_nstats;
	r->next_stats = NULL;
	r->next_matches = NULL;
	r->next_nstats = 0;
}

static struct rule_stat *
rule_stat_new(void)
{
	struct rule_stat *st;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return NULL;
	st->refs = 1;
	st->number = RULE_NONE;
	return st;
}

/* It may have moved to another line. */
static void
rule_stat_name(struct rule_stat *st, const struct conf_rule *rule)
{
	rule_where(rule, st->where, sizeof(st->where));
	(void)strlcpy(st->label, rule->label, sizeof(st->label));
	st->log = rule->log;
	st->drop = rule->drop;
	st->route = rule->route;
	st->limits = rule->limits;
	if (st->limits.quota != 0)
		quota_name(rule, st->quota);
	st->known = known_by(rule);
}

/* Label or conditions, as quotas are, so that it outlives this process. */
static uint64_t
known_by(const struct conf_rule *rule)
{
	const struct conf_limits *l = &rule->limits;
	uint64_t                  h;
	char                      name[QUOTA_RULE_SIZE];

	if (l->rate == 0 && l->sessions == 0 && l->quota == 0)
		return 0;
	quota_name(rule, name);
	h = hash_of(name);
	return h == 0 ? 1 : h;
}

/*
 * FNV-1a.  Texts can be made that have the same, by who writes rules; but he
 * may as well give two of them one label, which is meant to share.
 */
static uint64_t
hash_of(const char *text)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3ULL;
	return h;
}

/*
 * The label, as that stays when the rule is written otherwise, or what a rule
 * without one says that it matches.
 */
static void
quota_name(const struct conf_rule *rule, char dst[QUOTA_RULE_SIZE])
{
	struct conf_rule bare = *rule;
	uint64_t         h;
	size_t           len;
	char            *text;

	if (rule->label[0] != '\0') {
		(void)strlcpy(dst, rule->label, QUOTA_RULE_SIZE);
		return;
	}
	bare.quick = 0;
	bare.log = 0;
	memset(&bare.route, 0, sizeof(bare.route));
	memset(&bare.limits, 0, sizeof(bare.limits));
	len = conf_rule_text(&bare, NULL, 0) + 1;
	if ((text = malloc(len)) == NULL)
		fatal("router: memory");
	(void)conf_rule_text(&bare, text, len);
	h = hash_of(text);
	free(text);
	(void)snprintf(dst, QUOTA_RULE_SIZE, "=%016llx", (unsigned long long)h);
}

/* Of a path that is too long the end says more than the start. */
void
rule_where(const struct conf_rule *rule, char *dst, size_t size)
{
	int n;

	n = snprintf(dst, size, "%s:%u", rule->file, rule->line);
	if (n >= (int)size)
		(void)snprintf(dst, size, "...%s:%u",
		    rule->file + strlen(rule->file) - 200, rule->line);
}

struct rule_stat *
rule_stat_hold(struct router *r, uint32_t number)
{
	if (number >= r->nstats)
		return NULL;
	r->stats[number]->refs++;
	return r->stats[number];
}

/* Most rules are where they were, so it is looked for from there. */
struct rule_stat *
rule_stat_known(struct router *r, uint64_t known, uint32_t number)
{
	uint32_t i, at;

	for (i = 0; i < r->nstats; i++) {
		at = (uint32_t)(((uint64_t)number + i) % r->nstats);
		if (r->stats[at]->known == known)
			return rule_stat_hold(r, at);
	}
	return NULL;
}

void
rule_stat_release(struct rule_stat *st)
{
	if (st != NULL && --st->refs == 0)
		free(st);
}
