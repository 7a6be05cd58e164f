/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sets of addresses on their way into an image: see nets.h.
 *
 * Pure but for memory.  A set is made of prefixes that do not overlap, in the
 * order of their addresses, and never of two halves where their whole would do:
 * so whatever lies in a set lies in one of its prefixes.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "table/image.h"
#include "table/nets.h"

#define WIDTH_MAX     16
#define NETS_SIZE_MIN 256
#define NETS_MAX      (2 * (size_t)TABLE_ENTRIES_MAX)

static int  nets_old(struct nets *, const struct table *);
static void net_unmark(uint8_t *, const uint8_t *, size_t);
static void nets_sort(struct nets *);
static int  net_cmp4(const void *, const void *);
static int  net_cmp6(const void *, const void *);
static void nets_pack(struct nets *);
static int  net_within(const uint8_t *, const uint8_t *, size_t);
static int  net_join(uint8_t *, const uint8_t *, size_t);
static int  nets_subtract(struct nets *, const struct nets *, const uint8_t *);
static int  nets_union(struct nets *, const struct nets *, const struct nets *);
static int  nets_cover(const struct nets *, const uint8_t *);
static int  nets_meet(const struct nets *, const uint8_t *);
static size_t         nets_behind(const struct nets *, const uint8_t *);
static const uint8_t *nets_at(const struct nets *, size_t);
static uint32_t       nets_hosts(const struct nets *);
static void           nets_put(struct image_out *, const struct nets *, int);

int
nets_add(struct nets *s, const uint8_t *addr, uint8_t len)
{
	uint8_t *p;
	size_t   size;

	if (s->n == s->size) {
		if (s->n >= NETS_MAX) {
			errno = E2BIG;
			return -1;
		}
		size = s->size == 0 ? NETS_SIZE_MIN : s->size + s->size / 2;
		if ((p = reallocarray(s->p, size, s->width + 1)) == NULL)
			return -1;
		s->p = p;
		s->size = size;
	}
	p = s->p + s->n * (s->width + 1);
	memcpy(p, addr, s->width);
	p[s->width] = len;
	s->n++;
	return 0;
}

void
nets_clear(struct nets *s)
{
	free(s->p);
	s->p = NULL;
	s->n = s->size = 0;
}

int
nets_apply(struct nets_change *c, const struct table *old)
{
	struct nets was = { .width = c->add.width }, left = was;
	size_t      i;
	int         ret = -1;

	c->added = c->deleted = 0;
	c->out.width = c->add.width;
	nets_sort(&c->add);
	nets_sort(&c->del);
	if (nets_old(&was, old) == -1)
		goto done;
	for (i = 0; i < c->del.n; i++) {
		if ((i == 0 ||
			memcmp(nets_at(&c->del, i - 1), nets_at(&c->del, i),
			    c->del.width + 1) != 0) &&
		    nets_meet(&was, nets_at(&c->del, i)))
			c->deleted++;
	}
	nets_pack(&c->del);
	for (i = 0; i < was.n; i++) {
		if (nets_subtract(&left, &c->del, nets_at(&was, i)) == -1)
			goto done;
	}
	for (i = 0; i < c->add.n; i++) {
		if ((i == 0 ||
			memcmp(nets_at(&c->add, i - 1), nets_at(&c->add, i),
			    c->add.width + 1) != 0) &&
		    !nets_cover(&left, nets_at(&c->add, i)))
			c->added++;
	}
	nets_pack(&c->add);
	ret = nets_union(&c->out, &left, &c->add);
done:
	nets_clear(&was);
	nets_clear(&left);
	return ret;
}

/* All of that family in a table, whoever may have made its image. */
static int
nets_old(struct nets *s, const struct table *t)
{
	const uint8_t *host;
	uint8_t        net[WIDTH_MAX + 1];
	unsigned int   hosts = s->width == 4 ? IMAGE_HOSTS4 : IMAGE_HOSTS6;
	unsigned int   nets = s->width == 4 ? IMAGE_NETS4 : IMAGE_NETS6;
	uint32_t       i = 0, j = 0;

	if (t->kind != TABLE_ADDR)
		return 0;
	while (i < t->n[hosts] || j < t->n[nets]) {
		host = t->at[hosts] + (size_t)i * s->width;
		if (j < t->n[nets])
			net_unmark(net, t->at[nets] + (size_t)j * s->width,
			    s->width);
		if (j == t->n[nets] ||
		    (i < t->n[hosts] && memcmp(host, net, s->width) < 0)) {
			if (nets_add(s, host, (uint8_t)(8 * s->width)) == -1)
				return -1;
			i++;
		} else {
			if (nets_add(s, net, net[s->width]) == -1)
				return -1;
			j++;
		}
	}
	nets_sort(s);
	nets_pack(s);
	return 0;
}

/* Takes off the bit behind the prefix, whose place is its length. */
static void
net_unmark(uint8_t *dst, const uint8_t *src, size_t width)
{
	size_t i = width;

	memcpy(dst, src, width);
	dst[width] = 0;
	while (i > 0 && dst[i - 1] == 0)
		i--;
	if (i == 0)
		return;
	dst[width] = (uint8_t)(8 * i - (size_t)ffs(dst[i - 1]));
	dst[i - 1] &= (uint8_t)(dst[i - 1] - 1);
}

/* By address, and of those with the same the widest first. */
static void
nets_sort(struct nets *s)
{
	size_t i;

	for (i = 1; i < s->n; i++) {
		if (memcmp(nets_at(s, i - 1), nets_at(s, i), s->width + 1) > 0)
			break;
	}
	if (i < s->n)
		qsort(s->p, s->n, s->width + 1,
		    s->width == 4 ? net_cmp4 : net_cmp6);
}

