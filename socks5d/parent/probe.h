/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Files and names of a new config, tried by a process of its own.
 */

#ifndef PARENT_PROBE_H
#define PARENT_PROBE_H

struct parent;

void probe_init(struct parent *);

/*
 * Has all files and names that a reload needs tried by a process of its own;
 * then done() is called, with NULL if they answered or why the reload must not
 * wait for them.  If it cannot be started: why.
 */
const char *probe_start(struct parent *,
    void (*done)(struct parent *, const char *why));

/* Ends it, if there is one; done() is not called. */
void probe_cancel(struct parent *);

#endif /* PARENT_PROBE_H */
