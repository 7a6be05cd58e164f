/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A flow as control learns of it: in the log.  Those that have ended are
 * batched with the sessions that have.
 */

#ifndef ROUTER_FLOW_REPORT_H
#define ROUTER_FLOW_REPORT_H

struct flow;
struct router;

/* It has ended, or is refused: a line, if the config or its rule wants one. */
void flow_report_end(struct router *, const struct flow *);

#endif /* ROUTER_FLOW_REPORT_H */
