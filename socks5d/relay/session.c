/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sessions of a relay: their life, their timers and their end.
 *
 * Linked by the relay alone.  The bytes are moved in handshake.c and tcp.c.
 * A timer is a queue ordered by deadline, so a loop turn looks at the heads
 * only and nothing is armed or disarmed per read.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "compat/poller.h"
#include "relay/session.h"
#include "socks/socks.h"

static int	session_cmp(const struct session *, const struct session *);
static void	session_insert(struct relay *, struct session *);
static void	session_insert_queue(struct session_queue *,
		    struct session *);
static void	session_take_out(struct relay *, struct session *);
static void	buckets_grow(struct relay *);
static void	end_close(struct relay *, struct end *, int);
static void	session_free(struct relay *, struct session *);
static int	session_reports(const struct relay *);
static void	session_tell_more(struct relay *);
static void	session_tell(struct relay *, struct session *);
static void	session_tell_end(struct relay *);
static void	session_count_router(struct relay *);
static void	session_count_one(struct session *, struct wbuf *);
static void	session_count_post(struct channel *, struct wbuf *);
static int	session_renew(struct relay *, struct session *);
static void	session_expired(struct relay *, struct session *);
static void	session_expire_one(struct relay *, struct session *);

RB_PROTOTYPE(session_tree, session, own, session_cmp)
RB_GENERATE(session_tree, session, own, session_cmp)

struct session *
session_new(struct relay *r, uint64_t id, int fd,
    const struct msg_session_new *n)
{
	struct session	*s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto fail;
	if ((s->hs = malloc(sizeof(*s->hs))) == NULL)
		goto fail;
	s->hs->stage = STAGE_GREETING;
	s->hs->auth = n->auth;
	s->hs->token = n->token;
	s->hs->login = 0;
	s->hs->ignored = 0;
	s->hs->len = 0;
	s->id = id;
	s->rep = REP_NONE;
	s->active = r->now;
	s->end[CLIENT].fd = fd;
	s->end[CLIENT].writable = 1;
	s->end[TARGET].fd = -1;
	s->timer = TIMER_HANDSHAKE;
	s->deadline = r->now + n->handshake_ms;
	session_insert(r, s);
	buckets_grow(r);
	LIST_INSERT_HEAD(&r->bucket[id & (r->nbuckets - 1)], s, byid);
	r->nsessions++;
	return s;
 fail:
	if (s != NULL)
		free(s->hs);
	free(s);
	(void)close(fd);
	return NULL;
}

/* Ids count upward, so their low bits spread perfectly. */
static void
buckets_grow(struct relay *r)
{
	struct session_bucket	*bucket;
	struct session		*s;
	size_t			 i, n;

	if (r->nsessions < r->nbuckets)
		return;
	n = r->nbuckets * 2;
	if ((bucket = calloc(n, sizeof(*bucket))) == NULL)
		return;		/* longer chains, nothing worse */
	for (i = 0; i < r->nbuckets; i++) {
		while ((s = LIST_FIRST(&r->bucket[i])) != NULL) {
			LIST_REMOVE(s, byid);
			LIST_INSERT_HEAD(&bucket[s->id & (n - 1)], s, byid);
		}
	}
	free(r->bucket);
	r->bucket = bucket;
	r->nbuckets = n;
}

struct session *
session_byid(struct relay *r, uint64_t id)
{
	struct session	*s;

	LIST_FOREACH(s, &r->bucket[id & (r->nbuckets - 1)], byid)
		if (s->id == id)
			break;
	return s;
}

