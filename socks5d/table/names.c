/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sets of names on their way into an image: see names.h.
 *
 * Pure but for memory and a random key.
 */

#include <sys/types.h>
#include <sys/endian.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table/image.h"
#include "table/names.h"
#include "table/siphash.h"

#define RECORDS_SIZE_MIN 4096
#define RECORDS_LEN_MAX  0xffffff00 /* places are 32 bits */

/* With a key at random, not even one try should fail. */
#define KEY_TRIES 8

/* Records and where they are by their hash. */
struct names {
	struct records records;
	uint8_t       *slots;
	uint32_t       nslots;
	uint8_t        key[TABLE_KEY_LEN];
};

static int      names_change(struct names *, const struct table *,
	 const struct records *, const struct records *, struct table_result *);
static int      names_index(struct names *, uint32_t);
static uint8_t *names_slot(const struct names *, const void *, size_t,
    uint32_t *);
static int      names_put(struct names *, const uint8_t *, uint8_t *);
static void     names_take(struct names *, const uint8_t *, uint8_t *);
static void     names_pack(struct names *);
static int      names_image(const struct names *, enum table_kind, table_put,
	 void *);

int
records_add(struct records *r, uint8_t what, const void *name, size_t len)
{
	uint8_t *p;
	size_t   size;

	if (r->size - r->len < RECORD_HEAD_LEN + len) {
		size = r->size < RECORDS_SIZE_MIN ? RECORDS_SIZE_MIN :
						    r->size + r->size / 2;
		if (r->len > RECORDS_LEN_MAX - RECORD_HEAD_LEN - len) {
			errno = ENOMEM;
			return -1;
		}
		if ((p = realloc(r->p, size)) == NULL)
			return -1;
		r->p = p;
		r->size = size;
	}
	p = r->p + r->len;
	p[0] = what;
	p[1] = (uint8_t)len;
	memcpy(p + RECORD_HEAD_LEN, name, len);
	r->len += RECORD_HEAD_LEN + len;
	r->n++;
	return 0;
}

void
records_clear(struct records *r)
{
	free(r->p);
	memset(r, 0, sizeof(*r));
}

int
names_write(enum table_kind kind, const struct table *old,
    const struct records *del, const struct records *add, table_put put,
    void *arg, struct table_result *res)
{
	struct names names;
	unsigned int try;
	int          ret = -1;

	for (try = 0; try < KEY_TRIES; try++) {
		memset(&names, 0, sizeof(names));
		arc4random_buf(names.key, sizeof(names.key));
		ret = names_change(&names, old, del, add, res);
		if (ret == 0 || errno != EAGAIN)
			break;
		records_clear(&names.records);
		free(names.slots);
		names.slots = NULL;
	}
	if (ret == 0) {
		res->entries = names.records.n;
		res->size = IMAGE_HEAD_LEN + (uint64_t)names.nslots * SLOT_LEN +
		    names.records.len;
		ret = names_image(&names, kind, put, arg);
	}
	records_clear(&names.records);
	free(names.slots);
	return ret;
}

/* EAGAIN: too many names fell together under this key. */
static int
names_change(struct names *names, const struct table *old,
    const struct records *del, const struct records *add,
    struct table_result *res)
{
	const uint8_t *r;
	size_t         at;
	uint64_t       place;
	uint32_t       n;
	uint8_t        changed;

	n = add->n;
	for (place = 0; (r = names_record(old, place)) != NULL;
	     place += RECORD_HEAD_LEN + r[1]) {
		if (n == TABLE_ENTRIES_MAX) {
			errno = E2BIG;
			return -1;
		}
		n++;
	}
	if (names_index(names, n) == -1)
		return -1;
	for (place = 0; (r = names_record(old, place)) != NULL;
	     place += RECORD_HEAD_LEN + r[1]) {
		if (names_put(names, r, &changed) == -1)
			return -1;
	}
	res->added = res->deleted = 0;
	for (at = 0; at < del->len; at += RECORD_HEAD_LEN + del->p[at + 1]) {
		names_take(names, del->p + at, &changed);
		res->deleted += changed;
	}
	for (at = 0; at < add->len; at += RECORD_HEAD_LEN + add->p[at + 1]) {
		if (names_put(names, add->p + at, &changed) == -1)
			return -1;
		res->added += changed;
	}
	names_pack(names);
	return names_index(names, names->records.n);
}

