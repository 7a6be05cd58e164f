/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sets of addresses of one family on their way into an image.
 *
 * Private to socks5d/table.  Pure but for memory.
 */

#ifndef TABLE_NETS_H
#define TABLE_NETS_H

#include <stddef.h>
#include <stdint.h>

#include "table/build.h"
#include "table/table.h"

/* Prefixes: each width bytes of address and one of length. */
struct nets {
	uint8_t *p;
	size_t   width; /* 4 or 16 */
	size_t   n;
	size_t   size;
};

/* 0, or -1 without memory. */
int  nets_add(struct nets *, const uint8_t *addr, uint8_t len);
void nets_clear(struct nets *);

/* What a table has of addresses of one family before and after a change. */
struct nets_change {
	struct nets add;
	struct nets del;
	struct nets out; /* the fewest that say the same */
	uint32_t    added;
	uint32_t    deleted;
};

/*
 * Makes out and the counts of add, del and what is in the old table; add and
 * del are sorted on the way.  0, or -1 with errno.
 */
int nets_apply(struct nets_change *, const struct table *old);

/* Writes the image of both families; 0, or -1 with errno. */
int nets_write(const struct nets *v4, const struct nets *v6, table_put,
    void *arg, uint64_t *size);

#endif /* TABLE_NETS_H */
