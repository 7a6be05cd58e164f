/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One connection by way of an upstream: see tunnel.h.
 *
 * Not a byte of what a proxy says gets here, but for the words of a refusal,
 * which the upstream role made printable.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/hostname.h"
#include "base/mac.h"
#include "base/msg_upstream.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/cause.h"
#include "router/egress.h"
#include "router/listener.h"
#include "router/plan.h"
#include "router/pool.h"
#include "router/proxy.h"
#include "router/state.h"
#include "router/tunnel.h"
#include "socks/socks.h"

/*
 * With somebody else left to try, one gets this share of the time that is left
 * to be connected, and this one to answer.
 */
#define CONNECT_SHARE 4
#define ANSWER_SHARE  2

/*
 * Others before it, or a name that resolves slowly, may leave a proxy next to
 * no time, and a client can choose that.  So silence for less than this, or
 * than this share of the time that clients may connect in, tells nothing.
 */
#define FAIR_MS    1000
#define FAIR_SHARE 8

/* Before the request's own deadline, so that the blame is told. */
#define MARGIN_MS 100

/* The role has a deadline of its own; this much later it is not believed. */
#define ROLE_GRACE_MS 1000

/* Bytes that may wait for the role to read them: it hangs. */
#define DIALS_QUEUED_MAX 16384

struct tunnel {
	RB_ENTRY(tunnel) entry; /* by id, while it has one */
	uint64_t         id;    /* the role works on it; or 0 */
	struct router   *router;
	struct plan      plan;
	int              fd;
	struct event    *connected; /* NULL if not connecting */
	struct event    *timer;
	struct pool_wait wait; /* for a socket */
	uint64_t         deadline;
	uint64_t         begun_ms; /* to connect */
	uint32_t         given_ms; /* for what is under way */
	tunnel_done      done;
	void            *arg;

	/* What is wanted. */
	int                      check;
	struct addr              addr;
	char                     name[HOSTNAME_MAX + 1];
	uint16_t                 port;
	int                      udp;
	const struct conf_route *route;

	int stale; /* the role knows another config */

	/* The failure that tells most so far. */
	enum session_cause cause;
	int                guilty;
	int                unfit;
	int                elsewhere;
	char               text[TUNNEL_TEXT_SIZE];
};

static int            tunnel_cmp(const struct tunnel *, const struct tunnel *);
static struct tunnel *tunnel_new(struct router *, const struct tunnel_want *,
    struct upstream *);
static uint64_t       source_hash(const struct router *, const struct addr *);
static int            tunnel_next(struct tunnel *);
static int            tunnel_renew(struct tunnel *);
static int            tunnel_connect(struct tunnel *);
static int            tunnel_await(struct tunnel *);
static void           tunnel_ready(void *, int);
static void           tunnel_no_socket(struct tunnel *, int);
static int            tunnel_begin(struct tunnel *);
static void           tunnel_connected_cb(evutil_socket_t, short, void *);
static void           tunnel_timer_cb(evutil_socket_t, short, void *);
static uint32_t       tunnel_left(const struct tunnel *, unsigned int);
static int            tunnel_fair(const struct tunnel *);
static int            tunnel_timer(struct tunnel *, uint32_t);
static int            tunnel_speak(struct tunnel *);
static int            tunnel_tell_role(struct tunnel *, int, uint32_t);
static void           tunnel_lost(struct tunnel *, unsigned int, int);
static void tunnel_ended(struct tunnel *, const struct msg_upstream_done *);
static void tunnel_hurried(struct tunnel *, const struct msg_upstream_done *);
static void tunnel_unanswered(struct tunnel *,
    const struct msg_upstream_done *);
static void tunnel_behind(struct tunnel *, const struct msg_upstream_done *);
static void tunnel_unreached(struct tunnel *, unsigned int, const char *);
static enum session_cause cause_of_rep(unsigned int);
static void tunnel_blame(struct tunnel *, unsigned int, enum plan_blame,
    enum session_cause, const char *);
static void tunnel_note(struct tunnel *, unsigned int, enum session_cause,
    const char *);
static void tunnel_error(struct tunnel *, unsigned int, const char *);
static unsigned int cause_weight(enum session_cause);
static void         tunnel_notice(struct tunnel *);
static void         tunnel_reset(struct tunnel *);
static void         tunnel_won(struct tunnel *, uint64_t,
	    const struct msg_upstream_done *);
