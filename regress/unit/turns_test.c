/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which server a question goes to, time after time.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "resolver/asked.h"
#include "resolver/turns.h"

#define SERVERS 3
#define ALL     7U /* servers alive */

/* A question of that id; its length. */
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

/* The server that it goes to, or -1. */
static int
take(struct turns *ts, unsigned int id, int tcp, int number, turns_set alive,
    uint64_t now)
{
	struct turn *t;
	uint8_t      q[64];
	size_t       len;

	len = question(q, id);
	t = turns_take(ts, q, len, tcp, number, alive, now);
	if (t == NULL)
		return -1;
	ATF_REQUIRE_EQ(len, t->len);
	ATF_REQUIRE(memcmp(q, t->msg, len) == 0);
	return (int)t->server;
}

/* The number that a question was sent under last, or -1. */
static int
number_of(struct turns *ts, unsigned int id)
{
	struct turn *t;
	uint8_t      q[64], key[ASKED_KEY_MAX];
	size_t       len;

	len = question(q, id);
	t = turns_find(ts, key, asked_key(q, len, key));
	return t == NULL ? -1 : t->number;
}

ATF_TC(round_and_round);
ATF_TC_HEAD(round_and_round, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each question begins with the first "
	    "server, whatever happens to others");
}
ATF_TC_BODY(round_and_round, tc)
{
	struct turns *ts;
	int           i;
	unsigned int  id;

	ATF_REQUIRE((ts = turns_new()) != NULL);
	ATF_CHECK_EQ(-1, take(ts, 1, 0, 1, ALL, 0));
	turns_reset(ts, SERVERS);
	for (i = 0; i < 4 * SERVERS; i++) {
		for (id = 0; id < 50; id++)
			ATF_CHECK_EQ(i % SERVERS,
			    take(ts, id, 0, 7, ALL, (uint64_t)i));
		ATF_CHECK_EQ(0,
		    take(ts, 1000 + (unsigned int)i, 0, 7, ALL, (uint64_t)i));
	}
	turns_reset(ts, SERVERS);
	ATF_CHECK_EQ(0, take(ts, 1, 0, 7, ALL, 0));
	turns_free(ts);
	turns_free(NULL);
}

ATF_TC(same_server);
ATF_TC_HEAD(same_server, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who cut an answer is asked by TCP; "
	    "then it is the next one's turn");
}
ATF_TC_BODY(same_server, tc)
{
	struct turns *ts;

	ATF_REQUIRE((ts = turns_new()) != NULL);
	turns_reset(ts, SERVERS);
	ATF_CHECK_EQ(0, take(ts, 1, 0, 1, ALL, 0));
	ATF_CHECK_EQ(1, take(ts, 1, 0, 2, ALL, 0));
	ATF_CHECK_EQ(1, take(ts, 1, 1, 4, ALL, 0));
	ATF_CHECK_EQ(2, take(ts, 1, 1, 5, ALL, 0));
	ATF_CHECK_EQ(0, take(ts, 1, 1, 6, ALL, 0));
	turns_free(ts);
}

ATF_TC(alive);
ATF_TC_HEAD(alive, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "dead servers are passed over, unless "
	    "all are; each is tried once each time");
}
ATF_TC_BODY(alive, tc)
{
	struct turns *ts;
	struct turn  *t;
	uint8_t       q[64];
	size_t        len;
	turns_set     seen, alive;
	unsigned int  id = 0, n;

	ATF_REQUIRE((ts = turns_new()) != NULL);
	turns_reset(ts, SERVERS);
	ATF_CHECK_EQ(1, take(ts, 1, 0, 1, 6, 0));
	ATF_CHECK_EQ(2, take(ts, 1, 0, 1, 6, 0));
	ATF_CHECK_EQ(1, take(ts, 1, 0, 1, 6, 0));
	ATF_CHECK_EQ(0, take(ts, 1, 0, 1, 1, 0));
	ATF_CHECK_EQ(0, take(ts, 1, 0, 1, 1, 0));
	ATF_CHECK_EQ(0, take(ts, 2, 0, 1, 0, 0));
	ATF_CHECK_EQ(1, take(ts, 2, 0, 1, 0, 0));
	for (alive = 0; alive <= ALL; alive++) {
		len = question(q, 100 + id++);
		ATF_REQUIRE((t = turns_take(ts, q, len, 0, 1, alive, 0)) !=
		    NULL);
		seen = (turns_set)1 << t->server;
		for (n = 1; turns_next(ts, t, alive); n++) {
			ATF_CHECK((seen & (turns_set)1 << t->server) == 0);
			/* No dead one before the last of the living. */
			if ((alive & (turns_set)1 << t->server) == 0)
				ATF_CHECK((alive & ~seen) == 0);
			seen |= (turns_set)1 << t->server;
		}
		ATF_CHECK_EQ(SERVERS, n);
		ATF_CHECK_EQ(ALL, seen);
	}
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
	struct turns *ts;
	struct turn  *t;
	uint8_t       big[ASKED_MESSAGE_MAX + 1];
	unsigned int  i;

	ATF_REQUIRE((ts = turns_new()) != NULL);
	turns_reset(ts, SERVERS);
	ATF_CHECK_EQ(-1, number_of(ts, 0));
	for (i = 0; i < TURNS_MAX + 1; i++)
		ATF_CHECK_EQ(0, take(ts, i, 0, (int)i, ALL, 5));
	ATF_CHECK_EQ(-1, number_of(ts, 0));
	ATF_CHECK_EQ(TURNS_MAX, number_of(ts, TURNS_MAX));
	ATF_CHECK_EQ(1, take(ts, TURNS_MAX, 0, 77, ALL, TURNS_AGE_MS));
	ATF_CHECK_EQ(77, number_of(ts, TURNS_MAX));
	ATF_CHECK_EQ(1, number_of(ts, 1));
	ATF_CHECK_EQ(0, take(ts, 60000, 0, 78, ALL, 6 + TURNS_AGE_MS));
	ATF_CHECK_EQ(-1, number_of(ts, 1));
	ATF_CHECK_EQ(77, number_of(ts, TURNS_MAX));
	/* What is answered begins afresh. */
	ATF_REQUIRE((t = turns_first(ts)) != NULL);
	ATF_CHECK_EQ(77, t->number);
	ATF_CHECK_EQ(78, turns_after(t)->number);
	ATF_CHECK_EQ(NULL, turns_after(turns_after(t)));
	turns_end(ts, t);
	ATF_CHECK_EQ(-1, number_of(ts, TURNS_MAX));
	ATF_CHECK_EQ(0, take(ts, TURNS_MAX, 0, 77, ALL, TURNS_AGE_MS));
	memset(big, 0, sizeof(big));
	(void)question(big, 5);
	ATF_CHECK_EQ(NULL, turns_take(ts, big, sizeof(big), 0, 1, ALL, 0));
	turns_free(ts);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_and_round);
	ATF_TP_ADD_TC(tp, same_server);
	ATF_TP_ADD_TC(tp, alive);
	ATF_TP_ADD_TC(tp, number);
	return atf_no_error();
}
