/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay's poller: what is watched by level, and no more.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>
#include <unistd.h>

#include "compat/poller.h"

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
	ATF_CHECK_EQ(0, poller_wait(p, ev, 4, 0));
	ATF_REQUIRE(write(fd[1], "x", 1) == 1);
	/* By level: told as long as there is something. */
	ATF_CHECK_EQ(1, poller_wait(p, ev, 4, 0));
	ATF_CHECK_EQ(1, poller_wait(p, ev, 4, 0));
	ATF_CHECK_EQ(7, ev[0].key);
	poller_remove(p, fd[0]);
	ATF_CHECK_EQ(0, poller_wait(p, ev, 4, 0));
	ATF_REQUIRE(close(fd[0]) == 0);
	ATF_CHECK_EQ(0, poller_wait(p, ev, 4, 0));
	(void)close(twin);
	(void)close(fd[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, remove);
	return atf_no_error();
}
