/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


/*
 * Used quota: the periods it is counted in, and lines of text that say how
 * much it is, in a file and between processes.
 *
 * Pure.  Linked by the router, which counts, and by the parent, which keeps
 * the file.
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
#define QUOTA_PERIOD_SIZE	11
#define QUOTA_RULE_SIZE		64
#define QUOTA_LINE_SIZE		1400

/* So many lines are kept, of the router as of the file. */
#define QUOTA_ROWS_MAX		65536

struct quota_row {
	char		period[QUOTA_PERIOD_SIZE];
	char		rule[QUOTA_RULE_SIZE];	/* never empty */
	char		user[LOGIN_NAME_SIZE];	/* "" for all together */
	uint64_t	bytes;
};

/* The period of that time in the zone of this host; month or day. */
void	quota_period(time_t, int month, char dst[QUOTA_PERIOD_SIZE]);

/* True if the period was over at that time. */
int	quota_is_over(const char *period, time_t);

/*
 * Writes the line with its newline and returns its length, 0 if it does not
 * fit; QUOTA_LINE_SIZE is enough for any.
 */
size_t	quota_line_put(char *, size_t, const struct quota_row *);

/* Reads one, of so many bytes without the newline; -1 if it is none. */
int	quota_line_get(const char *, size_t, struct quota_row *);

#endif /* BASE_QUOTA_H */
