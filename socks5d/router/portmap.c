/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which ports of one address are held: see portmap.h.
 *
 * Pure.
 */

#include <strings.h>

#include "router/portmap.h"

static uint32_t portmap_first(const struct portmap *, uint32_t, uint32_t);

uint16_t
portmap_next(const struct portmap *m, uint16_t low, uint16_t high,
    uint16_t from)
{
	uint32_t port;

	if (low == 0)
		low = 1;
	if (from < low)
		from = low;
	if ((port = portmap_first(m, from, high)) == 0 && from > low)
		port = portmap_first(m, low, from - 1U);
	return (uint16_t)port;
}

/* A word at a time; 0 if there is none. */
static uint32_t
portmap_first(const struct portmap *m, uint32_t from, uint32_t to)
{
	uint32_t port, free;

	for (port = from; port <= to; port = (port / 32 + 1) * 32) {
		free = ~m->held[port / 32] >> port % 32;
		if (free == 0)
			continue;
		port += (uint32_t)ffs((int)free) - 1;
		return port <= to ? port : 0;
	}
	return 0;
}

void
portmap_take(struct portmap *m, uint16_t port)
{
	m->held[port / 32] |= UINT32_C(1) << port % 32;
}

void
portmap_give(struct portmap *m, uint16_t port)
{
	m->held[port / 32] &= ~(UINT32_C(1) << port % 32);
}
