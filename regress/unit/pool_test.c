/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets that the parent makes: what is asked for follows what is waited for.
 * The parent of this test never answers.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>

#include <atf-c.h>
#include <event2/event.h>

#include "base/channel_event.h"
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
	pool->id = 1;
	TAILQ_INIT(&pool->waits);
	TAILQ_INIT(&router->pools);
	TAILQ_INSERT_TAIL(&router->pools, pool, entry);
}

static void
await(unsigned int i)
{
	waits[i].ready = ready;
	ATF_REQUIRE_EQ(0, pool_await(router, &class, AF_INET, &waits[i]));
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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, asked_as_wanted);
	return atf_no_error();
}
