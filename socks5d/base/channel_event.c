/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A channel on a libevent base: see channel_event.h.
 *
 * It alone decides when a peer's memory goes, as callbacks may free the peer
 * they are about.
 */

#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/channel_event.h"

/* Messages taken from one peer before others get their turn. */
#define PEER_BATCH	64

/* With too many descriptors in flight, nothing but time helps. */
#define PEER_AGAIN_MS	5

struct peer {
	struct channel	*channel;
	struct event	*in;
	struct event	*out;
	struct event	*again;		/* timer: try to write again */
	struct event	*more;		/* timer: there is more of a bulk */
	peer_on_msg	 on_msg;
	peer_on_end	 on_end;
	void		(*drained)(void *, struct peer *);
	void		*arg;
	int		 busy;		/* a callback of ours is on the stack */
	int		 dead;		/* ended or freed: nothing more */
	int		 paused;	/* peer_pause() */
	int		 freed;		/* free when no longer busy */
};

static void	peer_in_cb(evutil_socket_t, short, void *);
static void	peer_read(struct peer *, int);
static int	peer_next(struct peer *);
static void	peer_watch(struct peer *, int);
static void	peer_out_cb(evutil_socket_t, short, void *);
static void	peer_end(struct peer *, const char *);
static void	peer_destroy(struct peer *);

struct peer *
peer_new(struct event_base *base, struct channel *c, peer_on_msg on_msg,
    peer_on_end on_end, void *arg)
{
	struct peer	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->channel = c;
	p->on_msg = on_msg;
	p->on_end = on_end;
	p->arg = arg;
	p->in = event_new(base, channel_fd(c), EV_READ | EV_PERSIST,
	    peer_in_cb, p);
	p->out = event_new(base, channel_fd(c), EV_WRITE, peer_out_cb, p);
	p->again = evtimer_new(base, peer_out_cb, p);
	p->more = evtimer_new(base, peer_in_cb, p);
	if (p->in == NULL || p->out == NULL || p->again == NULL ||
	    p->more == NULL ||
	    event_add(p->in, NULL) == -1) {
		p->channel = NULL;
		peer_destroy(p);
		errno = ENOMEM;
		return NULL;
	}
	return p;
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	p->dead = 1;
	if (p->busy) {
		p->freed = 1;
		return;
	}
	peer_destroy(p);
}

static void
peer_destroy(struct peer *p)
{
	if (p->in != NULL)
		event_free(p->in);
	if (p->out != NULL)
		event_free(p->out);
	if (p->again != NULL)
		event_free(p->again);
	if (p->more != NULL)
		event_free(p->more);
	channel_free(p->channel);
	free(p);
}

struct channel *
peer_channel(const struct peer *p)
{
	return p->channel;
}

size_t
peer_queued(const struct peer *p)
{
	return p == NULL ? 0 : channel_queued(p->channel);
}

int
peer_send(struct peer *p, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	int	ret;

	if ((ret = peer_post(p, type, id, payload, fd)) == 0) {
		/* A peer that is gone is noticed by reading, in its turn. */
		if ((ret = channel_flush(p->channel)) == -1)
			return -1;
		peer_watch(p, ret);
	}
	return ret == -1 ? -1 : 0;
}

/*
 * The event is made active by hand: it then runs after all that are active
 * already, so at the end of this turn, and costs no system call.
 */
int
peer_post(struct peer *p, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	int	first;

	if (p == NULL || p->dead) {
		if (fd != -1)
			(void)close(fd);
		errno = EPIPE;
		return -1;
	}
	first = !channel_posted(p->channel);
	if (channel_post(p->channel, type, id, payload, fd) == -1)
		return -1;
	if (first)
		event_active(p->out, EV_WRITE, 0);
	return 0;
}

void
peer_flush(struct peer *p)
{
	if (p != NULL && !p->dead)
		peer_watch(p, 0);
}

/* flushed: what channel_flush() said. */
static void
peer_watch(struct peer *p, int flushed)
{
	struct timeval	tv = { 0, PEER_AGAIN_MS * 1000 };

	if (flushed == 1) {
		(void)event_del(p->out);
		(void)event_add(p->again, &tv);
	} else if (channel_wants_write(p->channel))
		(void)event_add(p->out, NULL);
}

void
peer_pause(struct peer *p, int paused)
{
	if (p == NULL || p->dead)
		return;
	p->paused = paused;
	if (paused)
		(void)event_del(p->in);
	else {
		(void)event_add(p->in, NULL);
		if (channel_pending(p->channel))
			event_active(p->in, EV_READ, 0);
	}
}

void
peer_on_drained(struct peer *p, void (*drained)(void *, struct peer *))
{
	p->drained = drained;
}

void
peer_drain(struct peer *p)
{
	if (p->dead || p->busy)
		return;
	p->paused = 0;
	peer_read(p, INT_MAX);
}

static void
peer_in_cb(evutil_socket_t fd, short what, void *arg)
{
	peer_read(arg, PEER_BATCH);
}

/* most: PEER_BATCH, or INT_MAX to be sure that nothing is left. */
static void
peer_read(struct peer *p, int most)
{
	static const struct timeval	now = { 0, 0 };
	int				n = 0, idle = 0;

	p->busy = 1;
	while (!p->dead && !p->paused) {
		if (n >= most && channel_in_bulk(p->channel)) {
			(void)event_add(p->more, &now);
			break;
		}
		if (n >= most && !channel_pending(p->channel))
			break;
		if (peer_next(p)) {
			n++;
			idle = 0;
		} else if (most != INT_MAX || idle++ != 0)
			break;		/* the first may be a guess */
	}
	p->busy = 0;
	if (p->freed)
		peer_destroy(p);
}

/* Handles one message; 0 if there is none now. */
static int
peer_next(struct peer *p)
{
	struct msg	*m;

	switch (channel_recv(p->channel, &m)) {
	case CHANNEL_MSG:
		p->on_msg(p->arg, p, m);
		return 1;
	case CHANNEL_AGAIN:
		break;
	case CHANNEL_CLOSED:
		peer_end(p, NULL);
		break;
	case CHANNEL_BAD:
		peer_end(p, channel_error(p->channel));
		break;
	}
	return 0;
}

static void
peer_out_cb(evutil_socket_t fd, short what, void *arg)
{
	struct peer	*p = arg;
	int		 flushed;

	/* A failed flush shows as an end when the channel is read. */
	if (p->dead || (flushed = channel_flush(p->channel)) == -1)
		return;
	peer_watch(p, flushed);
	if (channel_wants_write(p->channel) || p->drained == NULL)
		return;
	p->busy = 1;
	p->drained(p->arg, p);
	p->busy = 0;
	if (p->freed)
		peer_destroy(p);
}

static void
peer_end(struct peer *p, const char *reason)
{
	p->dead = 1;
	(void)event_del(p->in);
	(void)event_del(p->out);
	(void)event_del(p->again);
	(void)event_del(p->more);
	p->on_end(p->arg, p, reason);
}
