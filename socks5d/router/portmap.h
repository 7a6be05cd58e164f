/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which ports of one address are held here, so that one of a range is found
 * without trying those that are.
 *
 * Pure.
 */

#ifndef ROUTER_PORTMAP_H
#define ROUTER_PORTMAP_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"

#define PORTMAP_WORDS (65536 / 32)

struct portmap {
	LIST_ENTRY(portmap) entry; /* the caller's, as are the next two */
	struct addr         addr;
	unsigned int        refs;
	uint32_t            held[PORTMAP_WORDS]; /* a bit each */
};

/*
 * The first one from there on that is not held, around the end of the range,
 * which it must be within; 0 if all are.  Port 0 is none.
 */
uint16_t portmap_next(const struct portmap *, uint16_t low, uint16_t high,
    uint16_t from);

void portmap_take(struct portmap *, uint16_t);
void portmap_give(struct portmap *, uint16_t);

#endif /* ROUTER_PORTMAP_H */
