/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of questions to other processes, which the test plays; who asks has no
 * connection, as a timer has none.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include <event2/event.h>

#include <atf-c.h>

#include "base/channel_event.h"
#include "base/clock.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "control/ask.h"

enum other {
	PARENT,
	ROUTER,
	RELAY0,
	RELAY1,
	NOTHERS,
};

static const enum proc_id roles[NOTHERS] = { PROC_PARENT, PROC_ROUTER,
	PROC_RELAY, PROC_RELAY };

struct world {
	struct child    child;
	struct role     role;
	struct asks     asks;
	struct channel *far[NOTHERS];
	unsigned int    bad; /* peers that were */
};

/* Who asks, and what came of it. */
struct asker {
	struct ask   ask;
	uint64_t     sum; /* of the first counter */
	unsigned int answers;
	unsigned int done;
	unsigned int rounds; /* that are still to come */
	int          quits;  /* at the first answer */
};

static void            world_start(struct world *);
static void            other_start(struct world *, enum other);
static void            on_msg(void *, struct peer *, struct msg *);
static void            on_end(void *, struct peer *, const char *);
static void            on_down(void *, enum proc_id, unsigned int);
static void            settle(struct world *);
static void            time_pass(struct world *, struct asker *);
static enum ask_answer take(void *, struct peer *, const struct msg *);
static void            done(void *);
static void            begin(struct world *, struct asker *);
static uint64_t        hear(struct world *, enum other, enum msg_type);
static void answer(struct world *, enum other, uint64_t id, uint64_t value);
static const char *late(const struct asker *);

static const struct role_ops role_ops = { .peer_down = on_down };
static const struct ask_ops  ask_ops = { take, done };

ATF_TC(all_answer);
ATF_TC_HEAD(all_answer, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "all that can be asked are, and the last answer ends it");
}
ATF_TC_BODY(all_answer, tc)
{
	struct world w;
	struct asker a;
	unsigned int i;
	uint64_t     id;

	world_start(&w);
	begin(&w, &a);
	ask_all(&a.ask, MSG_COUNTERS_REQ);
	for (i = 0; i < NOTHERS; i++) {
		ATF_CHECK_EQ(0, a.done);
		id = hear(&w, i, MSG_COUNTERS_REQ);
		answer(&w, i, id, 1U << i);
		/* What nobody waits for any more is late, and not wrong. */
		answer(&w, i, id, 100);
	}
	ATF_CHECK_EQ(1, a.done);
	ATF_CHECK_EQ(NOTHERS, a.answers);
	ATF_CHECK_EQ(15, a.sum);
	ATF_CHECK_STREQ("", late(&a));
	ATF_CHECK_EQ(0, w.bad);
	ask_end(&a.ask);
	ATF_CHECK(TAILQ_EMPTY(&w.asks.list));
}

ATF_TC(some_do_not);
ATF_TC_HEAD(some_do_not, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who dies or hangs is gone on without, and named");
}
ATF_TC_BODY(some_do_not, tc)
{
	struct world w;
	struct asker a;
	uint64_t     id;

	world_start(&w);
	begin(&w, &a);
	ask_all(&a.ask, MSG_COUNTERS_REQ);
	answer(&w, PARENT, hear(&w, PARENT, MSG_COUNTERS_REQ), 1);
	answer(&w, RELAY1, hear(&w, RELAY1, MSG_COUNTERS_REQ), 2);
	id = hear(&w, RELAY0, MSG_COUNTERS_REQ);
	channel_free(w.far[ROUTER]);
	w.far[ROUTER] = NULL;
	settle(&w);
	ATF_CHECK_EQ(0, a.done);
	ATF_CHECK_STREQ("router 0", late(&a));
	time_pass(&w, &a);
	ATF_CHECK_EQ(1, a.done);
	ATF_CHECK_STREQ("router 0, relay 0", late(&a));
	ATF_CHECK_EQ(3, a.sum);
	answer(&w, RELAY0, id, 100);
	ATF_CHECK_EQ(3, a.sum);
	ATF_CHECK_EQ(1, a.done);
	/* One that is not there is not waited for, nor named. */
	ask_end(&a.ask);
	begin(&w, &a);
	ATF_CHECK_EQ(-1,
	    ask_one(&a.ask, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL));
	ATF_CHECK_EQ(0, a.ask.waiting);
	ATF_CHECK_STREQ("", late(&a));
}

