/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Keyed hashes (HMAC-SHA256, RFC 2104) with the SHA-2 of libmd or libc.
 *
 * Pure.  The router vouches with one for a client's address; auth believes it,
 * and remembers checked passwords as others.
 */

#ifndef BASE_MAC_H
#define BASE_MAC_H

#include <stddef.h>
#include <stdint.h>

#include <sha2.h>

#define MAC_SECRET_LEN 32
#define MAC_LEN        32

/* A secret, ready for use: the state of both hashes after it. */
struct mac_key {
	SHA2_CTX inner;
	SHA2_CTX outer;
};

void mac_key(struct mac_key *, const uint8_t secret[MAC_SECRET_LEN]);

/* Of the two pieces behind each other; either may be of length 0. */
void mac(const struct mac_key *, const void *, size_t, const void *, size_t,
    uint8_t out[MAC_LEN]);

/* True if so many bytes of both are the same; takes no less if they differ. */
int mac_equal(const uint8_t *, const uint8_t *, size_t);

#endif /* BASE_MAC_H */
