/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the throttle of logins: how much of a guesser gets through, how
 * long he is banned, and who is remembered when there are too many.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

/* The throttle itself, whose memory can be taken away so many times. */
static unsigned int no_memory;

#define calloc(n, size)                                                        \
	(no_memory != 0 && no_memory-- != 0 ? NULL : calloc(n, size))
#include "auth/throttle.c"
#undef calloc

#define FAILURES 10
#define WITHIN   600000
#define BAN      300000
#define SHARE    (WITHIN / FAILURES)
#define STEPS    20000

static struct throttle *start(size_t, uint32_t, uint32_t, uint32_t);
static void             key_of(unsigned int, uint8_t[4]);
static int              fail(struct throttle *, unsigned int, uint64_t,
		 struct throttle_ban *);
static int              banned(struct throttle *, unsigned int, uint64_t);
static uint64_t         ban(struct throttle *, unsigned int, uint64_t);
static int              count(void *, const struct throttle_ban *);
static int              is_odd(void *, const struct throttle_ban *);

ATF_TC(no_more_than_allowed);
ATF_TC_HEAD(no_more_than_allowed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever the pace, no more failures get through in any time "
	    "than the bucket holds and forgets in it");
}
ATF_TC_BODY(no_more_than_allowed, tc)
{
	static uint64_t     when[STEPS];
	struct throttle_ban b;
	struct throttle    *t;
	uint64_t            now = 1000;
	unsigned int        i, n = 0, bans = 0;

	srandom(1);
	t = start(THROTTLE_MAX, FAILURES, WITHIN, BAN);
	for (i = 0; i < STEPS; i++) {
		now += (uint64_t)(random() %
		    (random() % 50 == 0 ? 4 * WITHIN : SHARE));
		if (banned(t, 1, now))
			continue;
		when[n++] = now;
		bans += fail(t, 1, now, &b);
	}
	ATF_CHECK(bans > 10 && n > 100);
	for (i = 0; i + FAILURES < n; i++)
		ATF_REQUIRE(when[i + FAILURES] - when[i] >= SHARE);
	throttle_free(t);
}

ATF_TC(slow_failures_never_ban);
ATF_TC_HEAD(slow_failures_never_ban, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who fails no faster than the bucket forgets is never banned, "
	    "who fails so often at once is banned by just the last");
}
ATF_TC_BODY(slow_failures_never_ban, tc)
{
	struct throttle_ban b;
	struct throttle    *t;
	uint64_t            now = 1;
	unsigned int        n, i;

	for (n = 2; n < 40; n++) {
		t = start(THROTTLE_MAX, n, WITHIN, BAN);
		for (i = 0; i < 500; i++) {
			now += WITHIN / n + (uint64_t)(i % 3);
			ATF_REQUIRE_EQ(0, fail(t, 1, now, &b));
			ATF_REQUIRE_EQ(1,
			    throttle_recent(t, "\1\0\0\0", 4, now));
		}
		for (i = 1; i < n; i++)
			ATF_REQUIRE_EQ(0, fail(t, 2, now, &b));
		ATF_REQUIRE_EQ(n - 1, throttle_recent(t, "\2\0\0\0", 4, now));
		ATF_REQUIRE_EQ(1, fail(t, 2, now, &b));
		ATF_REQUIRE_EQ(n, b.failures);
		ATF_REQUIRE_EQ(BAN, b.left_ms);
		ATF_REQUIRE_EQ(0, banned(t, 1, now));
		ATF_REQUIRE(banned(t, 2, now + BAN - 1));
		ATF_REQUIRE_EQ(0, banned(t, 2, now + BAN));
		throttle_free(t);
	}
}

