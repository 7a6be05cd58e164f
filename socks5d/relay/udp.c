/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A UDP association: see udp.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/msg_codec.h"
#include "base/msg_control.h"
#include "base/msg_flow.h"
#include "base/msg_udp.h"
#include "base/role.h"
#include "compat/poller.h"
#include "relay/handshake.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"
#include "relay/udp.h"

/* What a client may send on the connection, which is read and dropped. */
#define STRAY_BYTES (1024 * 1024)

/* Behind these the poller's keys mean something else. */
#define FLOWS_MAX (UDP_OTHERS - UDP_FLOWS)

/* No sooner after each other are the flows of one looked through. */
#define SWEEP_MS 50

static void         udp_event(struct relay *, struct session *, unsigned int,
	    unsigned int);
static void         udp_expire(struct relay *, struct session *);
static void         udp_close(struct relay *, struct session *);
static void         udp_report(struct relay *, struct session *);
static void         udp_stats(struct relay *, const struct session *);
static void         control_read(struct relay *, struct session *);
static struct flow *flow_byid(struct udp *, uint32_t);

static const struct session_ops udp_ops = {
	.event = udp_event,
	.pump = udp_pump,
	.expire = udp_expire,
	.close = udp_close,
	.report = udp_report,
};

void
udp_start(struct relay *r, struct session *s, const struct msg_udp_opened *o)
{
	struct udp *u;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		handshake_refused(r, s, 1, CAUSE_NO_RESOURCES);
		return;
	}
	if (handshake_associated(r, s, o) == -1) {
		free(u);
		return;
	}
	RB_INIT(&u->flows);
	TAILQ_INIT(&u->used);
	TAILQ_INIT(&u->flows_ready);
	u->session = s;
	u->flows_max = o->flows < FLOWS_MAX ? o->flows : FLOWS_MAX;
	u->waiting_max = o->waiting;
	session_carry(r, s, &udp_ops);
	s->udp = u;
	timer_set(r, s, TIMER_UDP, r->udp_ms);
	control_read(r, s);
}

int
udp_is(const struct session *s)
{
	return s->ops == &udp_ops && s->timer != TIMER_FINISHED;
}

void
udp_sums(const struct session *s, struct udp_sums *sums)
{
	const struct msg_udp_stats *st = &s->udp->stats;

	memset(sums, 0, sizeof(*sums));
	sums->nup = st->nup;
	sums->ndown = st->ndown;
	memcpy(sums->drops, st->drops, sizeof(st->drops));
}

int
udp_flow_stats(const struct relay *r, const struct session *s,
    struct flow_stats *st)
{
	const struct flow *f;

	if (!udp_is(s) || (f = flow_byid(s->udp, st->id.flow)) == NULL)
		return -1;
	st->idle_ms = r->now - f->active;
	st->up = f->up;
	st->down = f->down;
	st->nup = f->nup;
	st->ndown = f->ndown;
	return 0;
}

static void
udp_event(struct relay *r, struct session *s, unsigned int which,
    unsigned int what)
{
	struct flow *f;

	if (which == CLIENT)
		control_read(r, s);
	else if (which == UDP_CLIENT)
		udp_up(r, s);
	else if (which >= UDP_OTHERS) {
		if (which - UDP_OTHERS < UDP_INBOUND_MAX &&
		    (f = s->udp->inbound[which - UDP_OTHERS]) != NULL)
			udp_down(r, s, f);
	} else if (which - UDP_FLOWS < s->udp->nslots &&
	    (f = s->udp->slot[which - UDP_FLOWS]) != NULL &&
	    f->state == FLOW_OPEN)
		udp_down(r, s, f);
}

/* The association lives as long as its connection: RFC 1928, section 7. */
static void
control_read(struct relay *r, struct session *s)
{
	ssize_t n;

	for (;;) {
		n = read(s->end[CLIENT].fd, r->buffer, sizeof(r->buffer));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == 0)
			session_finish(r, s, CAUSE_CLOSED, 0);
		else if (n == -1)
			session_finish(r, s,
			    errno == ECONNRESET ? CAUSE_CLIENT_RESET :
						  CAUSE_CLIENT_LOST,
			    0);
		if (n <= 0)
			return;
		s->drained += (uint32_t)n;
		if (s->drained > STRAY_BYTES) {
			session_finish(r, s, CAUSE_BAD_PROTOCOL, 1);
			return;
		}
	}
}

/*
 * Idle flows end first; without any the association does.  One that the router
 * works on keeps its place, and its id, until there is an answer, which comes
 * in any case; what waits for that is too old by then.
 */
static void
udp_expire(struct relay *r, struct session *s)
{
	struct udp  *u = s->udp;
	struct flow *f, *next;
	uint64_t     due = UINT64_MAX, at;

	TAILQ_FOREACH_SAFE(f, &u->used, used, next) {
		/* It has something to move and must not: that is not idle. */
		if (f->in.member.queue == QUEUE_ALLOW)
			f->active = r->now;
		at = flow_due(r, f);
		if (at <= r->now && f->state == FLOW_ASKED) {
			flow_unwait(r, s, f, DROP_WAITING);
			f->active = r->now;
			at = flow_due(r, f);
		}
		if (at <= r->now) {
			f->end = UDP_END_IDLE;
			flow_end(r, s, f);
		} else if (at < due)
			due = at;
	}
	if (u->untold) {
		session_finish(r, s, CAUSE_NO_RESOURCES, 0);
		return;
	}
	if (due < r->now + SWEEP_MS)
		due = r->now + SWEEP_MS;
	if (due == UINT64_MAX)
		due = s->active + r->udp_ms;
	if (due > r->now) {
		timer_set(r, s, TIMER_UDP, (uint32_t)(due - r->now));
		return;
	}
	role_count(&r->role, COUNTER_IDLE_TIMEOUTS);
	session_finish(r, s, CAUSE_IDLE_TIMEOUT, 0);
}

