/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The way of log lines out of the parent: a queue of bounded size in front of
 * a place that may be full, away for a while, or take half a line.
 *
 * Whoever logs never waits.  A line is written whole or not at all: what is
 * left of one goes out before any other.  What does not fit into the queue is
 * lost, counted, and told of in its place.
 */

#ifndef PARENT_LOG_OUT_H
#define PARENT_LOG_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

struct event_base;
struct log_out;

enum log_sent {
	LOG_SENT,
	LOG_FULL,  /* its descriptor tells when there is room */
	LOG_AWAY,  /* nothing does: it is tried again later */
	LOG_NEVER, /* this line is not taken at any time */
};

struct log_place {
	/*
	 * Writes the text, which has a NUL behind it, from *done on, and adds
	 * to that what was taken.  It never waits.
	 */
	enum log_sent (*send)(const char *text, size_t len, size_t *done);

	/* To wait for, after LOG_FULL; the same until the next send(). */
	int (*fd)(void);

	/* Makes the line that tells how many were lost; gives its length. */
	size_t (*lost)(uint64_t n, char *dst, size_t size);
};

/* NULL if memory is short. */
struct log_out *log_out_new(struct event_base *, const struct log_place *);
void            log_out_free(struct log_out *);

/* A line as it is to be written. */
void log_out_add(struct log_out *, const char *text, size_t len);

/* Writes what can be written now. */
void log_out_flush(struct log_out *);

/* The same at the end of the process, which may wait so long for room. */
void log_out_end(struct log_out *, int ms);

/* How many lines were lost so far. */
uint64_t log_out_lost(const struct log_out *);

#endif /* PARENT_LOG_OUT_H */
