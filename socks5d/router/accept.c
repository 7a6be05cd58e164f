/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Clients come in: accepted, counted, handed to the least loaded relay.
 *
 * Running out of descriptors, memory, relays or sessions pauses accepting, so
 * that the rest of the backlog waits in the kernel; it never spins and never
 * ends the process.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/budget.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/login.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "conf/conf.h"
#include "router/accept.h"
#include "router/identity.h"
#include "router/listener.h"
#include "router/places.h"
#include "router/pool.h"
#include "router/room.h"
#include "router/rules.h"
#include "router/session.h"
#include "router/source.h"
#include "router/state.h"

#define ACCEPT_BATCH  64   /* clients of one listener, then the others */
#define WAITING_MAX   4096 /* clients of one that closes */
#define PAUSE_MIN_MS  100
#define PAUSE_MAX_MS  1000
#define WARN_EVERY_MS 5000

/* Without listeners and relays: epoll, the log, channels to other roles. */
#define DESCRIPTORS_OWN 12

/*
 * Relays end handshakes.  One that still has not this long after the time for
 * it hangs, or hoards them.
 */
#define OVERDUE_MS     10000
#define OVERDUE_LOOK_S 3

/* A client has this long when the half-open slots are nearly used up. */
#define STRESS_MS 3000

/* Next time that nothing is to be resumed. */
static const struct timeval resume_idle = { 24 * 60 * 60, 0 };

static void accept_listen(struct router *);
static void listener_empty(struct router *, const struct listener *);
static void accept_cb(evutil_socket_t, short, void *);
static int  accept_one(struct router *, int, struct listener *);
static int  accept_failed(struct router *);
static int  accept_is_last(const struct router *, int);
static int  accept_is_short(const struct router *);
static void accept_later(struct router *, const char *);
static void accept_warn(struct router *, const char *);
static void accept_client(struct listener *, int, const struct addr *,
    uint16_t);
static int  relay_takes(const struct router *, unsigned int);
static int  accept_relay(const struct router *);
static void resume_cb(evutil_socket_t, short, void *);
static void accept_handshake(struct router *, struct session *, uint32_t);
static void overdue_cb(evutil_socket_t, short, void *);

void
accept_commit(struct router *r)
{
	r->asks_here = rules_pass_command(r->rules,
	    CONF_COMMAND_BIND | CONF_COMMAND_UDP);
	accept_listen(r);
	accept_set_limits(r);
}

static void
accept_listen(struct router *r)
{
	struct listener *l, *next;

	if (listeners_swap(r) == -1)
		accept_later(r, strerror(errno));
	for (l = TAILQ_FIRST(&r->listeners); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (l->event == NULL && l->conf.fd != -1) {
			listener_empty(r, l);
			l->conf.fd = -1;
		}
		listener_sweep(r, l);
	}
}

void
accept_stop(struct router *r)
{
	struct conf_listener *cl;
	struct listener      *l, *next;

	accept_pause(r, PAUSE_STOPPING);
	TAILQ_FOREACH(cl, &r->role.conf->listeners, entry) {
		if (cl->fd != -1)
			(void)close(cl->fd);
		cl->fd = -1;
	}
	(void)listeners_swap(r); /* to none */
	TAILQ_FOREACH_SAFE(l, &r->listeners, entry, next) {
		l->conf.fd = -1;
		listener_sweep(r, l);
	}
}

/*
 * Who waits at a socket that is no longer wanted may have come to an address
 * that is: where the listener of all addresses gave way to one of a few.  They
 * belong to that one.
 */
static void
listener_empty(struct router *r, const struct listener *old)
{
	const struct listener *l;
	int                    i;

	TAILQ_FOREACH(l, &r->listeners, entry)
		if (l->event != NULL && l->conf.port == old->conf.port &&
		    l->conf.addr.af == old->conf.addr.af)
			break;
	for (i = 0; l != NULL && i < WAITING_MAX && r->paused == 0; i++)
		if (accept_one(r, old->conf.fd, NULL) == -1)
			return;
}

void
accept_set_limits(struct router *r)
{
	const struct conf_settings *set = &r->role.conf->set;
	const struct listener      *l;
	const struct pool          *p;
	uint32_t                    relays = 0, i;
	uint32_t                    have = DESCRIPTORS_OWN;
	uint32_t                    nofile = r->role.child->start.nofile;

	for (i = 0; i < RELAYS_MAX; i++) {
		relays += relay_takes(r, i);
		have += role_peer(&r->role, PROC_RELAY, i) != NULL;
	}
	TAILQ_FOREACH(l, &r->listeners, entry)
		have += l->event != NULL;
	TAILQ_FOREACH(p, &r->pools, entry)
		have += POOL_SPARES;
	places_set(&r->places, budget_attempts(nofile, have));
	room_set(r, budget_datagrams(nofile, have));
	/* Relays have as many descriptors as we have. */
	r->max_sockets = budget_sockets(nofile) * relays;
	r->max_sessions = r->max_sockets / BUDGET_SESSION;
	if (set->sessions != 0 && set->sessions < r->max_sessions)
		r->max_sessions = set->sessions;
	r->source_sessions = set->source_sessions;
	if (r->source_sessions == 0)
		r->source_sessions = budget_source(r->max_sessions);
	if (relays == 0)
		accept_pause(r, PAUSE_NO_RELAY);
	else
		accept_resume(r, PAUSE_NO_RELAY);
	if (sess_full(r))
		accept_pause(r, PAUSE_SESSIONS);
	else
		accept_resume(r, PAUSE_SESSIONS);
}

