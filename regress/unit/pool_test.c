/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets that the parent makes: what is asked for follows what is waited for.
 * The parent of this test never answers.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>

#include <atf-c.h>
#include <event2/event.h>

#include "base/channel_event.h"
#include "conf/conf.h"
#include "router/pool.h"
#include "router/state.h"

#define WAITS 20

static struct router *router;
static struct pool   *pool;
static struct socket_class class;
static struct pool_wait waits[WAITS];
static unsigned int     readied;

static void
ready(void *arg, int error)
{
	readied++;
}

static void
on_msg(void *arg, struct peer *p, struct msg *m)
{
}

static void
on_end(void *arg, struct peer *p, const char *reason)
{
}

static void
start(void)
{
	struct event_base *base;
	int                fd[2];

	ATF_REQUIRE((router = calloc(1, sizeof(*router))) != NULL);
	ATF_REQUIRE((pool = calloc(1, sizeof(*pool))) != NULL);
	ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd));
	router->role.parent = peer_new(base,
	    channel_new(fd[0], PROC_ROUTER, PROC_PARENT, 0), on_msg, on_end,
	    NULL);
	ATF_REQUIRE(router->role.parent != NULL);
	class.has_mark = 1;
	class.mark = 7;
	pool->class = class;
	pool->af = AF_INET;
	pool->type = SOCK_STREAM;
	pool->id = 1;
	TAILQ_INIT(&pool->waits);
	TAILQ_INIT(&router->pools);
	TAILQ_INSERT_TAIL(&router->pools, pool, entry);
}

static void
await(unsigned int i)
{
	waits[i].ready = ready;
	ATF_REQUIRE_EQ(0,
	    pool_await(router, &class, AF_INET, SOCK_STREAM, &waits[i]));
}

ATF_TC(asked_as_wanted);
ATF_TC_HEAD(asked_as_wanted, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each that waits is asked for, but not again for those who come "
	    "after others have left");
}
ATF_TC_BODY(asked_as_wanted, tc)
{
	unsigned int i;

	start();
	for (i = 0; i < WAITS; i++)
		await(i);
	ATF_CHECK(pool->asked >= WAITS);
	for (i = 0; i < WAITS; i++)
		pool_leave(&waits[i]);
	/* The parent is busy, and clients come and go meanwhile. */
	for (i = 0; i < 10000; i++) {
		await(i % WAITS);
		pool_leave(&waits[i % WAITS]);
	}
	ATF_CHECK(pool->asked <= WAITS + POOL_SPARES);
	for (i = 0; i < WAITS; i++)
		await(i);
	/* Each has one under way, whoever had asked for it. */
	ATF_CHECK(pool->asked >= WAITS);
	ATF_CHECK_EQ(0, readied);
}

/* A rule that gives its sockets a mark. */
static void
add_rule(struct conf *conf, uint32_t mark, uint8_t commands)
{
	struct conf_rule *rule;

	ATF_REQUIRE((rule = conf_rule_new()) != NULL);
	rule->action = CONF_PASS;
	rule->commands = commands;
	rule->route.mark.given = 1;
	rule->route.mark.n = mark;
	TAILQ_INSERT_TAIL(&conf->rules, rule, entry);
}

static int
take(uint32_t mark, int type)
{
	class.has_mark = 1;
	class.mark = mark;
	errno = 0;
	ATF_REQUIRE_EQ(-1, pool_take(router, &class, AF_INET6, type));
	return errno;
}

ATF_TC(types);
ATF_TC_HEAD(types, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "rules that pass neither UDP nor BIND have no sockets for UDP, "
	    "others none at hand before one is wanted, and no type is "
	    "taken for another");
}
ATF_TC_BODY(types, tc)
{
	struct conf     *conf;
	struct pool     *p;
	struct pool_wait udp = { .ready = ready };
	unsigned int     tcp = 0, npools = 0;

	start();
	ATF_REQUIRE((conf = conf_new()) != NULL);
	add_rule(conf, 1, CONF_COMMAND_CONNECT);
	add_rule(conf, 2, 0);
	add_rule(conf, 3, CONF_COMMAND_UDP);
	router->role.conf = conf;
	pool_commit(router);
	TAILQ_FOREACH(p, &router->pools, entry) {
		npools++;
		ATF_CHECK_EQ(p->type == SOCK_STREAM ? POOL_SPARES : 0,
		    p->asked);
	}
	/* Two families of each, and that of start() is gone. */
	ATF_CHECK_EQ(10, npools);
	ATF_CHECK_EQ(EACCES, take(1, SOCK_DGRAM));
	ATF_CHECK_EQ(EACCES, take(7, SOCK_STREAM));
	ATF_CHECK_EQ(EAGAIN, take(1, SOCK_STREAM));
	ATF_CHECK_EQ(EAGAIN, take(3, SOCK_STREAM));
	ATF_CHECK_EQ(EAGAIN, take(3, SOCK_DGRAM));
	ATF_CHECK_EQ(EAGAIN, take(2, SOCK_DGRAM));
	ATF_REQUIRE_EQ(0,
	    pool_await(router, &class, AF_INET6, SOCK_DGRAM, &udp));
	TAILQ_FOREACH(p, &router->pools, entry) {
		if (p->type == SOCK_STREAM)
			tcp += p->asked;
		else if (p->class.mark != 2 || p->af != AF_INET6)
			ATF_CHECK_EQ(0, p->asked);
	}
	ATF_CHECK_EQ(6 * POOL_SPARES, tcp);
	ATF_CHECK_EQ(1, udp.pool->asked);
	/* From now on some are kept. */
	pool_renew(router);
	ATF_CHECK_EQ(POOL_SPARES, udp.pool->asked);
	ATF_CHECK(udp.pool->type == SOCK_DGRAM && udp.pool->class.mark == 2);
	pool_leave(&udp);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, types);
	ATF_TP_ADD_TC(tp, asked_as_wanted);
	return atf_no_error();
}
