/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where a BIND listens: see bind_listen.h.
 *
 * Nothing is accepted here, and nobody told.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/bind_listen.h"
#include "router/egress.h"
#include "router/listener.h"
#include "router/request.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"

#define BIND_BACKLOG 4 /* one is wanted */

/* Any port: a socket that is connected to it sends nothing. */
#define WAY_PORT 9

static int bind_local(struct request *, const struct candidate *,
    struct bind_want *, struct addr *);
static int bind_way(struct router *, const struct candidate *, struct addr *);
static int bind_listen(struct request *, int, const struct addr *);
static int bind_listen_at(int, const struct addr *, uint16_t);

int
bind_socket(struct request *req, const struct candidate *c,
    struct bind_want *want)
{
	struct addr local, from = { .af = AF_UNSPEC };
	int         fd, error;

	if (bind_local(req, c, want, &local) == -1)
		return -1;
	want->af = local.af;
	want->type = SOCK_STREAM;
	if (addr_is_unspecified(&c->addr))
		from.af = local.af; /* from anywhere */
	else
		from = c->addr;
	if ((fd = egress_socket(req->router, &from, &c->rule->route,
		 SOCK_STREAM)) == -1)
		return -1;
	if (bind_listen(req, fd, &local) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

/*
 * Where to listen: on the source that the rule asks for, on the address by
 * which this host gets to the one that is to connect or, if that is anybody,
 * on the one that the client came to.  -1 with errno.
 */
static int
bind_local(struct request *req, const struct candidate *c,
    struct bind_want *want, struct addr *local)
{
	const struct conf_route *route = &c->rule->route;
	const struct addr       *here = sess_here(req->session);

	if (route->source.af != AF_UNSPEC)
		*local = route->source;
	else if (!addr_is_unspecified(&c->addr)) {
		want->af = c->addr.af;
		want->type = SOCK_DGRAM;
		return bind_way(req->router, c, local);
	} else if (here != NULL)
		*local = *here;
	else {
		bind_hint(req, CAUSE_NO_RESOURCES,
		    "the address that the client came to is not known");
		errno = EADDRNOTAVAIL;
		return -1;
	}
	return 0;
}

/*
 * Connecting it says which address it would be, on the way that the rule asks
 * for, and sends nothing.
 */
static int
bind_way(struct router *r, const struct candidate *c, struct addr *local)
{
	struct sockaddr_storage ss;
	socklen_t               len;
	uint16_t                port;
	int                     fd, error;

	fd = egress_socket(r, &c->addr, &c->rule->route, SOCK_DGRAM);
	if (fd == -1)
		return -1;
	len = addr_to_sockaddr(&c->addr, WAY_PORT, &ss);
	error = connect(fd, (struct sockaddr *)&ss, len) == -1 ? errno : 0;
	len = sizeof(ss);
	if (error == 0 &&
	    (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
		addr_from_sockaddr(local, &port, (struct sockaddr *)&ss) == -1))
		error = EADDRNOTAVAIL;
	(void)close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}

/*
 * On any port, or on one of the listener's.  Which one must not be guessed: who
 * is first at the port of somebody else would be taken for his target.
 */
static int
bind_listen(struct request *req, int fd, const struct addr *local)
{
	const struct listener *l = req->session->listener;
	struct conf_range      ports = { 0, 0 };
	uint32_t               i, n, start;
	int                    on = 1;

	if (l != NULL)
		ports = l->conf.bind_ports;
	if (ports.high == 0)
		return bind_listen_at(fd, local, 0);
	/* Connections that were accepted there may still live, or linger. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	n = (uint32_t)ports.high - ports.low + 1;
	start = arc4random_uniform(n);
	for (i = 0; i < n; i++) {
		if (bind_listen_at(fd, local,
			(uint16_t)(ports.low + (start + i) % n)) == 0)
			return 0;
		if (errno != EADDRINUSE)
			return -1;
	}
	role_count(&req->router->role, COUNTER_BIND_PORTS);
	bind_hint(req, CAUSE_NO_RESOURCES,
	    "all ports from %u to %u of \"bind port\" are in use", ports.low,
	    ports.high);
	errno = EADDRINUSE;
	return -1;
}

static int
bind_listen_at(int fd, const struct addr *local, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t               len;

	len = addr_to_sockaddr(local, port, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		return -1;
	return listen(fd, BIND_BACKLOG);
}

int
bind_name(const struct session *s, int fd, struct addr *addr, uint16_t *port)
{
	struct sockaddr_storage ss;
	socklen_t               len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    addr_from_sockaddr(addr, port, (struct sockaddr *)&ss) == -1)
		return -1;
	/* To those outside this host may have another address. */
	if (s->listener != NULL && s->listener->conf.bind_addr.af == addr->af)
		*addr = s->listener->conf.bind_addr;
	return 0;
}

void
bind_hint(struct request *req, enum session_cause cause, const char *fmt, ...)
{
	struct session *s = req->session;
	char            text[384];
	va_list         ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	free(s->hint);
	s->hint = strdup(text);
	req->cause = (uint8_t)cause;
}
