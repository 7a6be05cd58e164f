/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The header of UDP datagrams between a client and its relay: RFC 1928,
 * section 7.
 *
 * Pure: no I/O, no allocation, no state.  A datagram is whole or wrong.
 */

#ifndef SOCKS_UDP_H
#define SOCKS_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

/* RSV and FRAG, which come before where the datagram goes or comes from. */
#define SOCKS_UDP_LEAD 3

/* The longest header of a client, and of ours: never with a name. */
#define SOCKS_UDP_HEADER_MAX 262
#define SOCKS_UDP_ANSWER_MAX 22

enum socks_udp_status {
	SOCKS_UDP_OK,
	SOCKS_UDP_FRAGMENT, /* FRAG is not 0: nothing is put together here */
	SOCKS_UDP_BAD, /* too short, RSV, ATYP, port 0, a name of length 0 */
};

/*
 * How long the header of this datagram of len bytes is.  From SOCKS_UDP_LEAD
 * on it says where to; what follows the header is the payload, maybe empty.
 */
enum socks_udp_status socks_udp_look(const uint8_t *, size_t len,
    size_t *headerlen);

/* Where to, of AF_UNSPEC if there is a name: raw bytes inside the header. */
struct socks_udp {
	struct addr    addr;
	uint16_t       port;
	uint8_t        namelen;
	const uint8_t *name;
};

/* Decodes a header that socks_udp_look() has found to be right. */
void socks_udp_get(const uint8_t *header, struct socks_udp *);

/*
 * Writes a header with the address where a datagram comes from, which must be
 * one; returns its length, 10 or 22.
 */
size_t socks_udp_put(uint8_t dst[SOCKS_UDP_ANSWER_MAX], const struct addr *,
    uint16_t                 port);

/* The client's side, for upstreams and tests; returns the length. */
size_t socks_udp_put_to(uint8_t dst[SOCKS_UDP_HEADER_MAX],
    const struct socks_udp *);

#endif /* SOCKS_UDP_H */
