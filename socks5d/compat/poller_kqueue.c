/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay's readiness on the BSDs: see poller.h.
 */

#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>

#include "compat/poller.h"

#define BATCH 256

#define UDATA(key) ((void *)(uintptr_t)(key))

_Static_assert(sizeof(uintptr_t) >= sizeof(uint64_t),
    "a key is kept in a pointer");

struct poller {
	int           fd;
	struct kevent events[BATCH];
};

struct poller *
poller_new(void)
{
	struct poller *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	if ((p->fd = kqueue()) == -1) {
		free(p);
		return NULL;
	}
	return p;
}

int
poller_add(struct poller *p, int fd, uint64_t key)
{
	struct kevent ev;

	EV_SET(&ev, fd, EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, UDATA(key));
	return kevent(p->fd, &ev, 1, NULL, 0, NULL);
}

int
poller_add_output(struct poller *p, int fd, uint64_t key)
{
	struct kevent ev;

	EV_SET(&ev, fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, 0, 0, UDATA(key));
	return kevent(p->fd, &ev, 1, NULL, 0, NULL);
}

int
poller_add_input(struct poller *p, int fd, uint64_t key)
{
	struct kevent ev;

	EV_SET(&ev, fd, EVFILT_READ, EV_ADD, 0, 0, UDATA(key));
	return kevent(p->fd, &ev, 1, NULL, 0, NULL);
}

int
poller_set_output(struct poller *p, int fd, uint64_t key, int on)
{
	struct kevent ev;

	EV_SET(&ev, fd, EVFILT_WRITE, on ? EV_ADD : EV_DELETE, 0, 0,
	    UDATA(key));
	if (kevent(p->fd, &ev, 1, NULL, 0, NULL) == -1)
		return on || errno != ENOENT ? -1 : 0;
	return 0;
}

void
poller_remove(struct poller *p, int fd)
{
	struct kevent ev;

	EV_SET(&ev, fd, EVFILT_READ, EV_DELETE, 0, 0, NULL);
	(void)kevent(p->fd, &ev, 1, NULL, 0, NULL);
}

int
poller_wait(struct poller *p, struct poller_event *out, int n, uint64_t now,
    int timeout_ms)
{
	struct timespec ts, *timeout = NULL;
	struct kevent  *e;
	int             i, got;

	if (n > BATCH)
		n = BATCH;
	if (timeout_ms != -1) {
		ts.tv_sec = timeout_ms / 1000;
		ts.tv_nsec = (timeout_ms % 1000) * 1000000L;
		timeout = &ts;
	}
	if ((got = kevent(p->fd, NULL, 0, p->events, n, timeout)) == -1)
		return errno == EINTR ? 0 : -1;
	for (i = 0; i < got; i++) {
		e = &p->events[i];
		out[i].key = (uint64_t)(uintptr_t)e->udata;
		/* Urgent data is not told of, so there may always be some. */
		out[i].what = e->filter == EVFILT_READ ?
		    POLLER_IN | POLLER_MORE :
		    POLLER_OUT;
		if (e->flags & EV_EOF)
			out[i].what |= POLLER_IN | POLLER_MORE;
		if ((e->flags & EV_EOF) && e->fflags != 0)
			out[i].what |= POLLER_ERROR;
	}
	return got;
}
