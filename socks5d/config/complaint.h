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
