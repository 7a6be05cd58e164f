/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The candidates of a request: what the verdict lets pass becomes one, of what
 * it refuses the session keeps why.
 *
 * What did not pass here is never connected.
 */

#ifndef ROUTER_CANDIDATE_H
#define ROUTER_CANDIDATE_H

struct addr;
struct request;
struct verdict;

/*
 * Judges an address of the request: whether it may be connected or, for BIND,
 * whether it may connect.
 */
void candidate_judge(struct request *, const struct addr *, struct verdict *);

/*
 * Judges its name.  One that passes is a candidate without an address; one that
 * is blocked has no address that the rules could let pass.
 */
void candidate_judge_name(struct request *, struct verdict *);

#endif /* ROUTER_CANDIDATE_H */
