/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router's sessions by their ids, against a sorted array; and what one
 * look for a session costs that was never there; and that none stays open when
 * a relay has no room for the word that it is to end.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>

#include <atf-c.h>
#include <event2/event.h>

#include "base/budget.h"
#include "base/channel_event.h"
#include "base/child.h"
#include "router/session.h"
#include "router/state.h"

#define ROUNDS 20000
#define WORLD  500 /* so that ids are met again */
#define MANY   100000

static struct router  *router;
static struct channel *far_end;
static unsigned int    seed;

static void on_drained(void *, struct peer *);

static unsigned int
pick(unsigned int n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 16) % n;
}

static void
make_router(void)
{
	static struct child child;

	ATF_REQUIRE((router = calloc(1, sizeof(*router))) != NULL);
	router->role.child = &child;
	sess_init(router);
}

/* As one that a relay tells of, in any order. */
static struct session *
add(uint64_t id)
{
	struct session *s;

	router->last_id = id - 1;
	ATF_REQUIRE((s = sess_new(router, 0)) != NULL);
	return s;
}

ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	struct session *model[WORLD] = { NULL }, *after;
	unsigned int    i, id, more, round, there = 0;

	make_router();
	for (round = 0; round < ROUNDS; round++) {
		/* Now nearly all, now nearly none of them. */
		more = (pick(8) != 0) == (round / 2000 % 2 == 0);
		id = pick(WORLD);
		if (more && model[id] == NULL) {
			model[id] = add(id + 1);
			there++;
		} else if (!more && model[id] != NULL) {
			sess_free(router, model[id]);
			model[id] = NULL;
			there--;
		}
		ATF_REQUIRE_EQ(there, router->nsessions);
		id = pick(WORLD);
		ATF_REQUIRE_EQ(model[id], sess_byid(router, id + 1));
		for (i = id; i < WORLD && model[i] == NULL; i++)
			;
		after = i < WORLD ? model[i] : NULL;
		ATF_REQUIRE_EQ(after, sess_after(router, id));
		ATF_REQUIRE_EQ(NULL, sess_after(router, WORLD + id));
		ATF_REQUIRE_EQ(NULL, sess_after(router, UINT64_MAX - id));
	}
}

ATF_TC(cost);
ATF_TC_HEAD(cost, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(cost, tc)
{
	struct session *last;
	uint64_t        i;

	make_router();
	for (i = 1; i < MANY; i++)
		(void)add(2 * i);
	last = add(2 * i);
	/* To walk through them all, each time, would take a minute. */
	for (i = 1; i < MANY; i++)
		ATF_REQUIRE_EQ(last, sess_after(router, 2 * MANY - 1));
}

/* A channel to a relay, whose other end is read by nobody. */
static void
add_peer(struct event_base *base, enum proc_id id)
{
	struct channel *c;
	int             sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv));
	ATF_REQUIRE((c = channel_new(sv[0], PROC_ROUTER, id, 0)) != NULL);
	ATF_REQUIRE((router->role.peers[id][0] = peer_new(base, c, NULL, NULL,
			 router)) != NULL);
	peer_on_drained(role_peer(&router->role, id, 0), on_drained);
	ATF_REQUIRE((far_end = channel_new(sv[1], id, PROC_ROUTER, 0)) != NULL);
}

static void
on_drained(void *arg, struct peer *p)
{
	sess_relay_drained(arg, channel_instance(peer_channel(p)));
}

/* How many messages of that type come, one of an id, until all is said. */
static unsigned int
told_all(struct event_base *base, enum msg_type type, uint8_t *told)
{
	struct msg  *m;
	unsigned int n = 0, idle = 0;

	while (idle < 3) {
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
		for (idle++; channel_recv(far_end, &m) == CHANNEL_MSG;
		     idle = 0) {
			if (m->type != type)
				continue;
			ATF_REQUIRE(m->id <= MANY && told[m->id]++ == 0);
			n++;
		}
	}
	return n;
}

ATF_TC(kills);
ATF_TC_HEAD(kills, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a relay whose queue is full hears of all that are to end, but "
	    "of those that have ended meanwhile");
}
ATF_TC_BODY(kills, tc)
{
	static uint8_t     told[MANY + 1];
	struct event_base *base;
	struct session    *s;
	struct wbuf        b;
	uint8_t            data[8];
	uint64_t           i;

	make_router();
	ATF_REQUIRE((base = event_base_new()) != NULL);
	add_peer(base, PROC_RELAY);
	for (i = 1; i <= MANY; i++)
		(void)add(i);
	wbuf_init(&b, data, sizeof(data));
	msg_put_u64(&b, 1);
	while (role_post(&router->role, PROC_RELAY, 0, MSG_ALLOW_GRANT, 1, &b,
		   -1) == 0)
		;
	ATF_REQUIRE_EQ(ENOBUFS, errno);
	RB_FOREACH(s, sess_tree, &router->sessions)
		sess_kill(router, s, CAUSE_REVOKED);
	for (i = 2; i <= MANY; i += 2)
		sess_free(router, sess_byid(router, i));
	ATF_CHECK_EQ(MANY / 2, told_all(base, MSG_SESSION_KILL, told));
	for (i = 1; i <= MANY; i += 2)
		ATF_REQUIRE_EQ(1, told[i]);
	while ((s = RB_MIN(sess_tree, &router->sessions)) != NULL) {
		sess_kill(router, s, CAUSE_KILLED);
		sess_free(router, s);
	}
	ATF_CHECK_EQ(0, told_all(base, MSG_SESSION_KILL, told));
}

/* As long as all weigh the same, it is their number that counts. */
ATF_TC_WITHOUT_HEAD(weight);
ATF_TC_BODY(weight, tc)
{
	struct session *s;
	unsigned int    i;

	make_router();
	router->max_sessions = WORLD;
	router->max_sockets = 3 * BUDGET_SESSION;
	for (i = 1; i <= 3; i++) {
		ATF_CHECK(!sess_full(router));
		s = add(i);
	}
	ATF_CHECK(sess_full(router));
	ATF_CHECK_EQ(3 * BUDGET_SESSION, router->load[0]);
	sess_free(router, s);
	ATF_CHECK(!sess_full(router));

	/* One that takes three sockets leaves no room for a whole one. */
	sess_weigh(router, sess_byid(router, 1), BUDGET_SESSION + 1);
	ATF_CHECK_EQ(2 * BUDGET_SESSION + 1, router->load[0]);
	ATF_CHECK(sess_full(router));
	sess_free(router, sess_byid(router, 1));
	ATF_CHECK_EQ(BUDGET_SESSION, router->nsockets);
	router->max_sessions = 1;
	ATF_CHECK(sess_full(router));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, cost);
	ATF_TP_ADD_TC(tp, kills);
	ATF_TP_ADD_TC(tp, weight);
	return atf_no_error();
}
