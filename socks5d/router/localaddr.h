/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The addresses of this host.
 */

#ifndef ROUTER_LOCALADDR_H
#define ROUTER_LOCALADDR_H

struct addr;
struct msg;
struct peer;
struct router;

void localaddr_on_list(void *, struct peer *, struct msg *);
int  localaddr_is(const struct router *, const struct addr *);

/* False while there is no list: then any address may be one of this host. */
int localaddr_known(const struct router *);

#endif /* ROUTER_LOCALADDR_H */
