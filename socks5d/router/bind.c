/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * BIND (RFC 1928, section 4): the target connects to us, for the client.
 *
 * The socket listens before the client hears of it, at an address that the
 * target can reach, and never goes to a relay: what does is one connection,
 * from an address that the client asked for and that the rules let pass, like
 * any other target.  Whoever else connects is sent away with a reset, and the
 * right one is awaited until the time is over.
 *
 * A socket that listens has a place, like one that connects, but only one that
 * nobody else needs: a client that waits for minutes must not keep others from
 * connecting.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "compat/tcpopt.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/bind.h"
#include "router/bind_listen.h"
#include "router/cause.h"
#include "router/egress.h"
#include "router/judge.h"
#include "router/limit.h"
#include "router/listener.h"
#include "router/localaddr.h"
#include "router/places.h"
#include "router/pool.h"
#include "router/request.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/source.h"
#include "router/state.h"

#define BIND_BATCH    16 /* connections of one socket, then others */
#define BIND_PAUSE_MS 100

/* For a request: a socket that listens, or what it takes to get one. */
struct bind {
	struct request  *req;
	struct event    *event;
	int              fd; /* -1: does not listen yet */
	struct pool_wait wait;
	char            *why; /* the last one was refused, or NULL */
};

static int  bind_place(struct request *);
static void bind_next(struct bind *);
static int  bind_try(struct bind *, const struct candidate *);
static int  bind_pool_wait(struct bind *, const struct candidate *,
     const struct bind_want *);
static void bind_ready(void *, int);
static void bind_failed(struct bind *, const struct candidate *, int);
static int  bind_listens(struct bind *, const struct candidate *);
static int  bind_tell(struct bind *, uint32_t);
static void bind_cb(evutil_socket_t, short, void *);
static int  bind_accept(struct bind *);
static int  bind_accept_failed(struct bind *);
static int  bind_came(struct bind *, int, const struct addr *, uint16_t);
static int  bind_awaits(const struct request *, const struct addr *);
static int  bind_judge(struct bind *, const struct addr *, uint16_t,
     struct rule_stat **);
static void bind_open(struct bind *, int, const struct addr *, uint16_t,
    struct rule_stat *);
static void bind_refuse(int);

int
bind_is_any(const struct msg_session_open *o, struct addr *addr)
{
	/* A datagram has a port: without one it is about the association. */
	if (o->command == SESSION_CONNECT ||
	    (o->command == SESSION_UDP && o->port != 0))
		return 0;
	*addr = o->addr;
	if (addr->af == AF_UNSPEC && o->namelen == 1 && o->name[0] == '0')
		addr->af = AF_INET;
	addr_unmap(addr);
	return addr_is_unspecified(addr);
}

void
bind_start(struct request *req)
{
	struct bind *b;

	if (req->bind != NULL) {
		/* It has found no way yet, but one more address. */
		if (req->bind->fd == -1 && req->bind->wait.pool == NULL)
			bind_next(req->bind);
		return;
	}
	if (!bind_place(req))
		return;
	if ((b = calloc(1, sizeof(*b))) == NULL) {
		source_unplace(req->router, req->session->source);
		request_refuse(req->router, req->session, CAUSE_NO_RESOURCES);
		return;
	}
	b->req = req;
	b->fd = -1;
	req->bind = b;
	bind_next(b);
}

/* The first of a source is as needed as any connection, more are not. */
static int
bind_place(struct request *req)
{
	struct router  *r = req->router;
	struct session *s = req->session;
	int             full;

	if (source_place(r, s->source, source_places(s->source) != 0))
		return 1;
	full = places_full(&r->places);
	role_count(&r->role, COUNTER_LIMIT_ATTEMPTS);
	free(s->hint);
	s->hint = strdup(full ? "too many pending connections" :
				"too many pending connections of this source");
	request_refuse(r, s, full ? CAUSE_NO_RESOURCES : CAUSE_LIMIT);
	return 0;
}

/* The first candidate by whose way it can listen. */
static void
bind_next(struct bind *b)
{
	struct request         *req = b->req;
	const struct candidate *c;

	while (req->tried < req->naddrs) {
		c = &req->addrs[req->tried];
		if (limit_admit(req->router, req->session, c->rule,
			&req->session->hint) == -1) {
			req->tried++;
			req->denied = CAUSE_LIMIT;
			continue;
		}
		if (bind_try(b, c) == 1)
			return;
		bind_failed(b, c, errno);
		req->tried++;
	}
	if (req->waiting == 0)
		request_exhausted(req);
}

