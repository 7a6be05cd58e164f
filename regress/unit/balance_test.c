/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of which proxy is next, and of the wait before the next round.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "router/balance.h"

#define ROUNDS 20000

static void     make(struct balance *, enum conf_balance, unsigned int);
static uint64_t any(void);

static uint64_t
any(void)
{
	return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^
	    (uint64_t)random();
}

static void
make(struct balance *b, enum conf_balance how, unsigned int n)
{
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->how = how;
	b->n = n;
	b->last = n - 1;
	for (i = 0; i < n; i++)
		b->identity[i] = any();
}

ATF_TC(only_members);
ATF_TC_HEAD(only_members, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever the way, only a member of the set is picked, and one "
	    "is if there is any");
}
ATF_TC_BODY(only_members, tc)
{
	static const enum conf_balance ways[] = { CONF_FAILOVER,
		CONF_ROUNDROBIN, CONF_SOURCE };
	struct balance                 b;
	uint64_t                       set, all;
	unsigned int                   i, n;
	int                            at;

	srandom(1);
	for (i = 0; i < ROUNDS; i++) {
		n = 1 + (unsigned int)random() % CONF_MEMBERS_MAX;
		make(&b, ways[i % 3], n);
		all = n == 64 ? UINT64_MAX : MEMBER_BIT(n) - 1;
		set = any() & any() & any() & all;
		at = balance_pick(&b, set, any());
		if (set == 0)
			ATF_REQUIRE_EQ(at, -1);
		else
			ATF_REQUIRE(at >= 0 && (set & MEMBER_BIT(at)) != 0);
	}
}

ATF_TC(failover);
ATF_TC_HEAD(failover, tc)
{
	atf_tc_set_md_var(tc, "descr", "failover: always the first there is");
}
ATF_TC_BODY(failover, tc)
{
	struct balance b;
	uint64_t       set;
	unsigned int   i, first;

	srandom(2);
	make(&b, CONF_FAILOVER, 64);
	for (i = 0; i < ROUNDS; i++) {
		if ((set = any() << random() % 64) == 0)
			continue;
		for (first = 0; (set & MEMBER_BIT(first)) == 0; first++)
			;
		ATF_REQUIRE_EQ(balance_pick(&b, set, any()), (int)first);
	}
}

ATF_TC(roundrobin);
ATF_TC_HEAD(roundrobin, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "roundrobin: from the first on, each "
	    "that is there as often as any other, give or take one");
}
ATF_TC_BODY(roundrobin, tc)
{
	struct balance b;
	unsigned int   i, k, m, n, count[CONF_MEMBERS_MAX];
	uint64_t       set;
	int            at;

	srandom(3);
	for (k = 0; k < 100; k++) {
		n = 1 + (unsigned int)random() % CONF_MEMBERS_MAX;
		make(&b, CONF_ROUNDROBIN, n);
		set = (any() | 1) & (n == 64 ? UINT64_MAX : MEMBER_BIT(n) - 1);
		ATF_CHECK_EQ(balance_pick(&b, set, any()), 0);
		b.last = n - 1;
		memset(count, 0, sizeof(count));
		for (i = 0; i < 1000; i++) {
			at = balance_pick(&b, set, any());
			ATF_REQUIRE(at != -1);
			count[at]++;
			for (m = 0; m < n; m++)
				if (set & MEMBER_BIT(m))
					ATF_REQUIRE(count[at] <= count[m] + 1);
		}
	}
}

ATF_TC(source_stays);
ATF_TC_HEAD(source_stays, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "source: the same source goes the "
	    "same way; without a member only its own sources move, and they "
	    "spread; with it again they come back; order does not matter");
}
ATF_TC_BODY(source_stays, tc)
{
	struct balance b, r;
	uint64_t       source, all = MEMBER_BIT(8) - 1;
	unsigned int   i, count[8] = { 0 }, moved[8] = { 0 };
	int            at, other;

	srandom(4);
	make(&b, CONF_SOURCE, 8);
	make(&r, CONF_SOURCE, 8);
	for (i = 0; i < 8; i++)
		r.identity[7 - i] = b.identity[i];
	for (i = 0; i < ROUNDS; i++) {
		source = any();
		at = balance_pick(&b, all, source);
		count[at]++;
		ATF_REQUIRE_EQ(balance_pick(&b, all, source), at);
		ATF_REQUIRE_EQ(balance_pick(&r, all, source), 7 - at);
		other = balance_pick(&b, all & ~MEMBER_BIT(3), source);
		if (at != 3)
			ATF_REQUIRE_EQ(other, at);
		else
			moved[other]++;
	}
	for (i = 0; i < 8; i++) {
		ATF_CHECK(count[i] > ROUNDS / 8 * 9 / 10);
		ATF_CHECK(count[i] < ROUNDS / 8 * 11 / 10);
		if (i != 3)
			ATF_CHECK(moved[i] > count[3] / 7 * 7 / 10);
	}
	ATF_CHECK_EQ(moved[3], 0);
}

ATF_TC(backoff);
ATF_TC_HEAD(backoff, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the wait doubles up to its limit, "
	    "chance takes off no more than half, and all of that half");
}
ATF_TC_BODY(backoff, tc)
{
	uint32_t     ms, full, low, high, max = 5000;
	unsigned int i, k;

	srandom(5);
	for (k = 0; k < 70; k++) {
		full = k < 6 ? 100U << k : max;
		low = UINT32_MAX;
		high = 0;
		for (i = 0; i < ROUNDS; i++) {
			ms = backoff_ms(100, max, k, (uint32_t)any());
			low = ms < low ? ms : low;
			high = ms > high ? ms : high;
		}
		ATF_REQUIRE(low >= full / 2 && high <= full);
		ATF_CHECK(low < full / 2 + full / 50 + 2);
		ATF_CHECK(high > full - full / 50 - 2);
	}
	ATF_CHECK_EQ(backoff_ms(0, 0, 9, (uint32_t)any()), 0);
	ATF_CHECK(backoff_ms(UINT32_MAX, UINT32_MAX, UINT32_MAX, 0) ==
	    UINT32_MAX);
	ATF_CHECK(backoff_ms(100, 100, 3, UINT32_MAX) >= 50);
	ATF_CHECK(backoff_ms(100, 10, 0, 0) == 10);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, only_members);
	ATF_TP_ADD_TC(tp, failover);
	ATF_TP_ADD_TC(tp, roundrobin);
	ATF_TP_ADD_TC(tp, source_stays);
	ATF_TP_ADD_TC(tp, backoff);
	return atf_no_error();
}
