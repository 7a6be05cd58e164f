/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Complaints about the config in their form.  Linked by the parent alone.
 */

#ifndef CONFIG_COMPLAINT_H
#define CONFIG_COMPLAINT_H

#include <stdarg.h>
#include <stdint.h>

#include "config/parse.h"

struct arena;

/* Reports "file:line: kind text"; the line is left out if it is 0. */
void		 complaint(parse_report, void *arg, const char *file,
		    uint32_t line, const char *kind, const char *fmt, va_list)
		    __attribute__((__format__(printf, 6, 0)));

/* A word as the user wrote it, but cut, and unable to forge a line. */
const char	*complaint_word(struct arena *, const char *text, int quoted);

#endif /* CONFIG_COMPLAINT_H */