static void         tunnel_go_on(struct tunnel *);
static void         tunnel_fill(const struct tunnel *, struct tunnel_end *);
static void         tunnel_free(struct tunnel *);

RB_PROTOTYPE(tunnel_tree, tunnel, entry, tunnel_cmp)
RB_GENERATE(tunnel_tree, tunnel, entry, tunnel_cmp)

struct tunnel *
tunnel_start(struct router *r, const struct tunnel_want *want, tunnel_done done,
    void *arg, struct tunnel_end *end)
{
	struct upstream *u;
	struct tunnel   *t;

	memset(end, 0, sizeof(*end));
	end->fd = -1;
	end->cause = CAUSE_UPSTREAM_FAILED;
	if ((u = upstream_find(r->upstreams, want->upstream)) == NULL) {
		(void)snprintf(end->text, sizeof(end->text),
		    "upstream \"%s\" is no longer configured", want->upstream);
		return NULL;
	}
	if ((t = tunnel_new(r, want, u)) == NULL) {
		end->cause = CAUSE_NO_RESOURCES;
		return NULL;
	}
	t->done = done;
	t->arg = arg;
	if (tunnel_next(t) == 0)
		return t;
	tunnel_fill(t, end);
	tunnel_free(t);
	return NULL;
}

static struct tunnel *
tunnel_new(struct router *r, const struct tunnel_want *want, struct upstream *u)
{
	struct tunnel *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->router = r;
	t->fd = -1;
	t->deadline = clock_ms() + want->ms;
	t->check = want->check;
	t->addr = want->addr;
	t->port = want->port;
	t->udp = want->udp;
	t->route = want->route;
	if (want->name != NULL)
		(void)strlcpy(t->name, want->name, sizeof(t->name));
	if ((t->timer = evtimer_new(r->role.base, tunnel_timer_cb, t)) ==
	    NULL) {
		free(t);
		return NULL;
	}
	plan_init(&t->plan, r->upstreams, u, source_hash(r, want->source));
	if (want->member != 0)
		plan_only(&t->plan, want->member);
	return t;
}

/* The same for all of an IPv6 /64, and over restarts of the router. */
static uint64_t
source_hash(const struct router *r, const struct addr *source)
{
	struct addr a;
	uint8_t     out[MAC_LEN];
	uint64_t    h;

	if (source == NULL)
		return 0;
	a = *source;
	(void)addr_source(&a);
	mac(&r->key, "balance", 7, a.b, sizeof(a.b), out);
	memcpy(&h, out, sizeof(h));
	return h;
}

/* 0 if it is under way, or waits; -1 if there is nothing left to try. */
static int
tunnel_next(struct tunnel *t)
{
	uint32_t wait;

	while (tunnel_left(t, 1) != 0) {
		if (t->stale && t->plan.set != t->router->upstreams &&
		    tunnel_renew(t) == -1)
			return -1;
		switch (plan_next(&t->plan, clock_ms(), arc4random(), &wait)) {
		case PLAN_TRY:
			role_count(&t->router->role, COUNTER_UPSTREAM_TRIES);
			if (tunnel_connect(t) == 0)
				return 0;
			break;
		case PLAN_WAIT:
			if (wait >= tunnel_left(t, 1))
				return -1;
			return tunnel_timer(t, wait);
		case PLAN_GIVE_UP:
			return -1;
		}
	}
	return -1;
}

/* A new config came into force, first here or first there: begins anew. */
static int
tunnel_renew(struct tunnel *t)
{
	struct upstreams      *set = t->router->upstreams;
	const struct upstream *old;
	struct upstream       *u;
	uint64_t               source = t->plan.source;

	old = t->plan.step[t->plan.nsteps - 1].upstream;
	if (t->check || (u = upstream_find(set, old->name)) == NULL)
		return -1;
	t->stale = 0;
	plan_clear(&t->plan);
	plan_init(&t->plan, set, u, source);
	return 0;
}

