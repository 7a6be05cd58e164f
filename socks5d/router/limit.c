/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Places: how many sessions there may be, and how many new ones in a time,
 * under a rule, of a user, of a source.
 *
 * A session takes its places when the first connection is tried under a rule,
 * all of them or none, and gives them back when it ends.  What is not limited
 * costs nothing here.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/quota.h"
#include "base/role.h"
#include "conf/conf.h"
#include "router/bucket.h"
#include "router/identity.h"
#include "router/limit.h"
#include "router/meter.h"
#include "router/quota.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"

/* Six of the settings, two of the rule, and its quota. */
#define LIMITS_MAX 9

/* A place that a session has; a meter of NULL says that it asked before. */
struct limit_hold {
	struct limit_hold *next;
	struct rule_stat  *rule; /* NULL: of the settings */
	struct meter      *meter;
};

/* A limit that is to be kept. */
struct limit {
	enum limit_kind   kind;
	enum conf_scope   per;
	struct rule_stat *rule; /* NULL: of the settings */
	uint32_t          count;
	uint32_t          ms; /* of those in a time */
	uint32_t          burst;
};

static unsigned int        limits_of_settings(const struct router *,
	   const struct limit_who *, struct limit *);
static unsigned int        limits_of_udp(const struct router *,
	   const struct limit_who *, struct limit *);
static unsigned int        limits_of_rule(struct rule_stat *, struct limit *);
static unsigned int        limits_of_quota(struct rule_stat *, struct limit *);
static const struct limit *limit_reached(struct router *,
    const struct limit_who *, const struct limit *, unsigned int);
static int  limit_is_reached(struct meter *, const struct limit *, uint64_t);
static int  limit_take(struct router *, struct session *,
     const struct limit_who *, const struct limit *, unsigned int, char **);
static int  limit_hold(struct session *, struct rule_stat *, struct meter *);
static void limit_refuse(struct router *, const struct limit_who *,
    const struct limit *, char **);
static enum counter limit_why(struct router *, const struct limit_who *,
    const struct limit *, char *, size_t);
static void         limit_text(const struct limit *, char *, size_t);
static void         limit_state(struct router *, const struct limit_who *,
	    const struct limit *, struct limit_told *);
static void         limit_state_quota(struct router *, const struct limit_who *,
	    const struct limit *, struct limit_told *);
static void         limit_state_rate(const struct meter *, const struct limit *,
	    struct limit_told *);
static const char  *limit_per(const struct limit *);
static const char  *scope_name(enum conf_scope);
static enum counter limit_counter(enum limit_kind);
static int    limit_is_held(const struct session *, const struct rule_stat *);
static void   limit_drop(struct router *, struct session *,
      const struct rule_stat *, int);
static size_t limit_key(enum conf_scope, const struct limit_who *,
    uint8_t[METER_KEY_MAX]);
static void   rule_hold(void *);
static void   rule_release(void *);

void
limit_init(struct router *r)
{
	if (meters_init(&r->meters, METERS_IDLE_MAX, rule_hold, rule_release) ==
	    -1)
		fatal("router: memory");
}

static void
rule_hold(void *rule)
{
	((struct rule_stat *)rule)->refs++;
}

static void
rule_release(void *rule)
{
	rule_stat_release(rule);
}

void
limit_who(const struct session *s, struct limit_who *who)
{
	const struct identity *login = identity_of(s);

	who->source = s->client;
	(void)addr_source(&who->source);
	who->user = login == NULL ? NULL : login->user;
	who->is_udp = s->command == SESSION_UDP;
}

int
limit_admit(struct router *r, struct session *s, struct rule_stat *rule,
    char **hint)
{
	const struct limit *reached;
	struct limit        list[LIMITS_MAX];
	struct limit_who    who;
	unsigned int        n = 0;

	limit_who(s, &who);
	if (!limit_is_held(s, NULL))
		n = limits_of_settings(r, &who, list);
	/* A place lasts, a quota does not. */
	if (rule != NULL && limit_is_held(s, rule))
		n += limits_of_quota(rule, list + n);
	else if (rule != NULL)
		n += limits_of_rule(rule, list + n);
	if (n == 0)
		return 0;
	if ((reached = limit_reached(r, &who, list, n)) != NULL) {
		limit_refuse(r, &who, reached, hint);
		return -1;
	}
	return limit_take(r, s, &who, list, n, hint);
}

