/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The end of a stopping daemon: the parent is told when no session is left and
 * all that was to be told is told.
 */

#ifndef ROUTER_DRAIN_H
#define ROUTER_DRAIN_H

struct router;

/* Either may be so now. */
void drain_check(struct router *);

#endif /* ROUTER_DRAIN_H */
