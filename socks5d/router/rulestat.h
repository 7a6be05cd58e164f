/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Counters of rules, which go on over a reload for rules that stay the same.
 */

#ifndef ROUTER_RULESTAT_H
#define ROUTER_RULESTAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/quota.h"
#include "conf/conf.h"

struct router;

/* Counters of one rule; lives on while a session opened under it does. */
struct rule_stat {
	unsigned int       refs;
	uint32_t           number; /* RULE_NONE if not in force */
	uint8_t            digest[CONF_DIGEST_LEN]; /* of the rule */
	char               where[256];              /* file:line */
	char               label[CONF_LABEL_SIZE];
	int                log;   /* the rule says "log" */
	int                drop;  /* it blocks without an answer */
	struct conf_route  route; /* as the rule has them */
	struct conf_limits limits;
	char               quota[QUOTA_RULE_SIZE]; /* what it is kept by */
	uint64_t           known; /* if it has limits: by what, or 0 */
	uint64_t           decisions;
	uint64_t           sessions;
	uint64_t           up;
	uint64_t           down;
};

/*
 * Statistics for the rules of a config to come, where those of unchanged rules
 * go on; -1 if memory is short.  They come into force with it, or not.
 */
int  rule_stats_prepare(struct router *, const struct conf *);
void rule_stats_abort(struct router *);
void rule_stats_commit(struct router *);
/* "file:line" of a rule; of a path that is too long the end. */
void              rule_where(const struct conf_rule *, char *, size_t);
struct rule_stat *rule_stat_hold(struct router *, uint32_t number);
/*
 * The rule by which a former router limited a session, when it had that
 * number; NULL if there is none such any more.
 */
struct rule_stat *rule_stat_known(struct router *, uint64_t known,
    uint32_t number);
void              rule_stat_release(struct rule_stat *);

#endif /* ROUTER_RULESTAT_H */
