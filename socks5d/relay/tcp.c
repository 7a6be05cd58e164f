/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * An open session's bytes: see tcp.h.
 *
 * Nothing here looks inside the bytes.  All reads
 * share one buffer; memory is held only for what the far end did not take,
 * and while there is any, nothing more is read: that is the back-pressure.  A
 * stream that fills the buffer again and again goes through a pipe instead.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/poller.h"
#include "compat/splice.h"
#include "relay/allow.h"
#include "relay/pipe.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/tcp.h"
#include "relay/timer.h"
#include "relay/turn.h"

/*
 * After so many reads in a row of at least so many bytes a direction is bulk
 * and gets a pipe, if there is one, until less comes at a time.
 */
#define BULK_READS 4
#define BULK_LEAST (RELAY_BUFFER / 4)

/* What became of one step of a direction. */
enum step {
	STEP_MORE,      /* may go on at once */
	STEP_BLOCKED,   /* waits for the poller */
	STEP_WAIT,      /* must not read more now */
	STEP_DONE,      /* FIN passed on */
	STEP_RESET_IN,  /* the end that we read from failed */
	STEP_RESET_OUT, /* the end that we write to failed */
	STEP_NO_MEMORY,
};

/* What a direction still wants, if anything. */
#define FLOW_MORE 0x01U
#define FLOW_WAIT 0x02U /* but must not read it now */

static void         tcp_event(struct relay *, struct session *, unsigned int,
	    unsigned int);
static void         tcp_expire(struct relay *, struct session *);
static enum step    tcp_splice(struct relay *, struct end *, struct end *);
static enum step    tcp_fill(struct relay *, struct end *);
static ssize_t      tcp_write(struct end *, const uint8_t *, size_t);
static enum step    tcp_flush(struct end *, struct end *);
static enum step    tcp_keep(struct end *, const uint8_t *, size_t);
static enum step    tcp_fin(struct end *, struct end *);
static enum step    tcp_failed(struct end *);
static enum step    tcp_step(struct relay *, struct end *, struct end *);
static int          tcp_is_bulk(const struct session *);
static void         tcp_pump(struct relay *, struct session *, struct member *);
static unsigned int tcp_flow(struct relay *, struct session *, enum side);
static int          tcp_watch(struct relay *, struct session *, enum side);
static void         tcp_reset(struct relay *, struct session *, enum side);

static const struct session_ops tcp_ops = {
	.event = tcp_event,
	.pump = tcp_pump,
	.expire = tcp_expire,
};

void
tcp_start(struct relay *r, struct session *s)
{
	session_carry(r, s, &tcp_ops);
	timer_set_idle(r, s);
	tcp_pump(r, s, &s->member);
}

static void
tcp_event(struct relay *r, struct session *s, unsigned int which,
    unsigned int what)
{
	struct end *e = &s->end[which];

	if (what & POLLER_IN)
		e->readable = 1;
	if (what & POLLER_OUT)
		e->writable = 1;
	if (what & POLLER_MORE)
		e->drain = 1;
	if (what & POLLER_ERROR)
		e->failed = 1;
	if (tcp_is_bulk(s))
		turn_join(r, &s->member);
	else
		tcp_pump(r, s, &s->member);
}

static void
tcp_expire(struct relay *r, struct session *s)
{
	role_count(&r->role, COUNTER_IDLE_TIMEOUTS);
	session_finish(r, s,
	    s->timer == TIMER_IDLE ? CAUSE_IDLE_TIMEOUT :
				     CAUSE_HALF_CLOSED_TIMEOUT,
	    1);
}

/* Others come first, even those whose events come later in this turn. */
static int
tcp_is_bulk(const struct session *s)
{
	return s->member.queue != QUEUE_NONE ||
	    s->end[CLIENT].bulk == BULK_READS ||
	    s->end[TARGET].bulk == BULK_READS;
}

static void
tcp_pump(struct relay *r, struct session *s, struct member *m)
{
	enum side    first = CLIENT;
	unsigned int more;
	uint32_t     may = UINT32_MAX;

	if (m->allow != NULL) {
		/* Both share a slice, so that neither is always first. */
		first = (enum side)(s->turn ^= 1);
		may = allow_slice(r, m);
	}
	r->may_read = may;
	more = tcp_flow(r, s, first);
	if (s->timer != TIMER_FINISHED)
		more |= tcp_flow(r, s, !first);
	if (s->timer == TIMER_FINISHED)
		return;
	if (s->end[CLIENT].done && s->end[TARGET].done) {
		session_finish(r, s, CAUSE_CLOSED, 0);
		return;
	}
	if ((s->end[CLIENT].done || s->end[TARGET].done) &&
	    s->timer == TIMER_IDLE)
		timer_set_half_closed(r, s);
	if (more & FLOW_WAIT)
		allow_wait(r, m);
	else if (more)
		turn_join(r, m);
	if (m->allow != NULL)
		allow_more(r, m, may - r->may_read);
}