/* 1 if it listens, waits for a socket or has ended; -1 with errno. */
static int
bind_try(struct bind *b, const struct candidate *c)
{
	struct bind_want want;

	if ((b->fd = bind_socket(b->req, c, &want)) != -1)
		return bind_listens(b, c);
	return errno == EAGAIN ? bind_pool_wait(b, c, &want) : -1;
}

static int
bind_pool_wait(struct bind *b, const struct candidate *c,
    const struct bind_want *want)
{
	struct socket_class class;

	(void)socket_class_of(&c->rule->route, &class);
	b->wait.ready = bind_ready;
	b->wait.arg = b;
	return pool_await(b->req->router, &class, want->af, want->type,
		   &b->wait) == -1 ?
	    -1 :
	    1;
}

static void
bind_ready(void *arg, int error)
{
	struct bind    *b = arg;
	struct request *req = b->req;

	if (error != 0) {
		bind_failed(b, &req->addrs[req->tried], error);
		req->tried++;
	}
	bind_next(b);
}

/* The next candidate may have another way. */
static void
bind_failed(struct bind *b, const struct candidate *c, int error)
{
	struct request *req = b->req;
	char            text[ADDR_STRLEN];

	if (req->cause == CAUSE_NONE && c->rule->route.source.af != AF_UNSPEC)
		bind_hint(b->req, cause_of_errno(error),
		    "%s: %s (required by the rule in %s)",
		    addr_print(&c->rule->route.source, text, sizeof(text)),
		    strerror(error), c->rule->where);
	req->error = error;
}

/* It listens: the client hears where, and has a time to be met there. */
static int
bind_listens(struct bind *b, const struct candidate *c)
{
	struct request *req = b->req;
	struct router  *r = req->router;
	uint32_t        ms = c->rule->route.bind_ms;

	if (ms == 0)
		ms = r->role.conf->set.bind_ms;
	b->event = event_new(r->role.base, b->fd, EV_READ | EV_PERSIST, bind_cb,
	    b);
	if (b->event == NULL || event_add(b->event, NULL) == -1 ||
	    request_allow(req, ms) == -1 || bind_tell(b, ms) == -1) {
		request_refuse(r, req->session, CAUSE_NO_RESOURCES);
		return 1;
	}
	sess_here_forget(req->session);
	req->session->target = c->addr;
	sess_ruled(req->session, c->rule);
	req->session->state = SESSION_BOUND;
	role_count(&r->role, COUNTER_BINDS);
	return 1;
}

static int
bind_tell(struct bind *b, uint32_t ms)
{
	const struct session    *s = b->req->session;
	struct router           *r = b->req->router;
	struct msg_session_bound m;
	uint8_t                  data[64];
	struct wbuf              w;

	if (bind_name(s, b->fd, &m.bound, &m.bound_port) == -1)
		return -1;
	m.bind_ms = ms;
	wbuf_init(&w, data, sizeof(data));
	msg_put_session_bound(&w, &m);
	return role_post(&r->role, PROC_RELAY, s->relay, MSG_SESSION_BOUND,
	    s->id, &w, -1);
}

static void
bind_cb(evutil_socket_t fd, short what, void *arg)
{
	struct bind *b = arg;
	int          i;

	for (i = 0; i < BIND_BATCH; i++)
		if (bind_accept(b) == -1)
			return;
}

