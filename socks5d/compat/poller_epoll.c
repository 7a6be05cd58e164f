/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay's readiness on Linux: see poller.h.
 */

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "compat/poller.h"

#define BATCH 256

/*
 * A wait with a timeout makes the system set a timer and take it away again,
 * which is some percent of what a small datagram costs.  So long waits share
 * one that stays set until it is over, and a wait may end too early by it.
 */
#define LONG_MS   1000
#define KEY_TIMER UINT64_MAX

struct poller {
	int                fd;
	int                timer;
	uint64_t           due; /* of the timer, by now_ms; 0: not set */
	struct epoll_event events[BATCH];
};

struct poller *
poller_new(void)
{
	struct poller *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->fd = epoll_create1(EPOLL_CLOEXEC);
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->fd == -1 || p->timer == -1 ||
	    poller_add(p, p->timer, KEY_TIMER) == -1) {
		if (p->timer != -1)
			(void)close(p->timer);
		if (p->fd != -1)
			(void)close(p->fd);
		free(p);
		return NULL;
	}
	return p;
}

int
poller_add(struct poller *p, int fd, uint64_t key)
{
	struct epoll_event ev;

	ev.events = EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLET;
	ev.data.u64 = key;
	return epoll_ctl(p->fd, EPOLL_CTL_ADD, fd, &ev);
}

int
poller_add_output(struct poller *p, int fd, uint64_t key)
{
	struct epoll_event ev;

	ev.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;
	ev.data.u64 = key;
	return epoll_ctl(p->fd, EPOLL_CTL_MOD, fd, &ev);
}

int
poller_add_input(struct poller *p, int fd, uint64_t key)
{
	struct epoll_event ev;

	ev.events = EPOLLIN | EPOLLRDHUP;
	ev.data.u64 = key;
	return epoll_ctl(p->fd, EPOLL_CTL_ADD, fd, &ev);
}

int
poller_set_output(struct poller *p, int fd, uint64_t key, int on)
{
	struct epoll_event ev;

	ev.events = EPOLLIN | EPOLLRDHUP;
	if (on)
		ev.events |= EPOLLOUT;
	ev.data.u64 = key;
	return epoll_ctl(p->fd, EPOLL_CTL_MOD, fd, &ev);
}

void
poller_remove(struct poller *p, int fd)
{
	struct epoll_event none = { 0 };

	(void)epoll_ctl(p->fd, EPOLL_CTL_DEL, fd, &none);
}

/* Sees to it that the timer ends the wait; the timeout that is left for it. */
static int
poller_long(struct poller *p, uint64_t now, int timeout_ms)
{
	const struct itimerspec its = {
		.it_value = { .tv_sec = timeout_ms / 1000,
		    .tv_nsec = timeout_ms % 1000 * 1000000L }
	};
	uint64_t due = now + (uint64_t)timeout_ms;

	if (p->due == 0 || due < p->due) {
		if (timerfd_settime(p->timer, 0, &its, NULL) == -1)
			return timeout_ms;
		p->due = due;
	}
	return -1;
}

int
poller_wait(struct poller *p, struct poller_event *out, int n, uint64_t now,
    int timeout_ms)
{
	unsigned int e, what;
	int          i, got, filled = 0;

	if (n > BATCH)
		n = BATCH;
	if (timeout_ms >= LONG_MS)
		timeout_ms = poller_long(p, now, timeout_ms);
	if ((got = epoll_wait(p->fd, p->events, n, timeout_ms)) == -1)
		return errno == EINTR ? 0 : -1;
	for (i = 0; i < got; i++) {
		if (p->events[i].data.u64 == KEY_TIMER) {
			p->due = 0;
			continue;
		}
		e = p->events[i].events;
		what = 0;
		if (e & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			what |= POLLER_IN;
		if (e & (EPOLLOUT | EPOLLHUP | EPOLLERR))
			what |= POLLER_OUT;
		/* A read stops at the urgent mark, whatever lies behind it. */
		if (e & (EPOLLPRI | EPOLLRDHUP | EPOLLHUP))
			what |= POLLER_MORE;
		if (e & EPOLLERR)
			what |= POLLER_ERROR;
		out[filled].key = p->events[i].data.u64;
		out[filled].what = what;
		filled++;
	}
	return filled;
}