static void
udp_close(struct relay *r, struct session *s)
{
	struct udp  *u = s->udp;
	struct flow *f;
	unsigned int i;

	while ((f = TAILQ_FIRST(&u->used)) != NULL)
		flow_end(r, s, f);
	for (i = 0; i < UDP_INBOUND_MAX; i++)
		if (u->inbound[i] != NULL)
			flow_end(r, s, u->inbound[i]);
	udp_stats(r, s);
	free(u->slot);
	free(u);
	s->udp = NULL;
}

static void
udp_report(struct relay *r, struct session *s)
{
	flow_tell_moved(r, s);
	udp_stats(r, s);
}

static void
udp_stats(struct relay *r, const struct session *s)
{
	uint8_t     data[UDP_STATS_LEN];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_udp_stats(&b, &s->udp->stats);
	(void)role_post(&r->role, PROC_ROUTER, 0, MSG_UDP_STATS, s->id, &b, -1);
}

void
udp_client(struct relay *r, struct session *s, const struct msg_udp_client *c,
    int fd)
{
	struct end *e = &s->end[UDP_CLIENT];

	if (e->fd != -1) {
		(void)close(fd);
		return;
	}
	e->fd = fd;
	s->udp->client = *c;
	if (poller_add_input(r->poller, fd, KEY(s->id, UDP_CLIENT)) == -1) {
		session_finish(r, s, CAUSE_NO_RESOURCES, 0);
		return;
	}
	/* One is there: the router has seen it. */
	udp_up(r, s);
}

static struct flow *
flow_byid(struct udp *u, uint32_t id)
{
	uint32_t     n = id & UINT16_MAX;
	struct flow *f;

	if (udp_is_inbound(id))
		return id >> 16 < UDP_INBOUND_MAX ? u->inbound[id >> 16] : NULL;
	if (n >= u->nslots || (f = u->slot[n]) == NULL || f->id != id)
		return NULL;
	return f;
}

/* The flow may have been given up meanwhile: the router is to know. */
void
udp_flow_opened(struct relay *r, struct session *s,
    const struct msg_udp_flow *m, int fd)
{
	struct flow *f = flow_byid(s->udp, m->flow);
	struct flow  gone = { .id = m->flow, .state = FLOW_OPEN, .fd = fd };

	if (udp_is_inbound(m->flow) && m->flow >> 16 < UDP_INBOUND_MAX)
		f = flow_new_inbound(r, s, m->flow);
	if (f == NULL || f->state != FLOW_ASKED) {
		(void)flow_tell_end(r, s, &gone);
		(void)close(fd);
		return;
	}
	f->fd = fd;
	f->active = r->now;
	f->idle_ms = m->udp_ms;
	/* Only the proxy that resolves it knows its address. */
	f->named = m->addr.af == AF_UNSPEC;
	f->headlen = f->named ?
	    (uint16_t)(SOCKS_UDP_LEAD + f->keylen) :
	    (uint16_t)socks_udp_put(f->head, &m->addr, m->port);
	if (flow_opened(r, s, f, m->allowance) == 0) {
		udp_pump(r, s, &f->in.member);
		if (flow_due(r, f) < s->deadline)
			udp_expire(r, s);
		return;
	}
	flow_unwait(r, s, f, DROP_NO_RESOURCES);
	f->end = UDP_END_NO_RESOURCES;
	flow_end(r, s, f);
}

void
udp_flow_refused(struct relay *r, struct session *s,
    const struct msg_udp_refused *m)
{
	struct flow *f = flow_byid(s->udp, m->flow);

	if (f == NULL || f->state != FLOW_ASKED)
		return;
	flow_answered(s->udp, f, FLOW_REFUSED);
	f->why = (uint8_t)m->why;
	f->active = r->now;
	flow_unwait(r, s, f, m->why);
}

void
udp_flow_close(struct relay *r, struct session *s,
    const struct msg_udp_refused *m)
{
	struct flow *f = flow_byid(s->udp, m->flow);

	if (f != NULL && f->state == FLOW_OPEN)
		flow_end(r, s, f);
}

void
udp_shorten(struct relay *r)
{
	struct session *s;
	size_t          i;

	for (i = 0; i < r->nbuckets; i++)
		LIST_FOREACH(s, &r->bucket[i], byid)
			if (udp_is(s))
				timer_set(r, s, TIMER_UDP, 0);
}

void
udp_forget(struct relay *r)
{
	struct session *s;
	struct flow    *f, *next;
	size_t          i;

	for (i = 0; i < r->nbuckets; i++) {
		LIST_FOREACH(s, &r->bucket[i], byid) {
			if (!udp_is(s))
				continue;
			TAILQ_FOREACH_SAFE(f, &s->udp->used, used, next)
				if (f->state == FLOW_REFUSED)
					flow_end(r, s, f);
		}
	}
}

void
udp_router_down(struct relay *r)
{
	struct session *s;
	size_t          i;

	for (i = 0; i < r->nbuckets; i++)
		LIST_FOREACH(s, &r->bucket[i], byid)
			if (udp_is(s))
				session_finish(r, s, CAUSE_ROUTER_DIED, 0);
}
