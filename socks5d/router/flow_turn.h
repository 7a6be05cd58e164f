/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whose destination is judged next: each association's one after the other, and
 * a few in each turn of the loop, so that what many of them ask for holds up
 * nobody's CONNECT.
 */

#ifndef ROUTER_FLOW_TURN_H
#define ROUTER_FLOW_TURN_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

struct assoc;
struct event;
struct flow;
struct router;

struct flow_turns {
	TAILQ_HEAD(, assoc) assocs; /* have flows that wait */
	struct event *next;
	uint64_t      now;  /* ms: of the last one that did not wait */
	unsigned int  left; /* that may still begin at once */
	void (*begin)(struct router *, struct flow *);
};

/* A flow whose turn it is begins by that function, which may free it. */
void flow_turns_init(struct router *,
    void (*begin)(struct router *, struct flow *));

/* It begins now, or when it is its turn. */
void flow_turn_await(struct router *, struct flow *);

/* It waits no more; harmless if it does not. */
void flow_turn_leave(struct router *, struct flow *);

#endif /* ROUTER_FLOW_TURN_H */
