/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Upstreams as the rest of the router sees them: requests that go by one,
 * checks of their proxies, and a new config.
 */

#ifndef ROUTER_UPSTREAM_H
#define ROUTER_UPSTREAM_H

#include "router/tunnel.h"

struct conf;
struct request;
struct router;
struct session;

void upstream_init(struct router *);

/*
 * Upstreams of a config to come, EINVAL or ENOMEM if they cannot be; they come
 * into force with it, or not.
 */
int  upstream_prepare(struct router *, const struct conf *);
void upstream_abort(struct router *);
void upstream_commit(struct router *);

/*
 * Connects the request's candidate of that index by the upstream of its rule.
 * 0: done is called at the end, with the request, and hands on to
 * upstream_ended() what it is told; until then it counts in nactive.  -1 with
 * req->cause, if it failed at once.
 */
int  upstream_start(struct request *, unsigned int index, tunnel_done done);
void upstream_ended(struct request *, const struct tunnel_end *);

/* The session has ended: it goes by no proxy any more. */
void upstream_leave(struct session *);

/* Gives up what upstream_start() began, if it did. */
void upstream_cancel(struct request *);

#endif /* ROUTER_UPSTREAM_H */
