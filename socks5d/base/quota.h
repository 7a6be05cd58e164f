/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Used quota: the periods it is counted in, and lines of text that say how
 * much it is, in a file and between processes.
 *
 * Pure.  Used by the router, which counts, and by the parent, which keeps the
 * file.
 *
 * A line is "period rule user bytes", where a period is a day, "2026-11-22",
 * or a month, "2026-11"; the user is "-" where all are counted together.  In
 * names a byte that is blank, "\", "#", a "-" that stands alone or not of
 * ASCII is "\" with three octal digits.
 */

#ifndef BASE_QUOTA_H
#define BASE_QUOTA_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/login.h"

/* Sizes with their NUL. */
#define QUOTA_PERIOD_SIZE 11
#define QUOTA_RULE_SIZE   64
#define QUOTA_LINE_SIZE   1400

/*
 * So many used quotas are kept, by the router as in the file, in so many bytes
 * of lines.  Who has none when there is no room is refused: what cannot be kept
 * would begin anew with the next router.
 */
#define QUOTA_ROWS_MAX  65536
#define QUOTA_BYTES_MAX (32 * 1024 * 1024)

struct quota_row {
	char     period[QUOTA_PERIOD_SIZE];
	char     rule[QUOTA_RULE_SIZE]; /* never empty */
	char     user[LOGIN_NAME_SIZE]; /* "" for all together */
	uint64_t bytes;
};

/*
 * What was used in the period that was counted in last, and in the one before,
 * so that a clock that was wrong for a while and is set right costs nobody
 * what he has, and gives nobody more.  Empty: none.
 */
struct quota_slot {
	char     period[QUOTA_PERIOD_SIZE];
	uint64_t bytes;
};

struct quota_count {
	struct quota_slot now;
	struct quota_slot before;
};

/* When the time of day was believed last; all zero at first. */
struct quota_clock {
	time_t   wall;
	uint64_t ms;
};

/* The period of that time in the zone of this host; month or day. */
void quota_period(time_t, int month, char dst[QUOTA_PERIOD_SIZE]);

int quota_is_month(const char *period);

/* True if the period was over at that time, and the next one as well. */
int quota_is_old(const char *period, time_t);
int quota_count_is_old(const struct quota_count *, time_t);

/* Counts in that period from now on; true if it is another one. */
int quota_turn(struct quota_count *, const char *period);

/*
 * The time of day, but after a leap forward for a day the time that it would
 * be without: until then nothing is thrown away for being old.  Takes that of
 * a clock of milliseconds that does not leap, too.
 */
time_t quota_clock(struct quota_clock *, time_t wall, uint64_t ms);

/*
 * Writes the line with its newline and returns its length, 0 if it does not
 * fit; QUOTA_LINE_SIZE is enough for any.
 */
size_t quota_line_put(char *, size_t, const struct quota_row *);

/* Bytes that rule and user take of that at most: two lines. */
size_t quota_row_room(const struct quota_row *);

/* Reads one, of so many bytes without the newline; -1 if it is none. */
int quota_line_get(const char *, size_t, struct quota_row *);

#endif /* BASE_QUOTA_H */
