/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Associations at proxies, by which flows go whose rules say "via".
 *
 * The flows of an association to addresses share one for each upstream, and
 * with it the member that was chosen; so proxies see as many associations as
 * there are clients.  A flow to a name that the proxy is to resolve has its
 * own: answers come from an address that only the proxy knows, and could not be
 * told from those for another name.
 *
 * The upstream process has the sockets; here is who goes by which.
 */

#ifndef ROUTER_UPLINK_H
#define ROUTER_UPLINK_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/session.h"
#include "router/pool.h"

struct assoc;
struct flow;
struct msg;
struct peer;
struct proxy;
struct router;
struct rule_stat;
struct tunnel;

enum uplink_state {
	UPLINK_QUEUED,  /* others of its association are first */
	UPLINK_DIALING, /* a proxy is asked */
	UPLINK_SOCKET,  /* its UDP socket is not there yet */
	UPLINK_OPEN,
	UPLINK_LOST, /* only flows are left that are to be closed */
};

struct uplink {
	TAILQ_ENTRY(uplink) entry; /* of its association */
	RB_ENTRY(uplink)    byid;  /* from UPLINK_SOCKET to UPLINK_OPEN */
	uint64_t            id;    /* of its dial */
	enum uplink_state   state;
	struct assoc       *assoc;
	struct rule_stat   *rule;   /* of its first flow: how it goes out */
	struct tunnel      *tunnel; /* UPLINK_DIALING */
	struct pool_wait    wait;
	struct proxy       *proxy; /* from UPLINK_SOCKET on, or NULL */
	struct addr         local; /* the proxy knows us by */
	uint16_t            port;  /* of the proxy, for datagrams */
	int                 named; /* for one flow alone */
	LIST_HEAD(, flow) flows;
};

/*
 * The flow, of a rule with via, is to go by its upstream: 0, and it has its
 * socket now or flow_connected() or flow_refuse() is called later; or -1 and
 * why not.
 */
int uplink_join(struct router *, struct flow *, enum udp_drop *);

/* It does not any more; harmless for others. */
void uplink_leave(struct router *, struct flow *);

/* MSG_UPSTREAM_FLOW_END, MSG_UPSTREAM_LOST; their sender is gone. */
void uplink_on_flow_end(void *, struct peer *, struct msg *);
void uplink_on_lost(void *, struct peer *, struct msg *);
void uplink_role_down(struct router *);

#endif /* ROUTER_UPLINK_H */
