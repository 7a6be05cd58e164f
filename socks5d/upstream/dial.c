/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Talks to the proxies of one dial: see dial.h.
 *
 * Bytes are first looked at with MSG_PEEK, since only those of an answer may be
 * taken and HTTP does not say how many these are.  Whoever waits without events
 * is waited for by the deadline alone.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "socks/socks.h"
#include "upstream/dial.h"

/* Answers of SOCKS are under 300 bytes, those of HTTP seldom over. */
#define PEEK_SIZE 1024

static void dial_in_cb(evutil_socket_t, short, void *);
static void dial_out_cb(evutil_socket_t, short, void *);
static void dial_deadline_cb(evutil_socket_t, short, void *);
static void dial_go(struct dial *, enum hop_result);
static int  dial_say(struct dial *);
static int  dial_hear(struct dial *, enum hop_result *);
static int  dial_take(struct dial *, size_t);
static void dial_wait(struct dial *, struct event *);
static void dial_closed(struct dial *, const char *);
static int  dial_asked(const struct dial *);
static void dial_end(struct dial *);

struct dial *
dial_new(struct event_base *base, uint64_t id, int fd, unsigned int nhops,
    void (*done)(void *, struct dial *, const struct msg_upstream_done *),
    void *arg)
{
	struct dial *d;

	d = calloc(1, sizeof(*d) + nhops * sizeof(d->hops[0]));
	if (d == NULL) {
		(void)close(fd);
		return NULL;
	}
	d->id = id;
	d->fd = fd;
	d->nhops = nhops;
	d->done = done;
	d->arg = arg;
	d->in = event_new(base, fd, EV_READ, dial_in_cb, d);
	d->out = event_new(base, fd, EV_WRITE, dial_out_cb, d);
	/* Apart from the others: what times out may have been readable. */
	d->deadline = evtimer_new(base, dial_deadline_cb, d);
	if (d->in == NULL || d->out == NULL || d->deadline == NULL) {
		dial_free(d);
		return NULL;
	}
	return d;
}

void
dial_free(struct dial *d)
{
	unsigned int i;

	if (d == NULL)
		return;
	if (d->in != NULL)
		event_free(d->in);
	if (d->out != NULL)
		event_free(d->out);
	if (d->deadline != NULL)
		event_free(d->deadline);
	if (d->fd != -1)
		(void)close(d->fd);
	for (i = 0; i < d->nhops; i++)
		hop_clear(&d->hops[i]);
	free(d);
}

void
dial_start(struct dial *d, uint32_t ms)
{
	struct timeval tv;

	tv = clock_timeval(ms);
	if (event_add(d->deadline, &tv) == -1) {
		(void)hop_fail(&d->hops[0], UPSTREAM_NO_RESOURCES,
		    SOCKS_REP_FAILURE, "out of memory");
		dial_end(d);
		return;
	}
	dial_go(d, hop_begin(&d->hops[0]));
}

static void
dial_in_cb(evutil_socket_t fd, short what, void *arg)
{
	dial_go(arg, HOP_MORE);
}

static void
dial_out_cb(evutil_socket_t fd, short what, void *arg)
{
	dial_go(arg, HOP_MORE);
}

static void
dial_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct dial *d = arg;
	struct hop  *h = &d->hops[d->at];

	(void)hop_fail(h, UPSTREAM_TIMEOUT,
	    dial_asked(d) ? SOCKS_REP_TTL_EXPIRED : SOCKS_REP_FAILURE,
	    "no answer in time");
	dial_end(d);
}

/* Until it is to wait or over; each byte is heard once, so it ends. */
static void
dial_go(struct dial *d, enum hop_result result)
{
	for (;;) {
		switch (result) {
		case HOP_SEND:
			d->sent = 0;
			/* FALLTHROUGH */
		case HOP_MORE:
			if (dial_say(d) == -1 || dial_hear(d, &result) == -1)
				return;
			break;
		case HOP_DONE:
			if (d->at == d->nhops - 1) {
				dial_end(d);
				return;
			}
			hop_clear(&d->hops[d->at++]);
			result = hop_begin(&d->hops[d->at]);
			break;
		case HOP_FAILED:
			dial_end(d);
			return;
		}
	}
}

/* -1 if not all could be said: it waits now, or it is over. */
static int
dial_say(struct dial *d)
{
	struct hop *h = &d->hops[d->at];
	ssize_t     n;

	while (d->sent < h->outlen) {
		n = write(d->fd, h->out + d->sent, h->outlen - d->sent);
		if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
			dial_wait(d, d->out);
			return -1;
		}
		if (n == -1) {
			dial_closed(d, strerror(errno));
			return -1;
		}
		d->sent += (size_t)n;
	}
	/* There may be a login in it. */
	explicit_bzero(h->out, h->outlen);
	h->outlen = d->sent = 0;
	return 0;
}

/* The same: -1 if there is nothing to be heard. */
static int
dial_hear(struct dial *d, enum hop_result *result)
{
	uint8_t data[PEEK_SIZE];
	size_t  used;
	ssize_t n;

	n = recvfrom(d->fd, data, sizeof(data), MSG_PEEK, NULL, NULL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		dial_wait(d, d->in);
		return -1;
	}
	if (n <= 0) {
		dial_closed(d, n == 0 ? "closed" : strerror(errno));
		return -1;
	}
	*result = hop_take(&d->hops[d->at], data, (size_t)n, &used);
	return dial_take(d, used);
}

/* Just what was looked at: it is there. */
static int
dial_take(struct dial *d, size_t left)
{
	uint8_t data[PEEK_SIZE];
	ssize_t n;

	while (left > 0) {
		n = read(d->fd, data, left);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			dial_closed(d, n == 0 ? "closed" : strerror(errno));
			return -1;
		}
		left -= (size_t)n;
	}
	return 0;
}

static void
dial_wait(struct dial *d, struct event *ev)
{
	if (event_add(ev, NULL) == -1) {
		(void)hop_fail(&d->hops[d->at], UPSTREAM_NO_RESOURCES,
		    SOCKS_REP_FAILURE, "out of memory");
		dial_end(d);
	}
}

static void
dial_closed(struct dial *d, const char *why)
{
	(void)hop_fail(&d->hops[d->at], UPSTREAM_CLOSED, SOCKS_REP_FAILURE,
	    "%s%s", why,
	    dial_asked(d) ? ", without a reply to the request" : "");
	dial_end(d);
}

/* A request that is not all sent has not been heard. */
static int
dial_asked(const struct dial *d)
{
	const struct hop *h = &d->hops[d->at];

	return h->asked && h->outlen == 0;
}

/*
 * The socket goes first: when the router hears that it is through, nobody but
 * the router has it.  An association's stays, and is the callee's to take.
 */
static void
dial_end(struct dial *d)
{
	struct msg_upstream_done done;
	struct hop              *h = &d->hops[d->at];

	memset(&done, 0, sizeof(done));
	done.status = h->status;
	done.rep = h->rep;
	done.hop = (uint8_t)d->at;
	done.asked = (uint8_t)dial_asked(d);
	(void)strlcpy(done.text, h->text, sizeof(done.text));
	if (h->task.udp && h->status == UPSTREAM_OK) {
		done.bound = h->bound;
		done.bound_port = h->bound_port;
	}
	(void)event_del(d->in);
	(void)event_del(d->out);
	(void)event_del(d->deadline);
	if (done.bound_port == 0) {
		(void)close(d->fd);
		d->fd = -1;
	}
	d->done(d->arg, d, &done);
}
