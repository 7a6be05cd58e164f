/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The verdict on a destination, asked for by what is no request: what it is,
 * by which rule, what the client is told, and what it counts.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/addr.h"
#include "config/parse.h"
#include "router/identity.h"
#include "router/judge.h"
#include "router/rules.h"
#include "router/rulestat.h"
#include "router/state.h"
#include "router/tables.h"

static const char text[] =
    "listen on 127.0.0.1 port 1080\n"
    "upstream \"u\" { member socks5 192.0.2.9 port 1080 }\n"
    "block\n"                            /* 0 */
    "pass to 198.51.100.0/24 port 443\n" /* 1 */
    "pass to any port 53\n"              /* 2 */
    "pass to { 198.51.100.0/24 2001:db8::/32 } port 444 "
    "source 192.0.2.1\n" /* 3 */
    "pass to domain \"example.org\" port 80 via \"u\" resolve remote\n";

static const char text_bind[] =
    "listen on 127.0.0.1 port 1080\n"
    "block\n"                                           /* 0 */
    "pass command bind to 203.0.113.0/24 port 20\n"     /* 1 */
    "pass to 203.0.113.7 port 21 rdr-to 198.51.100.1\n" /* 2 */
    "pass to 203.0.113.8 rdr-to 198.51.100.1\n"         /* 3 */
    "pass command bind to 10.1.0.0/16\n"                /* 4 */
    "pass command bind to any port 53\n"                /* 5 */
    "block to 203.0.112.2\n";                           /* 6 */

static struct router *router;
static struct verdict verdict;

static void
complain(void *arg, const char *what)
{
	atf_tc_fail("%s", what);
}

static void
start(const char *conf_text)
{
	struct conf *conf;

	ATF_REQUIRE((router = calloc(1, sizeof(*router))) != NULL);
	ATF_REQUIRE((router->tables = calloc(1, sizeof(*router->tables))) !=
	    NULL);
	ATF_REQUIRE((conf = parse_text(conf_text, "t", NULL, 0, complain,
			 NULL)) != NULL);
	ATF_REQUIRE((router->rules = rules_new(conf)) != NULL);
	ATF_REQUIRE_EQ(0, rule_stats_prepare(router, conf));
	router->role.conf = conf;
	rule_stats_commit(router);
	router->local_known = 1;
}

static void
ask_for(struct judge_ask *ask, enum session_command command, const char *to,
    uint16_t port)
{
	memset(ask, 0, sizeof(*ask));
	ask->command = command;
	ATF_REQUIRE_EQ(0, addr_parse(&ask->from, "192.0.2.77"));
	ask->on = "";
	if (to != NULL)
		ATF_REQUIRE_EQ(0, addr_parse(&ask->to, to));
	ask->port = port;
}

/* A client that has not logged in asks for that; NULL: by name alone. */
static enum verdict_kind
asked(const char *name, const char *to, uint16_t port, int counts)
{
	struct judge_ask ask;

	ask_for(&ask, SESSION_CONNECT, to, port);
	ask.name = name;
	ask.counts = counts;
	judge(router, &ask, &verdict);
	return verdict.kind;
}

/* It asks who may come, naming that port; and then he comes from it. */
static enum verdict_kind
awaited(const char *who, uint16_t port)
{
	struct judge_ask ask;

	ask_for(&ask, SESSION_BIND, who, port);
	judge_awaited(router, &ask, &verdict);
	return verdict.kind;
}

static enum verdict_kind
comes(const char *who, uint16_t port)
{
	struct judge_ask ask;

	ask_for(&ask, SESSION_BIND, who, port);
	judge(router, &ask, &verdict);
	return verdict.kind;
}

ATF_TC(address);
ATF_TC_HEAD(address, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an address passes, is blocked, is "
	    "internal, or cannot be reached by its way");
}
ATF_TC_BODY(address, tc)
{
	start(text);
	ATF_CHECK_EQ(VERDICT_PASS, asked(NULL, "198.51.100.7", 443, 0));
	ATF_CHECK_EQ(CAUSE_NONE, verdict.cause);
	ATF_CHECK_EQ(1, verdict.rule->number);
	ATF_CHECK_STREQ("", verdict.hint);

	ATF_CHECK_EQ(VERDICT_BLOCK, asked(NULL, "198.51.100.7", 22, 0));
	ATF_CHECK_EQ(CAUSE_RULE, verdict.cause);
	ATF_CHECK_EQ(0, verdict.rule->number);
	ATF_CHECK_STREQ("", verdict.hint);

	ATF_CHECK_EQ(VERDICT_BLOCK, asked(NULL, "10.0.0.1", 53, 0));
	ATF_CHECK_EQ(CAUSE_INTERNAL, verdict.cause);
	ATF_CHECK(strstr(verdict.hint, "10.0.0.1 is internal") == verdict.hint);

	ATF_CHECK_EQ(VERDICT_PASS, asked(NULL, "198.51.100.7", 444, 0));
	ATF_CHECK_EQ(VERDICT_UNFIT, asked(NULL, "2001:db8::7", 444, 0));
	ATF_CHECK_EQ(CAUSE_HOST_UNREACHABLE, verdict.cause);
	ATF_CHECK(strstr(verdict.hint, "source 192.0.2.1 of the rule") ==
	    verdict.hint);
	ATF_CHECK(verdict_passes(&verdict));
}

