/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the sums of sessions: no session is lost, a source that floods
 * hides nobody, and what is written in a second is bounded.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "control/session_sums.h"

#define SOURCES 6
#define USERS   12
#define CAUSES  4
#define STEPS   400000

/* What is known of sessions without a line, source by source. */
struct world {
	uint64_t     of[SOURCES][CAUSES][USERS];
	uint64_t     told;
	uint64_t     flows; /* of them */
	uint64_t     rest;
	uint64_t     wanted;
	unsigned int sums;
};

static const enum session_cause causes[CAUSES] = {
	CAUSE_CLIENT_GONE,
	CAUSE_BAD_PROTOCOL,
	CAUSE_LOGIN_FAILED,
	CAUSE_RULE,
};

static void make(struct session_log *, unsigned int, unsigned int,
    unsigned int);
static void told(void *, const struct session_sum *);
static void count(void *, const struct session_sum *);

ATF_TC(none_is_lost);
ATF_TC_HEAD(none_is_lost, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random sessions: each has a line, or is in the sum of its source, "
	    "cause and user");
}
ATF_TC_BODY(none_is_lost, tc)
{
	struct session_sums s;
	struct session_log  l;
	static struct world w;
	unsigned int        i, k, u;
	int                 step;

	srandom(5);
	session_sums_init(&s);
	for (step = 0; step < STEPS; step++) {
		if (random() % 2000 == 0) {
			session_sums_end(&s, told, &w);
			ATF_REQUIRE_EQ(w.wanted, w.told);
			ATF_REQUIRE(w.sums <= SOURCES * CAUSES * USERS);
			for (i = 0; i < sizeof(w.of); i++)
				ATF_REQUIRE(((uint8_t *)w.of)[i] == 0);
			memset(&w, 0, sizeof(w));
		}
		/* One of them is greedy. */
		i = random() % 4 ? 0 : (unsigned int)random() % SOURCES;
		k = (unsigned int)random() % CAUSES;
		u = causes[k] == CAUSE_LOGIN_FAILED ?
		    (unsigned int)random() % USERS :
		    0;
		make(&l, i, k, u);
		if (!session_sums_line(&s, &l)) {
			w.of[i][k][u]++;
			w.wanted++;
		}
	}
	session_sums_end(&s, count, &w);
	ATF_CHECK_EQ(0, s.places.taken);
}

ATF_TC(a_flood_hides_nobody);
ATF_TC_HEAD(a_flood_hides_nobody, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "beside one that guesses with a thousand names another one has "
	    "its lines, and all together are bounded");
}
ATF_TC_BODY(a_flood_hides_nobody, tc)
{
	struct session_sums s;
	struct session_log  l;
	static struct world w;
	unsigned int        i, lines = 0;

	session_sums_init(&s);
	for (i = 0; i < 100000; i++) {
		make(&l, 0, i % CAUSES, 0);
		if (l.cause == CAUSE_LOGIN_FAILED)
			(void)snprintf(l.user, sizeof(l.user), "u%u", i);
		lines += (unsigned int)session_sums_line(&s, &l);
	}
	ATF_CHECK(lines <
	    EARLY_LINES_MAX + LOGIN_LINES_MAX + REFUSED_LINES_MAX);
	ATF_CHECK(s.places.taken <= SUMS_MAX / 8);
	for (i = 0; i < CAUSES; i++) {
		make(&l, 1, i, 0);
		ATF_CHECK_MSG(session_sums_line(&s, &l), "cause %u", i);
	}
	/* What came to something always has its line. */
	make(&l, 0, 0, 0);
	l.command = SESSION_CONNECT;
	l.rep = 0;
	l.cause = CAUSE_CLOSED;
	ATF_CHECK(session_sums_line(&s, &l));
	session_sums_end(&s, count, &w);
	ATF_CHECK_EQ(100000 - lines, w.told);
	ATF_CHECK_EQ(0, w.rest);
	ATF_CHECK(w.sums <= SUMS_MAX / 8 + CAUSES);
	make(&l, 0, 0, 0);
	ATF_CHECK_MSG(session_sums_line(&s, &l), "a second later");
	session_sums_end(&s, count, &w);
}

