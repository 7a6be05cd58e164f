/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Looking into tables: see table.h, and image.h for how they lie there.
 *
 * Pure.  Every number that comes out of an image is checked where it is used.
 */

#include <sys/types.h>
#include <sys/endian.h>
#include <sys/socket.h>

#include <string.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "table/entry.h"
#include "table/image.h"
#include "table/names.h"
#include "table/siphash.h"
#include "table/table.h"

/* An IPv6 address as a number. */
struct wide {
	uint64_t hi;
	uint64_t lo;
};

static int         has_inet(const struct table *, uint32_t);
static int         has_inet6(const struct table *, struct wide);
static int         net_has(const uint8_t *, uint32_t);
static int         net6_has(const uint8_t *, struct wide);
static uint32_t    first_from(const uint8_t *, uint32_t, uint32_t);
static uint32_t    first6_from(const uint8_t *, uint32_t, struct wide);
static struct wide wide_load(const uint8_t *);
static int         wide_less(struct wide, struct wide);

int
table_init(struct table *t, enum table_kind kind, const void *image,
    size_t size)
{
	const uint8_t *p = image, *end = p + size;
	struct table new;
	uint64_t     len;
	unsigned int i;

	table_init_empty(t, kind);
	table_init_empty(&new, kind);
	if (kind <= TABLE_NONE || kind >= TABLE_KIND_MAX ||
	    size < IMAGE_HEAD_LEN ||
	    memcmp(p, IMAGE_MAGIC, IMAGE_MAGIC_LEN) != 0)
		return -1;
	p += IMAGE_MAGIC_LEN;
	if (be32dec(p) != (uint32_t)kind)
		return -1;
	new.entries = be32dec(p + 4);
	memcpy(new.key, p + 8, TABLE_KEY_LEN);
	p += 8 + TABLE_KEY_LEN;
	for (i = 0; i < TABLE_SECTIONS; i++)
		new.n[i] = be32dec(p + 4 * i);
	p += 4 * TABLE_SECTIONS;
	for (i = 0; i < TABLE_SECTIONS; i++) {
		/* At most 36 bits: this cannot overflow. */
		len = (uint64_t) new.n[i] * image_stride(kind, i);
		if (len > (uint64_t)(end - p) || (len == 0 && new.n[i] != 0))
			return -1;
		new.at[i] = p;
		p += len;
	}
	if (p != end)
		return -1;
	if (kind == TABLE_COUNTRY &&
	    (new.n[IMAGE_FROM4] != new.n[IMAGE_CODES4] ||
		new.n[IMAGE_FROM6] != new.n[IMAGE_CODES6]))
		return -1;
	*t = new;
	return 0;
}

void
table_init_empty(struct table *t, enum table_kind kind)
{
	memset(t, 0, sizeof(*t));
	t->kind = kind;
}

int
table_has_addr(const struct table *t, const struct addr *addr)
{
	if (t->kind != TABLE_ADDR)
		return 0;
	if (addr->af == AF_INET)
		return has_inet(t, be32dec(addr->b));
	return addr->af == AF_INET6 && has_inet6(t, wide_load(addr->b));
}

static int
has_inet(const struct table *t, uint32_t x)
{
	const uint8_t *hosts = t->at[IMAGE_HOSTS4], *nets;
	uint32_t       i;

	i = first_from(hosts, t->n[IMAGE_HOSTS4], x);
	if (i < t->n[IMAGE_HOSTS4] && be32dec(hosts + (size_t)i * 4) == x)
		return 1;
	/* The bit that marks the net's length may be before or after x. */
	nets = t->at[IMAGE_NETS4];
	i = first_from(nets, t->n[IMAGE_NETS4], x);
	return (i < t->n[IMAGE_NETS4] && net_has(nets + (size_t)i * 4, x)) ||
	    (i > 0 && net_has(nets + (size_t)(i - 1) * 4, x));
}

static int
has_inet6(const struct table *t, struct wide x)
{
	const uint8_t *hosts = t->at[IMAGE_HOSTS6], *nets;
	struct wide    host;
	uint32_t       i;

	i = first6_from(hosts, t->n[IMAGE_HOSTS6], x);
	if (i < t->n[IMAGE_HOSTS6]) {
		host = wide_load(hosts + (size_t)i * 16);
		if (host.hi == x.hi && host.lo == x.lo)
			return 1;
	}
	nets = t->at[IMAGE_NETS6];
	i = first6_from(nets, t->n[IMAGE_NETS6], x);
	return (i < t->n[IMAGE_NETS6] && net6_has(nets + (size_t)i * 16, x)) ||
	    (i > 0 && net6_has(nets + (size_t)(i - 1) * 16, x));
}

/* All bits above the lowest one that is set are those of the prefix. */
static int
net_has(const uint8_t *p, uint32_t x)
{
	uint32_t net = be32dec(p), bit = net & -net;

	return net != 0 && ((net ^ x) & ~(bit | (bit - 1))) == 0;
}

