/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lines of text files: see text.h.
 *
 * Pure.
 */

#include <string.h>

#include "base/text.h"
#include "compat/nitems.h"

/* The longer ones first: that of UTF-32 begins like one of UTF-16. */
static const struct {
	const char *mark;
	size_t      len;
	const char *why; /* NULL: it is skipped */
} marks[] = {
	{ "\xef\xbb\xbf", 3, NULL },
	{ "\xff\xfe\0\0", 4, "text in UTF-32: save it as UTF-8" },
	{ "\0\0\xfe\xff", 4, "text in UTF-32: save it as UTF-8" },
	{ "\xff\xfe", 2, "text in UTF-16: save it as UTF-8" },
	{ "\xfe\xff", 2, "text in UTF-16: save it as UTF-8" },
};

int
text_mark(const void *text, size_t len, const char **why)
{
	size_t i;

	for (i = 0; i < nitems(marks); i++) {
		if (len < marks[i].len ||
		    memcmp(text, marks[i].mark, marks[i].len) != 0)
			continue;
		if (marks[i].why == NULL)
			return (int)marks[i].len;
		*why = marks[i].why;
		return -1;
	}
	return 0;
}

int
text_init(struct text *t, const char *text, size_t len, const char **why)
{
	int mark;

	memset(t, 0, sizeof(*t));
	if (len > 0 && (mark = text_mark(text, len, why)) != 0) {
		if (mark == -1)
			return -1;
		t->next = (size_t)mark;
	}
	t->p = text;
	t->len = len;
	return 0;
}

/* A byte at a time: to look for the far LF at each CR would take for ever. */
int
text_next(struct text *t)
{
	size_t i;

	if (t->next == t->len)
		return 0;
	t->line++;
	t->start = t->next;
	for (i = t->start; i < t->len; i++)
		if (t->p[i] == '\n' || t->p[i] == '\r')
			break;
	t->n = i - t->start;
	if (i < t->len && t->p[i] == '\r' && i + 1 < t->len &&
	    t->p[i + 1] == '\n')
		i++;
	t->next = i < t->len ? i + 1 : i;
	return 1;
}

int
text_has_nul(const struct text *t)
{
	return t->n > 0 && memchr(t->p + t->start, '\0', t->n) != NULL;
}

size_t
text_trim(const char *s, size_t len)
{
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	return len;
}

/* What is written is never before what is read. */
int
text_plain(char *s, size_t *len, const char **why, uint32_t *line)
{
	struct text t;
	size_t      n = 0;

	*line = 1;
	if (text_init(&t, s, *len, why) == -1)
		return -1;
	while (text_next(&t)) {
		if (text_has_nul(&t)) {
			*line = t.line;
			*why = TEXT_NUL;
			return -1;
		}
		if (t.n > 0)
			memmove(s + n, s + t.start, t.n);
		n += t.n;
		/* The last one may have no end. */
		if (t.next > t.start + t.n)
			s[n++] = '\n';
	}
	if (n < *len)
		s[n] = '\0';
	*len = n;
	return 0;
}
