/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Processes that do for the parent what a disk may hold up: see writer.h.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/packet.h"
#include "base/confine.h"
#include "compat/nitems.h"
#include "parent/state.h"
#include "parent/writer.h"

#define WRITER_FD 3

static void writer_child(int, pid_t, void (*)(void *, struct writer_result *),
    void *);
static void child_signals(void);
static void child_descriptors(int);
static void child_answer(const struct writer_result *);
static void child_quiet(void *, enum log_level, const char *);
static void writer_answer(int, struct writer_result *);
static void writer_end(struct writer *, struct writer_result *);
static void writer_late_cb(evutil_socket_t, short, void *);

int
writer_init(struct parent *p, struct writer *w)
{
	memset(w, 0, sizeof(*w));
	w->parent = p;
	w->sock = -1;
	w->late = 1;
	if ((w->deadline = evtimer_new(p->base, writer_late_cb, w)) == NULL)
		return -1;
	SLIST_INSERT_HEAD(&p->writers, w, entry);
	return 0;
}

void
writer_clear(struct writer *w)
{
	SLIST_REMOVE(&w->parent->writers, w, writer, entry);
	event_free(w->deadline);
}

int
writer_start(struct writer *w, unsigned int seconds,
    void (*work)(void *, struct writer_result *),
    void (*done)(void *, struct writer_result *), void *arg)
{
	pid_t self;
	int   pair[2], save;

	if (w->pid != 0) {
		errno = EBUSY;
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) == -1)
		return -1;
	self = getpid();
	switch (w->pid = fork()) {
	case -1:
		save = errno;
		w->pid = 0;
		(void)close(pair[0]);
		(void)close(pair[1]);
		errno = save;
		return -1;
	case 0:
		writer_child(pair[1], self, work, arg);
		_exit(0);
	default:
		break;
	}
	(void)close(pair[1]);
	w->sock = pair[0];
	w->late = w->killed = 0;
	w->done = done;
	w->arg = arg;
	writer_hurry(w, seconds);
	return 0;
}

int
writer_is_busy(const struct writer *w)
{
	return w->late == 0;
}

void
writer_hurry(struct writer *w, unsigned int seconds)
{
	struct timeval tv = { (time_t)seconds, 0 };

	(void)event_add(w->deadline, &tv);
}

void
writer_cancel(struct writer *w)
{
	if (w->late)
		return;
	w->late = 1;
	(void)event_del(w->deadline);
	(void)close(w->sock);
	w->sock = -1;
	(void)kill(w->pid, SIGKILL);
}

/* --- in the process of its own ------------------------------------------ */

/*
 * It has no listener, no channel and no client; and it ends with the parent,
 * or what it is late with would replace what the next daemon has written.
 */
static void
writer_child(int sock, pid_t                            parent,
    void (*work)(void *, struct writer_result *), void *arg)
{
	struct writer_result res;

	log_set_sink(child_quiet, NULL);
	child_signals();
	child_descriptors(sock);
	memset(&res, 0, sizeof(res));
	res.fd = -1;
	if (confine_writer(parent) == -1)
		writer_failed(&res, strerror(errno));
	else
		work(arg, &res);
	child_answer(&res);
}

static void
child_quiet(void *arg, enum log_level level, const char *line)
{
}

/* A signal for the whole group is for the parent, who has its say. */
static void
child_signals(void)
{
	static const int signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	struct sigaction sa;
	size_t           i;

	memset(&sa, 0, sizeof(sa));
	(void)sigemptyset(&sa.sa_mask);
	for (i = 0; i < nitems(signals); i++) {
		sa.sa_handler = signals[i] == SIGCHLD ? SIG_DFL : SIG_IGN;
		(void)sigaction(signals[i], &sa, NULL);
	}
}

/* A file must not get the number of stderr. */
static void
child_descriptors(int sock)
{
	int fd, null;

	if (sock != WRITER_FD && dup2(sock, WRITER_FD) == -1)
		_exit(1);
	closefrom(WRITER_FD + 1);
	if ((null = open("/dev/null", O_RDWR)) == -1)
		_exit(1);
	for (fd = 0; fd < WRITER_FD; fd++)
		(void)dup2(null, fd);
	(void)close(null);
}

