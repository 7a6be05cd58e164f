/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay's readiness on Linux: see poller.h.
 */

#include <sys/epoll.h>

#include <errno.h>
#include <stdlib.h>

#include "compat/poller.h"

#define BATCH 256

struct poller {
	int                fd;
	struct epoll_event events[BATCH];
};

struct poller *
poller_new(void)
{
	struct poller *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	if ((p->fd = epoll_create1(EPOLL_CLOEXEC)) == -1) {
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

int
poller_wait(struct poller *p, struct poller_event *out, int n, int timeout_ms)
{
	unsigned int e, what;
	int          i, got;

	if (n > BATCH)
		n = BATCH;
	if ((got = epoll_wait(p->fd, p->events, n, timeout_ms)) == -1)
		return errno == EINTR ? 0 : -1;
	for (i = 0; i < got; i++) {
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
		out[i].key = p->events[i].data.u64;
		out[i].what = what;
	}
	return got;
}
