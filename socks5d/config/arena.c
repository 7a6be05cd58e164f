/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Memory that is given back all at once; knows
 * nothing of what is kept in it.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"

#define ARENA_BLOCK 16384 /* pieces above this get their own block */

struct arena_block {
	SLIST_ENTRY(arena_block) entry;
	size_t                   size;
	size_t                   used;
	alignas(max_align_t) unsigned char data[];
};

static struct arena_block *arena_block_new(struct arena *, size_t);

void
arena_init(struct arena *a)
{
	SLIST_INIT(a);
}

void
arena_clear(struct arena *a)
{
	struct arena_block *b;

	while ((b = SLIST_FIRST(a)) != NULL) {
		SLIST_REMOVE_HEAD(a, entry);
		free(b);
	}
}

void *
arena_take(struct arena *a, size_t n)
{
	struct arena_block *b;
	void               *p;

	if (n > SIZE_MAX / 2) {
		errno = ENOMEM;
		return NULL;
	}
	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	b = SLIST_FIRST(a);
	if (b == NULL || b->size - b->used < n) {
		if ((b = arena_block_new(a, n)) == NULL)
			return NULL;
	}
	p = b->data + b->used;
	b->used += n;
	return p;
}

static struct arena_block *
arena_block_new(struct arena *a, size_t n)
{
	struct arena_block *b;

	if (n < ARENA_BLOCK)
		n = ARENA_BLOCK;
	if ((b = calloc(1, sizeof(*b) + n)) == NULL)
		return NULL;
	b->size = n;
	SLIST_INSERT_HEAD(a, b, entry);
	return b;
}

char *
arena_text(struct arena *a, const char *text, size_t n)
{
	char *p;

	if ((p = arena_take(a, n + 1)) == NULL)
		return NULL;
	memcpy(p, text, n);
	return p;
}
