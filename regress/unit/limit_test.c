/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the places of a session under several rules at once: it has one
 * under each, once, and gives all of them back.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>
#include <event2/event.h>

#include "base/addr.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/counters.h"
#include "conf/conf.h"
#include "router/limit.h"
#include "router/meter.h"
#include "router/quota.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"

static struct router  *router;
static struct session *sessions[3]; /* of three sources */
static char           *hint;

static void
told(struct router *r)
{
}

static void
start(void)
{
	static const char *const source[] = { "192.0.2.1", "192.0.2.2",
		"192.0.2.3" };
	static struct child      child;
	unsigned int             i;

	child.start.incarnation = 1;
	ATF_REQUIRE((router = calloc(1, sizeof(*router))) != NULL);
	router->role.child = &child;
	ATF_REQUIRE((router->role.base = event_base_new()) != NULL);
	ATF_REQUIRE((router->role.conf = conf_new()) != NULL);
	router->source_sessions = CONF_NO_LIMIT;
	sess_init(router);
	limit_init(router);
	quota_init(router, told);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE((sessions[i] = sess_new(router, 0)) != NULL);
		ATF_REQUIRE_EQ(0, addr_parse(&sessions[i]->client, source[i]));
	}
}

static struct rule_stat *
rule(const char *where, uint32_t places)
{
	struct rule_stat *st;

	ATF_REQUIRE((st = calloc(1, sizeof(*st))) != NULL);
	st->refs = 1;
	st->limits.sessions = places;
	st->limits.sessions_per = CONF_PER_RULE;
	(void)strlcpy(st->where, where, sizeof(st->where));
	(void)strlcpy(st->quota, where, sizeof(st->quota));
	return st;
}

static int
admit(unsigned int i, struct rule_stat *st)
{
	return limit_admit(router, sessions[i], st, &hint);
}

static unsigned int
taken(struct rule_stat *st)
{
	const struct meter *m;

	m = meter_find(&router->meters, LIMIT_SESSIONS, st, NULL, 0);
	return m == NULL ? 0 : m->refs;
}

ATF_TC_WITHOUT_HEAD(many_rules);
ATF_TC_BODY(many_rules, tc)
{
	struct rule_stat *one, *two;
	unsigned int      i;

	start();
	one = rule("one", 1);
	two = rule("two", 2);
	/* However often it is asked for. */
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(0, admit(0, one));
		ATF_CHECK_EQ(0, admit(0, two));
	}
	ATF_CHECK_EQ(1, taken(one));
	ATF_CHECK_EQ(1, taken(two));
	ATF_CHECK_EQ(NULL, hint);
	ATF_CHECK_EQ(-1, admit(1, one));
	ATF_CHECK_STREQ("sessions 1 of the rule in one is reached", hint);
	ATF_CHECK_EQ(NULL, sessions[1]->hint);
	ATF_CHECK_EQ(0, admit(1, two));
	ATF_CHECK_EQ(-1, admit(2, two));
	ATF_CHECK_STREQ("sessions 2 of the rule in two is reached", hint);
	ATF_CHECK_EQ(2, router->role.counters.v[COUNTER_LIMIT_RULE_SESSIONS]);
	limit_release(router, sessions[0]);
	ATF_CHECK_EQ(0, taken(one));
	ATF_CHECK_EQ(1, taken(two));
	ATF_CHECK_EQ(0, admit(2, one));
	ATF_CHECK_EQ(0, admit(2, two));
}

