/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of a relay's allowances: no byte is read that was not granted, those
 * who wait get the same, nobody is forgotten, and what is not used goes back.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/channel.h"
#include "base/msg_codec.h"
#include "base/msg_limit.h"
#include "compat/poller.h"
#include "relay/allow.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/turn.h"

#define SESSIONS 40
#define ID       UINT64_C(77)

static struct relay   *relay;
static struct channel *router; /* its end */
static struct session *sessions[SESSIONS];
static uint64_t        got[SESSIONS];
static uint32_t        ready[SESSIONS]; /* in its socket */
static uint64_t        granted, spent, returned, wanted;
static uint32_t        datagram; /* session 0 has no other ones */
static int             asked;

static void
start(void)
{
	int fd[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd));
	ATF_REQUIRE((relay = calloc(1, sizeof(*relay))) != NULL);
	relay->now = 1000;
	TAILQ_INIT(&relay->busy);
	RB_INIT(&relay->allows);
	ATF_REQUIRE((relay->poller = poller_new()) != NULL);
	relay->role.peers[PROC_ROUTER][0] = peer_open(&link_loop, relay,
	    channel_new(fd[0], PROC_RELAY, PROC_ROUTER, 0), NULL, NULL, NULL);
	router = channel_new(fd[1], PROC_ROUTER, PROC_RELAY, 0);
	ATF_REQUIRE(router != NULL);
	srandom(1);
}

static void
join(unsigned int i)
{
	ATF_REQUIRE((sessions[i] = calloc(1, sizeof(**sessions))) != NULL);
	sessions[i]->id = i;
	ATF_REQUIRE_EQ(0, allow_join(relay, &sessions[i]->member, ID));
}

static void
leave(unsigned int i)
{
	struct session *s = sessions[i];

	allow_leave(relay, &s->member);
	turn_leave(relay, &s->member);
	free(s);
	sessions[i] = NULL;
}

/* What tcp_pump() does with a session that has so much in its socket. */
static void
visit(unsigned int i)
{
	struct member *m = &sessions[i]->member;
	uint32_t       may, n;

	may = allow_slice(relay, m);
	n = may < ready[i] ? may : ready[i];
	if (i == 0 && datagram != 0)
		n = (n + datagram - 1) / datagram * datagram;
	allow_spend(m, n);
	got[i] += n;
	spent += n;
	ready[i] -= n;
	if (ready[i] != 0)
		allow_wait(relay, m);
	allow_more(relay, m, n);
}

/* An event: more has come. */
static void
more(unsigned int i, uint32_t n)
{
	ready[i] += n;
	if (sessions[i]->member.queue == QUEUE_NONE)
		visit(i);
}

static void
turn(void)
{
	struct member *m;

	while ((m = TAILQ_FIRST(&relay->busy)) != NULL) {
		turn_leave(relay, m);
		visit((unsigned int)session_of(m)->id);
	}
}

/* What the relay has to say. */
static void
hear(void)
{
	struct msg_allow_want w;
	struct msg           *m;
	uint64_t              n;

	ATF_REQUIRE_EQ(0,
	    channel_flush(peer_channel(role_peer(&relay->role, PROC_ROUTER,
		0))));
	while (channel_recv(router, &m) == CHANNEL_MSG) {
		ATF_REQUIRE_EQ(ID, m->id);
		if (m->type == MSG_ALLOW_WANT) {
			ATF_REQUIRE_EQ(0, msg_get_allow_want(m, &w));
			ATF_REQUIRE_EQ_MSG(0, asked, "asked twice");
			asked = 1;
			wanted = w.bytes;
			continue;
		}
		ATF_REQUIRE_EQ(MSG_ALLOW_RETURN, m->type);
		ATF_REQUIRE_EQ(0, msg_get_u64(m, &n));
		returned += n;
	}
}

static void
grant(uint64_t n)
{
	asked = 0;
	granted += n;
	allow_grant(relay, ID, n);
	turn();
	hear();
	ATF_REQUIRE(spent + returned <= granted);
}

static unsigned int
waiting(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < SESSIONS; i++)
		n += sessions[i] != NULL &&
		    sessions[i]->member.queue == QUEUE_ALLOW;
	return n;
}

