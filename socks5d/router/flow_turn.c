/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whose destination is judged next: see flow_turn.h.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "router/assoc.h"
#include "router/flow.h"
#include "router/flow_turn.h"
#include "router/state.h"

/* In a turn of the loop: half a millisecond's work, or so. */
#define FLOWS_TURN 16

static int  turn_has_room(struct router *);
static void turn_cb(evutil_socket_t, short, void *);
static void turn_later(struct router *);

void
flow_turns_init(struct router *r, void (*begin)(struct router *, struct flow *))
{
	struct flow_turns *t = &r->flow_turns;

	TAILQ_INIT(&t->assocs);
	t->begin = begin;
	t->left = FLOWS_TURN;
	if ((t->next = evtimer_new(r->role.base, turn_cb, r)) == NULL)
		fatalx("router: memory");
}

void
flow_turn_await(struct router *r, struct flow *f)
{
	struct flow_turns *t = &r->flow_turns;
	struct assoc      *a = f->assoc;

	if (TAILQ_EMPTY(&t->assocs) && turn_has_room(r)) {
		t->begin(r, f);
		return;
	}
	if (TAILQ_EMPTY(&a->awaiting))
		TAILQ_INSERT_TAIL(&t->assocs, a, turn);
	TAILQ_INSERT_TAIL(&a->awaiting, f, turn);
	f->awaits_turn = 1;
	turn_later(r);
}

void
flow_turn_leave(struct router *r, struct flow *f)
{
	struct assoc *a = f->assoc;

	if (f->awaits_turn == 0)
		return;
	f->awaits_turn = 0;
	TAILQ_REMOVE(&a->awaiting, f, turn);
	if (TAILQ_EMPTY(&a->awaiting))
		TAILQ_REMOVE(&r->flow_turns.assocs, a, turn);
}

/* Of a millisecond's flows the first few begin at once. */
static int
turn_has_room(struct router *r)
{
	struct flow_turns *t = &r->flow_turns;
	uint64_t           now = clock_ms();

	if (now != t->now) {
		t->now = now;
		t->left = FLOWS_TURN;
	}
	if (t->left == 0)
		return 0;
	t->left--;
	return 1;
}

/* In the next turn, after what has come in meanwhile. */
static void
turn_later(struct router *r)
{
	static const struct timeval now = { 0, 0 };

	if (evtimer_pending(r->flow_turns.next, NULL) == 0)
		(void)event_add(r->flow_turns.next, &now);
}

static void
turn_cb(evutil_socket_t fd, short what, void *arg)
{
	struct router     *r = arg;
	struct flow_turns *t = &r->flow_turns;
	struct assoc      *a;
	struct flow       *f;
	unsigned int       n = FLOWS_TURN;

	while ((a = TAILQ_FIRST(&t->assocs)) != NULL && n-- > 0) {
		f = TAILQ_FIRST(&a->awaiting);
		flow_turn_leave(r, f);
		/* Those of others come before its next one. */
		if (!TAILQ_EMPTY(&a->awaiting)) {
			TAILQ_REMOVE(&t->assocs, a, turn);
			TAILQ_INSERT_TAIL(&t->assocs, a, turn);
		}
		t->begin(r, f);
	}
	if (a != NULL)
		turn_later(r);
}
