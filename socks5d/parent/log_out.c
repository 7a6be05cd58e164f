/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A queue in front of a place for log lines: see log_out.h.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "parent/log_out.h"

/*
 * A burst of some hundred lines gets through while the log daemon is not
 * scheduled; a log that stands still does not eat up the memory.
 */
#define QUEUE_MAX (64 * 1024)

#define AGAIN_S 1

struct line {
	TAILQ_ENTRY(line) entry;
	size_t            len;
	char              text[];
};

struct log_out {
	const struct log_place *place;
	struct event_base      *base;
	TAILQ_HEAD(, line) queue;
	size_t        bytes; /* in it */
	size_t        done;  /* of the first line */
	struct event *timer;
	struct event *room;    /* or NULL */
	enum log_sent waiting; /* LOG_SENT: for nothing */
	uint64_t      lost;
	uint64_t      untold; /* of these */
};

static int  out_queue(struct log_out *, const char *, size_t);
static int  out_tell(struct log_out *);
static void out_remove(struct log_out *, struct line *);
static void out_wait(struct log_out *, enum log_sent);
static void out_wait_end(struct log_out *);
static void out_cb(evutil_socket_t, short, void *);

struct log_out *
log_out_new(struct event_base *base, const struct log_place *place)
{
	struct log_out *o;

	if ((o = calloc(1, sizeof(*o))) == NULL)
		return NULL;
	o->place = place;
	o->base = base;
	TAILQ_INIT(&o->queue);
	if ((o->timer = evtimer_new(base, out_cb, o)) == NULL) {
		free(o);
		return NULL;
	}
	return o;
}

void
log_out_free(struct log_out *o)
{
	struct line *l;

	if (o == NULL)
		return;
	out_wait_end(o);
	while ((l = TAILQ_FIRST(&o->queue)) != NULL)
		out_remove(o, l);
	event_free(o->timer);
	free(o);
}

void
log_out_add(struct log_out *o, const char *text, size_t len)
{
	if (out_tell(o) == -1 || out_queue(o, text, len) == -1) {
		o->lost++;
		o->untold++;
	}
	if (o->waiting == LOG_SENT)
		log_out_flush(o);
}

/*
 * Before the line that comes now.  Not until the queue is half empty, or a log
 * that is slow would consist of little else.
 */
static int
out_tell(struct log_out *o)
{
	char   text[512];
	size_t len;

	if (o->untold == 0)
		return 0;
	if (o->bytes > QUEUE_MAX / 2)
		return -1;
	len = o->place->lost(o->untold, text, sizeof(text));
	if (out_queue(o, text, len) == -1)
		return -1;
	o->untold = 0;
	return 0;
}

static int
out_queue(struct log_out *o, const char *text, size_t len)
{
	struct line *l;

	if (sizeof(*l) + len > QUEUE_MAX - o->bytes ||
	    (l = malloc(sizeof(*l) + len + 1)) == NULL)
		return -1;
	l->len = len;
	memcpy(l->text, text, len);
	l->text[len] = '\0';
	TAILQ_INSERT_TAIL(&o->queue, l, entry);
	o->bytes += sizeof(*l) + len;
	return 0;
}

static void
out_remove(struct log_out *o, struct line *l)
{
	TAILQ_REMOVE(&o->queue, l, entry);
	o->bytes -= sizeof(*l) + l->len;
	o->done = 0;
	free(l);
}

void
log_out_flush(struct log_out *o)
{
	struct line  *l;
	enum log_sent sent;

	out_wait_end(o);
	/* An end of what was lost is told of without another line, too. */
	while ((l = TAILQ_FIRST(&o->queue)) != NULL ||
	    (out_tell(o) == 0 && (l = TAILQ_FIRST(&o->queue)) != NULL)) {
		sent = o->place->send(l->text, l->len, &o->done);
		if (sent == LOG_FULL || sent == LOG_AWAY) {
			out_wait(o, sent);
			return;
		}
		if (sent == LOG_NEVER) {
			o->lost++;
			o->untold++;
		}
		out_remove(o, l);
	}
}

static void
out_wait(struct log_out *o, enum log_sent what)
{
	struct timeval tv = { AGAIN_S, 0 };

	o->waiting = what;
	/* Even with the one the other: not all systems tell of all room. */
	(void)event_add(o->timer, &tv);
	if (what == LOG_FULL &&
	    (o->room = event_new(o->base, o->place->fd(), EV_WRITE, out_cb,
		 o)) != NULL)
		(void)event_add(o->room, NULL);
}

static void
out_wait_end(struct log_out *o)
{
	o->waiting = LOG_SENT;
	(void)event_del(o->timer);
	if (o->room != NULL)
		event_free(o->room);
	o->room = NULL;
}

static void
out_cb(evutil_socket_t fd, short what, void *arg)
{
	log_out_flush(arg);
}

void
log_out_end(struct log_out *o, int ms)
{
	struct pollfd pfd;
	uint64_t      now = clock_ms(), end = now + (uint64_t)ms;

	log_out_flush(o);
	while (o->waiting == LOG_FULL && now < end) {
		pfd.fd = o->place->fd();
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, (int)(end - now)) <= 0)
			break;
		log_out_flush(o);
		now = clock_ms();
	}
}

uint64_t
log_out_lost(const struct log_out *o)
{
	return o->lost;
}
