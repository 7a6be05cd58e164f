/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The circuit breaker of one proxy: see breaker.h.
 *
 * Pure.  The times of the last failures are in a ring, so that "5 failures in
 * 30s" is just that and no estimate.
 */

#include <sys/types.h>

#include <string.h>

#include "router/breaker.h"

static void     breaker_change(struct breaker *);
static void     breaker_open(struct breaker *, uint64_t);
static uint32_t ring_size(const struct breaker_limit *);

enum breaker_state
breaker_state(const struct breaker *b, const struct breaker_limit *limit,
    uint64_t now)
{
	if (b->open == 0 || limit->failures == 0)
		return BREAKER_CLOSED;
	if (now - b->opened_ms < limit->open_ms)
		return BREAKER_OPEN;
	return BREAKER_HALF_OPEN;
}

int
breaker_admits(const struct breaker *b, const struct breaker_limit *limit,
    uint64_t now)
{
	switch (breaker_state(b, limit, now)) {
	case BREAKER_CLOSED:
		return 1;
	case BREAKER_OPEN:
		return 0;
	case BREAKER_HALF_OPEN:
		return b->trial == 0 ||
		    (b->connected_ms != 0 &&
			now - b->connected_ms >= BREAKER_TRIAL_MS);
	}
	return 0;
}

uint32_t
breaker_take(struct breaker *b, const struct breaker_limit *limit, uint64_t now)
{
	if (!breaker_admits(b, limit, now))
		return 0;
	if (b->epoch == 0)
		b->epoch = 1;
	if (b->open && limit->failures != 0) {
		/* The one that waits may tell the same as this one. */
		if (b->trial == 0)
			breaker_change(b);
		b->trial = 1;
		b->connected_ms = 0;
	}
	return b->epoch;
}

void
breaker_connected(struct breaker *b, uint32_t ticket, uint64_t now)
{
	if (ticket == b->epoch && b->trial)
		b->connected_ms = now;
}

void
breaker_worked(struct breaker *b, uint32_t ticket)
{
	/* While it is open, only trials have tickets that are good. */
	if (ticket != b->epoch || b->open == 0)
		return;
	breaker_reset(b);
}

int
breaker_failed(struct breaker *b, const struct breaker_limit *limit,
    uint32_t ticket, uint64_t now)
{
	uint32_t size = ring_size(limit);

	if (ticket == 0 || ticket != b->epoch || size == 0)
		return 0;
	if (b->open) {
		breaker_open(b, now);
		return 1;
	}
	while (b->nfailures != 0 &&
	    (b->nfailures >= size ||
		now - b->failure[b->oldest] >= limit->within_ms)) {
		b->oldest = (b->oldest + 1) % CONF_BREAKER_FAILURES_MAX;
		b->nfailures--;
	}
	b->failure[(b->oldest + b->nfailures) % CONF_BREAKER_FAILURES_MAX] =
	    now;
	if (++b->nfailures < size)
		return 0;
	breaker_open(b, now);
	return 1;
}

void
breaker_returned(struct breaker *b, uint32_t ticket)
{
	if (ticket == b->epoch)
		b->trial = 0;
}

void
breaker_due(struct breaker *b, const struct breaker_limit *limit, uint64_t now)
{
	if (breaker_state(b, limit, now) == BREAKER_OPEN)
		b->opened_ms = now - limit->open_ms;
}

void
breaker_reset(struct breaker *b)
{
	b->open = 0;
	b->trial = 0;
	b->nfailures = 0;
	breaker_change(b);
}

static void
breaker_open(struct breaker *b, uint64_t now)
{
	b->open = 1;
	b->trial = 0;
	b->opened_ms = now;
	b->opened++;
	b->nfailures = 0;
	breaker_change(b);
}

/* 0 is no ticket. */
static void
breaker_change(struct breaker *b)
{
	if (++b->epoch == 0)
		b->epoch = 1;
}

static uint32_t
ring_size(const struct breaker_limit *limit)
{
	if (limit->failures > CONF_BREAKER_FAILURES_MAX)
		return CONF_BREAKER_FAILURES_MAX;
	return limit->failures;
}
