/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the relay's poller: what is watched by level, and how long it waits.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/clock.h"
#include "compat/poller.h"

#define SHORT_MS 50
#define LONG_MS  1000  /* long enough for a timer that stays set */
#define MINUTE   60000 /* what a wait that is too long would take */

static uint64_t waited(struct poller *, int, int);

/* ms that a wait took, which ends with so many events. */
static uint64_t
waited(struct poller *p, int timeout, int events)
{
	struct poller_event ev[4];
	uint64_t            start = clock_ms();

	ATF_CHECK_EQ(events, poller_wait(p, ev, 4, start, timeout));
	return clock_ms() - start;
}

ATF_TC(timeout);
ATF_TC_HEAD(timeout, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a wait is as long as it was to be, whatever was awaited before");
}
ATF_TC_BODY(timeout, tc)
{
	struct poller *p;
	int            fds[2];

	ATF_REQUIRE((p = poller_new()) != NULL);
	ATF_REQUIRE_EQ(0, pipe(fds));
	ATF_REQUIRE_EQ(0, poller_add_input(p, fds[0], 1));
	/* Long ones that an event ends. */
	ATF_REQUIRE_EQ(1, write(fds[1], "x", 1));
	ATF_CHECK(waited(p, MINUTE, 1) < MINUTE / 2);
	ATF_CHECK(waited(p, -1, 1) < MINUTE / 2);
	ATF_CHECK(waited(p, 2 * MINUTE, 1) < MINUTE / 2);
	(void)close(fds[0]);
	(void)close(fds[1]);
	/* None of them is in the way of a shorter one, and so again. */
	ATF_CHECK(waited(p, 0, 0) < MINUTE / 2);
	ATF_CHECK(waited(p, SHORT_MS, 0) >= SHORT_MS);
	ATF_CHECK(waited(p, LONG_MS, 0) < MINUTE / 2);
	ATF_CHECK(waited(p, LONG_MS, 0) >= LONG_MS - 1);
}

ATF_TC(remove);
ATF_TC_HEAD(remove, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a socket that another process has open as well is watched no more "
	    "once it was removed");
}
ATF_TC_BODY(remove, tc)
{
	struct poller      *p;
	struct poller_event ev[4];
	int                 fd[2], twin;

	ATF_REQUIRE((p = poller_new()) != NULL);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd) == 0);
	ATF_REQUIRE((twin = dup(fd[0])) != -1);
	ATF_REQUIRE(poller_add_input(p, fd[0], 7) == 0);
	ATF_CHECK_EQ(0, poller_wait(p, ev, 4, 0, 0));
	ATF_REQUIRE(write(fd[1], "x", 1) == 1);
	/* By level: told as long as there is something. */
	ATF_CHECK_EQ(1, poller_wait(p, ev, 4, 0, 0));
	ATF_CHECK_EQ(1, poller_wait(p, ev, 4, 0, 0));
	ATF_CHECK_EQ(7, ev[0].key);
	poller_remove(p, fd[0]);
	ATF_CHECK_EQ(0, poller_wait(p, ev, 4, 0, 0));
	ATF_REQUIRE(close(fd[0]) == 0);
	ATF_CHECK_EQ(0, poller_wait(p, ev, 4, 0, 0));
	(void)close(twin);
	(void)close(fd[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, timeout);
	ATF_TP_ADD_TC(tp, remove);
	return atf_no_error();
}
