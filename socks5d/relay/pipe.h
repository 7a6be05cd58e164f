/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The pool of pipes for bulk transfer: few, shared by all sessions, lent to a
 * direction only while it is busy.
 */

#ifndef RELAY_PIPE_H
#define RELAY_PIPE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

struct relay;

/* Bytes on their way from one socket to another, never in our memory. */
struct pipe {
	LIST_ENTRY(pipe) entry; /* while nobody has it */
	int              in;
	int              out;
	uint32_t         filled; /* bytes in it */
};
LIST_HEAD(pipe_list, pipe);

/* For a relay with so many descriptors. */
void pipe_init(struct relay *, uint32_t nofile);

/* An empty pipe, or NULL if all are in use: then bytes are copied. */
struct pipe *pipe_get(struct relay *);

/* Gives it back; NULL is none. */
void pipe_put(struct relay *, struct pipe *);

/* Closes those that nobody has, when there is nothing to do for them. */
void pipe_trim(struct relay *);

#endif /* RELAY_PIPE_H */
