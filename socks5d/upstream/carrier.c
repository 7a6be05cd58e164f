/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * An association at a proxy: see carrier.h.
 *
 * It reads and writes, on sockets that are connected, and names nothing to the
 * system.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/role.h"
#include "base/session.h"
#include "socks/udp.h"
#include "upstream/carrier.h"

/* Datagrams of one socket in a row, then others have their turn. */
#define CARRY_BATCH 32

/* The longest payload that a datagram may have, and more than that. */
#define CARRY_LONGEST 65535

/* Bytes on the connection, in a turn; they mean nothing. */
#define STRAY_SIZE 1024

struct carried {
	RB_ENTRY(carried) byid;
	RB_ENTRY(carried) byto; /* unless it has a name */
	struct carrier   *carrier;
	uint32_t          id;
	int               fd;
	struct event     *in;
	struct addr       addr;
	uint16_t          port;
	uint64_t          used; /* turn of its last datagram */
	uint16_t          headlen;
	uint8_t           head[]; /* what its datagrams begin with */
};

/* With room for a header in front. */
static uint8_t buffer[SOCKS_UDP_HEADER_MAX + CARRY_LONGEST];

static int             id_cmp(const struct carried *, const struct carried *);
static int             to_cmp(const struct carried *, const struct carried *);
static void            control_cb(evutil_socket_t, short, void *);
static void            carrier_up_cb(evutil_socket_t, short, void *);
static void            carrier_down_cb(evutil_socket_t, short, void *);
static struct carried *carried_new(struct carrier *,
    const struct msg_upstream_flow *);
static struct carried *carried_find(struct carrier *, const uint8_t *);
static void            carried_free(struct carried *);
static void            down_one(struct carrier *, size_t);
static void            carry(struct carrier *, int, const uint8_t *, size_t);
static void            drop(struct carrier *, enum udp_drop);

RB_PROTOTYPE(carried_ids, carried, byid, id_cmp)
RB_GENERATE(carried_ids, carried, byid, id_cmp)
RB_PROTOTYPE(carried_tos, carried, byto, to_cmp)
RB_GENERATE(carried_tos, carried, byto, to_cmp)

static int
id_cmp(const struct carried *a, const struct carried *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

/* Those of one destination are next to each other. */
static int
to_cmp(const struct carried *a, const struct carried *b)
{
	int cmp;

	if ((cmp = addr_cmp(&a->addr, &b->addr)) != 0)
		return cmp;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return id_cmp(a, b);
}

struct carrier *
carrier_new(struct role *role, uint64_t id, int control,
    void (*lost)(void *, struct carrier *), void *arg)
{
	struct carrier *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		(void)close(control);
		return NULL;
	}
	c->id = id;
	c->role = role;
	c->control = control;
	c->fd = -1;
	c->lost = lost;
	c->arg = arg;
	RB_INIT(&c->ids);
	RB_INIT(&c->tos);
	c->control_in = event_new(role->base, control, EV_READ | EV_PERSIST,
	    control_cb, c);
	if (c->control_in == NULL || event_add(c->control_in, NULL) == -1) {
		carrier_free(c);
		return NULL;
	}
	return c;
}

void
carrier_free(struct carrier *c)
{
	struct carried *f;

	while ((f = RB_ROOT(&c->ids)) != NULL)
		carried_free(f);
	if (c->control_in != NULL)
		event_free(c->control_in);
	if (c->in != NULL)
		event_free(c->in);
	(void)close(c->control);
	if (c->fd != -1)
		(void)close(c->fd);
	free(c);
}

/* Nothing is to be said there any more; its end is that of all. */
static void
control_cb(evutil_socket_t fd, short what, void *arg)
{
	struct carrier *c = arg;
	uint8_t         stray[STRAY_SIZE];
	ssize_t         n;

	n = read(fd, stray, sizeof(stray));
	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	c->lost(c->arg, c);
}

int
carrier_open(struct carrier *c, int fd)
{
	if (c->fd != -1) {
		(void)close(fd);
		return -1;
	}
	c->fd = fd;
	c->in = event_new(c->role->base, fd, EV_READ | EV_PERSIST,
	    carrier_down_cb, c);
	return c->in == NULL ? -1 : event_add(c->in, NULL);
}

int
carrier_add(struct carrier *c, const struct msg_upstream_flow *m, int fd)
{
	struct carried *f;

	if (c->fd == -1 || c->named != NULL ||
	    (f = carried_new(c, m)) == NULL) {
		(void)close(fd);
		return -1;
	}
	f->fd = fd;
	if (RB_INSERT(carried_ids, &c->ids, f) != NULL) {
		free(f);
		(void)close(fd);
		return -1;
	}
	if (f->addr.af == AF_UNSPEC)
		c->named = f;
	else
		(void)RB_INSERT(carried_tos, &c->tos, f);
	f->in = event_new(c->role->base, fd, EV_READ | EV_PERSIST,
	    carrier_up_cb, f);
	if (f->in == NULL || event_add(f->in, NULL) == -1) {
		carried_free(f);
		return -1;
	}
	return 0;
}

