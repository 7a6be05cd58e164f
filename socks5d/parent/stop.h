/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The end: listeners first, then sessions, then children.
 */

#ifndef PARENT_STOP_H
#define PARENT_STOP_H

struct parent;
struct process;

/* How far the end has come. */
enum stop_phase {
	STOP_NOT,
	STOP_DRAINING, /* no new clients, sessions may end */
	STOP_ENDING,   /* sessions are being ended */
	STOP_CHILDREN, /* children are told to go */
};

void stop_begin(struct parent *, int now);
void stop_drained(struct parent *);

/* The daemon never came up: end with a failure. */
void stop_failed(struct parent *);

/* A child could not even be started, and none was up so far. */
void stop_unborn(struct parent *);

/* One has ended: it may be the end of the start, of sessions, or of all. */
void stop_child_down(struct process *, const char *why);

/* Ends the loop once the last child is gone. */
void stop_child_gone(struct parent *);

#endif /* PARENT_STOP_H */
