/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * An axis: for each value of one thing that rules ask about, such as the port,
 * which of 64 rules have a list that holds it.
 *
 * Pure.
 */

#ifndef ROUTER_AXIS_H
#define ROUTER_AXIS_H

#include <stddef.h>
#include <stdint.h>

/* A word has a bit for each of so many rules. */
#define AXIS_RULES 64

/* What the members of a list say about a value; each is a word of rules. */
enum axis_word {
	AXIS_YES, /* a member that is not negated covers it */
	AXIS_ANY, /* such a member, but one that covers all values */
	AXIS_NO,  /* a negated member covers it */
	AXIS_WORDS,
};

struct axis_row {
	uint64_t w[AXIS_WORDS];
};

/* Row i is about the values from first[i] to just below first[i + 1]. */
struct axis {
	uint32_t        *first; /* rising, the first is 0 */
	struct axis_row *rows;
	size_t           n;
};

/* Members of lists on their way to an axis. */
struct axis_draft {
	struct axis_turn *turns;
	size_t            n;
	size_t            size;
	int               bad; /* no memory */
};

void axis_draft_init(struct axis_draft *);
void axis_draft_clear(struct axis_draft *);

/*
 * Rule number "rule" of the 64 has a member that covers the values from first
 * to last, both included.  That memory was short is said by axis_init().
 */
void axis_draft_add(struct axis_draft *, unsigned int rule, enum axis_word,
    uint32_t first, uint32_t last);

/*
 * An axis of what was added to the draft, which is empty then; -1 with errno
 * if memory is short.
 */
int  axis_init(struct axis *, struct axis_draft *);
void axis_clear(struct axis *);

/* What is said about the value. */
const struct axis_row *axis_row(const struct axis *, uint32_t value);

#endif /* ROUTER_AXIS_H */
