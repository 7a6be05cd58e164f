/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * UDP as systems have it in different ways: several datagrams at a time, and
 * datagrams that are not fragmented.  udp_linux.c, and udp_none.c for systems
 * that have neither.
 *
 * Used by the relays, which move datagrams, and the router, which makes
 * sockets.
 */

#ifndef COMPAT_UDP_H
#define COMPAT_UDP_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

/* The most that is read or written at once. */
#define UDP_BATCH 32

/* The longest payload of UDP over IPv4: no longer one is cut by reading it. */
#define UDP_LONGEST 65535

/* Storage for datagrams that are read together; made once. */
struct udp_batch {
	uint8_t                *data[UDP_BATCH];
	size_t                  len[UDP_BATCH];
	struct sockaddr_storage from[UDP_BATCH]; /* if asked for */
	void                   *system;
};

/* With so much room before the data of each; NULL with errno. */
struct udp_batch *udp_batch_new(size_t headroom);

/*
 * Reads up to max datagrams that are there already, into the places from at on.
 * How many, which is less than max only if there are no more; 0 if there are
 * none; -1 with errno, an error of one that was sent before is told this way.
 */
int udp_batch_read(struct udp_batch *, int fd, unsigned int at,
    unsigned int max, int from);

/*
 * What is written to fd from now on is cut by the system into datagrams of this
 * size, of which the last may be shorter; 0: it is not.  -1 with errno, ENOTSUP
 * if this system cannot.
 */
int udp_segment(int fd, unsigned int size);

/* At once at the most: datagrams, and their bytes in all. */
#define UDP_SEGMENTS      64
#define UDP_SEGMENT_BYTES 65000

/*
 * What is too long for the path is an error, EMSGSIZE, and never fragmented on
 * this host or on the way.  Does nothing where that cannot be had.
 */
void udp_whole(int fd, sa_family_t);

#endif /* COMPAT_UDP_H */
