/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Buckets of failures and bans: see throttle.h.
 *
 * Pure.  A bucket is one time, that at which it will have forgotten all: each
 * failure puts it off by a share of the limit.
 */

#include <sys/types.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "auth/throttle.h"

/* The first ban is 1 << 0 of its time, the longest 1 << this. */
#define LEVEL_MAX 6

/* So many go at most for the memory of a new one. */
#define EVICT_MAX 4

struct tentry {
	RB_ENTRY(tentry) bykey;
	RB_ENTRY(tentry) byend;
	uint64_t         empty; /* when the bucket will be empty */
	uint64_t         until; /* end of the last ban; 0: none */
	uint64_t         end;   /* when nothing will be left to know */
	uint32_t         failures;
	unsigned int     level; /* of the next ban */
	size_t           len;
	uint8_t          key[];
};
RB_HEAD(tkeys, tentry);
RB_HEAD(tends, tentry);

struct throttle {
	struct tkeys          keys;
	struct tends          ends;
	size_t                count;
	size_t                max;
	uint64_t              blind; /* until then; 0: never was */
	struct throttle_limit limit;
	struct tentry        *probe; /* to look for */
};

static int tentry_cmp(const struct tentry *, const struct tentry *);
static int tentry_cmp_end(const struct tentry *, const struct tentry *);
static struct tentry *tentry_find(struct throttle *, const void *, size_t,
    uint64_t);
static struct tentry *tentry_new(struct throttle *, const void *, size_t);
static void           tentry_del(struct throttle *, struct tentry *);
static void tentry_ban(const struct tentry *, uint64_t, struct throttle_ban *);
static void tentry_settle(const struct throttle *, struct tentry *, uint64_t);
static uint64_t tentry_end(const struct throttle *, const struct tentry *);
static uint64_t share(const struct throttle *);
static uint64_t ban_length(const struct throttle *, unsigned int);

RB_PROTOTYPE(tkeys, tentry, bykey, tentry_cmp)
RB_GENERATE(tkeys, tentry, bykey, tentry_cmp)
RB_PROTOTYPE(tends, tentry, byend, tentry_cmp_end)
RB_GENERATE(tends, tentry, byend, tentry_cmp_end)

/* The longest key is a source with a name behind it. */
#define KEY_MAX 288

struct throttle *
throttle_new(size_t max)
{
	struct throttle *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	if ((t->probe = calloc(1, sizeof(*t->probe) + KEY_MAX)) == NULL) {
		free(t);
		return NULL;
	}
	RB_INIT(&t->keys);
	RB_INIT(&t->ends);
	t->max = max;
	return t;
}

void
throttle_free(struct throttle *t)
{
	if (t == NULL)
		return;
	(void)throttle_unban_all(t, 0);
	free(t->probe);
	free(t);
}

void
throttle_set(struct throttle *t, const struct throttle_limit *limit)
{
	t->limit = *limit;
	if (limit->failures == 0)
		(void)throttle_unban_all(t, 0);
}

size_t
throttle_count(const struct throttle *t)
{
	return t->count;
}

int
throttle_banned(struct throttle *t, const void *key, size_t len, uint64_t now)
{
	const struct tentry *e;

	if ((e = tentry_find(t, key, len, now)) == NULL)
		return throttle_blind(t, now);
	return e->until > now;
}

uint64_t
throttle_left(struct throttle *t, const void *key, size_t len, uint64_t now)
{
	const struct tentry *e;

	if ((e = tentry_find(t, key, len, now)) == NULL)
		return t->blind > now ? t->blind - now : 0;
	return e->until > now ? e->until - now : 0;
}

uint32_t
throttle_recent(struct throttle *t, const void *key, size_t len, uint64_t now)
{
	const struct tentry *e;

	/* It may be one of those that were not counted. */
	if ((e = tentry_find(t, key, len, now)) == NULL)
		return throttle_blind(t, now) ? t->limit.failures : 0;
	if (e->empty <= now)
		return 0;
	return (uint32_t)((e->empty - now + share(t) - 1) / share(t));
}

int
throttle_fail(struct throttle *t, const void *key, size_t len, uint64_t now,
    struct throttle_ban *ban)
{
	struct tentry *e;
	uint64_t       room;

	if (t->limit.failures == 0 || len > KEY_MAX)
		return 0;
	if ((e = tentry_find(t, key, len, now)) == NULL &&
	    (e = tentry_new(t, key, len)) == NULL) {
		t->blind = now + share(t);
		return 0;
	}
	if (e->until > now)
		return 0;
	(void)RB_REMOVE(tends, &t->ends, e);
	room = share(t) * t->limit.failures;
	if (e->empty <= now) {
		e->empty = now;
		e->failures = 0;
	}
	e->empty += share(t);
	/* A ban shorter than the bucket may leave it more than full. */
	if (e->empty - now > room)
		e->empty = now + room;
	e->failures++;
	ban->left_ms = 0;
	if (e->empty - now + share(t) > room) {
		ban->left_ms = ban_length(t, e->level);
		e->until = now + ban->left_ms;
		if (e->level < LEVEL_MAX)
			e->level++;
	}
	ban->key = e->key;
	ban->len = e->len;
	ban->failures = e->failures;
	e->end = tentry_end(t, e);
	(void)RB_INSERT(tends, &t->ends, e);
	return ban->left_ms != 0;
}

