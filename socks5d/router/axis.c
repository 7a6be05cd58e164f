/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Values of one thing that rules ask about: see axis.h.
 *
 * Pure.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "router/axis.h"

/* At this value a member begins or, with -1, has just ended. */
struct axis_turn {
	uint32_t at;
	uint8_t  rule;
	uint8_t  word;
	int8_t   step;
};

/* How many members of each list cover the value that was reached. */
struct axis_sweep {
	uint32_t        count[AXIS_WORDS][AXIS_RULES];
	struct axis_row row;
};

static void   axis_draft_turn(struct axis_draft *, uint32_t, unsigned int,
      enum axis_word, int);
static int    axis_turn_cmp(const void *, const void *);
static size_t axis_count(const struct axis_draft *);
static void   axis_sweep(struct axis *, const struct axis_draft *);
static void   axis_sweep_turn(struct axis_sweep *, const struct axis_turn *);

void
axis_draft_init(struct axis_draft *d)
{
	memset(d, 0, sizeof(*d));
}

void
axis_draft_clear(struct axis_draft *d)
{
	free(d->turns);
	axis_draft_init(d);
}

void
axis_draft_add(struct axis_draft *d, unsigned int rule, enum axis_word word,
    uint32_t first, uint32_t last)
{
	axis_draft_turn(d, first, rule, word, 1);
	if (last != UINT32_MAX)
		axis_draft_turn(d, last + 1, rule, word, -1);
}

static void
axis_draft_turn(struct axis_draft *d, uint32_t at, unsigned int rule,
    enum axis_word word, int step)
{
	struct axis_turn *turns;
	size_t            size;

	if (d->n == d->size) {
		size = d->size == 0 ? 2 * AXIS_RULES : 2 * d->size;
		turns = reallocarray(d->turns, size, sizeof(*turns));
		if (turns == NULL) {
			d->bad = 1;
			return;
		}
		d->turns = turns;
		d->size = size;
	}
	d->turns[d->n].at = at;
	d->turns[d->n].rule = (uint8_t)rule;
	d->turns[d->n].word = (uint8_t)word;
	d->turns[d->n].step = (int8_t)step;
	d->n++;
}

int
axis_init(struct axis *a, struct axis_draft *d)
{
	size_t n;

	memset(a, 0, sizeof(*a));
	if (d->bad) {
		errno = ENOMEM;
		return -1;
	}
	if (d->n != 0)
		qsort(d->turns, d->n, sizeof(*d->turns), axis_turn_cmp);
	n = axis_count(d);
	a->first = reallocarray(NULL, n, sizeof(*a->first));
	a->rows = reallocarray(NULL, n, sizeof(*a->rows));
	if (a->first == NULL || a->rows == NULL) {
		axis_clear(a);
		return -1;
	}
	axis_sweep(a, d);
	d->n = 0;
	return 0;
}

void
axis_clear(struct axis *a)
{
	free(a->first);
	free(a->rows);
	memset(a, 0, sizeof(*a));
}

static int
axis_turn_cmp(const void *va, const void *vb)
{
	const struct axis_turn *a = va, *b = vb;

	return (a->at > b->at) - (a->at < b->at);
}

/* One row from 0 on, and one from each other value at which a turn is. */
static size_t
axis_count(const struct axis_draft *d)
{
	size_t   i, n = 1;
	uint32_t at = 0;

	for (i = 0; i < d->n; i++) {
		n += d->turns[i].at != at;
		at = d->turns[i].at;
	}
	return n;
}

static void
axis_sweep(struct axis *a, const struct axis_draft *d)
{
	struct axis_sweep sweep;
	size_t            i = 0;
	uint32_t          at = 0;

	memset(&sweep, 0, sizeof(sweep));
	for (;;) {
		while (i < d->n && d->turns[i].at == at)
			axis_sweep_turn(&sweep, &d->turns[i++]);
		a->first[a->n] = at;
		a->rows[a->n++] = sweep.row;
		if (i == d->n)
			return;
		at = d->turns[i].at;
	}
}

/* Members of a list may overlap: only the first and the last turn it. */
static void
axis_sweep_turn(struct axis_sweep *sweep, const struct axis_turn *t)
{
	uint32_t *count = &sweep->count[t->word][t->rule];
	uint64_t  bit = (uint64_t)1 << t->rule;

	*count += (uint32_t)t->step;
	if (*count != 0)
		sweep->row.w[t->word] |= bit;
	else
		sweep->row.w[t->word] &= ~bit;
}

/* Bisection without a branch that a processor could guess wrong. */
const struct axis_row *
axis_row(const struct axis *a, uint32_t value)
{
	const uint32_t *first = a->first;
	size_t          n, half;

	for (n = a->n; n > 1; n -= half) {
		half = n / 2;
		first += first[half] <= value ? half : 0;
	}
	return &a->rows[first - a->first];
}
