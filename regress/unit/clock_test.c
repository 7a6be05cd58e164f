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

#define ROUNDS 100000

static uint64_t monotonic_ms(void);

ATF_TC(monotonic_milliseconds);
ATF_TC_HEAD(monotonic_milliseconds, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the clock lies between two looks at CLOCK_MONOTONIC");
}
ATF_TC_BODY(monotonic_milliseconds, tc)
{
	uint64_t after, before, now;
	int      i;

	for (i = 0; i < ROUNDS; i++) {
		before = monotonic_ms();
		now = clock_ms();
		after = monotonic_ms();
		ATF_REQUIRE(before <= now);
		ATF_REQUIRE(now <= after);
	}
}

ATF_TC_WITHOUT_HEAD(timevals);
ATF_TC_BODY(timevals, tc)
{
	static const uint64_t ms[] = { 0, 1, 999, 1000, 1001, 86400999 };
	struct timeval        tv;
	size_t                i;

	for (i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		tv = clock_timeval(ms[i]);
		ATF_CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
		ATF_CHECK_EQ(ms[i] * 1000,
		    (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, monotonic_milliseconds);
	ATF_TP_ADD_TC(tp, timevals);
	return atf_no_error();
}

static uint64_t
monotonic_ms(void)
{
	struct timespec ts;

	ATF_REQUIRE_EQ(0, clock_gettime(CLOCK_MONOTONIC, &ts));
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}
