/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which proxy is next: see balance.h.
 *
 * Pure.  Sources are spread by the highest of the hashes of (source, member):
 * without one member, only its own sources move.
 */

#include <sys/types.h>

#include "router/balance.h"

static int      pick_after(const struct balance *, uint64_t, unsigned int);
static int      pick_highest(const struct balance *, uint64_t, uint64_t);
static uint64_t mix(uint64_t);

int
balance_pick(struct balance *b, uint64_t members, uint64_t source)
{
	int i;

	switch (b->how) {
	case CONF_FAILOVER:
		return pick_after(b, members, b->n);
	case CONF_ROUNDROBIN:
		if ((i = pick_after(b, members, b->last + 1)) != -1)
			b->last = (unsigned int)i;
		return i;
	case CONF_SOURCE:
		return pick_highest(b, members, source);
	}
	return -1;
}

/* The first from there on, around. */
static int
pick_after(const struct balance *b, uint64_t members, unsigned int start)
{
	unsigned int i, at;

	for (i = 0; i < b->n; i++) {
		at = (start + i) % b->n;
		if (members & MEMBER_BIT(at))
			return (int)at;
	}
	return -1;
}

static int
pick_highest(const struct balance *b, uint64_t members, uint64_t source)
{
	uint64_t     h, highest = 0;
	unsigned int i;
	int          best = -1;

	for (i = 0; i < b->n; i++) {
		if ((members & MEMBER_BIT(i)) == 0)
			continue;
		h = mix(source ^ mix(b->identity[i]));
		if (best == -1 || h > highest) {
			best = (int)i;
			highest = h;
		}
	}
	return best;
}

/* Each bit of the result depends on each bit of x (splitmix64). */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

uint32_t
backoff_ms(uint32_t min_ms, uint32_t max_ms, unsigned int failures,
    uint32_t chance)
{
	uint64_t ms = min_ms;

	while (failures-- > 0 && ms < max_ms)
		ms *= 2;
	if (ms > max_ms)
		ms = max_ms;
	return (uint32_t)(ms - chance % (ms / 2 + 1));
}
