/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A confined child without the daemon, see confined.h.
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confined.h"

#define NOFILE 64U

#define CONFINED_ID_OF(id, ...) PROC_##id,
const enum proc_id confined_roles[CONFINED_ROLES] = {
	PROC_CHILD_TABLE(CONFINED_ID_OF)
};

static _Noreturn void confined_main(struct confined *, int);
static void           confined_send_start(struct confined *);
static int            confined_root(void);
static int            confined_recv(struct confined *);

int
confined_start(struct confined *c)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		err(1, "socketpair");
	if ((c->pid = fork()) == -1)
		err(1, "fork");
	if (c->pid == 0)
		confined_main(c, sv[1]);
	(void)close(sv[1]);
	c->walls = 0;
	memset(&c->all, 0, sizeof(c->all));
	c->log[0] = '\0';
	c->channel = channel_new(sv[0], PROC_PARENT, c->role, 0);
	if (c->channel == NULL)
		err(1, "channel_new");
	confined_send_start(c);
	while (c->walls == 0) {
		if (confined_recv(c) == -1)
			return -1;
	}
	return 0;
}

int
confined_end(struct confined *c)
{
	int status;

	/* A child that waits for the parent sees it gone. */
	channel_free(c->channel);
	c->channel = NULL;
	if (waitpid(c->pid, &status, 0) != c->pid)
		err(1, "waitpid");
	return status;
}

int
filter_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static _Noreturn void
confined_main(struct confined *c, int channel)
{
	const gid_t  group = CONFINED_ID + 1;
	struct child child;

	/* What a child must get rid of. */
	if (open("/", O_RDONLY | O_DIRECTORY) == -1 ||
	    (geteuid() == 0 && setgroups(1, &group) == -1))
		err(1, "prepare the child");
	if ((c->flags & START_ROOTLESS) != 0 && geteuid() == 0) {
		/* As after an exec by that user. */
		if (setgroups(0, NULL) == -1 ||
		    setresgid(CONFINED_ID, CONFINED_ID, CONFINED_ID) == -1 ||
		    setresuid(CONFINED_ID, CONFINED_ID, CONFINED_ID) == -1 ||
		    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == -1)
			err(1, "become a user");
	}
	if (channel != CHILD_CHANNEL_FD &&
	    dup2(channel, CHILD_CHANNEL_FD) == -1)
		err(1, "dup2");
	child_begin(&child, c->role);
	if (c->prepare != NULL)
		c->prepare(c->arg);
	child_confine(&child);
	child_ready(&child);
	_exit(c->attack(c->arg));
}

static void
confined_send_start(struct confined *c)
{
	struct msg_start s;
	struct wbuf      w;
	uint8_t          storage[64];
	int              fd = -1;

	memset(&s, 0, sizeof(s));
	s.version = MSG_VERSION;
	s.role = c->role;
	s.incarnation = 1;
	s.flags = c->flags;
	s.uid = CONFINED_ID;
	s.gid = CONFINED_ID;
	s.nofile = NOFILE;
	s.require = c->require;
	if ((c->flags & START_NO_ROOT) == 0)
		fd = confined_root();
	wbuf_init(&w, storage, sizeof(storage));
	msg_put_start(&w, &s);
	if (channel_send(c->channel, MSG_CHILD_START, 0, &w, fd) == -1)
		err(1, "send start");
}

/* An unlinked directory, as the parent makes it. */
static int
confined_root(void)
{
	char path[] = "/tmp/confined.XXXXXX";
	int  fd;

	if (mkdtemp(path) == NULL || chmod(path, 0755) == -1)
		err(1, "%s", path);
	if ((fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (rmdir(path) == -1)
		err(1, "%s", path);
	return fd;
}

static int
confined_recv(struct confined *c)
{
	struct pollfd  pfd;
	struct msg_log line;
	struct msg    *m;

	pfd.fd = channel_fd(c->channel);
	pfd.events = POLLIN;
	switch (channel_recv(c->channel, &m)) {
	case CHANNEL_AGAIN:
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			err(1, "poll");
		return 0;
	case CHANNEL_MSG:
		break;
	case CHANNEL_CLOSED:
		return -1;
	case CHANNEL_BAD:
		errx(1, "child: %s", channel_error(c->channel));
	}
	if (m->type == MSG_CHILD_LOG && msg_get_log(m, &line) == 0)
		(void)strlcpy(c->log, line.line, sizeof(c->log));
	if (m->type == MSG_CHILD_READY && msg_get_walls(m, &c->all) == -1)
		errx(1, "child: malformed ready");
	c->walls = c->all.stand;
	return 0;
}
