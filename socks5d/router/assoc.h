/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * UDP associations: what a client's UDP ASSOCIATE (RFC 1928, section 7) has in
 * the router, from its request to its session's end.
 *
 * Each destination is judged by itself: flow.h.
 */

#ifndef ROUTER_ASSOC_H
#define ROUTER_ASSOC_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/session.h"
#include "router/front.h"
#include "router/port.h"

struct event;
struct flow;
struct msg;
struct peer;
struct router;
struct session;
struct share;
struct uplink;

struct assoc {
	TAILQ_ENTRY(assoc)       entry; /* of router.assocs */
	struct router           *router;
	struct session          *session;
	int                      fd; /* until the client has sent; else -1 */
	int                      redirects; /* a flow has been: rdr-to */
	struct share            *place;     /* for it */
	struct event            *event;
	struct event            *pause; /* while strangers are too many */
	struct front             front; /* the client's side */
	RB_HEAD(flow_tree, flow) flows;
	TAILQ_HEAD(, flow) awaiting; /* their turn, see flow_turn.h */
	TAILQ_ENTRY(assoc) turn;     /* if there are any */
	unsigned int       nflows;
	unsigned int       inbound;   /* a bit for each that there is */
	struct port_list   ports;     /* its own towards targets */
	TAILQ_HEAD(, uplink) uplinks; /* its own at proxies */
	uint64_t destinations;        /* flows since its begin */
	uint64_t nup;                 /* datagrams, as told last */
	uint64_t ndown;
	uint32_t strangers; /* dropped here */
	uint8_t  ending;    /* no proxy is asked any more */
	uint32_t drops[DROP_MAX];
};

void assoc_init(struct router *);

/*
 * Other rules are in force: what they do not allow is closed, and relays are to
 * ask again for what was refused.
 */
void assoc_commit(struct router *);

/* Works on such a request; it ends in opened or refused. */
void assoc_start(struct router *, struct session *);

/*
 * The session is to be ended, or has been: nothing of it leaves this host any
 * more, whatever its relay does.  The second one frees it; both are harmless
 * for a session without one.
 */
void assoc_cut(struct router *, struct session *);
void assoc_free(struct router *, struct session *);

/* Its relay died, and nobody knows what its flows have moved. */
void assoc_lose(struct session *);

/* Datagrams that were dropped for that, here or in the relay. */
static inline uint32_t
assoc_drops(const struct assoc *a, enum udp_drop why)
{
	return a->drops[why] + (why == DROP_STRANGER ? a->strangers : 0);
}

/* Whether the rules let its client use UDP at all, wherever to. */
int assoc_allowed(struct router *, const struct session *);

/* MSG_UDP_STATS */
void assoc_on_stats(void *, struct peer *, struct msg *);

#endif /* ROUTER_ASSOC_H */