static int
net_cmp4(const void *a, const void *b)
{
	return memcmp(a, b, 4 + 1);
}

static int
net_cmp6(const void *a, const void *b)
{
	return memcmp(a, b, 16 + 1);
}

/* Makes a set of prefixes that are sorted. */
static void
nets_pack(struct nets *s)
{
	size_t   i, n = 0, len = s->width + 1;
	uint8_t *top;

	for (i = 0; i < s->n; i++) {
		top = s->p + n * len;
		if (n > 0 && net_within(nets_at(s, i), top - len, s->width))
			continue;
		memmove(top, nets_at(s, i), len);
		n++;
		for (; n > 1 && net_join(top - len, top, s->width); n--)
			top -= len;
	}
	s->n = n;
}

/* The first lies in the second, or is it. */
static int
net_within(const uint8_t *a, const uint8_t *b, size_t width)
{
	size_t bytes = b[width] / 8, bits = b[width] % 8;

	return a[width] >= b[width] && memcmp(a, b, bytes) == 0 &&
	    (bits == 0 || (a[bytes] ^ b[bytes]) >> (8 - bits) == 0);
}

/* If they are both halves of one, a, which is the lower, becomes that. */
static int
net_join(uint8_t *a, const uint8_t *b, size_t width)
{
	if (a[width] != b[width] || a[width] == 0)
		return 0;
	a[width]--;
	if (net_within(b, a, width))
		return 1;
	a[width]++;
	return 0;
}

/* What of one prefix is not in the set. */
static int
nets_subtract(struct nets *out, const struct nets *del, const uint8_t *net)
{
	uint8_t half[WIDTH_MAX + 1];
	size_t  width = out->width, bit = net[width];

	if (nets_cover(del, net))
		return 0;
	if (!nets_meet(del, net))
		return nets_add(out, net, net[width]);
	/* It meets a narrower one, so it has halves: 128 levels at most. */
	memcpy(half, net, width);
	half[width] = (uint8_t)(bit + 1);
	if (nets_subtract(out, del, half) == -1)
		return -1;
	half[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return nets_subtract(out, del, half);
}

static int
nets_union(struct nets *out, const struct nets *a, const struct nets *b)
{
	const uint8_t *net;
	size_t         i = 0, j = 0;

	while (i < a->n || j < b->n) {
		if (j == b->n ||
		    (i < a->n &&
			memcmp(nets_at(a, i), nets_at(b, j), out->width + 1) <
			    0))
			net = nets_at(a, i++);
		else
			net = nets_at(b, j++);
		if (nets_add(out, net, net[out->width]) == -1)
			return -1;
	}
	nets_pack(out);
	return 0;
}

/* The set has all of the prefix. */
static int
nets_cover(const struct nets *s, const uint8_t *net)
{
	size_t i = nets_behind(s, net);

	return i > 0 && net_within(net, nets_at(s, i - 1), s->width);
}

/* The set has something of the prefix. */
static int
nets_meet(const struct nets *s, const uint8_t *net)
{
	size_t i = nets_behind(s, net);

	if (i > 0 &&
	    (net_within(net, nets_at(s, i - 1), s->width) ||
		net_within(nets_at(s, i - 1), net, s->width)))
		return 1;
	return i < s->n && net_within(nets_at(s, i), net, s->width);
}

/* How many of a set begin at or before the prefix. */
static size_t
nets_behind(const struct nets *s, const uint8_t *net)
{
	size_t low = 0, n = s->n, half;

	while (n > 0) {
		half = n / 2;
		if (memcmp(nets_at(s, low + half), net, s->width) <= 0) {
			low += half + 1;
			n -= half + 1;
		} else
			n = half;
	}
	return low;
}

static const uint8_t *
nets_at(const struct nets *s, size_t i)
{
	return s->p + i * (s->width + 1);
}

int
nets_write(const struct nets *v4, const struct nets *v6, table_put put,
    void *arg, uint64_t *size)
{
	static const uint8_t no_key[TABLE_KEY_LEN];
	struct image_out    *o;
	uint32_t             n[TABLE_SECTIONS];
	int                  ret;

	if (v4->n + v6->n > TABLE_ENTRIES_MAX) {
		errno = E2BIG;
		return -1;
	}
	if ((o = malloc(sizeof(*o))) == NULL)
		return -1;
	n[IMAGE_HOSTS4] = nets_hosts(v4);
	n[IMAGE_NETS4] = (uint32_t)v4->n - n[IMAGE_HOSTS4];
	n[IMAGE_HOSTS6] = nets_hosts(v6);
	n[IMAGE_NETS6] = (uint32_t)v6->n - n[IMAGE_HOSTS6];
	image_begin(o, put, arg, TABLE_ADDR, (uint32_t)(v4->n + v6->n), no_key,
	    n);
	nets_put(o, v4, 1);
	nets_put(o, v4, 0);
	nets_put(o, v6, 1);
	nets_put(o, v6, 0);
	*size = o->size;
	ret = image_end(o);
	free(o);
	return ret;
}

/* Those of full length. */
static uint32_t
nets_hosts(const struct nets *s)
{
	uint32_t hosts = 0;
	size_t   i;

	for (i = 0; i < s->n; i++)
		hosts += nets_at(s, i)[s->width] == 8 * s->width;
	return hosts;
}

/* The section of hosts or that of nets. */
static void
nets_put(struct image_out *o, const struct nets *s, int hosts)
{
	uint8_t net[WIDTH_MAX];
	size_t  i, bit;

	for (i = 0; i < s->n; i++) {
		bit = nets_at(s, i)[s->width];
		if ((bit == 8 * s->width) != hosts)
			continue;
		memcpy(net, nets_at(s, i), s->width);
		if (!hosts)
			net[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		image_put(o, net, s->width);
	}
}
