/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Complaints about the config: see complaint.h.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/arena.h"
#include "config/complaint.h"
#include "config/lex.h"

/* Complaints are cut here; a word in them much earlier. */
#define COMPLAINT_MAX 1024
#define WORD_MAX      80

static void complaint(struct complaints *, const struct lex_word *,
    const char *, const char *, va_list)
    __attribute__((__format__(printf, 4, 0)));

void
complaint_error(struct complaints *c, const struct lex_word *at,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complaint_verror(c, at, fmt, ap);
	va_end(ap);
}

void
complaint_verror(struct complaints *c, const struct lex_word *at,
    const char *fmt, va_list ap)
{
	complaint(c, at, "", fmt, ap);
	c->errors++;
	if (c->minor == 0)
		c->holes++;
}

void
complaint_at(struct complaints *c, const char *file, uint32_t line,
    const char *text)
{
	struct lex_word at;

	memset(&at, 0, sizeof(at));
	at.file = file;
	at.line = line;
	complaint_error(c, &at, "%s", text);
}

void
complaint_warn(struct complaints *c, const struct lex_word *at, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	complaint_vwarn(c, at, fmt, ap);
	va_end(ap);
}

void
complaint_vwarn(struct complaints *c, const struct lex_word *at,
    const char *fmt, va_list ap)
{
	complaint(c, at, "warning: ", fmt, ap);
}

static void
complaint(struct complaints *c, const struct lex_word *at, const char *kind,
    const char *fmt, va_list ap)
{
	char text[COMPLAINT_MAX], whole[2 * COMPLAINT_MAX];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	if (at->line == 0)
		(void)snprintf(whole, sizeof(whole), "%s: %s%s", at->file, kind,
		    text);
	else
		(void)snprintf(whole, sizeof(whole), "%s:%u: %s%s", at->file,
		    at->line, kind, text);
	c->report(c->arg, whole);
}

int
parse_is_warning(const char *line)
{
	return strstr(line, ": warning: ") != NULL;
}

const char *
complaint_word(struct complaints *c, const struct lex_word *word)
{
	const unsigned char *p = (const unsigned char *)word->text;
	char                *dst;
	size_t               n = 0;

	if (word->token == '\n' || word->token == LEX_END)
		return "end of line";
	/* The last byte may take four, then come dots, a quote and a NUL. */
	if ((dst = arena_take(c->arena, WORD_MAX + 10)) == NULL)
		return "?";
	if (word->quoted)
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
	if (word->quoted)
		dst[n++] = '"';
	dst[n] = '\0';
	return dst;
}
