/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names as destinations of flows: see flow_name.h.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <stdlib.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "router/assoc.h"
#include "router/flow.h"
#include "router/flow_name.h"
#include "router/resolve.h"
#include "router/session.h"
#include "router/state.h"

/*
 * How long an IPv6 answer waits for the IPv4 one, which is to be tried first:
 * of datagrams nothing tells that they have not arrived, and IPv6 is missing
 * or broken more often.
 */
#define RESOLUTION_DELAY_MS 50

/* A name that is asked for, and the addresses that it was found to have. */
struct lookup {
	RB_ENTRY(lookup) node; /* by id */
	uint64_t         id;
	struct flow     *flow;
	struct event    *delay;   /* NULL before the first answer */
	uint8_t          waiting; /* families */
	uint8_t          failed;
	uint8_t          busy;
	enum udp_drop    why;    /* of those that were tried; or DROP_MAX */
	unsigned int     naddrs; /* to be tried */
	struct addr      addrs[2 * NAME_ADDRS_MAX];
};

static int  lookup_cmp(const struct lookup *, const struct lookup *);
static void lookup_go(struct router *, struct lookup *);
static void lookup_add(struct lookup *, const struct addr *);
static void lookup_free(struct router *, struct lookup *);
static void delay_cb(evutil_socket_t, short, void *);

RB_PROTOTYPE(flow_lookups, lookup, node, lookup_cmp)
RB_GENERATE(flow_lookups, lookup, node, lookup_cmp)

static int
lookup_cmp(const struct lookup *a, const struct lookup *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

void
flow_name_init(struct router *r, const struct lookup_ops *ops)
{
	RB_INIT(&r->lookups);
	r->lookup_ops = ops;
}

int
flow_name_ask(struct router *r, struct flow *f, enum udp_drop *why)
{
	struct lookup *l;

	*why = DROP_NO_RESOURCES;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return -1;
	l->id = FLOW_ID | ++r->last_lookup;
	l->flow = f;
	l->why = DROP_MAX;
	l->waiting = resolve_ask(r, l->id, f->name, &f->assoc->session->client);
	f->lookup = l;
	(void)RB_INSERT(flow_lookups, &r->lookups, l);
	if (l->waiting != 0)
		return 0;
	*why = DROP_NAME;
	lookup_free(r, l);
	return -1;
}

void
flow_name_stop(struct router *r, struct flow *f)
{
	if (f->lookup != NULL)
		lookup_free(r, f->lookup);
}

void
flow_name_answer(struct router *r, const struct msg_name_answer *a, uint64_t id)
{
	struct lookup *l, key;
	struct timeval tv;
	unsigned int   i;

	key.id = id;
	/* The flow may be over, or an answer come twice. */
	if ((l = RB_FIND(flow_lookups, &r->lookups, &key)) == NULL ||
	    (l->waiting & a->family) == 0)
		return;
	l->waiting &= (uint8_t)~a->family;
	l->failed |= a->status == NAME_FAILED;
	l->busy |= a->status == NAME_BUSY;
	for (i = 0; i < a->naddrs; i++)
		lookup_add(l, &a->addrs[i]);
	if (l->waiting != 0 && l->naddrs == 0)
		return;
	if (l->waiting != 0 && l->addrs[0].af != AF_INET) {
		tv = clock_timeval(RESOLUTION_DELAY_MS);
		l->delay = evtimer_new(r->role.base, delay_cb, l->flow);
		if (l->delay != NULL && event_add(l->delay, &tv) == 0)
			return;
	}
	lookup_go(r, l);
}

static void
delay_cb(evutil_socket_t fd, short what, void *arg)
{
	struct flow *f = arg;

	lookup_go(f->assoc->router, f->lookup);
}

/* IPv4 first. */
static void
lookup_add(struct lookup *l, const struct addr *addr)
{
	unsigned int i, at;

	if (l->naddrs == 2 * NAME_ADDRS_MAX)
		return;
	at = l->naddrs;
	if (addr->af == AF_INET)
		for (at = 0; at < l->naddrs; at++)
			if (l->addrs[at].af != AF_INET)
				break;
	for (i = l->naddrs; i > at; i--)
		l->addrs[i] = l->addrs[i - 1];
	l->addrs[at] = *addr;
	addr_unmap(&l->addrs[at]);
	l->naddrs++;
}

/*
 * The first that is allowed and can be reached; if there is none, those of the
 * other family are waited for.
 */
static void
lookup_go(struct router *r, struct lookup *l)
{
	struct flow *f = l->flow;
	unsigned int i;

	for (i = 0; i < l->naddrs; i++) {
		if (r->lookup_ops->offer(r, f, &l->addrs[i], &l->why) == 0) {
			lookup_free(r, l);
			return;
		}
	}
	l->naddrs = 0;
	if (l->waiting != 0)
		return;
	if (l->why == DROP_MAX)
		l->why = l->busy ? DROP_LIMIT : DROP_NAME;
	r->lookup_ops->none(r, f, l->why);
}

static void
lookup_free(struct router *r, struct lookup *l)
{
	if (l->waiting != 0)
		(void)role_post(&r->role, PROC_RESOLVER, 0, MSG_NAME_CANCEL,
		    l->id, NULL, -1);
	if (l->delay != NULL)
		event_free(l->delay);
	(void)RB_REMOVE(flow_lookups, &r->lookups, l);
	l->flow->lookup = NULL;
	free(l);
}

void
flow_name_resolver_down(struct router *r)
{
	struct lookup *l, *next;

	RB_FOREACH_SAFE(l, flow_lookups, &r->lookups, next) {
		l->waiting = 0;
		lookup_go(r, l);
	}
}
