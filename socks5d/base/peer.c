/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A channel on an event loop: see peer.h.
 *
 * It alone decides when a peer's memory goes, as callbacks may free the peer
 * they are about.
 */

#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/peer.h"

/* Messages taken from one peer before others get their turn. */
#define PEER_BATCH 64

struct peer {
	struct channel         *channel;
	const struct peer_loop *loop;
	void                   *watch; /* the loop's; NULL once dead */
	peer_on_msg             on_msg;
	peer_on_end             on_end;
	void (*drained)(void *, struct peer *);
	void *arg;
	int   busy;   /* a callback is on the stack */
	int   dead;   /* ended or freed: no more */
	int   paused; /* peer_pause() */
	int   freed;  /* free when no longer busy */
};

static void peer_read(struct peer *, int);
static int  peer_next(struct peer *);
static void peer_watch(struct peer *, int);
static void peer_unwatch(struct peer *);
static void peer_end(struct peer *, const char *);
static void peer_destroy(struct peer *);

struct peer *
peer_open(const struct peer_loop *loop, void *arg_loop, struct channel *c,
    peer_on_msg on_msg, peer_on_end on_end, void *arg)
{
	struct peer *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->channel = c;
	p->loop = loop;
	p->on_msg = on_msg;
	p->on_end = on_end;
	p->arg = arg;
	if ((p->watch = loop->watch(arg_loop, p)) == NULL) {
		free(p);
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
	peer_unwatch(p);
	channel_free(p->channel);
	free(p);
}

static void
peer_unwatch(struct peer *p)
{
	if (p->watch != NULL)
		p->loop->unwatch(p->watch);
	p->watch = NULL;
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
	int ret;

	if ((ret = peer_post(p, type, id, payload, fd)) == 0) {
		/* A peer that is gone is noticed by reading, in its turn. */
		if ((ret = channel_flush(p->channel)) == -1)
			return -1;
		peer_watch(p, ret);
	}
	return ret == -1 ? -1 : 0;
}

int
peer_post(struct peer *p, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	int first;

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
		p->loop->output(p->watch, PEER_TURN_END);
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
	if (flushed == 1)
		p->loop->output(p->watch, PEER_LATER);
	else if (channel_wants_write(p->channel))
		p->loop->output(p->watch, PEER_ROOM);
}

void
peer_pause(struct peer *p, int paused)
{
	if (p == NULL || p->dead)
		return;
	p->paused = paused;
	p->loop->input(p->watch, !paused);
	if (!paused && channel_pending(p->channel))
		p->loop->again(p->watch);
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

void
peer_in(struct peer *p)
{
	peer_read(p, PEER_BATCH);
}

/* most: PEER_BATCH, or INT_MAX to be sure that nothing is left. */
static void
peer_read(struct peer *p, int most)
{
	int n = 0, idle = 0;

	p->busy = 1;
	while (!p->dead && !p->paused) {
		if (n >= most && channel_in_bulk(p->channel)) {
			p->loop->again(p->watch);
			break;
		}
		if (n >= most && !channel_pending(p->channel))
			break;
		if (peer_next(p)) {
			n++;
			idle = 0;
		} else if (most != INT_MAX || idle++ != 0)
			break; /* the first may be a guess */
	}
	p->busy = 0;
	if (p->freed)
		peer_destroy(p);
}

/* Handles one message; 0 if there is none now. */
static int
peer_next(struct peer *p)
{
	struct msg *m;

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

void
peer_out(struct peer *p)
{
	int flushed;

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
	peer_unwatch(p);
	p->on_end(p->arg, p, reason);
}
