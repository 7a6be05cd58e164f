/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets that go out: where to, from where, and made how.
 */

#ifndef ROUTER_EGRESS_H
#define ROUTER_EGRESS_H

#include <stdint.h>

struct addr;
struct conf_route;
struct router;

/* Where a connection to there really goes by this route. */
void egress_where(const struct conf_route *, struct addr *, uint16_t *port);

/*
 * A socket of that type, SOCK_STREAM or SOCK_DGRAM, for a connection to there,
 * not connected yet; -1 with errno, which is EAGAIN if it must be made by the
 * parent: see pool_await().  The route, or NULL, is that of the rule that
 * allows it.
 */
int egress_socket(struct router *, const struct addr *,
    const struct conf_route *, int type);

/*
 * The two ends of a pair that keeps datagrams apart, as UDP does; -1 with
 * errno.
 */
int egress_pair(struct router *, int fd[2]);

/* Gives it the source that the route asks for, if any; -1 with errno. */
int egress_bind(int, const struct conf_route *);

/*
 * True if it is connected, but to itself: where nobody listens at a port of
 * this host that the system gives out, too, that may have been given to this
 * very socket.  It is to be taken as refused, and only fit to be closed, which
 * gives its port back at once.  own and its port, unless NULL, get the address
 * that the socket has here; AF_UNSPEC if that is not known, or if it is true.
 */
int egress_to_self(int, uint16_t port, struct addr *own, uint16_t *own_port);

/* It is connected: asks the peer for signs of life, if so configured. */
void egress_keepalive(const struct router *, const struct conf_route *, int fd);

#endif /* ROUTER_EGRESS_H */
