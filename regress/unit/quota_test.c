/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of used quota: its lines say what was meant and nothing else is a
 * line; its periods begin when the day and the month of this host do.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "base/quota.h"

static time_t local(int, int, int, int, int);

ATF_TC(lines_say_what_was_meant);
ATF_TC_HEAD(lines_say_what_was_meant, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names of any bytes and numbers of any size come back from a "
	    "line as they were, and no part of a line is one, but one whose "
	    "number was cut");
}
ATF_TC_BODY(lines_say_what_was_meant, tc)
{
	struct quota_row in, out;
	char             line[QUOTA_LINE_SIZE], digits[24];
	size_t           len, n, i, cut;
	unsigned int     turn;

	srandom(1);
	for (turn = 0; turn < 2000; turn++) {
		memset(&in, 0, sizeof(in));
		quota_period((time_t)random(), turn % 2, in.period);
		n = 1 + (size_t)random() % (sizeof(in.rule) - 1);
		for (i = 0; i < n; i++)
			in.rule[i] = (char)(1 + random() % 255);
		n = (size_t)random() % sizeof(in.user);
		for (i = 0; i < n; i++)
			in.user[i] = (char)(1 + random() % 255);
		if (turn % 10 == 0)
			(void)strlcpy(in.user, "-", sizeof(in.user));
		in.bytes = (uint64_t)random() << (random() % 29);
		len = quota_line_put(line, sizeof(line), &in);
		ATF_REQUIRE(len > 1 && line[len - 1] == '\n');
		ATF_REQUIRE_EQ(NULL, memchr(line, '\n', len - 1));
		ATF_REQUIRE_EQ(0, quota_line_get(line, len - 1, &out));
		ATF_REQUIRE_STREQ(in.period, out.period);
		ATF_REQUIRE_STREQ(in.rule, out.rule);
		ATF_REQUIRE_STREQ(in.user, out.user);
		ATF_REQUIRE_EQ(in.bytes, out.bytes);
		ATF_REQUIRE_EQ(-1, quota_line_get(line, len, &out));
		ATF_REQUIRE_EQ(0, quota_line_put(line, len, &in));
		(void)snprintf(digits, sizeof(digits), "%llu",
		    (unsigned long long)in.bytes);
		cut = len - 1 - strlen(digits);
		for (i = 0; i <= cut; i++)
			ATF_REQUIRE_EQ_MSG(-1, quota_line_get(line, i, &out),
			    "%zu bytes of %s", i, line);
	}
}

ATF_TC(nothing_else_is_a_line);
ATF_TC_HEAD(nothing_else_is_a_line, tc)
{
	atf_tc_set_md_var(tc, "descr", "what is not a line is refused");
}
ATF_TC_BODY(nothing_else_is_a_line, tc)
{
	static const char *const bad[] = {
		"",
		" ",
		"2026-11-22",
		"2026-11-22 r u",
		"2026-11-22 r u ",
		"2026-11-22 r u 1 ",
		"2026-11-22 r u 1 2",
		" 2026-11 r u 1",
		"2026-11-22  u 1",
		"2026-11-22 r  1",
		"2026-1-22 r u 1",
		"2026-11-2 r u 1",
		"2026-11- r u 1",
		"2026_11 r u 1",
		"2026-11-22x r u 1",
		"2026-11 r u -1",
		"2026-11 r u 0x1",
		"2026-11 r u 18446744073709551616",
		"2026-11 r u 99999999999999999999",
		"2026-11 r\\ u 1",
		"2026-11 r\\1 u 1",
		"2026-11 r\\000 u 1",
		"2026-11 r\\400 u 1",
		"2026-11 r\\08 u 1",
		"2026-11 r\tx u 1",
		"2026-11 # u 1",
		"2026-11 r u\x7f 1",
		"2026-11 r \xc3\xa4 1",
	};
	struct quota_row row;
	size_t           i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1,
		    quota_line_get(bad[i], strlen(bad[i]), &row), "%s", bad[i]);
}

ATF_TC(bytes_at_random);
ATF_TC_HEAD(bytes_at_random, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a line with any byte changed is refused or a line of the same "
	    "form");
}
ATF_TC_BODY(bytes_at_random, tc)
{
	static const char good[] = "2026-11-22 web\\040x al\\\\303 77";
	struct quota_row  row, again;
	char              line[sizeof(good)], out[QUOTA_LINE_SIZE];
	size_t            i, len;
	int               c;

	for (i = 0; i < sizeof(good) - 1; i++) {
		for (c = 0; c < 256; c++) {
			memcpy(line, good, sizeof(good));
			line[i] = (char)c;
			if (quota_line_get(line, sizeof(good) - 1, &row) == -1)
				continue;
			len = quota_line_put(out, sizeof(out), &row);
			ATF_REQUIRE(len > 1);
			ATF_REQUIRE_EQ(0, quota_line_get(out, len - 1, &again));
			ATF_REQUIRE_STREQ(row.rule, again.rule);
			ATF_REQUIRE_STREQ(row.user, again.user);
		}
	}
}