ATF_TC(equal_shares);
ATF_TC_HEAD(equal_shares, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of grants of any size those who always have more get the same, "
	    "to a slice, and all of it");
}
ATF_TC_BODY(equal_shares, tc)
{
	unsigned int i, round;
	uint64_t     least, most;

	start();
	for (i = 0; i < SESSIONS; i++) {
		join(i);
		more(i, UINT32_MAX);
	}
	hear();
	for (round = 0; round < 5000; round++) {
		ATF_REQUIRE_EQ(1, asked);
		ATF_REQUIRE_EQ(SESSIONS, waiting());
		for (i = 0; i < SESSIONS; i++)
			ready[i] = UINT32_MAX;
		grant(1 + (uint64_t)random() % 400000);
	}
	least = most = got[0];
	for (i = 1; i < SESSIONS; i++) {
		least = got[i] < least ? got[i] : least;
		most = got[i] > most ? got[i] : most;
	}
	ATF_CHECK_MSG(most - least <= 2 * 400000 / SESSIONS + 1460,
	    "%llu to %llu", (unsigned long long)least,
	    (unsigned long long)most);
	/* The rest of the last one is on its way. */
	ATF_CHECK(granted - spent < 400000);
}

ATF_TC(short_reads);
ATF_TC_HEAD(short_reads, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who has little in its socket at a time gets as much as who "
	    "always has plenty");
}
ATF_TC_BODY(short_reads, tc)
{
	unsigned int i, round;
	uint64_t     mean;

	start();
	for (i = 0; i < SESSIONS; i++) {
		join(i);
		more(i, i < 4 ? UINT32_MAX : 20000);
	}
	hear();
	for (round = 0; round < 5000; round++) {
		ATF_REQUIRE_EQ(1, asked);
		grant(400000);
		for (i = 0; i < SESSIONS; i++)
			if (ready[i] < 20000)
				more(i,
				    i < 4 ? UINT32_MAX - ready[i] :
					    9000 + (uint32_t)random() % 5000);
		turn();
		hear();
	}
	mean = spent / SESSIONS;
	for (i = 0; i < SESSIONS; i++)
		ATF_CHECK_MSG(got[i] > mean - mean / 10 &&
			got[i] < mean + mean / 10,
		    "%u: %llu of a mean of %llu", i, (unsigned long long)got[i],
		    (unsigned long long)mean);
}

ATF_TC(datagrams);
ATF_TC_HEAD(datagrams, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who can only take whole datagrams, larger than its slices, gets "
	    "no more and no less than others");
}
ATF_TC_BODY(datagrams, tc)
{
	unsigned int i, round;
	uint64_t     mean;

	start();
	datagram = 65507;
	for (i = 0; i < SESSIONS; i++) {
		join(i);
		more(i, UINT32_MAX / 2);
	}
	hear();
	for (round = 0; round < 5000; round++) {
		ATF_REQUIRE_EQ(1, asked);
		for (i = 0; i < SESSIONS; i++)
			ready[i] = UINT32_MAX / 2;
		asked = 0;
		granted += 100000;
		allow_grant(relay, ID, 100000);
		turn();
		hear();
		ATF_REQUIRE(spent < granted + datagram);
	}
	mean = spent / SESSIONS;
	ATF_CHECK_MSG(got[0] < mean + mean / 20 && got[0] > mean - mean / 20,
	    "%llu of a mean of %llu", (unsigned long long)got[0],
	    (unsigned long long)mean);
	/* With nobody else there it owes nothing. */
	for (i = 1; i < SESSIONS; i++)
		leave(i);
	hear();
	ATF_REQUIRE_EQ(1, asked);
	allow_grant(relay, ID, 400000);
	spent = 0;
	turn();
	ATF_CHECK_MSG(spent > 200000, "%llu of 400000",
	    (unsigned long long)spent);
}

