/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The local ports of an association towards its targets: one for each source
 * that its flows have, which they share, so that all targets see the client at
 * one address and port (RFC 4787, REQ-1).
 *
 * The first socket of a port gets it alone, and shares it afterwards: a socket
 * that is ready to share at its first bind(2) may be given a port that another
 * association has, and then each would get answers of the other.
 */

#ifndef ROUTER_PORT_H
#define ROUTER_PORT_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/msg_policy.h"

struct conf_route;

/* A host sends from few: if they are more, from any is assumed. */
#define PORT_HERE_MAX 4

struct port {
	SLIST_ENTRY(port) entry;
	struct addr       source; /* af, and the address if a rule says one */
	struct socket_class class;
	unsigned int nth;
	unsigned int refs;    /* sockets */
	int          inbound; /* one of them is for anybody */
	uint16_t     port;
	uint8_t      nhere; /* addresses that its sockets have had here */
	struct addr  here[PORT_HERE_MAX];
};
SLIST_HEAD(port_list, port);

/*
 * Binds a UDP socket of that family to the port that it shares with others of
 * its route; NULL with errno.  If somebody else has that at an address of this
 * host, it is another one, for all later ones, too.  It is to be given back
 * when the socket is closed.  It is the common one, 0, or the nth for those who
 * need another one.
 */
struct port *port_bind(struct port_list *, int fd, sa_family_t,
    const struct conf_route *, unsigned int    nth);

/* That socket of it is connected now, which gives it an address. */
void port_connected(struct port *, int fd);

/* Binds one more to that port; the caller counts it.  -1 with errno. */
int  port_share(const struct port *, int fd);
void port_release(struct port_list *, struct port *);

/*
 * Whether datagrams of such a list's sockets may come from there; and whether
 * any list at all has that port, which is quickly known.
 */
int port_is_of(const struct port_list *, const struct addr *, uint16_t port);
int port_is_used(uint16_t port);

/*
 * One that is not connected hears nobody any more, though what is in it is
 * there.
 */
void port_deafen(int fd, sa_family_t);

#endif /* ROUTER_PORT_H */
