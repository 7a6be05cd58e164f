/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The kinds of limits on sessions and on what they move, and amounts of bytes
 * as people read them.
 *
 * Pure.
 */

#ifndef BASE_LIMIT_H
#define BASE_LIMIT_H

#include <stdint.h>

enum limit_kind {
	LIMIT_SOURCE_SESSIONS, /* of a "set limit" line; open ones */
	LIMIT_SOURCE_NEW,      /* the same; in a time */
	LIMIT_USER_SESSIONS,   /* the same */
	LIMIT_ASSOCIATIONS,    /* the same; of UDP, in all */
	LIMIT_SOURCE_ASSOCIATIONS,
	LIMIT_USER_ASSOCIATIONS,
	LIMIT_SESSIONS, /* of a rule; open ones */
	LIMIT_NEW,      /* the same; in a time */
	LIMIT_RATE,     /* the same; bytes a second */
	LIMIT_QUOTA,    /* the same; bytes in a day or month */
	LIMIT_KIND_MAX,
};

/* As in the configuration: "source-sessions". */
const char *limit_kind_name(enum limit_kind);

/* "1.2M": at most five characters.  Returns dst, which must have that size. */
#define LIMIT_BYTES_STRLEN 8
char *limit_bytes_text(uint64_t, char dst[LIMIT_BYTES_STRLEN]);

#endif /* BASE_LIMIT_H */
