/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whose destination the router judges next: router/flow_turn.c.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "router/assoc.h"
#include "router/flow.h"
#include "router/flow_turn.h"
#include "router/state.h"

#define ASSOCS 3
#define FLOWS  400

static struct assoc assocs[ASSOCS];
static struct flow  flows[ASSOCS][FLOWS];
static unsigned int nbegun, began[ASSOCS * FLOWS];

/* Which association has begun a flow. */
static void
begin(struct router *r, struct flow *f)
{
	began[nbegun++] = (unsigned int)(f->assoc - assocs);
}

/* A router with that many associations, none of which waits. */
static struct router *
world(void)
{
	struct router *r;
	unsigned int   i, k;

	ATF_REQUIRE((r = calloc(1, sizeof(*r))) != NULL);
	ATF_REQUIRE((r->role.base = event_base_new()) != NULL);
	flow_turns_init(r, begin);
	for (i = 0; i < ASSOCS; i++) {
		TAILQ_INIT(&assocs[i].awaiting);
		for (k = 0; k < FLOWS; k++)
			flows[i][k].assoc = &assocs[i];
	}
	return r;
}

static void
turn(struct router *r)
{
	(void)event_base_loop(r->role.base, EVLOOP_ONCE);
}

ATF_TC(fair);
ATF_TC_HEAD(fair, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a few begin in each turn of the loop, and each association has "
	    "its own, however many another one asks for");
}
ATF_TC_BODY(fair, tc)
{
	struct router *r = world();
	unsigned int   i, k, first, turns = 0, before;

	/* The first one asks for all of its own before the others come. */
	for (k = 0; k < FLOWS; k++)
		flow_turn_await(r, &flows[0][k]);
	first = nbegun;
	ATF_CHECK_MSG(first > 0 && first < FLOWS, "%u at once", first);
	for (i = 1; i < ASSOCS; i++)
		for (k = 0; k < FLOWS; k++)
			flow_turn_await(r, &flows[i][k]);
	ATF_CHECK_EQ(first, nbegun);
	while (nbegun < ASSOCS * FLOWS && turns++ < 1000) {
		before = nbegun;
		turn(r);
		ATF_CHECK_MSG(nbegun - before < FLOWS / 4, "%u in a turn",
		    nbegun - before);
	}
	ATF_REQUIRE_EQ_MSG(ASSOCS * FLOWS, nbegun, "%u", nbegun);
	/* While all have some, each has every third. */
	for (i = first; i < first + 3 * (FLOWS - first); i++)
		ATF_CHECK_EQ_MSG((i - first) % ASSOCS, began[i], "%u: %u", i,
		    began[i]);
}

ATF_TC(left);
ATF_TC_HEAD(left, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who waits no more is not begun, the last of its association "
	    "neither");
}
ATF_TC_BODY(left, tc)
{
	struct router *r = world();
	unsigned int   i, k, gone = 0, turns = 0;

	for (i = 0; i < ASSOCS; i++)
		for (k = 0; k < FLOWS; k++)
			flow_turn_await(r, &flows[i][k]);
	for (k = 0; k < FLOWS; k++) {
		gone += flows[1][k].awaits_turn;
		flow_turn_leave(r, &flows[1][k]);
		flow_turn_leave(r, &flows[1][k]);
	}
	ATF_CHECK_EQ(FLOWS, gone);
	while (turns++ < 1000)
		(void)event_base_loop(r->role.base, EVLOOP_NONBLOCK);
	ATF_CHECK_EQ(ASSOCS * FLOWS - gone, nbegun);
	for (i = 0; i < nbegun; i++)
		ATF_CHECK(began[i] != 1);
	ATF_CHECK(TAILQ_EMPTY(&r->flow_turns.assocs));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fair);
	ATF_TP_ADD_TC(tp, left);
	return atf_no_error();
}
