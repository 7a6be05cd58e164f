/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The addresses of this host, for the router.
 */

#ifndef PARENT_LOCALADDR_H
#define PARENT_LOCALADDR_H

struct parent;
struct process;

void localaddr_watch(struct parent *);
void localaddr_send(struct process *);

#endif /* PARENT_LOCALADDR_H */
