/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A child of the daemon without the daemon: it goes through child_begin(),
 * child_confine() and child_ready() as the real ones do, and then does what
 * the test wants.
 *
 * For tests.  What goes wrong with the test itself ends it with err(3).
 */

#ifndef REGRESS_CONFINED_H
#define REGRESS_CONFINED_H

#include <sys/types.h>

#include "base/child.h"

/* Tests of the filters as they are mean nothing in these builds. */
#if defined(SANITIZE) || defined(SANDBOX_STRICT)
#define SKIP_UNLESS_PLAIN()                                                    \
	atf_tc_skip("the filters of this build are not the real ones")
#else
#define SKIP_UNLESS_PLAIN()
#endif

/* All roles that have a parent. */
#define CONFINED_ONE(id, ...) +1
#define CONFINED_ROLES        (0 PROC_CHILD_TABLE(CONFINED_ONE))

extern const enum proc_id confined_roles[CONFINED_ROLES];

/* The user that these children get; it need not exist. */
#define CONFINED_ID 64999U

struct confined {
	enum proc_id role;
	uint32_t     flags;      /* START_* */
	uint32_t     require;    /* WALL_* */
	void (*prepare)(void *); /* before the walls, or NULL */
	int (*attack)(void *);   /* behind them; exit status */
	void *arg;

	pid_t           pid;   /* the rest is an answer */
	uint32_t        walls; /* those that stand */
	struct walls    all;
	struct channel *channel;
	char            log[LOG_LINE_MAX]; /* its last line */
};

/*
 * Starts the child and waits until it is ready: 0, or -1 if it ended before,
 * then log says why.
 */
int confined_start(struct confined *);

/* Waits for its end; returns the status of waitpid(2). */
int confined_end(struct confined *);

/* True of the status of a process that its filter killed. */
int filter_killed(int);

#endif /* REGRESS_CONFINED_H */
