/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One lent socket: one message and its answer, by UDP most of the time.
 *
 * The inner side of line.h, for line.c and lent.c alone.
 */

#ifndef RESOLVER_LENT_H
#define RESOLVER_LENT_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "resolver/asked.h"
#include "resolver/line.h"

struct event;

struct lent {
	TAILQ_ENTRY(lent) entry; /* line.pool or line.lents */
	struct line      *line;
	struct event     *in;    /* NULL while in the pool */
	struct share     *share; /* TCP: whose it is */
	uint64_t          used;  /* when it came or last sent */
	int               fd;
	struct asked_list asked;   /* by TCP: one at most */
	uint8_t          *answer;  /* of TCP, length included */
	size_t            nanswer; /* bytes that came */
};

/* Takes the descriptor, into the pool; NULL, not taken, without memory. */
struct lent *lent_new(struct line *, int fd);

/* Closes it, wherever it is. */
void lent_free(struct lent *);

/* From the pool to those in use; -1 without memory. */
int lent_use(struct lent *);

/*
 * Sends a message of at most LINE_MESSAGE_MAX bytes under this number.  -1 with
 * errno if UDP does not take it; TCP that does not is freed, and nothing comes.
 */
int lent_send(struct lent *, int number, const uint8_t *, size_t);

/* Nothing that was sent under this number is waited for; may free it. */
void lent_drop(struct lent *, int number);

/* line.c: a socket came free, so see what waits for one. */
void line_go_on(struct line *);

#endif /* RESOLVER_LENT_H */
