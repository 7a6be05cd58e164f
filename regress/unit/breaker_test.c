/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the circuit breaker, by a clock of their own: when it opens, what
 * gets through while it is open, and who closes it.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "router/breaker.h"

#define WITHIN 30000
#define OPEN   60000
#define STEPS  200000

static const struct breaker_limit limit = { 5, WITHIN, OPEN };

static void fail(struct breaker *, uint64_t);
static void open_it(struct breaker *, uint64_t);

/* One try that fails. */
static void
fail(struct breaker *b, uint64_t now)
{
	uint32_t ticket;

	ticket = breaker_take(b, &limit, now);
	ATF_REQUIRE(ticket != 0);
	(void)breaker_failed(b, &limit, ticket, now);
}

static void
open_it(struct breaker *b, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < limit.failures; i++)
		fail(b, now);
	ATF_REQUIRE(breaker_state(b, &limit, now) == BREAKER_OPEN);
}

ATF_TC(opens_when_it_says);
ATF_TC_HEAD(opens_when_it_says, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "it opens over exactly the failure "
	    "that is the last of so many within the time, at any pace");
}
ATF_TC_BODY(opens_when_it_says, tc)
{
	static uint64_t when[STEPS];
	struct breaker  b = { 0 };
	uint64_t        now = 1;
	uint32_t        ticket;
	unsigned int    i, n = 0, opened = 0;
	int             expect;

	srandom(1);
	for (i = 0; i < STEPS; i++) {
		now += (uint64_t)random() %
		    (random() % 20 == 0 ? 2 * WITHIN : WITHIN / 3);
		ticket = breaker_take(&b, &limit, now);
		if (ticket == 0)
			continue;
		if (breaker_state(&b, &limit, now) == BREAKER_HALF_OPEN) {
			breaker_worked(&b, ticket);
			n = 0;
			continue;
		}
		when[n++] = now;
		expect = n >= limit.failures &&
		    now - when[n - limit.failures] < WITHIN;
		ATF_REQUIRE_EQ(breaker_failed(&b, &limit, ticket, now), expect);
		ATF_REQUIRE_EQ(breaker_state(&b, &limit, now),
		    expect ? BREAKER_OPEN : BREAKER_CLOSED);
		opened += (unsigned int)expect;
	}
	ATF_CHECK(opened > 100);
	ATF_CHECK_EQ(b.opened, opened);
}

ATF_TC(edge_of_the_time);
ATF_TC_HEAD(edge_of_the_time, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a failure counts for its time, and "
	    "not a millisecond longer");
}
ATF_TC_BODY(edge_of_the_time, tc)
{
	struct breaker b = { 0 };
	unsigned int   i;

	fail(&b, 1000);
	for (i = 2; i < limit.failures; i++)
		fail(&b, 2000);
	fail(&b, 1000 + WITHIN);
	ATF_CHECK_EQ(breaker_state(&b, &limit, 1000 + WITHIN), BREAKER_CLOSED);
	breaker_reset(&b);
	fail(&b, 1000);
	for (i = 2; i < limit.failures; i++)
		fail(&b, 2000);
	fail(&b, 1000 + WITHIN - 1);
	ATF_CHECK_EQ(breaker_state(&b, &limit, 1000 + WITHIN - 1),
	    BREAKER_OPEN);
}

ATF_TC(open_for_its_time);
ATF_TC_HEAD(open_for_its_time, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "open, nothing gets through until its time is over, to the "
	    "millisecond, then one at a time");
}
ATF_TC_BODY(open_for_its_time, tc)
{
	struct breaker b = { 0 };
	uint32_t       ticket;
	uint64_t       now;

	open_it(&b, 1000);
	for (now = 1000; now < 1000 + OPEN; now += 7)
		ATF_REQUIRE_EQ(breaker_take(&b, &limit, now), 0);
	ATF_CHECK_EQ(breaker_take(&b, &limit, 1000 + OPEN - 1), 0);
	now = 1000 + OPEN;
	ATF_CHECK_EQ(breaker_state(&b, &limit, now), BREAKER_HALF_OPEN);
	ticket = breaker_take(&b, &limit, now);
	ATF_CHECK(ticket != 0);
	ATF_CHECK_EQ(breaker_take(&b, &limit, now), 0);
	ATF_CHECK_EQ(breaker_take(&b, &limit, now + 10 * OPEN), 0);

	/* Given up without a result: the next one tries. */
	breaker_returned(&b, ticket);
	ticket = breaker_take(&b, &limit, now);
	ATF_CHECK(ticket != 0);
	ATF_CHECK_EQ(breaker_take(&b, &limit, now), 0);

	/* It fails: as long again, from then on. */
	ATF_CHECK_EQ(breaker_failed(&b, &limit, ticket, now + 500), 1);
	ATF_CHECK_EQ(breaker_take(&b, &limit, now + 499 + OPEN), 0);
	ticket = breaker_take(&b, &limit, now + 500 + OPEN);
	ATF_CHECK(ticket != 0);

	/* It works: closed, with all failures forgotten. */
	breaker_worked(&b, ticket);
	now += 500 + OPEN;
	ATF_CHECK_EQ(breaker_state(&b, &limit, now), BREAKER_CLOSED);
	ATF_CHECK(breaker_take(&b, &limit, now) != 0);
	ATF_CHECK(breaker_take(&b, &limit, now) != 0);
	open_it(&b, now);
}