/* Room for n names, and those there are into it; two slots of three used. */
static int
names_index(struct names *names, uint32_t n)
{
	const uint8_t *r;
	uint8_t       *slot;
	size_t         at;
	uint32_t       hash;

	free(names->slots);
	names->nslots = n == 0 ? 0 : n + n / 2 + 1;
	if ((names->slots = calloc((size_t)names->nslots + 1, SLOT_LEN)) ==
	    NULL)
		return -1;
	for (at = 0; at < names->records.len; at += RECORD_HEAD_LEN + r[1]) {
		r = names->records.p + at;
		if ((slot = names_slot(names, r + RECORD_HEAD_LEN, r[1],
			 &hash)) == NULL)
			return -1;
		be32enc(slot, hash);
		be32enc(slot + 4, (uint32_t)at + 1);
	}
	return 0;
}

/* The slot of that name or the free one where it belongs; NULL if too far. */
static uint8_t *
names_slot(const struct names *names, const void *name, size_t len,
    uint32_t *hash)
{
	const uint8_t *r;
	uint8_t       *slot;
	uint64_t       h;
	uint32_t       i, place, probes;

	h = siphash(names->key, name, len);
	*hash = (uint32_t)h;
	i = image_slot(h, names->nslots);
	for (probes = 0; probes < SLOT_PROBES_MAX; probes++) {
		slot = names->slots + (size_t)i * SLOT_LEN;
		if ((place = be32dec(slot + 4)) == 0)
			return slot;
		r = names->records.p + place - 1;
		if (be32dec(slot) == *hash && r[1] == len &&
		    memcmp(r + RECORD_HEAD_LEN, name, len) == 0)
			return slot;
		if (++i == names->nslots)
			i = 0;
	}
	errno = EAGAIN;
	return NULL;
}

/* Adds what a record says; changed tells whether that is new. */
static int
names_put(struct names *names, const uint8_t *r, uint8_t *changed)
{
	uint8_t *slot, *there;
	uint32_t hash;

	if ((slot = names_slot(names, r + RECORD_HEAD_LEN, r[1], &hash)) ==
	    NULL)
		return -1;
	if (be32dec(slot + 4) != 0) {
		there = names->records.p + be32dec(slot + 4) - 1;
		*changed = (r[0] & ~there[0]) != 0;
		there[0] |= r[0];
		return 0;
	}
	*changed = 1;
	be32enc(slot, hash);
	be32enc(slot + 4, (uint32_t)names->records.len + 1);
	return records_add(&names->records, r[0], r + RECORD_HEAD_LEN, r[1]);
}

/* Takes away what a record says; what is left of it may be nothing. */
static void
names_take(struct names *names, const uint8_t *r, uint8_t *changed)
{
	uint8_t *slot, *there;
	uint32_t hash;

	*changed = 0;
	if (names->nslots == 0 ||
	    (slot = names_slot(names, r + RECORD_HEAD_LEN, r[1], &hash)) ==
		NULL ||
	    be32dec(slot + 4) == 0)
		return;
	there = names->records.p + be32dec(slot + 4) - 1;
	*changed = (there[0] & r[0]) != 0;
	there[0] &= (uint8_t)~r[0];
}

/* Closes the gaps of names that say nothing any more. */
static void
names_pack(struct names *names)
{
	struct records *rec = &names->records;
	uint8_t        *r;
	size_t          from, to = 0, len;

	rec->n = 0;
	for (from = 0; from < rec->len; from += len) {
		r = rec->p + from;
		len = RECORD_HEAD_LEN + r[1];
		if (r[0] == 0)
			continue;
		memmove(rec->p + to, r, len);
		to += len;
		rec->n++;
	}
	rec->len = to;
}

static int
names_image(const struct names *names, enum table_kind kind, table_put put,
    void *arg)
{
	struct image_out *o;
	uint32_t          n[TABLE_SECTIONS] = { 0 };
	int               ret;

	if ((o = malloc(sizeof(*o))) == NULL)
		return -1;
	n[IMAGE_SLOTS] = names->nslots;
	n[IMAGE_RECORDS] = (uint32_t)names->records.len;
	image_begin(o, put, arg, kind, names->records.n, names->key, n);
	image_put(o, names->slots, (size_t)names->nslots * SLOT_LEN);
	image_put(o, names->records.p, names->records.len);
	ret = image_end(o);
	free(o);
	return ret;
}
