/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Target servers: a process each, one loop over epoll.
 *
 * They end with the process that started them.  None of them checks who the
 * client is; they listen on loopback.
 */

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "target.h"

#define EVENTS_MAX 256
#define BACKLOG    4096

static char buf[LOAD_BUFSIZE];

static int            target_listen(uint16_t *);
_Noreturn static void target_serve(enum target_kind, int);
static void           serve_accept(int, int, uint32_t);
static int            serve_echo(struct served *);
static int            serve_sink(struct served *);
static int            serve_source(struct served *);

static int (*const serve[TARGET_MAX])(struct served *) = {
	[TARGET_ECHO] = serve_echo,
	[TARGET_SINK] = serve_sink,
	[TARGET_SOURCE] = serve_source,
	[TARGET_SCRIPT] = serve_script,
};

pid_t
target_start(enum target_kind kind, uint16_t *port)
{
	pid_t pid, parent = getpid();
	int   fd;

	fd = target_listen(port);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		target_serve(kind, fd);
	}
	(void)close(fd);
	return pid;
}

void
target_stop(pid_t pid)
{
	if (pid == 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static int
target_listen(uint16_t *port)
{
	struct sockaddr_in sin;
	socklen_t          len = sizeof(sin);
	int                fd, one = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(*port);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, BACKLOG) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "target");
	*port = ntohs(sin.sin_port);
	return fd;
}

static void
target_serve(enum target_kind kind, int lfd)
{
	struct epoll_event ev[EVENTS_MAX], e;
	struct served     *c;
	int                epfd, i, n;

	if ((epfd = epoll_create1(0)) == -1)
		err(1, "epoll");
	e.events = EPOLLIN;
	e.data.ptr = NULL;
	if (epoll_ctl(epfd, EPOLL_CTL_ADD, lfd, &e) == -1)
		err(1, "epoll_ctl");
	for (;;) {
		if ((n = epoll_wait(epfd, ev, EVENTS_MAX, -1)) == -1) {
			if (errno != EINTR)
				err(1, "epoll_wait");
			continue;
		}
		for (i = 0; i < n; i++) {
			if ((c = ev[i].data.ptr) == NULL)
				serve_accept(epfd, lfd,
				    kind == TARGET_SOURCE ? EPOLLOUT : EPOLLIN);
			else if (serve[kind](c) == -1) {
				(void)close(c->fd);
				free(c);
			}
		}
	}
}

static void
serve_accept(int epfd, int lfd, uint32_t events)
{
	struct epoll_event ev;
	struct served     *c;
	int                fd, one = 1;

	while ((fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof(one));
		if ((c = calloc(1, sizeof(*c))) == NULL)
			err(1, "target");
		c->fd = fd;
		c->epfd = epfd;
		c->events = events;
		ev.events = events;
		ev.data.ptr = c;
		if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) == -1)
			err(1, "epoll_ctl");
	}
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
		err(1, "target");
}

void
served_await(struct served *c, uint32_t events)
{
	struct epoll_event ev;

	if (events == c->events)
		return;
	c->events = events;
	ev.events = events;
	ev.data.ptr = c;
	if (epoll_ctl(c->epfd, EPOLL_CTL_MOD, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

void
served_reset(struct served *c)
{
	const struct linger reset = { 1, 0 };

	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

/* Its clients never have more under way than a socket takes at once. */
static int
serve_echo(struct served *c)
{
	ssize_t n;

	if ((n = read(c->fd, buf, sizeof(buf))) == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0 || send(c->fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
		return -1;
	return 0;
}

/*
 * The first eight bytes say how many there will be with themselves; when all
 * are there, one goes back.  Not every proxy passes on the end of one way
 * only, so that cannot be the sign.
 */
static int
serve_sink(struct served *c)
{
	ssize_t n;

	if ((n = read(c->fd, buf, sizeof(buf))) == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	if (c->got == 0) {
		if (n < (ssize_t)sizeof(c->want))
			return -1;
		memcpy(&c->want, buf, sizeof(c->want));
	}
	c->got += (uint64_t)n;
	if (c->got == c->want)
		(void)send(c->fd, "+", 1, MSG_NOSIGNAL);
	return c->got > c->want ? -1 : 0;
}

static int
serve_source(struct served *c)
{
	if (send(c->fd, buf, sizeof(buf), MSG_NOSIGNAL) == -1 &&
	    errno != EAGAIN && errno != EINTR)
		return -1;
	return 0;
}
