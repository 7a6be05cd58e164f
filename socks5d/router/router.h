/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router: accepts clients, judges what they ask for, connects targets,
 * and hands both to a relay.  It never reads a byte of a client.
 */

#ifndef ROUTER_ROUTER_H
#define ROUTER_ROUTER_H

struct child;

_Noreturn void router_main(struct child *);

#endif /* ROUTER_ROUTER_H */
