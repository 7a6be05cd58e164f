/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Flows: what an association sends to one destination and gets from there.
 *
 * A relay asks for one with the first datagram.  The destination is judged,
 * and a socket connected to it goes to the relay.  Its twin stays here, so that
 * a flow that is no longer allowed is cut on this side, whatever the relay
 * does.
 */

#ifndef ROUTER_FLOW_H
#define ROUTER_FLOW_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/session.h"
#include "router/pool.h"
#include "router/session.h"

struct assoc;
struct flow_tree;
struct lookup;
struct msg;
struct peer;
struct port;
struct router;
struct rule_stat;
struct share;
struct uplink;

struct flow {
	RB_ENTRY(flow) node; /* by id */
	RB_ENTRY(flow) list; /* by serial, of all */
	uint64_t       serial;
	struct assoc  *assoc;
	uint32_t       id;    /* from the relay, or below */
	int            fd;    /* the relay's twin; -1 */
	struct share  *place; /* for it */
	union {
		TAILQ_ENTRY(flow) turn;     /* while it awaits that */
		LIST_ENTRY(flow)  byuplink; /* if it has one */
	};
	char             *name;   /* canonical, or NULL */
	struct lookup    *lookup; /* while its name is asked for */
	struct addr       addr;   /* AF_UNSPEC until it is known */
	struct addr       to;     /* where it really goes */
	uint16_t          port;
	uint16_t          to_port;
	uint8_t           awaits_turn : 1;
	uint8_t           is_inbound : 1; /* see flow_inbound.c */
	uint8_t           open : 1;       /* the relay has its socket */
	uint8_t           end;            /* enum udp_end, if it is known */
	uint8_t           why;            /* enum udp_drop, if refused */
	struct port      *local;          /* NULL if it has none */
	struct port      *at;             /* of an inbound one: to be */
	struct uplink    *uplink;         /* by which it goes, or is to go */
	struct rule_stat *rule;           /* that decided, or NULL */
	struct member     member;         /* of the rule's allowance */
	struct pool_wait  wait;           /* for a socket of its class */
	uint64_t          start_ms;
	uint64_t          up; /* bytes, as told last */
	uint64_t          down;
	uint64_t          nup; /* datagrams */
	uint64_t          ndown;
};
RB_PROTOTYPE(flow_tree, flow, node, flow_cmp)

void flow_init(struct router *);

/* MSG_UDP_WANT */
void flow_on_want(void *, struct peer *, struct msg *);

/* By the relay's number of it, or NULL. */
struct flow *flow_byid(struct assoc *, uint32_t);

/*
 * The way of a flow by a proxy is there: it gets this socket, if it is still
 * allowed.  Takes the descriptor in any case; -1 and why not.
 */
int flow_connected(struct router *, struct flow *, int fd, enum udp_drop *);

/* There is none: it is refused, and gone. */
void flow_refuse(struct router *, struct flow *, enum udp_drop);

/* It is closed, whatever its relay does; the relay is to say how it was. */
void flow_close(struct router *, struct flow *, enum udp_end, enum udp_drop);

/* What is told of a failed call on a socket of a flow. */
enum udp_drop flow_drop_of(int error);

/*
 * What came before connect(2), from whomever; nothing of it is looked at.  -1
 * with errno if there is no end of it: then some of it may still be there.
 */
int flow_drain(int fd);

/* Nothing that is written to it leaves any more. */
void flow_cut(struct router *, struct flow *);

/* The same, and its record is freed. */
void flow_free(struct router *, struct flow *);

/* Its twin stays.  Takes the descriptor in any case; -1 if it cannot. */
int flow_hand_over(struct router *, struct flow *, int fd);

/* Whether the rules in force allow it. */
int flow_allowed(struct router *, const struct flow *);

/* flow_count.c: MSG_UDP_COUNT, what a flow has moved, and its end. */
void flow_on_count(void *, struct peer *, struct msg *);

/* flow_inbound.c: where a rule lets anybody send, they can. */
void flow_inbound_init(struct router *);

/* flow_judge.c */
void flow_judge_init(struct router *);

/*
 * Other rules are in force, or the client is in other groups: those that they
 * do not allow are closed, of all associations in a while, or of this one now.
 */
void flow_judge_all(struct router *);
void flow_judge(struct router *, struct assoc *);

/* This association is going to be freed. */
void flow_judge_leave(struct router *, const struct assoc *);

#endif /* ROUTER_FLOW_H */
