/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of lengths of time as people read them, and of the distance of words.
 */

#include <stdint.h>
#include <string.h>

#include <atf-c.h>

#include "base/distance.h"
#include "base/duration.h"

#define MS(d, h, m, s)                                                         \
	(((((d)*UINT64_C(24) + (h)) * 60 + (m)) * 60 + (s)) * 1000)

ATF_TC(duration);
ATF_TC_HEAD(duration, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "two units that matter, never more than there is, and no more "
	    "than 6 characters");
}
ATF_TC_BODY(duration, tc)
{
	static const struct {
		uint64_t    ms;
		const char *text;
	} rows[] = {
		{ 0, "0s" },
		{ 999, "0s" },
		{ MS(0, 0, 0, 59) + 999, "59s" },
		{ MS(0, 0, 1, 0), "1m00s" },
		{ MS(0, 0, 9, 57), "9m57s" },
		{ MS(0, 0, 59, 59), "59m59s" },
		{ MS(0, 1, 0, 0), "1h00m" },
		{ MS(0, 23, 59, 59), "23h59m" },
		{ MS(1, 0, 0, 0), "1d00h" },
		{ MS(99, 23, 59, 59), "99d23h" },
		{ MS(100, 1, 0, 0), "100d" },
		{ MS(9999, 23, 59, 59), "9999d" },
		{ MS(10000, 0, 0, 0), ">27y" },
		{ UINT64_MAX, ">27y" },
	};
	char   text[DURATION_STRLEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_CHECK_STREQ(rows[i].text, duration_text(rows[i].ms, text));
		ATF_CHECK(strlen(text) <= 6);
	}
}

ATF_TC(words);
ATF_TC_HEAD(words, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a letter more, less, other or swapped is one step, both ways");
}
ATF_TC_BODY(words, tc)
{
	static const struct {
		const char  *a;
		const char  *b;
		unsigned int steps;
	} rows[] = {
		{ "", "", 0 },
		{ "stop", "stop", 0 },
		{ "stop", "sop", 1 },
		{ "stop", "stopp", 1 },
		{ "stop", "stip", 1 },
		{ "stop", "sotp", 1 },
		{ "statsu", "status", 1 },
		{ "", "status", 6 },
		{ "show", "stop", 2 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_CHECK_EQ(rows[i].steps, distance(rows[i].a, rows[i].b));
		ATF_CHECK_EQ(rows[i].steps, distance(rows[i].b, rows[i].a));
	}
	ATF_CHECK_EQ(1, distance_limit(2));
	ATF_CHECK_EQ(2, distance_limit(5));
	ATF_CHECK_EQ(DISTANCE_MAX, distance_limit(30));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, duration);
	ATF_TP_ADD_TC(tp, words);
	return atf_no_error();
}