ATF_TC(periods_are_local);
ATF_TC_HEAD(periods_are_local, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a day and a month begin at midnight of this host, on days of 23 "
	    "and 25 hours, too");
}
ATF_TC_BODY(periods_are_local, tc)
{
	static const char *const zones[] = { "UTC0", "<+14>-14", "<-12>12",
		"CET-1CEST,M3.5.0,M10.5.0/3" };
	char                     day[QUOTA_PERIOD_SIZE];
	char                     month[QUOTA_PERIOD_SIZE];
	time_t                   t;
	size_t                   i;

	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		ATF_REQUIRE_EQ(0, setenv("TZ", zones[i], 1));
		tzset();
		t = local(2026, 10, 31, 23, 59);
		quota_period(t, 0, day);
		quota_period(t, 1, month);
		ATF_CHECK_STREQ("2026-10-31", day);
		ATF_CHECK_STREQ("2026-10", month);
		quota_period(t + 59, 0, day);
		ATF_CHECK_STREQ("2026-10-31", day);
		quota_period(t + 60, 0, day);
		quota_period(t + 60, 1, month);
		ATF_CHECK_STREQ("2026-11-01", day);
		ATF_CHECK_STREQ("2026-11", month);
		t = local(2026, 3, 29, 23, 59);
		quota_period(t, 0, day);
		ATF_CHECK_STREQ("2026-03-29", day);
		/* One more passes before what is over is old. */
		ATF_CHECK_EQ(0, quota_is_old("2026-03-29", t + 60));
		ATF_CHECK_EQ(1, quota_is_old("2026-03-29", t + 86460 + 3600));
		ATF_CHECK_EQ(0, quota_is_old("2026-03", t + 7 * 86400));
		ATF_CHECK_EQ(1, quota_is_old("2026-03", t + 65 * 86400));
		/* The clock was wrong: what is to come is not old. */
		ATF_CHECK_EQ(0, quota_is_old("2026-03-29", 0));
		ATF_CHECK_EQ(0, quota_is_old("2026-03", 0));
	}
}

static time_t
local(int year, int month, int day, int hour, int minute)
{
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

ATF_TC(two_periods);
ATF_TC_HEAD(two_periods, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a clock that goes forth and back finds what was counted");
}
ATF_TC_BODY(two_periods, tc)
{
	struct quota_count c;

	memset(&c, 0, sizeof(c));
	ATF_CHECK_EQ(1, quota_turn(&c, "2026-11-30"));
	c.now.bytes = 7;
	ATF_CHECK_EQ(0, quota_turn(&c, "2026-11-30"));
	ATF_CHECK_EQ(7, c.now.bytes);
	ATF_CHECK_EQ(1, quota_turn(&c, "2099-01-01"));
	ATF_CHECK_EQ(0, c.now.bytes);
	c.now.bytes = 5;
	ATF_CHECK_EQ(1, quota_turn(&c, "2026-11-30"));
	ATF_CHECK_EQ(7, c.now.bytes);
	ATF_CHECK_EQ(5, c.before.bytes);
	ATF_CHECK_EQ(1, quota_turn(&c, "2026-12-01"));
	ATF_CHECK_EQ(0, c.now.bytes);
	ATF_CHECK_STREQ("2026-11-30", c.before.period);
	ATF_CHECK_EQ(7, c.before.bytes);
}

ATF_TC(leaps_are_not_believed);
ATF_TC_HEAD(leaps_are_not_believed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a clock that leaps ahead makes nothing old for a day");
}
ATF_TC_BODY(leaps_are_not_believed, tc)
{
	const uint64_t     day = 86400 * 1000;
	struct quota_clock c;
	const time_t       t = 1800000000;

	memset(&c, 0, sizeof(c));
	ATF_CHECK_EQ(t, quota_clock(&c, t, 1000));
	ATF_CHECK_EQ(t + 10, quota_clock(&c, t + 10, 11000));
	ATF_CHECK_EQ(t + 40, quota_clock(&c, t + 40, 12000));
	/* Two days ahead, for an hour; then it is set right. */
	ATF_CHECK_EQ(t + 41, quota_clock(&c, t + 2 * 86400, 13000));
	ATF_CHECK_EQ(t + 3641, quota_clock(&c, t + 2 * 86400 + 3600, 3613000));
	ATF_CHECK_EQ(t + 3642, quota_clock(&c, t + 3642, 3614000));
	/* It stays ahead. */
	ATF_CHECK_EQ(t + 3643, quota_clock(&c, t + 9000000, 3615000));
	ATF_CHECK_EQ(t + 9086400, quota_clock(&c, t + 9086400, 3615000 + day));
	ATF_CHECK_EQ(t + 9086401, quota_clock(&c, t + 9086401, 3616000 + day));
	/* Back it is believed at once. */
	ATF_CHECK_EQ(t, quota_clock(&c, t, 3617000 + day));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines_say_what_was_meant);
	ATF_TP_ADD_TC(tp, nothing_else_is_a_line);
	ATF_TP_ADD_TC(tp, bytes_at_random);
	ATF_TP_ADD_TC(tp, periods_are_local);
	ATF_TP_ADD_TC(tp, two_periods);
	ATF_TP_ADD_TC(tp, leaps_are_not_believed);
	return atf_no_error();
}
