/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Answers that name servers gave, for as long as they said, and names that
 * are known not to exist, for a short while.
 *
 * Pure: no I/O, the time is told.
 */

#ifndef RESOLVER_CACHE_H
#define RESOLVER_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct cache;
struct msg_name_answer;

#define CACHE_TTL_MAX_MS   (60 * 60 * 1000) /* whatever TTL says */
#define CACHE_NOT_FOUND_MS (30 * 1000)

/* Holds at most max answers; 0 holds none.  NULL with errno. */
struct cache *cache_new(size_t max);
void          cache_free(struct cache *);

/* Drops what is too much now, the least recently used first. */
void cache_resize(struct cache *, size_t max);

/* Forgets everything: other name servers may know other things. */
void cache_clear(struct cache *);

size_t cache_count(const struct cache *);

/*
 * Keeps an answer to a canonical name: NAME_OK for ttl seconds but not longer
 * than the maximum and not at all if ttl is 0, NAME_NOT_FOUND for its fixed
 * time, NAME_FAILED never.  Replaces an older answer of the same family; out
 * of memory, nothing is kept.
 */
void cache_put(struct cache *, const char *name, const struct msg_name_answer *,
    uint32_t ttl, uint64_t now);

/* Fills in the answer kept for name and RESOLVE_*; 0 if there is none. */
int cache_get(struct cache *, const char *name, uint8_t family, uint64_t now,
    struct msg_name_answer *);

#endif /* RESOLVER_CACHE_H */
