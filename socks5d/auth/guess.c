/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Wrong guesses of late: see guess.h.
 *
 * Pure.  Nobody can choose the keys, as they are keyed hashes; the one that was
 * said the longest ago is the first in the queue.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "auth/guess.h"

struct gentry {
	RB_ENTRY(gentry)    bymac;
	TAILQ_ENTRY(gentry) entry;
	uint64_t            until;
	enum guess          is;
	uint8_t             mac[MAC_LEN];
};
RB_HEAD(gtree, gentry);
TAILQ_HEAD(gqueue, gentry);

struct guesses {
	struct gtree  tree;
	struct gqueue queue; /* in the order of their last time */
	size_t        count;
	size_t        max;
};

static int            gentry_cmp(const struct gentry *, const struct gentry *);
static struct gentry *gentry_find(struct guesses *, const uint8_t *, uint64_t);
static struct gentry *gentry_new(struct guesses *, const uint8_t *);
static void           gentry_del(struct guesses *, struct gentry *);

RB_PROTOTYPE(gtree, gentry, bymac, gentry_cmp)
RB_GENERATE(gtree, gentry, bymac, gentry_cmp)

struct guesses *
guesses_new(size_t max)
{
	struct guesses *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return NULL;
	RB_INIT(&g->tree);
	TAILQ_INIT(&g->queue);
	g->max = max;
	return g;
}

void
guesses_free(struct guesses *g)
{
	struct gentry *e;

	if (g == NULL)
		return;
	while ((e = TAILQ_FIRST(&g->queue)) != NULL)
		gentry_del(g, e);
	free(g);
}

size_t
guesses_count(const struct guesses *g)
{
	return g->count;
}

enum guess
guesses_find(struct guesses *g, const uint8_t mac[MAC_LEN], uint64_t now)
{
	const struct gentry *e;

	if ((e = gentry_find(g, mac, now)) == NULL)
		return GUESS_NEW;
	return e->is;
}

int
guesses_put(struct guesses *g, const uint8_t mac[MAC_LEN], enum guess is,
    uint64_t now, uint64_t until)
{
	struct gentry *e;
	int            known;

	known = (e = gentry_find(g, mac, now)) != NULL;
	if (!known && (e = gentry_new(g, mac)) == NULL)
		return 0;
	e->is = is;
	e->until = until;
	TAILQ_REMOVE(&g->queue, e, entry);
	TAILQ_INSERT_TAIL(&g->queue, e, entry);
	return known;
}

static int
gentry_cmp(const struct gentry *a, const struct gentry *b)
{
	return memcmp(a->mac, b->mac, sizeof(a->mac));
}

static struct gentry *
gentry_find(struct guesses *g, const uint8_t *mac, uint64_t now)
{
	struct gentry key, *e;

	memcpy(key.mac, mac, sizeof(key.mac));
	if ((e = RB_FIND(gtree, &g->tree, &key)) == NULL)
		return NULL;
	if (e->until > now)
		return e;
	gentry_del(g, e);
	return NULL;
}

static struct gentry *
gentry_new(struct guesses *g, const uint8_t *mac)
{
	struct gentry *e;

	if (g->count >= g->max)
		gentry_del(g, TAILQ_FIRST(&g->queue));
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	memcpy(e->mac, mac, sizeof(e->mac));
	(void)RB_INSERT(gtree, &g->tree, e);
	TAILQ_INSERT_TAIL(&g->queue, e, entry);
	g->count++;
	return e;
}

static void
gentry_del(struct guesses *g, struct gentry *e)
{
	(void)RB_REMOVE(gtree, &g->tree, e);
	TAILQ_REMOVE(&g->queue, e, entry);
	g->count--;
	free(e);
}
