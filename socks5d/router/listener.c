/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The listening sockets, over reloads: see listener.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/addr.h"
#include "conf/conf.h"
#include "router/listener.h"
#include "router/localaddr.h"
#include "router/state.h"

static struct listener *listener_new(struct router *,
    const struct conf_listener *);
static int              listener_open(struct router *, struct listener *);
static struct listener *listener_byid(const struct router *, uint32_t);

void
listeners_init(struct router *r, void (*ready)(int, short, void *))
{
	TAILQ_INIT(&r->listeners);
	TAILQ_INIT(&r->next_listeners);
	r->listener_ready = ready;
}

int
listeners_prepare(struct router *r, const struct conf *next)
{
	struct conf_listener *cl;
	struct listener      *l;

	TAILQ_FOREACH(cl, &next->listeners, entry) {
		if (cl->fd == -1)
			continue;
		if ((l = listener_new(r, cl)) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&r->next_listeners, l, entry);
	}
	return 0;
}

void
listeners_abort(struct router *r)
{
	struct listener *l;

	while ((l = TAILQ_FIRST(&r->next_listeners)) != NULL) {
		TAILQ_REMOVE(&r->next_listeners, l, entry);
		event_free(l->event);
		free(l);
	}
}

int
listeners_swap(struct router *r)
{
	struct listener *l;
	int              error = 0;

	TAILQ_FOREACH(l, &r->listeners, entry) {
		if (l->event != NULL)
			event_free(l->event);
		l->event = NULL;
	}
	while ((l = TAILQ_FIRST(&r->next_listeners)) != NULL) {
		TAILQ_REMOVE(&r->next_listeners, l, entry);
		if (listener_open(r, l) == -1)
			error = errno;
	}
	errno = error;
	return error == 0 ? 0 : -1;
}

/* The descriptor stays the config's, which outlives the event. */
static struct listener *
listener_new(struct router *r, const struct conf_listener *cl)
{
	struct listener *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->router = r;
	l->conf = *cl;
	l->event = event_new(r->role.base, cl->fd, EV_READ | EV_PERSIST,
	    r->listener_ready, l);
	if (l->event == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

/*
 * One that sessions came by goes on under its id, with all that the new config
 * says of it and at its place there, as the first of a name is asked for that.
 */
static int
listener_open(struct router *r, struct listener *l)
{
	struct listener *have;

	if ((have = listener_byid(r, l->conf.id)) != NULL) {
		have->conf = l->conf;
		have->event = l->event;
		(void)event_assign(have->event, r->role.base, have->conf.fd,
		    EV_READ | EV_PERSIST, r->listener_ready, have);
		TAILQ_REMOVE(&r->listeners, have, entry);
		free(l);
		l = have;
	}
	TAILQ_INSERT_TAIL(&r->listeners, l, entry);
	return r->paused == 0 ? event_add(l->event, NULL) : 0;
}

void
listener_sweep(struct router *r, struct listener *l)
{
	if (l->event != NULL || l->refs != 0)
		return;
	TAILQ_REMOVE(&r->listeners, l, entry);
	free(l);
}

struct listener *
listener_at(const struct router *r, int fd)
{
	struct sockaddr_storage ss;
	struct addr             addr;
	struct listener        *l;
	socklen_t               len = sizeof(ss);
	uint16_t                port;

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    addr_from_sockaddr(&addr, &port, (struct sockaddr *)&ss) == -1)
		return NULL;
	TAILQ_FOREACH(l, &r->listeners, entry)
		if (l->event != NULL && l->conf.port == port &&
		    addr_cmp(&l->conf.addr, &addr) == 0)
			break;
	return l;
}

int
listener_is_own(const struct router *r, const struct addr *addr, uint16_t port)
{
	const struct listener *l;
	int                    ours;

	ours = addr_is_loopback(addr) || localaddr_is(r, addr);
	TAILQ_FOREACH(l, &r->listeners, entry)
		if (l->event != NULL &&
		    conf_listener_takes(&l->conf, addr, port, ours))
			return 1;
	return 0;
}

static struct listener *
listener_byid(const struct router *r, uint32_t id)
{
	struct listener *l;

	TAILQ_FOREACH(l, &r->listeners, entry)
		if (l->conf.id == id)
			break;
	return l;
}

struct listener *
listener_hold(struct router *r, uint32_t id)
{
	struct listener *l;

	if ((l = listener_byid(r, id)) != NULL)
		l->refs++;
	return l;
}

void
listener_release(struct router *r, struct listener *l)
{
	if (l == NULL)
		return;
	l->refs--;
	listener_sweep(r, l);
}

const char *
listener_name(const struct listener *l)
{
	return l == NULL ? "" : l->conf.name;
}
