/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How a relay divides its descriptors: known to the relay, which keeps to it,
 * and to the router, which counts on it; and how the router divides its own.
 */

#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdint.h>

/* Descriptors that are neither sockets of sessions nor pipes. */
#define BUDGET_RESERVE 16

/* Pipes for bulk transfer are two descriptors each. */
#define BUDGET_PIPES_MAX 64

/* Pipes that a relay with so many descriptors may have open. */
static inline uint32_t
budget_pipes(uint32_t nofile)
{
	uint32_t n = nofile / 256;

	return n > BUDGET_PIPES_MAX ? BUDGET_PIPES_MAX : n;
}

/*
 * Sockets that a session takes in its relay, its weight: a client's and a
 * target's, unless it says that it needs more.
 */
#define BUDGET_SESSION 2

/*
 * Sockets of sessions that a relay may have open, in whole sessions of the
 * common weight; at least those of one.
 */
static inline uint32_t
budget_sockets(uint32_t nofile)
{
	uint32_t taken = BUDGET_RESERVE + 2 * budget_pipes(nofile);

	if (nofile < taken + BUDGET_SESSION)
		return BUDGET_SESSION;
	return nofile - taken - (nofile - taken) % BUDGET_SESSION;
}

/* Sessions that it may have open at the most. */
static inline uint32_t
budget_sessions(uint32_t nofile)
{
	return budget_sockets(nofile) / BUDGET_SESSION;
}

/*
 * Sessions that one source may have of so many, if nobody says: a quarter, or
 * what a browser needs, but never all.
 */
#define BUDGET_SOURCE_LEAST 64

static inline uint32_t
budget_source(uint32_t sessions)
{
	uint32_t most = sessions - sessions / 4, n = sessions / 4;

	if (n < BUDGET_SOURCE_LEAST)
		n = BUDGET_SOURCE_LEAST;
	return n < most ? n : most;
}

/*
 * The router's descriptors that clients do not get, whatever they do: sockets
 * to name servers, channels to children that are started again, listeners and
 * tables of a config to come.
 */
#define BUDGET_ROUTER_MAX 128

static inline uint32_t
budget_router(uint32_t nofile)
{
	uint32_t n = BUDGET_RESERVE + nofile / 32;

	return n > BUDGET_ROUTER_MAX ? BUDGET_ROUTER_MAX : n;
}

/*
 * Sockets of connections under way that the router may have, when it has so
 * many listeners and channels: half of the rest, as clients that were accepted
 * are there, too, until their relays take them.  At least one.
 */
static inline uint32_t
budget_attempts(uint32_t nofile, uint32_t have)
{
	uint32_t taken = budget_router(nofile) + have;

	return nofile < taken + 2 ? 1 : (nofile - taken) / 2;
}

/*
 * Descriptors that the router may have for UDP, with so many listeners and
 * channels: half of what attempts leave.  At least one.
 */
static inline uint32_t
budget_datagrams(uint32_t nofile, uint32_t have)
{
	uint32_t taken = budget_router(nofile) + have;

	return nofile < taken + 4 ? 1 : (nofile - taken) / 4;
}

#endif /* BASE_BUDGET_H */