ATF_TC(slow_trials);
ATF_TC_HEAD(slow_trials, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a trial whose proxy is connected and "
	    "takes long keeps no other from its turn; any of them closes it "
	    "or opens it again, and what the rest say then is late");
}
ATF_TC_BODY(slow_trials, tc)
{
	struct breaker b;
	uint32_t       first, second, third;
	uint64_t       now = 1000 + OPEN;
	unsigned int   i;

	for (i = 0; i < 6; i++) {
		memset(&b, 0, sizeof(b));
		open_it(&b, 1000);
		first = breaker_take(&b, &limit, now);
		ATF_REQUIRE(first != 0);
		/* Not before it is connected, whenever that is. */
		ATF_CHECK_EQ(breaker_take(&b, &limit, now + OPEN), 0);
		breaker_connected(&b, first, now + OPEN);
		breaker_connected(&b, first - 1, now);
		ATF_CHECK_EQ(breaker_take(&b, &limit,
				 now + OPEN + BREAKER_TRIAL_MS - 1),
		    0);
		second = breaker_take(&b, &limit,
		    now + OPEN + BREAKER_TRIAL_MS);
		ATF_REQUIRE(second != 0);
		ATF_CHECK_EQ(breaker_take(&b, &limit, now + 2 * OPEN), 0);
		switch (i) {
		case 0:
			breaker_worked(&b, first);
			ATF_CHECK_EQ(breaker_failed(&b, &limit, second,
					 now + 2 * OPEN),
			    0);
			ATF_CHECK_EQ(breaker_state(&b, &limit, now + 2 * OPEN),
			    BREAKER_CLOSED);
			break;
		case 1:
			breaker_worked(&b, second);
			ATF_CHECK_EQ(breaker_state(&b, &limit, now + 2 * OPEN),
			    BREAKER_CLOSED);
			break;
		case 2:
			ATF_CHECK_EQ(breaker_failed(&b, &limit, second,
					 now + 2 * OPEN),
			    1);
			breaker_worked(&b, first);
			ATF_CHECK_EQ(breaker_state(&b, &limit, now + 2 * OPEN),
			    BREAKER_OPEN);
			break;
		case 3:
			breaker_returned(&b, second);
			breaker_worked(&b, first);
			ATF_CHECK_EQ(breaker_state(&b, &limit, now + 2 * OPEN),
			    BREAKER_CLOSED);
			break;
		case 4:
			breaker_returned(&b, second);
			ATF_CHECK_EQ(breaker_failed(&b, &limit, first,
					 now + 2 * OPEN),
			    1);
			break;
		case 5:
			breaker_returned(&b, first);
			third = breaker_take(&b, &limit, now + 2 * OPEN);
			ATF_CHECK(third != 0);
			breaker_worked(&b, third);
			ATF_CHECK_EQ(breaker_state(&b, &limit, now + 2 * OPEN),
			    BREAKER_CLOSED);
			break;
		}
	}
}

ATF_TC(due);
ATF_TC_HEAD(due, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "one that is due is half-open if it "
	    "was open, and else what it was");
}
ATF_TC_BODY(due, tc)
{
	struct breaker b = { 0 };
	uint32_t       ticket;

	breaker_due(&b, &limit, 5);
	ATF_CHECK_EQ(breaker_state(&b, &limit, 5), BREAKER_CLOSED);
	open_it(&b, 1000);
	breaker_due(&b, &limit, 1001);
	ATF_CHECK_EQ(breaker_state(&b, &limit, 1001), BREAKER_HALF_OPEN);
	ticket = breaker_take(&b, &limit, 1001);
	ATF_CHECK(ticket != 0);
	breaker_due(&b, &limit, 1002);
	ATF_CHECK_EQ(breaker_take(&b, &limit, 1002), 0);
	ATF_CHECK_EQ(breaker_failed(&b, &limit, ticket, 1003), 1);
	ATF_CHECK_EQ(breaker_take(&b, &limit, 1002 + OPEN), 0);
}