int
limit_look(struct router *r, const struct limit_who *who,
    struct rule_stat *rule, char *hint, size_t size)
{
	const struct limit *reached;
	struct limit        list[LIMITS_MAX];
	unsigned int        n;

	n = limits_of_settings(r, who, list);
	if (rule != NULL)
		n += limits_of_rule(rule, list + n);
	if ((reached = limit_reached(r, who, list, n)) == NULL)
		return 0;
	limit_why(r, who, reached, hint, size);
	return -1;
}

static unsigned int
limits_of_settings(const struct router *r, const struct limit_who *who,
    struct limit *list)
{
	const struct conf_settings *set = &r->role.conf->set;
	unsigned int                n = 0;

	if (r->source_sessions != CONF_NO_LIMIT)
		list[n++] = (struct limit){ LIMIT_SOURCE_SESSIONS,
			CONF_PER_SOURCE, NULL, r->source_sessions, 0, 0 };
	if (set->user_sessions != 0 && who->user != NULL)
		list[n++] = (struct limit){ LIMIT_USER_SESSIONS, CONF_PER_USER,
			NULL, set->user_sessions, 0, 0 };
	if (set->source_new_count != 0)
		list[n++] = (struct limit){ LIMIT_SOURCE_NEW, CONF_PER_SOURCE,
			NULL, set->source_new_count, set->source_new_ms,
			set->source_new_burst };
	if (who->is_udp)
		n += limits_of_udp(r, who, list + n);
	return n;
}

/* Of a source there are no more of them than sessions, unless it is said. */
static unsigned int
limits_of_udp(const struct router *r, const struct limit_who *who,
    struct limit *list)
{
	const struct conf_settings *set = &r->role.conf->set;
	unsigned int                n = 0;

	if (set->associations != 0)
		list[n++] = (struct limit){ LIMIT_ASSOCIATIONS, CONF_PER_RULE,
			NULL, set->associations, 0, 0 };
	if (set->source_associations != 0)
		list[n++] = (struct limit){ LIMIT_SOURCE_ASSOCIATIONS,
			CONF_PER_SOURCE, NULL, set->source_associations, 0, 0 };
	if (set->user_associations != 0 && who->user != NULL)
		list[n++] = (struct limit){ LIMIT_USER_ASSOCIATIONS,
			CONF_PER_USER, NULL, set->user_associations, 0, 0 };
	return n;
}

static unsigned int
limits_of_rule(struct rule_stat *rule, struct limit *list)
{
	const struct conf_limits *l = &rule->limits;
	unsigned int              n;

	n = limits_of_quota(rule, list);
	if (l->sessions != 0)
		list[n++] = (struct limit){ LIMIT_SESSIONS, l->sessions_per,
			rule, l->sessions, 0, 0 };
	if (l->new_count != 0)
		list[n++] = (struct limit){ LIMIT_NEW, l->new_per, rule,
			l->new_count, l->new_ms, l->new_burst };
	return n;
}

static unsigned int
limits_of_quota(struct rule_stat *rule, struct limit *list)
{
	const struct conf_limits *l = &rule->limits;

	if (l->quota == 0)
		return 0;
	*list = (struct limit){ LIMIT_QUOTA, l->quota_per, rule, 0, 0, 0 };
	return 1;
}

/* The first one that leaves no room; takes nothing. */
static const struct limit *
limit_reached(struct router *r, const struct limit_who *who,
    const struct limit *list, unsigned int n)
{
	struct meter *m;
	uint8_t       key[METER_KEY_MAX];
	uint64_t      now = clock_ms();
	size_t        len;
	unsigned int  i;

	for (i = 0; i < n; i++) {
		if (list[i].kind == LIMIT_QUOTA) {
			if (quota_is_used(r, list[i].rule, who->user) ||
			    quota_is_full(r, list[i].rule, who->user))
				return &list[i];
			continue;
		}
		len = limit_key(list[i].per, who, key);
		m = meter_find(&r->meters, list[i].kind, list[i].rule, key,
		    len);
		/* Who was never seen has all its places. */
		if (m != NULL && limit_is_reached(m, &list[i], now))
			return &list[i];
	}
	return NULL;
}