int
throttle_blind(const struct throttle *t, uint64_t now)
{
	return t->blind > now;
}

uint32_t
throttle_unban(struct throttle *t, const void *key, size_t len, uint64_t now)
{
	struct tentry *e;
	uint32_t       n;

	if ((e = tentry_find(t, key, len, now)) == NULL)
		return 0;
	n = e->until > now;
	tentry_del(t, e);
	return n;
}

uint32_t
throttle_unban_some(struct throttle *t, uint64_t            now,
    int (*take)(void *, const struct throttle_ban *), void *arg)
{
	struct throttle_ban ban;
	struct tentry      *e, *next;
	uint32_t            n = 0;

	RB_FOREACH_SAFE(e, tkeys, &t->keys, next) {
		tentry_ban(e, now, &ban);
		if (take(arg, &ban) == 0)
			continue;
		n += ban.left_ms > 0;
		tentry_del(t, e);
	}
	return n;
}

uint32_t
throttle_unban_all(struct throttle *t, uint64_t now)
{
	struct tentry *e;
	uint32_t       n = 0;

	t->blind = 0;
	while ((e = RB_ROOT(&t->keys)) != NULL) {
		n += e->until > now;
		tentry_del(t, e);
	}
	return n;
}

void
throttle_bans(struct throttle *t, uint64_t                  now,
    int (*take)(void *, const struct throttle_ban *), void *arg)
{
	struct throttle_ban ban;
	struct tentry      *e;

	RB_FOREACH(e, tkeys, &t->keys) {
		if (e->until <= now)
			continue;
		tentry_ban(e, now, &ban);
		if (take(arg, &ban) == 0)
			return;
	}
}

static int
tentry_cmp(const struct tentry *a, const struct tentry *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->key, b->key, a->len);
}

/* No two are equal, or they could not both be there. */
static int
tentry_cmp_end(const struct tentry *a, const struct tentry *b)
{
	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return tentry_cmp(a, b);
}

/* As it is now; NULL if there is nothing left to know of it. */
static struct tentry *
tentry_find(struct throttle *t, const void *key, size_t len, uint64_t now)
{
	struct tentry *e;

	if (len > KEY_MAX)
		return NULL;
	memcpy(t->probe->key, key, len);
	t->probe->len = len;
	if ((e = RB_FIND(tkeys, &t->keys, t->probe)) == NULL)
		return NULL;
	tentry_settle(t, e, now);
	if (e->empty > now || e->until > now || e->level > 0)
		return e;
	tentry_del(t, e);
	return NULL;
}

static struct tentry *
tentry_new(struct throttle *t, const void *key, size_t len)
{
	struct tentry *e;
	unsigned int   tries = 0;

	if (t->count >= t->max)
		tentry_del(t, RB_MIN(tends, &t->ends));
	/* Without memory as without room: the first to be forgotten goes. */
	while ((e = calloc(1, sizeof(*e) + len)) == NULL) {
		if (tries++ == EVICT_MAX || t->count == 0)
			return NULL;
		tentry_del(t, RB_MIN(tends, &t->ends));
	}
	memcpy(e->key, key, len);
	e->len = len;
	(void)RB_INSERT(tkeys, &t->keys, e);
	(void)RB_INSERT(tends, &t->ends, e);
	t->count++;
	return e;
}

static void
tentry_del(struct throttle *t, struct tentry *e)
{
	(void)RB_REMOVE(tkeys, &t->keys, e);
	(void)RB_REMOVE(tends, &t->ends, e);
	t->count--;
	free(e);
}

static void
tentry_ban(const struct tentry *e, uint64_t now, struct throttle_ban *ban)
{
	ban->key = e->key;
	ban->len = e->len;
	ban->failures = e->failures;
	ban->left_ms = e->until > now ? e->until - now : 0;
}

/* Takes back a step for each time as long as its ban that went without one. */
static void
tentry_settle(const struct throttle *t, struct tentry *e, uint64_t now)
{
	uint64_t step;

	while (e->level > 0) {
		step = ban_length(t, e->level - 1);
		if (e->until > now || now - e->until < step)
			return;
		e->until += step;
		e->level--;
	}
}

/* When tentry_settle() will have taken back all, and the bucket is empty. */
static uint64_t
tentry_end(const struct throttle *t, const struct tentry *e)
{
	uint64_t     end = e->until;
	unsigned int i;

	for (i = 0; i < e->level; i++)
		end += ban_length(t, i);
	return end > e->empty ? end : e->empty;
}

/* The time in which one failure is forgotten. */
static uint64_t
share(const struct throttle *t)
{
	uint64_t ms;

	if (t->limit.failures == 0)
		return 1;
	ms = t->limit.within_ms / t->limit.failures;
	return ms == 0 ? 1 : ms;
}

static uint64_t
ban_length(const struct throttle *t, unsigned int level)
{
	return (uint64_t)t->limit.ban_ms << level;
}
