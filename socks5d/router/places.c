/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Places for connections under way: see places.h.
 *
 * Pure.  Nothing here takes memory or walks over more than a few of those that
 * wait.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <string.h>

#include "router/places.h"

/* So many that may not have more are passed over at a time. */
#define LOOKS_MAX 8

static int  place_may(const struct places *, const struct place_holder *,
     uint32_t);
static void place_queue(struct places *, struct place_holder *);
static void place_dequeue(struct places *, struct place_holder *);
static int  place_give(struct places *, struct place_holder *);

void
places_init(struct places *p)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < PLACE_QUEUES; i++)
		TAILQ_INIT(&p->queue[i]);
}

void
place_holder_init(struct place_holder *h)
{
	memset(h, 0, sizeof(*h));
	TAILQ_INIT(&h->waits);
}

void
places_set(struct places *p, uint32_t most)
{
	p->most = most;
}

int
places_full(const struct places *p)
{
	return p->taken >= p->most;
}

static int
place_may(const struct places *p, const struct place_holder *h, uint32_t part)
{
	if (places_full(p))
		return 0;
	return h->held < PLACES_LEAST ||
	    (uint64_t)h->held * part < p->most - p->taken;
}

int
place_take(struct places *p, struct place_holder *h, int more)
{
	if (!TAILQ_EMPTY(&h->waits) ||
	    (more && !TAILQ_EMPTY(&p->queue[PLACE_NEEDY])) ||
	    !place_may(p, h, more ? PLACES_PART_MORE : PLACES_PART))
		return 0;
	p->taken++;
	h->held++;
	return 1;
}

void
place_release(struct places *p, struct place_holder *h)
{
	p->taken--;
	h->held--;
	if (h->queue != PLACE_OTHER)
		return;
	/* It may have this one, if nobody without any wants it. */
	place_dequeue(p, h);
	if (h->held == 0)
		place_queue(p, h);
	else {
		h->queue = PLACE_OTHER;
		TAILQ_INSERT_HEAD(&p->queue[PLACE_OTHER], h, entry);
	}
}

/* Behind all others. */
static void
place_queue(struct places *p, struct place_holder *h)
{
	h->queue = h->held == 0 ? PLACE_NEEDY : PLACE_OTHER;
	TAILQ_INSERT_TAIL(&p->queue[h->queue], h, entry);
}

static void
place_dequeue(struct places *p, struct place_holder *h)
{
	TAILQ_REMOVE(&p->queue[h->queue], h, entry);
	h->queue = PLACE_NOT_QUEUED;
}

void
place_await(struct places *p, struct place_holder *h, struct place_wait *w)
{
	w->holder = h;
	TAILQ_INSERT_TAIL(&h->waits, w, entry);
	p->nwaiting++;
	if (h->queue == PLACE_NOT_QUEUED)
		place_queue(p, h);
}

void
place_leave(struct places *p, struct place_wait *w)
{
	struct place_holder *h = w->holder;

	if (h == NULL)
		return;
	TAILQ_REMOVE(&h->waits, w, entry);
	w->holder = NULL;
	p->nwaiting--;
	if (TAILQ_EMPTY(&h->waits))
		place_dequeue(p, h);
}

/* The first of it that waits gets a place, if it may have one. */
static int
place_give(struct places *p, struct place_holder *h)
{
	struct place_wait *w = TAILQ_FIRST(&h->waits);

	if (w == NULL || !place_may(p, h, PLACES_PART))
		return 0;
	place_leave(p, w);
	p->taken++;
	h->held++;
	if (h->queue != PLACE_NOT_QUEUED) {
		place_dequeue(p, h);
		place_queue(p, h);
	}
	w->ready(w->arg);
	return 1;
}

/*
 * Whoever has places is looked at when he releases one, so that nobody is
 * forgotten if not all of them are looked at here.
 */
void
places_serve(struct places *p)
{
	struct place_holder *h;
	unsigned int         looks = 0;

	while (looks < LOOKS_MAX && !places_full(p)) {
		if ((h = TAILQ_FIRST(&p->queue[PLACE_NEEDY])) == NULL &&
		    (h = TAILQ_FIRST(&p->queue[PLACE_OTHER])) == NULL)
			return;
		if (place_give(p, h))
			continue;
		looks++;
		place_dequeue(p, h);
		place_queue(p, h);
	}
}