ATF_TC(bans_grow_and_shrink);
ATF_TC_HEAD(bans_grow_and_shrink, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each ban is twice the last up to 64 times the first, and that "
	    "takes as long to be forgotten as it lasted");
}
ATF_TC_BODY(bans_grow_and_shrink, tc)
{
	struct throttle *t;
	uint64_t         now = 1, length;
	unsigned int     i;

	t = start(THROTTLE_MAX, FAILURES, WITHIN, BAN);
	for (i = 0; i < 10; i++) {
		length = ban(t, 1, now);
		ATF_CHECK_EQ((uint64_t)BAN << (i < 6 ? i : 6), length);
		now += length;
	}
	/* One step of six forgotten, and then all. */
	now += 32 * BAN;
	ATF_CHECK_EQ((uint64_t)32 * BAN, (length = ban(t, 1, now)));
	now += length + (32 + 16 + 8 + 4 + 2 + 1) * (uint64_t)BAN;
	ATF_CHECK_EQ(0, banned(t, 1, now));
	ATF_CHECK_EQ(0, throttle_count(t));
	ATF_CHECK_EQ(BAN, ban(t, 1, now));
	throttle_free(t);
}

ATF_TC(the_worst_are_kept);
ATF_TC_HEAD(the_worst_are_kept, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a flood of others pushes nobody out of a ban, and the table "
	    "never grows beyond its size");
}
ATF_TC_BODY(the_worst_are_kept, tc)
{
	struct throttle_ban b;
	struct throttle    *t;
	unsigned int        i, n = 0;

	t = start(100, FAILURES, WITHIN, BAN);
	for (i = 0; i < 60; i++)
		(void)ban(t, i, 1000);
	for (i = 1000; i < 100000; i++) {
		(void)fail(t, i, 1000 + i / 1000, &b);
		ATF_REQUIRE(throttle_count(t) <= 100);
	}
	for (i = 0; i < 60; i++)
		ATF_CHECK(banned(t, i, 2000));
	throttle_bans(t, 2000, count, &n);
	ATF_CHECK_EQ(60, n);
	/* One whose failures lie longer back goes before one with later. */
	ATF_CHECK(throttle_recent(t, "\x9f\x86\1\0", 4, 2000) == 1);
	throttle_free(t);
}

ATF_TC(bans_are_ended);
ATF_TC_HEAD(bans_are_ended, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "one ban or all are ended and forgotten, and with a limit of 0 "
	    "there are none");
}
ATF_TC_BODY(bans_are_ended, tc)
{
	struct throttle_limit off = { 0, WITHIN, BAN };
	struct throttle_ban   b;
	struct throttle      *t;
	unsigned int          i, n = 0;

	t = start(THROTTLE_MAX, FAILURES, WITHIN, BAN);
	for (i = 0; i < 20; i++)
		(void)ban(t, i, 1000);
	(void)fail(t, 50, 1000, &b);
	ATF_CHECK_EQ(1, throttle_unban(t, "\3\0\0\0", 4, 1001));
	ATF_CHECK_EQ(0, throttle_unban(t, "\3\0\0\0", 4, 1001));
	ATF_CHECK_EQ(0, throttle_unban(t, "\x32\0\0\0", 4, 1001));
	ATF_CHECK_EQ(0, banned(t, 3, 1001));
	ATF_CHECK_EQ(BAN, ban(t, 3, 1001));
	throttle_bans(t, 1001, count, &n);
	ATF_CHECK_EQ(20, n);
	ATF_CHECK_EQ(20, throttle_unban_all(t, 1001));
	ATF_CHECK_EQ(0, throttle_count(t));
	for (i = 0; i < 20; i++)
		(void)ban(t, i, 1001);
	(void)fail(t, 51, 1001, &b);
	ATF_CHECK_EQ(BAN - 1, throttle_left(t, "\4\0\0\0", 4, 1002));
	ATF_CHECK_EQ(0, throttle_left(t, "\x33\0\0\0", 4, 1002));
	/* Odd ones; 51 is one and was not banned. */
	ATF_CHECK_EQ(10, throttle_unban_some(t, 1002, is_odd, NULL));
	ATF_CHECK_EQ(10, throttle_count(t));
	for (i = 0; i < 20; i++)
		ATF_CHECK_EQ(i % 2 == 0, banned(t, i, 1002));
	throttle_set(t, &off);
	ATF_CHECK_EQ(0, banned(t, 1, 1001));
	for (i = 0; i < 100; i++)
		ATF_REQUIRE_EQ(0, fail(t, 1, 1001, &b));
	ATF_CHECK_EQ(0, throttle_count(t));
	throttle_free(t);
}

