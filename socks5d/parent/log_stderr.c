/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Log lines to stderr: see log_stderr.h.
 *
 * stderr is shared with whoever started the daemon, so that making it
 * non-blocking would change it for them as well.  A pipe or a terminal is
 * opened once more instead, for a state of its own, and a socket is told with
 * each line.  Where that cannot be, a look comes before each write: a pipe with
 * room has some for PIPE_BUF bytes, and no line is longer.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "parent/log_out.h"
#include "parent/log_stderr.h"

#define OWN_STDERR "/proc/self/fd/2"

static int stderr_is_journal(const struct stat *);

static int fd = STDERR_FILENO; /* or one of our own for the same */
static int is_socket;
static int is_journal;

void
log_stderr_open(void)
{
	struct stat st;
	int         own;

	if (fd != STDERR_FILENO)
		(void)close(fd);
	fd = STDERR_FILENO;
	is_socket = 0;
	is_journal = 0;
	if (fstat(STDERR_FILENO, &st) == -1)
		return;
	is_socket = S_ISSOCK(st.st_mode);
	is_journal = stderr_is_journal(&st);
	if ((S_ISFIFO(st.st_mode) || isatty(STDERR_FILENO)) &&
	    (own = open(OWN_STDERR,
		 O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) != -1)
		fd = own;
}

int
log_stderr_is_journal(void)
{
	return is_journal;
}

/*
 * systemd.exec(5): the device and inode of the journal's stream.  A program
 * that was started by a service and has its stderr elsewhere inherits the
 * variable all the same.
 */
static int
stderr_is_journal(const struct stat *st)
{
	const char        *s;
	char              *end;
	unsigned long long dev, ino;

	if ((s = getenv("JOURNAL_STREAM")) == NULL)
		return 0;
	dev = strtoull(s, &end, 10);
	if (end == s || *end != ':')
		return 0;
	s = end + 1;
	ino = strtoull(s, &end, 10);
	return end != s && *end == '\0' && dev == st->st_dev &&
	    ino == st->st_ino;
}

int
log_stderr_fd(void)
{
	return fd;
}

enum log_sent
log_stderr_send(const char *text, size_t len, size_t *done)
{
	struct pollfd pfd = { fd, POLLOUT, 0 };
	ssize_t       n;

	while (*done < len) {
		if (poll(&pfd, 1, 0) == 0)
			return LOG_FULL;
		if (is_socket)
			n = send(fd, text + *done, len - *done,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		else
			n = write(fd, text + *done, len - *done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return LOG_FULL;
		if (n <= 0)
			return LOG_AWAY;
		*done += (size_t)n;
	}
	return LOG_SENT;
}
