/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names of limits, and amounts: see limit.h.
 *
 * Pure.
 */

#include <stddef.h>
#include <stdio.h>

#include "base/limit.h"

const char *
limit_kind_name(enum limit_kind kind)
{
	switch (kind) {
	case LIMIT_SOURCE_SESSIONS:
		return "source-sessions";
	case LIMIT_SOURCE_NEW:
		return "source-new";
	case LIMIT_USER_SESSIONS:
		return "user-sessions";
	case LIMIT_ASSOCIATIONS:
		return "associations";
	case LIMIT_SOURCE_ASSOCIATIONS:
		return "source-associations";
	case LIMIT_USER_ASSOCIATIONS:
		return "user-associations";
	case LIMIT_SESSIONS:
		return "sessions";
	case LIMIT_NEW:
		return "new";
	case LIMIT_RATE:
		return "rate";
	case LIMIT_QUOTA:
		return "quota";
	case LIMIT_KIND_MAX:
		break;
	}
	return "?";
}

char *
limit_bytes_text(uint64_t n, char dst[LIMIT_BYTES_STRLEN])
{
	static const char unit[] = "BKMGTPE";
	uint64_t          tenths;
	size_t            i;

	if (n < 10000) {
		(void)snprintf(dst, LIMIT_BYTES_STRLEN, "%u", (unsigned int)n);
		return dst;
	}
	for (i = 0; n >= 1024 * 1024; i++)
		n /= 1024;
	tenths = n * 10 / 1024;
	if (tenths < 1000) {
		(void)snprintf(dst, LIMIT_BYTES_STRLEN, "%u.%u%c",
		    (unsigned int)tenths / 10, (unsigned int)tenths % 10,
		    unit[i + 1]);
	} else {
		(void)snprintf(dst, LIMIT_BYTES_STRLEN, "%u%c",
		    (unsigned int)tenths / 10, unit[i + 1]);
	}
	return dst;
}
