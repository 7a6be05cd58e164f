/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The local ports of an association towards its targets: see port.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/port.h"

/* Nobody answers there: RFC 863. */
#define DISCARD_PORT 9

/* In how many lists each port is. */
static uint16_t used[UINT16_MAX + 1];

static struct port *port_find(struct port_list *, const struct addr *,
    const struct socket_class *, unsigned int);
static int          port_first(int, struct port *);
static int          port_unshare(int);
static int          port_has(const struct port *, const struct addr *);
static void port_any(struct addr *, sa_family_t, const struct conf_route *);

struct port *
port_bind(struct port_list *list, int fd, sa_family_t af,
    const struct conf_route *route, unsigned int nth)
{
	struct socket_class class;
	struct port *p;
	struct addr  source;

	port_any(&source, af, route);
	memset(&class, 0, sizeof(class));
	(void)socket_class_of(route, &class);
	if ((p = port_find(list, &source, &class, nth)) != NULL) {
		if (port_share(p, fd) == 0) {
			p->refs++;
			return p;
		}
		/*
		 * With connect(2) those that have it keep it at their own
		 * address alone: at others it may be somebody else's by now.
		 * Later ones then share another one.
		 */
		if (errno != EADDRINUSE || port_unshare(fd) == -1)
			return NULL;
	}
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->source = source;
	p->class = class;
	p->nth = nth;
	if (port_first(fd, p) == -1) {
		free(p);
		return NULL;
	}
	p->refs = 1;
	SLIST_INSERT_HEAD(list, p, entry);
	used[p->port]++;
	return p;
}

void
port_release(struct port_list *list, struct port *p)
{
	if (p == NULL || --p->refs != 0)
		return;
	SLIST_REMOVE(list, p, port, entry);
	used[p->port]--;
	free(p);
}

int
port_is_used(uint16_t port)
{
	return used[port] != 0;
}

int
port_is_of(const struct port_list *list, const struct addr *from, uint16_t port)
{
	const struct port *p;

	SLIST_FOREACH(p, list, entry)
		if (p->port == port && port_has(p, from))
			return 1;
	return 0;
}

void
port_connected(struct port *p, int fd)
{
	struct sockaddr_storage ss;
	struct addr             addr;
	socklen_t               len = sizeof(ss);
	uint16_t                port;

	if (p->nhere > PORT_HERE_MAX)
		return;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    addr_from_sockaddr(&addr, &port, (struct sockaddr *)&ss) == -1) {
		p->nhere = PORT_HERE_MAX + 1;
		return;
	}
	if (port_has(p, &addr))
		return;
	if (p->nhere < PORT_HERE_MAX)
		p->here[p->nhere] = addr;
	p->nhere++;
}

/*
 * Whether a socket of it may have that address: at others of this host the
 * same port may be a client's.
 */
static int
port_has(const struct port *p, const struct addr *addr)
{
	unsigned int i;

	if (p->nhere > PORT_HERE_MAX)
		return p->source.af == addr->af;
	for (i = 0; i < p->nhere; i++)
		if (addr_cmp(&p->here[i], addr) == 0)
			return 1;
	return addr_cmp(&p->source, addr) == 0;
}

static struct port *
port_find(struct port_list *list, const struct addr *source,
    const struct socket_class *class, unsigned int   nth)
{
	struct port *p;

	SLIST_FOREACH(p, list, entry)
		if (p->nth == nth && addr_cmp(&p->source, source) == 0 &&
		    socket_class_equal(&p->class, class))
			break;
	return p;
}

/* Alone: see port.h. */
static int
port_first(int fd, struct port *p)
{
	struct sockaddr_storage ss;
	struct addr             addr;
	socklen_t               len;
	int                     on = 1;

	len = addr_to_sockaddr(&p->source, 0, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		return -1;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return -1;
	if (addr_from_sockaddr(&addr, &p->port, (struct sockaddr *)&ss) == -1) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
}

int
port_share(const struct port *p, int fd)
{
	struct sockaddr_storage ss;
	socklen_t               len;
	int                     on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == -1)
		return -1;
	len = addr_to_sockaddr(&p->source, p->port, &ss);
	return bind(fd, (struct sockaddr *)&ss, len);
}

static int
port_unshare(int fd)
{
	int off = 0;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &off, sizeof(off));
}

/* Where a socket of this route sends from: any address of its family. */
static void
port_any(struct addr *source, sa_family_t af, const struct conf_route *route)
{
	*source = route->source;
	if (source->af == af)
		return;
	memset(source, 0, sizeof(*source));
	source->af = af;
}

void
port_deafen(int fd, sa_family_t af)
{
	static const struct addr local4 = { AF_INET, { 127, 0, 0, 1 } };
	static const struct addr local6 = { AF_INET6, { [15] = 1 } };
	struct sockaddr_storage  ss;
	socklen_t                len;

	len = addr_to_sockaddr(af == AF_INET ? &local4 : &local6, DISCARD_PORT,
	    &ss);
	(void)connect(fd, (struct sockaddr *)&ss, len);
}
