/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A UDP association inside a relay: RFC 1928, section 7.
 *
 * The client's TCP connection and its UDP socket are the session's two ends;
 * each destination has a flow with a socket of its own, which the router has
 * connected.  Datagrams are never joined, cut or put in another order within a
 * flow; what cannot go on is dropped and counted.
 */

#ifndef RELAY_UDP_H
#define RELAY_UDP_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/msg_udp.h"
#include "base/session.h"
#include "relay/session.h"
#include "socks/udp.h"

struct flow_stats;
struct msg;
struct peer;
struct relay;
struct session;
struct udp_sums;

/*
 * Its sockets, as the poller knows them (see KEY), beside the client's
 * connection, CLIENT: the client's datagrams come at the other end, and flows
 * have numbers of their own.
 */
#define UDP_CLIENT TARGET
#define UDP_FLOWS  2      /* the first of them */
#define UDP_OTHERS 0xff00 /* the first of those of anybody else */

/* In place of the number of a datagram in a batch. */
#define UDP_NO_DATAGRAM UINT8_MAX

enum flow_state {
	FLOW_ASKED,   /* the router has not answered */
	FLOW_OPEN,    /* it has a socket */
	FLOW_REFUSED, /* kept for a while, to ask not for each datagram */
};

/* A datagram that waits, for a verdict or for a grant: its payload. */
struct waiting {
	STAILQ_ENTRY(waiting) entry;
	uint32_t              len;
	uint8_t               data[];
};

/*
 * How datagrams come to a socket: one at a time, which is read at the lowest
 * cost, or several together.
 */
struct udp_pace {
	uint32_t seen; /* turn of the last event */
	uint8_t  many; /* so it was the last time */
};

/* How much waits. */
struct waiting_room {
	uint16_t n; /* datagrams */
	uint32_t bytes;
};

struct flow {
	RB_ENTRY(flow)     node;  /* by key */
	TAILQ_ENTRY(flow)  used;  /* the longest unused one is the first */
	TAILQ_ENTRY(flow)  ready; /* has answers in this turn */
	struct flow_member in;    /* turns, and its allowance if it has one */
	STAILQ_HEAD(, waiting) waiting;
	struct waiting_room room;   /* what is in it */
	uint64_t            active; /* last datagram */
	uint32_t            id;
	uint32_t            idle_ms; /* its rule's own; 0: as set */
	int                 fd;      /* -1 unless it is open */
	uint8_t             state;   /* enum flow_state */
	uint8_t             why;     /* enum udp_drop, if it is refused */
	uint8_t             end;     /* enum udp_end, or all ends */
	uint8_t             is_ready;
	uint8_t             is_inbound; /* of anybody; in none of the lists */
	uint8_t             turn : 1;   /* way that comes first; of one with */
	uint8_t             readable : 1; /* an allowance, as is this */
	uint8_t             named;        /* answers are from the key */
	uint16_t            headlen;
	uint8_t             head[SOCKS_UDP_ANSWER_MAX]; /* of others */
	uint8_t             first; /* of a batch: its datagrams */
	uint8_t             last;
	uint16_t            segment; /* as it is set on the socket */
	uint16_t            whole;   /* as long ones go one by one; 0: none */
	uint64_t            up;      /* bytes of payload */
	uint64_t            down;
	uint64_t            nup;
	uint64_t            ndown;
	struct udp_pace     pace;
	uint16_t            keylen;
	uint8_t             key[]; /* ATYP, address, port as they came */
};

static inline struct flow *
flow_of(struct member *m)
{
	return (struct flow *)((char *)m - offsetof(struct flow, in.member));
}

struct udp {
	struct session  *session;
	TAILQ_ENTRY(udp) ready; /* has answers in this turn, in these flows: */
	TAILQ_HEAD(, flow) flows_ready;
	RB_HEAD(flow_keys, flow) flows;
	TAILQ_HEAD(, flow) used;
	struct flow         **slot; /* by the number of their sockets */
	struct flow          *inbound[UDP_INBOUND_MAX];
	uint16_t              nslots;
	uint16_t              nflows;
	uint16_t              flows_max;
	uint16_t              nasked; /* addresses that wait for a verdict */
	struct waiting_room   waiting[2];  /* for verdicts, for grants */
	uint16_t              waiting_max; /* datagrams in each */
	uint16_t              serial;      /* of the last flow */
	uint16_t              segment;     /* as for flows */
	uint16_t              whole;
	uint8_t               clean;  /* strangers cannot be queued any more */
	uint8_t               untold; /* the end of a flow, to the router */
	struct udp_pace       pace;
	struct flow          *last; /* used */
	struct msg_udp_client client;
	struct msg_udp_stats  stats;
};
RB_PROTOTYPE(flow_keys, flow, node, flow_cmp)

