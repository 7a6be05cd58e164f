/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sessions of a relay: their life and their end: see session.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <unistd.h>

#include "relay/allow.h"
#include "relay/pipe.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"
#include "relay/turn.h"

static void buckets_grow(struct relay *);
static void end_close(struct relay *, struct end *, int);

struct session *
session_new(struct relay *r, uint64_t id, int fd, const struct session_ops *ops,
    uint32_t handshake_ms)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		(void)close(fd);
		return NULL;
	}
	s->ops = ops;
	s->id = id;
	s->rep = REP_NONE;
	s->active = r->now;
	s->end[CLIENT].fd = fd;
	s->end[CLIENT].writable = 1;
	s->end[TARGET].fd = -1;
	s->timer = TIMER_HANDSHAKE;
	s->deadline = r->now + handshake_ms;
	timer_insert(r, s);
	buckets_grow(r);
	LIST_INSERT_HEAD(&r->bucket[id & (r->nbuckets - 1)], s, byid);
	r->nsessions++;
	return s;
}

/* Ids count upward, so their low bits spread perfectly. */
static void
buckets_grow(struct relay *r)
{
	struct session_bucket *bucket;
	struct session        *s;
	size_t                 i, n;

	if (r->nsessions < r->nbuckets)
		return;
	n = r->nbuckets * 2;
	if ((bucket = calloc(n, sizeof(*bucket))) == NULL)
		return; /* longer chains, nothing worse */
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
	struct session *s;

	LIST_FOREACH(s, &r->bucket[id & (r->nbuckets - 1)], byid)
		if (s->id == id)
			break;
	return s;
}

/*
 * Of an id the key has what fits into it: as much as 2^8 routers will give,
 * one after the other.
 */
struct session *
session_bykey(struct relay *r, uint64_t key)
{
	struct session *s;

	LIST_FOREACH(s, &r->bucket[KEY_ID(key) & (r->nbuckets - 1)], byid)
		if (KEY(s->id, KEY_WHICH(key)) == key)
			break;
	return s == NULL || s->timer == TIMER_FINISHED ? NULL : s;
}

void
session_carry(struct relay *r, struct session *s, const struct session_ops *ops)
{
	if (s->ops->close != NULL)
		s->ops->close(r, s);
	s->ops = ops;
}

static void
end_close(struct relay *r, struct end *e, int reset)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

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
	allow_leave(r, &s->member);
	turn_leave(r, &s->member);
	if (s->ops->close != NULL)
		s->ops->close(r, s);
	end_close(r, &s->end[CLIENT], reset);
	end_close(r, &s->end[TARGET], reset);
	timer_set(r, s, TIMER_FINISHED, 0);
}

void
session_free(struct relay *r, struct session *s)
{
	timer_remove(r, s);
	LIST_REMOVE(s, byid);
	if (--r->nsessions == 0)
		pipe_trim(r);
	free(s->facts);
	free(s);
}

int
session_waits(const struct session *s)
{
	return s->timer == TIMER_WAITING || s->timer == TIMER_BOUND;
}

enum session_state
session_get_state(const struct session *s)
{
	switch ((enum timer)s->timer) {
	case TIMER_HANDSHAKE:
		return SESSION_HANDSHAKE;
	case TIMER_WAITING:
		return SESSION_CONNECTING;
	case TIMER_BOUND:
		return SESSION_BOUND;
	case TIMER_IDLE:
	case TIMER_UDP:
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