/*
 * Moves bytes that start at this side; a set of what is left to do at once.
 *
 * What came before a reset is passed on as long as the other end takes it: a
 * server that answers an upload too early says why and then resets.
 */
static unsigned int
tcp_flow(struct relay *r, struct session *s, enum side side)
{
	struct end *from = &s->end[side], *to = &s->end[!side];
	uint64_t    before = from->bytes;
	uint32_t    may = r->may_read;
	enum step   step = STEP_MORE;

	while (step == STEP_MORE && from->bytes - before < SHARE_BYTES)
		step = tcp_step(r, from, to);
	if (s->member.allow != NULL)
		allow_spend(&s->member, may - r->may_read);
	if (from->bytes != before)
		s->active = r->now;
	if (from->pipe != NULL && from->pipe->filled == 0) {
		pipe_put(r, from->pipe);
		from->pipe = NULL;
	}
	if (to->writable == 0 && tcp_watch(r, s, !side) == -1)
		step = STEP_NO_MEMORY;
	switch (step) {
	case STEP_MORE:
		return FLOW_MORE;
	case STEP_WAIT:
		return FLOW_WAIT;
	case STEP_BLOCKED:
	case STEP_DONE:
		if (from->failed)
			tcp_reset(r, s, side);
		break;
	case STEP_RESET_IN:
		tcp_reset(r, s, side);
		break;
	case STEP_RESET_OUT:
		(void)tcp_failed(to);
		to->failed = to->readable = to->drain = 1;
		return FLOW_MORE;
	case STEP_NO_MEMORY:
		session_finish(r, s, CAUSE_NO_RESOURCES, 1);
		break;
	}
	return 0;
}

/* It is full: the poller is to tell when it no longer is. */
static int
tcp_watch(struct relay *r, struct session *s, enum side side)
{
	struct end *e = &s->end[side];

	if (e->watched)
		return 0;
	e->watched = 1;
	return poller_add_output(r->poller, e->fd, KEY(s->id, side));
}

/* One read and one write. */
static enum step
tcp_step(struct relay *r, struct end *from, struct end *to)
{
	size_t    most = sizeof(r->buffer);
	enum step step;
	ssize_t   n, w;

	if (from->done)
		return STEP_DONE;
	if (to->failed)
		return STEP_BLOCKED;
	if (from->pipe == NULL && from->bulk == BULK_READS &&
	    from->pending == NULL && from->eof == 0)
		from->pipe = pipe_get(r);
	if (from->pipe != NULL)
		return tcp_splice(r, from, to);
	if (from->pending != NULL && (step = tcp_flush(from, to)) != STEP_MORE)
		return step;
	if (from->eof)
		return tcp_fin(from, to);
	if (from->readable == 0 || to->writable == 0)
		return STEP_BLOCKED;
	if (r->may_read < most && (most = r->may_read) == 0)
		return STEP_WAIT;
	if ((n = read(from->fd, r->buffer, most)) == -1) {
		if (errno == EINTR)
			return STEP_MORE;
		if (errno != EAGAIN)
			return tcp_failed(from);
		from->readable = 0;
		return STEP_BLOCKED;
	}
	if (n == 0) {
		/* The error was told to a write before. */
		if (from->failed)
			return STEP_RESET_IN;
		from->eof = 1;
		return tcp_fin(from, to);
	}
	r->may_read -= (uint32_t)n;
	/* Less than we asked for: empty now, unless told otherwise. */
	if ((size_t)n < most && from->drain == 0)
		from->readable = 0;
	if (n < BULK_LEAST)
		from->bulk = 0;
	else if (from->bulk < BULK_READS)
		from->bulk++;
	if ((w = tcp_write(to, r->buffer, (size_t)n)) == -1)
		return STEP_RESET_OUT;
	from->bytes += (uint64_t)w;
	if (w == n)
		return from->readable ? STEP_MORE : STEP_BLOCKED;
	return tcp_keep(from, r->buffer + w, (size_t)(n - w));
}

