/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A length of time in few characters, for people.
 *
 * Pure.
 */

#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

/* Room for any of them; no more than 6 characters are used. */
#define DURATION_STRLEN 8

/*
 * The two largest units that matter: "57s", "9m57s", "2h05m", "3d04h", "120d".
 * What is left is cut, so that nothing seems to last longer than it did.
 */
char *duration_text(uint64_t ms, char dst[DURATION_STRLEN]);

#endif /* BASE_DURATION_H */
