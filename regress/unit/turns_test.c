/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */
/*
 * Which server a question goes to, time after time.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "resolver/asked.h"
#include "resolver/turns.h"

#define SERVERS	3
#define EDNS	11		/* bytes that come behind a question */

/* A question of that id, with room for EDNS behind it; its length without. */
static size_t
question(uint8_t *q, unsigned int id)
{
	memset(q, 0, 64);
	q[0] = (uint8_t)(id >> 8);
	q[1] = (uint8_t)id;
	q[5] = 1;
	memcpy(q + 12, "\1a\4test\0\0\1\0\1", 12);
	return 24;
}

ATF_TC(round_and_round);
ATF_TC_HEAD(round_and_round, tc)
{
	atf_tc_set_md_var(tc, "descr", "each question begins with the first "
	    "server, whatever happens to others");
}
ATF_TC_BODY(round_and_round, tc)
{
	struct turns	*ts;
	uint8_t		 q[64];
	size_t		 len;
	unsigned int	 i, id;

	ATF_REQUIRE((ts = turns_new()) != NULL);
	len = question(q, 1);
	ATF_CHECK_EQ(0, turns_take(ts, q, len, 0, 1, 0));
	turns_reset(ts, SERVERS);
	for (i = 0; i < 4 * SERVERS; i++) {
		for (id = 0; id < 50; id++) {
			len = question(q, id);
			ATF_CHECK_EQ(i % SERVERS,
			    turns_take(ts, q, len, 0, 7, i));
		}
		len = question(q, 1000 + i);
		ATF_CHECK_EQ(0, turns_take(ts, q, len, 0, 7, i));
	}
	turns_reset(ts, SERVERS);
	len = question(q, 1);
	ATF_CHECK_EQ(0, turns_take(ts, q, len, 0, 7, i));
	turns_free(ts);
	turns_free(NULL);
}

ATF_TC(same_server);
ATF_TC_HEAD(same_server, tc)
{
	atf_tc_set_md_var(tc, "descr", "who cut an answer is asked by TCP, who "
	    "does not know EDNS without; then it is the next one's turn");
}
ATF_TC_BODY(same_server, tc)
{
	struct turns	*ts;
	uint8_t		 q[64];
	size_t		 len;

	ATF_REQUIRE((ts = turns_new()) != NULL);
	turns_reset(ts, SERVERS);
	len = question(q, 1);
	ATF_CHECK_EQ(0, turns_take(ts, q, len + EDNS, 0, 1, 0));
	ATF_CHECK_EQ(1, turns_take(ts, q, len + EDNS, 0, 2, 0));
	ATF_CHECK_EQ(1, turns_take(ts, q, len, 0, 3, 0));
	ATF_CHECK_EQ(1, turns_take(ts, q, len, 1, 4, 0));
	ATF_CHECK_EQ(2, turns_take(ts, q, len, 1, 5, 0));
	ATF_CHECK_EQ(0, turns_take(ts, q, len, 1, 6, 0));
	turns_free(ts);
}

ATF_TC(number);
ATF_TC_HEAD(number, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the last number is known, for a minute and for so many");
}
ATF_TC_BODY(number, tc)
{
	struct turns	*ts;
	uint8_t		 q[64], key[ASKED_KEY_MAX], gone[ASKED_KEY_MAX];
	size_t		 len, n;
	int		 i;

	ATF_REQUIRE((ts = turns_new()) != NULL);
	turns_reset(ts, SERVERS);
	len = question(q, 0);
	ATF_REQUIRE((n = asked_key(q, len, gone)) != 0);
	ATF_CHECK_EQ(-1, turns_number(ts, gone, n));
	for (i = 0; i < TURNS_MAX + 1; i++) {
		len = question(q, (unsigned int)i);
		ATF_CHECK_EQ(0, turns_take(ts, q, len, 0, i, 5));
	}
	ATF_CHECK_EQ(-1, turns_number(ts, gone, n));
	(void)asked_key(q, len, key);
	ATF_CHECK_EQ(TURNS_MAX, turns_number(ts, key, n));
	ATF_CHECK_EQ(1, turns_take(ts, q, len, 0, 77, TURNS_AGE_MS));
	ATF_CHECK_EQ(77, turns_number(ts, key, n));
	len = question(q, 1);
	(void)asked_key(q, len, gone);
	ATF_CHECK_EQ(1, turns_number(ts, gone, n));
	len = question(q, 60000);
	ATF_CHECK_EQ(0, turns_take(ts, q, len, 0, 78, 6 + TURNS_AGE_MS));
	ATF_CHECK_EQ(-1, turns_number(ts, gone, n));
	ATF_CHECK_EQ(77, turns_number(ts, key, n));
	turns_free(ts);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_and_round);
	ATF_TP_ADD_TC(tp, same_server);
	ATF_TP_ADD_TC(tp, number);
	return atf_no_error();
}
