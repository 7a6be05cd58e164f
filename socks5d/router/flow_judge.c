/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Flows that are open are judged by the rules that are in force now; those that
 * are not allowed any more are closed.
 *
 * There may be many, so that they are judged a few in a turn of the loop: until
 * then they go on as they were allowed.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/role.h"
#include "base/session.h"
#include "router/assoc.h"
#include "router/flow.h"
#include "router/session.h"
#include "router/state.h"

/* Flows in a turn, or all of one association: some milliseconds. */
#define JUDGE_BATCH 512

static void judge_step(evutil_socket_t, short, void *);

void
flow_judge_init(struct router *r)
{
	if ((r->judge_more = evtimer_new(r->role.base, judge_step, r)) == NULL)
		fatalx("router: memory");
}

void
flow_judge_all(struct router *r)
{
	r->judge_next = TAILQ_FIRST(&r->assocs);
	judge_step(-1, 0, r);
}

static void
judge_step(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval now = { 0, 0 };
	struct router              *r = arg;
	struct assoc               *a;
	unsigned int                n = 0;

	while ((a = r->judge_next) != NULL) {
		if (n >= JUDGE_BATCH && event_add(r->judge_more, &now) == 0)
			return;
		r->judge_next = TAILQ_NEXT(a, entry);
		n += 1 + a->nflows;
		flow_judge(r, a);
	}
}

void
flow_judge_leave(struct router *r, const struct assoc *a)
{
	if (r->judge_next == a)
		r->judge_next = TAILQ_NEXT(a, entry);
}

/*
 * One that waits for its addresses, its socket or a proxy is judged when that
 * is there.  What is to go another way now, by a proxy or by none, is asked for
 * anew.  The relay says when it has closed one, and what had gone by it.
 */
void
flow_judge(struct router *r, struct assoc *a)
{
	struct flow *f;

	if (a->session->killed)
		return;
	RB_FOREACH(f, flow_tree, &a->flows) {
		if (f->fd == -1 || flow_allowed(r, f))
			continue;
		role_count(&r->role, COUNTER_UDP_FLOWS_REVOKED);
		flow_close(r, f, UDP_END_REVOKED, DROP_RULE);
	}
}
