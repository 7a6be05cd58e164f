/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Meters: see meter.h.
 *
 * Pure.
 */

#include <stdlib.h>
#include <string.h>

#include "router/meter.h"

static int           meter_cmp(const struct meter *, const struct meter *);
static void          meters_trim(struct meters *, uint64_t);
static int           meter_is_blank(struct meter *, uint64_t);
static struct meter *meter_alloc(size_t);

RB_GENERATE(meter_tree, meter, node, meter_cmp)

int
meters_init(struct meters *ms, size_t max, void (*hold)(void *),
    void (*release)(void *))
{
	RB_INIT(&ms->tree);
	TAILQ_INIT(&ms->idle);
	ms->nidle = 0;
	ms->max = max;
	ms->hold = hold;
	ms->release = release;
	ms->probe = meter_alloc(METER_KEY_MAX);
	return ms->probe == NULL ? -1 : 0;
}

void
meters_clear(struct meters *ms)
{
	struct meter *m;

	while ((m = RB_ROOT(&ms->tree)) != NULL)
		meter_free(ms, m);
	free(ms->probe);
	ms->probe = NULL;
}

static int
meter_cmp(const struct meter *a, const struct meter *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->rule != b->rule)
		return (uintptr_t)a->rule < (uintptr_t)b->rule ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->key, b->key, a->len);
}

static struct meter *
meter_alloc(size_t len)
{
	return calloc(1, sizeof(struct meter) + len);
}

struct meter *
meter_find(struct meters *ms, enum limit_kind kind, void *rule, const void *key,
    size_t len)
{
	if (len > METER_KEY_MAX)
		return NULL;
	ms->probe->kind = kind;
	ms->probe->rule = rule;
	ms->probe->len = len;
	if (len != 0)
		memcpy(ms->probe->key, key, len);
	return RB_FIND(meter_tree, &ms->tree, ms->probe);
}

struct meter *
meter_get(struct meters *ms, enum limit_kind kind, void *rule, const void *key,
    size_t len, uint64_t now)
{
	struct meter *m;

	if ((m = meter_find(ms, kind, rule, key, len)) != NULL)
		return m;
	meters_trim(ms, now);
	if (len > METER_KEY_MAX || (m = meter_alloc(len)) == NULL)
		return NULL;
	m->kind = kind;
	m->rule = rule;
	m->len = len;
	if (len != 0)
		memcpy(m->key, key, len);
	TAILQ_INIT(&m->portions);
	LIST_INIT(&m->allows);
	if (rule != NULL)
		ms->hold(rule);
	(void)RB_INSERT(meter_tree, &ms->tree, m);
	TAILQ_INSERT_TAIL(&ms->idle, m, idle);
	ms->nidle++;
	return m;
}

/*
 * Those that have nothing to remember go, from the one that is idle longest;
 * what is too many goes even if it has.
 */
static void
meters_trim(struct meters *ms, uint64_t now)
{
	struct meter *m;

	while ((m = TAILQ_FIRST(&ms->idle)) != NULL &&
	    (ms->nidle >= ms->max || meter_is_blank(m, now)))
		meter_free(ms, m);
}

static int
meter_is_blank(struct meter *m, uint64_t now)
{
	if (m->kind == LIMIT_QUOTA)
		return m->count.now.bytes == 0 && m->count.before.bytes == 0 &&
		    m->dirty == 0;
	return m->bucket.ms == 0 || bucket_full(&m->bucket, now);
}

void
meter_free(struct meters *ms, struct meter *m)
{
	if (m->refs == 0) {
		TAILQ_REMOVE(&ms->idle, m, idle);
		ms->nidle--;
	}
	(void)RB_REMOVE(meter_tree, &ms->tree, m);
	if (m->rule != NULL)
		ms->release(m->rule);
	free(m);
}

void
meter_hold(struct meters *ms, struct meter *m)
{
	if (m->refs++ == 0) {
		TAILQ_REMOVE(&ms->idle, m, idle);
		ms->nidle--;
	}
}

void
meter_release(struct meters *ms, struct meter *m)
{
	if (--m->refs == 0) {
		TAILQ_INSERT_TAIL(&ms->idle, m, idle);
		if (++ms->nidle > ms->max)
			meter_free(ms, TAILQ_FIRST(&ms->idle));
	}
}

struct bucket *
meter_bucket(struct meter *m, uint64_t count, uint32_t ms, uint64_t size,
    uint64_t now)
{
	struct bucket *b = &m->bucket;

	if (b->ms == 0)
		bucket_init(b, count, ms, size, now);
	else if (b->count != count || b->ms != ms || b->size != size)
		bucket_set(b, count, ms, size, now);
	return b;
}
