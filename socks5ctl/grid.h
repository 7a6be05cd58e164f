/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows in columns that are as wide as what is in them.
 *
 * Part of socks5ctl.  The first GRID_ROWS rows decide how wide; further ones
 * come out at once, so that a list of any length costs no more memory.
 */

#ifndef SOCKS5CTL_GRID_H
#define SOCKS5CTL_GRID_H

#include <stddef.h>
#include <stdio.h>

#define GRID_COLS 12
#define GRID_ROWS 1000

/*
 * A column.  One with a least width may be cut to it where the line would not
 * fit, the first of them first; of what it holds the end behind the last colon
 * stays.
 */
struct grid_col {
	const char *name;
	char        align; /* 'l' or 'r' */
	size_t      least; /* or 0: is never cut */
};

struct grid;

/*
 * Ends the process if memory is short; cols stay the caller's.  There is no
 * line with their names if the first has none.
 */
struct grid *grid_new(FILE *, const struct grid_col *cols, size_t ncols);

/*
 * The same, so many columns from the left, of what is printed on a terminal in
 * the end.
 */
struct grid *grid_inside(FILE *, FILE *terminal, size_t indent,
    const struct grid_col *cols, size_t ncols);

/* Lines that belong below the last row, each of which ends. */
void grid_below(struct grid *, const char *);

/*
 * The next cell, made harmless for a terminal; the last one of a row ends it.
 */
void grid_cell(struct grid *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/* Prints what is left, and frees. */
void grid_end(struct grid *);

#endif /* SOCKS5CTL_GRID_H */
