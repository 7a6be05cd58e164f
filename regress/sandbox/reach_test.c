/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Confined children hold a socket of some kind and try to reach with it a
 * target that it was not made for.
 *
 * Every attack is first made by a process without walls, so that an attack
 * that would not have worked anyway proves nothing by failing.
 */

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "confined.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* Those that never connect anything by themselves. */
static const enum proc_id unconnected[] = {
	PROC_RELAY,
	PROC_AUTH,
	PROC_RESOLVER,
	PROC_CONTROL,
	PROC_LOADER,
	PROC_UPSTREAM,
	PROC_HASH,
};

/*
 * A target that nobody may reach: TCP, UDP and abstract unix datagrams, each
 * watched; and a descriptor that the attacker holds when the walls rise.
 */
struct target {
	struct sockaddr_in tcp;
	struct sockaddr_in udp;
	struct sockaddr_un local;
	socklen_t          locallen;
	int                watch[3];
	int                held;
};

/* prepare makes held, attack uses it; reaches: without walls it arrives. */
struct attack {
	const char *name;
	void (*prepare)(void *);
	int (*attack)(void *);
	int reaches;
};

static void target_open(struct target *);
static void target_close(struct target *);
static int  target_reached(const struct target *);
static int  bound(int, int, struct sockaddr_in *);
static int  fast_open(struct target *, int);

static void
hold_nothing(void *arg)
{
}

