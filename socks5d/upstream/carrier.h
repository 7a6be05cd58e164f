/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * An association at a proxy (RFC 1928, section 7), and the flows that go by it.
 *
 * A relay has one end of a pair of sockets for each flow, and so has no say in
 * where its datagrams go: the destination is put in front of them here, as the
 * router said it, and what comes back goes to no other flow.  Datagrams are
 * never joined, cut or kept; what cannot go on is dropped and counted.
 */

#ifndef UPSTREAM_CARRIER_H
#define UPSTREAM_CARRIER_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/msg_upstream.h"

struct carried;
struct event;
struct role;

struct carrier {
	RB_ENTRY(carrier) entry; /* the owner's */
	uint64_t          id;
	struct role      *role;
	int               control; /* the connection: it lasts as long */
	struct event     *control_in;
	int               fd; /* UDP, connected to the proxy; -1 at first */
	struct event     *in;
	uint64_t          turn; /* of a datagram of any flow */
	RB_HEAD(carried_ids, carried) ids;
	RB_HEAD(carried_tos, carried) tos;
	struct carried               *named; /* the only one then */
	void (*lost)(void *, struct carrier *);
	void *arg;
};

/*
 * Takes the connection in any case.  lost is called when the proxy ends the
 * association, and is to free it.  NULL if memory is short.
 */
struct carrier *carrier_new(struct role *, uint64_t id, int control,
    void (*lost)(void *, struct carrier *), void *arg);
void            carrier_free(struct carrier *);

/* Its socket; -1 if it has one or memory is short.  Takes it in any case. */
int carrier_open(struct carrier *, int fd);

/* One more flow by it: the same. */
int carrier_add(struct carrier *, const struct msg_upstream_flow *, int fd);

/* Harmless for a flow that it does not have. */
void carrier_remove(struct carrier *, uint32_t flow);

#endif /* UPSTREAM_CARRIER_H */
