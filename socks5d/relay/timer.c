/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The time that sessions have: see timer.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"

static int  timer_cmp(const struct session *, const struct session *);
static void timer_insert_queue(struct session_queue *, struct session *);
static int  timer_renew(struct relay *, struct session *);
static void timer_expire_one(struct relay *, struct session *);

RB_GENERATE(session_tree, session, own, timer_cmp)

static int
timer_cmp(const struct session *a, const struct session *b)
{
	if (a->deadline != b->deadline)
		return a->deadline < b->deadline ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

void
timer_insert(struct relay *r, struct session *s)
{
	s->has_own = s->timer == TIMER_BOUND || s->timer == TIMER_UDP ||
	    (s->timer == TIMER_IDLE && s->idle_ms != 0) ||
	    (s->timer == TIMER_HALF_CLOSED && s->half_closed_ms != 0);
	if (s->has_own)
		(void)RB_INSERT(session_tree, &r->own, s);
	else
		timer_insert_queue(&r->timer[s->timer], s);
}

/* Nearly always the latest deadline of its queue, hence from the tail. */
static void
timer_insert_queue(struct session_queue *q, struct session *s)
{
	struct session *at;

	TAILQ_FOREACH_REVERSE(at, q, session_queue, timed)
		if (at->deadline <= s->deadline)
			break;
	if (at == NULL)
		TAILQ_INSERT_HEAD(q, s, timed);
	else
		TAILQ_INSERT_AFTER(q, at, s, timed);
}

void
timer_set(struct relay *r, struct session *s, enum timer timer, uint32_t ms)
{
	timer_remove(r, s);
	s->timer = timer;
	s->deadline = r->now + ms;
	timer_insert(r, s);
}

void
timer_remove(struct relay *r, struct session *s)
{
	if (s->has_own)
		(void)RB_REMOVE(session_tree, &r->own, s);
	else
		TAILQ_REMOVE(&r->timer[s->timer], s, timed);
}

void
timer_set_idle(struct relay *r, struct session *s)
{
	timer_set(r, s, TIMER_IDLE, s->idle_ms != 0 ? s->idle_ms : r->idle_ms);
}

void
timer_set_half_closed(struct relay *r, struct session *s)
{
	timer_set(r, s, TIMER_HALF_CLOSED,
	    s->half_closed_ms != 0 ? s->half_closed_ms : r->half_closed_ms);
}

/*
 * By their own deadlines, as the order of the queue need not be theirs.  What
 * is longer than before is seen by timer_renew().
 */
void
timer_shorten(struct relay *r, enum timer timer, uint32_t was, uint32_t is)
{
	struct session *s;
	uint64_t        due;

	while ((s = TAILQ_FIRST(&r->timer[timer])) != NULL) {
		timer_remove(r, s);
		/* It may be of a time before that was shorter still. */
		due = s->active + is;
		if (s->deadline > due + (was - is))
			due = s->deadline - (was - is);
		s->deadline = due;
		s->has_own = 1;
		(void)RB_INSERT(session_tree, &r->own, s);
	}
}

/*
 * Bytes have moved since the timer was set: it is due that much later.  1 if
 * so.  They only note the time, as there may be many of them.
 */
static int
timer_renew(struct relay *r, struct session *s)
{
	uint64_t due;

	/* It has something to move and must not: that is not idle. */
	if (s->member.queue == QUEUE_ALLOW)
		s->active = r->now;
	if (s->timer == TIMER_IDLE)
		due = s->active + (s->idle_ms != 0 ? s->idle_ms : r->idle_ms);
	else if (s->timer == TIMER_HALF_CLOSED)
		due = s->active +
		    (s->half_closed_ms != 0 ? s->half_closed_ms :
					      r->half_closed_ms);
	else
		return 0;
	if (due <= r->now)
		return 0;
	timer_set(r, s, (enum timer)s->timer, (uint32_t)(due - r->now));
	return 1;
}

void
timer_expire(struct relay *r)
{
	struct session *s;
	unsigned int    t;

	for (t = 0; t < TIMER_MAX; t++) {
		if (t == TIMER_FINISHED)
			continue;
		while ((s = TAILQ_FIRST(&r->timer[t])) != NULL &&
		    s->deadline <= r->now)
			timer_expire_one(r, s);
	}
	while ((s = RB_MIN(session_tree, &r->own)) != NULL &&
	    s->deadline <= r->now)
		timer_expire_one(r, s);
}

static void
timer_expire_one(struct relay *r, struct session *s)
{
	if (timer_renew(r, s) == 0)
		s->ops->expire(r, s);
}

int
timer_next(struct relay *r)
{
	const struct session *s;
	uint64_t              next = UINT64_MAX;
	unsigned int          t;

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
