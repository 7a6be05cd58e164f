/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Allowances: the bytes that sessions under a rate or a quota may move.
 *
 * A session under such a rule reads only what the router has granted to its
 * allowance, which it shares with other sessions.  Where nothing is left it
 * waits in the allowance's queue and costs nothing; of the next grant those
 * that wait get equal slices in turn.  What nobody uses goes back.  All other
 * sessions know nothing of this.
 *
 * The members of an allowance are such sessions, and flows of sessions whose
 * flows are each under a rule of its own.
 */

#ifndef RELAY_ALLOW_H
#define RELAY_ALLOW_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stdint.h>

#include "relay/session.h"

struct allow {
	RB_ENTRY(allow)     node; /* by id */
	uint64_t            id;
	unsigned int        refs; /* members */
	struct member_queue waiting;
	uint32_t            nwaiting;
	uint32_t            ndue;  /* have a slice, not yet used */
	uint32_t            slice; /* bytes */
	uint64_t            asked; /* when, until it is answered */
	int64_t             left;  /* bytes; below 0 a debt */
	int64_t             low;   /* ask for more below this */
	uint64_t            used;  /* the time that it last was */
};
RB_HEAD(allow_tree, allow);

/* The member belongs to the allowance of that id, 0 is none; -1: no memory. */
int  allow_join(struct relay *, struct member *, uint64_t id);
void allow_leave(struct relay *, struct member *);

/* For members that have one.  What it may read now; 0: it must wait. */
uint32_t allow_slice(struct relay *, struct member *);

/*
 * It has read so many bytes.  They may be more than its slice by the last
 * datagram, which cannot be split: then the allowance is in debt, and so is
 * the member as soon as another one waits.
 */
void allow_spend(struct member *, uint32_t);

/* It has more to read than it may: it is told when it is its turn. */
void allow_wait(struct relay *, struct member *);

/*
 * A visit has ended, in which it spent so much, less than 2^30: the next ones
 * may come, or more is to be asked for.
 */
void allow_more(struct relay *, struct member *, uint32_t used);

/* The router's answers, and a router that knows of none of the questions. */
void allow_grant(struct relay *, uint64_t id, uint64_t bytes);
void allow_router_up(struct relay *);

/* Gives back what nobody uses, if it is time for that: relay.allow_due. */
void allow_sweep(struct relay *);

#endif /* RELAY_ALLOW_H */