/* 0 if it is under way, -1 if it failed and is blamed on somebody. */
static int
tunnel_connect(struct tunnel *t)
{
	const struct proxy *first = t->plan.step[0].taken.proxy;
	int                 error;

	if (t->route != NULL && t->route->source.af != AF_UNSPEC &&
	    t->route->source.af != first->addr.af) {
		tunnel_blame(t, 0, PLAN_UNFIT, CAUSE_UPSTREAM_FAILED,
		    "is of another family than the source");
		return -1;
	}
	/* It would come back as a request of ours, and go there again. */
	if (listener_is_own(t->router, &first->addr, first->port)) {
		tunnel_blame(t, 0, PLAN_UNABLE, CAUSE_UPSTREAM_FAILED,
		    "is a listener of this daemon: a loop");
		return -1;
	}
	t->fd = egress_socket(t->router, &first->addr, t->route, SOCK_STREAM);
	if (t->fd == -1 && errno == EAGAIN && tunnel_await(t) == 0)
		return 0;
	if (t->fd == -1 ||
	    (t->route != NULL && egress_bind(t->fd, t->route) == -1)) {
		tunnel_no_socket(t, errno);
		return -1;
	}
	if (tunnel_begin(t) == -1) {
		error = errno;
		tunnel_lost(t, 0, error);
		return -1;
	}
	if (t->connected == NULL)
		return tunnel_speak(t);
	return 0;
}

/* The parent makes one of its class: tunnel_ready() is called then. */
static int
tunnel_await(struct tunnel *t)
{
	struct socket_class class;

	(void)socket_class_of(t->route, &class);
	t->wait.ready = tunnel_ready;
	t->wait.arg = t;
	if (pool_await(t->router, &class, t->plan.step[0].taken.proxy->addr.af,
		SOCK_STREAM, &t->wait) == -1)
		return -1;
	return tunnel_timer(t, tunnel_left(t, 1));
}

static void
tunnel_ready(void *arg, int error)
{
	struct tunnel *t = arg;

	(void)event_del(t->timer);
	if (error != 0)
		tunnel_no_socket(t, error);
	if (error != 0 || tunnel_connect(t) == -1)
		tunnel_go_on(t);
}

/* That is no proxy's fault. */
static void
tunnel_no_socket(struct tunnel *t, int error)
{
	char why[128];

	(void)snprintf(why, sizeof(why), "cannot make a socket: %s",
	    strerror(error));
	tunnel_blame(t, 0, PLAN_NONE, cause_of_errno(error), why);
}

/* -1 with errno; 0 with an event if it takes time. */
static int
tunnel_begin(struct tunnel *t)
{
	const struct proxy     *first = t->plan.step[0].taken.proxy;
	struct sockaddr_storage ss;
	socklen_t               len;
	int                     n, spare;

	len = addr_to_sockaddr(&first->addr, first->port, &ss);
	t->begun_ms = clock_ms();
	n = connect(t->fd, (struct sockaddr *)&ss, len);
	/* On loopback it is done by now, though the call could not say so. */
	if (n == -1 && errno == EINPROGRESS && addr_is_loopback(&first->addr))
		n = connect(t->fd, (struct sockaddr *)&ss, len);
	if (n == 0 && egress_to_self(t->fd, first->port, NULL, NULL)) {
		errno = ECONNREFUSED;
		return -1;
	}
	if (n == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EALREADY && errno != EINTR)
		return -1;
	t->connected = event_new(t->router->role.base, t->fd, EV_WRITE,
	    tunnel_connected_cb, t);
	spare = plan_spare(&t->plan, clock_ms());
	t->given_ms = tunnel_left(t, spare ? CONNECT_SHARE : 1);
	if (t->connected == NULL || event_add(t->connected, NULL) == -1 ||
	    tunnel_timer(t, t->given_ms) == -1) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

static void
tunnel_connected_cb(evutil_socket_t fd, short what, void *arg)
{
	struct tunnel *t = arg;
	socklen_t      len = sizeof(int);
	int            error = 0;

	event_free(t->connected);
	t->connected = NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error == 0 &&
	    egress_to_self(fd, t->plan.step[0].taken.proxy->port, NULL, NULL))
		error = ECONNREFUSED;
	if (error != 0)
		tunnel_lost(t, 0, error);
	if (error != 0 || tunnel_speak(t) == -1)
		tunnel_go_on(t);
}

