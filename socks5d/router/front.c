/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The sockets that clients of associations send to: see front.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/addr.h"
#include "conf/conf.h"
#include "router/egress.h"
#include "router/front.h"
#include "router/listener.h"
#include "router/portmap.h"
#include "router/session.h"
#include "router/state.h"

/* Ports that other programs have, which are passed over in one search. */
#define FOREIGN_MAX 64

static enum front_error front_bind(struct router *, struct listener *,
    struct front *, int, const struct addr *);
static enum front_error front_search(struct listener *, struct front *, int,
    const struct addr *);
static struct portmap  *front_map(struct router *, const struct addr *);
static void             front_unmap(struct portmap *);
static int              front_try(int, const struct addr *, uint16_t);

void
front_init(struct router *r)
{
	LIST_INIT(&r->portmaps);
}

enum front_error
front_open(struct router *r, const struct session *s, struct front *f, int *fd,
    struct addr *told, uint16_t *port)
{
	struct sockaddr_storage ss;
	const struct addr      *here;
	struct addr             bound;
	socklen_t               len = sizeof(ss);
	enum front_error        error;

	if ((here = sess_here(s)) == NULL || s->listener == NULL)
		return FRONT_NOWHERE;
	if ((*fd = egress_socket(r, here, NULL, SOCK_DGRAM)) == -1)
		return FRONT_FAILED;
	if ((error = front_bind(r, s->listener, f, *fd, here)) == FRONT_OK &&
	    (getsockname(*fd, (struct sockaddr *)&ss, &len) == -1 ||
		addr_from_sockaddr(&bound, port, (struct sockaddr *)&ss) == -1))
		error = FRONT_FAILED;
	if (error != FRONT_OK) {
		front_release(f);
		(void)close(*fd);
		*fd = -1;
		return error;
	}
	*told = s->listener->conf.udp_addr;
	if (told->af == AF_UNSPEC)
		*told = bound;
	return FRONT_OK;
}

static enum front_error
front_bind(struct router *r, struct listener *l, struct front *f, int fd,
    const struct addr *here)
{
	enum front_error error;

	if (l->conf.udp_ports.high == 0)
		return front_try(fd, here, 0) == 0 ? FRONT_OK : FRONT_FAILED;
	if ((f->map = front_map(r, here)) == NULL)
		return FRONT_FAILED;
	if ((error = front_search(l, f, fd, here)) != FRONT_OK) {
		front_unmap(f->map);
		f->map = NULL;
	}
	return error;
}

/* From behind the last one on; the first time it is anywhere. */
static enum front_error
front_search(struct listener *l, struct front *f, int fd,
    const struct addr *here)
{
	const struct conf_range *range = &l->conf.udp_ports;
	unsigned int             i;
	uint16_t                 port;

	for (i = 0; i < FOREIGN_MAX; i++) {
		if (l->udp_last < range->low || l->udp_last > range->high)
			port = (uint16_t)(range->low +
			    arc4random_uniform((uint32_t)(range->high -
						   range->low) +
				1));
		else
			port = l->udp_last == range->high ?
			    range->low :
			    (uint16_t)(l->udp_last + 1);
		port = portmap_next(f->map, range->low, range->high, port);
		if (port == 0)
			return FRONT_USED_UP;
		l->udp_last = port;
		if (front_try(fd, here, port) == 0) {
			portmap_take(f->map, port);
			f->port = port;
			return FRONT_OK;
		}
		if (errno != EADDRINUSE)
			return FRONT_FAILED;
	}
	return FRONT_USED_UP;
}

/* Of that address, which is there while somebody holds a port of it. */
static struct portmap *
front_map(struct router *r, const struct addr *here)
{
	struct portmap *m;

	LIST_FOREACH(m, &r->portmaps, entry)
		if (addr_cmp(&m->addr, here) == 0)
			break;
	if (m == NULL) {
		if ((m = calloc(1, sizeof(*m))) == NULL)
			return NULL;
		m->addr = *here;
		LIST_INSERT_HEAD(&r->portmaps, m, entry);
	}
	m->refs++;
	return m;
}

static void
front_unmap(struct portmap *m)
{
	if (--m->refs != 0)
		return;
	LIST_REMOVE(m, entry);
	free(m);
}

void
front_release(struct front *f)
{
	if (f->map == NULL)
		return;
	portmap_give(f->map, f->port);
	front_unmap(f->map);
	f->map = NULL;
}

static int
front_try(int fd, const struct addr *here, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t               len;

	len = addr_to_sockaddr(here, port, &ss);
	return bind(fd, (struct sockaddr *)&ss, len);
}
