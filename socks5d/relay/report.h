/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the router is told of sessions without asking: those that it does not
 * know yet, what they move, and how they ended.
 */

#ifndef RELAY_REPORT_H
#define RELAY_REPORT_H

struct counters;
struct relay;

/* A new router: it will be told of every session that is open. */
void report_router_up(struct relay *);

/* There is something to tell the router, and room for it. */
int report_is_due(const struct relay *);

/*
 * Tells the router of sessions that it does not know and of those that are
 * finished, which are then freed; ends a turn.
 */
void report_reap(struct relay *);

/*
 * Adds to these counters what sessions have moved that are not reaped yet, and
 * tells the router of it, so that bytes are counted while they move and not
 * only at the end.  What has no room in the channel comes with a later call.
 */
void report_count(struct relay *, struct counters *);

#endif /* RELAY_REPORT_H */
