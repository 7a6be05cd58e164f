/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The time that sessions have.  A timer is a queue ordered by deadline, so a
 * loop turn looks at the heads only and nothing is armed or disarmed per read.
 */

#ifndef RELAY_TIMER_H
#define RELAY_TIMER_H

#include <stdint.h>

struct relay;
struct session;

/* Each session is in one of these, in the order of its deadlines. */
enum timer {
	TIMER_HANDSHAKE,
	TIMER_WAITING, /* for the router, which keeps the time */
	TIMER_BOUND,   /* the same, for who connects to a BIND */
	TIMER_IDLE,
	TIMER_HALF_CLOSED,
	TIMER_UDP, /* flows keep their own times */
	TIMER_CLOSING,
	TIMER_FINISHED, /* to be reported and freed */
	TIMER_MAX,
};

/*
 * Moves the session to that timer, which ends in ms from now.  One whose rule
 * has a timeout of its own is kept in a tree while that runs, as in a queue
 * it would stand out of order.
 */
void timer_set(struct relay *, struct session *, enum timer, uint32_t ms);

/* These two end as the session's rule says, or as is set. */
void timer_set_idle(struct relay *, struct session *);
void timer_set_half_closed(struct relay *, struct session *);

/* For session.c: a new session with its deadline; one that is to be freed. */
void timer_insert(struct relay *, struct session *);
void timer_remove(struct relay *, struct session *);

/*
 * That time is shorter now: also for sessions that wait already, but for those
 * whose rule says how long.
 */
void timer_shorten(struct relay *, enum timer, uint32_t was, uint32_t is);

/* Tells sessions whose deadline has come, by their ops. */
void timer_expire(struct relay *);

/* Milliseconds until the next deadline; -1 if there is none. */
int timer_next(struct relay *);

#endif /* RELAY_TIMER_H */
