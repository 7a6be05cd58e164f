/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Complaints about the config in their form, "file:line: what: why", and how
 * many there were.
 */

#ifndef CONFIG_COMPLAINT_H
#define CONFIG_COMPLAINT_H

#include <stdarg.h>
#include <stdint.h>

#include "config/parse.h"

struct arena;
struct lex_word;

struct complaints {
	parse_report  report;
	void         *arg;
	struct arena *arena; /* for words that are shown */
	unsigned int  errors;
	unsigned int  holes; /* errors that leave one */
	int           minor; /* one in this line leaves none */
};

/* Reports "file:line: text" and counts it; warnings are not counted. */
void complaint_error(struct complaints *, const struct lex_word *at,
    const char *, ...) __attribute__((__format__(printf, 3, 4)));
void complaint_verror(struct complaints *, const struct lex_word *at,
    const char *, va_list) __attribute__((__format__(printf, 3, 0)));
void complaint_warn(struct complaints *, const struct lex_word *at,
    const char *, ...) __attribute__((__format__(printf, 3, 4)));
void complaint_vwarn(struct complaints *, const struct lex_word *at,
    const char *, va_list) __attribute__((__format__(printf, 3, 0)));

/* Of what has no word; a line of 0 is left out. */
void complaint_at(struct complaints *, const char *file, uint32_t line,
    const char *text);

/* A word as the user wrote it, but cut, and unable to forge a line. */
const char *complaint_word(struct complaints *, const struct lex_word *);

#endif /* CONFIG_COMPLAINT_H */