static struct carried *
carried_new(struct carrier *c, const struct msg_upstream_flow *m)
{
	struct socks_udp to;
	struct carried  *f;
	uint8_t          head[SOCKS_UDP_HEADER_MAX];
	size_t           len;

	memset(&to, 0, sizeof(to));
	to.addr = m->addr;
	to.port = m->port;
	to.namelen = (uint8_t)strlen(m->name);
	to.name = (const uint8_t *)m->name;
	len = socks_udp_put_to(head, &to);
	if ((f = calloc(1, sizeof(*f) + len)) == NULL)
		return NULL;
	f->carrier = c;
	f->id = m->flow;
	f->addr = m->addr;
	f->port = m->port;
	f->headlen = (uint16_t)len;
	memcpy(f->head, head, len);
	return f;
}

void
carrier_remove(struct carrier *c, uint32_t flow)
{
	struct carried *f, key;

	key.id = flow;
	if ((f = RB_FIND(carried_ids, &c->ids, &key)) != NULL)
		carried_free(f);
}

static void
carried_free(struct carried *f)
{
	struct carrier *c = f->carrier;

	if (f->in != NULL)
		event_free(f->in);
	(void)close(f->fd);
	(void)RB_REMOVE(carried_ids, &c->ids, f);
	if (c->named == f)
		c->named = NULL;
	else
		(void)RB_REMOVE(carried_tos, &c->tos, f);
	free(f);
}

/* From the relay: the payload, and whose it is tells where to. */
static void
carrier_up_cb(evutil_socket_t fd, short what, void *arg)
{
	struct carried *f = arg;
	struct carrier *c = f->carrier;
	uint8_t        *data = buffer + SOCKS_UDP_HEADER_MAX, *at;
	unsigned int    i;
	ssize_t         n;

	at = data - f->headlen;
	for (i = 0; i < CARRY_BATCH; i++) {
		if ((n = read(fd, data, CARRY_LONGEST)) == -1)
			return;
		memcpy(at, f->head, f->headlen);
		f->used = ++c->turn;
		carry(c, c->fd, at, f->headlen + (size_t)n);
	}
}

/* An error is of what was sent before, and that is lost anyway. */
static void
carrier_down_cb(evutil_socket_t fd, short what, void *arg)
{
	struct carrier *c = arg;
	unsigned int    i;
	ssize_t         n;

	for (i = 0; i < CARRY_BATCH; i++) {
		if ((n = read(fd, buffer, sizeof(buffer))) == -1)
			return;
		down_one(c, (size_t)n);
	}
}

static void
down_one(struct carrier *c, size_t len)
{
	struct carried *f;
	size_t          head;

	switch (socks_udp_look(buffer, len, &head)) {
	case SOCKS_UDP_FRAGMENT:
		drop(c, DROP_FRAGMENT);
		return;
	case SOCKS_UDP_BAD:
		drop(c, DROP_MALFORMED);
		return;
	case SOCKS_UDP_OK:
		break;
	}
	if ((f = carried_find(c, buffer)) == NULL)
		drop(c, DROP_STRANGER);
	else
		carry(c, f->fd, buffer + head, len - head);
}

/* Of several of that destination the one that has sent last. */
static struct carried *
carried_find(struct carrier *c, const uint8_t *header)
{
	struct socks_udp from;
	struct carried   key, *f, *best = NULL;

	socks_udp_get(header, &from);
	if (c->named != NULL)
		return c->named->port == from.port ? c->named : NULL;
	if (from.addr.af == AF_UNSPEC)
		return NULL;
	key.addr = from.addr;
	addr_unmap(&key.addr);
	key.port = from.port;
	key.id = 0;
	for (f = RB_NFIND(carried_tos, &c->tos, &key); f != NULL;
	     f = RB_NEXT(carried_tos, &c->tos, f)) {
		if (f->port != key.port || addr_cmp(&f->addr, &key.addr) != 0)
			break;
		if (best == NULL || f->used > best->used)
			best = f;
	}
	return best;
}

/* The first error may be of an earlier datagram: ICMP. */
static void
carry(struct carrier *c, int fd, const uint8_t *data, size_t len)
{
	unsigned int tries = 0;
	ssize_t      n;

	do {
		n = write(fd, data, len);
	} while (n == -1 && errno != EAGAIN && errno != EMSGSIZE &&
	    tries++ < 1);
	if (n != -1)
		return;
	switch (errno) {
	case EMSGSIZE:
		drop(c, DROP_SIZE);
		break;
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		drop(c, DROP_BUFFER);
		break;
	default:
		drop(c, DROP_UNREACHABLE);
		break;
	}
}

static void
drop(struct carrier *c, enum udp_drop why)
{
	role_count(c->role,
	    (enum counter)(COUNTER_UDP_DROPPED_STRANGER + (int)why));
}
