/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A target for datagrams: one process that sends each of them back to whom it
 * came from.
 *
 * It has UDP_TARGETS sockets on as many addresses of loopback, all with one
 * port, for loads over several destinations.  It reads and answers as many
 * datagrams in one system call as there are, so that the proxy has more of the
 * machine.
 */

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "udp.h"

static unsigned char      bufs[UDP_BATCH][UDP_DATAGRAM_MAX];
static struct sockaddr_in froms[UDP_BATCH];
static struct mmsghdr     msgs[UDP_BATCH];
static struct iovec       iovs[UDP_BATCH];

_Noreturn static void serve(const int *);
static int            target_bind(unsigned int, uint16_t *);
static void           echo(int);

pid_t
udp_target_start(uint16_t *port)
{
	pid_t        pid, parent = getpid();
	unsigned int i;
	int          fds[UDP_TARGETS];

	for (i = 0; i < UDP_TARGETS; i++)
		fds[i] = target_bind(i, port);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		serve(fds);
	}
	for (i = 0; i < UDP_TARGETS; i++)
		(void)close(fds[i]);
	return pid;
}

/* The first chooses the port of the others. */
static int
target_bind(unsigned int i, uint16_t *port)
{
	struct sockaddr_in sin;
	socklen_t          len = sizeof(sin);
	int                fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i);
	sin.sin_port = htons(*port);
	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "target for datagrams");
	*port = ntohs(sin.sin_port);
	udp_large_queue(fd);
	return fd;
}

void
udp_large_queue(int fd)
{
	int size = UDP_QUEUE;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ==
	    -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
}

static void
serve(const int *fds)
{
	struct epoll_event ev[UDP_TARGETS], e;
	int                epfd, i, n;

	for (i = 0; i < UDP_BATCH; i++) {
		iovs[i].iov_base = bufs[i];
		msgs[i].msg_hdr.msg_iov = &iovs[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_hdr.msg_name = &froms[i];
	}
	if ((epfd = epoll_create1(0)) == -1)
		err(1, "epoll");
	for (i = 0; i < UDP_TARGETS; i++) {
		e.events = EPOLLIN;
		e.data.fd = fds[i];
		if (epoll_ctl(epfd, EPOLL_CTL_ADD, fds[i], &e) == -1)
			err(1, "epoll_ctl");
	}
	for (;;) {
		if ((n = epoll_wait(epfd, ev, UDP_TARGETS, -1)) == -1 &&
		    errno != EINTR)
			err(1, "epoll_wait");
		for (i = 0; i < n; i++)
			echo(ev[i].data.fd);
	}
}

/* What cannot be sent is lost, and the client counts it. */
static void
echo(int fd)
{
	int i, n, sent;

	for (i = 0; i < UDP_BATCH; i++) {
		iovs[i].iov_len = UDP_DATAGRAM_MAX;
		msgs[i].msg_hdr.msg_namelen = sizeof(froms[i]);
	}
	if ((n = recvmmsg(fd, msgs, UDP_BATCH, 0, NULL)) == -1)
		return;
	for (i = 0; i < n; i++)
		iovs[i].iov_len = msgs[i].msg_len;
	for (i = 0; i < n; i += sent) {
		if ((sent = sendmmsg(fd, &msgs[i], (unsigned int)(n - i), 0)) <
		    1)
			sent = 1;
	}
}