ATF_TC(two_at_once);
ATF_TC_HEAD(two_at_once, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each hears the answers to its own question, and no other's");
}
ATF_TC_BODY(two_at_once, tc)
{
	struct world w;
	struct asker a, b;
	struct wbuf  buf;
	uint8_t      space[8];
	uint64_t     ida, idb;

	world_start(&w);
	begin(&w, &a);
	begin(&w, &b);
	(void)ask_one(&a.ask, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL);
	ida = hear(&w, ROUTER, MSG_COUNTERS_REQ);
	(void)ask_one(&b.ask, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL);
	idb = hear(&w, ROUTER, MSG_COUNTERS_REQ);
	ATF_CHECK(ida != idb);
	answer(&w, RELAY0, idb, 100); /* which it was not asked */
	answer(&w, ROUTER, 0, 100);
	answer(&w, ROUTER, idb, 2);
	ATF_CHECK_EQ(0, a.done);
	ATF_CHECK_EQ(1, b.done);
	ATF_CHECK_EQ(2, b.sum);
	/* The right id with the answer to another question. */
	wbuf_init(&buf, space, sizeof(space));
	msg_put_u32(&buf, 1);
	ATF_REQUIRE_EQ(0,
	    channel_send(w.far[ROUTER], MSG_KILL_RES, ida, &buf, -1));
	settle(&w);
	ATF_CHECK_EQ(1, w.bad);
	ATF_CHECK_EQ(1, a.done);
	ATF_CHECK_EQ(0, a.answers);
	ATF_CHECK_STREQ("router 0", late(&a));
}

ATF_TC(again_and_never);
ATF_TC_HEAD(again_and_never, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who asks may ask again when it is told, and may end at any "
	    "answer");
}
ATF_TC_BODY(again_and_never, tc)
{
	struct world w;
	struct asker a;
	uint64_t     first, id;

	world_start(&w);
	begin(&w, &a);
	a.rounds = 1;
	ask_all(&a.ask, MSG_COUNTERS_REQ);
	first = hear(&w, ROUTER, MSG_COUNTERS_REQ);
	time_pass(&w, &a);
	ATF_CHECK_EQ(1, a.done);
	/* It has asked the router, and an answer to the first is too late. */
	id = hear(&w, ROUTER, MSG_COUNTERS_REQ);
	answer(&w, ROUTER, first, 100);
	ATF_CHECK_EQ(1, a.done);
	answer(&w, ROUTER, id, 1);
	ATF_CHECK_EQ(2, a.done);
	ATF_CHECK_EQ(1, a.sum);

	world_start(&w);
	begin(&w, &a);
	a.quits = 1;
	ask_all(&a.ask, MSG_COUNTERS_REQ);
	answer(&w, RELAY0, hear(&w, RELAY0, MSG_COUNTERS_REQ), 1);
	answer(&w, RELAY1, hear(&w, RELAY1, MSG_COUNTERS_REQ), 1);
	ATF_CHECK_EQ(1, a.answers);
	ATF_CHECK_EQ(0, a.done);
	ATF_CHECK(TAILQ_EMPTY(&w.asks.list));
	/* Nothing is due: the clock stops. */
	event_active(w.asks.tick, EV_TIMEOUT, 0);
	settle(&w);
	ATF_CHECK(!event_pending(w.asks.tick, EV_TIMEOUT, NULL));
	ATF_CHECK_EQ(0, w.bad);
}

ATF_TC(patience);
ATF_TC_HEAD(patience, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with time to spare it is asked whether the other one lives");
}
ATF_TC_BODY(patience, tc)
{
	struct world w;
	struct asker a;
	uint64_t     id, probe;

	world_start(&w);
	begin(&w, &a);
	(void)ask_one(&a.ask, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL);
	ask_allow(&a.ask, 1000000);
	id = hear(&w, ROUTER, MSG_COUNTERS_REQ);
	a.ask.heard_ms -= ASK_ANSWER_MS;
	event_active(w.asks.tick, EV_TIMEOUT, 0);
	settle(&w);
	probe = hear(&w, ROUTER, MSG_COUNTERS_REQ);
	ATF_CHECK(probe != id);
	answer(&w, ROUTER, probe, 100);
	ATF_CHECK_EQ(0, a.answers);
	/* The next time it says nothing, and is given up. */
	a.ask.heard_ms -= ASK_ANSWER_MS;
	event_active(w.asks.tick, EV_TIMEOUT, 0);
	settle(&w);
	probe = hear(&w, ROUTER, MSG_COUNTERS_REQ);
	ATF_CHECK_EQ(0, a.done);
	/* Nobody can say for another one that it lives. */
	answer(&w, RELAY0, probe, 100);
	a.ask.probe_ms -= ASK_PROBE_MS;
	event_active(w.asks.tick, EV_TIMEOUT, 0);
	settle(&w);
	ATF_CHECK_EQ(1, a.done);
	ATF_CHECK_STREQ("router 0", late(&a));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_answer);
	ATF_TP_ADD_TC(tp, some_do_not);
	ATF_TP_ADD_TC(tp, two_at_once);
	ATF_TP_ADD_TC(tp, again_and_never);
	ATF_TP_ADD_TC(tp, patience);
	return atf_no_error();
}

