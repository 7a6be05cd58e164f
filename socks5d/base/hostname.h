/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names as clients send them, made canonical before anyone judges them.
 *
 * Pure.
 */

#ifndef BASE_HOSTNAME_H
#define BASE_HOSTNAME_H

#include <stddef.h>
#include <stdint.h>

struct addr;

#define HOSTNAME_MAX 253 /* RFC 1035, without trailing dot */

enum hostname_kind {
	HOSTNAME_NAME,   /* dst holds the canonical name */
	HOSTNAME_ADDR,   /* a literal; addr holds it, unmapped */
	HOSTNAME_NUMBER, /* another spelling of a number: refuse */
	HOSTNAME_BAD,    /* not a name at all: refuse */
};

/*
 * Canonical means: lower case, no trailing dot, 1 to HOSTNAME_MAX bytes,
 * labels of 1 to 63 letters, digits, hyphens and underscores.  Everything
 * else (NUL, spaces, '%', bytes over 127) is HOSTNAME_BAD.  A dotted quad or
 * IPv6 text, the latter also in brackets, is HOSTNAME_ADDR.  A name whose last
 * label is a decimal, octal or hexadecimal number and that is no dotted quad
 * (127.1, 0x7f.1, 2130706433, 1.2.3.4.) is HOSTNAME_NUMBER, since resolvers
 * take it for an address.  dst always ends up NUL-terminated, empty unless
 * HOSTNAME_NAME.
 */
enum hostname_kind hostname_canon(const uint8_t *, size_t len,
    char dst[HOSTNAME_MAX + 1], struct addr *addr);

#endif /* BASE_HOSTNAME_H */
