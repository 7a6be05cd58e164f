/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A token bucket: so many in so much time, and so many at once.
 *
 * Pure; the clock is the caller's.  New sessions and bytes are counted with it.
 * Nothing is rounded: what comes in over any time is the rate times that time,
 * and the burst on top.
 */

#ifndef ROUTER_BUCKET_H
#define ROUTER_BUCKET_H

#include <stdint.h>

struct bucket {
	uint64_t count; /* tokens that come in ... */
	uint32_t ms;    /* ... within this */
	uint64_t size;  /* tokens that it holds */
	uint64_t level; /* in it, each counted as ms */
	uint64_t last;  /* when that was so */
};

/* A full one; of what is 0 it takes 1, of what is too large what it can. */
void bucket_init(struct bucket *, uint64_t count, uint32_t ms, uint64_t size,
    uint64_t now);

/* Other limits: what was taken by the old ones stays taken. */
void bucket_set(struct bucket *, uint64_t count, uint32_t ms, uint64_t size,
    uint64_t now);

/* Whole tokens in it. */
uint64_t bucket_level(struct bucket *, uint64_t now);

/* Takes so many; 0, and takes none, if there are less. */
int bucket_take(struct bucket *, uint64_t n, uint64_t now);

/* What was taken and not used comes back; what does not fit is lost. */
void bucket_put(struct bucket *, uint64_t n, uint64_t now);

/* True if it is as if it had never been used. */
int bucket_full(struct bucket *, uint64_t now);

#endif /* ROUTER_BUCKET_H */
