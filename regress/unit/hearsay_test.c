/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a relay says of its sessions: an honest one is believed however
 * messages cross each other, and one that cannot be honest is ended.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>
#include <event2/event.h>

#include "base/budget.h"
#include "base/channel.h"
#include "base/channel_event.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/msg_limit.h"
#include "base/msg_policy.h"
#include "base/msg_udp.h"
#include "base/session.h"
#include "base/token.h"
#include "router/accept.h"
#include "router/assoc.h"
#include "router/drain.h"
#include "router/flow.h"
#include "router/grant.h"
#include "router/identity.h"
#include "router/lifecycle.h"
#include "router/limit.h"
#include "router/meter.h"
#include "router/port.h"
#include "router/quota.h"
#include "router/revoke.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/session_report.h"
#include "router/state.h"

#define INCARNATION 3
#define FORMER_ID   (UINT64_C(1) << 40) /* of the second router */
#define NOFILE      64
#define RELAY       0
#define QUOTA       (UINT64_C(100) * 1024 * 1024)

static struct router *router;
static struct peer   *relay;

static void
heard(void *arg, struct peer *p, struct msg *m)
{
}

static void
ended(void *arg, struct peer *p, const char *why)
{
}

static void
start(void)
{
	static const struct role_ops ops;
	static const uint8_t         secret[MAC_SECRET_LEN];
	static struct child          child;
	struct channel              *c;
	int                          fd[2];

	child.start.incarnation = INCARNATION;
	child.start.nofile = NOFILE;
	ATF_REQUIRE((router = calloc(1, sizeof(*router))) != NULL);
	router->role.child = &child;
	router->role.ops = &ops;
	ATF_REQUIRE((router->role.base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd));
	ATF_REQUIRE((c = channel_new(fd[0], PROC_ROUTER, PROC_RELAY, RELAY)) !=
	    NULL);
	ATF_REQUIRE((relay = peer_new(router->role.base, c, heard, ended,
			 NULL)) != NULL);
	router->role.peers[PROC_RELAY][RELAY] = relay;
	sess_init(router);
	revoke_new(router);
	life_init(router);
	life_adoption_begin(router, RELAY);
	accept_init(router);
	session_report_init(router);
	limit_init(router);
	grant_init(router);
	quota_init(router, drain_check);
	mac_key(&router->key, secret);
}

static int
is_accused(void)
{
	return role_peer(&router->role, PROC_RELAY, RELAY) == NULL;
}

/* One that is open as far as the router knows. */
static struct session *
session(struct rule_stat *rule)
{
	struct session *s;
	uint64_t        id;

	ATF_REQUIRE((s = sess_new(router, RELAY)) != NULL);
	s->state = SESSION_OPEN;
	if (rule == NULL)
		return s;
	s->rule = rule;
	rule->refs++;
	ATF_REQUIRE_EQ(0, grant_join(router, s, &s->member, rule, &id));
	ATF_REQUIRE(id != 0);
	return s;
}

/* A rule with one quota for all, in a period that lasts. */
static struct rule_stat *
quota_rule(void)
{
	struct rule_stat *rule;

	ATF_REQUIRE((rule = calloc(1, sizeof(*rule))) != NULL);
	rule->refs = 1;
	rule->limits.quota = QUOTA;
	rule->limits.quota_per = CONF_PER_RULE;
	rule->limits.quota_period = CONF_MONTH;
	(void)strlcpy(rule->quota, "rule", sizeof(rule->quota));
	return rule;
}

static uint64_t
used(struct rule_stat *rule)
{
	return quota_used(router, quota_find(router, rule, NULL));
}

static struct msg
message(const struct wbuf *b, uint64_t id)
{
	return (struct msg){
		.id = id, .data = b->data, .len = b->len, .fd = -1
	};
}

static void
wants(uint64_t allow, uint32_t sessions)
{
	const struct msg_allow_want w = {
		.bytes = sessions * ALLOW_WANT_BYTES,
		.sessions = sessions,
	};
	uint8_t     data[ALLOW_WANT_LEN];
	struct wbuf b;
	struct msg  m;

	wbuf_init(&b, data, sizeof(data));
	msg_put_allow_want(&b, &w);
	m = message(&b, allow);
	grant_on_want(router, relay, &m);
}

