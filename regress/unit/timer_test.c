/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay's timers over reloads that make the times longer and shorter: each
 * session ends when it has been idle for as long as is set by then.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>

#include <atf-c.h>

#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"

#define MINUTE  (60 * 1000)
#define BUCKETS 16

static struct relay *relay;

/* So long after the host was started, as that is what its clock tells. */
static void
start(uint64_t now, uint32_t idle_ms)
{
	unsigned int i;

	ATF_REQUIRE((relay = calloc(1, sizeof(*relay))) != NULL);
	relay->now = now;
	relay->nbuckets = BUCKETS;
	ATF_REQUIRE((relay->bucket = calloc(BUCKETS, sizeof(*relay->bucket))) !=
	    NULL);
	for (i = 0; i < TIMER_MAX; i++)
		TAILQ_INIT(&relay->timer[i]);
	RB_INIT(&relay->own);
	TAILQ_INIT(&relay->busy);
	RB_INIT(&relay->allows);
	relay->idle_ms = idle_ms;
}

static void
expire(struct relay *r, struct session *s)
{
	session_finish(r, s, CAUSE_IDLE_TIMEOUT, 1);
}

static struct session *
session(uint64_t id)
{
	static const struct session_ops ops = { .expire = expire };
	struct session                 *s;

	s = session_new(relay, id, -1, &ops, MINUTE);
	ATF_REQUIRE(s != NULL);
	timer_set_idle(relay, s);
	return s;
}

/* As relay_conf_commit(). */
static void
reload(uint32_t idle_ms)
{
	uint32_t was = relay->idle_ms;

	if (idle_ms < was)
		timer_shorten(relay, TIMER_IDLE, was, idle_ms);
	relay->idle_ms = idle_ms;
}

static int
is_over(const struct session *s, uint64_t now)
{
	relay->now = now;
	timer_expire(relay);
	return s->timer == TIMER_FINISHED;
}

ATF_TC_WITHOUT_HEAD(shorter);
ATF_TC_BODY(shorter, tc)
{
	struct session *s;

	start(100 * MINUTE, 60 * MINUTE);
	s = session(1);
	reload(10 * MINUTE);
	ATF_CHECK(!is_over(s, 110 * MINUTE - 1));
	ATF_CHECK(is_over(s, 110 * MINUTE));
}

/* What it was set for at first is less than what is taken off in the end. */
ATF_TC_WITHOUT_HEAD(longer_then_shorter);
ATF_TC_BODY(longer_then_shorter, tc)
{
	struct session *s;

	start(1 * MINUTE, 2 * MINUTE);
	s = session(1);
	reload(60 * MINUTE);
	reload(30 * MINUTE);
	ATF_CHECK(!is_over(s, 31 * MINUTE - 1));
	ATF_CHECK_MSG(is_over(s, 31 * MINUTE), "it never ends");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shorter);
	ATF_TP_ADD_TC(tp, longer_then_shorter);
	return atf_no_error();
}
