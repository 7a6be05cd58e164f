/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The time zone that TZ names, for this process and all others.
 *
 * Children see no files of zones later, so what is handed on to them is a path
 * that they read before, or a rule without one.
 */

#ifndef PARENT_ZONE_H
#define PARENT_ZONE_H

#include <stddef.h>

/* With what may be before it. */
#define ZONE_SIZE 1200

/*
 * What TZ is to be for a value of it, see tzset(3), with files of zones in
 * dir: ":/path", or the rule that it is.  -1 if there is no such zone.
 */
int zone_resolve(const char *value, const char *dir, char *dst, size_t);

/*
 * Makes TZ of the environment such a value, with a warning if it is none, and
 * reads it.  dst has room for ZONE_SIZE and gets "TZ=" and the value.
 */
void zone_init(char *dst, size_t);

#endif /* PARENT_ZONE_H */
