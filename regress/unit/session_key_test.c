/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A relay's sessions by the keys of their sockets: an event finds the session
 * that it is about, or none; and what a session carries is let go of once.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>

#include <atf-c.h>

#include "base/proc.h"
#include "compat/nitems.h"
#include "relay/session.h"
#include "relay/state.h"

#define BUCKETS 16

static struct relay *relay;
static unsigned int  closed; /* what sessions carried */

static void
close_one(struct relay *r, struct session *s)
{
	closed++;
}

static const struct session_ops first = { .close = close_one };
static const struct session_ops then = { .close = close_one };

static void
start(void)
{
	unsigned int i;

	ATF_REQUIRE((relay = calloc(1, sizeof(*relay))) != NULL);
	relay->nbuckets = BUCKETS;
	ATF_REQUIRE((relay->bucket = calloc(BUCKETS, sizeof(*relay->bucket))) !=
	    NULL);
	for (i = 0; i < TIMER_MAX; i++)
		TAILQ_INIT(&relay->timer[i]);
	RB_INIT(&relay->own);
	TAILQ_INIT(&relay->busy);
	RB_INIT(&relay->allows);
	closed = 0;
}

static struct session *
session(uint64_t id)
{
	struct session *s;

	ATF_REQUIRE((s = session_new(relay, id, -1, &first, 1000)) != NULL);
	return s;
}

ATF_TC_WITHOUT_HEAD(found);
ATF_TC_BODY(found, tc)
{
	static const uint64_t ids[] = {
		1,
		255,
		256,
		(1ULL << 40) - 1,
		1ULL << 40,
		(1ULL << 56) - 1,
		/* More than a key holds. */
		(1ULL << 56) + 2,
		UINT64_MAX - 2,
		UINT64_MAX - 1,
	};
	struct session *s[nitems(ids)];
	unsigned int    i;
	uint64_t        key;

	start();
	for (i = 0; i < nitems(ids); i++)
		s[i] = session(ids[i]);
	for (i = 0; i < nitems(ids); i++) {
		key = KEY(ids[i], CLIENT);
		ATF_CHECK_EQ(s[i], session_bykey(relay, key));
		ATF_CHECK_EQ(CLIENT, KEY_WHICH(key));
		key = KEY(ids[i], TARGET);
		ATF_CHECK_EQ(s[i], session_bykey(relay, key));
		ATF_CHECK_EQ(TARGET, KEY_WHICH(key));
	}
	ATF_CHECK_EQ(NULL, session_bykey(relay, KEY(3, CLIENT)));
}

/* A channel is none of its sockets, whatever its id. */
ATF_TC_WITHOUT_HEAD(links);
ATF_TC_BODY(links, tc)
{
	unsigned int i;
	uint64_t     key;

	for (i = 0; i < PROC_MAX; i++) {
		key = KEY(i, KEY_LINK);
		ATF_CHECK_EQ(KEY_LINK, KEY_WHICH(key));
		ATF_CHECK_EQ(i, KEY_ID(key));
	}
	ATF_CHECK(CLIENT != KEY_LINK && TARGET != KEY_LINK);
	ATF_CHECK(KEY_WHICH(KEY(UINT64_MAX, TARGET)) == TARGET);
}

/* Late events, of the turn in which it has ended. */
ATF_TC_WITHOUT_HEAD(finished);
ATF_TC_BODY(finished, tc)
{
	struct session *s;

	start();
	s = session(7);
	session_carry(relay, s, &then);
	ATF_CHECK_EQ(1, closed);
	session_finish(relay, s, CAUSE_CLOSED, 0);
	session_finish(relay, s, CAUSE_KILLED, 1);
	ATF_CHECK_EQ(2, closed);
	ATF_CHECK_EQ(CAUSE_CLOSED, s->cause);
	ATF_CHECK_EQ(NULL, session_bykey(relay, KEY(7, CLIENT)));
	ATF_CHECK_EQ(s, session_byid(relay, 7));
	session_free(relay, s);
	ATF_CHECK_EQ(2, closed);
	ATF_CHECK_EQ(NULL, session_byid(relay, 7));
	ATF_CHECK_EQ(0, relay->nsessions);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, found);
	ATF_TP_ADD_TC(tp, links);
	ATF_TP_ADD_TC(tp, finished);
	return atf_no_error();
}
