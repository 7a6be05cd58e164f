/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Plays the rest of the daemon to one role: see driver.h.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/wire.h"
#include "driver.h"

static void           start(struct driver *);
static _Noreturn void child(const struct driver *, int);
static void           send_start(struct driver *);
static void           peer(struct driver *, enum proc_id);
static void           turn(struct driver *, uint64_t);
static void           receive(struct driver *, enum proc_id);
static void           on_parent(struct driver *, const struct msg *);
static void           line_do(struct driver *, char *);
static void           wait_answers(struct driver *, unsigned int);
static void           logged(struct driver *, const char *);
static int            emit(void *, enum msg_type, const struct wbuf *, int);
static void           pair(int *);

int
driver_main(struct driver *d)
{
	char line[1024];
	int  i, status;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	driver_conf_renew(d);
	start(d);
	while (fgets(line, sizeof(line), stdin) != NULL)
		line_do(d, line);
	driver_send_number(d->channel[PROC_PARENT], MSG_CHILD_STOP, 0);
	if (waitpid(d->pid, &status, 0) == -1)
		err(1, "waitpid");
	if (status != 0)
		errx(1, "%s ended with status %#x", proc_name(d->role),
		    (unsigned)status);
	conf_free(d->conf);
	for (i = 0; i < PROC_MAX; i++)
		channel_free(d->channel[i]);
	return 0;
}

static void
start(struct driver *d)
{
	size_t i;
	int    sv[2];

	pair(sv);
	if ((d->pid = fork()) == -1)
		err(1, "fork");
	if (d->pid == 0)
		child(d, sv[1]);
	(void)close(sv[1]);
	if ((d->channel[PROC_PARENT] = channel_new(sv[0], PROC_PARENT, d->role,
		 0)) == NULL)
		err(1, "channel");
	send_start(d);
	for (i = 0; i < sizeof(d->peers) / sizeof(d->peers[0]); i++)
		if (d->peers[i] != PROC_PARENT)
			peer(d, d->peers[i]);
}

static _Noreturn void
child(const struct driver *d, int fd)
{
	struct child c;

	if (fd != CHILD_CHANNEL_FD && dup2(fd, CHILD_CHANNEL_FD) == -1)
		err(1, "dup2");
	child_begin(&c, d->role);
	d->run(&c);
	_exit(1);
}

