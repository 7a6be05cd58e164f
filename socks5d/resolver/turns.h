/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The questions that c-ares asks, each with the name server that it went to
 * last.  The first of the list that is not thought dead, then the next one,
 * round and round; but the same again by TCP, which is what an answer led to.
 *
 * Pure: the time is told.
 */

#ifndef RESOLVER_TURNS_H
#define RESOLVER_TURNS_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "resolver/asked.h"

struct turns;

/* Remembered at most, and for how long after it was sent. */
#define TURNS_MAX    8192
#define TURNS_AGE_MS 60000

/* A set of servers: bit n is the nth of them. */
typedef uint32_t turns_set;

/* A question; only the first two fields are for turns.c alone. */
struct turn {
	RB_ENTRY(turn)    node;
	TAILQ_ENTRY(turn) entry;     /* the last sent at the end */
	uint64_t          sent;      /* by c-ares */
	turns_set         tried;     /* since then */
	turns_set         with_edns; /* at any time */
	unsigned int      server;    /* from 0 */
	int               number;    /* that c-ares sent it under */
	int               tcp;
	int               bare;    /* without EDNS this time */
	int               doubted; /* after it failed with EDNS */
	size_t            nkey;
	uint8_t           key[ASKED_KEY_MAX];
	size_t            len;
	uint8_t           msg[ASKED_MESSAGE_MAX];
};

/* NULL with errno. */
struct turns *turns_new(void);
void          turns_free(struct turns *);

/* Forgets all: there are so many servers now. */
void turns_reset(struct turns *, unsigned int nservers);

/*
 * This message is sent now under this number: to the server that its turn
 * names, of those alive or, if none is, of all.  NULL for what is no question,
 * without a server, and for want of memory.
 */
struct turn *turns_take(struct turns *, const uint8_t *, size_t, int tcp,
    int number, turns_set alive, uint64_t now);

/*
 * That server failed at once: true if there is another for it to go to that
 * was not tried since c-ares sent it.
 */
int turns_next(struct turns *, struct turn *, turns_set alive);

/* The question of this key, or NULL. */
struct turn *turns_find(struct turns *, const uint8_t *key, size_t);

/* The one that was sent first, and the one that was sent next; or NULL. */
struct turn *turns_first(struct turns *);
struct turn *turns_after(struct turn *);

/* It is answered and will not be sent again. */
void turns_end(struct turns *, struct turn *);

#endif /* RESOLVER_TURNS_H */
