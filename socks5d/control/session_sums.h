/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which sessions get a line of their own, and sums of the others.
 *
 * Pure.
 *
 * Anybody can make sessions that come to nothing, thousands of them a second:
 * they end before their request, by a failed login, or by a refusal.  Each of
 * the three has lines of its own for a second, of which one source gets no
 * more than its share; what is beyond that is summed by source, cause and
 * user.  So a flood hides neither what others do nor who is being guessed.
 */

#ifndef CONTROL_SESSION_SUMS_H
#define CONTROL_SESSION_SUMS_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/share.h"
#include "control/session_log.h"

/* Lines in a second. */
#define EARLY_LINES_MAX   40
#define LOGIN_LINES_MAX   40
#define REFUSED_LINES_MAX 2000

/* Sums in a second: by user, and of a source that has too many users. */
#define SUMS_MAX  256
#define SUMS_PART 8

/* What one source gets of the lines that are left: one half. */
#define LINES_PART 2

enum session_kind {
	SESSION_EARLY,
	SESSION_LOGIN,
	SESSION_REFUSED,
	SESSION_KINDS,
};

struct sum;
RB_HEAD(sum_tree, sum);

struct session_sums {
	struct shares   lines[SESSION_KINDS];
	struct shares   places;
	struct sum_tree tree;
	unsigned int    nmany; /* of many users, in the tree */
	uint64_t        rest;  /* for which there was no sum */
	uint64_t        rest_flows;
	int             any; /* seen in this second */
};

void session_sums_init(struct session_sums *);

/* True if the session gets a line of its own; else it is in a sum. */
int session_sums_line(struct session_sums *, const struct session_log *);

/* The same of a flow: those that were refused share with refused sessions. */
int session_sums_flow(struct session_sums *, const struct flow_log *);

/* The second is over: tells each sum, and all begins anew. */
void session_sums_end(struct session_sums *,
    void (*)(void *, const struct session_sum *), void *arg);

#endif /* CONTROL_SESSION_SUMS_H */
