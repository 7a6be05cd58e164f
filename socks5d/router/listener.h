/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The listening sockets.  Each has its event, and lives on without them for as
 * long as a session that came by it.
 */

#ifndef ROUTER_LISTENER_H
#define ROUTER_LISTENER_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "conf/conf.h"

struct event;
struct router;

/*
 * A listening socket with its event.  Without them it lives on for as long as
 * a session that came by it.  Its configuration is a copy as a whole, so that
 * one that a reload keeps takes all of what the new one says.
 */
struct listener {
	TAILQ_ENTRY(listener) entry;
	struct router        *router;
	struct event         *event;    /* NULL if it is closed */
	unsigned int          refs;     /* sessions */
	uint16_t              udp_last; /* port given, of its range */
	struct conf_listener  conf;     /* its entry means nothing */
};

/* Its event calls ready, with the listener. */
void listeners_init(struct router *, void (*ready)(int, short, void *));

/* Gets ready to listen as a config to come says; -1 if memory is short. */
int  listeners_prepare(struct router *, const struct conf *);
void listeners_abort(struct router *);

/*
 * Listens on the sockets that were prepared, and on no others; -1 with errno
 * if it does not hear of clients at one of them.  Those that were closed are
 * left without an event, to be swept.
 */
int  listeners_swap(struct router *);
void listener_sweep(struct router *, struct listener *);

/* A session came by it; NULL and "" if there is none of that id. */
struct listener *listener_hold(struct router *, uint32_t id);
void             listener_release(struct router *, struct listener *);
const char      *listener_name(const struct listener *);

/* The one that is open for the address at this end; NULL if there is none. */
struct listener *listener_at(const struct router *, int fd);

/* Who connects there comes to us. */
int listener_is_own(const struct router *, const struct addr *, uint16_t port);

#endif /* ROUTER_LISTENER_H */
