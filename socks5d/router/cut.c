/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The addresses in pieces: see cut.h.
 *
 * Pure.
 */

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "router/cut.h"

static int          cuts_put(struct cuts *, const struct addr *);
static void         prefix_last(const struct prefix *, struct addr *);
static int          addr_next(struct addr *);
static unsigned int addr_size(const struct addr *);
static int          cut_cmp(const void *, const void *);

void
cuts_init(struct cuts *c)
{
	memset(c, 0, sizeof(*c));
}

void
cuts_clear(struct cuts *c)
{
	free(c->at);
	cuts_init(c);
}

int
cuts_add(struct cuts *c, const struct prefix *p)
{
	struct addr end;

	if (cuts_put(c, &p->addr) == -1)
		return -1;
	prefix_last(p, &end);
	return addr_next(&end) == -1 ? 0 : cuts_put(c, &end);
}

static int
cuts_put(struct cuts *c, const struct addr *a)
{
	struct addr *at;
	size_t       size;

	if (c->n == c->size) {
		size = c->size == 0 ? 64 : 2 * c->size;
		if ((at = reallocarray(c->at, size, sizeof(*at))) == NULL)
			return -1;
		c->at = at;
		c->size = size;
	}
	c->at[c->n++] = *a;
	return 0;
}

void
cuts_done(struct cuts *c)
{
	size_t i, n = 0;

	if (c->n != 0)
		qsort(c->at, c->n, sizeof(*c->at), cut_cmp);
	for (i = 0; i < c->n; i++)
		if (n == 0 || addr_cmp(&c->at[n - 1], &c->at[i]) != 0)
			c->at[n++] = c->at[i];
	c->n = n;
}

uint32_t
cuts_piece(const struct cuts *c, const struct addr *a)
{
	size_t low = 0, high = c->n, mid;

	/* How many cuts are not above the address? */
	while (low < high) {
		mid = low + (high - low) / 2;
		if (addr_cmp(&c->at[mid], a) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (uint32_t)low;
}

void
cuts_span(const struct cuts *c, const struct prefix *p, uint32_t *first,
    uint32_t *last)
{
	struct addr end;

	*first = cuts_piece(c, &p->addr);
	prefix_last(p, &end);
	*last = cuts_piece(c, &end);
}

static void
prefix_last(const struct prefix *p, struct addr *last)
{
	unsigned int i;

	*last = p->addr;
	for (i = 0; i < addr_size(last); i++)
		if (p->len < 8 * (i + 1))
			last->b[i] |= p->len <= 8 * i ?
			    0xff :
			    0xff >> (p->len - 8 * i);
}

/* The lowest IPv6 address follows the highest IPv4 one; -1 after the last. */
static int
addr_next(struct addr *a)
{
	unsigned int i;

	for (i = addr_size(a); i > 0; i--)
		if (++a->b[i - 1] != 0)
			return 0;
	if (a->af == AF_INET6)
		return -1;
	a->af = AF_INET6;
	return 0;
}

static unsigned int
addr_size(const struct addr *a)
{
	return a->af == AF_INET ? 4 : 16;
}

static int
cut_cmp(const void *a, const void *b)
{
	return addr_cmp(a, b);
}