static int
limit_is_reached(struct meter *m, const struct limit *l, uint64_t now)
{
	if (l->ms == 0)
		return m->refs >= l->count;
	return bucket_level(meter_bucket(m, l->count, l->ms, l->burst, now),
		   now) == 0;
}

static int
limit_take(struct router *r, struct session *s, const struct limit_who *who,
    const struct limit *list, unsigned int n, char **hint)
{
	const struct limit *l;
	struct meter       *m;
	uint8_t             key[METER_KEY_MAX];
	uint64_t            now = clock_ms();

	for (l = list; l < list + n; l++) {
		if (l->kind == LIMIT_QUOTA)
			continue; /* grant.c counts it */
		m = meter_get(&r->meters, l->kind, l->rule, key,
		    limit_key(l->per, who, key), now);
		if (m == NULL)
			goto fail;
		if (l->ms != 0) {
			(void)bucket_take(meter_bucket(m, l->count, l->ms,
					      l->burst, now),
			    1, now);
			m = NULL;
		}
		if (limit_hold(s, l->rule, m) == -1)
			goto fail;
		if (m != NULL)
			meter_hold(&r->meters, m);
	}
	return 0;
fail:
	free(*hint);
	*hint = strdup("out of memory for limits");
	return -1;
}

static int
limit_hold(struct session *s, struct rule_stat *rule, struct meter *m)
{
	struct limit_hold *h;

	if ((h = malloc(sizeof(*h))) == NULL)
		return -1;
	if ((h->rule = rule) != NULL)
		rule->refs++;
	h->meter = m;
	h->next = s->holds;
	s->holds = h;
	return 0;
}

static void
limit_refuse(struct router *r, const struct limit_who *who,
    const struct limit *l, char **hint)
{
	struct meter *m;
	uint8_t       key[METER_KEY_MAX];
	char          text[256];
	enum counter  count;

	count = limit_why(r, who, l, text, sizeof(text));
	role_count(&r->role, count);
	if (count == COUNTER_QUOTA_ROOM)
		quota_refused(r);
	if (l->kind == LIMIT_QUOTA)
		m = quota_find(r, l->rule, who->user);
	else
		m = meter_find(&r->meters, l->kind, l->rule, key,
		    limit_key(l->per, who, key));
	if (m != NULL)
		m->refused++;
	free(*hint);
	*hint = strdup(text);
}

/* What is said of it, and counted. */
static enum counter
limit_why(struct router *r, const struct limit_who *who, const struct limit *l,
    char *dst, size_t size)
{
	if (l->kind == LIMIT_QUOTA && quota_is_full(r, l->rule, who->user)) {
		(void)snprintf(dst, size,
		    "too many used quotas to keep that "
		    "of the rule in %s",
		    l->rule->where);
		return COUNTER_QUOTA_ROOM;
	}
	limit_text(l, dst, size);
	return limit_counter(l->kind);
}

/* As the configuration says it, and where. */
static void
limit_text(const struct limit *l, char *dst, size_t size)
{
	static const char *const per[] = {
		[CONF_PER_RULE] = "",
		[CONF_PER_USER] = " per user",
		[CONF_PER_SOURCE] = " per source",
	};
	const char *name = limit_kind_name(l->kind);
	char        amount[64], text[CONF_BYTES_STRLEN];

	if (l->kind == LIMIT_QUOTA)
		(void)snprintf(amount, sizeof(amount), "%s/%s",
		    conf_bytes_text(l->rule->limits.quota, text, sizeof(text)),
		    l->rule->limits.quota_period == CONF_DAY ? "day" : "month");
	else if (l->ms == 0)
		(void)snprintf(amount, sizeof(amount), "%u", l->count);
	else
		(void)snprintf(amount, sizeof(amount), "%u%s burst %u",
		    l->count, conf_per_text(l->ms), l->burst);
	if (l->rule == NULL)
		(void)snprintf(dst, size, "%s %s of \"set limit\" is reached",
		    name, amount);
	else
		(void)snprintf(dst, size, "%s %s%s of the rule in %s is %s",
		    name, amount, per[l->per], l->rule->where,
		    l->kind == LIMIT_QUOTA ? "used up" : "reached");
}

