/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The resolver: names to addresses, from the hosts file, its cache or the
 * name servers.
 *
 * The process that parses what name servers send.  It has no socket of its
 * own making, no file and no say in what is connected.
 */

#ifndef RESOLVER_RESOLVER_H
#define RESOLVER_RESOLVER_H

struct child;

_Noreturn void resolver_main(struct child *);

#endif /* RESOLVER_RESOLVER_H */