/* An unlinked directory makes the best empty root. */
static void
send_start(struct driver *d)
{
	char             dir[] = "/tmp/driver.XXXXXX";
	uint8_t          space[128];
	struct msg_start s;
	struct rlimit    rl;
	struct wbuf      b;
	int              fd = -1;

	memset(&s, 0, sizeof(s));
	s.version = MSG_VERSION;
	s.role = d->role;
	s.flags = START_VERBOSE;
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		err(1, "getrlimit");
	s.nofile = rl.rlim_cur < 512 ? (uint32_t)rl.rlim_cur : 512;
	if (geteuid() == 0) {
		s.uid = s.gid = 65534;
		if (mkdtemp(dir) == NULL ||
		    (fd = open(dir, O_RDONLY | O_DIRECTORY)) == -1 ||
		    rmdir(dir) == -1)
			err(1, "%s", dir);
	} else {
		s.uid = getuid();
		s.gid = getgid();
		s.flags |= START_ROOTLESS | START_NO_ROOT;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_start(&b, &s);
	driver_send(d->channel[PROC_PARENT], MSG_CHILD_START, 0, &b, fd);
}

static void
peer(struct driver *d, enum proc_id id)
{
	struct msg_peer p;
	uint8_t         space[16];
	struct wbuf     b;
	int             sv[2];

	pair(sv);
	if ((d->channel[id] = channel_new(sv[0], id, d->role, 0)) == NULL)
		err(1, "channel");
	memset(&p, 0, sizeof(p));
	p.role = id;
	wbuf_init(&b, space, sizeof(space));
	msg_put_peer(&b, &p);
	driver_send(d->channel[PROC_PARENT], MSG_CHILD_PEER, 0, &b, sv[1]);
}

void
driver_router(struct driver *d)
{
	channel_free(d->channel[PROC_ROUTER]);
	peer(d, PROC_ROUTER);
}

/* Serves whatever comes until one more message came, or dies waiting. */
static void
turn(struct driver *d, uint64_t deadline)
{
	struct pollfd   pfd[PROC_MAX];
	struct channel *c;
	uint64_t        now;
	int             i;

	if ((now = clock_ms()) >= deadline)
		errx(1, "waited in vain");
	for (i = 0; i < PROC_MAX; i++) {
		c = d->channel[i];
		pfd[i].fd = c == NULL ? -1 : channel_fd(c);
		pfd[i].events = POLLIN;
		if (c != NULL && channel_wants_write(c))
			pfd[i].events |= POLLOUT;
		pfd[i].revents = 0;
	}
	if (poll(pfd, PROC_MAX, (int)(deadline - now)) == -1)
		err(1, "poll");
	for (i = 0; i < PROC_MAX; i++) {
		if ((pfd[i].revents & POLLOUT) != 0)
			(void)channel_flush(d->channel[i]);
		if ((pfd[i].revents & ~POLLOUT) != 0)
			receive(d, (enum proc_id)i);
	}
}

void
driver_until(struct driver *d, const int *what, int value)
{
	uint64_t deadline;

	deadline = clock_ms() + DRIVER_WAIT_MS;
	while (*what < value)
		turn(d, deadline);
}

static void
receive(struct driver *d, enum proc_id from)
{
	struct channel *c = d->channel[from];
	struct msg     *m;

	switch (channel_recv(c, &m)) {
	case CHANNEL_AGAIN:
		return;
	case CHANNEL_BAD:
		errx(1, "%s: %s", proc_name(d->role), channel_error(c));
	case CHANNEL_CLOSED:
		if (from == PROC_PARENT)
			errx(1, "the %s died", proc_name(d->role));
		if (from != PROC_ROUTER)
			errx(1, "channel closed");
		channel_free(c);
		d->channel[from] = NULL;
		return;
	case CHANNEL_MSG:
		break;
	}
	if (from == PROC_PARENT)
		on_parent(d, m);
	else
		d->on_msg(d, m);
}

static void
on_parent(struct driver *d, const struct msg *m)
{
	struct msg_log log;

	switch (m->type) {
	case MSG_CHILD_LOG:
		if (msg_get_log(m, &log) == -1)
			return;
		fprintf(stderr, "%s: %s\n", proc_name(d->role), log.line);
		d->nlog += (size_t)snprintf(d->log + d->nlog,
		    sizeof(d->log) - d->nlog, "%s\n", log.line);
		if (d->nlog >= sizeof(d->log))
			errx(1, "too much is logged");
		return;
	case MSG_CHILD_READY:
		return;
	case MSG_CONF_READY:
		d->ready++;
		return;
	case MSG_CHILD_BAD_PEER:
		d->told++;
		return;
	default:
		errx(1, "unexpected %s", msg_name(m->type));
	}
}

static void
line_do(struct driver *d, char *line)
{
	char *word[DRIVER_WORDS] = { NULL };
	int   n = 0;

	while (n < DRIVER_WORDS && (word[n] = strsep(&line, " \n")) != NULL &&
	    *word[n] != '\0')
		n++;
	if (n == 0)
		return;
	if (strcmp(word[0], "wait") == 0 && n == 2)
		wait_answers(d, driver_number(word[1], UINT32_MAX));
	else if (strcmp(word[0], "router") == 0)
		driver_router(d);
	else if (strcmp(word[0], "log") == 0 && n == 2)
		logged(d, word[1]);
	else
		d->on_line(d, word, n);
}

static void
wait_answers(struct driver *d, unsigned int n)
{
	uint64_t deadline;

	deadline = clock_ms() + DRIVER_WAIT_MS;
	for (n += d->answers; d->answers < n;)
		turn(d, deadline);
}

static void
logged(struct driver *d, const char *word)
{
	const char *at;
	uint64_t    deadline;

	deadline = clock_ms() + DRIVER_WAIT_MS;
	while ((at = strstr(d->log + d->seen, word)) == NULL)
		turn(d, deadline);
	d->seen = (size_t)(at - d->log) + strcspn(at, "\n");
}

void
driver_prepare(struct driver *d)
{
	d->conf->generation = ++d->generation;
	if (conf_send(d->conf, d->role, emit, d) == -1)
		errx(1, "conf_send");
	driver_until(d, &d->ready, d->ready + 1);
}

void
driver_commit(struct driver *d)
{
	driver_prepare(d);
	driver_send_number(d->channel[PROC_PARENT], MSG_CONF_COMMIT,
	    d->generation);
}

void
driver_conf_renew(struct driver *d)
{
	conf_free(d->conf);
	if ((d->conf = conf_new()) == NULL)
		err(1, "conf");
}

static int
emit(void *arg, enum msg_type type, const struct wbuf *b, int fd)
{
	struct driver *d = arg;

	return channel_send(d->channel[PROC_PARENT], type, 0, b, -1);
}

void
driver_refused(struct driver *d)
{
	uint64_t deadline;

	driver_until(d, &d->told, d->told + 1);
	deadline = clock_ms() + DRIVER_WAIT_MS;
	while (d->channel[PROC_ROUTER] != NULL)
		turn(d, deadline);
	printf("refused\n");
}

void
driver_send_number(struct channel *c, enum msg_type type, uint32_t n)
{
	uint8_t     space[8];
	struct wbuf b;

	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, n);
	driver_send(c, type, 0, &b, -1);
}

void
driver_send(struct channel *c, enum msg_type type, uint64_t id,
    const struct wbuf *b, int fd)
{
	if (channel_send(c, type, id, b, fd) == -1)
		err(1, "%s", msg_name(type));
	if (channel_flush(c) == -1)
		err(1, "flush");
}

static void
pair(int *sv)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		err(1, "socketpair");
}

uint32_t
driver_number(const char *text, uint32_t max)
{
	const char *why;
	uint32_t    n;

	n = (uint32_t)strtonum(text, 0, max, &why);
	if (why != NULL)
		errx(1, "%s: %s", text, why);
	return n;
}
