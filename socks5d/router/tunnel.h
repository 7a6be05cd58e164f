/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One connection by way of an upstream: the proxies that plan.h chooses are
 * connected one after the other, until one is through to the destination.
 *
 * It connects to the first proxy and keeps the socket; what is said there is
 * said by the upstream role.
 */

#ifndef ROUTER_TUNNEL_H
#define ROUTER_TUNNEL_H

#include <sys/types.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "base/session.h"
#include "conf/conf.h"

struct msg;
struct peer;
struct proxy;
struct router;
struct tunnel;

/* Room for what went wrong, and with which proxy. */
#define TUNNEL_TEXT_SIZE 256

struct tunnel_want {
	const char              *upstream;
	unsigned int             member; /* this one; 0: any */
	int                      check;  /* only whether it works */
	struct addr              addr;   /* AF_UNSPEC: by name */
	const char              *name;
	uint16_t                 port;
	int                      udp; /* an association, with none of these */
	const struct addr       *source; /* of the client, or NULL */
	const struct conf_route *route;  /* NULL, or longer-lived */
	uint32_t                 ms;     /* at most */
};

struct tunnel_end {
	int                fd;    /* the callee's; -1 if it failed */
	uint64_t           id;    /* of UDP: for MSG_UPSTREAM_CARRY */
	struct addr        bound; /* where the proxy wants datagrams */
	uint16_t           bound_port;
	struct proxy      *last;  /* next to the target; NULL if failed */
	enum session_cause cause; /* of a failure */
	char               text[TUNNEL_TEXT_SIZE]; /* that in words */
	int                guilty;                 /* the last proxy is */
	int                unfit;                  /* for this address */
	int                elsewhere;              /* another may get through */
};

/* Called once at the end, unless it was cancelled; then it is gone. */
typedef void (*tunnel_done)(void *arg, const struct tunnel_end *);

/*
 * Begins.  NULL if it failed at once, with the end filled in as it would be
 * for done.
 */
struct tunnel *tunnel_start(struct router *, const struct tunnel_want *,
    tunnel_done done, void *arg, struct tunnel_end *);
void           tunnel_cancel(struct tunnel *);

/* MSG_UPSTREAM_DONE, and the role that sends it being gone. */
void tunnel_on_done(void *, struct peer *, struct msg *);
void tunnel_role_down(struct router *);

#endif /* ROUTER_TUNNEL_H */
