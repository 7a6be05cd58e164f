/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lines of text files as people have them: with a byte order mark of UTF-8 in
 * front or without, lines that end with LF, CR LF or CR, and a last one that
 * may have no end.  UTF-16 and UTF-32 are known by their marks and refused by
 * name, for in any other encoding nothing here would mean what was written.
 *
 * Pure.  Whoever reads a text from outside reads it through this; what a line
 * means, and whether blanks at its end do, is the business of the reader.
 */

#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* What the longest mark has, so that so many bytes tell. */
#define TEXT_MARK_MAX 4

/* What is said of a NUL, which is in no text. */
#define TEXT_NUL "NUL byte: not a text file, or not in UTF-8"

struct text {
	const char *p;
	size_t      len;
	size_t      next;  /* where the next line starts */
	size_t      start; /* the line that was read last: */
	size_t      n;     /* its bytes, without its end */
	uint32_t    line;  /* its number, from 1 */
};

/*
 * How many bytes of mark the text starts with, or -1 with why if it is one of
 * another encoding.  Fewer bytes than TEXT_MARK_MAX are the whole text.
 */
int text_mark(const void *, size_t, const char **why);

/* Begins to read the text, which stays the caller's.  0, or -1 with why. */
int text_init(struct text *, const char *, size_t, const char **why);

/* The next line: 1, or 0 at the end. */
int text_next(struct text *);

/* True if the line that was read last has a NUL in it. */
int text_has_nul(const struct text *);

/* Of len bytes, how many are left without blanks and tabs at the end. */
size_t text_trim(const char *, size_t len);

/*
 * Takes the mark away and ends each line with LF, in place, and says how long
 * it is then; behind a text that got shorter is a NUL.  0, or -1 with why and
 * the line that it is in.
 */
int text_plain(char *, size_t *len, const char **why, uint32_t *line);

#endif /* BASE_TEXT_H */