ATF_TC(late_results);
ATF_TC_HEAD(late_results, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what began before the state changed "
	    "neither closes it, nor opens it, nor ends a trial");
}
ATF_TC_BODY(late_results, tc)
{
	struct breaker b = { 0 };
	uint32_t       late[100], trial;
	uint64_t       now = 1000 + OPEN;
	unsigned int   i;

	for (i = 0; i < 100; i++)
		late[i] = breaker_take(&b, &limit, 1000);
	open_it(&b, 1000);
	for (i = 0; i < 20; i++) {
		breaker_worked(&b, late[i]);
		ATF_CHECK_EQ(breaker_failed(&b, &limit, late[20 + i], 2000), 0);
	}
	ATF_CHECK_EQ(breaker_take(&b, &limit, now - 1), 0);
	trial = breaker_take(&b, &limit, now);
	ATF_CHECK(trial != 0);
	for (i = 40; i < 60; i++) {
		breaker_worked(&b, late[i]);
		breaker_returned(&b, late[i]);
		ATF_CHECK_EQ(breaker_failed(&b, &limit, late[i], now), 0);
		ATF_CHECK_EQ(breaker_take(&b, &limit, now), 0);
	}
	breaker_worked(&b, trial);
	for (i = 60; i < 100; i++)
		ATF_CHECK_EQ(breaker_failed(&b, &limit, late[i], now), 0);
	ATF_CHECK_EQ(breaker_state(&b, &limit, now), BREAKER_CLOSED);
}

ATF_TC(reset_and_off);
ATF_TC_HEAD(reset_and_off, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "one that is off never opens; reset "
	    "closes it at once and voids what is under way");
}
ATF_TC_BODY(reset_and_off, tc)
{
	static const struct breaker_limit off = { 0, WITHIN, OPEN };
	struct breaker                    b = { 0 };
	uint32_t                          ticket;
	unsigned int                      i;

	for (i = 0; i < 1000; i++) {
		ticket = breaker_take(&b, &off, i);
		ATF_REQUIRE(ticket != 0);
		ATF_REQUIRE_EQ(breaker_failed(&b, &off, ticket, i), 0);
	}
	open_it(&b, 5000);
	ATF_CHECK_EQ(breaker_state(&b, &off, 5000), BREAKER_CLOSED);
	ATF_CHECK(breaker_take(&b, &off, 5000) != 0);
	ticket = breaker_take(&b, &limit, 5000 + OPEN);
	ATF_CHECK(ticket != 0);
	breaker_reset(&b);
	ATF_CHECK_EQ(breaker_state(&b, &limit, 5000), BREAKER_CLOSED);
	for (i = 0; i < 2 * limit.failures; i++)
		ATF_CHECK_EQ(breaker_failed(&b, &limit, ticket, 5000), 0);
}

ATF_TC(limits_change);
ATF_TC_HEAD(limits_change, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a limit that gets tighter or looser "
	    "over a reload holds from the next failure on, up to the largest");
}
ATF_TC_BODY(limits_change, tc)
{
	struct breaker_limit l = { 0, WITHIN, OPEN };
	struct breaker       b = { 0 };
	uint32_t             ticket;
	unsigned int         i;

	l.failures = CONF_BREAKER_FAILURES_MAX;
	for (i = 1; i < CONF_BREAKER_FAILURES_MAX; i++) {
		ticket = breaker_take(&b, &l, 100);
		ATF_REQUIRE_EQ(breaker_failed(&b, &l, ticket, 100), 0);
	}
	l.failures = 3;
	ticket = breaker_take(&b, &l, 100);
	ATF_CHECK_EQ(breaker_failed(&b, &l, ticket, 100), 1);

	breaker_reset(&b);
	l.failures = CONF_BREAKER_FAILURES_MAX;
	for (i = 1; i <= CONF_BREAKER_FAILURES_MAX; i++) {
		ticket = breaker_take(&b, &l, 100);
		ATF_REQUIRE_EQ(breaker_failed(&b, &l, ticket, 100),
		    i == CONF_BREAKER_FAILURES_MAX);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, opens_when_it_says);
	ATF_TP_ADD_TC(tp, edge_of_the_time);
	ATF_TP_ADD_TC(tp, open_for_its_time);
	ATF_TP_ADD_TC(tp, slow_trials);
	ATF_TP_ADD_TC(tp, due);
	ATF_TP_ADD_TC(tp, late_results);
	ATF_TP_ADD_TC(tp, reset_and_off);
	ATF_TP_ADD_TC(tp, limits_change);
	return atf_no_error();
}
