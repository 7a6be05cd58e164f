/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * When a question is asked again without EDNS, and what is learned from it.
 */

#include <string.h>

#include <atf-c.h>

#include "resolver/edns.h"
#include "resolver/reply.h"

#define NOW 1000000

static struct reply
reply(unsigned int code, int edns)
{
	struct reply r;

	memset(&r, 0, sizeof(r));
	r.code = code;
	r.edns = edns;
	return r;
}

static int
doubts(struct edns *e, unsigned int code, int edns, uint64_t now)
{
	struct reply r = reply(code, edns);

	return edns_doubts(e, &r, now);
}

static void
compare(struct edns *e, unsigned int code, uint64_t now)
{
	struct reply r = reply(code, 0);

	edns_compare(e, &r, now);
}

ATF_TC(refusals);
ATF_TC_HEAD(refusals, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each code that may mean EDNS is doubted, of an unknown server");
}
ATF_TC_BODY(refusals, tc)
{
	struct edns  e;
	unsigned int code;

	for (code = 0; code < 24; code++) {
		memset(&e, 0, sizeof(e));
		ATF_CHECK(edns_is_on(&e, NOW));
		ATF_CHECK_EQ(code != REPLY_NOERROR && code != REPLY_NXDOMAIN,
		    doubts(&e, code, 0, NOW));
		/* Who sends EDNS knows it, but may not like this one. */
		memset(&e, 0, sizeof(e));
		ATF_CHECK_EQ(code == REPLY_FORMERR || code == REPLY_NOTIMP ||
			code == REPLY_BADVERS,
		    doubts(&e, code, 1, NOW));
	}
	memset(&e, 0, sizeof(e));
	ATF_CHECK(edns_doubts_silence(&e, NOW));
}

ATF_TC(believed);
ATF_TC_HEAD(believed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who answered with EDNS lately means "
	    "SERVFAIL and silence as they are");
}
ATF_TC_BODY(believed, tc)
{
	struct edns e;

	memset(&e, 0, sizeof(e));
	ATF_CHECK(!doubts(&e, REPLY_NXDOMAIN, 0, NOW));
	ATF_CHECK(!doubts(&e, REPLY_SERVFAIL, 0, NOW + 1));
	ATF_CHECK(!doubts(&e, REPLY_REFUSED, 0, NOW + 1));
	ATF_CHECK(!edns_doubts_silence(&e, NOW + 1));
	ATF_CHECK(edns_doubts_end(&e, NOW + 1));
	ATF_CHECK(doubts(&e, REPLY_FORMERR, 0, NOW + 1));
	ATF_CHECK(!doubts(&e, REPLY_SERVFAIL, 0, NOW + EDNS_PROOF_MS - 1));
	ATF_CHECK(doubts(&e, REPLY_SERVFAIL, 0, NOW + EDNS_PROOF_MS));
	ATF_CHECK(edns_doubts_silence(&e, NOW + EDNS_PROOF_MS));
}

ATF_TC(remembered);
ATF_TC_HEAD(remembered, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "where it helped EDNS is off, and comes back");
}
ATF_TC_BODY(remembered, tc)
{
	struct edns e;

	memset(&e, 0, sizeof(e));
	ATF_CHECK(doubts(&e, REPLY_NOTIMP, 0, NOW));
	ATF_CHECK(edns_is_on(&e, NOW));
	compare(&e, REPLY_NXDOMAIN, NOW);
	ATF_CHECK(!edns_is_on(&e, NOW));
	ATF_CHECK(!edns_is_on(&e, NOW + EDNS_OFF_MS - 1));
	ATF_CHECK(edns_is_on(&e, NOW + EDNS_OFF_MS));
	edns_turn_off(&e, NOW);
	ATF_CHECK(!edns_is_on(&e, NOW + 1));
}

ATF_TC(futile);
ATF_TC_HEAD(futile, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a server that fails both ways is not asked twice for long");
}
ATF_TC_BODY(futile, tc)
{
	static const unsigned int codes[] = { REPLY_SERVFAIL, REPLY_FORMERR,
		REPLY_REFUSED };
	struct edns               e;
	uint64_t                  t;
	size_t                    i;
	unsigned int              n;

	for (i = 0; i < 3; i++) {
		memset(&e, 0, sizeof(e));
		/* A hundred seconds with ten questions each. */
		for (n = 0, t = NOW; t < NOW + 100000; t += 100) {
			if (!doubts(&e, codes[i], 0, t))
				continue;
			n++;
			compare(&e, codes[i], t);
		}
		ATF_CHECK_MSG(n >= EDNS_FUTILE_MAX &&
			n <= EDNS_FUTILE_MAX + 100,
		    "%u of 1000 asked again", n);
		ATF_CHECK(edns_is_on(&e, t));
		ATF_CHECK(doubts(&e, codes[i], 0, t + EDNS_FUTILE_MS));
		/* One good answer, and failures are seldom again. */
		compare(&e, REPLY_NOERROR, t);
		ATF_CHECK(!edns_is_on(&e, t));
		ATF_CHECK(doubts(&e, codes[i], 0, t + EDNS_OFF_MS));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, believed);
	ATF_TP_ADD_TC(tp, remembered);
	ATF_TP_ADD_TC(tp, futile);
	return atf_no_error();
}
