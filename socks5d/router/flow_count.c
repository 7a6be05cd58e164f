/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What flows have moved, as their relays tell: none is believed what cannot
 * be.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/buf.h"
#include "base/msg_udp.h"
#include "base/role.h"
#include "base/session.h"
#include "router/assoc.h"
#include "router/flow.h"
#include "router/grant.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"

static const char *flow_lie(const struct flow *, const struct udp_count *);
static void        flow_count(struct flow *, const struct udp_count *);

void
flow_on_count(void *arg, struct peer *from, struct msg *m)
{
	struct router   *r = arg;
	struct udp_count c;
	struct session  *s;
	struct flow     *f;
	const char      *lie;
	struct rbuf      b;

	rbuf_init(&b, m->data, m->len);
	while (b.left != 0) {
		if (udp_count_get(&b, &c) == -1) {
			role_bad_peer(&r->role, from, "malformed udp-count");
			return;
		}
		/* Of one of a former router nothing is known here. */
		if ((s = sess_byid(r, m->id)) == NULL || s->adopted)
			continue;
		if (sess_of(r, from, m->id) == NULL || s->assoc == NULL ||
		    (f = flow_byid(s->assoc, c.flow)) == NULL)
			lie = "udp-count for a flow it does not have";
		else
			lie = flow_lie(f, &c);
		if (lie != NULL) {
			role_bad_peer(&r->role, from, lie);
			return;
		}
		flow_count(f, &c);
		if (c.over == UDP_END_NONE)
			continue;
		/* Why it was told to close it is known here alone. */
		if (f->end == UDP_END_NONE)
			f->end = c.over;
		flow_free(r, f);
	}
}

/* What is wrong with a relay's word on what a flow has moved, or NULL. */
static const char *
flow_lie(const struct flow *f, const struct udp_count *c)
{
	if (!f->open)
		return "udp-count for a flow without a socket";
	if (f->is_inbound && c->up != 0)
		return "bytes sent by what only receives";
	if (c->up < f->up || c->down < f->down || c->nup < f->nup ||
	    c->ndown < f->ndown)
		return "fewer datagrams of a flow than before";
	if (!sess_may_move(c->up, f->start_ms) ||
	    !sess_may_move(c->down, f->start_ms))
		return "more bytes of a flow than time allows";
	if (!grant_covers(&f->member, c->up + c->down))
		return "more bytes of a flow than were granted";
	return NULL;
}

static void
flow_count(struct flow *f, const struct udp_count *c)
{
	f->rule->up += c->up - f->up;
	f->rule->down += c->down - f->down;
	f->up = c->up;
	f->down = c->down;
	f->nup = c->nup;
	f->ndown = c->ndown;
}