/* The same through a pipe, which is given back whenever it is empty. */
static enum step
tcp_splice(struct relay *r, struct end *from, struct end *to)
{
	struct pipe *p = from->pipe;
	enum step    step;
	ssize_t      n;

	if (to->writable == 0)
		return STEP_BLOCKED;
	if (p->filled == 0) {
		if ((step = tcp_fill(r, from)) == STEP_DONE)
			return tcp_fin(from, to);
		if (step != STEP_MORE)
			return step;
	}
	if ((n = splice_out(p->out, to->fd, p->filled)) == -1) {
		if (errno == EINTR)
			return STEP_MORE;
		if (errno != EAGAIN)
			return STEP_RESET_OUT;
		to->writable = 0;
		return STEP_BLOCKED;
	}
	p->filled -= (uint32_t)n;
	from->bytes += (uint64_t)n;
	/* The stream pauses: what comes next may be small. */
	if (p->filled == 0 && from->bulk == 0) {
		pipe_put(r, p);
		from->pipe = NULL;
	}
	return STEP_MORE;
}

/* STEP_MORE if there is something in the pipe now, STEP_DONE at the FIN. */
static enum step
tcp_fill(struct relay *r, struct end *from)
{
	size_t  most = SHARE_BYTES;
	ssize_t n;

	if (from->eof)
		return STEP_DONE;
	if (from->readable == 0)
		return STEP_BLOCKED;
	if (r->may_read < most && (most = r->may_read) == 0)
		return STEP_WAIT;
	do {
		n = splice_in(from->fd, from->pipe->in, most);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && errno != EAGAIN)
		return tcp_failed(from);
	if (n == -1) {
		from->readable = 0;
		return STEP_BLOCKED;
	}
	if (n == 0) {
		if (from->failed)
			return STEP_RESET_IN;
		from->eof = 1;
		return STEP_DONE;
	}
	r->may_read -= (uint32_t)n;
	if (n < BULK_LEAST)
		from->bulk = 0;
	from->pipe->filled = (uint32_t)n;
	return STEP_MORE;
}

/*
 * What was taken; less than len means that the end is full and that the
 * poller will tell when it no longer is.
 */
static ssize_t
tcp_write(struct end *to, const uint8_t *data, size_t len)
{
	ssize_t w;

	do {
		w = write(to->fd, data, len);
	} while (w == -1 && errno == EINTR);
	if (w == -1 && errno == EAGAIN)
		w = 0;
	if (w != -1 && (size_t)w < len)
		to->writable = 0;
	return w;
}

static enum step
tcp_fin(struct end *from, struct end *to)
{
	from->done = 1;
	(void)shutdown(to->fd, SHUT_WR); /* a reset shows by itself */
	return STEP_DONE;
}

static enum step
tcp_keep(struct end *from, const uint8_t *data, size_t len)
{
	if ((from->pending = malloc(len)) == NULL)
		return STEP_NO_MEMORY;
	memcpy(from->pending, data, len);
	from->off = 0;
	from->len = (uint32_t)len;
	return STEP_BLOCKED;
}

static enum step
tcp_flush(struct end *from, struct end *to)
{
	ssize_t w;

	if (to->writable == 0)
		return STEP_BLOCKED;
	w = tcp_write(to, from->pending + from->off, from->len - from->off);
	if (w == -1)
		return STEP_RESET_OUT;
	from->bytes += (uint64_t)w;
	from->off += (uint32_t)w;
	if (from->off < from->len)
		return STEP_BLOCKED;
	free(from->pending);
	from->pending = NULL;
	return STEP_MORE;
}

/*
 * By errno.  Timed out, or unreachable at the time; after a reset there are
 * just two errors.
 */
static enum step
tcp_failed(struct end *e)
{
	if (errno != ECONNRESET && errno != EPIPE)
		e->lost = 1;
	return STEP_RESET_IN;
}

/* The side failed: the other one is told the same way. */
static void
tcp_reset(struct relay *r, struct session *s, enum side side)
{
	int lost = s->end[side].lost;

	s->end[side].failed = 1;
	if (side == CLIENT)
		session_finish(r, s,
		    lost ? CAUSE_CLIENT_LOST : CAUSE_CLIENT_RESET, 1);
	else
		session_finish(r, s,
		    lost ? CAUSE_TARGET_LOST : CAUSE_TARGET_RESET, 1);
}
