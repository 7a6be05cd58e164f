/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Options of TCP that systems have in different ways, or not at all.
 *
 * Used by the parent, for clients, and by the router, for targets.
 */

#ifndef COMPAT_TCPOPT_H
#define COMPAT_TCPOPT_H

#include <stdint.h>

/*
 * The connection fails once the far host has given no sign of life for so
 * long, whether there are bytes on their way to it or not; 0 is what the
 * system does unasked.  Sockets accepted from fd inherit it.  -1 with errno.
 */
int tcpopt_keepalive(int fd, uint32_t ms);

/* What that is for a connection on which nothing is on its way. */
#define KEEPALIVE_SYSTEM_MS (2 * 60 * 60 * 1000) /* RFC 1122, 4.2.3.6 */

/*
 * The connection does not leave this host.  There is nothing to be congested,
 * so an algorithm that paces what is sent, as bbr does, only costs timers: on
 * Linux a third of the CPU time of a bulk transfer.  Sockets accepted from fd
 * inherit it.  Does nothing on systems where connections are not paced.
 */
void tcpopt_local(int fd);

/*
 * While this is on for both, another socket of the same user may be bound and
 * listen at the same port, at all addresses where this one has a single one,
 * or the other way round: who connects to the single one gets there.  -1 with
 * errno.  Does nothing on systems where that is so anyway.
 */
int tcpopt_share(int fd, int on);

/*
 * Bound to an address without a port it gets its port with connect(2), one
 * that may serve other targets as well.  Where the system has no such thing
 * there are fewer connections from one address.
 */
void tcpopt_late_port(int fd);

#endif /* COMPAT_TCPOPT_H */