static void
closes(uint64_t id, uint8_t rep, uint64_t up)
{
	const struct session_closed c = {
		.id = id, .rep = rep, .up = up, .cause = CAUSE_CLOSED
	};
	uint8_t     data[SESSION_CLOSED_LEN];
	struct wbuf b;
	struct msg  m;

	wbuf_init(&b, data, sizeof(data));
	session_closed_put(&b, &c);
	m = message(&b, 0);
	life_on_closed(router, relay, &m);
}

static void
tells(uint64_t id)
{
	struct session_facts f;
	uint8_t              data[SESSION_FACTS_MAX];
	struct wbuf          b;
	struct msg           m;

	memset(&f, 0, sizeof(f));
	ATF_REQUIRE_EQ(0, addr_parse(&f.client, "192.0.2.1"));
	f.target = f.client;
	f.command = SESSION_CONNECT;
	f.rule = RULE_NONE;
	f.start_ms = clock_ms();
	facts_sign(&router->key, id, RELAY, 0, &f);
	wbuf_init(&b, data, sizeof(data));
	session_facts_put(&b, &f);
	m = message(&b, id);
	life_on_adopt(router, relay, &m);
}

/* Its client left when the answer was on its way to the relay. */
ATF_TC_WITHOUT_HEAD(left);
ATF_TC_BODY(left, tc)
{
	struct rule_stat *rule = quota_rule();
	struct session   *stays, *leaves;

	start();
	stays = session(rule);
	leaves = session(rule);
	closes(leaves->id, REP_NONE, 0);
	ATF_REQUIRE(!is_accused());
	/* That makes nothing unknown of the others. */
	ATF_CHECK(grant_covers(&stays->member, SESSION_EARLY_MAX));
	closes(stays->id, 0, QUOTA);
	ATF_CHECK_MSG(is_accused(), "bytes that nobody granted are believed");
}

/* What was granted to one who left like that is nobody's use. */
ATF_TC_WITHOUT_HEAD(unused);
ATF_TC_BODY(unused, tc)
{
	struct rule_stat *rule = quota_rule();
	struct session   *one, *two;

	start();
	one = session(rule);
	two = session(rule);
	wants(router->last_allow, 2);
	ATF_REQUIRE(!is_accused());
	ATF_REQUIRE(used(rule) > 1000);
	closes(one->id, 0, 1000);
	closes(two->id, REP_NONE, 0);
	ATF_CHECK(!is_accused());
	ATF_CHECK_EQ(1000, used(rule));
}

/* With the relay went what it knew: all that was granted counts. */
ATF_TC_WITHOUT_HEAD(died);
ATF_TC_BODY(died, tc)
{
	struct rule_stat *rule = quota_rule();
	uint64_t          before;

	start();
	(void)session(rule);
	(void)session(rule);
	wants(router->last_allow, 2);
	before = used(rule);
	ATF_REQUIRE(before != 0);
	life_relay_down(router, RELAY);
	grant_relay_down(router, RELAY);
	ATF_CHECK_EQ(0, router->nsessions);
	ATF_CHECK_EQ(before, used(rule));
}

/* Two flows of one session, each under a quota of its own. */
static struct session *with_flows;
static struct member   flow[2];
static unsigned int    flow_ended[2];

static void
flow_end(struct router *r, struct member *m)
{
	unsigned int i = m == &flow[1];

	ATF_REQUIRE_EQ(m, &flow[i]);
	flow_ended[i]++;
}

/* Each flow's allowance is in id. */
static void
flows(struct rule_stat *rule[2], uint64_t id[2])
{
	unsigned int i;

	grant_on_used_up(router, flow_end);
	with_flows = session(NULL);
	for (i = 0; i < 2; i++) {
		(void)strlcpy(rule[i]->quota, i == 0 ? "one" : "two",
		    sizeof(rule[i]->quota));
		ATF_REQUIRE_EQ(0,
		    grant_join(router, with_flows, &flow[i], rule[i], &id[i]));
		ATF_REQUIRE(id[i] != 0);
	}
	ATF_REQUIRE(id[0] != id[1]);
}

