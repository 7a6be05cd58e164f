/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Half-open sessions by their source, /32 or /64, and its places for
 * connections under way.
 */

#ifndef ROUTER_SOURCE_H
#define ROUTER_SOURCE_H

#include <stdint.h>

struct addr;
struct place_wait;
struct router;
struct source;

/* Counts one more; NULL if the source has as many as allowed, or no memory. */
struct source *source_take(struct router *, const struct addr *,
    uint32_t limit);
void           source_release(struct router *, struct source *);
void           source_init(struct router *);

/*
 * A place for a connection under way, of that source or, if NULL, our own: see
 * places.h.  It has none any more when it is released.
 */
int  source_place(struct router *, struct source *, int more);
void source_await(struct router *, struct source *, struct place_wait *);
void source_unplace(struct router *, struct source *);

/* How many it has. */
uint32_t source_places(const struct source *);

#endif /* ROUTER_SOURCE_H */
