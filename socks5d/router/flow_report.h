/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A flow as control learns of it: in the log, and in a list.  Those that have
 * ended are batched with the sessions that have.
 */

#ifndef ROUTER_FLOW_REPORT_H
#define ROUTER_FLOW_REPORT_H

struct flow;
struct router;

/* It is in the list from now on; it is not any more. */
void flow_report_begin(struct router *, struct flow *);
void flow_report_forget(struct router *, struct flow *);

/* It has ended, or is refused: a line, if the config or its rule wants one. */
void flow_report_end(struct router *, const struct flow *);

#endif /* ROUTER_FLOW_REPORT_H */
