/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The text of socks5d.conf as tokens.
 *
 * Pure: characters, words and lines are done here, the texts and macros that
 * they come from in source.c, which reads the files; the grammar and the
 * meaning of words are unknown to both.
 */

#include <sys/types.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compat/nitems.h"
#include "config/arena.h"
#include "config/complaint.h"
#include "config/keyword.h"
#include "config/lex.h"
#include "config/source.h"

struct lex {
	struct arena           arena;
	struct sources        *src;
	struct complaints      complaints;
	unsigned int           taken;      /* lines that were right */
	int                    complained; /* in this line */
	int                    quiet;      /* skipping a bad line */
	int                    dead;       /* out of memory */
	int                    value;      /* right of "name =" */
	unsigned int           depth;      /* of open braces */
	const struct lex_word *brace;      /* the outermost of them */
	int                    crossed;    /* a newline inside braces */
	int                    pushed;     /* the newline is read again */
	const struct lex_word *include;    /* at the end of this line */
	const char            *file;       /* where this token starts */
	uint32_t               line;
	const struct lex_word *first;
	const struct lex_word *second;
	const struct lex_word *last;
	const struct lex_word *before;
	const struct lex_word *before_that;
	struct lex_word        none; /* before any token */
};

static int lex_read(struct lex *);
static int lex_start(struct lex *, const char *);
static int lex_end(struct lex *);
static int lex_newline(struct lex *);
static int lex_char(struct lex *, int);
static int lex_byte(struct lex *, int);
static int lex_brace(struct lex *);
static int lex_string(struct lex *);
static int lex_table(struct lex *);
static int lex_dollar(struct lex *);
static int lex_bare(struct lex *);
static int lex_unclosed(struct lex *);
static int lex_token(struct lex *, int, const char *, size_t, int);
static int lex_refuse(struct lex *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));
static int    lex_is_minor(int);
static int    lex_memory(struct lex *);
static size_t string_room(const char *, size_t);
static int    bare_char(int);

struct lex *
lex_new(parse_report report, void *arg)
{
	struct lex *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	arena_init(&l->arena);
	l->complaints.report = report;
	l->complaints.arg = arg;
	l->complaints.arena = &l->arena;
	if ((l->src = sources_new(&l->complaints, &l->arena)) == NULL) {
		free(l);
		return NULL;
	}
	l->none.text = "";
	l->none.file = "";
	l->none.token = '\n';
	l->first = l->second = l->last = &l->none;
	l->before = l->before_that = &l->none;
	return l;
}

void
lex_free(struct lex *l)
{
	if (l == NULL)
		return;
	sources_free(l->src);
	arena_clear(&l->arena);
	free(l);
}

int
lex_override(struct lex *l, const char *name, const char *value, int quiet)
{
	if (source_define(l->src, name, value, NULL) == -1)
		return -1;
	if (quiet)
		source_quiet(l->src, name);
	return 0;
}

int
lex_open_file(struct lex *l, const char *path)
{
	return source_push_file(l->src, path, NULL);
}

int
lex_open_text(struct lex *l, const char *text, const char *name)
{
	return source_push_text(l->src, text, name);
}

int
lex_next(struct lex *l, const struct lex_word **word)
{
	const struct lex_word *path;
	int                    token;

	if (l->pushed) {
		l->pushed = 0;
		token = l->last->token;
	} else {
		if (l->last->token == '\n' && (path = l->include) != NULL) {
			l->include = NULL;
			(void)source_push_file(l->src, path->text, path);
		}
		token = lex_read(l);
	}
	*word = l->last;
	return token;
}

/*
 * Reads one token into l->last.  Each of the functions below returns the
 * token that it has made, or -1 if it has only moved on.
 */
static int
lex_read(struct lex *l)
{
	int c, token;

	l->crossed = 0;
	for (token = -1; token == -1;) {
		if (l->dead)
			return lex_token(l, LEX_END, "", 0, 0);
		c = source_skip_blanks(l->src);
		source_where(l->src, &l->file, &l->line);
		if (c == SOURCE_END)
			token = lex_end(l);
		else if (c == '\n')
			token = lex_newline(l);
		else
			token = lex_char(l, c);
	}
	return token;
}

/* At the end of a text: a missing newline, the text that it was in, the end. */
static int
lex_end(struct lex *l)
{
	if (source_in_macro(l->src)) {
		source_pop(l->src);
		return -1;
	}
	if (l->depth > 0)
		return lex_unclosed(l);
	if (l->last->token != '\n')
		return lex_token(l, '\n', "", 0, 0);
	if (source_is_last(l->src))
		return lex_token(l, LEX_END, "", 0, 0);
	source_pop(l->src);
	return -1;
}

