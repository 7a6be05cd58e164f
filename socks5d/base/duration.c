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
 * A length of time in few characters: see duration.h.
 *
 * Pure.  Linked by control, socks5ctl and their tests.
 */

#include <stdio.h>
#include <string.h>

#include "base/duration.h"

/* Beyond this many days the hours do not matter, and then nothing does. */
#define DAYS_WITH_HOURS	100
#define DAYS_MAX	9999

char *
duration_text(uint64_t ms, char dst[DURATION_STRLEN])
{
	uint64_t	s = ms / 1000;
	unsigned int	days, rest;

	if (s / 86400 > DAYS_MAX) {
		(void)strlcpy(dst, ">27y", DURATION_STRLEN);
		return dst;
	}
	days = (unsigned int)(s / 86400);
	rest = (unsigned int)(s % 86400);
	if (days >= DAYS_WITH_HOURS)
		(void)snprintf(dst, DURATION_STRLEN, "%ud", days);
	else if (days != 0)
		(void)snprintf(dst, DURATION_STRLEN, "%ud%02uh",
		    days % DAYS_WITH_HOURS, rest / 3600);
	else if (rest >= 3600)
		(void)snprintf(dst, DURATION_STRLEN, "%uh%02um", rest / 3600,
		    rest % 3600 / 60);
	else if (rest >= 60)
		(void)snprintf(dst, DURATION_STRLEN, "%um%02us", rest / 60,
		    rest % 60);
	else
		(void)snprintf(dst, DURATION_STRLEN, "%us", rest);
	return dst;
}
