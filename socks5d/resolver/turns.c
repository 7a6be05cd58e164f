/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The turns of name servers: see turns.h.
 *
 * Pure.  What is not sent again for a minute is forgotten: no question lasts
 * that long.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "resolver/asked.h"
#include "resolver/turns.h"

RB_HEAD(turn_tree, turn);
TAILQ_HEAD(turn_list, turn);

struct turns {
	struct turn_tree tree;
	struct turn_list list;
	unsigned int     n;
	unsigned int     nservers;
};

static struct turn *turn_new(struct turns *, const uint8_t *, size_t);
static int          turn_cmp(const struct turn *, const struct turn *);
static unsigned int next_of(const struct turns *, unsigned int, turns_set);

RB_PROTOTYPE(turn_tree, turn, node, turn_cmp)
RB_GENERATE(turn_tree, turn, node, turn_cmp)

struct turns *
turns_new(void)
{
	struct turns *ts;

	if ((ts = calloc(1, sizeof(*ts))) == NULL)
		return NULL;
	RB_INIT(&ts->tree);
	TAILQ_INIT(&ts->list);
	return ts;
}

void
turns_free(struct turns *ts)
{
	if (ts == NULL)
		return;
	turns_reset(ts, 0);
	free(ts);
}

void
turns_reset(struct turns *ts, unsigned int nservers)
{
	struct turn *t;

	while ((t = TAILQ_FIRST(&ts->list)) != NULL)
		turns_end(ts, t);
	ts->nservers = nservers;
}

struct turn *
turns_take(struct turns *ts, const uint8_t *msg, size_t len, int tcp,
    int number, turns_set alive, uint64_t now)
{
	struct turn *t;
	uint8_t      key[ASKED_KEY_MAX];
	size_t       n;

	while ((t = TAILQ_FIRST(&ts->list)) != NULL &&
	    now - t->sent > TURNS_AGE_MS)
		turns_end(ts, t);
	if (ts->nservers == 0 || len > sizeof(t->msg) ||
	    (n = asked_key(msg, len, key)) == 0)
		return NULL;
	if ((t = turns_find(ts, key, n)) == NULL) {
		if ((t = turn_new(ts, key, n)) == NULL)
			return NULL;
		t->tcp = tcp;
		t->server = next_of(ts, 0, alive);
	} else if (tcp && !t->tcp)
		t->tcp = 1;
	else
		t->server = next_of(ts, t->server + 1, alive);
	memcpy(t->msg, msg, len);
	t->len = len;
	t->number = number;
	t->sent = now;
	t->bare = t->doubted = 0;
	t->tried = (turns_set)1 << t->server;
	TAILQ_REMOVE(&ts->list, t, entry);
	TAILQ_INSERT_TAIL(&ts->list, t, entry);
	return t;
}

int
turns_next(struct turns *ts, struct turn *t, turns_set alive)
{
	turns_set all = ((turns_set)1 << ts->nservers) - 1;
	turns_set left = all & ~t->tried;

	if (left == 0)
		return 0;
	if ((left & alive) != 0)
		left &= alive;
	t->server = next_of(ts, t->server + 1, left);
	t->tried |= (turns_set)1 << t->server;
	t->bare = t->doubted = 0;
	return 1;
}

struct turn *
turns_find(struct turns *ts, const uint8_t *key, size_t len)
{
	struct turn like;

	memcpy(like.key, key, len);
	like.nkey = len;
	return RB_FIND(turn_tree, &ts->tree, &like);
}

struct turn *
turns_first(struct turns *ts)
{
	return TAILQ_FIRST(&ts->list);
}

struct turn *
turns_after(struct turn *t)
{
	return TAILQ_NEXT(t, entry);
}

void
turns_end(struct turns *ts, struct turn *t)
{
	(void)RB_REMOVE(turn_tree, &ts->tree, t);
	TAILQ_REMOVE(&ts->list, t, entry);
	ts->n--;
	free(t);
}

static struct turn *
turn_new(struct turns *ts, const uint8_t *key, size_t len)
{
	struct turn *t;

	if (ts->n == TURNS_MAX)
		turns_end(ts, TAILQ_FIRST(&ts->list));
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	memcpy(t->key, key, len);
	t->nkey = len;
	(void)RB_INSERT(turn_tree, &ts->tree, t);
	TAILQ_INSERT_TAIL(&ts->list, t, entry);
	ts->n++;
	return t;
}

static int
turn_cmp(const struct turn *a, const struct turn *b)
{
	if (a->nkey != b->nkey)
		return a->nkey < b->nkey ? -1 : 1;
	return memcmp(a->key, b->key, a->nkey);
}

/* The first of a set at or behind a place in the circle; of none, of all. */
static unsigned int
next_of(const struct turns *ts, unsigned int from, turns_set set)
{
	unsigned int i, at;

	for (i = 0; i < ts->nservers; i++) {
		at = (from + i) % ts->nservers;
		if ((set & (turns_set)1 << at) != 0)
			return at;
	}
	return from % ts->nservers;
}
