/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Walls around a child that only some systems have, in the order in which
 * child_confine() raises them.
 *
 * confine_linux.c or confine_none.c, chosen by the build; what there is of
 * walls, and how they are told of, is in wall.h.  Used by child_confine.c, and
 * by the parent for the processes that write files.  What this host does not
 * have, or refuses, is noted with its errno; only what must never be given up
 * ends the process.
 */

#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include "base/msg_codec.h"
#include "base/wall.h"

/* An empty network namespace, for who makes no connections. */
void confine_network(struct walls *, enum proc_id);

/*
 * A user namespace, in which the other walls can be raised by who lacks the
 * privilege for them outside of it; with a network namespace if that could
 * not be had before.  The caller tries for the rest again.
 */
void confine_user_namespace(struct walls *, enum proc_id);

/* No program executed later gains anything; before the user changes. */
void confine_drop_bounding(struct walls *);

/* Lets capabilities of the role survive the change of user that follows. */
void confine_keep(enum proc_id);

/*
 * No capability but the role's, no look from outside by a process of the same
 * user, no new executable memory, Landlock; and a name for the kernel's log.
 */
void confine_drop_rest(struct walls *, const struct msg_start *);

/*
 * A process that writes files for its parent, and needs no more than rights to
 * them: it ends with the parent, and gains nothing.  -1 with errno.
 */
int confine_writer(pid_t parent);

/*
 * How soon the kernel ends this process and its descendants when memory runs
 * out, from -1000, never, to 1000, first.  -1 with errno.
 */
int confine_get_oom(int *);
int confine_set_oom(int);

#endif /* BASE_CONFINE_H */