/* The router's yes: the client has its answer, and the session carries UDP. */
void udp_start(struct relay *, struct session *, const struct msg_udp_opened *);

/* For a session that carries UDP; each of these takes its descriptor. */
void udp_client(struct relay *, struct session *, const struct msg_udp_client *,
    int fd);
void udp_flow_opened(struct relay *, struct session *,
    const struct msg_udp_flow *, int fd);
void udp_flow_refused(struct relay *, struct session *,
    const struct msg_udp_refused *);
void udp_flow_close(struct relay *, struct session *,
    const struct msg_udp_refused *);
int  udp_is(const struct session *);

/* What a flow has, whose id is in it; -1 if there is none such. */
int udp_flow_stats(const struct relay *, const struct session *,
    struct flow_stats *);

/* What it has come to so far, as far as that is known here. */
void udp_sums(const struct session *, struct udp_sums *);

/* Once in each turn: answers go to their clients. */
void udp_answers(struct relay *);

/* "timeout udp" is shorter than it was: also for those that are there. */
void udp_shorten(struct relay *);

/* Other rules are in force: what was refused is asked for again. */
void udp_forget(struct relay *);

/* Nobody can tell what the flows of associations may any more: they end. */
void udp_router_down(struct relay *);

/* udp_message.c: MSG_UDP_OPENED and so on, from the router. */
void udp_on_opened(void *, struct peer *, struct msg *);
void udp_on_client(void *, struct peer *, struct msg *);
void udp_on_flow(void *, struct peer *, struct msg *);
void udp_on_refused(void *, struct peer *, struct msg *);
void udp_on_close(void *, struct peer *, struct msg *);
void udp_on_forget(void *, struct peer *, struct msg *);

/* udp_flow.c: the flows of an association, for the other files. */

/* The flow of a datagram with this header, or NULL. */
struct flow *flow_find(struct udp *, const uint8_t *header, size_t len);

/* Asks the router for it; NULL if that is not possible, and why. */
struct flow *flow_ask(struct relay *, struct session *, const uint8_t *header,
    size_t len, enum udp_drop *);

/* The router has answered. */
void flow_answered(struct udp *, struct flow *, enum flow_state);

/* One by which anybody sends: in its place, or NULL if memory is short. */
struct flow *flow_new_inbound(struct relay *, struct session *, uint32_t id);

/* Has had a datagram. */
void flow_use(struct relay *, struct udp *, struct flow *);

/* It has its socket, and may be under an allowance; -1: no memory. */
int flow_opened(struct relay *, struct session *, struct flow *,
    uint64_t allowance);

/*
 * Tells the router what it has moved, and forgets it.  If that cannot be told,
 * the association ends with the next turn of its timer: the router would keep
 * the flow, and know its id when it comes again.
 */
void flow_end(struct relay *, struct session *, struct flow *);

/* Only tells it; -1 if it cannot. */
int flow_tell_end(struct relay *, const struct session *, const struct flow *);

/* It has no answers in this turn any more: see udp_down(). */
void udp_undo_down(struct relay *, struct session *, struct flow *);

/* When it is idle; and tells the router what flows have moved so far. */
uint64_t flow_due(const struct relay *, const struct flow *);
void     flow_tell_moved(struct relay *, const struct session *);

/* udp_wait.c: what cannot go on yet. */

/*
 * Keeps a payload until the router has answered, or, of an open flow, until it
 * may move more; or drops it.
 */
void flow_wait(struct relay *, struct session *, struct flow *, const uint8_t *,
    size_t);

/* What waits for it is dropped for that; the first so many have been sent. */
void flow_unwait(struct relay *, struct session *, struct flow *,
    enum udp_drop);
void flow_sent(struct relay *, struct session *, struct flow *, unsigned int n);

/* Its state is another one, and what waits does so for something else. */
void flow_wait_for(struct udp *, struct flow *, enum flow_state);

/*
 * What it has waiting has come to what waits for grants, and may be too much
 * for that: of it, the oldest is dropped.
 */
void flow_squeeze(struct relay *, struct session *, struct flow *);

/* udp_move.c: datagrams. */

/* Those of the client: a batch at the most. */
void udp_up(struct relay *, struct session *);

/*
 * A destination has sent some.  They are read when all events of a turn have
 * been seen, so that a client gets what many destinations have for it at once.
 */
void udp_down(struct relay *, struct session *, struct flow *);

/*
 * What has waited goes to the destination.  Of a flow with an allowance that is
 * as much as it may move, and what has come from there takes its turn with it.
 */
void udp_pump(struct relay *, struct session *, struct member *);

#endif /* RELAY_UDP_H */
