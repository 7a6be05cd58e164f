/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the router is told of sessions: see report.h.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "relay/report.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"

/* Reports wait while more bytes than this are queued for the router. */
#define REPORT_QUEUE (64 * 1024)

static void report_tell_more(struct relay *);
static void report_tell(struct relay *, struct session *);
static void report_tell_end(struct relay *);
static void report_moved(struct relay *);
static void report_moved_one(struct relay *, struct session *, struct wbuf *);
static void report_moved_post(struct peer *, struct wbuf *);

void
report_router_up(struct relay *r)
{
	struct session *s;
	size_t          i;

	allow_router_up(r);
	r->told = 0;
	r->nuntold = 0;
	for (i = 0; i < r->nbuckets; i++) {
		LIST_FOREACH(s, &r->bucket[i], byid) {
			s->untold = s->facts != NULL;
			s->counted = 0;
			r->nuntold += s->untold;
		}
	}
}

int
report_is_due(const struct relay *r)
{
	const struct peer *router = role_peer(&r->role, PROC_ROUTER, 0);

	return (r->nuntold != 0 || r->told == 0 ||
		   !TAILQ_EMPTY(&r->timer[TIMER_FINISHED])) &&
	    router != NULL && peer_queued(router) < REPORT_QUEUE;
}

/* Goes round the buckets, however their number changes meanwhile. */
static void
report_tell_more(struct relay *r)
{
	struct session_bucket *b;
	struct session        *s;

	while (r->nuntold != 0 && report_is_due(r)) {
		b = &r->bucket[r->telling++ & (r->nbuckets - 1)];
		LIST_FOREACH(s, b, byid)
			if (s->untold)
				report_tell(r, s);
	}
}

static void
report_tell(struct relay *r, struct session *s)
{
	struct wbuf b;

	s->untold = 0;
	r->nuntold--;
	b.data = s->facts;
	b.len = b.size = s->nfacts;
	b.bad = 0;
	if (role_post(&r->role, PROC_ROUTER, 0, MSG_SESSION_ADOPT, s->id, &b,
		-1) == -1)
		log_warn_errno("relay: adoption of a session");
}

/* All that a former router knew of the new one knows now. */
static void
report_tell_end(struct relay *r)
{
	struct peer *router = role_peer(&r->role, PROC_ROUTER, 0);

	if (router != NULL && r->told == 0 && r->nuntold == 0)
		r->told = peer_post(router, MSG_SESSION_TOLD, 0, NULL, -1) == 0;
}

/*
 * While the router is away, or cannot be told, finished sessions wait here, so
 * that each is accounted for.
 */
void
report_reap(struct relay *r)
{
	uint8_t               data[MSG_PAYLOAD_MAX];
	struct session_queue *q = &r->timer[TIMER_FINISHED];
	struct peer          *router = role_peer(&r->role, PROC_ROUTER, 0);
	struct session_closed c;
	struct session       *s;
	struct wbuf           b;
	size_t                n;

	report_tell_more(r);
	while (report_is_due(r) && !TAILQ_EMPTY(q)) {
		n = 0;
		wbuf_init(&b, data, sizeof(data));
		TAILQ_FOREACH(s, q, timed) {
			if (wbuf_space(&b) < SESSION_CLOSED_LEN)
				break;
			if (s->untold)
				report_tell(r, s);
			c.id = s->id;
			c.cause = s->cause;
			c.rep = s->rep;
			c.hint = s->hint;
			c.up = session_bytes(s, CLIENT);
			c.down = session_bytes(s, TARGET);
			session_closed_put(&b, &c);
			n++;
		}
		if (peer_post(router, MSG_SESSION_CLOSED, 0, &b, -1) == -1)
			break;
		while (n-- > 0) {
			s = TAILQ_FIRST(q);
			r->role.counters.v[COUNTER_BYTES_UP] += session_bytes(s,
			    CLIENT);
			r->role.counters.v[COUNTER_BYTES_DOWN] +=
			    session_bytes(s, TARGET);
			session_free(r, s);
		}
	}
	report_tell_end(r);
}

void
report_count(struct relay *r, struct counters *c)
{
	const struct session *s;
	size_t                i;

	for (i = 0; i < r->nbuckets; i++) {
		LIST_FOREACH(s, &r->bucket[i], byid) {
			c->v[COUNTER_BYTES_UP] += session_bytes(s, CLIENT);
			c->v[COUNTER_BYTES_DOWN] += session_bytes(s, TARGET);
		}
	}
	report_moved(r);
}

/* Goes on where it had to stop the last time, so that all get their turn. */
static void
report_moved(struct relay *r)
{
	struct peer    *router = role_peer(&r->role, PROC_ROUTER, 0);
	struct session *s;
	struct wbuf     b;
	uint8_t         data[MSG_PAYLOAD_MAX];
	size_t          i;

	wbuf_init(&b, data, sizeof(data));
	for (i = 0; i < r->nbuckets && router != NULL &&
	     peer_queued(router) < REPORT_QUEUE;
	     i++) {
		LIST_FOREACH(s, &r->bucket[r->counting++ & (r->nbuckets - 1)],
		    byid) {
			if (wbuf_space(&b) < SESSION_MOVED_LEN)
				report_moved_post(router, &b);
			report_moved_one(r, s, &b);
		}
	}
	report_moved_post(router, &b);
}

/* One that the router does not know yet, or that has ended, comes elsewise. */
static void
report_moved_one(struct relay *r, struct session *s, struct wbuf *b)
{
	const struct session_moved m = { .id = s->id,
		.up = session_bytes(s, CLIENT),
		.down = session_bytes(s, TARGET) };

	if (s->untold || s->timer == TIMER_FINISHED ||
	    m.up + m.down == s->counted)
		return;
	s->counted = m.up + m.down;
	session_moved_put(b, &m);
	if (s->ops->report != NULL)
		s->ops->report(r, s);
}

static void
report_moved_post(struct peer *router, struct wbuf *b)
{
	/* If it fails the end of each session says it all. */
	if (b->len != 0)
		(void)peer_post(router, MSG_SESSION_MOVED, 0, b, -1);
	wbuf_init(b, b->data, b->size);
}