ATF_TC(come_and_go);
ATF_TC_HEAD(come_and_go, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whoever comes, goes, is idle or waits: while anybody waits the "
	    "router is asked, and in the end every byte that was granted was "
	    "used or has come back");
}
ATF_TC_BODY(come_and_go, tc)
{
	unsigned int i, step, open = 0;

	start();
	for (step = 0; step < 200000; step++) {
		relay->now += (uint64_t)random() % 30;
		i = (unsigned int)random() % SESSIONS;
		if (sessions[i] == NULL) {
			ready[i] = 0;
			join(i);
			open++;
		} else if (random() % 8 == 0) {
			leave(i);
			if (--open == 0)
				asked = 0; /* of one that is gone */
		} else
			more(i, (uint32_t)random() % 60000);
		turn();
		if (relay->allow_due != 0 && relay->allow_due <= relay->now)
			allow_sweep(relay);
		hear();
		ATF_REQUIRE(spent + returned <= granted);
		if (waiting() != 0)
			ATF_REQUIRE_EQ(1, asked);
		if (asked && random() % 3 == 0)
			grant((uint64_t)random() %
				(wanted < 300000 ? wanted : 300000) +
			    1);
	}
	for (i = 0; i < SESSIONS; i++)
		if (sessions[i] != NULL)
			leave(i);
	hear();
	ATF_CHECK_EQ(granted, spent + returned);
	ATF_CHECK(RB_EMPTY(&relay->allows));
	ATF_CHECK(TAILQ_EMPTY(&relay->busy));
	/* A grant that comes too late goes back as a whole. */
	returned = 0;
	allow_grant(relay, ID, 12345);
	hear();
	ATF_CHECK_EQ(12345, returned);
}

ATF_TC(unused_comes_back);
ATF_TC_HEAD(unused_comes_back, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what nobody uses goes back after a while, once, and then nothing "
	    "has to be looked at any more");
}
ATF_TC_BODY(unused_comes_back, tc)
{
	unsigned int i;

	start();
	join(0);
	more(0, 1000);
	hear();
	ATF_REQUIRE_EQ(1, asked);
	grant(500000);
	ATF_CHECK_EQ(1000, spent);
	for (i = 0; i < 100; i++) {
		relay->now += 100;
		allow_sweep(relay);
		hear();
	}
	ATF_CHECK_EQ(499000, returned);
	ATF_CHECK_EQ(0, relay->allow_due);
	ATF_CHECK_EQ(0, asked);
	/* It is asked for again when there is something to move. */
	more(0, 10);
	hear();
	ATF_CHECK_EQ(1, asked);
	ATF_CHECK_EQ(1, waiting());
}

ATF_TC(asked_again);
ATF_TC_HEAD(asked_again, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whom nobody answers, or who is put off, asks again after a "
	    "while, not at once, and then no more often");
}
ATF_TC_BODY(asked_again, tc)
{
	unsigned int i, times = 0;

	start();
	join(0);
	more(0, 1000);
	hear();
	ATF_REQUIRE_EQ(1, asked);
	/* Lost on the way. */
	for (i = 0; i < 100; i++) {
		asked = 0;
		relay->now += 100;
		if (relay->allow_due != 0 && relay->allow_due <= relay->now)
			allow_sweep(relay);
		hear();
		times += (unsigned int)asked;
	}
	ATF_CHECK_EQ_MSG(3, times, "asked %u times in 10 s", times);
	/* Put off: there is no memory. */
	relay->now += 10000;
	allow_sweep(relay);
	hear();
	for (times = i = 0; i < 100; i++) {
		grant(0);
		ATF_REQUIRE_EQ_MSG(0, asked, "at once");
		relay->now += 100;
		if (relay->allow_due != 0 && relay->allow_due <= relay->now)
			allow_sweep(relay);
		hear();
		times += (unsigned int)asked;
	}
	ATF_CHECK_EQ_MSG(10, times, "asked %u times in 10 s", times);
	grant(1000);
	ATF_CHECK_EQ(1000, spent);
	ATF_CHECK_EQ(0, waiting());
}

