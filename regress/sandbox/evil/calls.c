/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Attacks by system call: to reach a target, or to take what is not ours.
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "evil.h"

struct sockaddr_in
evil_target(const struct evil *e)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)e->port);
	return sin;
}

static void
by_socket(struct evil *e, struct channel *ch)
{
	struct sockaddr_in sin = evil_target(e);
	int                s;

	s = socket(AF_INET, SOCK_STREAM, 0);
	(void)connect(s, (struct sockaddr *)&sin, sizeof(sin));
}

static void
by_reconnect(struct evil *e, struct channel *ch)
{
	struct sockaddr_in sin = evil_target(e);
	struct sockaddr    none;

	memset(&none, 0, sizeof(none));
	(void)connect(e->client, &none, sizeof(none));
	(void)connect(e->client, (struct sockaddr *)&sin, sizeof(sin));
}

static void
by_fast_open(struct evil *e, struct channel *ch)
{
	struct sockaddr_in sin = evil_target(e);

	(void)sendto(e->client, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&sin,
	    sizeof(sin));
}

static void
by_shutdown(struct evil *e, struct channel *ch)
{
	(void)shutdown(e->client, SHUT_RDWR);
	by_fast_open(e, ch);
}

static void
by_open(struct evil *e, struct channel *ch)
{
	char buf[64];
	int  fd;

	fd = open("/etc/shadow", O_RDONLY);
	if (fd == -1 || read(fd, buf, sizeof(buf)) > 0)
		(void)execl("/bin/sh", "sh", NULL);
}

static void
by_kill(struct evil *e, struct channel *ch)
{
	(void)kill(-1, SIGKILL);
}

/* A descriptor for somebody who expects none, or wants one of us. */
static void
by_sendmsg(struct evil *e, struct channel *ch)
{
	union {
		struct cmsghdr align;
		char           space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr   mh;
	struct iovec    iov;
	struct cmsghdr *cmsg;
	uint8_t         packet[MSG_HEADER_LEN];
	int             fd = CHILD_CHANNEL_FD;

	memset(&mh, 0, sizeof(mh));
	memset(&control, 0, sizeof(control));
	memset(packet, 0, sizeof(packet));
	packet[3] = MSG_SESSION_OPEN;
	iov.iov_base = packet;
	iov.iov_len = sizeof(packet);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = &control;
	mh.msg_controllen = sizeof(control.space);
	cmsg = CMSG_FIRSTHDR(&mh);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	(void)sendmsg(channel_fd(ch), &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* To have what is behind a proxy's answer, or to learn where it is. */
static void
by_take(struct evil *e, struct channel *ch)
{
	char buf[64];

	(void)recvfrom(e->client, buf, sizeof(buf), 0, NULL, NULL);
}

static void
by_name(struct evil *e, struct channel *ch)
{
	struct sockaddr_in sin;
	socklen_t          len = sizeof(sin);
	char               buf[64];

	(void)recvfrom(e->client, buf, sizeof(buf), MSG_PEEK,
	    (struct sockaddr *)&sin, &len);
}

const struct attack attacks_calls[] = {
	{ "socket", MSG_NONE, NEED_NOTHING, by_socket, NULL },
	{ "open", MSG_NONE, NEED_NOTHING, by_open, NULL },
	{ "kill", MSG_NONE, NEED_NOTHING, by_kill, NULL },
	{ "sendmsg", MSG_NONE, NEED_NOTHING, by_sendmsg, NULL },
	{ "reconnect", MSG_NONE, NEED_SESSION, by_reconnect, NULL },
	{ "fastopen", MSG_NONE, NEED_SESSION, by_fast_open, NULL },
	{ "shutdown", MSG_NONE, NEED_SESSION, by_shutdown, NULL },
	{ "take", MSG_NONE, NEED_QUESTION, by_take, NULL },
	{ "name", MSG_NONE, NEED_QUESTION, by_name, NULL },
	{ "hashed-never", MSG_NONE, NEED_QUESTION, by_socket, NULL },
	{ "job-dies", MSG_NONE, NEED_QUESTION, by_socket, NULL },
	{ "turn", MSG_NONE, NEED_QUESTION, by_reconnect, NULL },
	{ "turn-fastopen", MSG_NONE, NEED_QUESTION, by_fast_open, NULL },
	{ "turn-shutdown", MSG_NONE, NEED_QUESTION, by_shutdown, NULL },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
