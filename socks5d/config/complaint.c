/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Complaints about the config in their form, "file:line: what: why".
 *
 * Linked by the parent alone.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/arena.h"
#include "config/complaint.h"

/* Complaints are cut here; a word in them much earlier. */
#define COMPLAINT_MAX	1024
#define WORD_MAX	80

void
complaint(parse_report report, void *arg, const char *file, uint32_t line,
    const char *kind, const char *fmt, va_list ap)
{
	char	text[COMPLAINT_MAX], whole[2 * COMPLAINT_MAX];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (line == 0)
		(void)snprintf(whole, sizeof(whole), "%s: %s%s", file, kind,
		    text);
	else
		(void)snprintf(whole, sizeof(whole), "%s:%u: %s%s", file,
		    line, kind, text);
	report(arg, whole);
}

int
parse_is_warning(const char *line)
{
	return strstr(line, ": warning: ") != NULL;
}

const char *
complaint_word(struct arena *arena, const char *text, int quoted)
{
	const unsigned char	*p = (const unsigned char *)text;
	char			*dst;
	size_t			 n = 0;

	/* The last byte may take four, then come dots, a quote and a NUL. */
	if ((dst = arena_take(arena, WORD_MAX + 10)) == NULL)
		return "?";
	if (quoted)
		dst[n++] = '"';
	for (; *p != '\0' && n < WORD_MAX; p++) {
		if (isascii(*p) && isprint(*p))
			dst[n++] = *p;
		else
			n += snprintf(dst + n, 5, "\\x%02x", *p);
	}
	if (*p != '\0') {
		memcpy(dst + n, "...", 3);
		n += 3;
	}
	if (quoted)
		dst[n++] = '"';
	dst[n] = '\0';
	return dst;
}
