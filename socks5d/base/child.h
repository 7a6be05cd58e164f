/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How a child comes to life: told who it is, walled in, then ready.
 *
 * Order matters and is that of child_begin(), the role's own preparation,
 * child_confine(), child_ready().
 */

#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/channel.h"
#include "base/msg_codec.h"

/* The descriptor on which a child finds its channel to the parent. */
#define CHILD_CHANNEL_FD 3

struct child {
	struct msg_start start;
	struct channel  *parent;
	int              root_fd;    /* the empty directory, or -1 */
	struct walls     walls;      /* once confined */
	unsigned int     lost_lines; /* of the log, not yet told */
	int              logging;    /* inside the log sink */
};

/*
 * Closes everything but 0 to 2 and the channel, points 0 to 2 at /dev/null,
 * replaces the environment, reads MSG_CHILD_START (waiting for it), sends
 * log lines to the parent from here on.  Ends the process if anything is not
 * as expected.
 */
void child_begin(struct child *, enum proc_id role);

/*
 * Raises all walls: namespaces, root directory, user, capabilities, limits,
 * Landlock, filter.  Called when everything that needs a file is open.  What
 * this host does not have or refuses is noted in child.walls.  The process
 * ends if the filter is not to be had, or a wall that the config requires, or
 * if root's user is left with next to nothing around it.
 */
void child_confine(struct child *);

/* Tells the parent which walls stand; the role's loop begins. */
void child_ready(struct child *);

/*
 * Answers the parent's MSG_CHILD_PING.  A role does so from its loop, so that
 * the answer says that this turns.
 */
void child_pong(struct child *, const struct msg *);

/*
 * The log sink since child_begin(), for a loop that wraps it to see to what
 * is queued in the channel afterwards.  Its first argument is the child.
 */
void child_log(void *, enum log_level, const char *);

#endif /* BASE_CHILD_H */
