/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Happy Eyeballs (RFC 8305): one connection to a target out of several
 * addresses, each of which was judged and allowed.
 *
 * A new attempt starts when the last one has failed or 250 ms have passed; the
 * first to connect wins, the others are closed.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/session.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/cause.h"
#include "router/connect.h"
#include "router/egress.h"
#include "router/limit.h"
#include "router/places.h"
#include "router/pool.h"
#include "router/request.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/source.h"
#include "router/state.h"
#include "router/tunnel.h"
#include "router/upstream.h"

#define ATTEMPT_DELAY_MS 250 /* RFC 8305, section 5 */

/*
 * With few places an attempt gives way to the next address after this: a lost
 * first packet has been sent again by then.
 */
#define ATTEMPT_LEAST_MS 2000

static void            connect_proxied(void *, const struct tunnel_end *);
static void            connect_done(struct request *, int, unsigned int);
static int             attempt_used(const struct attempt *);
static struct attempt *attempt_free(struct request *);
static int             connect_place(struct request *);
static int             connect_give_way(struct request *);
static void            connect_turn(void *);
static void            connect_unplace(struct request *);
static int             connect_try(struct request *, struct attempt *);
static int             connect_start(struct request *, struct attempt *);
static int connect_wait(struct request *, struct attempt *, const struct addr *,
    const struct conf_route *);
static void connect_ready(void *, int);
static int  connect_from(struct request *, int, const struct candidate *);
static void connect_where(const struct request *, const struct candidate *,
    struct addr *, uint16_t *);
static void connect_failed(struct request *, int);
static void connect_hint(struct request *, const struct candidate *,
    const char *, int);
static void connect_self_hint(struct request *);
static void connect_cb(evutil_socket_t, short, void *);
static void connect_won(struct attempt *);
static void connect_lost(struct attempt *, int);
static int  error_rank(int);
static void attempt_close(struct attempt *);

void
connect_next(struct request *req)
{
	const struct candidate *c;
	struct attempt         *a;

	if (req->over || req->proxied || req->turn.holder != NULL)
		return;
	/* Addresses that fail at once are passed over in this same call. */
	while (req->tried < req->naddrs) {
		c = &req->addrs[req->tried];
		/*
		 * One of them will end; and by a proxy one address is tried
		 * after the other.
		 */
		if ((a = attempt_free(req)) == NULL ||
		    (req->nactive != 0 && c->rule->route.via[0] != '\0')) {
			connect_unplace(req);
			return;
		}
		if (limit_admit(req->router, req->session, c->rule,
			&req->session->hint) == -1) {
			req->tried++;
			req->denied = CAUSE_LIMIT;
			continue;
		}
		if (connect_place(req) == 0)
			return;
		a->index = req->tried++;
		if (connect_try(req, a))
			return;
	}
	connect_unplace(req);
	if (req->nactive == 0 && req->waiting == 0)
		req->done(req, -1, 0);
}

static struct attempt *
attempt_free(struct request *req)
{
	unsigned int i;

	for (i = 0; i < ATTEMPTS_MAX; i++)
		if (attempt_used(&req->attempt[i]) == 0)
			return &req->attempt[i];
	return NULL;
}

/*
 * 0 if the request must wait for a place: for its turn, or until one of its own
 * attempts has had its time.
 */
static int
connect_place(struct request *req)
{
	static const struct timeval tv = { 0, ATTEMPT_DELAY_MS * 1000 };
	struct source              *source = req->session->source;

	if (req->place == 0)
		req->place = (uint8_t)source_place(req->router, source,
		    req->nactive != 0);
	if (req->place)
		return 1;
	if (req->nactive == 0) {
		req->turn.ready = connect_turn;
		req->turn.arg = req;
		source_await(req->router, source, &req->turn);
		return 0;
	}
	if (connect_give_way(req))
		return 1;
	(void)event_add(req->next, &tv);
	return 0;
}

/* The oldest attempt leaves its place to the next one, if it had its time. */
static int
connect_give_way(struct request *req)
{
	struct attempt *a, *old = NULL;
	unsigned int    i;

	for (i = 0; i < ATTEMPTS_MAX; i++) {
		a = &req->attempt[i];
		if (attempt_used(a) &&
		    (old == NULL || a->start_ms < old->start_ms))
			old = a;
	}
	if (old == NULL || clock_ms() - old->start_ms < ATTEMPT_LEAST_MS)
		return 0;
	connect_failed(req, ETIMEDOUT);
	attempt_close(old);
	req->nactive--;
	req->place = 1;
	return 1;
}

