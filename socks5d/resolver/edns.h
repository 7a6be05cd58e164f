/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether a name server takes questions with EDNS (RFC 6891).
 *
 * Pure: the time is told.  Servers and the boxes before them that do not know
 * EDNS answer with FORMERR, NOTIMP or SERVFAIL, with or without the question,
 * or not at all.  So a question that fails with EDNS is asked once more
 * without, unless the server is known to take it; where that helps, the server
 * gets no EDNS for a while.
 */

#ifndef RESOLVER_EDNS_H
#define RESOLVER_EDNS_H

#include <stdint.h>

struct reply;

/* How long it is asked without, and how long a good answer with is proof. */
#define EDNS_OFF_MS   600000
#define EDNS_PROOF_MS 60000

/*
 * So often is asked again in vain before it is thought that the failures are
 * real ones; from then on that is tried no more than once in a second.
 */
#define EDNS_FUTILE_MAX 8
#define EDNS_FUTILE_MS  1000

/* All zero is a server that nothing is known about. */
struct edns {
	uint64_t     off_until; /* 0: not off */
	uint64_t     proved;    /* 0: never */
	uint64_t     futile_ms; /* the last time that it was futile */
	unsigned int futile;    /* in a row */
};

/* True if the next question is to have EDNS. */
int edns_is_on(const struct edns *, uint64_t now);

/* An answer to a question with EDNS: true if to ask again without. */
int edns_doubts(struct edns *, const struct reply *, uint64_t now);

/* The same for one that got no answer. */
int edns_doubts_silence(const struct edns *, uint64_t now);

/* The same for one by TCP whose connection ended instead. */
int edns_doubts_end(const struct edns *, uint64_t now);

/* The answer to a question that was asked again for that. */
void edns_compare(struct edns *, const struct reply *, uint64_t now);

/* It answers without EDNS and, asked at the same time, not with it. */
void edns_turn_off(struct edns *, uint64_t now);

#endif /* RESOLVER_EDNS_H */