static int
lex_newline(struct lex *l)
{
	int token = -1;

	/* The token first: it stands in the line that it ends. */
	if (l->depth == 0)
		token = lex_token(l, '\n', "", 0, 0);
	else
		l->crossed = 1;
	source_get(l->src);
	return token;
}

static int
lex_char(struct lex *l, int c)
{
	char text[2];

	if (c == '"')
		return lex_string(l);
	if (c == '<')
		return lex_table(l);
	if (c == '$')
		return lex_dollar(l);
	if (bare_char(c))
		return lex_bare(l);
	source_get(l->src);
	text[0] = c;
	text[1] = '\0';
	if (c == '{')
		return lex_brace(l);
	if (c == '}' && l->depth > 0)
		l->depth--;
	if (c == '}' || c == ',' || c == '!')
		return lex_token(l, c, text, 1, 0);
	if (c == '\\')
		return lex_refuse(l,
		    "\\: only at the end of a line, which it "
		    "joins with the next one");
	if (c == '=')
		return lex_refuse(l,
		    "=: only after the first word of a "
		    "line, as in name = \"value\"");
	if (isprint(c))
		return lex_refuse(l,
		    "%c: unexpected character; text that "
		    "has it needs \"quotes\"",
		    c);
	return lex_byte(l, c);
}

/* Text that went through a word processor or a web page. */
static int
lex_byte(struct lex *l, int c)
{
	static const struct {
		const char *bytes;
		const char *why;
	} typeset[] = {
		{ "\xe2\x80\x98", "a typographic quote: write \"" },
		{ "\xe2\x80\x99", "a typographic quote: write \"" },
		{ "\xe2\x80\x9a", "a typographic quote: write \"" },
		{ "\xe2\x80\x9c", "a typographic quote: write \"" },
		{ "\xe2\x80\x9d", "a typographic quote: write \"" },
		{ "\xe2\x80\x9e", "a typographic quote: write \"" },
		{ "\xc2\xab", "a typographic quote: write \"" },
		{ "\xc2\xbb", "a typographic quote: write \"" },
		{ "\xe2\x80\x93", "a typographic dash: write -" },
		{ "\xe2\x80\x94", "a typographic dash: write -" },
		{ "\xc2\xa0", "a non-breaking space: write a blank" },
	};
	const char *rest = source_here(l->src);
	size_t      i, n;

	for (i = 0; i < nitems(typeset); i++) {
		n = strlen(typeset[i].bytes) - 1;
		if (c == (unsigned char)typeset[i].bytes[0] &&
		    source_left(l->src) >= n &&
		    memcmp(rest, typeset[i].bytes + 1, n) == 0)
			return lex_refuse(l, "byte 0x%02x: %s", (unsigned int)c,
			    typeset[i].why);
	}
	return lex_refuse(l,
	    "byte 0x%02x: not allowed outside of "
	    "\"quotes\"",
	    (unsigned int)c);
}

/* Counted even if it is one too many, for its } will come. */
static int
lex_brace(struct lex *l)
{
	if (l->depth++ >= LEX_DEPTH_MAX)
		return lex_refuse(l, "{: nested more than %d deep",
		    LEX_DEPTH_MAX);
	(void)lex_token(l, '{', "{", 1, 0);
	if (l->depth == 1)
		l->brace = l->last;
	return '{';
}

/*
 * Inside the quotes \" and \\ are the character after the backslash; a
 * backslash at the end of the line joins it with the next one.
 */
static int
lex_string(struct lex *l)
{
	char  *text;
	size_t len, size;
	int    c;

	source_get(l->src);
	size = string_room(source_here(l->src), source_left(l->src));
	if ((text = arena_take(&l->arena, size + 1)) == NULL)
		return lex_memory(l);
	for (len = 0; (c = source_peek(l->src)) != '"'; len++) {
		if (c == SOURCE_END || c == '\n')
			return lex_refuse(l,
			    "\": no closing quote in "
			    "this line");
		source_get(l->src);
		if (c == '\\') {
			c = source_peek(l->src);
			if (c == '\n') {
				source_get(l->src);
				len--;
				continue;
			}
			if (c == '"' || c == '\\')
				source_get(l->src);
			else
				c = '\\';
		}
		if (c == '\0')
			return lex_refuse(l, "byte 0x00: not allowed");
		text[len] = c;
	}
	source_get(l->src);
	return lex_token(l, LEX_WORD, text, len, 1);
}

