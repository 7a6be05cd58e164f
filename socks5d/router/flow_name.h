/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names as destinations of flows.
 *
 * The resolver is asked for both families; IPv4 is tried first.  Each address
 * is offered to the flow until it takes one.
 */

#ifndef ROUTER_FLOW_NAME_H
#define ROUTER_FLOW_NAME_H

#include <sys/types.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/session.h"

struct flow;
struct msg_name_answer;
struct router;

/* Bit of the ids that the resolver is asked with for flows. */
#define FLOW_ID (UINT64_C(1) << 62)

struct lookup_ops {
	/* 0: the flow takes that address; -1 and why not.  It must live on. */
	int (*offer)(struct router *, struct flow *, const struct addr *,
	    enum udp_drop *why);

	/* It has taken none, and is to end, which stops the lookup. */
	void (*none)(struct router *, struct flow *, enum udp_drop why);
};

void flow_name_init(struct router *, const struct lookup_ops *);

/*
 * Asks for the name of the flow; what comes of it is heard later.  -1 and why
 * if nobody can be asked.
 */
int flow_name_ask(struct router *, struct flow *, enum udp_drop *why);

/* The flow ends.  Harmless if no name is asked for. */
void flow_name_stop(struct router *, struct flow *);

/* The resolver answers for the flow of that id; it is gone. */
void flow_name_answer(struct router *, const struct msg_name_answer *,
    uint64_t id);
void flow_name_resolver_down(struct router *);

#endif /* ROUTER_FLOW_NAME_H */
