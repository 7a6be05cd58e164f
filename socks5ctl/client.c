/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The connection to a daemon: see client.h.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/ctlpath.h"
#include "base/msg_codec.h"
#include "client.h"
#include "say.h"

static int  connect_default(char *, size_t);
static int  connect_to(const char *);
static void check_connected(int, const char *);
static void greet(struct channel *, const char *);
static int  wait_for(struct channel *, short, uint64_t);

struct channel *
client_open(const char *path)
{
	struct channel *ch;
	char            found[CTL_PATH_SIZE];
	int             fd;

	if (path != NULL) {
		fd = connect_to(path);
	} else {
		fd = connect_default(found, sizeof(found));
		path = found;
	}
	check_connected(fd, path);
	if ((ch = channel_new(fd, PROC_CTL, PROC_CONTROL, 0)) == NULL)
		give_up(EXIT_REFUSED, "%s: %s", path, strerror(errno));
	greet(ch, path);
	return ch;
}

/* Users may run a daemon of their own, or be in the group of root's. */
static int
connect_default(char *path, size_t size)
{
	int fd;

	if (ctl_default_path(path, size) == 0) {
		fd = connect_to(path);
		if (fd != -1 || (errno != ENOENT && errno != ECONNREFUSED))
			return fd;
	} else {
		complain("directory of this user's socket in /tmp: %s",
		    errno == EPERM ? "not owned by the user, or writable by "
				     "others" :
				     strerror(errno));
	}
	if (geteuid() == 0)
		return -1;
	(void)strlcpy(path, CTL_SYSTEM_PATH, size);
	return connect_to(path);
}

static int
connect_to(const char *path)
{
	const struct timeval limit = { GREETING_MS / 1000, 0 };
	struct sockaddr_un   sun;
	int                  fd, save;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	/* A daemon that accepts nothing fills its backlog; then this waits. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	save = errno;
	(void)close(fd);
	errno = save;
	return -1;
}

static void
check_connected(int fd, const char *path)
{
	if (fd != -1)
		return;
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
		give_up(EXIT_NO_DAEMON, "no daemon at %s", path);
	case EAGAIN:
		give_up(EXIT_NO_DAEMON, "the daemon at %s does not answer",
		    path);
	default:
		give_up(EXIT_REFUSED, "%s: %s", path, strerror(errno));
	}
}

/* The greeting is the one message that every version understands. */
static void
greet(struct channel *ch, const char *path)
{
	struct msg_result res;
	struct msg       *m;
	struct wbuf       b;
	uint8_t           space[8];
	uint32_t          version;

	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, MSG_VERSION);
	/* If it fails, what was sent to us says why. */
	(void)channel_send(ch, MSG_CTL_HELLO, 0, &b, -1);
	if (wait_for(ch, POLLIN, clock_ms() + GREETING_MS) == 0) {
		give_up(EXIT_NO_DAEMON, "the daemon at %s does not answer",
		    path);
	}
	if ((m = client_recv(ch, 0, &res)) == NULL)
		give_up(EXIT_REFUSED, "%s", res.text);
	if (m->type == MSG_CTL_DONE && msg_get_result(m, &res) == 0)
		give_up(EXIT_REFUSED, "%s", res.text);
	if (m->type != MSG_CTL_HELLO || msg_get_u32(m, &version) == -1)
		give_up(EXIT_REFUSED, "%s: no socks5d there", path);
	if (version != MSG_VERSION) {
		give_up(EXIT_REFUSED,
		    "the daemon speaks version %u of the "
		    "protocol, this socks5ctl version %u",
		    version, MSG_VERSION);
	}
}

void
client_send(struct channel *ch, enum msg_type type, const struct wbuf *b)
{
	if (channel_send(ch, type, 0, b, -1) == 0)
		return;
	/* Closed on us: if there was a reason, it can still be read. */
	if (errno != EPIPE)
		give_up(EXIT_REFUSED, "request: %s", strerror(errno));
}

struct msg *
client_recv(struct channel *ch, int patience_ms, struct msg_result *lost)
{
	struct msg *m;
	uint64_t    limit;

	limit = clock_ms() + (uint64_t)patience_ms;
	lost->result = RESULT_REFUSED;
	for (;;) {
		switch (channel_recv(ch, &m)) {
		case CHANNEL_MSG:
			return m;
		case CHANNEL_CLOSED:
			(void)strlcpy(lost->text,
			    "the daemon closed the "
			    "connection",
			    sizeof(lost->text));
			return NULL;
		case CHANNEL_BAD:
			(void)strlcpy(lost->text,
			    "the daemon sent a message "
			    "that this socks5ctl does not know",
			    sizeof(lost->text));
			return NULL;
		case CHANNEL_AGAIN:
			break;
		}
		if (wait_for(ch, POLLIN, limit) == 0) {
			(void)snprintf(lost->text, sizeof(lost->text),
			    "no "
			    "answer from the daemon within %d seconds",
			    patience_ms / 1000);
			return NULL;
		}
	}
}

/* 0 if the time is over. */
static int
wait_for(struct channel *ch, short what, uint64_t limit)
{
	struct pollfd pfd;
	uint64_t      now;
	int           n;

	pfd.fd = channel_fd(ch);
	pfd.events = what;
	do {
		now = clock_ms();
		n = poll(&pfd, 1, now < limit ? (int)(limit - now) : 0);
	} while (n == -1 && errno == EINTR);
	return n != 0;
}