/* Connecting, or the role, took too long; or a wait has ended. */
static void
tunnel_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct tunnel *t = arg;

	if (t->connected != NULL && tunnel_fair(t))
		tunnel_lost(t, 0, ETIMEDOUT);
	else if (t->connected != NULL)
		tunnel_blame(t, 0, PLAN_NONE, CAUSE_UPSTREAM_FAILED,
		    "no time left to connect");
	else if (t->wait.pool != NULL)
		tunnel_no_socket(t, EAGAIN);
	else if (t->id != 0)
		tunnel_blame(t, 0, PLAN_NONE, CAUSE_NO_RESOURCES,
		    "the upstream process does not answer");
	tunnel_go_on(t);
}

/* What is left of the time, or a share of it; 0 if it is over. */
static uint32_t
tunnel_left(const struct tunnel *t, unsigned int share)
{
	uint64_t now = clock_ms();

	if (t->deadline <= now + MARGIN_MS)
		return 0;
	return (uint32_t)((t->deadline - now - MARGIN_MS) / share + 1);
}

/* A check has the time that it needs. */
static int
tunnel_fair(const struct tunnel *t)
{
	uint32_t ms = t->router->role.conf->set.connect_ms / FAIR_SHARE;

	return t->check || t->given_ms >= (ms < FAIR_MS ? ms : FAIR_MS);
}

static int
tunnel_timer(struct tunnel *t, uint32_t ms)
{
	struct timeval tv;

	tv = clock_timeval(ms);
	return event_add(t->timer, &tv);
}

/* Connected to the first proxy: the role gets it through the rest. */
static int
tunnel_speak(struct tunnel *t)
{
	uint32_t ms;
	int      fd, spare;

	t->plan.step[0].taken.proxy->connect_ms = (uint32_t)(clock_ms() -
	    t->begun_ms);
	plan_connected(&t->plan, clock_ms());
	spare = plan_spare(&t->plan, clock_ms());
	ms = t->given_ms = tunnel_left(t, spare ? ANSWER_SHARE : 1);
	if (ms == 0) {
		tunnel_blame(t, 0, PLAN_NONE, CAUSE_UPSTREAM_FAILED,
		    "no time left to log in");
		return -1;
	}
	fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	if (fd == -1 || tunnel_timer(t, ms + ROLE_GRACE_MS) == -1) {
		if (fd != -1)
			(void)close(fd);
		tunnel_lost(t, 0, ENOMEM);
		return -1;
	}
	if (tunnel_tell_role(t, fd, ms) == -1) {
		tunnel_blame(t, 0, PLAN_NONE, CAUSE_NO_RESOURCES,
		    "the upstream process is not running or not responding");
		return -1;
	}
	t->id = ++t->router->last_tunnel;
	(void)RB_INSERT(tunnel_tree, &t->router->tunnels, t);
	return 0;
}

