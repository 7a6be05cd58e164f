/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * IPv4 addresses that an IPv6 address holds: who connects to the one, or comes
 * from it, may well mean the other, which a translator or the far end of a
 * tunnel makes of it.
 *
 * Pure.
 */

#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

#include "base/addr.h"

/* Ways to write an IPv4 address, all but the first inside an IPv6 one. */
enum embedded_form {
	EMBEDDED_PLAIN,
	EMBEDDED_MAPPED,
	EMBEDDED_NAT64,
	EMBEDDED_6TO4,
	EMBEDDED_TEREDO_SERVER,
	EMBEDDED_TEREDO_CLIENT,
	EMBEDDED_ISATAP,
	EMBEDDED_COMPATIBLE,
	EMBEDDED_TRANSLATED,
	EMBEDDED_FORMS,
};

struct embedded {
	struct addr        addr; /* IPv4 */
	enum embedded_form form;
};

/* So many are found in one address, and so many NAT64 prefixes configured. */
#define EMBEDDED_MAX 16
#define NAT64_MAX    8

/*
 * All that the address holds, by its form or by one of n NAT64 prefixes, each
 * once: how many there are, 0 for an IPv4 address.  Of a prefix for local use
 * (64:ff9b:1::/48) that is not configured nobody knows how long it is, so that
 * each address counts that it may hold.
 */
unsigned int addr_embedded(const struct addr *, const struct prefix *nat64,
    size_t n, struct embedded[EMBEDDED_MAX]);

/*
 * Makes of a client's address the source that it counts as wherever clients
 * are counted, limited or banned, and returns its length in bits: an IPv4
 * address, or else 64 bits of IPv6, which one client may have to itself.  One
 * that a translator made of an IPv4 address (64:ff9b::/96) is that again: all
 * of IPv4 would be one source otherwise.  Prefixes that are configured are not
 * taken for this: they may lie in a network that has hosts, too, and any of
 * these could come from as many sources as it likes, or have an IPv4 address
 * banned.  64:ff9b::/96 belongs to no host.
 */
uint8_t addr_source(struct addr *);

/* "NAT64", "6to4", ... */
const char *embedded_form_name(enum embedded_form);

/*
 * Whether addresses can be translated with this prefix: IPv6, of one of six
 * lengths, and the bits 64 to 71 are 0 (RFC 6052, section 2.2).
 */
int nat64_is_prefix(const struct prefix *);

#endif /* BASE_EMBEDDED_H */
