/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about UDP: between the router, which judges each
 * destination and makes the sockets, and the relays, which move datagrams.
 *
 * A flow is what an association sends to one destination.  Its id is given by
 * the relay and not used again in the association's life.
 *
 * Pure codec.  Rules as in msg_codec.h.
 */

#ifndef BASE_MSG_UDP_H
#define BASE_MSG_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/msg.h"
#include "base/session.h"

/*
 * MSG_UDP_OPENED: the association's yes: BND.ADDR and BND.PORT, the flows that
 * it may have at a time, the datagrams that may wait for a verdict, then packed
 * facts of the session.
 */
struct msg_udp_opened {
	struct addr    bound;
	uint16_t       bound_port;
	uint16_t       flows;   /* at least 1 */
	uint16_t       waiting; /* datagrams */
	const uint8_t *facts;   /* inside the message */
	size_t         nfacts;
};

void msg_put_udp_opened(struct wbuf *, const struct msg_udp_opened *);
int  msg_get_udp_opened(const struct msg *, struct msg_udp_opened *);

/*
 * MSG_UDP_CLIENT: where the client sends from.  The descriptor is connected to
 * it, but datagrams of others may be in it that came before that.
 */
struct msg_udp_client {
	struct addr addr; /* set */
	uint16_t    port;
};

void msg_put_udp_client(struct wbuf *, const struct msg_udp_client *);
int  msg_get_udp_client(const struct msg *, struct msg_udp_client *);

/*
 * MSG_UDP_WANT: a new flow, to an address, or to a name of any bytes if af is
 * AF_UNSPEC.
 */
struct msg_udp_want {
	uint32_t    flow;
	struct addr addr;
	uint16_t    port; /* not 0 */
	uint8_t     namelen;
	uint8_t     name[255];
};

void msg_put_udp_want(struct wbuf *, const struct msg_udp_want *);
int  msg_get_udp_want(const struct msg *, struct msg_udp_want *);

/*
 * MSG_UDP_FLOW: yes.  The descriptor is connected to the destination, of which
 * answers say that they are from this address and port; without an address they
 * say that they are from where the client sends to, a name that only a proxy
 * resolves.
 *
 * One of an id of the router's, UDP_INBOUND(n), nobody asked for: by it comes
 * what anybody else sends to that port.  It is not connected, so nothing can
 * be sent by it; of the address the family is what counts.
 */
#define UDP_INBOUND_MAX 4 /* of one association */
#define UDP_INBOUND(n)  ((uint32_t)(n) << 16 | UINT16_MAX)

static inline int
udp_is_inbound(uint32_t flow)
{
	return (flow & UINT16_MAX) == UINT16_MAX;
}

struct msg_udp_flow {
	uint32_t    flow;
	uint32_t    udp_ms;    /* it may be idle so long; 0: as set */
	uint64_t    allowance; /* bytes come out of it; 0: no limit */
	struct addr addr;      /* AF_UNSPEC: not known */
	uint16_t    port;
};

void msg_put_udp_flow(struct wbuf *, const struct msg_udp_flow *);
int  msg_get_udp_flow(const struct msg *, struct msg_udp_flow *);

/*
 * MSG_UDP_REFUSED: no, for that reason.  MSG_UDP_CLOSE: an open flow is to be
 * closed for it, and what comes for its destination asked for anew.
 */
struct msg_udp_refused {
	uint32_t      flow;
	enum udp_drop why;
};

void msg_put_udp_refused(struct wbuf *, const struct msg_udp_refused *);
int  msg_get_udp_refused(const struct msg *, struct msg_udp_refused *);

/*
 * MSG_UDP_COUNT: such items until the end of the payload, of flows of one
 * session, since the begin of each.  Bytes are those of payloads.
 */
struct udp_count {
	uint32_t flow;
	uint8_t  over; /* enum udp_end, once it is closed */
	uint64_t up;   /* bytes client to target */
	uint64_t down;
	uint64_t nup; /* datagrams */
	uint64_t ndown;
};

#define UDP_COUNT_LEN 37 /* bytes of one item */

void udp_count_put(struct wbuf *, const struct udp_count *);
int  udp_count_get(struct rbuf *, struct udp_count *);

/* MSG_UDP_STATS: of the whole association since its begin. */
struct msg_udp_stats {
	uint64_t nup; /* datagrams client to target */
	uint64_t ndown;
	uint32_t drops[DROP_MAX]; /* by cause */
};

#define UDP_STATS_LEN (16 + 4 * DROP_MAX)

void msg_put_udp_stats(struct wbuf *, const struct msg_udp_stats *);
int  msg_get_udp_stats(const struct msg *, struct msg_udp_stats *);

#endif /* BASE_MSG_UDP_H */