/* What each has moved is taken off its own quota, and no more is believed. */
ATF_TC_WITHOUT_HEAD(flows_apart);
ATF_TC_BODY(flows_apart, tc)
{
	struct rule_stat *rule[2];
	uint64_t          id[2];

	start();
	rule[0] = quota_rule();
	rule[1] = quota_rule();
	flows(rule, id);
	/* One datagram may be more than what was granted. */
	ATF_CHECK(grant_covers(&flow[0], 65507));
	ATF_CHECK(!grant_covers(&flow[0], 1000000));
	wants(id[0], 1);
	ATF_REQUIRE(!is_accused());
	ATF_CHECK(grant_covers(&flow[0], 1000000));
	ATF_CHECK(!grant_covers(&flow[1], 1000000));
	wants(id[1], 1);
	grant_leave(router, &flow[0], 1000);
	ATF_CHECK_EQ(NULL, flow[0].portion);
	ATF_CHECK_EQ(1000, used(rule[0]));
	ATF_CHECK(used(rule[1]) > 1000);
	grant_leave(router, &flow[1], 2000);
	ATF_CHECK_EQ(2000, used(rule[1]));
	/* Whoever is none may leave, too. */
	grant_leave(router, &flow[1], 2000);
	/* A relay asks for none that has left. */
	wants(id[1], 1);
	ATF_CHECK(is_accused());
}

/* The flow ends that lived on it; its session and the other one go on. */
ATF_TC_WITHOUT_HEAD(flow_used_up);
ATF_TC_BODY(flow_used_up, tc)
{
	struct rule_stat *rule[2];
	uint64_t          id[2];

	start();
	rule[0] = quota_rule();
	rule[1] = quota_rule();
	flows(rule, id);
	quota_add(router, quota_find(router, rule[1], NULL), (int64_t)QUOTA);
	wants(id[1], 1);
	ATF_CHECK_EQ(0, flow_ended[0]);
	ATF_CHECK_EQ(1, flow_ended[1]);
	ATF_CHECK_EQ(0, with_flows->killed);
	/* Until its relay says that it has ended it is a member. */
	ATF_CHECK(flow[1].portion != NULL);
	grant_leave(router, &flow[1], 0);
	ATF_CHECK_EQ(QUOTA, used(rule[1]));
	grant_leave(router, &flow[0], 0);
}

/* What one flow had cannot be known; what the other one had can. */
ATF_TC_WITHOUT_HEAD(flow_lost);
ATF_TC_BODY(flow_lost, tc)
{
	struct rule_stat *rule[2];
	uint64_t          id[2], before;

	start();
	rule[0] = quota_rule();
	rule[1] = quota_rule();
	flows(rule, id);
	wants(id[0], 1);
	wants(id[1], 1);
	before = used(rule[0]);
	ATF_REQUIRE(before > 1000);
	grant_lose(&flow[0]);
	grant_leave(router, &flow[0], 1000);
	grant_leave(router, &flow[1], 1000);
	ATF_CHECK_EQ(before, used(rule[0]));
	ATF_CHECK_EQ(1000, used(rule[1]));
}

/* An association with flow 7, which is under a quota. */
static struct session *
associated(struct rule_stat *rule)
{
	static struct port port;
	struct session    *s;
	struct flow       *f;
	uint64_t           id;

	ATF_REQUIRE((s = sess_new(router, RELAY)) != NULL);
	s->state = SESSION_OPEN;
	s->command = SESSION_UDP;
	ATF_REQUIRE((s->assoc = calloc(1, sizeof(*s->assoc))) != NULL);
	ATF_REQUIRE((f = calloc(1, sizeof(*f))) != NULL);
	s->assoc->session = s;
	f->assoc = s->assoc;
	f->id = 7;
	f->fd = -1;
	f->local = &port;
	f->open = 1;
	f->start_ms = clock_ms();
	f->rule = rule;
	(void)RB_INSERT(flow_tree, &s->assoc->flows, f);
	ATF_REQUIRE_EQ(0, grant_join(router, s, &f->member, rule, &id));
	return s;
}

