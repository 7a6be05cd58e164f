/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Datagrams of a channel with their descriptors: the system calls under
 * channel.c; processes that write files make their answer with them.
 */

#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include <sys/types.h>

#include <stddef.h>

#include "base/msg.h"

/* A datagram is at most this long and brings at most so many descriptors. */
#define PACKET_MAX (MSG_HEADER_LEN + MSG_PAYLOAD_MAX)
#define PACKET_FDS 16

/* What came in: the descriptors belong to whoever asked. */
struct packet_fds {
	int fd[PACKET_FDS];
	int n;
	int more; /* there were others; they are closed */
	int lost; /* some did not fit into our table */
};

/*
 * Sends one datagram; the descriptors stay the caller's.  -1 with errno:
 * EAGAIN if the socket is full, ENOBUFS if too many descriptors are in flight
 * (no event tells when they no longer are), else EPIPE.
 */
int packet_write(int sock, const void *, size_t len, const int *fds, int nfds);

/*
 * Reads one datagram into buf, which must have PACKET_MAX bytes.  Its length,
 * PACKET_MAX + 1 if it was longer; 0 if the peer is gone; -1 with errno.
 */
ssize_t packet_read(int sock, void *buf, struct packet_fds *);

#endif /* BASE_PACKET_H */
