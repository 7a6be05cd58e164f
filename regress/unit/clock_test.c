/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the clock: the right one, in the right unit.
 */

#include <sys/time.h>

#include <stdint.h>
#include <time.h>

#include <atf-c.h>

#include "base/clock.h"

#define ROUNDS	100000

static uint64_t	monotonic_ms(void);

ATF_TC(monotonic_milliseconds);
ATF_TC_HEAD(monotonic_milliseconds, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the clock lies between two looks at CLOCK_MONOTONIC");
}
ATF_TC_BODY(monotonic_milliseconds, tc)
{
	uint64_t	after, before, now;
	int		i;

	for (i = 0; i < ROUNDS; i++) {
		before = monotonic_ms();
		now = clock_ms();
		after = monotonic_ms();
		ATF_REQUIRE(before <= now);
		ATF_REQUIRE(now <= after);
	}
}

ATF_TC_WITHOUT_HEAD(spans);
ATF_TC_BODY(spans, tc)
{
	struct timeval	tv;

	clock_timeval(&tv, 0);
	ATF_CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
	clock_timeval(&tv, 61999);
	ATF_CHECK(tv.tv_sec == 61 && tv.tv_usec == 999000);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, spans);
	ATF_TP_ADD_TC(tp, monotonic_milliseconds);
	return atf_no_error();
}

static uint64_t
monotonic_ms(void)
{
	struct timespec	ts;

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &ts));
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}