ATF_TC(name);
ATF_TC_HEAD(name, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a name goes on as it is, is to be "
	    "resolved, or has no address that could pass");
}
ATF_TC_BODY(name, tc)
{
	start(text);
	ATF_CHECK_EQ(VERDICT_PASS, asked("example.org", NULL, 80, 0));
	ATF_CHECK_STREQ("u", verdict.rule->route.via);
	ATF_CHECK_EQ(VERDICT_RESOLVE, asked("example.net", NULL, 443, 0));
	ATF_CHECK(!verdict_passes(&verdict));
	ATF_CHECK_EQ(VERDICT_RESOLVE, asked("example.net", NULL, 53, 0));
	ATF_CHECK(verdict_passes(&verdict));
	ATF_CHECK_EQ(VERDICT_BLOCK, asked("example.net", NULL, 22, 0));
	ATF_CHECK_EQ(CAUSE_RULE, verdict.cause);
}

ATF_TC(counts);
ATF_TC_HEAD(counts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "rules count what is asked to count, "
	    "and nothing else");
}
ATF_TC_BODY(counts, tc)
{
	start(text);
	asked(NULL, "198.51.100.7", 443, 0);
	asked("example.org", NULL, 80, 0);
	asked("example.net", NULL, 22, 0);
	ATF_CHECK_EQ(0, router->matches[0]);
	ATF_CHECK_EQ(0, router->stats[1]->decisions);
	asked(NULL, "198.51.100.7", 443, 1);
	ATF_CHECK_EQ(1, router->matches[0]);
	ATF_CHECK_EQ(1, router->matches[1]);
	ATF_CHECK_EQ(0, router->stats[0]->decisions);
	ATF_CHECK_EQ(1, router->stats[1]->decisions);
	asked("example.org", NULL, 80, 1);
	ATF_CHECK_EQ(1, router->stats[4]->decisions);
	asked("example.net", NULL, 443, 1); /* its addresses will */
	ATF_CHECK_EQ(0, router->stats[0]->decisions);
	asked("example.net", NULL, 22, 1);
	ATF_CHECK_EQ(1, router->stats[0]->decisions);
}

ATF_TC(unknown_host);
ATF_TC_HEAD(unknown_host, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "while the addresses of this host are "
	    "not known, one that may be ours is refused");
}
ATF_TC_BODY(unknown_host, tc)
{
	start(text);
	router->local_known = 0;
	ATF_CHECK_EQ(VERDICT_BLOCK, asked(NULL, "203.0.114.1", 53, 0));
	ATF_CHECK_EQ(CAUSE_INTERNAL, verdict.cause);
	ATF_CHECK(strstr(verdict.hint, "maybe this host") != NULL);
	ATF_CHECK_EQ(VERDICT_PASS, asked(NULL, "198.51.100.7", 443, 0));
}

ATF_TC(bind);
ATF_TC_HEAD(bind, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who may come is asked without his port, and judged with it");
}
ATF_TC_BODY(bind, tc)
{
	start(text_bind);
	/* The port of the request is another's: the server's control port. */
	ATF_CHECK_EQ(VERDICT_PASS, awaited("203.0.113.1", 21));
	ATF_CHECK_EQ(1, verdict.rule->number);
	ATF_CHECK_EQ(VERDICT_PASS, comes("203.0.113.1", 20));
	ATF_CHECK_EQ(VERDICT_BLOCK, comes("203.0.113.1", 21));
	/* What goes elsewhere is no way in, where that is sure. */
	ATF_CHECK_EQ(VERDICT_PASS, awaited("203.0.113.7", 21));
	ATF_CHECK_EQ(1, verdict.rule->number);
	ATF_CHECK_EQ(VERDICT_UNFIT, comes("203.0.113.7", 21));
	ATF_CHECK_EQ(VERDICT_UNFIT, awaited("203.0.113.8", 20));
	ATF_CHECK_EQ(CAUSE_BAD_COMMAND, verdict.cause);
	ATF_CHECK(strstr(verdict.hint, "\"rdr-to\" of the rule") != NULL);
	ATF_CHECK_EQ(VERDICT_BLOCK, awaited("203.0.112.2", 53));
	ATF_CHECK_EQ(CAUSE_RULE, verdict.cause);
	ATF_CHECK_EQ(6, verdict.rule->number);
	/* Internal ones have to be named. */
	ATF_CHECK_EQ(VERDICT_PASS, awaited("10.1.2.3", 0));
	ATF_CHECK_EQ(4, verdict.rule->number);
	ATF_CHECK_EQ(VERDICT_BLOCK, awaited("10.2.2.3", 53));
	ATF_CHECK_EQ(CAUSE_INTERNAL, verdict.cause);
	/* Of anybody there is one who may. */
	ATF_CHECK_EQ(VERDICT_PASS, awaited("0.0.0.0", 0));
	ATF_CHECK_EQ(VERDICT_PASS, awaited("::", 0));
	ATF_CHECK_EQ(0, router->stats[1]->decisions);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, address);
	ATF_TP_ADD_TC(tp, name);
	ATF_TP_ADD_TC(tp, counts);
	ATF_TP_ADD_TC(tp, unknown_host);
	ATF_TP_ADD_TC(tp, bind);
	return atf_no_error();
}