static void
counts(const struct session *s, uint32_t flow_id, uint64_t up, uint64_t down)
{
	const struct udp_count c = {
		.flow = flow_id, .up = up, .down = down, .nup = 1
	};
	uint8_t     data[UDP_COUNT_LEN];
	struct wbuf b;
	struct msg  m;

	wbuf_init(&b, data, sizeof(data));
	udp_count_put(&b, &c);
	m = message(&b, s->id);
	flow_on_count(router, relay, &m);
}

ATF_TC_WITHOUT_HEAD(flow_granted);
ATF_TC_BODY(flow_granted, tc)
{
	struct rule_stat *rule = quota_rule();
	struct session   *s;

	start();
	s = associated(rule);
	counts(s, 7, 1000, 60000);
	ATF_CHECK(!is_accused());
	ATF_CHECK_EQ(1000, rule->up);
	ATF_CHECK_EQ(60000, rule->down);
	wants(router->last_allow, 1);
	counts(s, 7, 100000, 60000);
	ATF_CHECK(!is_accused());
	/* Both ways are of one allowance. */
	counts(s, 7, 600000, 600000);
	ATF_CHECK_MSG(is_accused(), "bytes that nobody granted are believed");
	ATF_CHECK_EQ(100000, rule->up);
}

ATF_TC_WITHOUT_HEAD(flow_fewer);
ATF_TC_BODY(flow_fewer, tc)
{
	struct session *s;

	start();
	s = associated(quota_rule());
	counts(s, 7, 1000, 0);
	ATF_REQUIRE(!is_accused());
	counts(s, 7, 999, 0);
	ATF_CHECK_MSG(is_accused(), "fewer than before");
}

ATF_TC_WITHOUT_HEAD(flow_none);
ATF_TC_BODY(flow_none, tc)
{
	struct session *s;

	start();
	s = associated(quota_rule());
	counts(s, 8, 0, 0);
	ATF_CHECK_MSG(is_accused(), "a flow that it does not have");
}

/* Ids of flows that nobody asks for are the router's, and send nothing. */
ATF_TC_WITHOUT_HEAD(flow_of_anybody);
ATF_TC_BODY(flow_of_anybody, tc)
{
	const struct msg_udp_want w = {
		.flow = UDP_INBOUND(0), .port = 53, .namelen = 1, .name = "a"
	};
	uint8_t         data[sizeof(w) + 8];
	struct session *s;
	struct wbuf     b;
	struct msg      m;

	start();
	s = associated(quota_rule());
	RB_MIN(flow_tree, &s->assoc->flows)->is_inbound = 1;
	counts(s, 7, 0, 1000);
	ATF_REQUIRE(!is_accused());
	counts(s, 7, 1, 1000);
	ATF_CHECK_MSG(is_accused(), "bytes by what nothing can be sent");

	start();
	s = associated(quota_rule());
	wbuf_init(&b, data, sizeof(data));
	msg_put_udp_want(&b, &w);
	m = message(&b, s->id);
	flow_on_want(router, relay, &m);
	ATF_CHECK_MSG(is_accused(), "an id of the router's");
}

/* No rule's rate or quota bounds it, but time does. */
ATF_TC_WITHOUT_HEAD(flow_ever);
ATF_TC_BODY(flow_ever, tc)
{
	struct rule_stat *rule = quota_rule();
	struct session   *s;

	start();
	rule->limits.quota = 0;
	s = associated(rule);
	counts(s, 7, UINT64_C(1) << 20, 0);
	ATF_CHECK(!is_accused());
	counts(s, 7, UINT64_C(1) << 60, 0);
	ATF_CHECK_MSG(is_accused(), "more than time allows");
}

