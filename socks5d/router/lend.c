/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets for the resolver: connected to a configured name server, and to
 * nothing else, before it gets them.
 *
 * The resolver says which server it means; what is not in the config is
 * refused, and so is asking without end.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/budget.h"
#include "base/buf.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/cause.h"
#include "router/egress.h"
#include "router/lend.h"
#include "router/state.h"

#define LENDINGS_MAX   64 /* TCP connections under way, at most */
#define LEND_TIMEOUT_S 5

/* A TCP connection to a name server under way. */
struct lending {
	TAILQ_ENTRY(lending) entry;
	struct router       *router;
	struct event        *event;
	int                  fd;
	uint64_t             id;
	struct msg_dns       dns;
};

static int  lend_known(const struct router *, const struct msg_dns *);
static int  lend_connect(const struct msg_dns *);
static int  lend_error(void);
static int  lend_wait(struct router *, int, uint64_t, const struct msg_dns *);
static void lend_cb(evutil_socket_t, short, void *);
static int  lend_lost(int, short);
static void lend_free(struct lending *);
static void lend_answer(struct router *, uint64_t, const struct msg_dns *, int,
    int);

void
lend_on_want(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;
	struct msg_dns d;
	int            fd;

	if (msg_get_dns(m, &d) == -1) {
		role_bad_peer(&r->role, from, "malformed dns-want");
		return;
	}
	/* After a reload it may still ask for a server of the old config. */
	if (!lend_known(r, &d)) {
		lend_answer(r, m->id, &d, -1, 0);
		return;
	}
	fd = lend_connect(&d);
	if (fd == -1 || d.tcp == 0) {
		lend_answer(r, m->id, &d, fd, fd == -1 ? lend_error() : 0);
		return;
	}
	if (lend_wait(r, fd, m->id, &d) == -1) {
		(void)close(fd);
		lend_answer(r, m->id, &d, -1, 0);
	}
}

static int
lend_known(const struct router *r, const struct msg_dns *d)
{
	const struct conf_resolver *res = &r->role.conf->resolver;
	unsigned int                i;

	for (i = 0; i < res->nns; i++)
		if (addr_cmp(&res->ns[i].addr, &d->server) == 0 &&
		    res->ns[i].port == d->port && res->ns[i].scope == d->scope)
			return 1;
	return 0;
}

/* A UDP socket is connected at once, TCP takes its time. */
static int
lend_connect(const struct msg_dns *d)
{
	struct sockaddr_storage ss;
	socklen_t               len;
	int                     fd, error = ECONNREFUSED;

	len = addr_to_sockaddr(&d->server, d->port, &ss);
	if (ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&ss)->sin6_scope_id = d->scope;
	fd = socket(d->server.af,
	    (d->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		return -1;
	/* One to itself would get its own questions for answers. */
	if (connect(fd, (struct sockaddr *)&ss, len) == -1) {
		if (d->tcp && errno == EINPROGRESS)
			return fd;
		/* A link-local one whose interface is not there. */
		error = errno == EINVAL ? ENODEV : errno;
	} else if (d->tcp || !egress_to_self(fd, d->port, NULL, NULL))
		return fd;
	(void)close(fd);
	errno = error;
	return -1;
}

/* Why the server cannot be reached; 0 if it is our own want of something. */
static int
lend_error(void)
{
	return cause_of_errno(errno) == CAUSE_NO_RESOURCES ? 0 : errno;
}

static int
lend_wait(struct router *r, int fd, uint64_t id, const struct msg_dns *d)
{
	struct timeval  tv = { LEND_TIMEOUT_S, 0 };
	struct lending *l;

	/* The rest of what is kept for such is for those that are at once. */
	if (r->nlendings >= LENDINGS_MAX ||
	    r->nlendings >= budget_router(r->role.child->start.nofile) / 2 ||
	    (l = calloc(1, sizeof(*l))) == NULL)
		return -1;
	l->router = r;
	l->id = id;
	l->dns = *d;
	l->event = event_new(r->role.base, fd, EV_WRITE, lend_cb, l);
	if (l->event == NULL || event_add(l->event, &tv) == -1) {
		if (l->event != NULL)
			event_free(l->event);
		free(l);
		return -1;
	}
	l->fd = fd;
	TAILQ_INSERT_TAIL(&r->lendings, l, entry);
	r->nlendings++;
	return 0;
}

/*
 * A timeout may hide readiness that came in the same turn, so the socket is
 * asked in either case.
 */
static void
lend_cb(evutil_socket_t fd, short what, void *arg)
{
	struct lending         *l = arg;
	struct router          *r = l->router;
	struct sockaddr_storage ss;
	socklen_t               len = sizeof(ss);
	uint64_t                id = l->id;
	struct msg_dns          dns = l->dns;
	int                     error;

	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    egress_to_self(fd, dns.port, NULL, NULL)) {
		error = lend_lost(fd, what);
		lend_free(l);
		lend_answer(r, id, &dns, -1, error);
		return;
	}
	l->fd = -1;
	lend_free(l);
	lend_answer(r, id, &dns, fd, 0);
}

/* Why a connection did not come about; without an error it is to itself. */
static int
lend_lost(int fd, short what)
{
	socklen_t len = sizeof(int);
	int       error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		return error;
	return (what & EV_TIMEOUT) != 0 ? ETIMEDOUT : ECONNREFUSED;
}

static void
lend_free(struct lending *l)
{
	TAILQ_REMOVE(&l->router->lendings, l, entry);
	l->router->nlendings--;
	event_free(l->event);
	if (l->fd != -1)
		(void)close(l->fd);
	free(l);
}

void
lend_cancel(struct router *r)
{
	struct lending *l;

	while ((l = TAILQ_FIRST(&r->lendings)) != NULL)
		lend_free(l);
}

/*
 * fd is the resolver's from now on, or -1 for "cannot make a socket", with an
 * error if that is the server's or the way's to it.  While
 * it does not read what it was sent it gets no socket: those that wait for it
 * take up our descriptors.
 */
static void
lend_answer(struct router *r, uint64_t id, const struct msg_dns *d, int fd,
    int error)
{
	struct msg_dns answer = *d;
	uint8_t        data[32];
	struct wbuf    b;

	if (fd != -1 &&
	    peer_queued(role_peer(&r->role, PROC_RESOLVER, 0)) != 0) {
		(void)close(fd);
		fd = -1;
		error = 0;
	}
	answer.error = fd == -1 ? (uint16_t)error : 0;
	wbuf_init(&b, data, sizeof(data));
	msg_put_dns(&b, &answer);
	(void)role_send(&r->role, PROC_RESOLVER, 0,
	    fd == -1 ? MSG_DNS_FAILED : MSG_DNS_SOCKET, id, &b, fd);
}
