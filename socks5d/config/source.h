/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where the lexer's characters come from: a stack of files, included ones and
 * macros, and the macros themselves.
 *
 * lex.c is the only user.
 */

#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct complaints;
struct lex_word;
struct sources;

#define SOURCE_END       (-1) /* no character is left in this text */
#define SOURCE_NAME_SIZE 64   /* of a macro's name, with its NUL */

/* Names and values go to the arena. */
struct sources *sources_new(struct complaints *, struct arena *);
void            sources_free(struct sources *);

/*
 * These put a text on top.  at is the word that asked for it, or NULL for the
 * outermost file.  0, or -1 after a complaint.
 */
int source_push_file(struct sources *, const char *path,
    const struct lex_word *at);
int source_push_text(struct sources *, const char *text, const char *name);
int source_push_macro(struct sources *, const struct lex_word *);

/* Leaves the text on top; never called on the last one. */
void source_pop(struct sources *);
int  source_is_last(const struct sources *);
int  source_in_macro(const struct sources *);

/* The next character of the text on top, taken or only looked at. */
int  source_get(struct sources *);
int  source_peek(const struct sources *);
void source_unget(struct sources *, size_t n);

/* The text from the next character on, and how much there is of it. */
const char *source_here(const struct sources *);
size_t      source_left(const struct sources *);

/* Passes by blanks, joined lines and a comment; then source_peek(). */
int source_skip_blanks(struct sources *);

/* File and line of what is read: a macro stands where it is used. */
void source_where(const struct sources *, const char **file, uint32_t *line);

/*
 * Defines a macro, from the file if at is not NULL.  A NULL value stands for
 * one whose definition was wrong.  -1 with errno.
 */
int source_define(struct sources *, const char *name, const char *value,
    const struct lex_word *at);

/* A macro's value; NULL, after a complaint where one is due. */
const char *source_value(struct sources *, const struct lex_word *name);

/*
 * The macro that is read now, if it stands in a file and has several words: its
 * name and place.  -1 if there is none.
 */
int source_macro(const struct sources *, struct lex_word *at);

/* Characters of a macro's name. */
int source_name_char(int);

/* Of macros that nobody used; of those from outside at that file. */
void source_warn_unused(struct sources *, const char *file);
void source_quiet(struct sources *, const char *name);

#endif /* CONFIG_SOURCE_H */
