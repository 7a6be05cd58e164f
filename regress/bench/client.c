/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The loop of the load generator, and the way through a proxy: connect, the
 * two steps of SOCKS5 without a login, and then the mode's own business.
 *
 * Does as little as it can between two events: it shares the machine with
 * what it measures.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define EVENTS_MAX 256

static void conn_event(struct load *, struct conn *);
static int  conn_step(struct load *, struct conn *);
static int  send_hello(const struct load *, struct conn *);
static int  send_login(const struct load *, struct conn *);
static int  send_request(const struct load *, struct conn *);
static int  send_all(struct conn *, const void *, size_t);
static int  read_reply(struct conn *, unsigned int);
static void conn_opened(struct load *, struct conn *);

void
load_init(struct load *l, const struct options *o, unsigned int n)
{
	unsigned int i;

	memset(l, 0, sizeof(*l));
	l->o = o;
	l->nconns = n;
	l->target = o->target;
	if ((l->conns = calloc(n, sizeof(*l->conns))) == NULL)
		err(1, "connections");
	for (i = 0; i < n; i++)
		l->conns[i].fd = -1;
	if ((l->epfd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll");
}

void
load_clear(struct load *l)
{
	unsigned int i;

	for (i = 0; i < l->nconns; i++) {
		if (l->conns[i].fd != -1)
			conn_reset(&l->conns[i]);
	}
	free(l->conns);
	free(l->samples);
	(void)close(l->epfd);
}

void
load_run(struct load *l, uint64_t ms)
{
	struct epoll_event ev[EVENTS_MAX];
	uint64_t           end, now;
	int                i, n, wait = LOAD_STALL_MS;

	l->done = 0;
	end = now_ns() + ms * 1000000;
	while (!l->done) {
		if (ms != 0) {
			if ((now = now_ns()) >= end)
				return;
			wait = (int)((end - now) / 1000000) + 1;
		}
		if ((n = epoll_wait(l->epfd, ev, EVENTS_MAX, wait)) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "epoll_wait");
		}
		if (n == 0 && ms == 0) {
			l->stalled = 1;
			return;
		}
		/* What is done is seen after the whole batch. */
		for (i = 0; i < n; i++)
			conn_event(l, ev[i].data.ptr);
	}
}

uint64_t
load_count(struct load *l, uint64_t want)
{
	uint64_t     start;
	unsigned int i;

	l->want = want;
	l->started = l->ended = 0;
	if (want == 0)
		return 0;
	start = now_ns();
	for (i = 0; i < l->nconns; i++)
		l->on_next(l, &l->conns[i]);
	load_run(l, 0);
	return now_ns() - start;
}

int
load_more(struct load *l)
{
	if (l->started == l->want)
		return 0;
	l->started++;
	return 1;
}

void
load_ended(struct load *l)
{
	l->done = ++l->ended == l->want;
}

static void
conn_event(struct load *l, struct conn *c)
{
	if (c->state == CONN_OPEN) {
		l->on_ready(l, c);
		return;
	}
	if (conn_step(l, c) == -1) {
		conn_reset(c);
		l->on_fail(l, c);
	}
}

/* One step of the way to the target; -1 if the proxy does not play along. */
static int
conn_step(struct load *l, struct conn *c)
{
	int method = l->o->user == NULL ? 0 : 2, n;

	switch (c->state) {
	case CONN_CONNECTING:
		conn_await(l, c, EPOLLIN);
		if (l->o->plain == 0)
			return send_hello(l, c);
		conn_opened(l, c);
		return 0;
	case CONN_METHOD:
		if ((n = read_reply(c, 2)) != 1)
			return n;
		if (c->reply[0] != 5 || c->reply[1] != method)
			return -1;
		return method == 2 ? send_login(l, c) : send_request(l, c);
	case CONN_LOGIN:
		if ((n = read_reply(c, 2)) != 1)
			return n;
		if (c->reply[0] != 1 || c->reply[1] != 0)
			return -1;
		return send_request(l, c);
	case CONN_REPLY:
		/* We asked for an IPv4 address and are told of one. */
		if ((n = read_reply(c, 10)) != 1)
			return n;
		if (c->reply[1] != 0 || c->reply[3] != 1)
			return -1;
		conn_opened(l, c);
		return 0;
	case CONN_CLOSED:
	case CONN_OPEN:
		break;
	}
	return -1;
}

/* One method is offered: the one that we want. */
static int
send_hello(const struct load *l, struct conn *c)
{
	const unsigned char hello[] = { 5, 1, l->o->user == NULL ? 0 : 2 };

	c->state = CONN_METHOD;
	c->got = 0;
	return send_all(c, hello, sizeof(hello));
}

/* RFC 1929; main() has looked at the lengths. */
static int
send_login(const struct load *l, struct conn *c)
{
	unsigned char login[3 + 2 * LOAD_NAME_MAX];
	size_t        user = strlen(l->o->user), pass = strlen(l->o->pass);

	login[0] = 1;
	login[1] = (unsigned char)user;
	memcpy(login + 2, l->o->user, user);
	login[2 + user] = (unsigned char)pass;
	memcpy(login + 3 + user, l->o->pass, pass);
	c->state = CONN_LOGIN;
	c->got = 0;
	return send_all(c, login, 3 + user + pass);
}

static int
send_request(const struct load *l, struct conn *c)
{
	unsigned char request[] = { 5, 1, 0, 1, 127, 0, 0, 1, 0, 0 };
	uint16_t      target = c->target != 0 ? c->target : l->target;

	if (l->udp != NULL) {
		/* From where its datagrams will come is not said. */
		request[1] = 3;
		memset(request + 4, 0, 4);
		target = 0;
	}
	request[8] = target >> 8;
	request[9] = target & 0xff;
	c->state = CONN_REPLY;
	c->got = 0;
	return send_all(c, request, sizeof(request));
}

static int
send_all(struct conn *c, const void *p, size_t len)
{
	return send(c->fd, p, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

/* 1 when so many bytes are there, 0 while not, -1 if they will not come. */
static int
read_reply(struct conn *c, unsigned int want)
{
	ssize_t n;

	if ((n = read(c->fd, c->reply + c->got, want - c->got)) == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	c->got += (unsigned int)n;
	return c->got == want;
}

static void
conn_opened(struct load *l, struct conn *c)
{
	c->state = CONN_OPEN;
	l->on_open(l, c);
}

void
conn_open(struct load *l, struct conn *c)
{
	struct sockaddr_in sin;
	struct epoll_event ev;
	int                one = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(l->o->proxy);
	c->state = CONN_CONNECTING;
	c->sent = c->rcvd = 0;
	c->got = 0;
	c->start = now_ns();
	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		 0)) == -1)
		err(1, "socket");
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 &&
	    errno != EINPROGRESS)
		err(1, "connect to port %u", l->o->proxy);
	ev.events = EPOLLOUT;
	ev.data.ptr = c;
	if (epoll_ctl(l->epfd, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

void
conn_await(struct load *l, struct conn *c, uint32_t events)
{
	struct epoll_event ev;

	ev.events = events;
	ev.data.ptr = c;
	if (epoll_ctl(l->epfd, EPOLL_CTL_MOD, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

void
conn_close(struct conn *c)
{
	(void)close(c->fd);
	c->fd = -1;
	c->state = CONN_CLOSED;
}

void
conn_reset(struct conn *c)
{
	const struct linger reset = { 1, 0 };

	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	conn_close(c);
}

uint64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void
sleep_ms(unsigned int ms)
{
	struct timespec ts;

	ts.tv_sec = ms / 1000;
	ts.tv_nsec = (long)(ms % 1000) * 1000000;
	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}
