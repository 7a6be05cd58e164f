/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The circuit breaker of one proxy: after too many failures in a time it is
 * left alone for a while, then one try shows whether it works again.
 *
 * Pure: who calls says what time it is.
 */

#ifndef ROUTER_BREAKER_H
#define ROUTER_BREAKER_H

#include <stdint.h>

#include "conf/conf.h"

enum breaker_state {
	BREAKER_CLOSED,    /* it is used */
	BREAKER_OPEN,      /* it is left alone */
	BREAKER_HALF_OPEN, /* its time is over: one try at a time */
};

/*
 * A trial whose proxy is connected may be waiting for a target that somebody
 * chose for its silence.  After so long it keeps no other one from its turn.
 */
#define BREAKER_TRIAL_MS 1000

struct breaker_limit {
	uint32_t failures; /* 0: never opens */
	uint32_t within_ms;
	uint32_t open_ms;
};

/* All zero is a closed one that has seen nothing. */
struct breaker {
	uint8_t  open;
	uint8_t  trial;        /* is under way */
	uint64_t connected_ms; /* since then, in it; 0: it is not */
	uint32_t epoch;        /* changes with the state */
	uint64_t opened_ms;    /* the last time */
	uint32_t opened;       /* how often */
	uint32_t nfailures;    /* in the ring */
	uint32_t oldest;
	uint64_t failure[CONF_BREAKER_FAILURES_MAX];
};

enum breaker_state breaker_state(const struct breaker *,
    const struct breaker_limit *, uint64_t now);

/* True if breaker_take() would let a try begin. */
int breaker_admits(const struct breaker *, const struct breaker_limit *,
    uint64_t now);

/*
 * A try begins: its ticket, which worked, failed or returned below takes back,
 * or 0 if none may.  A result of a try that began before the state last
 * changed says nothing of now, and counts for nothing.
 */
uint32_t breaker_take(struct breaker *, const struct breaker_limit *,
    uint64_t now);
void     breaker_connected(struct breaker *, uint32_t ticket, uint64_t now);
void     breaker_worked(struct breaker *, uint32_t ticket);
/* True if it opened over this, or stays open after a trial. */
int breaker_failed(struct breaker *, const struct breaker_limit *,
    uint32_t ticket, uint64_t now);
/* Nobody knows: given up before it could show. */
void breaker_returned(struct breaker *, uint32_t ticket);

/* If it is open, its time is over: a try may show whether it works. */
void breaker_due(struct breaker *, const struct breaker_limit *, uint64_t now);

/* Closed, and nothing happened before; tickets that are out are void. */
void breaker_reset(struct breaker *);

#endif /* ROUTER_BREAKER_H */
