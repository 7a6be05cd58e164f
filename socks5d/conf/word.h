/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Values as the words that the language has for them.
 */

#ifndef CONF_WORD_H
#define CONF_WORD_H

#include <stddef.h>
#include <stdint.h>

/*
 * Times and sizes as the language has them, in the largest unit that needs no
 * fraction.  Both return dst, which must have the size below.
 */
#define CONF_DURATION_STRLEN 16
#define CONF_BYTES_STRLEN    24
char *conf_duration_text(uint32_t ms, char *dst, size_t);
char *conf_bytes_text(uint64_t, char *dst, size_t);

/* "/s", "/m", "/h" for 1000 ms, a minute, an hour. */
const char *conf_per_text(uint32_t ms);

/* "sun" for 0, to "sat" for 6. */
const char *conf_day_name(unsigned int);

#endif /* CONF_WORD_H */
