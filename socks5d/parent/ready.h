/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The daemon is up: all children are ready for the first time.
 */

#ifndef PARENT_READY_H
#define PARENT_READY_H

struct process;

/* A child is ready; the first time that all are, the log says so. */
void ready_child_up(struct process *);

#endif /* PARENT_READY_H */
