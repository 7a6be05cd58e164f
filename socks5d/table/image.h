/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The layout of an image: a head, then its sections behind each other, all in
 * network byte order and none aligned.
 *
 *	head	magic[8] kind:4 entries:4 key[16] n:4 n:4 n:4 n:4
 *	address	v4 hosts[4], v4 nets[4], v6 hosts[16], v6 nets[16]
 *	names	slots (hash:4 place:4), records (what:1 length:1 name)
 *	country	v4 from[4], their codes[2], v6 from[16], their codes[2]
 *
 * A host is an address of its own.  A net is a prefix of less than full length
 * with a bit set behind its last one: that many bytes tell address and length,
 * and nets which do not overlap are in the order of their addresses.  Both are
 * sorted.  A name is found by its hash: the upper half says at which slot the
 * search begins, the lower half is kept there with the place of the record
 * plus 1; 0 is a free slot and ends the search.  A country's addresses go up
 * to the next entry of its section.
 *
 * Private to socks5d/table.  Pure.
 */

#ifndef TABLE_IMAGE_H
#define TABLE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "table/build.h"
#include "table/table.h"

#define IMAGE_MAGIC     "socks5d\1"
#define IMAGE_MAGIC_LEN 8
#define IMAGE_HEAD_LEN  (IMAGE_MAGIC_LEN + 4 + 4 + TABLE_KEY_LEN + 4 * 4)

enum image_addr {
	IMAGE_HOSTS4,
	IMAGE_NETS4,
	IMAGE_HOSTS6,
	IMAGE_NETS6,
};

enum image_names {
	IMAGE_SLOTS,
	IMAGE_RECORDS,
};

enum image_country {
	IMAGE_FROM4,
	IMAGE_CODES4,
	IMAGE_FROM6,
	IMAGE_CODES6,
};

#define SLOT_LEN        8
#define RECORD_HEAD_LEN 2

/* A search looks at no more slots than these. */
#define SLOT_PROBES_MAX 1024

/* Bytes of one element of a section; 0 for one that the kind does not have. */
size_t image_stride(enum table_kind, unsigned int section);

/* The slot at which the search for this hash begins. */
uint32_t image_slot(uint64_t hash, uint32_t nslots);

/* What is written, gathered into larger pieces. */
struct image_out {
	table_put put;
	void     *arg;
	size_t    len;
	uint64_t  size; /* written so far */
	int       failed;
	uint8_t   buf[65536];
};

void image_begin(struct image_out *, table_put, void *arg, enum table_kind,
    uint32_t entries, const uint8_t *key, const uint32_t n[TABLE_SECTIONS]);
void image_put(struct image_out *, const void *, size_t);

/* 0, or -1 with errno if something could not be written. */
int image_end(struct image_out *);

#endif /* TABLE_IMAGE_H */