/* -1 if there is nothing more to accept now, or at all: b may be gone. */
static int
bind_accept(struct bind *b)
{
	struct sockaddr_storage ss;
	struct addr             peer;
	socklen_t               len = sizeof(ss);
	uint16_t                port;
	int                     fd;

	fd = accept4(b->fd, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return bind_accept_failed(b);
	if (addr_from_sockaddr(&peer, &port, (struct sockaddr *)&ss) == -1) {
		(void)close(fd);
		return 0;
	}
	addr_unmap(&peer);
	return bind_came(b, fd, &peer, port);
}

/* Out of descriptors it waits a moment instead of being told at once again. */
static int
bind_accept_failed(struct bind *b)
{
	struct timeval tv = clock_timeval(BIND_PAUSE_MS);

	switch (errno) {
	case EAGAIN:
		return -1;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		role_count(&b->req->router->role, COUNTER_ACCEPT_PAUSED);
		(void)event_del(b->event);
		(void)event_add(b->req->next, &tv);
		return -1;
	default:
		return 0; /* that one is gone; the next may not be */
	}
}

void
bind_resume(struct request *req)
{
	if (req->bind->event != NULL)
		(void)event_add(req->bind->event, NULL);
}

/* Somebody has connected; as bind_accept(). */
static int
bind_came(struct bind *b, int fd, const struct addr *peer, uint16_t port)
{
	struct router    *r = b->req->router;
	struct rule_stat *rule;
	char              text[ADDRPORT_STRLEN];

	if (!bind_awaits(b->req, peer)) {
		role_count(&r->role, COUNTER_BIND_STRANGERS);
		log_debug("session %" PRIu64 ": bind: %s is not awaited",
		    b->req->session->id,
		    addr_print_port(peer, port, text, sizeof(text)));
		bind_refuse(fd);
		return 0;
	}
	if (bind_judge(b, peer, port, &rule) == -1) {
		role_count(&r->role, COUNTER_BIND_REFUSED);
		log_debug("session %" PRIu64 ": bind: refused %s",
		    b->req->session->id, b->why == NULL ? "" : b->why);
		bind_refuse(fd);
		return 0;
	}
	bind_open(b, fd, peer, port, rule);
	rule_stat_release(rule);
	return -1;
}

static int
bind_awaits(const struct request *req, const struct addr *peer)
{
	unsigned int i;

	for (i = 0; i < req->naddrs; i++)
		if (addr_is_unspecified(&req->addrs[i].addr) ||
		    addr_cmp(&req->addrs[i].addr, peer) == 0)
			return 1;
	return 0;
}

/* 0 with the rule, which is held, under which it has its places. */
static int
bind_judge(struct bind *b, const struct addr *peer, uint16_t port,
    struct rule_stat **rule)
{
	struct router   *r = b->req->router;
	struct session  *s = b->req->session;
	struct judge_ask ask;
	struct verdict   v;
	char             where[CONF_PATH_SIZE + 16];
	char             text[CONF_PATH_SIZE + 384];
	size_t           n;

	judge_session(s, &ask);
	ask.to = *peer;
	ask.port = port;
	ask.counts = 1;
	judge(r, &ask, &v);
	if (v.kind == VERDICT_PASS) {
		*rule = rule_stat_hold(r, v.rule->number);
		if (limit_admit(r, b->req->session, *rule,
			&b->req->session->hint) == 0)
			return 0;
		rule_stat_release(*rule);
	}
	(void)addr_print_port(peer, port, text, sizeof(text));
	n = strlen(text);
	if (v.kind == VERDICT_PASS)
		(void)snprintf(text + n, sizeof(text) - n, ": %s",
		    s->hint == NULL ? "no memory" : s->hint);
	else if (v.hint[0] != '\0')
		(void)snprintf(text + n, sizeof(text) - n, ": %s", v.hint);
	else if (v.rule == NULL)
		(void)strlcat(text, ": no rule passes it", sizeof(text));
	else {
		rule_where(v.rule, where, sizeof(where));
		(void)snprintf(text + n, sizeof(text) - n,
		    ": the rule in %s blocks it", where);
	}
	free(b->why);
	b->why = strdup(text);
	return -1;
}

/* From here on it is a target like any other, and nobody else is awaited. */
static void
bind_open(struct bind *b, int fd, const struct addr *peer, uint16_t port,
    struct rule_stat *rule)
{
	struct request  *req = b->req;
	struct router   *r = req->router;
	struct candidate c;

	/* No delay and urgent bytes in line: it has that of the listener. */
	if (addr_is_loopback(peer) || localaddr_is(r, peer))
		tcpopt_local(fd);
	egress_keepalive(r, &rule->route, fd);
	req->bound = *peer;
	req->bound_port = port;
	req->session->target_port = port;
	c.addr = *peer;
	c.rule = rule;
	request_open(req, fd, &c);
}

static void
bind_refuse(int fd)
{
	static const struct linger reset = { 1, 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	(void)close(fd);
}

void
bind_expired(struct request *req)
{
	struct bind *b = req->bind;

	if (b->fd == -1) {
		if (req->error == 0)
			req->error = ETIMEDOUT;
		request_exhausted(req);
		return;
	}
	role_count(&req->router->role, COUNTER_BIND_TIMEOUTS);
	free(req->session->hint);
	req->session->hint = NULL;
	if (b->why != NULL)
		bind_hint(b->req, CAUSE_BIND_TIMEOUT,
		    "nobody else came than who was refused: %s", b->why);
	request_refuse(req->router, req->session, CAUSE_BIND_TIMEOUT);
}

void
bind_stop(struct request *req)
{
	struct bind *b = req->bind;

	if (b == NULL)
		return;
	req->bind = NULL;
	pool_leave(&b->wait);
	if (b->event != NULL)
		event_free(b->event);
	if (b->fd != -1)
		(void)close(b->fd);
	source_unplace(req->router, req->session->source);
	free(b->why);
	free(b);
}
