/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The addresses, cut wherever a prefix begins or ends: between two cuts all
 * are alike, so that the number of the piece says all about an address.
 *
 * Pure.
 */

#ifndef ROUTER_CUT_H
#define ROUTER_CUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct cuts {
	struct addr *at; /* sorted by cuts_done() */
	size_t       n;
	size_t       size;
};

void cuts_init(struct cuts *);
void cuts_clear(struct cuts *);

/* Cuts before and after the prefix; -1 with errno if memory is short. */
int cuts_add(struct cuts *, const struct prefix *);

/* All have been added; before this, nothing below may be called. */
void cuts_done(struct cuts *);

/* The piece in which the address lies. */
uint32_t cuts_piece(const struct cuts *, const struct addr *);

/* The first and the last piece of a prefix that was added. */
void cuts_span(const struct cuts *, const struct prefix *, uint32_t *first,
    uint32_t *last);

#endif /* ROUTER_CUT_H */
