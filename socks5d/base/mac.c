/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Keyed hashes: see mac.h.
 *
 * Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "base/mac.h"

void
mac_key(struct mac_key *k, const uint8_t secret[MAC_SECRET_LEN])
{
	uint8_t pad[SHA256_BLOCK_LENGTH];
	size_t  i;

	memset(pad, 0x36, sizeof(pad));
	for (i = 0; i < MAC_SECRET_LEN; i++)
		pad[i] ^= secret[i];
	SHA256Init(&k->inner);
	SHA256Update(&k->inner, pad, sizeof(pad));
	memset(pad, 0x5c, sizeof(pad));
	for (i = 0; i < MAC_SECRET_LEN; i++)
		pad[i] ^= secret[i];
	SHA256Init(&k->outer);
	SHA256Update(&k->outer, pad, sizeof(pad));
	explicit_bzero(pad, sizeof(pad));
}

void
mac(const struct mac_key *k, const void *a, size_t alen, const void *b,
    size_t blen, uint8_t out[MAC_LEN])
{
	SHA2_CTX ctx = k->inner;

	SHA256Update(&ctx, a, alen);
	SHA256Update(&ctx, b, blen);
	SHA256Final(out, &ctx);
	ctx = k->outer;
	SHA256Update(&ctx, out, MAC_LEN);
	SHA256Final(out, &ctx);
	explicit_bzero(&ctx, sizeof(ctx));
}

int
mac_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	unsigned int differ = 0;
	size_t       i;

	for (i = 0; i < n; i++)
		differ |= (unsigned int)(a[i] ^ b[i]);
	return differ == 0;
}