void
limit_quota_text(struct rule_stat *rule, char *dst, size_t size)
{
	const struct limit l = { LIMIT_QUOTA, rule->limits.quota_per, rule, 0,
		0, 0 };

	limit_text(&l, dst, size);
}

void
limit_each(struct router *r, const struct limit_who *who,
    struct rule_stat *rule, void (*tell)(void *, const struct limit_told *),
    void             *arg)
{
	struct limit      list[LIMITS_MAX + 1];
	struct limit_told told;
	unsigned int      n, i;

	n = limits_of_settings(r, who, list);
	if (rule != NULL && rule->limits.rate != 0)
		list[n++] = (struct limit){ LIMIT_RATE, rule->limits.rate_per,
			rule, 0, 0, 0 };
	if (rule != NULL)
		n += limits_of_rule(rule, list + n);
	for (i = 0; i < n; i++) {
		memset(&told, 0, sizeof(told));
		told.name = limit_kind_name(list[i].kind);
		told.per = limit_per(&list[i]);
		limit_state(r, who, &list[i], &told);
		tell(arg, &told);
	}
}

static void
limit_state(struct router *r, const struct limit_who *who,
    const struct limit *l, struct limit_told *t)
{
	struct meter *m;
	uint8_t       key[METER_KEY_MAX];
	uint64_t      now = clock_ms(), left = l->burst;

	if (l->kind == LIMIT_QUOTA) {
		limit_state_quota(r, who, l, t);
		return;
	}
	m = meter_find(&r->meters, l->kind, l->rule, key,
	    limit_key(l->per, who, key));
	if (l->kind == LIMIT_RATE) {
		limit_state_rate(m, l, t);
	} else if (l->ms == 0) {
		t->used = m == NULL ? 0 : m->refs;
		t->most = l->count;
		(void)snprintf(t->text, sizeof(t->text), "%s %u of %u%s%s",
		    t->name, (unsigned int)t->used, l->count,
		    l->kind == LIMIT_ASSOCIATIONS ? " in " : " per ", t->per);
	} else {
		if (m != NULL)
			left = bucket_level(meter_bucket(m, l->count, l->ms,
						l->burst, now),
			    now);
		t->used = left < l->burst ? l->burst - left : 0;
		t->most = l->burst;
		(void)snprintf(t->text, sizeof(t->text),
		    "%s %u%s burst %u per %s: %llu left", t->name, l->count,
		    conf_per_text(l->ms), l->burst, t->per,
		    (unsigned long long)left);
	}
}

static void
limit_state_quota(struct router *r, const struct limit_who *who,
    const struct limit *l, struct limit_told *t)
{
	const struct conf_limits *rule = &l->rule->limits;
	const struct meter       *m;
	char                      used[LIMIT_BYTES_STRLEN];
	char                      most[CONF_BYTES_STRLEN];

	m = quota_find(r, l->rule, who->user);
	t->used = m == NULL ? 0 : m->count.now.bytes;
	t->most = rule->quota;
	t->period = rule->quota_period == CONF_DAY ? "day" : "month";
	(void)snprintf(t->text, sizeof(t->text), "quota %s of %s per %s %s",
	    limit_bytes_text(t->used, used),
	    conf_bytes_text(rule->quota, most, sizeof(most)), t->per,
	    rule->quota_period == CONF_DAY ? "today" : "this month");
}

static void
limit_state_rate(const struct meter *m, const struct limit *l,
    struct limit_told *t)
{
	char   rate[CONF_BYTES_STRLEN];
	size_t len;

	t->used = m == NULL ? 0 : m->sessions;
	t->most = l->rule->limits.rate;
	(void)snprintf(t->text, sizeof(t->text), "rate %s/s per %s",
	    conf_bytes_text(l->rule->limits.rate, rate, sizeof(rate)), t->per);
	len = strlen(t->text);
	if (t->used != 0)
		(void)snprintf(t->text + len, sizeof(t->text) - len,
		    ": shared by %u session%s", (unsigned int)t->used,
		    t->used == 1 ? "" : "s");
}

static const char *
limit_per(const struct limit *l)
{
	return l->kind == LIMIT_ASSOCIATIONS ? "all" : scope_name(l->per);
}

