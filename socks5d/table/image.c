/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The layout of an image and its writing: see image.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/endian.h>

#include <errno.h>
#include <string.h>

#include "table/image.h"

static void image_flush(struct image_out *);

size_t
image_stride(enum table_kind kind, unsigned int section)
{
	static const uint8_t strides[TABLE_KIND_MAX][TABLE_SECTIONS] = {
		[TABLE_ADDR] = { 4, 4, 16, 16 },
		[TABLE_DOMAIN] = { SLOT_LEN, 1, 0, 0 },
		[TABLE_USER] = { SLOT_LEN, 1, 0, 0 },
		[TABLE_COUNTRY] = { 4, 2, 16, 2 },
	};

	return strides[kind][section];
}

uint32_t
image_slot(uint64_t hash, uint32_t nslots)
{
	return (uint32_t)((hash >> 32) * nslots >> 32);
}

void
image_begin(struct image_out *o, table_put put, void *arg, enum table_kind kind,
    uint32_t entries, const uint8_t *key, const uint32_t n[TABLE_SECTIONS])
{
	uint8_t      head[IMAGE_HEAD_LEN], *p = head;
	unsigned int i;

	o->put = put;
	o->arg = arg;
	o->len = 0;
	o->size = 0;
	o->failed = 0;
	memcpy(p, IMAGE_MAGIC, IMAGE_MAGIC_LEN);
	p += IMAGE_MAGIC_LEN;
	be32enc(p, (uint32_t)kind);
	be32enc(p + 4, entries);
	p += 8;
	memcpy(p, key, TABLE_KEY_LEN);
	p += TABLE_KEY_LEN;
	for (i = 0; i < TABLE_SECTIONS; i++)
		be32enc(p + 4 * i, n[i]);
	image_put(o, head, sizeof(head));
}

void
image_put(struct image_out *o, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t         n;

	o->size += len;
	while (len > 0) {
		n = sizeof(o->buf) - o->len;
		if (n > len)
			n = len;
		memcpy(o->buf + o->len, p, n);
		o->len += n;
		p += n;
		len -= n;
		if (o->len == sizeof(o->buf))
			image_flush(o);
	}
}

static void
image_flush(struct image_out *o)
{
	if (o->failed == 0 && o->len > 0 &&
	    o->put(o->arg, o->buf, o->len) == -1)
		o->failed = errno;
	o->len = 0;
}

int
image_end(struct image_out *o)
{
	image_flush(o);
	if (o->failed != 0) {
		errno = o->failed;
		return -1;
	}
	return 0;
}