static int
session_cmp(const struct session *a, const struct session *b)
{
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static void
session_insert(struct relay *r, struct session *s)
{
	s->has_own = (s->timer == TIMER_IDLE && s->idle_ms != 0) ||
	    (s->timer == TIMER_HALF_CLOSED && s->half_closed_ms != 0);
	if (s->has_own)
		(void)RB_INSERT(session_tree, &r->own, s);
	else
		session_insert_queue(&r->timer[s->timer], s);
}

/* Nearly always the latest deadline of its queue, hence from the tail. */
static void
session_insert_queue(struct session_queue *q, struct session *s)
{
	struct session	*at;

	TAILQ_FOREACH_REVERSE(at, q, session_queue, timed)
		if (at->deadline <= s->deadline)
			break;
	if (at == NULL)
		TAILQ_INSERT_HEAD(q, s, timed);
	else
		TAILQ_INSERT_AFTER(q, at, s, timed);
}

void
session_set_timer(struct relay *r, struct session *s, enum timer timer,
    uint32_t ms)
{
	session_take_out(r, s);
	s->timer = timer;
	s->deadline = r->now + ms;
	session_insert(r, s);
}

static void
session_take_out(struct relay *r, struct session *s)
{
	if (s->has_own)
		(void)RB_REMOVE(session_tree, &r->own, s);
	else
		TAILQ_REMOVE(&r->timer[s->timer], s, timed);
}

void
session_set_idle(struct relay *r, struct session *s)
{
	session_set_timer(r, s, TIMER_IDLE, s->idle_ms != 0 ? s->idle_ms :
	    r->conf->set.idle_ms);
}

void
session_set_half_closed(struct relay *r, struct session *s)
{
	session_set_timer(r, s, TIMER_HALF_CLOSED, s->half_closed_ms != 0 ?
	    s->half_closed_ms : r->conf->set.half_closed_ms);
}

/*
 * By their own deadlines, as the order of the queue need not be theirs.  What
 * is longer than before is seen by session_renew().
 */
void
session_shorten(struct relay *r, enum timer timer, uint32_t was, uint32_t is)
{
	struct session	*s;
	uint64_t	 due;

	while ((s = TAILQ_FIRST(&r->timer[timer])) != NULL) {
		session_take_out(r, s);
		/* It may be of a time before that was shorter still. */
		due = s->active + is;
		if (s->deadline > due + (was - is))
			due = s->deadline - (was - is);
		s->deadline = due;
		s->has_own = 1;
		(void)RB_INSERT(session_tree, &r->own, s);
	}
}

static void
end_close(struct relay *r, struct end *e, int reset)
{
	struct linger	l = { .l_onoff = 1, .l_linger = 0 };

	free(e->pending);
	e->pending = NULL;
	pipe_put(r, e->pipe);
	e->pipe = NULL;
	if (e->fd == -1)
		return;
	/* With a reset no TIME_WAIT stays behind; who sent one needs none. */
	if (reset && e->failed == 0)
		(void)setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	(void)close(e->fd);
	e->fd = -1;
}

void
session_finish(struct relay *r, struct session *s, enum session_cause cause,
    int reset)
{
	if (s->timer == TIMER_FINISHED)
		return;
	if (s->cause == CAUSE_NONE)
		s->cause = cause;
	allow_leave(r, s);
	if (s->is_busy) {
		TAILQ_REMOVE(&r->busy, s, busy);
		s->is_busy = QUEUE_NONE;
	}
	end_close(r, &s->end[CLIENT], reset);
	end_close(r, &s->end[TARGET], reset);
	session_set_timer(r, s, TIMER_FINISHED, 0);
}

void
session_forget(struct session *s)
{
	if (s->hs == NULL)
		return;
	explicit_bzero(s->hs->buf, s->hs->len);
	free(s->hs);
	s->hs = NULL;
}

static void
session_free(struct relay *r, struct session *s)
{
	session_take_out(r, s);
	LIST_REMOVE(s, byid);
	if (--r->nsessions == 0)
		pipe_trim(r);
	session_forget(s);
	free(s->facts);
	free(s);
}

void
session_adopt(struct relay *r)
{
	struct session	*s;
	size_t		 i;

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

/* There is something to tell the router, and room for it. */
static int
session_reports(const struct relay *r)
{
	const struct channel	*router = r->link[PROC_ROUTER].channel;

	return (r->nuntold != 0 || r->told == 0 ||
	    !TAILQ_EMPTY(&r->timer[TIMER_FINISHED])) &&
	    router != NULL && channel_queued(router) < REPORT_QUEUE;
}

/* Goes round the buckets, however their number changes meanwhile. */
static void
session_tell_more(struct relay *r)
{
	struct session_bucket	*b;
	struct session		*s;

	while (r->nuntold != 0 && session_reports(r)) {
		b = &r->bucket[r->telling++ & (r->nbuckets - 1)];
		LIST_FOREACH(s, b, byid)
			if (s->untold)
				session_tell(r, s);
	}
}

static void
session_tell(struct relay *r, struct session *s)
{
	struct wbuf	b;

	s->untold = 0;
	r->nuntold--;
	b.data = s->facts;
	b.len = b.size = s->nfacts;
	b.bad = 0;
	if (channel_post(r->link[PROC_ROUTER].channel, MSG_SESSION_ADOPT,
	    s->id, &b, -1) == -1)
		log_warn_errno("relay: adoption of a session");
}

/* All that a former router knew of the new one knows now. */
static void
session_tell_end(struct relay *r)
{
	struct channel	*router = r->link[PROC_ROUTER].channel;

	if (router != NULL && r->told == 0 && r->nuntold == 0)
		r->told = channel_post(router, MSG_SESSION_TOLD, 0, NULL,
		    -1) == 0;
}

/*
 * While the router is away, or cannot be told, finished sessions wait here, so
 * that each is accounted for.
 */
void
session_reap(struct relay *r)
{
	uint8_t			 data[MSG_PAYLOAD_MAX];
	struct session_queue	*q = &r->timer[TIMER_FINISHED];
	struct channel		*router = r->link[PROC_ROUTER].channel;
	struct session_closed	 c;
	struct session		*s;
	struct wbuf		 b;
	size_t			 n;

	session_tell_more(r);
	while (session_reports(r) && !TAILQ_EMPTY(q)) {
		n = 0;
		wbuf_init(&b, data, sizeof(data));
		TAILQ_FOREACH(s, q, timed) {
			if (wbuf_space(&b) < SESSION_CLOSED_LEN)
				break;
			if (s->untold)
				session_tell(r, s);
			c.id = s->id;
			c.cause = s->cause;
			c.rep = s->rep;
			c.hint = s->hint;
			c.up = s->end[CLIENT].bytes;
			c.down = s->end[TARGET].bytes;
			session_closed_put(&b, &c);
			n++;
		}
		if (channel_post(router, MSG_SESSION_CLOSED, 0, &b, -1) == -1)
			break;
		while (n-- > 0) {
			s = TAILQ_FIRST(q);
			r->counters.v[COUNTER_BYTES_UP] +=
			    s->end[CLIENT].bytes;
			r->counters.v[COUNTER_BYTES_DOWN] +=
			    s->end[TARGET].bytes;
			session_free(r, s);
		}
	}
	session_tell_end(r);
}

void
session_count(struct relay *r, struct counters *c)
{
	const struct session	*s;
	size_t			 i;

	for (i = 0; i < r->nbuckets; i++) {
		LIST_FOREACH(s, &r->bucket[i], byid) {
			c->v[COUNTER_BYTES_UP] += s->end[CLIENT].bytes;
			c->v[COUNTER_BYTES_DOWN] += s->end[TARGET].bytes;
		}
	}
	session_count_router(r);
}

/* Goes on where it had to stop the last time, so that all get their turn. */
static void
session_count_router(struct relay *r)
{
	struct channel		*router = r->link[PROC_ROUTER].channel;
	struct session		*s;
	struct wbuf		 b;
	uint8_t			 data[MSG_PAYLOAD_MAX];
	size_t			 i;

	wbuf_init(&b, data, sizeof(data));
	for (i = 0; i < r->nbuckets && router != NULL &&
	    channel_queued(router) < REPORT_QUEUE; i++) {
		LIST_FOREACH(s, &r->bucket[r->counting++ &
		    (r->nbuckets - 1)], byid) {
			if (wbuf_space(&b) < SESSION_MOVED_LEN)
				session_count_post(router, &b);
			session_count_one(s, &b);
		}
	}
	session_count_post(router, &b);
}

/* One that the router does not know yet, or that has ended, comes elsewise. */
static void
session_count_one(struct session *s, struct wbuf *b)
{
	const struct session_moved	m = { .id = s->id,
					    .up = s->end[CLIENT].bytes,
					    .down = s->end[TARGET].bytes };

	if (s->untold || s->timer == TIMER_FINISHED ||
	    m.up + m.down == s->counted)
		return;
	s->counted = m.up + m.down;
	session_moved_put(b, &m);
}

static void
session_count_post(struct channel *router, struct wbuf *b)
{
	/* If it fails the end of each session says it all. */
	if (b->len != 0)
		(void)channel_post(router, MSG_SESSION_MOVED, 0, b, -1);
	wbuf_init(b, b->data, b->size);
}

/*
 * Bytes have moved since the timer was set: it is due that much later.  1 if
 * so.  They only note the time, as there may be many of them.
 */
static int
session_renew(struct relay *r, struct session *s)
{
	uint64_t	due;

	/* It has something to move and must not: that is not idle. */
	if (s->is_busy == QUEUE_ALLOW)
		s->active = r->now;
	if (s->timer == TIMER_IDLE)
		due = s->active + (s->idle_ms != 0 ? s->idle_ms :
		    r->conf->set.idle_ms);
	else if (s->timer == TIMER_HALF_CLOSED)
		due = s->active + (s->half_closed_ms != 0 ?
		    s->half_closed_ms : r->conf->set.half_closed_ms);
	else
		return 0;
	if (due <= r->now)
		return 0;
	session_set_timer(r, s, (enum timer)s->timer,
	    (uint32_t)(due - r->now));
	return 1;
}

static void
session_expired(struct relay *r, struct session *s)
{
	switch ((enum timer)s->timer) {
	case TIMER_HANDSHAKE:
		r->counters.v[COUNTER_HANDSHAKE_TIMEOUTS]++;
		session_finish(r, s, CAUSE_HANDSHAKE_TIMEOUT, 0);
		break;
	case TIMER_WAITING:
		handshake_refused(r, s, SOCKS_REP_FAILURE,
		    CAUSE_NO_RESOURCES);
		break;
	case TIMER_IDLE:
		r->counters.v[COUNTER_IDLE_TIMEOUTS]++;
		session_finish(r, s, CAUSE_IDLE_TIMEOUT, 1);
		break;
	case TIMER_HALF_CLOSED:
		r->counters.v[COUNTER_IDLE_TIMEOUTS]++;
		session_finish(r, s, CAUSE_HALF_CLOSED_TIMEOUT, 1);
		break;
	case TIMER_CLOSING:
		session_finish(r, s, CAUSE_CLOSED, 0);
		break;
	case TIMER_FINISHED:
	case TIMER_MAX:
		break;
	}
}

void
session_expire(struct relay *r)
{
	struct session	*s;
	unsigned int	 t;

	for (t = 0; t < TIMER_MAX; t++) {
		if (t == TIMER_FINISHED)
			continue;
		while ((s = TAILQ_FIRST(&r->timer[t])) != NULL &&
		    s->deadline <= r->now)
			session_expire_one(r, s);
	}
	while ((s = RB_MIN(session_tree, &r->own)) != NULL &&
	    s->deadline <= r->now)
		session_expire_one(r, s);
}

static void
session_expire_one(struct relay *r, struct session *s)
{
	if (session_renew(r, s) == 0)
		session_expired(r, s);
}

int
session_timeout(struct relay *r)
{
	const struct session	*s;
	uint64_t		 next = UINT64_MAX;
	unsigned int		 t;

	if (session_reports(r))
		return 0;
	for (t = 0; t < TIMER_MAX; t++) {
		if (t == TIMER_FINISHED)
			continue;
		if ((s = TAILQ_FIRST(&r->timer[t])) != NULL &&
		    s->deadline < next)
			next = s->deadline;
	}
	if ((s = RB_MIN(session_tree, &r->own)) != NULL && s->deadline < next)
		next = s->deadline;
	if (r->allow_due != 0 && r->allow_due < next)
		next = r->allow_due;
	if (next == UINT64_MAX)
		return -1;
	if (next <= r->now)
		return 0;
	next -= r->now;
	return next > 60000 ? 60000 : (int)next;
}

enum session_state
session_get_state(const struct session *s)
{
	switch ((enum timer)s->timer) {
	case TIMER_HANDSHAKE:
		return SESSION_HANDSHAKE;
	case TIMER_WAITING:
		return SESSION_CONNECTING;
	case TIMER_IDLE:
		return SESSION_OPEN;
	case TIMER_HALF_CLOSED:
		return SESSION_HALF_CLOSED;
	case TIMER_CLOSING:
	case TIMER_FINISHED:
	case TIMER_MAX:
		break;
	}
	return SESSION_CLOSING;
}
