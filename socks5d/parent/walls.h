/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which sandbox layers are missing around which child.
 */

#ifndef PARENT_WALLS_H
#define PARENT_WALLS_H

#include "config/parse.h"

struct conf;
struct parent;
struct process;

/* Says in the log which walls do not stand, and why: at the start, later. */
void walls_log(struct parent *);
void walls_log_child(struct process *);

/*
 * -1 after complaining if a child that runs lacks what the config requires;
 * the other is for one child.
 */
int walls_check(const struct parent *, const struct conf *, parse_report,
    void *);
int walls_check_child(const struct process *, const struct conf *, parse_report,
    void *);

#endif /* PARENT_WALLS_H */