static void
hold_connected(void *arg)
{
	struct target     *t = arg;
	struct sockaddr_in sin;
	int                s;

	s = bound(SOCK_STREAM, 1, &sin);
	t->held = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(t->held, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	(void)close(s);
}

static void
hold_listening(void *arg)
{
	struct target     *t = arg;
	struct sockaddr_in sin;

	t->held = bound(SOCK_STREAM, 1, &sin);
}

static void
hold_fresh(void *arg)
{
	struct target *t = arg;

	t->held = socket(AF_INET, SOCK_STREAM, 0);
}

/* A listener whose queue is full leaves one more caller waiting. */
static void
hold_connecting(void *arg)
{
	struct target     *t = arg;
	struct sockaddr_in sin;
	struct pollfd      pfd;
	int                i;

	(void)bound(SOCK_STREAM, 0, &sin);
	for (i = 0; i < 16; i++) {
		pfd.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		pfd.events = POLLOUT;
		if (connect(pfd.fd, (struct sockaddr *)&sin, sizeof(sin)) ==
			-1 &&
		    errno != EINPROGRESS)
			err(1, "connect");
		if (poll(&pfd, 1, 50) == 0)
			break;
	}
	if (i == 16)
		errx(1, "no connect stays unfinished");
	t->held = pfd.fd;
}

static void
hold_udp(void *arg)
{
	struct target     *t = arg;
	struct sockaddr_in sin;

	(void)bound(SOCK_DGRAM, 0, &sin);
	t->held = socket(AF_INET, SOCK_DGRAM, 0);
	if (connect(t->held, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
}

static void
hold_unix_dgram(void *arg)
{
	struct target *t = arg;
	int            sv[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) == -1)
		err(1, "socketpair");
	t->held = sv[0];
}

static int
by_socket(void *arg)
{
	struct target *t = arg;
	int            s;

	s = socket(AF_INET, SOCK_STREAM, 0);
	return connect(s, (struct sockaddr *)&t->tcp, sizeof(t->tcp));
}

static int
by_reconnect(void *arg)
{
	struct target  *t = arg;
	struct sockaddr none;

	memset(&none, 0, sizeof(none));
	(void)connect(t->held, &none, sizeof(none));
	return connect(t->held, (struct sockaddr *)&t->tcp, sizeof(t->tcp));
}

static int
by_fast_open(void *arg)
{
	return fast_open(arg, 0);
}

static int
by_fast_open_msg(void *arg)
{
	return fast_open(arg, 1);
}

static int
by_shutdown_both(void *arg)
{
	struct target *t = arg;

	(void)shutdown(t->held, SHUT_RDWR);
	return fast_open(t, 0);
}

static int
by_shutdown_read(void *arg)
{
	struct target *t = arg;

	(void)shutdown(t->held, SHUT_RD);
	return fast_open(t, 1);
}

static int
by_shutdown_write(void *arg)
{
	struct target *t = arg;

	(void)shutdown(t->held, SHUT_WR);
	return fast_open(t, 0);
}

static int
by_sendto(void *arg)
{
	struct target *t = arg;

	return sendto(t->held, "x", 1, 0, (struct sockaddr *)&t->udp,
		   sizeof(t->udp)) == 1 ?
	    0 :
	    1;
}

static int
by_sendmsg(void *arg)
{
	struct target *t = arg;
	struct iovec   iov;
	struct msghdr  mh;
	char           x = 'x';

	memset(&mh, 0, sizeof(mh));
	iov.iov_base = &x;
	iov.iov_len = 1;
	mh.msg_name = &t->udp;
	mh.msg_namelen = sizeof(t->udp);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	return sendmsg(t->held, &mh, 0) == 1 ? 0 : 1;
}

static int
by_abstract_name(void *arg)
{
	struct target *t = arg;

	return sendto(t->held, "x", 1, 0, (struct sockaddr *)&t->local,
		   t->locallen) == 1 ?
	    0 :
	    1;
}

static const struct attack attacks[] = {
	{ "socket and connect", hold_nothing, by_socket, 1 },
	{ "connected, reconnect", hold_connected, by_reconnect, 1 },
	{ "connected, fast open", hold_connected, by_fast_open, 0 },
	{ "listening, shut down, fast open", hold_listening, by_shutdown_both,
	    1 },
	{ "listening, shut for reading, fast open by sendmsg", hold_listening,
	    by_shutdown_read, 1 },
	{ "listening, shut for writing, fast open", hold_listening,
	    by_shutdown_write, 0 },
	{ "connecting, shut for writing, fast open", hold_connecting,
	    by_shutdown_write, 1 },
	{ "fresh, fast open", hold_fresh, by_fast_open, 1 },
	{ "fresh, fast open by sendmsg", hold_fresh, by_fast_open_msg, 1 },
	{ "UDP, sendto", hold_udp, by_sendto, 1 },
	{ "UDP, sendmsg", hold_udp, by_sendmsg, 1 },
	{ "unix datagrams, sendto", hold_unix_dgram, by_abstract_name, 1 },
};

ATF_TC(no_way_to_a_target);
ATF_TC_HEAD(no_way_to_a_target, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever socket a child holds, each "
	    "known way to turn it at another target kills and arrives not");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(no_way_to_a_target, tc)
{
	struct confined c;
	struct target   t;
	size_t          i, j;
	pid_t           pid;
	int             status;

	SKIP_UNLESS_PLAIN();
	for (i = 0; i < nitems(attacks); i++) {
		target_open(&t);
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			attacks[i].prepare(&t);
			_exit(attacks[i].attack(&t) == 0 ? 0 : 1);
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK_EQ_MSG(attacks[i].reaches, target_reached(&t),
		    "%s: without walls", attacks[i].name);
		target_close(&t);

		for (j = 0; j < nitems(unconnected); j++) {
			target_open(&t);
			memset(&c, 0, sizeof(c));
			c.role = unconnected[j];
			c.prepare = attacks[i].prepare;
			c.attack = attacks[i].attack;
			c.arg = &t;
			ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
			status = confined_end(&c);
			ATF_CHECK_MSG(filter_killed(status), "%s: %s: %x",
			    proc_name(c.role), attacks[i].name, status);
			ATF_CHECK_EQ_MSG(0, target_reached(&t), "%s: %s",
			    proc_name(c.role), attacks[i].name);
			target_close(&t);
		}
	}
}

static void
target_open(struct target *t)
{
	memset(t, 0, sizeof(*t));
	t->held = -1;
	t->watch[0] = bound(SOCK_STREAM, 8, &t->tcp);
	t->watch[1] = bound(SOCK_DGRAM, 0, &t->udp);
	t->watch[2] = socket(AF_UNIX, SOCK_DGRAM, 0);
	ATF_REQUIRE(t->watch[2] != -1);
	t->local.sun_family = AF_UNIX;
	t->locallen = sizeof(sa_family_t);
	ATF_REQUIRE_EQ(0,
	    bind(t->watch[2], (struct sockaddr *)&t->local, t->locallen));
	t->locallen = sizeof(t->local);
	ATF_REQUIRE_EQ(0,
	    getsockname(t->watch[2], (struct sockaddr *)&t->local,
		&t->locallen));
}

static void
target_close(struct target *t)
{
	size_t i;

	for (i = 0; i < nitems(t->watch); i++)
		(void)close(t->watch[i]);
}

/* Everything is local and the attacker is dead: what came is there. */
static int
target_reached(const struct target *t)
{
	struct pollfd pfd[3];
	size_t        i;

	for (i = 0; i < nitems(pfd); i++) {
		pfd[i].fd = t->watch[i];
		pfd[i].events = POLLIN;
	}
	return poll(pfd, nitems(pfd), 0) > 0;
}

static int
bound(int type, int backlog, struct sockaddr_in *sin)
{
	socklen_t len;
	int       s;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	len = sizeof(*sin);
	if ((s = socket(AF_INET, type, 0)) == -1 ||
	    bind(s, (struct sockaddr *)sin, sizeof(*sin)) == -1 ||
	    (type == SOCK_STREAM && listen(s, backlog) == -1) ||
	    getsockname(s, (struct sockaddr *)sin, &len) == -1)
		err(1, "a socket of the test");
	return s;
}

static int
fast_open(struct target *t, int msg)
{
	struct iovec  iov;
	struct msghdr mh;
	char          x = 'x';

	if (msg == 0)
		return sendto(t->held, &x, 1, MSG_FASTOPEN | MSG_NOSIGNAL,
			   (struct sockaddr *)&t->tcp, sizeof(t->tcp)) == 1 ?
		    0 :
		    1;
	memset(&mh, 0, sizeof(mh));
	iov.iov_base = &x;
	iov.iov_len = 1;
	mh.msg_name = &t->tcp;
	mh.msg_namelen = sizeof(t->tcp);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	return sendmsg(t->held, &mh, MSG_FASTOPEN | MSG_NOSIGNAL) == 1 ? 0 : 1;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_way_to_a_target);
	return atf_no_error();
}