ATF_TC(flows);
ATF_TC_HEAD(flows, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who asks for thousands of forbidden destinations hides neither "
	    "others nor flows that were not refused, and is summed by cause");
}
ATF_TC_BODY(flows, tc)
{
	struct session_sums s;
	struct session_log  l;
	struct flow_log     f;
	static struct world w;
	unsigned int        i, lines = 0;

	session_sums_init(&s);
	memset(&f, 0, sizeof(f));
	f.client.af = AF_INET;
	f.client.b[0] = 10;
	for (i = 0; i < 100000; i++) {
		f.why = i % 2 == 0 ? DROP_RULE : DROP_NAME;
		lines += (unsigned int)session_sums_flow(&s, &f);
	}
	ATF_CHECK(lines > 0 && lines < REFUSED_LINES_MAX);
	make(&l, 1, 3, 0);
	ATF_CHECK(session_sums_line(&s, &l));
	f.end = UDP_END_IDLE;
	for (i = 0; i < 10000; i++)
		ATF_REQUIRE(session_sums_flow(&s, &f));
	/* A sum of sessions of the same source is another one. */
	make(&l, 0, 3, 0);
	for (i = 0; i < 10; i++)
		ATF_CHECK_EQ(0, session_sums_line(&s, &l));
	session_sums_end(&s, count, &w);
	ATF_CHECK_EQ(100000 - lines, w.flows);
	ATF_CHECK_EQ(10, w.told - w.flows);
	ATF_CHECK_EQ(3, w.sums);
	ATF_CHECK_EQ(0, w.rest);
	/* Of thousands of sources. */
	memset(&w, 0, sizeof(w));
	f.end = UDP_END_NONE;
	lines = 0;
	for (i = 0; i < 30000; i++) {
		f.client.b[1] = (uint8_t)(i >> 8);
		f.client.b[2] = (uint8_t)i;
		lines += (unsigned int)session_sums_flow(&s, &f);
	}
	session_sums_end(&s, count, &w);
	ATF_CHECK(lines <= REFUSED_LINES_MAX);
	ATF_CHECK_EQ(30000 - lines, w.flows);
	ATF_CHECK_EQ(w.flows, w.told);
	ATF_CHECK(w.rest > 0);
	session_sums_end(&s, count, &w);
	ATF_CHECK_EQ(30000 - lines, w.flows);
}

ATF_TC(many_sources);
ATF_TC_HEAD(many_sources, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "ten thousand sources with a name each are summed, too");
}
ATF_TC_BODY(many_sources, tc)
{
	struct session_sums s;
	struct session_log  l;
	static struct world w;
	unsigned int        i, lines = 0;

	session_sums_init(&s);
	for (i = 0; i < 10000; i++) {
		make(&l, 0, 2, i % USERS);
		l.client.b[0] = (uint8_t)(i >> 8);
		l.client.b[1] = (uint8_t)i;
		lines += (unsigned int)session_sums_line(&s, &l);
	}
	session_sums_end(&s, count, &w);
	ATF_CHECK(lines <= LOGIN_LINES_MAX);
	ATF_CHECK_EQ(10000 - lines, w.told);
	ATF_CHECK(w.rest > 0);
	ATF_CHECK(w.sums <= 2 * SUMS_MAX + 1);
}

static void
make(struct session_log *l, unsigned int source, unsigned int cause,
    unsigned int user)
{
	memset(l, 0, sizeof(*l));
	l->client.af = AF_INET;
	l->client.b[0] = 10;
	l->client.b[3] = (uint8_t)source;
	l->cause = causes[cause];
	l->command = l->cause == CAUSE_RULE ? SESSION_CONNECT :
					      SESSION_NO_COMMAND;
	l->rep = l->cause == CAUSE_RULE ? 2 : REP_NONE;
	if (l->cause == CAUSE_LOGIN_FAILED)
		(void)snprintf(l->user, sizeof(l->user), "u%u", user);
}

/* Takes it off the list of what must be told. */
static void
told(void *arg, const struct session_sum *sum)
{
	struct world *w = arg;
	uint64_t     *of, n = 0;
	unsigned int  k, u;

	count(w, sum);
	ATF_REQUIRE(sum->source.addr.b[3] < SOURCES);
	for (k = 0; k < CAUSES && causes[k] != sum->cause; k++)
		;
	ATF_REQUIRE(k < CAUSES);
	of = w->of[sum->source.addr.b[3]][k];
	if (!sum->many) {
		u = sum->user[0] == '\0' ?
		    0 :
		    (unsigned int)strtoul(sum->user + 1, NULL, 10);
		ATF_REQUIRE_EQ(of[u], sum->sessions);
		of[u] = 0;
		return;
	}
	/* Told last of its source and cause: all that is left. */
	for (u = 0; u < USERS; u++) {
		n += of[u];
		of[u] = 0;
	}
	ATF_REQUIRE_EQ(n, sum->sessions);
}

static void
count(void *arg, const struct session_sum *sum)
{
	struct world *w = arg;

	w->sums++;
	w->told += sum->sessions;
	if (sum->flows)
		w->flows += sum->sessions;
	if (sum->source.addr.af == AF_UNSPEC)
		w->rest += sum->sessions;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, none_is_lost);
	ATF_TP_ADD_TC(tp, a_flood_hides_nobody);
	ATF_TP_ADD_TC(tp, flows);
	ATF_TP_ADD_TC(tp, many_sources);
	return atf_no_error();
}