/* Enough for the string that starts here. */
static size_t
string_room(const char *p, size_t left)
{
	size_t n;

	for (n = 0; n < left && p[n] != '"'; n++) {
		if (p[n] == '\\' && n + 1 < left)
			n++;
		else if (p[n] == '\n')
			break;
	}
	return n;
}

static int
lex_table(struct lex *l)
{
	const char *start;
	size_t      len = 1;

	start = source_here(l->src);
	source_get(l->src);
	while (bare_char(source_peek(l->src))) {
		source_get(l->src);
		len++;
	}
	if (len == 1 || source_peek(l->src) != '>')
		return lex_refuse(l, "<: no table name and > follow");
	source_get(l->src);
	return lex_token(l, LEX_TABLE, start, len + 1, 0);
}

/* To the right of a "name =" a macro is its text, elsewhere its tokens. */
static int
lex_dollar(struct lex *l)
{
	const char     *start, *value;
	struct lex_word at;
	char            name[SOURCE_NAME_SIZE];
	size_t          len = 0;

	source_get(l->src);
	start = source_here(l->src);
	while (source_name_char(source_peek(l->src))) {
		source_get(l->src);
		len++;
	}
	if (len == 0 || len >= sizeof(name))
		return lex_refuse(l,
		    "$: no macro name of 1 to %zu letters, "
		    "digits or _ follows",
		    sizeof(name) - 1);
	memcpy(name, start, len);
	name[len] = '\0';
	if (l->quiet)
		return lex_token(l, LEX_WORD, name, len, 1);
	memset(&at, 0, sizeof(at));
	at.text = name;
	at.file = l->file;
	at.line = l->line;
	if (l->value) {
		if ((value = source_value(l->src, &at)) == NULL)
			return lex_token(l, LEX_BAD, name, len, 0);
		return lex_token(l, LEX_WORD, value, strlen(value), 1);
	}
	if (source_push_macro(l->src, &at) == -1)
		return lex_token(l, LEX_BAD, name, len, 0);
	return -1;
}

static int
lex_bare(struct lex *l)
{
	const struct keyword *k;
	const char           *start;
	char                 *text;
	size_t                len = 0;

	start = source_here(l->src);
	while (bare_char(source_peek(l->src))) {
		source_get(l->src);
		len++;
	}
	if ((text = arena_text(&l->arena, start, len)) == NULL)
		return lex_memory(l);
	if (lex_start(l, text)) {
		if (l->depth > 0) {
			source_unget(l->src, len);
			return lex_unclosed(l);
		}
		if (source_skip_blanks(l->src) == '=') {
			source_get(l->src);
			l->value = 1;
			return lex_token(l, LEX_MACRO, text, len, 0);
		}
	}
	if (l->value)
		return lex_token(l, LEX_WORD, text, len, 0);
	if ((k = keyword_find(text)) != NULL)
		return lex_token(l, k->token, text, len, 0);
	if (keyword_later(text) != NULL)
		return lex_token(l, LEX_LATER, text, len, 0);
	return lex_token(l, LEX_WORD, text, len, 0);
}

/*
 * True for the first word of a line.  Inside braces that is one which can
 * only begin a line or has a "=" behind it, so that a missing } costs one line
 * and not the rest of the file.
 */
static int
lex_start(struct lex *l, const char *text)
{
	const struct keyword *k;
	const char           *p;

	if (source_in_macro(l->src))
		return 0;
	if (l->depth == 0)
		return l->last->token == '\n';
	if (l->crossed == 0)
		return 0;
	p = source_here(l->src);
	p += strspn(p, " \t");
	return *p == '=' || ((k = keyword_find(text)) != NULL && k->starts);
}

static int
lex_unclosed(struct lex *l)
{
	const struct lex_word *brace = l->brace;

	l->depth = 0;
	if (l->quiet == 0 && l->complained == 0) {
		l->complained = 1;
		lex_error(l, brace, "{: no } closes it");
	}
	return lex_token(l, '\n', "", 0, 0);
}

