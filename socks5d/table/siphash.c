/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * SipHash-2-4: see siphash.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/endian.h>

#include "table/siphash.h"

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

static void     rounds(uint64_t v[4], unsigned int);
static uint64_t last_word(const uint8_t *, size_t);

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_LEN], const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t       v[4], m;
	size_t         left;

	v[0] = le64dec(key) ^ 0x736f6d6570736575;
	v[1] = le64dec(key + 8) ^ 0x646f72616e646f6d;
	v[2] = le64dec(key) ^ 0x6c7967656e657261;
	v[3] = le64dec(key + 8) ^ 0x7465646279746573;
	for (left = len; left >= 8; left -= 8, p += 8) {
		m = le64dec(p);
		v[3] ^= m;
		rounds(v, 2);
		v[0] ^= m;
	}
	m = last_word(p, left) | (uint64_t)len << 56;
	v[3] ^= m;
	rounds(v, 2);
	v[0] ^= m;
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint64_t
last_word(const uint8_t *p, size_t left)
{
	uint64_t m = 0;

	while (left > 0) {
		left--;
		m = m << 8 | p[left];
	}
	return m;
}

static void
rounds(uint64_t v[4], unsigned int n)
{
	for (; n > 0; n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = ROTATE(v[1], 13) ^ v[0];
		v[3] = ROTATE(v[3], 16) ^ v[2];
		v[0] = ROTATE(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = ROTATE(v[1], 17) ^ v[2];
		v[3] = ROTATE(v[3], 21) ^ v[0];
		v[2] = ROTATE(v[2], 32);
	}
}
