/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Connected sockets to name servers, for the resolver.
 */

#ifndef ROUTER_LEND_H
#define ROUTER_LEND_H

struct msg;
struct peer;
struct router;

void lend_on_want(void *, struct peer *, struct msg *);
void lend_cancel(struct router *);

#endif /* ROUTER_LEND_H */
