/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Places of a table by holder: see share.h.
 *
 * Pure.  The tree holds those who have a place, so it is bounded by their
 * number, and nobody can make it slow by a choice of keys.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/embedded.h"
#include "base/share.h"

static int           share_cmp(const struct share *, const struct share *);
static struct share *share_find(const struct shares *,
    const struct share_key *);

RB_PROTOTYPE(share_tree, share, node, share_cmp)
RB_GENERATE(share_tree, share, node, share_cmp)

void
shares_init(struct shares *s, size_t places, size_t part, size_t least)
{
	memset(s, 0, sizeof(*s));
	RB_INIT(&s->tree);
	s->places = places;
	s->part = part;
	s->least = least;
}

void
shares_clear(struct shares *s)
{
	struct share *h;

	while ((h = RB_ROOT(&s->tree)) != NULL) {
		(void)RB_REMOVE(share_tree, &s->tree, h);
		free(h);
	}
	s->taken = 0;
}

int
share_may(const struct shares *s, const struct share_key *key, size_t most)
{
	size_t held = share_held(s, key);

	if (s->taken == s->places) {
		errno = ENOBUFS;
		return 0;
	}
	if (held >= most ||
	    (held >= s->least && held * s->part >= s->places - s->taken)) {
		errno = EDQUOT;
		return 0;
	}
	return 1;
}

struct share *
share_take(struct shares *s, const struct share_key *key, size_t most)
{
	struct share *h;

	if (!share_may(s, key, most))
		return NULL;
	if ((h = share_find(s, key)) == NULL) {
		if ((h = calloc(1, sizeof(*h))) == NULL)
			return NULL;
		h->key = *key;
		(void)RB_INSERT(share_tree, &s->tree, h);
	}
	h->held++;
	s->taken++;
	return h;
}

void
share_release(struct shares *s, struct share *h)
{
	if (h == NULL)
		return;
	s->taken--;
	if (--h->held == 0) {
		(void)RB_REMOVE(share_tree, &s->tree, h);
		free(h);
	}
}

size_t
share_held(const struct shares *s, const struct share_key *key)
{
	const struct share *h;

	return (h = share_find(s, key)) == NULL ? 0 : h->held;
}

void
share_key_source(struct share_key *key, const struct addr *from)
{
	struct addr  a = *from;
	unsigned int i, n;

	n = addr_source(&a) / 8;
	key->hi = a.af;
	key->lo = 0;
	for (i = 0; i < n; i++)
		key->lo = key->lo << 8 | a.b[i];
}

static struct share *
share_find(const struct shares *s, const struct share_key *key)
{
	struct share *h = RB_ROOT(&s->tree);

	while (h != NULL && (h->key.hi != key->hi || h->key.lo != key->lo))
		h = key->hi < h->key.hi ||
			(key->hi == h->key.hi && key->lo < h->key.lo) ?
		    RB_LEFT(h, node) :
		    RB_RIGHT(h, node);
	return h;
}

static int
share_cmp(const struct share *a, const struct share *b)
{
	if (a->key.hi != b->key.hi)
		return a->key.hi < b->key.hi ? -1 : 1;
	return a->key.lo < b->key.lo ? -1 : a->key.lo > b->key.lo;
}
