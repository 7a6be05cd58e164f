/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Memory that is given back all at once: what one reading of the config needs
 * on its way and nobody frees piece by piece, so that an error in the middle
 * of a line can leak nothing.
 *
 * Pure.
 */

#ifndef CONFIG_ARENA_H
#define CONFIG_ARENA_H

#include <sys/queue.h>

#include <stddef.h>

struct arena_block;
SLIST_HEAD(arena, arena_block);

void arena_init(struct arena *);

/* Frees every piece that was ever taken. */
void arena_clear(struct arena *);

/* Zeroed memory, aligned for anything; NULL with errno. */
void *arena_take(struct arena *, size_t);

/* A copy of n bytes with a NUL behind them; NULL with errno. */
char *arena_text(struct arena *, const char *, size_t n);

#endif /* CONFIG_ARENA_H */
