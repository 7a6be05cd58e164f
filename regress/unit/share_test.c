/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of shares: the same as an obvious list, whatever is taken and given
 * back in whatever order; and what they are for.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/addr.h"
#include "base/share.h"

#define PLACES  60
#define PART    4
#define LEAST   2
#define HOLDERS 40
#define STEPS   300000

/* A place that is taken: by whom. */
struct place {
	unsigned int  holder;
	struct share *share;
};

static struct share_key key_of(unsigned int);
static size_t           held_by(const struct place *, size_t, unsigned int);
static int expected(const struct place *, size_t, unsigned int, size_t);

ATF_TC(as_a_list);
ATF_TC_HEAD(as_a_list, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random taking and giving back, beside a list that is counted");
}
ATF_TC_BODY(as_a_list, tc)
{
	struct shares    s;
	struct place     place[PLACES];
	struct share_key key;
	struct share    *h;
	unsigned int     who;
	size_t           n = 0, i, most;
	int              step, error;

	srandom(3);
	shares_init(&s, PLACES, PART, LEAST);
	for (step = 0; step < STEPS; step++) {
		/* At times it is nearly full, at times nearly empty. */
		if (n > 0 &&
		    (unsigned int)random() % 100 <
			(step / 3000 % 2 ? 60 : 30)) {
			i = (size_t)random() % n;
			share_release(&s, place[i].share);
			place[i] = place[--n];
			continue;
		}
		who = (unsigned int)random() % HOLDERS;
		if (step / 1000 % 2)
			who %= 3;
		most = random() % 2 ? PLACES : (size_t)(random() % 20);
		key = key_of(who);
		ATF_REQUIRE_EQ(held_by(place, n, who), share_held(&s, &key));
		error = expected(place, n, who, most);
		errno = 0;
		ATF_REQUIRE_EQ(error == 0, share_may(&s, &key, most));
		h = share_take(&s, &key, most);
		ATF_REQUIRE_EQ(error == 0, h != NULL);
		ATF_REQUIRE_EQ(error, errno);
		if (h == NULL)
			continue;
		place[n].holder = who;
		place[n++].share = h;
	}
	while (n > 0)
		share_release(&s, place[--n].share);
	ATF_CHECK(RB_EMPTY(&s.tree));
	ATF_CHECK_EQ(0, s.taken);
}

ATF_TC(greed_leaves_room);
ATF_TC_HEAD(greed_leaves_room, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "dozens of greedy holders leave some for one more");
}
ATF_TC_BODY(greed_leaves_room, tc)
{
	struct shares    s;
	struct share_key key;
	unsigned int     greedy, i;

	for (greedy = 1; greedy <= 40; greedy++) {
		shares_init(&s, 4096, 8, 2);
		for (i = 0; i < greedy; i++) {
			key = key_of(i);
			while (share_take(&s, &key, SIZE_MAX) != NULL)
				ATF_REQUIRE(share_held(&s, &key) <= 4096 / 8);
			ATF_REQUIRE_EQ(EDQUOT, errno);
		}
		key = key_of(i);
		ATF_REQUIRE_MSG(share_take(&s, &key, SIZE_MAX) != NULL &&
			share_take(&s, &key, SIZE_MAX) != NULL,
		    "%u left nothing", greedy);
		shares_clear(&s);
		ATF_CHECK(RB_EMPTY(&s.tree));
	}
}

ATF_TC(sources);
ATF_TC_HEAD(sources, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an IPv4 address, mapped or not, and an IPv6 /64 are one each");
}
ATF_TC_BODY(sources, tc)
{
	static const struct {
		const char *a, *b;
		int         same;
	} pairs[] = {
		{ "192.0.2.1", "192.0.2.1", 1 },
		{ "192.0.2.1", "192.0.2.2", 0 },
		{ "192.0.2.1", "::ffff:192.0.2.1", 1 },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", 0 },
		{ "2001:db8::1", "2001:db8::2", 1 },
		{ "2001:db8::1", "2001:db8:0:1::1", 0 },
		{ "0.0.0.0", "::", 0 },
		{ "0.0.0.7", "0:0:0:7::", 0 },
	};
	struct share_key a, b;
	struct addr      addr;
	size_t           i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ATF_REQUIRE_EQ(0, addr_parse(&addr, pairs[i].a));
		share_key_source(&a, &addr);
		ATF_REQUIRE_EQ(0, addr_parse(&addr, pairs[i].b));
		share_key_source(&b, &addr);
		ATF_CHECK_EQ_MSG(pairs[i].same, a.hi == b.hi && a.lo == b.lo,
		    "%s, %s", pairs[i].a, pairs[i].b);
	}
}

/* Near each other in one half or the other. */
static struct share_key
key_of(unsigned int holder)
{
	return (struct share_key){ holder % 3, holder / 3 };
}

static size_t
held_by(const struct place *place, size_t n, unsigned int who)
{
	size_t i, held = 0;

	for (i = 0; i < n; i++)
		held += place[i].holder == who;
	return held;
}

/* What share_take() must say. */
static int
expected(const struct place *place, size_t n, unsigned int who, size_t most)
{
	size_t held = held_by(place, n, who);

	if (n == PLACES)
		return ENOBUFS;
	if (held >= most)
		return EDQUOT;
	return held < LEAST || held * PART < PLACES - n ? 0 : EDQUOT;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, as_a_list);
	ATF_TP_ADD_TC(tp, greed_leaves_room);
	ATF_TP_ADD_TC(tp, sources);
	return atf_no_error();
}
