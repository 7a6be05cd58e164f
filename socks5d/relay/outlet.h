/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What leaves by one socket: the datagrams of a batch, in their order.
 *
 * Those that follow one another and are of one length are written at once, and
 * the system cuts them apart again, if it can; what cannot be sent is dropped
 * and counted, and nothing is ever sent again.
 */

#ifndef RELAY_OUTLET_H
#define RELAY_OUTLET_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "base/session.h"
#include "compat/udp.h"

struct relay;
struct session;

/* The datagrams of a batch that go to one socket, and what became of them. */
struct outlet {
	struct relay   *relay;
	struct session *session;
	int             fd;
	uint16_t       *segment; /* of that socket: see struct flow */
	uint16_t       *whole;
	unsigned int    n;
	struct iovec    iov[UDP_BATCH]; /* without a base: it was dropped */
	uint64_t        sent;           /* datagrams */
	uint64_t        bytes;
};

/*
 * Nothing yet.  The last two belong to the socket and are kept for the next
 * time: the length that it cuts at, and that from which it must not.
 */
void outlet_init(struct outlet *, struct relay *, struct session *, int fd,
    uint16_t *segment, uint16_t *whole);

/* One more, UDP_BATCH at the most; it is not copied. */
void outlet_add(struct outlet *, uint8_t *, size_t);

/* Adds to sent and bytes; what was dropped has no base any more. */
void outlet_send(struct outlet *);

/* So many datagrams of the session came to nothing. */
void udp_drop(struct relay *, struct session *, enum udp_drop, uint32_t n);

#endif /* RELAY_OUTLET_H */
