/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Peers on a libevent base: see channel_event.h.
 */

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/channel_event.h"

/* With too many descriptors in flight, nothing but time helps. */
#define LATER_MS 5

struct watch {
	struct peer  *peer;
	struct event *in;
	struct event *out;
	struct event *later; /* timer: try to write again */
	struct event *again; /* timer: there is more to read */
};

static void *watch_new(void *, struct peer *);
static void  watch_free(void *);
static void  watch_input(void *, int);
static void  watch_again(void *);
static void  watch_output(void *, enum peer_when);
static void  watch_in_cb(evutil_socket_t, short, void *);
static void  watch_out_cb(evutil_socket_t, short, void *);

const struct peer_loop channel_event_loop = {
	.watch = watch_new,
	.unwatch = watch_free,
	.input = watch_input,
	.again = watch_again,
	.output = watch_output,
};

struct peer *
peer_new(struct event_base *base, struct channel *c, peer_on_msg on_msg,
    peer_on_end on_end, void *arg)
{
	return peer_open(&channel_event_loop, base, c, on_msg, on_end, arg);
}

static void *
watch_new(void *loop, struct peer *p)
{
	struct event_base *base = loop;
	struct watch      *w;
	int                fd = channel_fd(peer_channel(p));

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->peer = p;
	w->in = event_new(base, fd, EV_READ | EV_PERSIST, watch_in_cb, w);
	w->out = event_new(base, fd, EV_WRITE, watch_out_cb, w);
	w->later = evtimer_new(base, watch_out_cb, w);
	w->again = evtimer_new(base, watch_in_cb, w);
	if (w->in == NULL || w->out == NULL || w->later == NULL ||
	    w->again == NULL || event_add(w->in, NULL) == -1) {
		watch_free(w);
		errno = ENOMEM;
		return NULL;
	}
	return w;
}

static void
watch_free(void *arg)
{
	struct watch *w = arg;

	if (w->in != NULL)
		event_free(w->in);
	if (w->out != NULL)
		event_free(w->out);
	if (w->later != NULL)
		event_free(w->later);
	if (w->again != NULL)
		event_free(w->again);
	free(w);
}

static void
watch_input(void *arg, int on)
{
	struct watch *w = arg;

	if (on)
		(void)event_add(w->in, NULL);
	else
		(void)event_del(w->in);
}

static void
watch_again(void *arg)
{
	static const struct timeval now = { 0, 0 };
	struct watch               *w = arg;

	(void)event_add(w->again, &now);
}

/*
 * An event that is made active by hand runs after all that are active already,
 * so at the end of this turn, and costs no system call.
 */
static void
watch_output(void *arg, enum peer_when when)
{
	static const struct timeval later = { 0, LATER_MS * 1000 };
	struct watch               *w = arg;

	switch (when) {
	case PEER_ROOM:
		(void)event_add(w->out, NULL);
		break;
	case PEER_TURN_END:
		event_active(w->out, EV_WRITE, 0);
		break;
	case PEER_LATER:
		(void)event_del(w->out);
		(void)event_add(w->later, &later);
		break;
	}
}

static void
watch_in_cb(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	peer_in(w->peer);
}

static void
watch_out_cb(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	peer_out(w->peer);
}