static const char *
scope_name(enum conf_scope scope)
{
	switch (scope) {
	case CONF_PER_RULE:
		break;
	case CONF_PER_USER:
		return "user";
	case CONF_PER_SOURCE:
		return "source";
	}
	return "rule";
}

static enum counter
limit_counter(enum limit_kind kind)
{
	switch (kind) {
	case LIMIT_SOURCE_SESSIONS:
		return COUNTER_LIMIT_SOURCE_SESSIONS;
	case LIMIT_SOURCE_NEW:
		return COUNTER_LIMIT_SOURCE_NEW;
	case LIMIT_USER_SESSIONS:
		return COUNTER_LIMIT_USER_SESSIONS;
	case LIMIT_ASSOCIATIONS:
		return COUNTER_LIMIT_ASSOCIATIONS;
	case LIMIT_SOURCE_ASSOCIATIONS:
		return COUNTER_LIMIT_SOURCE_ASSOCIATIONS;
	case LIMIT_USER_ASSOCIATIONS:
		return COUNTER_LIMIT_USER_ASSOCIATIONS;
	case LIMIT_SESSIONS:
		return COUNTER_LIMIT_RULE_SESSIONS;
	case LIMIT_NEW:
		return COUNTER_LIMIT_RULE_NEW;
	case LIMIT_QUOTA:
		return COUNTER_LIMIT_QUOTA;
	case LIMIT_RATE:
	case LIMIT_KIND_MAX:
		break;
	}
	fatalx("router: limit of kind %d refuses nobody", (int)kind);
}

static int
limit_is_held(const struct session *s, const struct rule_stat *rule)
{
	const struct limit_hold *h;

	for (h = s->holds; h != NULL; h = h->next)
		if (h->rule == rule)
			return 1;
	return 0;
}

void
limit_settle(struct router *r, struct session *s, const struct rule_stat *rule)
{
	limit_drop(r, s, rule, 0);
}

void
limit_release(struct router *r, struct session *s)
{
	limit_drop(r, s, NULL, 1);
}

/* Those of the settings and of this rule stay, unless all go. */
static void
limit_drop(struct router *r, struct session *s, const struct rule_stat *rule,
    int all)
{
	struct limit_hold **hp = &s->holds, *h;

	while ((h = *hp) != NULL) {
		if (all == 0 && (h->rule == NULL || h->rule == rule)) {
			hp = &h->next;
			continue;
		}
		*hp = h->next;
		if (h->meter != NULL)
			meter_release(&r->meters, h->meter);
		rule_stat_release(h->rule);
		free(h);
	}
}

void
limit_adopt(struct router *r, struct session *s)
{
	struct limit     list[LIMITS_MAX];
	struct limit_who who;
	unsigned int     n, i, open = 0;

	limit_who(s, &who);
	n = limits_of_settings(r, &who, list);
	if (s->rule != NULL)
		n += limits_of_rule(s->rule, list + n);
	/* It is not new. */
	for (i = 0; i < n; i++)
		if (list[i].ms == 0)
			list[open++] = list[i];
	if (limit_take(r, s, &who, list, open, &s->hint) == -1)
		log_warn("router: out of memory for the limits of a session");
}

struct meter *
limit_meter(struct router *r, enum limit_kind kind, struct rule_stat *rule,
    enum conf_scope per, const struct limit_who *who)
{
	uint8_t key[METER_KEY_MAX];

	return meter_get(&r->meters, kind, rule, key, limit_key(per, who, key),
	    clock_ms());
}

/* A name as it is; of a source the bytes that tell it from others. */
static size_t
limit_key(enum conf_scope per, const struct limit_who *who,
    uint8_t key[METER_KEY_MAX])
{
	size_t len = 0;

	switch (per) {
	case CONF_PER_RULE:
		break;
	case CONF_PER_USER:
		/* The configuration has seen to it that there is one. */
		len = who->user == NULL ? 0 : strlen(who->user);
		memcpy(key, who->user, len);
		break;
	case CONF_PER_SOURCE:
		len = who->source.af == AF_INET ? 4 : 8;
		memcpy(key, who->source.b, len);
		break;
	}
	return len;
}
