/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Places for connections under way: how many sockets the router may have open
 * that are not a session's yet, and whose they are.
 *
 * Pure.  A source gets no more than a part of the places that are free, so
 * whoever takes all that he can get leaves some for others, and so do many of
 * his kind.  What does not get one waits, and of those that wait a source that
 * has none comes first.
 */

#ifndef ROUTER_PLACES_H
#define ROUTER_PLACES_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

/*
 * A source has at most as many as 1/PLACES_PART of those that are free; for
 * what it could do without, as a second connection for one request, less.
 */
#define PLACES_PART      2
#define PLACES_PART_MORE 8

/* That many it may have however few are free. */
#define PLACES_LEAST 2

/* One that waits; ready is called when it has its place. */
struct place_wait {
	TAILQ_ENTRY(place_wait) entry;
	struct place_holder    *holder; /* NULL: does not wait */
	void (*ready)(void *arg);
	void *arg;
};

/* Who has places: part of a source. */
struct place_holder {
	TAILQ_ENTRY(place_holder) entry; /* while any of it waits */
	TAILQ_HEAD(, place_wait) waits;
	uint32_t held;
	uint8_t  queue; /* enum place_queue */
};
TAILQ_HEAD(place_holders, place_holder);

enum place_queue {
	PLACE_NOT_QUEUED,
	PLACE_NEEDY, /* it has not even one */
	PLACE_OTHER,
	PLACE_QUEUES,
};

struct places {
	uint32_t             most;
	uint32_t             taken;
	struct place_holders queue[PLACE_QUEUES];
	uint32_t             nwaiting;
};

void places_init(struct places *);
void place_holder_init(struct place_holder *);

/* As many in all from now on; those above it are taken until released. */
void places_set(struct places *, uint32_t most);

/*
 * Takes a place; 0 if it may not be just now.  What is more than needed must
 * not be had while somebody waits for what he needs.
 */
int  place_take(struct places *, struct place_holder *, int more);
void place_release(struct places *, struct place_holder *);

/* Waits behind others of that holder. */
void place_await(struct places *, struct place_holder *, struct place_wait *);

/* Waits no more, if it did. */
void place_leave(struct places *, struct place_wait *);

/*
 * Gives places to those that wait and may have one, after some were released.
 * They may take, wait and release from within.
 */
void places_serve(struct places *);

/* That all are taken, not just those that the holder may have. */
int places_full(const struct places *);

#endif /* ROUTER_PLACES_H */
