/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The text of socks5d.conf as tokens: a stack of files and macros, keywords,
 * words, strings.
 *
 * Knows no grammar; opens nothing but the files
 * that an include names.  Everything that it hands out lives as long as it
 * does.
 */

#ifndef CONFIG_LEX_H
#define CONFIG_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "config/keyword.h"
#include "config/parse.h"

struct arena;
struct lex;

/* Files inside of files, macros inside of macros, braces inside of braces. */
#define LEX_DEPTH_MAX 16

/* Macros inside of macros in one reading: no pyramid of them runs away. */
#define LEX_EXPAND_MAX 16384

/* One token where it was used: a macro's content stands where the macro is. */
struct lex_word {
	const char *text; /* without quotes; "" for a newline */
	const char *file;
	uint32_t    line;
	int         token;
	int         quoted;
};

/*
 * A lexer without a text; complaints go to report.  NULL with errno.
 */
struct lex *lex_new(parse_report, void *arg);
void        lex_free(struct lex *);

/*
 * A macro that lines "name = value" do not change.  That nobody uses it is
 * warned of, unless it is quiet.  -1 with errno.
 */
int lex_override(struct lex *, const char *name, const char *value, int quiet);

/* The text to read.  0, or -1 after a complaint. */
int lex_open_file(struct lex *, const char *path);
int lex_open_text(struct lex *, const char *text, const char *name);

/*
 * The next token.  A newline ends each line, also the last one of a file; there
 * are none inside braces.  After LEX_BAD the caller should lex_recover().
 */
int lex_next(struct lex *, const struct lex_word **);

/* Skips what is left of the line, so that a newline or the end comes next. */
void lex_recover(struct lex *);

/* Goes on in the named file once this line has ended. */
void lex_include(struct lex *, const struct lex_word *path);

/* What $name stands for from here on. */
void lex_define(struct lex *, const struct lex_word *name, const char *value);

/* Warns of macros that nobody used. */
void lex_finish(struct lex *);

/* Reports "file:line: text" and counts it; the second does not count. */
void lex_error(struct lex *, const struct lex_word *at, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
void lex_error_at(struct lex *, const char *file, uint32_t line,
    const char *text);
void lex_warn(struct lex *, const struct lex_word *at, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
unsigned int lex_errors(const struct lex *);

/* True if the errors may have cost more than a rule or a setting. */
int lex_has_holes(const struct lex *);

/* True if no line was right so far. */
int lex_is_alone(const struct lex *);

/* Reads no more, after a complaint: it is not a text for us at all. */
void lex_give_up(struct lex *);

/*
 * The macro of several words that the last token came from, with its name and
 * place; -1 if there is none.
 */
int lex_macro(const struct lex *, struct lex_word *at);

/* A word for a complaint: as written, but it cannot forge a line. */
const char *lex_shown(struct lex *, const struct lex_word *);

/*
 * The first and second token of this line, the last one read, the one before
 * it and the one before that.
 */
const struct lex_word *lex_first(const struct lex *);
const struct lex_word *lex_second(const struct lex *);
const struct lex_word *lex_last(const struct lex *);
const struct lex_word *lex_before(const struct lex *);
const struct lex_word *lex_before_that(const struct lex *);

/* True if something in this line has been complained about. */
int lex_complained(const struct lex *);

/* Memory that lives as long as the lexer. */
struct arena *lex_arena(struct lex *);

#endif /* CONFIG_LEX_H */