static void
child_answer(const struct writer_result *res)
{
	uint8_t     data[MSG_TEXT_SIZE + 128];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, res->failed != 0);
	wbuf_u8(&b, res->nothing != 0);
	wbuf_str16(&b, res->text);
	wbuf_u64(&b, (uint64_t)res->stat.dev);
	wbuf_u64(&b, (uint64_t)res->stat.ino);
	wbuf_u64(&b, (uint64_t)res->stat.size);
	wbuf_u64(&b, (uint64_t)res->stat.mtime.tv_sec);
	wbuf_u64(&b, (uint64_t)res->stat.mtime.tv_nsec);
	wbuf_u64(&b, (uint64_t)res->stat.ctime.tv_sec);
	wbuf_u64(&b, (uint64_t)res->stat.ctime.tv_nsec);
	(void)packet_write(WRITER_FD, data, b.len, &res->fd, res->fd != -1);
}

const char *
writer_why(int error)
{
	switch (error) {
	case EBUSY:
		return "it is mounted by itself, so no new file can take its "
		       "place: mount the folder that it is in";
	case EROFS:
		return "Read-only file system: a service of systemd has to "
		       "keep it in /var/lib/socks5d";
	case EACCES:
	case EPERM:
		return "Permission denied: a new file is made beside it, so "
		       "its folder must be writable, too";
	case ENOSPC:
	case EDQUOT:
		return "No space left for a new file beside it: it stays as "
		       "it is";
	default:
		return strerror(error);
	}
}

void
writer_failed(struct writer_result *res, const char *why)
{
	if (why == NULL)
		why = writer_why(errno);
	res->failed = 1;
	(void)strlcpy(res->text, why, sizeof(res->text));
}

/* --- in the parent ------------------------------------------------------ */

int
writer_reap(struct parent *p, pid_t pid, int status)
{
	struct writer_result res;
	struct writer       *w;

	SLIST_FOREACH(w, &p->writers, entry)
		if (w->pid == pid)
			break;
	if (w == NULL)
		return 0;
	w->pid = 0;
	memset(&res, 0, sizeof(res));
	res.fd = -1;
	if (w->late)
		return 1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		writer_answer(w->sock, &res);
	else {
		res.died = 1;
		writer_failed(&res,
		    w->killed ? "the disk does not answer" :
				"the writer process died");
	}
	writer_end(w, &res);
	return 1;
}

/* All of it is there, as the process is gone. */
static void
writer_answer(int sock, struct writer_result *res)
{
	uint8_t           data[PACKET_MAX];
	struct packet_fds fds;
	struct rbuf       b;
	ssize_t           n;

	fds.n = 0;
	if ((n = packet_read(sock, data, &fds)) <= 0 || n > PACKET_MAX) {
		writer_failed(res, "the writer process sent no result");
		return;
	}
	rbuf_init(&b, data, (size_t)n);
	res->failed = rbuf_u8(&b);
	res->nothing = rbuf_u8(&b);
	rbuf_str16(&b, res->text, sizeof(res->text));
	res->stat.dev = (dev_t)rbuf_u64(&b);
	res->stat.ino = (ino_t)rbuf_u64(&b);
	res->stat.size = (off_t)rbuf_u64(&b);
	res->stat.mtime.tv_sec = (time_t)rbuf_u64(&b);
	res->stat.mtime.tv_nsec = (long)rbuf_u64(&b);
	res->stat.ctime.tv_sec = (time_t)rbuf_u64(&b);
	res->stat.ctime.tv_nsec = (long)rbuf_u64(&b);
	if (rbuf_done(&b) == 0)
		writer_failed(res, "the writer process sent an invalid result");
	if (fds.n == 1)
		res->fd = fds.fd[0];
}

static void
writer_end(struct writer *w, struct writer_result *res)
{
	w->late = 1;
	(void)event_del(w->deadline);
	(void)close(w->sock);
	w->sock = -1;
	if (res->failed && !res->nothing && w->reads == 0)
		w->parent->counters.v[COUNTER_FILES_NOT_WRITTEN]++;
	w->done(w->arg, res);
}

static void
writer_late_cb(evutil_socket_t fd, short what, void *arg)
{
	struct writer_result res;
	struct writer       *w = arg;

	if (w->late)
		return;
	if (w->killed == 0) {
		w->killed = 1;
		(void)kill(w->pid, SIGKILL);
		writer_hurry(w, 1);
		return;
	}
	/* Not even that helps as long as it waits for the disk. */
	memset(&res, 0, sizeof(res));
	res.fd = -1;
	res.died = 1;
	writer_failed(&res, "the disk does not answer");
	writer_end(w, &res);
}
