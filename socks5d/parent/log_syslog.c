/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Log lines to the log daemon of this host: see log_syslog.h.
 *
 * syslog(3) waits for a log daemon that does not read, for as long as it likes;
 * here nobody waits.  A message has the form of RFC 3164, as all log daemons
 * read it, with the time in the zone of this host as it was at the start.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "parent/log_out.h"
#include "parent/log_syslog.h"

/* A log daemon that is not there is looked for so often at most. */
#define AWAY_MS 500

/* One that has not read for so long may be another one by now. */
#define STUCK_MS 2000

/* RFC 3164, section 4.1: what every receiver takes. */
#define SHORT_LINE 1024

static enum log_sent syslog_write(const char *, size_t, size_t *);
static int           syslog_is_stuck(void);
static int           syslog_connect(void);
static int           syslog_socket(int);
static void          syslog_close(void);

static struct sockaddr_un sun;
static int                fd = -1;
static int                is_stream;
static uint64_t           away_ms;  /* 0: not away */
static uint64_t           stuck_ms; /* since then; 0: it reads */

/* Taken when the daemon starts, so that the first line finds it. */
void
log_syslog_open(const char *path)
{
	syslog_close();
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	(void)strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	away_ms = 0;
	(void)syslog_connect();
}

size_t
log_syslog_line(int priority, const char *line, char *dst, size_t size)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm         tm;
	time_t            now = time(NULL);
	int               n;

	if (localtime_r(&now, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	n = snprintf(dst, size, "<%d>%s %2d %02d:%02d:%02d socks5d[%d]: %s",
	    LOG_DAEMON | priority, months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (int)getpid(), line);
	if (n < 0)
		return 0;
	return (size_t)n >= size ? size - 1 : (size_t)n;
}

int
log_syslog_fd(void)
{
	return fd;
}

/* A log daemon that was started again has another socket. */
enum log_sent
log_syslog_send(const char *text, size_t len, size_t *done)
{
	enum log_sent sent;
	int           fresh;

	for (;;) {
		fresh = fd == -1;
		if (fresh && syslog_connect() == -1)
			return LOG_AWAY;
		sent = syslog_write(text, len, done);
		if (sent == LOG_FULL && syslog_is_stuck() && !fresh)
			sent = LOG_AWAY;
		if (sent != LOG_AWAY)
			break;
		syslog_close();
		*done = 0;
		if (fresh) {
			away_ms = clock_ms();
			return LOG_AWAY;
		}
	}
	if (sent != LOG_FULL)
		stuck_ms = 0;
	return sent;
}

static int
syslog_is_stuck(void)
{
	uint64_t now = clock_ms();

	if (stuck_ms == 0)
		stuck_ms = now;
	if (now - stuck_ms < STUCK_MS)
		return 0;
	stuck_ms = now;
	return 1;
}

/* LOG_AWAY if nobody is there any more. */
static enum log_sent
syslog_write(const char *text, size_t len, size_t *done)
{
	ssize_t n;

	/* In a stream it is the NUL that ends a message. */
	while (*done < len + (is_stream ? 1 : 0)) {
		n = send(fd, text + *done, len + (is_stream ? 1 : 0) - *done,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			*done += (size_t)n;
			continue;
		}
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
		case ENOBUFS:
		case ENOMEM:
			return LOG_FULL;
		case EMSGSIZE:
			if (len <= SHORT_LINE)
				return LOG_NEVER;
			len = SHORT_LINE;
			break;
		default:
			return LOG_AWAY;
		}
	}
	return LOG_SENT;
}

static int
syslog_connect(void)
{
	uint64_t now = clock_ms();

	if (away_ms != 0 && now - away_ms < AWAY_MS)
		return -1;
	is_stream = 0;
	if ((fd = syslog_socket(SOCK_DGRAM)) == -1 && errno == EPROTOTYPE) {
		is_stream = 1;
		fd = syslog_socket(SOCK_STREAM);
	}
	away_ms = fd == -1 ? now : 0;
	return fd == -1 ? -1 : 0;
}

static int
syslog_socket(int type)
{
	int s, save;

	if ((s = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(s, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return s;
	save = errno;
	(void)close(s);
	errno = save;
	return -1;
}

static void
syslog_close(void)
{
	if (fd != -1)
		(void)close(fd);
	fd = -1;
}
