/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of what is remembered of a user's logins: nothing that was not put
 * there, nothing for longer than its time, the latest few of it.
 */

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "auth/recall.h"

#define STEPS 100000
#define TAGS  12

static void tag_of(unsigned int, uint8_t *);
static void addr_of(unsigned int, struct addr *);

ATF_TC(logins);
ATF_TC_HEAD(logins, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random logins and times, against a plain table: what is recalled "
	    "was put there, and the last put is always recalled");
}
ATF_TC_BODY(logins, tc)
{
	struct recall r;
	uint64_t      until[TAGS], now = 5, last;
	uint8_t       tag[MAC_LEN];
	unsigned int  i, n, valid, known;

	srandom(2);
	memset(&r, 0, sizeof(r));
	memset(until, 0, sizeof(until));
	tag_of(0, tag);
	ATF_REQUIRE_EQ(0, recall_login(&r, tag, 0));
	for (i = 0; i < STEPS; i++) {
		now += (uint64_t)(random() % 40);
		if (random() % 500 == 0) {
			recall_forget_logins(&r);
			memset(until, 0, sizeof(until));
		}
		n = (unsigned int)random() % TAGS;
		tag_of(n, tag);
		if (random() % 4 == 0) {
			last = now + 1 +
			    (uint64_t)(random() % 3 == 0 ? 400 :
							   random() % 200);
			recall_put_login(&r, tag, last);
			until[n] = last;
			ATF_REQUIRE(recall_login(&r, tag, now));
		}
		for (n = valid = known = 0; n < TAGS; n++) {
			tag_of(n, tag);
			valid += until[n] > now;
			if (recall_login(&r, tag, now) == 0)
				continue;
			known++;
			ATF_REQUIRE(until[n] > now);
		}
		ATF_REQUIRE(known <= RECALL_LOGINS);
		ATF_REQUIRE_EQ(known > 0, recall_any(&r, now));
	}
}

ATF_TC(all_that_fit);
ATF_TC_HEAD(all_that_fit, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "as many logins and sources as there is room for are recalled, "
	    "and putting one again takes no further room");
}
ATF_TC_BODY(all_that_fit, tc)
{
	struct recall r;
	struct addr   a;
	uint8_t       tag[MAC_LEN];
	unsigned int  i, k;

	memset(&r, 0, sizeof(r));
	for (k = 0; k < 10; k++) {
		for (i = 0; i < RECALL_LOGINS; i++) {
			tag_of(i, tag);
			recall_put_login(&r, tag, 100 + k + i);
		}
		for (i = 0; i < RECALL_SOURCES; i++) {
			addr_of(i, &a);
			recall_put_source(&r, &a, 100 + k + i);
		}
	}
	for (i = 0; i < RECALL_LOGINS; i++) {
		tag_of(i, tag);
		ATF_CHECK(recall_login(&r, tag, 108 + i));
		ATF_CHECK_EQ(0, recall_login(&r, tag, 109 + i));
	}
	for (i = 0; i < RECALL_SOURCES; i++) {
		addr_of(i, &a);
		ATF_CHECK(recall_source(&r, &a, 108 + i + RECALL_SOURCE_MS));
		ATF_CHECK_EQ(0,
		    recall_source(&r, &a, 109 + i + RECALL_SOURCE_MS));
	}
	/* One more takes the place of the oldest. */
	addr_of(i, &a);
	recall_put_source(&r, &a, 1000);
	for (k = 0; k <= i; k++) {
		addr_of(k, &a);
		ATF_CHECK_EQ(k > 0, recall_source(&r, &a, 200));
	}
}

/* Two tags differ in one bit alone. */
static void
tag_of(unsigned int n, uint8_t *tag)
{
	memset(tag, 0, MAC_LEN);
	tag[(n * 7) % MAC_LEN] ^= (uint8_t)(1U << (n % 8));
}

static void
addr_of(unsigned int n, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->af = AF_INET;
	a->b[0] = 192;
	a->b[3] = (uint8_t)n;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, logins);
	ATF_TP_ADD_TC(tp, all_that_fit);
	return atf_no_error();
}
