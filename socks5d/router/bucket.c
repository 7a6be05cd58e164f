/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Token buckets: see bucket.h.
 *
 * Pure.
 */

#include "router/bucket.h"

static void     bucket_fill(struct bucket *, uint64_t);
static uint64_t bounded(uint64_t, uint32_t);

void
bucket_init(struct bucket *b, uint64_t count, uint32_t ms, uint64_t size,
    uint64_t now)
{
	b->ms = ms == 0 ? 1 : ms;
	b->count = bounded(count, b->ms);
	b->size = bounded(size, b->ms);
	b->level = b->size * b->ms;
	b->last = now;
}

void
bucket_set(struct bucket *b, uint64_t count, uint32_t ms, uint64_t size,
    uint64_t now)
{
	uint64_t taken;

	bucket_fill(b, now);
	taken = b->size - b->level / b->ms;
	bucket_init(b, count, ms, size, now);
	b->level -= (taken < b->size ? taken : b->size) * b->ms;
}

/* So that no product of it overflows. */
static uint64_t
bounded(uint64_t n, uint32_t ms)
{
	if (n == 0)
		return 1;
	return n < INT64_MAX / ms ? n : INT64_MAX / ms;
}

static void
bucket_fill(struct bucket *b, uint64_t now)
{
	uint64_t room = b->size * b->ms - b->level;
	uint64_t elapsed = now > b->last ? now - b->last : 0;

	if (elapsed > room / b->count)
		b->level += room;
	else
		b->level += elapsed * b->count;
	b->last += elapsed;
}

uint64_t
bucket_level(struct bucket *b, uint64_t now)
{
	bucket_fill(b, now);
	return b->level / b->ms;
}

int
bucket_take(struct bucket *b, uint64_t n, uint64_t now)
{
	if (bucket_level(b, now) < n)
		return 0;
	b->level -= n * b->ms;
	return 1;
}

void
bucket_put(struct bucket *b, uint64_t n, uint64_t now)
{
	uint64_t room;

	bucket_fill(b, now);
	room = b->size * b->ms - b->level;
	b->level += n > room / b->ms ? room : n * b->ms;
}

int
bucket_full(struct bucket *b, uint64_t now)
{
	bucket_fill(b, now);
	return b->level == b->size * b->ms;
}
