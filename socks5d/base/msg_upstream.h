/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages between the router and the upstream role, which
 * speaks to proxies on sockets that the router connected.
 *
 * Pure codec.  Rules as in msg_codec.h: get functions return -1 if the payload
 * is not exactly right.  There is no secret in any of them.
 */

#ifndef BASE_MSG_UPSTREAM_H
#define BASE_MSG_UPSTREAM_H

#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/hostname.h"
#include "base/msg.h"

/* CONF_HOPS_MAX, CONF_NAME_SIZE and CONF_MEMBERS_MAX. */
#define UPSTREAM_HOPS_MAX    8
#define UPSTREAM_NAME_SIZE   32
#define UPSTREAM_MEMBERS_MAX 64

/* What a proxy said in words, with the NUL. */
#define UPSTREAM_TEXT_SIZE 128

/*
 * One proxy of a dial.  The upstream role has its login from its own config,
 * by name and number; it must be the same proxy there in all that is said
 * here, so that a secret never goes to another one while a new config comes
 * into force.
 */
struct upstream_hop {
	char        upstream[UPSTREAM_NAME_SIZE]; /* not empty */
	uint8_t     member;                       /* the first is 1 */
	uint8_t     protocol;                     /* enum conf_protocol */
	struct addr addr;                         /* set */
	uint16_t    port;
};

/*
 * MSG_UPSTREAM_DIAL (id is the router's, for this one attempt; the descriptor
 * is the socket, connected to the first hop and without blocking): be through
 * to the destination within ms.  It is an address or a name, canonical as in
 * hostname.h.  Without either, and with port 0, it is a check: the dial is
 * done when the last hop would take a request.  Or it is for UDP, by one hop,
 * and done when that has an association for us (RFC 1928, section 7).
 */
struct msg_upstream_dial {
	uint32_t            ms;    /* at least 1 */
	uint8_t             nhops; /* at least 1 */
	struct upstream_hop hops[UPSTREAM_HOPS_MAX];
	struct addr         addr;                   /* AF_UNSPEC if a name */
	char                name[HOSTNAME_MAX + 1]; /* "" if an address */
	uint16_t            port;
	uint8_t             udp; /* 1: without a destination */
};

/*
 * MSG_UPSTREAM_CANCEL (the dial's id, no payload): nobody waits any more.  An
 * answer may be on its way, but none is sent after it.  It ends an association
 * that the dial has led to, with all that goes by it.
 */

/* How a dial ended. */
enum upstream_status {
	UPSTREAM_OK,
	UPSTREAM_REFUSED,      /* the hop answered no: rep and text say why */
	UPSTREAM_LOGIN,        /* the hop wants another login than it got */
	UPSTREAM_PROTOCOL,     /* the hop does not speak its protocol */
	UPSTREAM_CLOSED,       /* the connection was closed or reset */
	UPSTREAM_TIMEOUT,      /* the hop did not answer in time */
	UPSTREAM_UNFIT,        /* the hop's protocol cannot say where to */
	UPSTREAM_UNKNOWN,      /* not in the config that is in force here */
	UPSTREAM_NO_RESOURCES, /* out of descriptors or memory */
	UPSTREAM_STATUS_MAX,
};

/*
 * MSG_UPSTREAM_DONE (the dial's id).  When it is sent, the upstream role has
 * no copy of the socket any more, and has not taken a byte from it that comes
 * after the last hop's answer.  A hop that refuses tells of what is behind
 * it, the next hop or the destination.  Any other end may be the doing of
 * what is behind it only if the hop had been told where to: it was asked.
 * What it could not have been asked in, as it does not speak its protocol at
 * all, does not count as such.
 *
 * Of UDP the role keeps the socket, as long as the association is to last; and
 * bound is where the proxy wants datagrams, of any address and maybe 0.0.0.0.
 */
struct msg_upstream_done {
	enum upstream_status status;
	uint8_t              rep;   /* enum socks_rep, for the client */
	uint8_t              hop;   /* where it ended; the first is 0 */
	uint8_t              asked; /* that hop was told where to */
	struct addr          bound; /* AF_UNSPEC but for UDP that is through */
	uint16_t             bound_port;               /* not 0 then */
	char                 text[UPSTREAM_TEXT_SIZE]; /* printable ASCII */
};

/*
 * The rest is about an association at a proxy, by the id of its dial.
 *
 * MSG_UPSTREAM_CARRY (no payload): the descriptor is of UDP, connected to where
 * the proxy takes datagrams.
 *
 * MSG_UPSTREAM_FLOW: the descriptor is one end of a pair whose other end has
 * the relay.  What comes out of it goes to the proxy with this destination in
 * front, and what comes from there goes into it: from that address and port; or
 * from that port if it is a name, which must be the only flow of its
 * association, as only the proxy knows the address.
 */
struct msg_upstream_flow {
	uint32_t    flow;                   /* the router's, for this one */
	struct addr addr;                   /* AF_UNSPEC if a name */
	char        name[HOSTNAME_MAX + 1]; /* "" if an address */
	uint16_t    port;                   /* not 0 */
};

/*
 * MSG_UPSTREAM_FLOW_END (the number of the flow): the router has ended it; or
 * the role could not take it.
 *
 * MSG_UPSTREAM_LOST (no payload): the proxy has ended the association, which
 * is gone.
 */

void msg_put_upstream_flow(struct wbuf *, const struct msg_upstream_flow *);
int  msg_get_upstream_flow(const struct msg *, struct msg_upstream_flow *);
void msg_put_upstream_dial(struct wbuf *, const struct msg_upstream_dial *);
int  msg_get_upstream_dial(const struct msg *, struct msg_upstream_dial *);
void msg_put_upstream_done(struct wbuf *, const struct msg_upstream_done *);
int  msg_get_upstream_done(const struct msg *, struct msg_upstream_done *);

/* For the log: "login refused". */
const char *upstream_status_name(enum upstream_status);

#endif /* BASE_MSG_UPSTREAM_H */