/* Makes the token, remembers it as the last one and returns it. */
static int
lex_token(struct lex *l, int token, const char *text, size_t len, int quoted)
{
	struct lex_word *w;
	char            *copy;

	w = arena_take(&l->arena, sizeof(*w));
	copy = arena_text(&l->arena, text, len);
	if (w == NULL || copy == NULL) {
		(void)lex_memory(l);
		l->none.token = LEX_END;
		l->last = &l->none;
		return LEX_END;
	}
	w->text = copy;
	w->token = token;
	w->quoted = quoted;
	w->file = l->file;
	w->line = l->line;
	if (l->last->token == '\n' && token != '\n') {
		l->first = w;
		l->second = &l->none;
		l->complaints.minor = lex_is_minor(token);
		l->complained = token == LEX_BAD;
	} else if (l->last == l->first)
		l->second = w;
	if (token == LEX_BAD)
		l->complained = 1;
	if (token == '\n') {
		l->value = 0;
		if (l->quiet == 0 && l->complained == 0 &&
		    l->first->token != '\n')
			l->taken++;
	}
	l->before_that = l->before;
	l->before = l->last;
	l->last = w;
	return token;
}

/* Complains about what stands here, unless the line is skipped anyway. */
static int
lex_refuse(struct lex *l, const char *fmt, ...)
{
	va_list ap;
	int     token;

	token = lex_token(l, LEX_BAD, "", 0, 0);
	if (l->quiet == 0) {
		va_start(ap, fmt);
		complaint_verror(&l->complaints, l->last, fmt, ap);
		va_end(ap);
	}
	return token;
}

/* Errors in lines of these kinds leave listeners and names complete. */
static int
lex_is_minor(int token)
{
	switch (token) {
	case LEX_SET:
	case LEX_RESOLVER:
	case LEX_CONTROL:
	case LEX_LOG:
	case LEX_PASS:
	case LEX_BLOCK:
		return 1;
	default:
		return 0;
	}
}

/* Nothing can go on: the text seems to end here, and that is an error. */
static int
lex_memory(struct lex *l)
{
	if (l->dead == 0) {
		l->dead = 1;
		l->complaints.errors++;
		l->complaints.holes++;
		l->complaints.report(l->complaints.arg, strerror(ENOMEM));
	}
	return -1;
}

void
lex_recover(struct lex *l)
{
	l->include = NULL;
	if (l->last->token == '\n') {
		if (l->taken > 0)
			l->taken--;
		return;
	}
	l->quiet = 1;
	while (l->last->token != '\n' && l->last->token != LEX_END)
		(void)lex_read(l);
	l->quiet = 0;
	/* The parser has not seen this newline yet. */
	l->pushed = 1;
}

void
lex_include(struct lex *l, const struct lex_word *path)
{
	l->include = path;
}

void
lex_define(struct lex *l, const struct lex_word *name, const char *value)
{
	if (source_define(l->src, name->text, value, name) == -1)
		(void)lex_memory(l);
}

void
lex_finish(struct lex *l)
{
	source_warn_unused(l->src, l->last->file);
}

void
lex_error(struct lex *l, const struct lex_word *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complaint_verror(&l->complaints, at, fmt, ap);
	va_end(ap);
}

void
lex_error_at(struct lex *l, const char *file, uint32_t line, const char *text)
{
	complaint_at(&l->complaints, file, line, text);
}

void
lex_warn(struct lex *l, const struct lex_word *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complaint_vwarn(&l->complaints, at, fmt, ap);
	va_end(ap);
}

unsigned int
lex_errors(const struct lex *l)
{
	return l->complaints.errors;
}

int
lex_has_holes(const struct lex *l)
{
	return l->complaints.holes > 0;
}

int
lex_is_alone(const struct lex *l)
{
	return l->taken == 0;
}

void
lex_give_up(struct lex *l)
{
	l->dead = 1;
}

int
lex_macro(const struct lex *l, struct lex_word *at)
{
	return source_macro(l->src, at);
}

const char *
lex_shown(struct lex *l, const struct lex_word *word)
{
	return complaint_word(&l->complaints, word);
}

const struct lex_word *
lex_first(const struct lex *l)
{
	return l->first;
}

const struct lex_word *
lex_second(const struct lex *l)
{
	return l->second;
}

const struct lex_word *
lex_last(const struct lex *l)
{
	return l->last;
}

const struct lex_word *
lex_before(const struct lex *l)
{
	return l->before;
}

const struct lex_word *
lex_before_that(const struct lex *l)
{
	return l->before_that;
}

int
lex_complained(const struct lex *l)
{
	return l->complained;
}

struct arena *
lex_arena(struct lex *l)
{
	return &l->arena;
}

/* What a bare word is made of; all the rest ends it. */
static int
bare_char(int c)
{
	return c > 0 && c < 128 &&
	    (isalnum(c) || strchr("*+-./:@_%~^&?;[]", c) != NULL);
}
