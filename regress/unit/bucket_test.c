/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of token buckets: what comes out over any time is no more than the
 * rate and the burst allow, and no less for who takes all there is.
 */

#include <stdlib.h>

#include <atf-c.h>

#include "router/bucket.h"

#define STEPS 200000

ATF_TC(neither_more_nor_less);
ATF_TC_HEAD(neither_more_nor_less, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who takes all there is at any times gets the burst and the rate "
	    "times the time, to the token");
}
ATF_TC_BODY(neither_more_nor_less, tc)
{
	static const uint64_t rates[][3] = {
		{ 1, 1000, 2 },
		{ 3, 1000, 10 },
		{ 7, 60000, 7 },
		{ 10485760, 1000, 2097152 },
		{ 1, 3600000, 5 },
		{ UINT64_C(1) << 40, 1000, UINT64_C(1) << 38 },
	};
	struct bucket b;
	uint64_t      now, start, taken, n, idle, room;
	size_t        r;
	unsigned int  i;

	srandom(1);
	for (r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		now = start = 12345;
		bucket_init(&b, rates[r][0], (uint32_t)rates[r][1], rates[r][2],
		    now);
		/* Never so long that it overflows. */
		room = rates[r][2] * rates[r][1] / rates[r][0];
		taken = 0;
		for (i = 0; i < STEPS / 10; i++) {
			n = bucket_level(&b, now);
			ATF_REQUIRE_EQ(1, bucket_take(&b, n, now));
			ATF_REQUIRE_EQ(0, bucket_take(&b, 1, now));
			taken += n;
			ATF_REQUIRE_EQ(taken,
			    rates[r][2] +
				(now - start) * rates[r][0] / rates[r][1]);
			/* A token may be left in part. */
			idle = room * (uint64_t)random() / RAND_MAX;
			now += idle > room / rates[r][2] ?
			    idle - room / rates[r][2] :
			    idle / 2;
		}
	}
}

ATF_TC(never_more_in_any_time);
ATF_TC_HEAD(never_more_in_any_time, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "between any two takes no more comes out than the size and what "
	    "came in, whatever is put back");
}
ATF_TC_BODY(never_more_in_any_time, tc)
{
	static uint64_t when[STEPS];
	struct bucket   b;
	uint64_t        now = 1;
	unsigned int    i, n = 0;

	srandom(2);
	bucket_init(&b, 5, 1000, 20, now);
	for (i = 0; i < STEPS; i++) {
		now += (uint64_t)(random() % (random() % 100 ? 300 : 20000));
		if (bucket_take(&b, 1, now) == 0)
			continue;
		if (random() % 4 == 0)
			bucket_put(&b, 1, now);
		else
			when[n++] = now;
	}
	ATF_REQUIRE(n > 1000);
	for (i = 0; i + 20 < n; i++)
		ATF_REQUIRE(when[i + 20] - when[i] >= 200);
}

ATF_TC(what_is_not_there_is_not_given);
ATF_TC_HEAD(what_is_not_there_is_not_given, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a take of more than there is takes nothing, a clock that stands "
	    "or goes back brings nothing");
}
ATF_TC_BODY(what_is_not_there_is_not_given, tc)
{
	struct bucket b;

	bucket_init(&b, 10, 1000, 10, 5000);
	ATF_CHECK_EQ(1, bucket_full(&b, 5000));
	ATF_CHECK_EQ(0, bucket_take(&b, 11, 5000));
	ATF_CHECK_EQ(1, bucket_full(&b, 5000));
	ATF_CHECK_EQ(1, bucket_take(&b, 10, 5000));
	ATF_CHECK_EQ(0, bucket_level(&b, 5000));
	ATF_CHECK_EQ(0, bucket_level(&b, 100));
	ATF_CHECK_EQ(0, bucket_level(&b, 5099));
	ATF_CHECK_EQ(1, bucket_level(&b, 5100));
	ATF_CHECK_EQ(0, bucket_full(&b, 5999));
	ATF_CHECK_EQ(1, bucket_full(&b, 6000));
	ATF_CHECK_EQ(10, bucket_level(&b, UINT64_MAX));
}

ATF_TC(extremes_do_not_overflow);
ATF_TC_HEAD(extremes_do_not_overflow, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "limits of any size make a bucket that fills and empties");
}
ATF_TC_BODY(extremes_do_not_overflow, tc)
{
	static const uint64_t v[] = { 0, 1, 1000, UINT32_MAX, UINT64_C(1) << 40,
		UINT64_MAX };
	struct bucket         b;
	uint64_t              full;
	size_t                i, j, k, n;

	for (n = 0; n < 6 * 6 * 4; n++) {
		i = n % 6;
		j = n / 6 % 6;
		k = n / 36;
		bucket_init(&b, v[i], (uint32_t)v[k], v[j], 1);
		full = bucket_level(&b, 1);
		ATF_REQUIRE(full >= 1);
		ATF_REQUIRE_EQ(1, bucket_take(&b, full, 1));
		ATF_REQUIRE_EQ(0, bucket_level(&b, 1));
		bucket_put(&b, UINT64_MAX, 1);
		ATF_REQUIRE_EQ(full, bucket_level(&b, 1));
		ATF_REQUIRE_EQ(1, bucket_take(&b, full, 1));
		ATF_REQUIRE_EQ(full, bucket_level(&b, UINT64_MAX));
	}
}

ATF_TC(what_was_taken_stays_taken);
ATF_TC_HEAD(what_was_taken_stays_taken, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "other limits give nobody a second burst");
}
ATF_TC_BODY(what_was_taken_stays_taken, tc)
{
	struct bucket b;

	bucket_init(&b, 1, 1000, 10, 0);
	ATF_REQUIRE_EQ(1, bucket_take(&b, 8, 0));
	bucket_set(&b, 2, 1000, 20, 0);
	ATF_CHECK_EQ(12, bucket_level(&b, 0));
	bucket_set(&b, 2, 1000, 5, 0);
	ATF_CHECK_EQ(0, bucket_level(&b, 0));
	ATF_CHECK_EQ(2, bucket_level(&b, 1000));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, neither_more_nor_less);
	ATF_TP_ADD_TC(tp, never_more_in_any_time);
	ATF_TP_ADD_TC(tp, what_is_not_there_is_not_given);
	ATF_TP_ADD_TC(tp, extremes_do_not_overflow);
	ATF_TP_ADD_TC(tp, what_was_taken_stays_taken);
	return atf_no_error();
}