/* It has its place now. */
static void
connect_turn(void *arg)
{
	struct request *req = arg;

	req->place = 1;
	connect_next(req);
}

/* Gives back what it has no use for, and waits no more. */
static void
connect_unplace(struct request *req)
{
	place_leave(&req->router->places, &req->turn);
	if (req->place)
		source_unplace(req->router, req->session->source);
	req->place = 0;
}

/* 1 if it is under way or has won, and there is nothing more to do now. */
static int
connect_try(struct request *req, struct attempt *a)
{
	static const struct timeval tv = { 0, ATTEMPT_DELAY_MS * 1000 };

	if (req->addrs[a->index].rule->route.via[0] != '\0')
		return upstream_start(req, a->index, connect_proxied) == 0;
	switch (connect_start(req, a)) {
	case 1:
		connect_won(a);
		return 1;
	case 0:
		if (req->tried < req->naddrs)
			(void)event_add(req->next, &tv);
		return 1;
	default:
		return 0;
	}
}

static void
connect_proxied(void *arg, const struct tunnel_end *end)
{
	struct request *req = arg;

	upstream_ended(req, end);
	if (end->fd != -1)
		connect_done(req, end->fd, req->proxied_index);
	else
		connect_next(req);
}

/* The socket goes to the relay in state ESTABLISHED, never before. */
static void
connect_done(struct request *req, int fd, unsigned int index)
{
	connect_close(req, -1);
	egress_keepalive(req->router, &req->addrs[index].rule->route, fd);
	req->done(req, fd, index);
}

static int
attempt_used(const struct attempt *a)
{
	return a->fd != -1 || a->wait.pool != NULL;
}

/*
 * 1 if connected already, 0 if under way: then the place is the attempt's.  -1
 * if it failed.
 */
static int
connect_start(struct request *req, struct attempt *a)
{
	const struct candidate *c = &req->addrs[a->index];
	struct sockaddr_storage ss;
	struct addr             addr;
	socklen_t               len;
	uint16_t                port;
	int                     n;

	connect_where(req, c, &addr, &port);
	len = addr_to_sockaddr(&addr, port, &ss);
	a->fd = egress_socket(req->router, &addr, &c->rule->route, SOCK_STREAM);
	if (a->fd == -1 && errno == EAGAIN)
		return connect_wait(req, a, &addr, &c->rule->route);
	if (a->fd == -1 || connect_from(req, a->fd, c) == -1)
		goto fail;
	n = connect(a->fd, (struct sockaddr *)&ss, len);
	/* On loopback it is done by now, though the call could not say so. */
	if (n == -1 && errno == EINPROGRESS && addr_is_loopback(&addr))
		n = connect(a->fd, (struct sockaddr *)&ss, len);
	if (n == 0 &&
	    egress_to_self(a->fd, port, &req->bound, &req->bound_port)) {
		connect_self_hint(req);
		errno = ECONNREFUSED;
		goto fail;
	}
	if (n == 0) {
		req->place = 0;
		req->nactive++;
		return 1;
	}
	if (errno != EINPROGRESS && errno != EALREADY && errno != EINTR)
		goto fail;
	a->event = event_new(req->router->role.base, a->fd, EV_WRITE,
	    connect_cb, a);
	if (a->event == NULL || event_add(a->event, NULL) == -1) {
		errno = ENOMEM;
		goto fail;
	}
	a->start_ms = clock_ms();
	req->place = 0;
	req->nactive++;
	return 0;
fail:
	connect_failed(req, errno);
	attempt_close(a);
	return -1;
}

static void
connect_where(const struct request *req, const struct candidate *c,
    struct addr *addr, uint16_t *port)
{
	*addr = c->addr;
	*port = req->port;
	egress_where(&c->rule->route, addr, port);
}

/* No socket of its class is at hand: 0 if the parent makes one, or -1. */
static int
connect_wait(struct request *req, struct attempt *a, const struct addr *addr,
    const struct conf_route *route)
{
	struct socket_class class;

	(void)socket_class_of(route, &class);
	a->wait.ready = connect_ready;
	a->wait.arg = a;
	if (pool_await(req->router, &class, addr->af, SOCK_STREAM, &a->wait) ==
	    -1) {
		connect_failed(req, errno);
		return -1;
	}
	a->start_ms = clock_ms();
	req->place = 0;
	req->nactive++;
	return 0;
}