static int
net6_has(const uint8_t *p, struct wide x)
{
	struct wide net = wide_load(p);
	uint64_t    bit;

	if (net.lo != 0) {
		bit = net.lo & -net.lo;
		return net.hi == x.hi &&
		    ((net.lo ^ x.lo) & ~(bit | (bit - 1))) == 0;
	}
	bit = net.hi & -net.hi;
	return net.hi != 0 && ((net.hi ^ x.hi) & ~(bit | (bit - 1))) == 0;
}

/* The first of n sorted numbers that is not less than x; n if none is. */
static uint32_t
first_from(const uint8_t *at, uint32_t n, uint32_t x)
{
	uint32_t low = 0, half;

	while (n > 0) {
		half = n / 2;
		if (be32dec(at + (size_t)(low + half) * 4) < x) {
			low += half + 1;
			n -= half + 1;
		} else
			n = half;
	}
	return low;
}

static uint32_t
first6_from(const uint8_t *at, uint32_t n, struct wide x)
{
	uint32_t low = 0, half;

	while (n > 0) {
		half = n / 2;
		if (wide_less(wide_load(at + (size_t)(low + half) * 16), x)) {
			low += half + 1;
			n -= half + 1;
		} else
			n = half;
	}
	return low;
}

static struct wide
wide_load(const uint8_t *p)
{
	struct wide x;

	x.hi = be64dec(p);
	x.lo = be64dec(p + 8);
	return x;
}

static int
wide_less(struct wide a, struct wide b)
{
	return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

int
table_has_name(const struct table *t, const char *name)
{
	const uint8_t *r;
	const char    *p = name;
	size_t         left = strlen(name);
	uint8_t        what = DOMAIN_SELF;

	if (t->kind != TABLE_DOMAIN || left > HOSTNAME_MAX)
		return 0;
	for (;;) {
		if ((r = names_find(t, p, left)) != NULL && (r[0] & what) != 0)
			return 1;
		if ((p = memchr(p, '.', left)) == NULL)
			return 0;
		p++;
		left = strlen(p);
		what = DOMAIN_SUBS;
	}
}

int
table_has_user(const struct table *t, const void *name, size_t len)
{
	return t->kind == TABLE_USER && names_find(t, name, len) != NULL;
}

const uint8_t *
names_find(const struct table *t, const void *name, size_t len)
{
	const uint8_t *slot, *r;
	uint64_t       hash;
	uint32_t       nslots = t->n[IMAGE_SLOTS], i, place, probes;

	if (nslots == 0 || len == 0 || len > UINT8_MAX)
		return NULL;
	hash = siphash(t->key, name, len);
	i = image_slot(hash, nslots);
	for (probes = 0; probes < SLOT_PROBES_MAX; probes++) {
		slot = t->at[IMAGE_SLOTS] + (size_t)i * SLOT_LEN;
		if ((place = be32dec(slot + 4)) == 0)
			return NULL;
		if (be32dec(slot) == (uint32_t)hash &&
		    (r = names_record(t, place - 1)) != NULL && r[1] == len &&
		    memcmp(r + RECORD_HEAD_LEN, name, len) == 0)
			return r;
		if (++i == nslots)
			i = 0;
	}
	return NULL;
}

const uint8_t *
names_record(const struct table *t, uint64_t place)
{
	const uint8_t *r;
	uint64_t       size = t->n[IMAGE_RECORDS];

	if (place >= size || size - place < RECORD_HEAD_LEN)
		return NULL;
	r = t->at[IMAGE_RECORDS] + place;
	if (size - place - RECORD_HEAD_LEN < r[1])
		return NULL;
	return r;
}

uint16_t
table_country(const struct table *t, const struct addr *addr)
{
	struct wide    x;
	const uint8_t *from;
	uint32_t       i;

	if (t->kind != TABLE_COUNTRY)
		return TABLE_COUNTRY_UNKNOWN;
	if (addr->af == AF_INET) {
		from = t->at[IMAGE_FROM4];
		i = first_from(from, t->n[IMAGE_FROM4], be32dec(addr->b));
		if (i == t->n[IMAGE_FROM4] ||
		    be32dec(from + (size_t)i * 4) != be32dec(addr->b))
			i--;
		return i >= t->n[IMAGE_FROM4] ?
		    TABLE_COUNTRY_UNKNOWN :
		    be16dec(t->at[IMAGE_CODES4] + (size_t)i * 2);
	}
	if (addr->af == AF_INET6) {
		x = wide_load(addr->b);
		from = t->at[IMAGE_FROM6];
		i = first6_from(from, t->n[IMAGE_FROM6], x);
		if (i == t->n[IMAGE_FROM6] ||
		    wide_less(x, wide_load(from + (size_t)i * 16)))
			i--;
		return i >= t->n[IMAGE_FROM6] ?
		    TABLE_COUNTRY_UNKNOWN :
		    be16dec(t->at[IMAGE_CODES6] + (size_t)i * 2);
	}
	return TABLE_COUNTRY_UNKNOWN;
}