static int
tunnel_tell_role(struct tunnel *t, int fd, uint32_t ms)
{
	struct msg_upstream_dial m;
	struct upstream_hop     *h;
	const struct proxy      *p;
	uint8_t                  data[MSG_PAYLOAD_MAX];
	struct wbuf              b;

	memset(&m, 0, sizeof(m));
	m.ms = ms;
	for (m.nhops = 0; m.nhops < t->plan.nsteps; m.nhops++) {
		p = t->plan.step[m.nhops].taken.proxy;
		h = &m.hops[m.nhops];
		(void)strlcpy(h->upstream, p->upstream, sizeof(h->upstream));
		h->member = (uint8_t)p->number;
		h->protocol = (uint8_t)p->protocol;
		h->addr = p->addr;
		h->port = p->port;
	}
	if (t->check == 0) {
		m.addr = t->addr;
		if (t->addr.af == AF_UNSPEC)
			(void)strlcpy(m.name, t->name, sizeof(m.name));
		m.port = t->port;
		m.udp = (uint8_t)t->udp;
	}
	/* Each that waits there is a descriptor, and its client may leave. */
	if (peer_queued(role_peer(&t->router->role, PROC_UPSTREAM, 0)) >=
	    DIALS_QUEUED_MAX) {
		(void)close(fd);
		return -1;
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_upstream_dial(&b, &m);
	return role_send(&t->router->role, PROC_UPSTREAM, 0, MSG_UPSTREAM_DIAL,
	    t->router->last_tunnel + 1, &b, fd);
}

/* That proxy could not be connected, or we could not even try. */
static void
tunnel_lost(struct tunnel *t, unsigned int step, int error)
{
	enum session_cause cause = cause_of_errno(error);

	if (cause == CAUSE_NO_RESOURCES)
		tunnel_blame(t, step, PLAN_NONE, cause, strerror(error));
	else
		tunnel_blame(t, step, PLAN_FAILED, CAUSE_UPSTREAM_FAILED,
		    strerror(error));
}

void
tunnel_on_done(void *arg, struct peer *from, struct msg *m)
{
	struct router           *r = arg;
	struct msg_upstream_done d;
	struct tunnel            key, *t;

	if (msg_get_upstream_done(m, &d) == -1) {
		role_bad_peer(&r->role, from, "malformed upstream-done");
		return;
	}
	/* The client may have left, or our patience ended first. */
	key.id = m->id;
	if ((t = RB_FIND(tunnel_tree, &r->tunnels, &key)) == NULL)
		return;
	if (d.hop >= t->plan.nsteps) {
		role_bad_peer(&r->role, from, "upstream-done of no such hop");
		return;
	}
	if (d.status == UPSTREAM_OK && t->udp != (d.bound_port != 0)) {
		role_bad_peer(&r->role, from, "upstream-done of another kind");
		return;
	}
	(void)RB_REMOVE(tunnel_tree, &r->tunnels, t);
	t->id = 0;
	if (d.status == UPSTREAM_OK) {
		tunnel_won(t, m->id, &d);
		return;
	}
	tunnel_ended(t, &d);
	tunnel_go_on(t);
}

static int
tunnel_cmp(const struct tunnel *a, const struct tunnel *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static void
tunnel_ended(struct tunnel *t, const struct msg_upstream_done *d)
{
	enum session_cause cause = CAUSE_UPSTREAM_FAILED;

	switch (d->status) {
	case UPSTREAM_REFUSED:
		tunnel_behind(t, d);
		break;
	case UPSTREAM_UNFIT:
		t->unfit = 1;
		tunnel_blame(t, d->hop, PLAN_UNFIT, cause, d->text);
		break;
	case UPSTREAM_UNKNOWN:
		t->stale = 1;
		/* FALLTHROUGH */
	case UPSTREAM_NO_RESOURCES:
		tunnel_blame(t, d->hop, PLAN_NONE, CAUSE_NO_RESOURCES,
		    upstream_status_name(d->status));
		break;
	case UPSTREAM_TIMEOUT:
		if (!tunnel_fair(t)) {
			tunnel_hurried(t, d);
			break;
		}
		/* FALLTHROUGH */
	case UPSTREAM_LOGIN:
	case UPSTREAM_PROTOCOL:
	case UPSTREAM_CLOSED:
		if (d->asked)
			tunnel_unanswered(t, d);
		else
			tunnel_blame(t, d->hop,
			    d->status == UPSTREAM_LOGIN ? PLAN_HOPELESS :
							  PLAN_FAILED,
			    cause, d->text);
		break;
	case UPSTREAM_OK:
	case UPSTREAM_STATUS_MAX:
		tunnel_blame(t, d->hop, PLAN_FAILED, cause, d->text);
		break;
	}
}

/* It had no time: nothing is known, but that the same would not do. */
static void
tunnel_hurried(struct tunnel *t, const struct msg_upstream_done *d)
{
	int last = d->hop + 1U == t->plan.nsteps;

	if (last && d->asked)
		tunnel_blame(t, d->hop, PLAN_UNFIT, CAUSE_CONNECT_TIMEOUT,
		    d->text);
	else
		tunnel_blame(t, d->hop, PLAN_NONE, CAUSE_UPSTREAM_FAILED,
		    d->text);
}

/*
 * A proxy was told where to, and what it did then is no answer.  At the last
 * one that may be the client's choice of a target.  Before, where to is the
 * next proxy, and a login or the wrong words are no matter of that.
 */
static void
tunnel_unanswered(struct tunnel *t, const struct msg_upstream_done *d)
{
	enum session_cause cause = CAUSE_UPSTREAM_FAILED;

	if (d->hop + 1U == t->plan.nsteps) {
		if (d->status == UPSTREAM_TIMEOUT)
			cause = CAUSE_CONNECT_TIMEOUT;
		t->elsewhere = 1;
		tunnel_blame(t, d->hop, PLAN_SUSPECT, cause, d->text);
	} else if (d->status == UPSTREAM_LOGIN)
		tunnel_blame(t, d->hop, PLAN_HOPELESS, cause, d->text);
	else if (d->status == UPSTREAM_PROTOCOL)
		tunnel_blame(t, d->hop, PLAN_FAILED, cause, d->text);
	else {
		tunnel_error(t, d->hop, d->text);
		tunnel_unreached(t, d->hop + 1U, d->text);
		t->guilty = 0;
		plan_unanswered(&t->plan, d->hop + 1U, clock_ms());
		tunnel_notice(t);
	}
}

/*
 * A proxy says no.  The last one speaks of the destination, the others of the
 * next proxy, unless what they say could be their own fault.
 */
static void
tunnel_behind(struct tunnel *t, const struct msg_upstream_done *d)
{
	enum session_cause cause = cause_of_rep(d->rep);
	enum plan_blame    blame;
	unsigned int       next = d->hop + 1U;

	if (next == t->plan.nsteps) {
		/* A failure without a reason may be another one's success. */
		t->elsewhere = 1;
		tunnel_blame(t, d->hop, PLAN_UNABLE, cause, d->text);
		/* Of UDP it does not speak of the destination. */
		if (cause != CAUSE_UPSTREAM_FAILED && !t->udp)
			plan_stop(&t->plan);
		return;
	}
	blame = cause == CAUSE_UPSTREAM_FAILED ||
		cause == CAUSE_UPSTREAM_REFUSED ?
	    PLAN_SUSPECT :
	    PLAN_FAILED;
	tunnel_unreached(t, next, d->text);
	t->guilty = next == t->plan.nsteps - 1 && blame == PLAN_FAILED;
	if (blame == PLAN_FAILED)
		role_count(&t->router->role, COUNTER_UPSTREAM_FAILURES);
	plan_unreached(&t->plan, next, blame, clock_ms());
	tunnel_notice(t);
}

/* The try is over, as that proxy was not reached. */
static void
tunnel_unreached(struct tunnel *t, unsigned int step, const char *why)
{
	tunnel_note(t, step, CAUSE_UPSTREAM_FAILED, why);
	tunnel_error(t, step, why);
	tunnel_reset(t);
}

static enum session_cause
cause_of_rep(unsigned int rep)
{
	switch (rep) {
	case SOCKS_REP_NOT_ALLOWED:
		return CAUSE_UPSTREAM_REFUSED;
	case SOCKS_REP_NET_UNREACHABLE:
		return CAUSE_NET_UNREACHABLE;
	case SOCKS_REP_HOST_UNREACHABLE:
		return CAUSE_HOST_UNREACHABLE;
	case SOCKS_REP_REFUSED:
		return CAUSE_CONNECT_REFUSED;
	case SOCKS_REP_TTL_EXPIRED:
		return CAUSE_CONNECT_TIMEOUT;
	default:
		return CAUSE_UPSTREAM_FAILED;
	}
}

static void
tunnel_blame(struct tunnel *t, unsigned int step, enum plan_blame blame,
    enum session_cause cause, const char *why)
{
	int failed = blame == PLAN_FAILED || blame == PLAN_HOPELESS;

	tunnel_note(t, step, cause, why);
	if (blame != PLAN_NONE)
		tunnel_error(t, step, why);
	t->guilty = failed && step == t->plan.nsteps - 1;
	if (failed)
		role_count(&t->router->role, COUNTER_UPSTREAM_FAILURES);
	tunnel_reset(t);
	plan_failed(&t->plan, step, blame, clock_ms());
	tunnel_notice(t);
}

/* Of several failures the client hears the one that tells it most. */
static void
tunnel_note(struct tunnel *t, unsigned int step, enum session_cause cause,
    const char *why)
{
	const struct proxy *p = t->plan.step[step].taken.proxy;

	if (cause_weight(cause) < cause_weight(t->cause))
		return;
	t->cause = cause;
	(void)snprintf(t->text, sizeof(t->text),
	    "upstream \"%s\" member %u: %s", p->upstream, p->number, why);
}

/* The last one of a proxy, which is shown. */
static void
tunnel_error(struct tunnel *t, unsigned int step, const char *why)
{
	struct proxy *p = t->plan.step[step].taken.proxy;

	(void)strlcpy(p->error, why, sizeof(p->error));
	p->error_ms = clock_ms();
}

static unsigned int
cause_weight(enum session_cause cause)
{
	switch (cause) {
	case CAUSE_NONE:
		return 0;
	case CAUSE_NO_RESOURCES:
		return 1;
	case CAUSE_UPSTREAM_FAILED:
		return 2;
	default:
		return 3;
	}
}

/* Whose state has changed over this. */
static void
tunnel_notice(struct tunnel *t)
{
	const struct upstream *u;
	unsigned int           i, k;

	for (i = 0; i < t->plan.nsteps; i++) {
		u = t->plan.step[i].upstream;
		for (k = 0; k < u->balance.n; k++)
			if (proxy_notice(u->member[k], NULL))
				role_count(&t->router->role,
				    COUNTER_BREAKERS_OPENED);
	}
}

/* Nothing is under way any more. */
static void
tunnel_reset(struct tunnel *t)
{
	if (t->connected != NULL)
		event_free(t->connected);
	t->connected = NULL;
	(void)event_del(t->timer);
	pool_leave(&t->wait);
	if (t->id != 0) {
		(void)RB_REMOVE(tunnel_tree, &t->router->tunnels, t);
		(void)role_post(&t->router->role, PROC_UPSTREAM, 0,
		    MSG_UPSTREAM_CANCEL, t->id, NULL, -1);
	}
	t->id = 0;
	if (t->fd != -1)
		(void)close(t->fd);
	t->fd = -1;
}

static void
tunnel_won(struct tunnel *t, uint64_t id, const struct msg_upstream_done *d)
{
	struct tunnel_end end;
	unsigned int      guilty;

	memset(&end, 0, sizeof(end));
	end.fd = t->fd;
	end.id = id;
	end.bound = d->bound;
	end.bound_port = d->bound_port;
	t->fd = -1;
	end.last = proxy_hold(t->plan.step[t->plan.nsteps - 1].taken.proxy);
	for (guilty = plan_worked(&t->plan, clock_ms()); guilty > 0; guilty--)
		role_count(&t->router->role, COUNTER_UPSTREAM_FAILURES);
	tunnel_notice(t);
	t->done(t->arg, &end);
	proxy_release(end.last);
	tunnel_free(t);
}

static void
tunnel_go_on(struct tunnel *t)
{
	struct tunnel_end end;

	if (tunnel_next(t) == 0)
		return;
	tunnel_fill(t, &end);
	t->done(t->arg, &end);
	tunnel_free(t);
}

/* It has failed; without a try, nobody was there to be tried. */
static void
tunnel_fill(const struct tunnel *t, struct tunnel_end *end)
{
	const struct plan *p = &t->plan;

	memset(end, 0, sizeof(*end));
	end->fd = -1;
	end->cause = t->cause;
	end->guilty = t->guilty;
	end->unfit = t->unfit;
	end->elsewhere = t->elsewhere;
	(void)strlcpy(end->text, t->text, sizeof(end->text));
	if (t->cause != CAUSE_NONE)
		return;
	end->cause = CAUSE_UPSTREAM_FAILED;
	upstream_idle(plan_barred(p, clock_ms()), clock_ms(), end->text,
	    sizeof(end->text));
}

void
tunnel_cancel(struct tunnel *t)
{
	if (t == NULL)
		return;
	tunnel_reset(t);
	tunnel_free(t);
}

static void
tunnel_free(struct tunnel *t)
{
	plan_clear(&t->plan);
	event_free(t->timer);
	free(t);
}

void
tunnel_role_down(struct router *r)
{
	struct tunnel *t;

	while ((t = RB_MIN(tunnel_tree, &r->tunnels)) != NULL) {
		tunnel_blame(t, 0, PLAN_NONE, CAUSE_NO_RESOURCES,
		    "the upstream process died");
		tunnel_go_on(t);
	}
}
