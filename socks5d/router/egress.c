/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets that go out: where to, from where, and made how.
 *
 * For all that connects: requests, tunnels, loans to the resolver.  Nothing is
 * connected here.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/budget.h"
#include "compat/tcpopt.h"
#include "compat/udp.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/egress.h"
#include "router/localaddr.h"
#include "router/pool.h"
#include "router/state.h"

static int  egress_spare(const struct router *, int);
static void egress_stream(const struct router *, int, const struct addr *);
static void egress_datagrams(int, sa_family_t);

void
egress_where(const struct conf_route *route, struct addr *addr, uint16_t *port)
{
	if (route->rdr.af != AF_UNSPEC)
		*addr = route->rdr;
	if (route->rdr_port != 0)
		*port = route->rdr_port;
}

int
egress_socket(struct router *r, const struct addr *addr,
    const struct conf_route *route, int type)
{
	struct socket_class class;
	int fd;

	if (route != NULL && socket_class_of(route, &class))
		fd = pool_take(r, &class, addr->af, type);
	else
		fd = socket(addr->af, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (!egress_spare(r, fd)) {
		(void)close(fd);
		errno = EMFILE;
		return -1;
	}
	if (type == SOCK_STREAM)
		egress_stream(r, fd, addr);
	else
		egress_datagrams(fd, addr->af);
	return fd;
}

/* The kernel gives the lowest: otherwise all that are left are for others. */
static int
egress_spare(const struct router *r, int fd)
{
	uint32_t nofile = r->role.child->start.nofile;

	return (uint32_t)fd + budget_router(nofile) < nofile;
}

int
egress_pair(struct router *r, int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		fd) == -1)
		return -1;
	if (egress_spare(r, fd[0]) && egress_spare(r, fd[1]))
		return 0;
	(void)close(fd[0]);
	(void)close(fd[1]);
	errno = EMFILE;
	return -1;
}

static void
egress_stream(const struct router *r, int fd, const struct addr *addr)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* An urgent byte is passed on where it stands, not lost. */
	(void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	if (addr_is_loopback(addr) || localaddr_is(r, addr))
		tcpopt_local(fd);
}

/* Of IPv6 alone, as the same port may be in use for IPv4. */
static void
egress_datagrams(int fd, sa_family_t af)
{
	int on = 1;

	if (af == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		    sizeof(on));
}

int
egress_bind(int fd, const struct conf_route *route)
{
	struct sockaddr_storage ss;
	socklen_t               len;

	if (route->source.af == AF_UNSPEC)
		return 0;
	tcpopt_late_port(fd);
	len = addr_to_sockaddr(&route->source, 0, &ss);
	return bind(fd, (struct sockaddr *)&ss, len);
}

int
egress_to_self(int fd, uint16_t port, struct addr *to, uint16_t *to_port)
{
	static const struct linger reset = { 1, 0 };
	struct sockaddr_storage    ss;
	struct addr                own, peer;
	socklen_t                  len = sizeof(ss);
	uint16_t                   own_port = 0, peer_port;

	memset(&own, 0, sizeof(own));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
		(void)addr_from_sockaddr(&own, &own_port,
		    (struct sockaddr *)&ss);
	if (to != NULL) {
		*to = own;
		*to_port = own_port;
	}
	if (own.af == AF_UNSPEC || own_port != port)
		return 0;
	len = sizeof(ss);
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    addr_from_sockaddr(&peer, &peer_port, (struct sockaddr *)&ss) ==
		-1 ||
	    peer_port != own_port || addr_cmp(&own, &peer) != 0)
		return 0;
	if (to != NULL)
		to->af = AF_UNSPEC;
	/* Or who should listen could not have the port for a minute. */
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	return 1;
}

void
egress_keepalive(const struct router *r, const struct conf_route *route, int fd)
{
	const struct conf_settings *set = &r->role.conf->set;
	uint32_t                    idle;

	/*
	 * Not before, as it would count for connecting, too.  The system's own
	 * probes come after the end of most sessions.
	 */
	idle = route->idle_ms != 0 ? route->idle_ms : set->idle_ms;
	if (set->keepalive_ms != 0 || idle > KEEPALIVE_SYSTEM_MS)
		(void)tcpopt_keepalive(fd, set->keepalive_ms);
}