/* Who leaves with a debt, and comes again, gets nothing by that. */
ATF_TC_WITHOUT_HEAD(debt_stays);
ATF_TC_BODY(debt_stays, tc)
{
	struct rule_stat *rule = quota_rule();
	struct session   *s;
	struct meter     *rate;
	struct limit_who  who;
	uint64_t          id;

	start();
	rule->limits.quota = 0;
	rule->limits.rate = 10000;
	rule->limits.rate_per = CONF_PER_RULE;
	s = session(NULL);
	limit_who(s, &who);
	ATF_REQUIRE_EQ(0, grant_join(router, s, &flow[0], rule, &id));
	rate = limit_meter(router, LIMIT_RATE, rule, CONF_PER_RULE, &who);
	wants(id, 1);
	ATF_CHECK_EQ_MSG(0, rate->waiting, "it is not granted at once");
	/* A datagram beyond what was granted. */
	grant_leave(router, &flow[0], 65507);
	ATF_CHECK(rate->owed > 60000 && rate->owed < 65507);
	ATF_REQUIRE_EQ(0, grant_join(router, s, &flow[0], rule, &id));
	wants(id, 1);
	ATF_CHECK_EQ_MSG(1, rate->waiting, "others have to pay for it");
	ATF_CHECK(rate->owed > 60000);
	grant_leave(router, &flow[0], 0);
}

ATF_TC_WITHOUT_HEAD(refused_bytes);
ATF_TC_BODY(refused_bytes, tc)
{
	struct session *s;

	start();
	s = session(NULL);
	closes(s->id, 1, 1000);
	ATF_CHECK_MSG(is_accused(), "bytes of a session without a target");
}

/* As many as it holds, while clients come to it and sessions end. */
ATF_TC_WITHOUT_HEAD(full);
ATF_TC_BODY(full, tc)
{
	uint32_t i, room = budget_sessions(NOFILE);

	start();
	for (i = 0; i < room; i++) {
		tells(FORMER_ID + i);
		ATF_REQUIRE_MSG(!is_accused(), "session %u of %u", i, room);
		if (i % 3 == 0)
			closes(FORMER_ID + i, 0, 100);
		if (i % 2 == 0)
			(void)session(NULL);
	}
}

ATF_TC_WITHOUT_HEAD(endless);
ATF_TC_BODY(endless, tc)
{
	uint32_t i, room = budget_sessions(NOFILE);

	start();
	for (i = 0; i < 4 * room && !is_accused(); i++) {
		tells(FORMER_ID + i);
		if (!is_accused())
			closes(FORMER_ID + i, 0, 100);
	}
	ATF_CHECK(is_accused());
}

/* Ended for another reason while auth was asked who that is by now. */
ATF_TC_WITHOUT_HEAD(ended_once);
ATF_TC_BODY(ended_once, tc)
{
	struct msg_who_res w = { .status = LOGIN_UNKNOWN_USER };
	uint8_t            data[64];
	struct wbuf        b;
	struct msg         m;
	struct session    *s;

	start();
	s = session(NULL);
	identity_adopt(s, "ann");
	s->late = LATE_ASKED;
	sess_kill(router, s, CAUSE_KILLED);
	wbuf_init(&b, data, sizeof(data));
	msg_put_who_res(&b, &w);
	m = message(&b, s->id);
	revoke_on_who(router, relay, &m);
	ATF_CHECK_EQ(0, router->role.counters.v[COUNTER_SESSIONS_REVOKED]);
	ATF_CHECK_EQ(CAUSE_KILLED, s->cause);
	ATF_CHECK_EQ(NULL, s->hint);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, left);
	ATF_TP_ADD_TC(tp, unused);
	ATF_TP_ADD_TC(tp, died);
	ATF_TP_ADD_TC(tp, flows_apart);
	ATF_TP_ADD_TC(tp, flow_used_up);
	ATF_TP_ADD_TC(tp, flow_lost);
	ATF_TP_ADD_TC(tp, flow_granted);
	ATF_TP_ADD_TC(tp, flow_fewer);
	ATF_TP_ADD_TC(tp, flow_none);
	ATF_TP_ADD_TC(tp, flow_of_anybody);
	ATF_TP_ADD_TC(tp, flow_ever);
	ATF_TP_ADD_TC(tp, debt_stays);
	ATF_TP_ADD_TC(tp, refused_bytes);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, endless);
	ATF_TP_ADD_TC(tp, ended_once);
	return atf_no_error();
}
