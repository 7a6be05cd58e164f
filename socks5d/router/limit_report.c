/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The list of limits: what each meter counts at present.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/page.h"
#include "base/role.h"
#include "conf/conf.h"
#include "router/bucket.h"
#include "router/grant.h"
#include "router/meter.h"
#include "router/quota.h"
#include "router/rulestat.h"
#include "router/state.h"

/* A rate that was not used for so long is 0. */
#define RATE_OLD_MS 2000

static int  row_of(struct router *, struct meter *, struct limit_row *);
static void row_places(const struct router *, struct meter *,
    struct limit_row *);
static void row_key(const struct meter *, int, struct limit_row *);
static int  is_by_source(const struct meter *);

void
limit_report(void *arg, struct page *p)
{
	struct router *r = arg;
	union list_row row;
	struct meter  *meter;
	uint64_t       n = 0;

	RB_FOREACH(meter, meter_tree, &r->meters.tree) {
		if (!row_of(r, meter, &row.limit) || n++ < p->at)
			continue;
		if (!page_row(p, &row))
			break;
		p->at = n;
	}
}

/* 0 for one that is as if it had never been used. */
static int
row_of(struct router *r, struct meter *m, struct limit_row *row)
{
	const struct rule_stat *rule = m->rule;
	const char             *name;
	uint64_t                now = clock_ms();

	memset(row, 0, sizeof(*row));
	row->kind = m->kind;
	row->refused = m->refused;
	if (rule != NULL) {
		(void)strlcpy(row->where, rule->where, sizeof(row->where));
		(void)strlcpy(row->label, rule->label, sizeof(row->label));
	}
	switch (m->kind) {
	case LIMIT_RATE:
		row->sessions = m->sessions;
		row->waiting = m->waiting;
		row->used = now - m->since > RATE_OLD_MS ? 0 : m->used;
		row->most = rule->limits.rate;
		break;
	case LIMIT_QUOTA:
		quota_key(m, &name, row->key, sizeof(row->key));
		(void)strlcpy(row->label, name, sizeof(row->label));
		(void)strlcpy(row->where, grant_where(m), sizeof(row->where));
		row->sessions = m->sessions;
		row->used = quota_used(r, m);
		row->most = m->most;
		return m->sessions != 0 || row->used != 0;
	case LIMIT_NEW:
	case LIMIT_SOURCE_NEW:
		if (m->bucket.ms == 0 || bucket_full(&m->bucket, now))
			return 0;
		row->most = m->bucket.size;
		row->used = row->most - bucket_level(&m->bucket, now);
		break;
	case LIMIT_SOURCE_SESSIONS:
	case LIMIT_USER_SESSIONS:
	case LIMIT_ASSOCIATIONS:
	case LIMIT_SOURCE_ASSOCIATIONS:
	case LIMIT_USER_ASSOCIATIONS:
	case LIMIT_SESSIONS:
		row_places(r, m, row);
		break;
	case LIMIT_KIND_MAX:
		break;
	}
	row_key(m, is_by_source(m), row);
	return m->refs != 0 || row->used != 0;
}

static void
row_places(const struct router *r, struct meter *m, struct limit_row *row)
{
	const struct conf_settings *set = &r->role.conf->set;
	const struct rule_stat     *rule = m->rule;

	row->sessions = m->refs;
	row->used = m->refs;
	if (m->kind == LIMIT_SESSIONS)
		row->most = rule->limits.sessions;
	else if (m->kind == LIMIT_USER_SESSIONS)
		row->most = set->user_sessions;
	else if (m->kind == LIMIT_ASSOCIATIONS)
		row->most = set->associations;
	else if (m->kind == LIMIT_SOURCE_ASSOCIATIONS)
		row->most = set->source_associations;
	else if (m->kind == LIMIT_USER_ASSOCIATIONS)
		row->most = set->user_associations;
	else
		row->most = r->source_sessions;
}

static void
row_key(const struct meter *m, int source, struct limit_row *row)
{
	struct prefix p;

	if (!source) {
		memcpy(row->key, m->key, m->len);
		return;
	}
	memset(&p, 0, sizeof(p));
	p.addr.af = m->len == 4 ? AF_INET : AF_INET6;
	p.len = m->len == 4 ? 32 : 64;
	memcpy(p.addr.b, m->key, m->len);
	(void)prefix_print(&p, row->key, sizeof(row->key));
}

static int
is_by_source(const struct meter *m)
{
	const struct rule_stat *rule = m->rule;

	switch (m->kind) {
	case LIMIT_SOURCE_SESSIONS:
	case LIMIT_SOURCE_NEW:
	case LIMIT_SOURCE_ASSOCIATIONS:
		return 1;
	case LIMIT_SESSIONS:
		return rule->limits.sessions_per == CONF_PER_SOURCE;
	case LIMIT_NEW:
		return rule->limits.new_per == CONF_PER_SOURCE;
	case LIMIT_RATE:
		return rule->limits.rate_per == CONF_PER_SOURCE;
	case LIMIT_USER_SESSIONS:
	case LIMIT_ASSOCIATIONS:
	case LIMIT_USER_ASSOCIATIONS:
	case LIMIT_QUOTA:
	case LIMIT_KIND_MAX:
		break;
	}
	return 0;
}
