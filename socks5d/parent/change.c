/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The queue of changes: see change.h.
 *
 * Knows no kind of change and sends nothing itself.  Who asked is told when his
 * change begins after it had to wait, and each second until then, as he may not
 * wait for us as long as that takes.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/msg.h"
#include "base/msg_codec.h"
#include "parent/change.h"

#define TICK_S 1

struct changes {
	struct parent *parent;
	TAILQ_HEAD(, change) waiting;
	struct change *current;   /* under way, or NULL */
	const char    *held;      /* why none begins, or NULL */
	const char    *stopped;   /* why none is taken any more */
	int            beginning; /* changes_next() is at it */
	struct event  *tick;
	char           text[64]; /* of the last obstacle */
	void (*answer)(struct parent *, enum msg_type, uint64_t, enum result,
	    const char *);
};

static void        tick_cb(evutil_socket_t, short, void *);
static const char *before_text(struct changes *, const struct change *,
    const struct change *);
static int         may_begin(struct changes *);

struct changes *
changes_new(struct event_base *base, struct parent *p,
    void (*answer)(struct parent *, enum msg_type, uint64_t, enum result,
	const char *))
{
	struct changes *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	if ((q->tick = event_new(base, -1, EV_PERSIST, tick_cb, q)) == NULL) {
		free(q);
		return NULL;
	}
	TAILQ_INIT(&q->waiting);
	q->parent = p;
	q->answer = answer;
	return q;
}

void
changes_free(struct changes *q)
{
	event_free(q->tick);
	free(q);
}

void
changes_hold(struct changes *q, const char *why)
{
	q->held = why;
	changes_next(q);
}

const char *
changes_refuse(const struct changes *q, const struct change_ops *ops)
{
	const struct change *c;
	unsigned int         n = 0;

	if (q->stopped != NULL)
		return q->stopped;
	TAILQ_FOREACH(c, &q->waiting, entry)
		n += c->ops == ops;
	return ops->max != 0 && n >= ops->max ? ops->full : NULL;
}

void
change_init(struct change *c, const struct change_ops *ops)
{
	memset(c, 0, sizeof(*c));
	c->ops = ops;
}

const char *
changes_add(struct changes *q, struct change *c)
{
	static const struct timeval every = { TICK_S, 0 };
	const char                 *why;

	TAILQ_INSERT_TAIL(&q->waiting, c, entry);
	c->queued = 1;
	if ((why = changes_obstacle(q, c)) == NULL) {
		changes_next(q);
		return NULL;
	}
	c->waited = 1;
	if (!event_pending(q->tick, EV_TIMEOUT, NULL))
		(void)event_add(q->tick, &every);
	return why;
}

const char *
changes_obstacle(struct changes *q, const struct change *c)
{
	const struct change *first = TAILQ_FIRST(&q->waiting);

	if (q->current != NULL)
		return before_text(q, q->current, c);
	if (q->held != NULL)
		return q->held;
	if (first != c)
		return before_text(q, first, c);
	return c->ops->obstacle == NULL ? NULL : c->ops->obstacle(q->parent, c);
}

static const char *
before_text(struct changes *q, const struct change *before,
    const struct change *c)
{
	(void)snprintf(q->text, sizeof(q->text), "%s %s is under way",
	    before->ops == c->ops ? "another" : "a", before->ops->name);
	return q->text;
}

/* One that ends at once lets the next begin: here, and not within it. */
void
changes_next(struct changes *q)
{
	struct change *c;

	if (q->beginning)
		return;
	q->beginning = 1;
	while (may_begin(q)) {
		c = q->current = TAILQ_FIRST(&q->waiting);
		TAILQ_REMOVE(&q->waiting, c, entry);
		c->queued = 0;
		/* Its whole time is from here. */
		if (c->waited)
			change_say(q, c, RESULT_MORE, "");
		c->ops->begin(q->parent, c);
	}
	q->beginning = 0;
}

static int
may_begin(struct changes *q)
{
	const struct change *c = TAILQ_FIRST(&q->waiting);

	return q->stopped == NULL && c != NULL &&
	    changes_obstacle(q, c) == NULL;
}

void
change_answer(struct changes *q, const struct change_ops *ops, uint64_t id,
    enum result result, const char *text)
{
	q->answer(q->parent, ops->answer, id, result, text);
}

void
change_say(struct changes *q, const struct change *c, enum result result,
    const char *text)
{
	askers_say(q, &c->askers, c->ops->answer, result, text);
}

void
change_end(struct changes *q, struct change *c, enum result result,
    const char *text)
{
	change_say(q, c, result, text);
	if (c->queued)
		TAILQ_REMOVE(&q->waiting, c, entry);
	if (q->current == c)
		q->current = NULL;
	c->ops->free(q->parent, c);
	changes_next(q);
}

void
changes_stop(struct changes *q, const char *why)
{
	struct change *c;

	q->stopped = why;
	while ((c = TAILQ_FIRST(&q->waiting)) != NULL)
		change_end(q, c, RESULT_REFUSED, why);
	if (q->current != NULL && q->current->ops->stop != NULL)
		q->current->ops->stop(q->parent, why);
}

void
changes_forget(struct changes *q)
{
	struct change *c;

	TAILQ_FOREACH(c, &q->waiting, entry)
		c->askers.n = 0;
	if (q->current != NULL)
		q->current->askers.n = 0;
}

void
changes_tick(struct changes *q)
{
	struct change *c;

	if (TAILQ_EMPTY(&q->waiting))
		(void)event_del(q->tick);
	TAILQ_FOREACH(c, &q->waiting, entry)
		change_say(q, c, RESULT_MORE, "");
}

static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	changes_tick(arg);
}

int
askers_add(struct askers *a, uint64_t id, int more)
{
	if (a->n == ASKERS_MAX)
		return -1;
	a->asker[a->n].id = id;
	a->asker[a->n++].more = more;
	return 0;
}

void
askers_say(struct changes *q, const struct askers *a, enum msg_type type,
    enum result result, const char *text)
{
	unsigned int i;

	for (i = 0; i < a->n; i++)
		q->answer(q->parent, type, a->asker[i].id, result, text);
}
