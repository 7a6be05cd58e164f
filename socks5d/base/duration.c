/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A length of time in few characters: see duration.h.
 *
 * Pure.
 */

#include <stdio.h>
#include <string.h>

#include "base/duration.h"

/* Beyond this many days the hours do not matter, and then nothing does. */
#define DAYS_WITH_HOURS 100
#define DAYS_MAX        9999

char *
duration_text(uint64_t ms, char dst[DURATION_STRLEN])
{
	uint64_t     s = ms / 1000;
	unsigned int days, rest;

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
