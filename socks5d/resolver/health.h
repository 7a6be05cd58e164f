/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether a name server answers at all.
 *
 * Pure: the time is told.  A name whose owner lets nobody answer for it is no
 * sign: clients choose the names, and must not choose the name server too.  So
 * a server that leaves a question unanswered gets questions of our own, with
 * EDNS and without; one that says nothing to these either is dead.  It then
 * gets them in ever longer intervals until it answers.
 */

#ifndef RESOLVER_HEALTH_H
#define RESOLVER_HEALTH_H

#include <stdint.h>

/* Silence before the first probe, and from one probe to the next. */
#define HEALTH_PROBE_MS 500

/* Unanswered ones that make it dead; 2 s after the question in all. */
#define HEALTH_PROBES 3

/* After it answered probes, before silence is looked into again. */
#define HEALTH_REST_MS 5000

/* A dead one is probed so soon, then twice as long each time, up to. */
#define HEALTH_BACK_MIN_MS 1000
#define HEALTH_BACK_MAX_MS 30000

/* Between two lines of the log that say that it is dead. */
#define HEALTH_TELL_MS 60000

/* All zero is a server that was not asked yet. */
struct health {
	uint64_t     next; /* when health_turn() is due; 0: not */
	uint64_t     rest; /* no probe before this */
	uint64_t     died;
	uint32_t     back_ms;
	unsigned int probes;     /* sent for this silence */
	int          bare_heard; /* of these, one without EDNS */
	int          dead;
};

/* What the log knows of it; all zero is nothing. */
struct health_told {
	uint64_t due;  /* a death may be told again */
	int      dead; /* it is */
	int      told; /* the last word was that */
};

enum health_do {
	HEALTH_NOTHING,
	HEALTH_PROBE, /* send one with EDNS and one without */
	HEALTH_DIED,  /* think it dead */
	HEALTH_DEAF,  /* it hears only what has no EDNS */
};

/* A question of a client goes to it. */
void health_sent(struct health *, uint64_t now);

/* It answered one, or a probe with EDNS: true if it was dead. */
int health_heard(struct health *, uint64_t now);

/* It answered a probe without: the same. */
int health_heard_bare(struct health *, uint64_t now);

/* It cannot be reached: true if it was not dead before. */
int health_failed(struct health *, uint64_t now);

/* What to do, when that is due. */
enum health_do health_turn(struct health *, uint64_t now);

/*
 * It died, it was revived, or time has passed: true if the log is to have that
 * now.  Of one that comes and goes it gets a death once in a while and the life
 * after it; but that it stays dead it always gets, if late.
 */
int health_tell_died(struct health_told *, uint64_t now);
int health_tell_revived(struct health_told *);
int health_tell_late(struct health_told *, uint64_t now);

/* When health_tell_late() is to be called; 0: not. */
uint64_t health_tell_next(const struct health_told *);

#endif /* RESOLVER_HEALTH_H */