static void
connect_ready(void *arg, int error)
{
	struct attempt         *a = arg;
	struct request         *req = a->req;
	const struct candidate *c = &req->addrs[a->index];

	req->place = 1;
	req->nactive--;
	if (error != 0) {
		if (error == ENODEV)
			connect_hint(req, c, c->rule->route.interface, error);
		connect_failed(req, error);
	} else {
		switch (connect_start(req, a)) {
		case 1:
			connect_won(a);
			return;
		case 0:
			return;
		default:
			break;
		}
	}
	connect_next(req);
}

/* -1 with errno if the rule's source cannot be had. */
static int
connect_from(struct request *req, int fd, const struct candidate *c)
{
	const struct conf_route *route = &c->rule->route;
	char                     text[ADDR_STRLEN];
	int                      error;

	if (egress_bind(fd, route) == 0)
		return 0;
	error = errno;
	connect_hint(req, c, addr_print(&route->source, text, sizeof(text)),
	    error);
	errno = error;
	return -1;
}

/* Of several failures the client hears the one that tells it most. */
static void
connect_failed(struct request *req, int error)
{
	if (error_rank(error) > error_rank(req->error))
		req->error = error;
}

/* What is wrong is in the config, so the log says which line. */
static void
connect_hint(struct request *req, const struct candidate *c, const char *what,
    int error)
{
	struct session *s = req->session;
	char            text[384];

	(void)snprintf(text, sizeof(text),
	    "%s: %s (required by the rule in "
	    "%s)",
	    what, strerror(error), c->rule->where);
	free(s->hint);
	s->hint = strdup(text);
	req->cause = (uint8_t)cause_of_errno(error);
}

/* The client hears what it would have without the coincidence. */
static void
connect_self_hint(struct request *req)
{
	struct session *s = req->session;

	free(s->hint);
	s->hint = strdup("nobody listens there: the connection was one to "
			 "itself");
	req->cause = CAUSE_CONNECT_REFUSED;
}

static void
connect_cb(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *a = arg;
	struct addr     addr;
	socklen_t       len = sizeof(int);
	uint16_t        port;
	int             error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	connect_where(a->req, &a->req->addrs[a->index], &addr, &port);
	if (error == 0 &&
	    egress_to_self(fd, port, &a->req->bound, &a->req->bound_port)) {
		connect_self_hint(a->req);
		error = ECONNREFUSED;
	}
	if (error == 0)
		connect_won(a);
	else
		connect_lost(a, error);
}

static void
connect_won(struct attempt *a)
{
	struct request *req = a->req;
	unsigned int    index = a->index;
	int             fd = a->fd;

	if (a->event != NULL)
		event_free(a->event);
	a->event = NULL;
	a->fd = -1;
	source_unplace(req->router, req->session->source);
	req->nactive--;
	connect_done(req, fd, index);
}

static void
connect_lost(struct attempt *a, int error)
{
	struct request *req = a->req;

	connect_failed(req, error);
	attempt_close(a);
	req->place = 1; /* the next one's */
	req->nactive--;
	connect_next(req);
}

void
connect_close(struct request *req, int keep)
{
	int i;

	for (i = 0; i < ATTEMPTS_MAX; i++) {
		if (i == keep || attempt_used(&req->attempt[i]) == 0)
			continue;
		attempt_close(&req->attempt[i]);
		source_unplace(req->router, req->session->source);
		req->nactive--;
	}
	connect_unplace(req);
}

static void
attempt_close(struct attempt *a)
{
	if (a->event != NULL)
		event_free(a->event);
	a->event = NULL;
	pool_leave(&a->wait);
	if (a->fd != -1)
		(void)close(a->fd);
	a->fd = -1;
}

static int
error_rank(int error)
{
	switch (error) {
	case 0:
		return 0;
	case ENETUNREACH:
	case ENETDOWN:
	case EAFNOSUPPORT:
		return 2;
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return 3;
	case EACCES:
	case EPERM:
		return 4;
	case ETIMEDOUT:
		return 5;
	case ECONNREFUSED:
	case ECONNRESET:
		return 6;
	default:
		return 1;
	}
}