void
accept_left(struct router *r)
{
	if (!sess_full(r))
		accept_resume(r, PAUSE_SESSIONS);
}

void
accept_pause(struct router *r, unsigned int why)
{
	struct listener *l;

	if (r->paused == 0)
		TAILQ_FOREACH(l, &r->listeners, entry)
			if (l->event != NULL)
				(void)event_del(l->event);
	r->paused |= why;
}

void
accept_resume(struct router *r, unsigned int why)
{
	struct listener *l;
	int              deaf = 0;

	if ((r->paused & why) == 0)
		return;
	r->paused &= ~why;
	if (r->paused != 0)
		return;
	TAILQ_FOREACH(l, &r->listeners, entry)
		if (l->event != NULL && event_add(l->event, NULL) == -1)
			deaf = 1;
	if (deaf)
		accept_later(r, strerror(errno));
}

static void
accept_cb(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;
	int              i;

	for (i = 0; i < ACCEPT_BATCH && l->router->paused == 0; i++)
		if (accept_one(l->router, l->conf.fd, l) == -1)
			return;
}

/*
 * -1 when there is nothing more to accept now.  Without a listener the client
 * belongs to that of the address that it came to.
 */
static int
accept_one(struct router *r, int from, struct listener *l)
{
	struct sockaddr_storage ss;
	struct addr             addr;
	socklen_t               len = sizeof(ss);
	uint16_t                port;
	int                     fd;

	fd = accept4(from, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return accept_failed(r);
	if (accept_is_last(r, fd))
		accept_later(r, "descriptors nearly exhausted");
	else
		r->pause_ms = 0;
	if ((l == NULL && (l = listener_at(r, fd)) == NULL) ||
	    addr_from_sockaddr(&addr, &port, (struct sockaddr *)&ss) == -1) {
		(void)close(fd);
		return 0;
	}
	accept_client(l, fd, &addr, port);
	return 0;
}

/*
 * The kernel gives the lowest number that is free, so all below this one are
 * taken.  Those above it are for what must be had, and for the connections of
 * clients that have been accepted.
 */
static int
accept_is_last(const struct router *r, int fd)
{
	uint32_t nofile = r->role.child->start.nofile;
	uint32_t kept = budget_router(nofile);

	if (r->places.taken < r->places.most)
		kept += r->places.most - r->places.taken;
	return (uint32_t)fd + kept >= nofile;
}

/* Looks what the next one would be, as it does when some are free again. */
static int
accept_is_short(const struct router *r)
{
	int fd, last;

	fd = fcntl(channel_fd(peer_channel(r->role.parent)), F_DUPFD_CLOEXEC,
	    0);
	if (fd == -1)
		return 1;
	last = accept_is_last(r, fd);
	(void)close(fd);
	return last;
}

static int
accept_failed(struct router *r)
{
	switch (errno) {
	case EAGAIN:
	case EINVAL: /* shut: the parent's word is on its way */
		return -1;
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case EPERM: /* a firewall's way to say no */
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH:
		return 0; /* that client is gone; the next may not be */
	default:
		break;
	}
	accept_later(r, strerror(errno));
	return -1;
}

/* The timer runs since the start, so that setting it takes no memory. */
static void
accept_later(struct router *r, const char *why)
{
	struct timeval tv;

	role_count(&r->role, COUNTER_ACCEPT_PAUSED);
	accept_warn(r, why);
	r->pause_ms = r->pause_ms == 0 ? PAUSE_MIN_MS : r->pause_ms * 2;
	if (r->pause_ms > PAUSE_MAX_MS)
		r->pause_ms = PAUSE_MAX_MS;
	tv = clock_timeval(r->pause_ms);
	(void)event_add(r->resume, &tv);
	accept_pause(r, PAUSE_RESOURCES);
}

static void
resume_cb(evutil_socket_t fd, short what, void *arg)
{
	struct router *r = arg;

	if ((r->paused & PAUSE_RESOURCES) && accept_is_short(r)) {
		accept_later(r, "descriptors nearly exhausted");
		return;
	}
	(void)event_add(r->resume, &resume_idle);
	accept_resume(r, PAUSE_RESOURCES);
}

/* One line per while, however often it happens. */
static void
accept_warn(struct router *r, const char *why)
{
	uint64_t now = clock_ms();

	if (r->warned_ms != 0 && now - r->warned_ms < WARN_EVERY_MS)
		return;
	r->warned_ms = now;
	log_warn("accept paused: %s", why);
}

void
accept_init(struct router *r)
{
	listeners_init(r, accept_cb);
	r->paused = PAUSE_NO_RELAY;
	TAILQ_INIT(&r->handshakes);
	r->resume = evtimer_new(r->role.base, resume_cb, r);
	r->overdue = evtimer_new(r->role.base, overdue_cb, r);
	if (r->resume == NULL || r->overdue == NULL ||
	    event_add(r->resume, &resume_idle) == -1)
		fatalx("router: memory");
}

/* Everything that can refuse a client before a relay has to look at it. */
static void
accept_client(struct listener *l, int fd, const struct addr *addr,
    uint16_t port)
{
	struct router              *r = l->router;
	const struct conf_settings *set = &r->role.conf->set;
	struct msg_session_new      n;
	struct session             *s;
	uint8_t                     data[sizeof(n) + 16];
	struct wbuf                 b;
	int                         relay;

	role_count(&r->role, COUNTER_SESSIONS_ACCEPTED);
	if ((relay = accept_relay(r)) == -1 ||
	    (s = sess_new(r, (unsigned int)relay)) == NULL) {
		role_count(&r->role, COUNTER_SESSIONS_CLOSED);
		(void)close(fd);
		return;
	}
	s->client = *addr;
	s->client_port = port;
	s->listener = listener_hold(r, l->conf.id);
	if (r->asks_here && addr_is_unspecified(&l->conf.addr))
		sess_arrived(s, fd);
	if (r->nhalf_open >= set->half_open) {
		role_count(&r->role, COUNTER_LIMIT_HALF_OPEN);
		goto drop;
	}
	if ((s->source = source_take(r, addr, set->per_source)) == NULL) {
		role_count(&r->role, COUNTER_LIMIT_PER_SOURCE);
		goto drop;
	}
	s->auth = (uint8_t)l->conf.auth;
	n.auth = l->conf.auth;
	if (n.auth != AUTH_MODE_NONE)
		identity_sign(r, s, &n.token);
	n.handshake_ms = set->handshake_ms;
	if (r->nhalf_open > set->half_open - set->half_open / 4 &&
	    n.handshake_ms > STRESS_MS)
		n.handshake_ms = STRESS_MS;
	accept_handshake(r, s, n.handshake_ms);
	wbuf_init(&b, data, sizeof(data));
	msg_put_session_new(&b, &n);
	if (role_post(&r->role, PROC_RELAY, s->relay, MSG_SESSION_NEW, s->id,
		&b, fd) == -1) {
		accept_warn(r, "a relay does not accept clients");
		fd = -1;
		goto drop;
	}
	if (sess_full(r)) {
		role_count(&r->role, COUNTER_LIMIT_SESSIONS);
		accept_warn(r,
		    "limit of sessions reached (\"set sessions\" "
		    "or descriptors)");
		accept_pause(r, PAUSE_SESSIONS);
	}
	return;
drop:
	if (fd != -1)
		(void)close(fd);
	role_count(&r->role, COUNTER_SESSIONS_CLOSED);
	sess_free(r, s);
}

static void
accept_handshake(struct router *r, struct session *s, uint32_t ms)
{
	static const struct timeval tv = { OVERDUE_LOOK_S, 0 };

	if (evtimer_pending(r->overdue, NULL) == 0)
		(void)event_add(r->overdue, &tv);
	s->due_ms = s->start_ms + ms + OVERDUE_MS;
	TAILQ_INSERT_TAIL(&r->handshakes, s, half);
}

/*
 * Seen twice, as all processes may have stood still, and then this one may be
 * the first to go on.
 */
static void
overdue_cb(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval tv = { OVERDUE_LOOK_S, 0 };
	struct router              *r = arg;
	struct session             *s;
	struct peer                *p;

	if ((s = TAILQ_FIRST(&r->handshakes)) == NULL)
		return;
	(void)event_add(r->overdue, &tv);
	if (clock_ms() < s->due_ms)
		return;
	if (s->id != r->suspect) {
		r->suspect = s->id;
		return;
	}
	if ((p = role_peer(&r->role, PROC_RELAY, s->relay)) != NULL)
		role_bad_peer(&r->role, p, "handshake past its deadline");
}

/* After a reload to fewer relays the others keep what they have, no more. */
static int
relay_takes(const struct router *r, unsigned int i)
{
	uint32_t wanted = r->role.conf->set.relays;

	return role_peer(&r->role, PROC_RELAY, i) != NULL &&
	    (wanted == 0 || i < wanted);
}

/* The relay with the least load; -1 if there is none. */
static int
accept_relay(const struct router *r)
{
	unsigned int i;
	int          best = -1;

	for (i = 0; i < RELAYS_MAX; i++) {
		if (!relay_takes(r, i))
			continue;
		if (best == -1 || r->load[i] < r->load[best])
			best = (int)i;
	}
	return best;
}