static void
world_start(struct world *w)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	role_init(&w->role, &w->child, &role_ops, w);
	asks_init(&w->asks, &w->role);
	for (i = 0; i < NOTHERS; i++)
		other_start(w, i);
}

static void
other_start(struct world *w, enum other o)
{
	struct channel *near;
	struct peer   **p;
	unsigned int    instance = o == RELAY1;
	int             sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	w->far[o] = channel_new(sv[0], roles[o], PROC_CONTROL, 0);
	near = channel_new(sv[1], PROC_CONTROL, roles[o], instance);
	ATF_REQUIRE(w->far[o] != NULL && near != NULL);
	p = o == PARENT ? &w->role.parent : &w->role.peers[roles[o]][instance];
	*p = peer_new(w->role.base, near, on_msg, on_end, w);
	ATF_REQUIRE(*p != NULL);
}

static void
on_msg(void *arg, struct peer *p, struct msg *m)
{
	struct world *w = arg;

	asks_on_answer(&w->asks, p, m);
}

static void
on_end(void *arg, struct peer *p, const char *reason)
{
	struct world *w = arg;

	ATF_REQUIRE(reason == NULL);
	role_bad_peer(&w->role, p, "gone");
	w->bad--;
}

static void
on_down(void *arg, enum proc_id id, unsigned int instance)
{
	struct world *w = arg;

	w->bad++;
	asks_on_gone(&w->asks, id, instance);
}

/* Until nothing is left to be read or sent. */
static void
settle(struct world *w)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE(event_base_loop(w->role.base, EVLOOP_NONBLOCK) !=
		    -1);
}

/* So much that no answer is waited for any longer. */
static void
time_pass(struct world *w, struct asker *a)
{
	a->ask.deadline_ms = 0;
	event_active(w->asks.tick, EV_TIMEOUT, 0);
	settle(w);
}

static enum ask_answer
take(void *arg, struct peer *p, const struct msg *m)
{
	struct asker   *a = arg;
	struct counters n;

	ATF_REQUIRE_EQ(0, msg_get_counters(m, &n));
	a->answers++;
	a->sum += n.v[0];
	if (a->quits)
		ask_end(&a->ask);
	return ASK_LAST;
}

static void
done(void *arg)
{
	struct asker *a = arg;

	ATF_CHECK_EQ(0, a->ask.waiting);
	a->done++;
	if (a->rounds == 0)
		return;
	a->rounds--;
	ask_round(&a->ask);
	ATF_CHECK_EQ(0,
	    ask_one(&a->ask, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL));
}

static void
begin(struct world *w, struct asker *a)
{
	memset(a, 0, sizeof(*a));
	ask_init(&a->ask, &w->asks, &ask_ops, a);
	ask_begin(&a->ask, MSG_COUNTERS_RES, MSG_NONE);
}

static uint64_t
hear(struct world *w, enum other o, enum msg_type type)
{
	enum channel_result res;
	struct msg         *m;
	unsigned int        i = 0;

	settle(w);
	/* That there is nothing may be a guess, but not twice. */
	do {
		res = channel_recv(w->far[o], &m);
	} while (res == CHANNEL_AGAIN && i++ < 2);
	ATF_REQUIRE_EQ(CHANNEL_MSG, res);
	ATF_REQUIRE_EQ(type, m->type);
	return m->id;
}

static void
answer(struct world *w, enum other o, uint64_t id, uint64_t value)
{
	struct counters n;
	struct wbuf     b;
	uint8_t         space[8 * COUNTER_MAX];

	memset(&n, 0, sizeof(n));
	n.v[0] = value;
	wbuf_init(&b, space, sizeof(space));
	msg_put_counters(&b, &n);
	ATF_REQUIRE_EQ(0,
	    channel_send(w->far[o], MSG_COUNTERS_RES, id, &b, -1));
	settle(w);
}

static const char *
late(const struct asker *a)
{
	static char who[128];

	(void)ask_late(&a->ask, who, sizeof(who));
	return who;
}