/* Before any rule decides, and not again when one does. */
ATF_TC_WITHOUT_HEAD(settings_once);
ATF_TC_BODY(settings_once, tc)
{
	struct rule_stat *one, *two;

	start();
	one = rule("one", 9);
	two = rule("two", 9);
	router->source_sessions = 1;
	sessions[1]->client = sessions[0]->client;
	ATF_CHECK_EQ(0, admit(0, NULL));
	ATF_CHECK_EQ(0, admit(0, one));
	ATF_CHECK_EQ(0, admit(0, two));
	ATF_CHECK_EQ(0, admit(0, NULL));
	ATF_CHECK_EQ(-1, admit(1, NULL));
	ATF_CHECK_STREQ("source-sessions 1 of \"set limit\" is reached", hint);
	ATF_CHECK_EQ(-1, admit(1, one));
	ATF_CHECK_EQ(1, taken(one));
	ATF_CHECK_EQ(0, admit(2, NULL));
	limit_release(router, sessions[0]);
	ATF_CHECK_EQ(0, admit(1, one));
}

/* Of UDP alone, beside those of all sessions. */
ATF_TC_WITHOUT_HEAD(associations);
ATF_TC_BODY(associations, tc)
{
	struct conf_settings *set;
	unsigned int          i;

	start();
	set = &router->role.conf->set;
	router->source_sessions = 2;
	set->associations = 2;
	set->source_associations = 1;
	sessions[1]->client = sessions[0]->client;
	for (i = 0; i < 3; i++)
		sessions[i]->command = SESSION_UDP;
	ATF_CHECK_EQ(0, admit(0, NULL));
	ATF_CHECK_EQ(-1, admit(1, NULL));
	ATF_CHECK_STREQ("source-associations 1 of \"set limit\" is reached",
	    hint);
	sessions[1]->command = SESSION_CONNECT;
	ATF_CHECK_EQ(0, admit(1, NULL));
	ATF_CHECK_EQ(0, admit(2, NULL));
	limit_release(router, sessions[1]);
	sessions[1]->command = SESSION_UDP;
	set->source_associations = CONF_NO_LIMIT;
	ATF_CHECK_EQ(-1, admit(1, NULL));
	ATF_CHECK_STREQ("associations 2 of \"set limit\" is reached", hint);
	set->associations = 0;
	ATF_CHECK_EQ(0, admit(1, NULL));
}

/* A place that it has is no reason to forget that there is nothing left. */
ATF_TC_WITHOUT_HEAD(quota_later);
ATF_TC_BODY(quota_later, tc)
{
	struct rule_stat *one;

	start();
	one = rule("one", 9);
	one->limits.quota = 1000000;
	one->limits.quota_per = CONF_PER_RULE;
	one->limits.quota_period = CONF_MONTH;
	ATF_CHECK_EQ(0, admit(0, one));
	ATF_CHECK_EQ(0, admit(0, one));
	quota_add(router, quota_get(router, one, NULL), 1000000);
	ATF_CHECK_EQ(-1, admit(0, one));
	ATF_CHECK(strstr(hint, "of the rule in one is used up") != NULL);
	ATF_CHECK_EQ(1, taken(one));
	ATF_CHECK_EQ(1, router->role.counters.v[COUNTER_LIMIT_QUOTA]);
}

/* A session may outlive the rule: its place is not one of another rule. */
ATF_TC_WITHOUT_HEAD(rule_goes);
ATF_TC_BODY(rule_goes, tc)
{
	struct rule_stat *one;

	start();
	one = rule("one", 0);
	one->limits.new_count = 1;
	one->limits.new_ms = 3600 * 1000;
	one->limits.new_burst = 1;
	one->limits.new_per = CONF_PER_RULE;
	ATF_CHECK_EQ(0, admit(0, one));
	ATF_CHECK_EQ(0, admit(0, one));
	ATF_CHECK_EQ(-1, admit(1, one));
	/* Of the test, of the meter, of the one that was admitted. */
	ATF_CHECK_EQ(3, one->refs);
	limit_release(router, sessions[0]);
	ATF_CHECK_EQ(2, one->refs);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, many_rules);
	ATF_TP_ADD_TC(tp, settings_once);
	ATF_TP_ADD_TC(tp, associations);
	ATF_TP_ADD_TC(tp, quota_later);
	ATF_TP_ADD_TC(tp, rule_goes);
	return atf_no_error();
}
