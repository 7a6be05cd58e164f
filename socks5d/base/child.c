/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How a child comes to life and reports, see child.h.  The walls themselves
 * are in child_confine.c.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "compat/nitems.h"

/* A sanitizer reports on stderr, so it keeps that one. */
#ifdef SANITIZE
#define NULL_FDS 2
#else
#define NULL_FDS 3
#endif

extern char **environ;

static void child_signals(void);
static void child_check_channel(void);
static void child_null_stdio(void);
static void child_read_start(struct child *, enum proc_id);
static void child_take_start(struct child *, enum proc_id, struct msg *);
static void child_wait(int);
static void child_environment(void);
static void child_preload(void);
static int  child_send_log(struct child *, enum log_level, const char *);

void
child_begin(struct child *c, enum proc_id role)
{
	memset(c, 0, sizeof(*c));
	c->root_fd = -1;

	child_signals();
	child_check_channel();
	closefrom(CHILD_CHANNEL_FD + 1);
	c->parent = channel_new(CHILD_CHANNEL_FD, role, PROC_PARENT, 0);
	if (c->parent == NULL)
		fatal("%s: channel", proc_name(role));
	log_set_sink(child_log, c);
	child_null_stdio();
	child_environment();
	child_preload();
	child_read_start(c, role);
	log_set_verbose((c->start.flags & START_VERBOSE) != 0);
}

void
child_ready(struct child *c)
{
	struct wbuf w;
	uint8_t     storage[WALLS_LEN];

	wbuf_init(&w, storage, sizeof(storage));
	msg_put_walls(&w, &c->walls);
	if (channel_send(c->parent, MSG_CHILD_READY, 0, &w, -1) == -1)
		fatal("%s: cannot report readiness", proc_name(c->start.role));
}

/*
 * The parent alone decides when a child ends, so that sessions can drain: it
 * says so, or closes the channel.  Ctrl-C and a service manager signal the
 * whole group or control group; children must not die before the parent has
 * had its say.  What is left to end one by hand is SIGKILL.
 */
static void
child_signals(void)
{
	static const int ignored[] = {
		SIGHUP,
		SIGINT,
		SIGQUIT,
		SIGTERM,
		SIGUSR1,
		SIGUSR2,
		SIGPIPE,
		SIGXFSZ,
	};
	struct sigaction sa;
	sigset_t         none;
	size_t           i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	(void)sigemptyset(&sa.sa_mask);
	for (i = 0; i < nitems(ignored); i++) {
		if (sigaction(ignored[i], &sa, NULL) == -1)
			fatal("sigaction");
	}
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		fatal("sigprocmask");
}

/* Somebody may have typed -x at a shell. */
static void
child_check_channel(void)
{
	socklen_t len;
	int       type;

	len = sizeof(type);
	if (getsockopt(CHILD_CHANNEL_FD, SOL_SOCKET, SO_TYPE, &type, &len) ==
		-1 ||
	    type != SOCK_SEQPACKET)
		fatalx("-x is for socks5d itself");
}

static void
child_null_stdio(void)
{
	int fd, null;

	if ((null = open("/dev/null", O_RDWR)) == -1)
		fatal("/dev/null");
	for (fd = 0; fd < NULL_FDS; fd++) {
		if (fd != null && dup2(null, fd) == -1)
			fatal("/dev/null");
	}
	if (null > CHILD_CHANNEL_FD)
		(void)close(null);
}

static void
child_read_start(struct child *c, enum proc_id role)
{
	struct msg *m;

	for (;;) {
		switch (channel_recv(c->parent, &m)) {
		case CHANNEL_MSG:
			child_take_start(c, role, m);
			return;
		case CHANNEL_AGAIN:
			child_wait(channel_fd(c->parent));
			break;
		case CHANNEL_CLOSED:
			_exit(1);
		case CHANNEL_BAD:
			fatalx("%s: start: %s", proc_name(role),
			    channel_error(c->parent));
		}
	}
}

static void
child_take_start(struct child *c, enum proc_id role, struct msg *m)
{
	const char *name = proc_name(role);

	if (m->type != MSG_CHILD_START)
		fatalx("%s: start: got %s instead", name, msg_name(m->type));
	if (msg_get_start(m, &c->start) == -1)
		fatalx("%s: start: malformed", name);
	if (c->start.version != MSG_VERSION)
		fatalx("%s: start: version mismatch with the parent", name);
	if (c->start.role != role)
		fatalx("%s: start: meant for %s", name,
		    proc_name(c->start.role));
	c->root_fd = msg_take_fd(m);
	if ((c->root_fd == -1) != ((c->start.flags & START_NO_ROOT) != 0))
		fatalx("%s: start: root directory does not match", name);
}

static void
child_wait(int fd)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
		fatal("poll");
}

/*
 * The parent gave nothing but the time zone, see parent/zone.h.  Without TZ
 * libc would look for the file of it at each call.
 */
static void
child_environment(void)
{
	const char *given = getenv("TZ");
	char       *zone;

	if ((zone = strdup(given == NULL ? ":/etc/localtime" : given)) == NULL)
		fatal("TZ");
	environ = NULL;
	if (setenv("TZ", zone, 1) == -1)
		fatal("TZ");
	free(zone);
}

/* What libc reads or allocates at the first use must be used before. */
static void
child_preload(void)
{
	time_t    now;
	uint32_t  any;
	struct tm tm;

	tzset();
	now = time(NULL);
	(void)localtime_r(&now, &tm);
	arc4random_buf(&any, sizeof(any));
	(void)strerror(EINVAL);
}

/* If it cannot be said, the silence says enough. */
void
child_pong(struct child *c, const struct msg *m)
{
	(void)channel_send(c->parent, MSG_CHILD_PONG, m->id, NULL, -1);
}

/*
 * The log sink.  It queues and never waits; what does not fit any more is
 * counted and the count is told when there is room.  A line that sending
 * itself causes is dropped, or it would call for the next one.
 */
void
child_log(void *arg, enum log_level level, const char *line)
{
	struct child *c = arg;
	char          lost[64];
	int           saved_errno;

	if (c->logging)
		return;
	saved_errno = errno;
	c->logging = 1;
	if (c->lost_lines > 0) {
		(void)snprintf(lost, sizeof(lost), "%s: %u log lines lost",
		    proc_name(c->start.role), c->lost_lines);
		if (child_send_log(c, LOG_LEVEL_WARN, lost) == 0)
			c->lost_lines = 0;
	}
	if (child_send_log(c, level, line) == -1)
		c->lost_lines++;
	c->logging = 0;
	errno = saved_errno;
}

static int
child_send_log(struct child *c, enum log_level level, const char *line)
{
	struct wbuf w;
	uint8_t     storage[LOG_LINE_MAX + 16];

	wbuf_init(&w, storage, sizeof(storage));
	msg_put_log(&w, level, line);
	return channel_send(c->parent, MSG_CHILD_LOG, 0, &w, -1);
}
