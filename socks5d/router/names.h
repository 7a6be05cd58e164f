/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names of which rules speak, as numbers: what an axis is made of.
 *
 * Pure.
 */

#ifndef ROUTER_NAMES_H
#define ROUTER_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define NAME_NOBODY 0U /* there is no name */
#define NAME_OTHER  1U /* a name that was not added */
#define NAME_FIRST  2U /* of those that were, in their order */

struct names {
	struct name *slots; /* by hash; a power of two of them */
	size_t       size;
	uint32_t     n;
};

void names_init(struct names *);
void names_clear(struct names *);

/*
 * Adds the name, which must outlive the table, unless it is there already; -1
 * with errno if memory is short.
 */
int names_add(struct names *, const char *);

/* The number of a name; NULL is none. */
uint32_t names_at(const struct names *, const char *);

#endif /* ROUTER_NAMES_H */
