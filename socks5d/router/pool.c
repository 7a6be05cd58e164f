/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets of a class: see pool.h.
 *
 * Every one that is asked for is for a spare place or for somebody who waits,
 * so that the parent is never asked without end, and not again by itself after
 * it has failed.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/pool.h"
#include "router/state.h"

static void pool_name(struct router *, const struct socket_class *, sa_family_t,
    int);
static struct pool *pool_find(struct router *, const struct socket_class *,
    sa_family_t, int);
static struct pool *pool_byid(struct router *, uint64_t);
static void         pool_empty(struct pool *);
static void         pool_free(struct router *, struct pool *);
static void         pool_fill(struct router *, struct pool *);
static int          pool_ask(struct router *, struct pool *);
static void         pool_wake(struct pool *, int);

void
pool_commit(struct router *r)
{
	const struct conf_rule *rule;
	struct socket_class     c;
	struct pool            *p, *next;

	TAILQ_FOREACH(p, &r->pools, entry)
		p->named = 0;
	TAILQ_FOREACH(rule, &r->role.conf->rules, entry) {
		if (socket_class_of(&rule->route, &c) == 0)
			continue;
		pool_name(r, &c, AF_INET, SOCK_STREAM);
		pool_name(r, &c, AF_INET6, SOCK_STREAM);
		/* BIND asks one of them for the way to who is awaited. */
		if (conf_rule_passes(rule, CONF_COMMAND_UDP) == 0 &&
		    conf_rule_passes(rule, CONF_COMMAND_BIND) == 0)
			continue;
		pool_name(r, &c, AF_INET, SOCK_DGRAM);
		pool_name(r, &c, AF_INET6, SOCK_DGRAM);
	}
	TAILQ_FOREACH_SAFE(p, &r->pools, entry, next) {
		if (p->named == 0)
			pool_free(r, p);
	}
	pool_renew(r);
}

/* Without memory for it the class has no sockets, which connect.c says. */
static void
pool_name(struct router *r, const struct socket_class *c, sa_family_t af,
    int type)
{
	struct pool *p;

	if ((p = pool_find(r, c, af, type)) == NULL) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			return;
		p->class = *c;
		p->af = af;
		p->type = type;
		p->most = type == SOCK_STREAM ? POOL_SPARES : 0;
		p->id = ++r->last_pool;
		TAILQ_INIT(&p->waits);
		TAILQ_INSERT_TAIL(&r->pools, p, entry);
	}
	p->named = 1;
}

static struct pool *
pool_find(struct router *r, const struct socket_class *c, sa_family_t af,
    int type)
{
	struct pool *p;

	TAILQ_FOREACH(p, &r->pools, entry)
		if (p->af == af && p->type == type &&
		    socket_class_equal(&p->class, c))
			return p;
	return NULL;
}

static struct pool *
pool_byid(struct router *r, uint64_t id)
{
	struct pool *p;

	TAILQ_FOREACH(p, &r->pools, entry)
		if (p->id == id)
			return p;
	return NULL;
}

static void
pool_empty(struct pool *p)
{
	while (p->nspare > 0)
		(void)close(p->spare[--p->nspare]);
}

static void
pool_free(struct router *r, struct pool *p)
{
	pool_empty(p);
	TAILQ_REMOVE(&r->pools, p, entry);
	while (!TAILQ_EMPTY(&p->waits))
		pool_wake(p, EACCES);
	free(p);
}

void
pool_renew(struct router *r)
{
	struct pool *p;

	TAILQ_FOREACH(p, &r->pools, entry) {
		pool_empty(p);
		pool_fill(r, p);
	}
}

/* As many as there are places for; those who wait have asked for theirs. */
static void
pool_fill(struct router *r, struct pool *p)
{
	while (p->nspare + p->asked < p->most)
		if (pool_ask(r, p) == -1)
			return;
}

static int
pool_ask(struct router *r, struct pool *p)
{
	struct msg_socket_want w;
	uint8_t                data[64];
	struct wbuf            b;

	w.class = p->class;
	w.inet6 = p->af == AF_INET6;
	w.udp = p->type == SOCK_DGRAM;
	wbuf_init(&b, data, sizeof(data));
	msg_put_socket_want(&b, &w);
	if (peer_send(r->role.parent, MSG_SOCKET_WANT, p->id, &b, -1) == -1)
		return -1;
	p->asked++;
	return 0;
}

int
pool_take(struct router *r, const struct socket_class *c, sa_family_t af,
    int type)
{
	struct pool *p;
	int          fd;

	if ((p = pool_find(r, c, af, type)) == NULL) {
		errno = EACCES;
		return -1;
	}
	if (p->nspare == 0) {
		errno = EAGAIN;
		return -1;
	}
	fd = p->spare[--p->nspare];
	pool_fill(r, p);
	return fd;
}

int
pool_await(struct router *r, const struct socket_class *c, sa_family_t af,
    int type, struct pool_wait *w)
{
	struct pool *p;

	/* What one has asked for who has left is for the next. */
	if ((p = pool_find(r, c, af, type)) == NULL ||
	    (p->asked <= p->nwaits + POOL_SPARES && pool_ask(r, p) == -1)) {
		errno = EACCES;
		return -1;
	}
	p->most = POOL_SPARES;
	w->pool = p;
	TAILQ_INSERT_TAIL(&p->waits, w, entry);
	p->nwaits++;
	return 0;
}

void
pool_leave(struct pool_wait *w)
{
	if (w->pool == NULL)
		return;
	TAILQ_REMOVE(&w->pool->waits, w, entry);
	w->pool->nwaits--;
	w->pool = NULL;
}

/* The first who waits; he may wait again from within. */
static void
pool_wake(struct pool *p, int error)
{
	struct pool_wait *w;

	if ((w = TAILQ_FIRST(&p->waits)) == NULL)
		return;
	pool_leave(w);
	w->ready(w->arg, error);
}

void
pool_on_socket(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;
	struct pool   *p;
	int            fd;

	if ((p = pool_byid(r, m->id)) == NULL || p->asked == 0)
		return;
	p->asked--;
	if ((fd = msg_take_fd(m)) == -1) {
		role_count(&r->role, COUNTER_DESCRIPTORS_LOST);
		pool_wake(p, EMFILE);
	} else if (p->nspare == POOL_SPARES)
		(void)close(fd);
	else {
		p->spare[p->nspare++] = fd;
		pool_wake(p, 0);
	}
}

void
pool_on_failed(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;
	struct pool   *p;
	uint32_t       error;

	if (msg_get_u32(m, &error) == -1)
		fatalx("router: malformed %s", msg_name(m->type));
	if ((p = pool_byid(r, m->id)) == NULL || p->asked == 0)
		return;
	p->asked--;
	pool_wake(p, error == 0 ? EACCES : (int)error);
}
