/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Confined children of each role: what they look like from outside, what
 * goes on working behind the walls, and which walls there are without root.
 */

#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "confined.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static void look_at(const atf_tc_t *, enum proc_id, uint32_t);
static int  wait_for_parent(void *);

ATF_TC(seen_from_outside);
ATF_TC_HEAD(seen_from_outside, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "user, groups, capabilities, root, "
	    "descriptors, limits and memory of each confined role");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "require.progs", "python3");
}
ATF_TC_BODY(seen_from_outside, tc)
{
	size_t i;

	SKIP_UNLESS_PLAIN();
	for (i = 0; i < CONFINED_ROLES; i++) {
		look_at(tc, confined_roles[i], 0);
		look_at(tc, confined_roles[i], START_ROOTLESS);
	}
}

static void
look_at(const atf_tc_t *tc, enum proc_id role, uint32_t flags)
{
	struct confined c;
	uint32_t        least = WALL_FILTER;
	char            cmd[1024];

	memset(&c, 0, sizeof(c));
	c.role = role;
	c.flags = flags;
	c.attack = wait_for_parent;
	ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
	if (flags == 0)
		least |= WALL_USER | WALL_ROOT;
	ATF_CHECK_EQ_MSG(least, c.walls & least, "%s: %x", proc_name(role),
	    c.walls);
	ATF_CHECK((c.walls & (WALL_ROOT | WALL_LANDLOCK)) != 0);
	(void)snprintf(cmd, sizeof(cmd),
	    "python3 %s/proccheck.py --bare %s "
	    "--id %u --walls %u --nofile 64 %s %d",
	    atf_tc_get_config_var(tc, "srcdir"), flags == 0 ? "" : "--rootless",
	    CONFINED_ID, c.walls, proc_name(role), (int)c.pid);
	ATF_CHECK_EQ_MSG(0, system(cmd), "%s", cmd);
	ATF_CHECK_EQ(0, confined_end(&c));
}

static int
wait_for_parent(void *arg)
{
	char c;

	/* No poll(2) behind the filter; the channel is non-blocking. */
	while (read(CHILD_CHANNEL_FD, &c, 1) == -1 && errno == EAGAIN)
		;
	return 0;
}

static int
aborts(void *arg)
{
	abort();
}

static int
crashes(void *arg)
{
	*(volatile int *)arg = 1;
	return 0;
}

static int
uses_memory(void *arg)
{
	char  *p;
	size_t n;

	for (n = 1; n < 64U << 20; n *= 2) {
		if ((p = malloc(n)) == NULL)
			return 1;
		memset(p, 1, n);
		if ((p = realloc(p, n * 2)) == NULL)
			return 1;
		free(p);
	}
	return arc4random() == arc4random() ? 1 : 0;
}

/*
 * A stop in a timed wait continues by restart_syscall(2).  A futex that
 * nobody wakes is the only wait that all roles may make.
 */
static int
sleeps(void *arg)
{
	const struct timespec ts = { 0, 300000000 };
	int                   word = 0;

	if (syscall(SYS_futex, &word, 0x80, 0, &ts, NULL, 0) != -1)
		return 1;
	return errno == ETIMEDOUT ? 0 : 2;
}

ATF_TC(honest_ends);
ATF_TC_HEAD(honest_ends, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "abort and a bad pointer show as "
	    "themselves; memory, random numbers and a stop do no harm");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(honest_ends, tc)
{
	struct confined c;
	size_t          i;
	int             status;

	SKIP_UNLESS_PLAIN();
	for (i = 0; i < CONFINED_ROLES; i++) {
		memset(&c, 0, sizeof(c));
		c.role = confined_roles[i];
		c.attack = aborts;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		status = confined_end(&c);
		ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
		c.attack = crashes;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		status = confined_end(&c);
		ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
		c.attack = uses_memory;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		ATF_CHECK_EQ(0, confined_end(&c));
		c.attack = sleeps;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		ATF_REQUIRE_EQ(0, kill(c.pid, SIGSTOP));
		ATF_REQUIRE_EQ(c.pid, waitpid(c.pid, &status, WUNTRACED));
		ATF_REQUIRE(WIFSTOPPED(status));
		ATF_REQUIRE_EQ(0, kill(c.pid, SIGCONT));
		ATF_CHECK_EQ(0, confined_end(&c));
	}
}

ATF_TC(signals_do_not_end_it);
ATF_TC_HEAD(signals_do_not_end_it, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what a terminal or a service manager "
	    "sends to the whole group leaves children to their parent");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(signals_do_not_end_it, tc)
{
	static const int sent[] = {
		SIGHUP,
		SIGINT,
		SIGQUIT,
		SIGTERM,
		SIGUSR1,
		SIGUSR2,
		SIGPIPE,
		SIGXFSZ,
	};
	struct confined c;
	size_t          i, j;

	SKIP_UNLESS_PLAIN();
	for (i = 0; i < CONFINED_ROLES; i++) {
		memset(&c, 0, sizeof(c));
		c.role = confined_roles[i];
		c.attack = wait_for_parent;
		ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
		for (j = 0; j < nitems(sent); j++)
			ATF_REQUIRE_EQ(0, kill(c.pid, sent[j]));
		ATF_CHECK_EQ(0, confined_end(&c));
	}
}

ATF_TC(required);
ATF_TC_HEAD(required, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "without an empty root directory a "
	    "child says why, and ends if that wall is required");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(required, tc)
{
	struct confined c;
	int             status;

	memset(&c, 0, sizeof(c));
	c.role = PROC_RELAY;
	c.flags = START_NO_ROOT;
	c.attack = wait_for_parent;
	ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
	ATF_CHECK_EQ(WALL_ROOT, wall_missing(&c.all) & WALL_ROOT);
	ATF_CHECK_EQ(ENOENT, wall_error(&c.all, WALL_ROOT));
	ATF_CHECK_EQ(0, confined_end(&c));

	/* What is not asked for where it would be no use is not missed. */
	c.require = WALL_ALL &
	    ~(WALL_ROOT | WALL_LANDLOCK | WALL_NOEXEC | WALL_NETWORK);
	ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
	ATF_CHECK_EQ(0, confined_end(&c));
	c.require = WALL_ROOT;
	ATF_REQUIRE_EQ(-1, confined_start(&c));
	ATF_CHECK_STREQ("relay 0: required sandbox layer missing: root: "
			"No such file or directory",
	    c.log);
	status = confined_end(&c);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, seen_from_outside);
	ATF_TP_ADD_TC(tp, honest_ends);
	ATF_TP_ADD_TC(tp, signals_do_not_end_it);
	ATF_TP_ADD_TC(tp, required);
	return atf_no_error();
}
