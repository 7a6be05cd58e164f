/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the queue in front of the log: lines stay whole and in order, and
 * each one that is lost is counted and told of.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <atf-c.h>

#include "parent/log_out.h"

#define ROUNDS 200000
#define TEXT   (64 * 1024 * 1024)

/* A place that takes what and when it likes, and all that it took. */
static char    *taken;
static size_t   ntaken;
static uint64_t refused;
static int      shut, wide;

static enum log_sent place_send(const char *, size_t, size_t *);
static int           place_fd(void);
static size_t        place_lost(uint64_t, char *, size_t);
static void          check_lines(uint64_t, uint64_t);

static const struct log_place place = { place_send, place_fd, place_lost };

ATF_TC(whole_lines);
ATF_TC_HEAD(whole_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a log that takes pieces, at times nothing, has whole lines");
}
ATF_TC_BODY(whole_lines, tc)
{
	struct event_base *base;
	struct log_out    *o;
	char               text[400];
	uint64_t           n;
	int                len;

	ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE((o = log_out_new(base, &place)) != NULL);
	ATF_REQUIRE((taken = malloc(TEXT)) != NULL);
	srandom(1);
	for (n = 0; n < ROUNDS; n++) {
		if (random() % 1000 == 0)
			shut = !shut;
		len = snprintf(text, sizeof(text), "%llu %0*d\n",
		    (unsigned long long)n, (int)(random() % 300) + 1, 0);
		log_out_add(o, text, (size_t)len);
		if (random() % 4 == 0)
			log_out_flush(o);
	}
	shut = 0;
	wide = 1;
	log_out_flush(o);
	ATF_CHECK(log_out_lost(o) > 0);
	ATF_CHECK(refused > 0);
	check_lines(ROUNDS, log_out_lost(o));
	log_out_free(o);
	event_base_free(base);
	free(taken);
}

ATF_TC(bounded);
ATF_TC_HEAD(bounded, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what waits is bounded, and the loss is told without a next line");
}
ATF_TC_BODY(bounded, tc)
{
	struct event_base *base;
	struct log_out    *o;
	int                i;

	ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE((o = log_out_new(base, &place)) != NULL);
	ATF_REQUIRE((taken = malloc(TEXT)) != NULL);
	wide = shut = 1;
	for (i = 0; i < 100000; i++)
		log_out_add(o, "a line\n", strlen("a line\n"));
	ATF_CHECK(log_out_lost(o) > 90000);
	ATF_CHECK_EQ(0, ntaken);
	shut = 0;
	/* Its timer is what comes, as nothing else does. */
	ATF_REQUIRE_EQ(0, event_base_loop(base, EVLOOP_ONCE));
	ATF_CHECK(ntaken < 64 * 1024);
	taken[ntaken] = '\0';
	ATF_CHECK(strstr(taken, " lost\n") != NULL);
	log_out_free(o);
	event_base_free(base);
	free(taken);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whole_lines);
	ATF_TP_ADD_TC(tp, bounded);
	return atf_no_error();
}

static enum log_sent
place_send(const char *text, size_t len, size_t *done)
{
	size_t n;

	ATF_REQUIRE(text[len] == '\0');
	ATF_REQUIRE(*done < len);
	if (shut)
		return LOG_AWAY;
	if (wide == 0 && random() % 500 == 0) {
		/* Of none that was begun. */
		if (*done == 0) {
			refused++;
			return LOG_NEVER;
		}
	}
	n = wide ? len - *done : 1 + (size_t)random() % (len - *done);
	ATF_REQUIRE(ntaken + n < TEXT);
	memcpy(taken + ntaken, text + *done, n);
	ntaken += n;
	*done += n;
	return *done == len ? LOG_SENT : LOG_AWAY;
}

static int
place_fd(void)
{
	return -1;
}

static size_t
place_lost(uint64_t n, char *dst, size_t size)
{
	return (size_t)snprintf(dst, size, "%llu lost\n",
	    (unsigned long long)n);
}

/* Each line is a number, upwards, or tells of those that are missing. */
static void
check_lines(uint64_t n, uint64_t lost)
{
	char    *line = taken, *end, *rest;
	uint64_t have = 0, told = 0, v, last = 0;

	while (line < taken + ntaken) {
		ATF_REQUIRE((end = memchr(line, '\n',
				 (size_t)(taken + ntaken - line))) != NULL);
		*end = '\0';
		v = strtoull(line, &rest, 10);
		ATF_REQUIRE_EQ(' ', *rest);
		if (strcmp(rest, " lost") == 0)
			told += v;
		else {
			ATF_REQUIRE_EQ_MSG(strspn(rest + 1, "0"),
			    strlen(rest + 1), "line \"%s\"", line);
			ATF_REQUIRE(have == 0 || v > last);
			last = v;
			have++;
		}
		line = end + 1;
	}
	ATF_CHECK_EQ_MSG(n, have + told, "%llu lines, %llu told of",
	    (unsigned long long)have, (unsigned long long)told);
	ATF_CHECK_EQ(lost, told);
}