ATF_TC(debts_are_paid);
ATF_TC_HEAD(debts_are_paid, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "bytes that came with the handshake are taken off the first "
	    "grants");
}
ATF_TC_BODY(debts_are_paid, tc)
{
	start();
	join(0);
	allow_spend(&sessions[0]->member, 2000);
	more(0, 5000);
	hear();
	ATF_REQUIRE_EQ(1, asked);
	granted -= 2000; /* spent already */
	grant(1500);
	ATF_CHECK_EQ(0, got[0]);
	ATF_CHECK_EQ(1, asked);
	grant(1500);
	ATF_CHECK_EQ(1000, got[0]);
}

ATF_TC(another_router);
ATF_TC_HEAD(another_router, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a router that knows nothing is asked again, and a session goes "
	    "from one allowance to another or to none");
}
ATF_TC_BODY(another_router, tc)
{
	start();
	join(0);
	join(1);
	more(0, 5000);
	more(1, 5000);
	hear();
	ATF_REQUIRE_EQ(1, asked);
	asked = 0;
	allow_router_up(relay);
	relay->now += 10000;
	allow_sweep(relay);
	hear();
	ATF_CHECK_EQ(1, asked);
	/* One is free: it has left the queue, and its place to the other. */
	ATF_REQUIRE_EQ(0, allow_join(relay, &sessions[0]->member, 0));
	ATF_CHECK_EQ(NULL, sessions[0]->member.allow);
	ATF_CHECK_EQ(QUEUE_NONE, sessions[0]->member.queue);
	ATF_CHECK_EQ(1, waiting());
	grant(5000);
	ATF_CHECK_EQ(5000, got[1]);
}

/* Of the two flows of one session. */
static struct flow_member flows[2];
static unsigned int       visits[2];

static void
flow_pump(struct relay *r, struct session *s, struct member *m)
{
	unsigned int i = m == &flows[1].member;
	uint32_t     may = allow_slice(r, m);

	ATF_REQUIRE_EQ(m, &flows[i].member);
	visits[i]++;
	allow_spend(m, may);
	allow_wait(r, m);
	allow_more(r, m, may);
}

ATF_TC(flows_apart);
ATF_TC_HEAD(flows_apart, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "two flows of one session are under an allowance each: a grant "
	    "is the turn of the one that it is for, and of no other one");
}
ATF_TC_BODY(flows_apart, tc)
{
	static const struct session_ops ops = { .pump = flow_pump };
	static struct session           s = { .ops = &ops };
	unsigned int                    i;

	start();
	for (i = 0; i < 2; i++) {
		flows[i].member.is_flow = 1;
		flows[i].session = &s;
		ATF_REQUIRE_EQ(0, allow_join(relay, &flows[i].member, ID + i));
		allow_wait(relay, &flows[i].member);
		ATF_CHECK_EQ(&s, session_of(&flows[i].member));
	}
	ATF_CHECK_EQ(&s, session_of(&s.member));
	allow_grant(relay, ID + 1, 1000);
	turn_serve(relay);
	ATF_CHECK_EQ(0, visits[0]);
	ATF_CHECK_EQ(1, visits[1]);
	ATF_CHECK_EQ(0, flows[1].member.allow->left);
	allow_grant(relay, ID, 1000);
	turn_serve(relay);
	ATF_CHECK_EQ(1, visits[0]);
	/* One leaves; the other one waits on. */
	allow_leave(relay, &flows[0].member);
	turn_leave(relay, &flows[0].member);
	ATF_CHECK_EQ(NULL, flows[0].member.allow);
	ATF_CHECK_EQ(QUEUE_ALLOW, flows[1].member.queue);
	allow_grant(relay, ID + 1, 1000);
	turn_serve(relay);
	ATF_CHECK_EQ(2, visits[1]);
	ATF_CHECK_EQ(1, visits[0]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, equal_shares);
	ATF_TP_ADD_TC(tp, short_reads);
	ATF_TP_ADD_TC(tp, datagrams);
	ATF_TP_ADD_TC(tp, come_and_go);
	ATF_TP_ADD_TC(tp, unused_comes_back);
	ATF_TP_ADD_TC(tp, asked_again);
	ATF_TP_ADD_TC(tp, debts_are_paid);
	ATF_TP_ADD_TC(tp, another_router);
	ATF_TP_ADD_TC(tp, flows_apart);
	return atf_no_error();
}