static struct throttle *
start(size_t max, uint32_t failures, uint32_t within, uint32_t length)
{
	struct throttle_limit limit = { failures, within, length };
	struct throttle      *t;

	ATF_REQUIRE((t = throttle_new(max)) != NULL);
	throttle_set(t, &limit);
	return t;
}

/* Keys are numbers, the lowest byte first. */
static void
key_of(unsigned int n, uint8_t key[4])
{
	int i;

	for (i = 0; i < 4; i++, n >>= 8)
		key[i] = (uint8_t)n;
}

static int
fail(struct throttle *t, unsigned int n, uint64_t now, struct throttle_ban *b)
{
	uint8_t key[4];

	key_of(n, key);
	return throttle_fail(t, key, sizeof(key), now, b);
}

static int
banned(struct throttle *t, unsigned int n, uint64_t now)
{
	uint8_t key[4];

	key_of(n, key);
	return throttle_banned(t, key, sizeof(key), now);
}

/* Fails until banned: for how long. */
static uint64_t
ban(struct throttle *t, unsigned int n, uint64_t now)
{
	struct throttle_ban b;
	int                 i;

	for (i = 0; i < FAILURES; i++)
		if (fail(t, n, now, &b)) {
			/* Nothing is counted on top. */
			ATF_REQUIRE_EQ(0, fail(t, n, now, &b));
			ATF_REQUIRE(banned(t, n, now));
			return b.left_ms;
		}
	atf_tc_fail("%d failures and no ban", i);
}

static int
count(void *arg, const struct throttle_ban *b)
{
	unsigned int *n = arg;

	ATF_CHECK(b->left_ms > 0 && b->failures >= FAILURES);
	(*n)++;
	return 1;
}

static int
is_odd(void *arg, const struct throttle_ban *b)
{
	ATF_CHECK_EQ(b->key[0] == 51, b->left_ms == 0);
	return b->key[0] % 2;
}

ATF_TC(without_memory);
ATF_TC_HEAD(without_memory, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a failure that there is no memory for takes the place of the "
	    "one that is forgotten first, or is one of anybody");
}
ATF_TC_BODY(without_memory, tc)
{
	struct throttle_ban b;
	struct throttle    *t;
	unsigned int        i, bans = 0;

	t = start(THROTTLE_MAX, FAILURES, WITHIN, BAN);
	for (i = 1; i <= 2 * FAILURES; i++)
		(void)fail(t, i, i, &b);
	no_memory = 1;
	for (i = 0; i < FAILURES; i++)
		bans += (unsigned int)fail(t, 100, 50, &b);
	ATF_CHECK_EQ(0, no_memory);
	ATF_CHECK_EQ(1, bans);
	ATF_CHECK_EQ(2 * FAILURES, throttle_count(t));
	ATF_CHECK(banned(t, 100, 51));
	ATF_CHECK(!banned(t, 200, 51));
	throttle_free(t);

	t = start(THROTTLE_MAX, FAILURES, WITHIN, BAN);
	(void)fail(t, 1, 1, &b);
	no_memory = 1000;
	(void)fail(t, 2, 1, &b);
	no_memory = 0;
	ATF_CHECK(banned(t, 2, 2) && banned(t, 3, SHARE));
	ATF_CHECK(throttle_recent(t, "\3\0\0", 4, SHARE) != 0);
	ATF_CHECK(!banned(t, 2, SHARE + 1));
	/* Who is known is counted, and so is who can be again. */
	ATF_CHECK_EQ(0, fail(t, 4, 2, &b));
	ATF_CHECK(!banned(t, 4, 3) && banned(t, 3, 3));
	(void)throttle_unban_all(t, 4);
	ATF_CHECK(!banned(t, 3, 4));
	throttle_free(t);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_more_than_allowed);
	ATF_TP_ADD_TC(tp, slow_failures_never_ban);
	ATF_TP_ADD_TC(tp, bans_grow_and_shrink);
	ATF_TP_ADD_TC(tp, the_worst_are_kept);
	ATF_TP_ADD_TC(tp, bans_are_ended);
	ATF_TP_ADD_TC(tp, without_memory);
	return atf_no_error();
}
