/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where the lexer's characters come from: a stack of texts, and macros.
 *
 * Knows of characters only what separates them:
 * blanks, joined lines, comments.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/distance.h"
#include "base/text.h"
#include "conf/conf.h"
#include "config/arena.h"
#include "config/complaint.h"
#include "config/file.h"
#include "config/lex.h"
#include "config/source.h"

struct macro {
	TAILQ_ENTRY(macro) entry;
	const char        *name;
	const char        *value; /* NULL: its line was wrong */
	const char        *file;  /* NULL: given from outside */
	uint32_t           line;
	int                used;
	int                quiet; /* may be unused */
};
TAILQ_HEAD(macros, macro);

/* One text: a file (line and name are its own) or a macro. */
struct source {
	SLIST_ENTRY(source) entry;
	const struct macro *macro;
	struct file         file; /* empty for other texts */
	const char         *text;
	size_t              len;
	size_t              pos;
	const char         *name;
	uint32_t            line;
};
SLIST_HEAD(source_stack, source);

struct sources {
	struct complaints  *to;
	struct arena       *arena;
	struct source_stack stack;
	struct macros       macros;
	unsigned int        expanded;
};

static const char    *source_resolve(struct sources *, const char *,
       const struct lex_word *);
static int            source_may_nest(struct sources *, const struct file *,
	       const struct lex_word *);
static struct source *source_push(struct sources *);
static struct macro  *macro_find(struct sources *, const char *);
static struct macro  *macro_use(struct sources *, const struct lex_word *);
static const char    *macro_near(struct sources *, const char *);
static int            source_skip_joint(struct source *);

struct sources *
sources_new(struct complaints *to, struct arena *arena)
{
	struct sources *ss;

	if ((ss = calloc(1, sizeof(*ss))) == NULL)
		return NULL;
	ss->to = to;
	ss->arena = arena;
	SLIST_INIT(&ss->stack);
	TAILQ_INIT(&ss->macros);
	return ss;
}

void
sources_free(struct sources *ss)
{
	if (ss == NULL)
		return;
	while (SLIST_EMPTY(&ss->stack) == 0)
		source_pop(ss);
	free(ss);
}

int
source_push_file(struct sources *ss, const char *path,
    const struct lex_word *at)
{
	struct source  *s;
	struct file     file;
	const char     *name, *why;
	struct lex_word here;

	if ((name = source_resolve(ss, path, at)) == NULL)
		return -1;
	memset(&here, 0, sizeof(here));
	here.file = name;
	if (file_read(&file, name, FILE_OURS, &why) == -1) {
		if (at == NULL)
			complaint_error(ss->to, &here, "%s", why);
		else
			complaint_error(ss->to, at, "include %s: %s", name,
			    why);
		return -1;
	}
	if (text_plain(file.text, &file.len, &why, &here.line) == -1) {
		complaint_error(ss->to, &here, "%s", why);
		file_clear(&file);
		return -1;
	}
	if (source_may_nest(ss, &file, at) == -1 ||
	    (s = source_push(ss)) == NULL) {
		file_clear(&file);
		return -1;
	}
	s->file = file;
	s->text = file.text;
	s->len = file.len;
	s->name = name;
	s->line = 1;
	return 0;
}

/* A relative path starts in the folder of the file that it stands in. */
static const char *
source_resolve(struct sources *ss, const char *path, const struct lex_word *at)
{
	char        name[CONF_PATH_SIZE];
	const char *slash = NULL;
	int         n, dir = 0;

	if (at != NULL && SLIST_FIRST(&ss->stack)->file.text == NULL) {
		complaint_error(ss->to, at,
		    "include %s: only a file can "
		    "include another",
		    complaint_word(ss->to, at));
		return NULL;
	}
	if (at != NULL && path[0] != '/')
		slash = strrchr(at->file, '/');
	if (slash != NULL)
		dir = slash - at->file + 1;
	n = snprintf(name, sizeof(name), "%.*s%s", dir,
	    at == NULL ? "" : at->file, path);
	if (n < 0 || (size_t)n >= sizeof(name)) {
		if (at == NULL)
			complaint_at(ss->to, "config file", 0, "name too long");
		else
			complaint_error(ss->to, at, "include %s: name too long",
			    complaint_word(ss->to, at));
		return NULL;
	}
	return arena_text(ss->arena, name, n);
}

static int
source_may_nest(struct sources *ss, const struct file *file,
    const struct lex_word *at)
{
	struct source *s;
	unsigned int   depth = 0;

	SLIST_FOREACH(s, &ss->stack, entry) {
		depth++;
		if (s->file.text != NULL && s->file.dev == file->dev &&
		    s->file.ino == file->ino) {
			complaint_error(ss->to, at,
			    "include %s: the file "
			    "would include itself",
			    complaint_word(ss->to, at));
			return -1;
		}
	}
	if (depth < LEX_DEPTH_MAX)
		return 0;
	complaint_error(ss->to, at,
	    "include %s: files nested more than %d "
	    "deep",
	    complaint_word(ss->to, at), LEX_DEPTH_MAX);
	return -1;
}

static struct source *
source_push(struct sources *ss)
{
	struct source *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		complaint_at(ss->to, "config", 0, strerror(errno));
		return NULL;
	}
	SLIST_INSERT_HEAD(&ss->stack, s, entry);
	return s;
}

int
source_push_text(struct sources *ss, const char *text, const char *name)
{
	struct source *s;

	if ((s = source_push(ss)) == NULL)
		return -1;
	s->text = text;
	s->len = strlen(text);
	s->name = arena_text(ss->arena, name, strlen(name));
	s->line = 1;
	return s->name == NULL ? -1 : 0;
}

int
source_push_macro(struct sources *ss, const struct lex_word *name)
{
	struct source *s;
	struct macro  *m;
	unsigned int   depth = 0;

	if ((m = macro_use(ss, name)) == NULL)
		return -1;
	SLIST_FOREACH(s, &ss->stack, entry) {
		if (s->macro == m) {
			complaint_error(ss->to, name, "$%s: contains itself",
			    name->text);
			return -1;
		}
		if (s->macro != NULL)
			depth++;
	}
	if (depth >= LEX_DEPTH_MAX) {
		complaint_error(ss->to, name,
		    "$%s: macros nested more than %d "
		    "deep",
		    name->text, LEX_DEPTH_MAX);
		return -1;
	}
	if (depth > 0 && ++ss->expanded > LEX_EXPAND_MAX) {
		if (ss->expanded == LEX_EXPAND_MAX + 1)
			complaint_error(ss->to, name,
			    "$%s: more than %d "
			    "nested macros",
			    name->text, LEX_EXPAND_MAX);
		return -1;
	}
	if ((s = source_push(ss)) == NULL)
		return -1;
	s->macro = m;
	s->text = m->value;
	s->len = strlen(m->value);
	return 0;
}

void
source_pop(struct sources *ss)
{
	struct source *s;

	s = SLIST_FIRST(&ss->stack);
	SLIST_REMOVE_HEAD(&ss->stack, entry);
	file_clear(&s->file);
	free(s);
}

int
source_is_last(const struct sources *ss)
{
	return SLIST_NEXT(SLIST_FIRST(&ss->stack), entry) == NULL;
}

int
source_in_macro(const struct sources *ss)
{
	return SLIST_FIRST(&ss->stack)->macro != NULL;
}

int
source_get(struct sources *ss)
{
	struct source *s;
	int            c;

	s = SLIST_FIRST(&ss->stack);
	if ((c = source_peek(ss)) == SOURCE_END)
		return c;
	s->pos++;
	if (c == '\n')
		s->line++;
	return c;
}

int
source_peek(const struct sources *ss)
{
	const struct source *s;

	s = SLIST_FIRST(&ss->stack);
	return s->pos == s->len ? SOURCE_END : (unsigned char)s->text[s->pos];
}

void
source_unget(struct sources *ss, size_t n)
{
	SLIST_FIRST(&ss->stack)->pos -= n;
}

const char *
source_here(const struct sources *ss)
{
	const struct source *s;

	s = SLIST_FIRST(&ss->stack);
	return s->text + s->pos;
}

size_t
source_left(const struct sources *ss)
{
	const struct source *s;

	s = SLIST_FIRST(&ss->stack);
	return s->len - s->pos;
}

int
source_skip_blanks(struct sources *ss)
{
	struct source *s;
	int            c;

	s = SLIST_FIRST(&ss->stack);
	for (;;) {
		c = source_peek(ss);
		if (c == '#') {
			while (c != '\n' && c != SOURCE_END) {
				s->pos++;
				c = source_peek(ss);
			}
		}
		/* A macro from the environment may hold newlines. */
		if (c == ' ' || c == '\t' || c == '\r' ||
		    (c == '\n' && s->macro != NULL))
			s->pos++;
		else if (c != '\\' || source_skip_joint(s) == 0)
			return c;
	}
}

/* A backslash and a newline; the text ends with a NUL, so looking is safe. */
static int
source_skip_joint(struct source *s)
{
	size_t n = 1;

	if (s->text[s->pos + n] == '\r')
		n++;
	if (s->pos + n >= s->len || s->text[s->pos + n] != '\n')
		return 0;
	s->pos += n + 1;
	s->line++;
	return 1;
}

void
source_where(const struct sources *ss, const char **file, uint32_t *line)
{
	const struct source *s;

	*file = "";
	*line = 0;
	SLIST_FOREACH(s, &ss->stack, entry) {
		if (s->macro == NULL) {
			*file = s->name;
			*line = s->line;
			return;
		}
	}
}

int
source_define(struct sources *ss, const char *name, const char *value,
    const struct lex_word *at)
{
	struct macro *m;

	if ((m = macro_find(ss, name)) != NULL && m->file == NULL && at != NULL)
		return 0;
	if (m == NULL) {
		if ((m = arena_take(ss->arena, sizeof(*m))) == NULL)
			return -1;
		m->name = arena_text(ss->arena, name, strlen(name));
		if (m->name == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&ss->macros, m, entry);
	}
	m->value = NULL;
	if (value != NULL) {
		m->value = arena_text(ss->arena, value, strlen(value));
		if (m->value == NULL)
			return -1;
	}
	m->file = at == NULL ? NULL : at->file;
	m->line = at == NULL ? 0 : at->line;
	return 0;
}

const char *
source_value(struct sources *ss, const struct lex_word *name)
{
	struct macro *m;

	if ((m = macro_use(ss, name)) == NULL)
		return NULL;
	return m->value;
}

static struct macro *
macro_find(struct sources *ss, const char *name)
{
	struct macro *m;

	TAILQ_FOREACH(m, &ss->macros, entry) {
		if (strcmp(m->name, name) == 0)
			return m;
	}
	return NULL;
}

static struct macro *
macro_use(struct sources *ss, const struct lex_word *name)
{
	struct macro *m;

	if ((m = macro_find(ss, name->text)) == NULL) {
		complaint_error(ss->to, name,
		    "$%s: not defined: no line %s = "
		    "\"...\" stands above",
		    name->text, name->text);
		return NULL;
	}
	m->used = 1;
	return m->value == NULL ? NULL : m;
}

int
source_macro(const struct sources *ss, struct lex_word *at)
{
	const struct macro *m = SLIST_FIRST(&ss->stack)->macro;

	if (m == NULL || m->file == NULL || strpbrk(m->value, " ,") == NULL)
		return -1;
	memset(at, 0, sizeof(*at));
	at->text = m->name;
	at->file = m->file;
	at->line = m->line;
	return 0;
}

/* The macro of a file that is named nearly so; NULL if there is none. */
static const char *
macro_near(struct sources *ss, const char *name)
{
	const struct macro *m;
	const char         *best = NULL;
	unsigned int        d, min;

	if (strlen(name) > DISTANCE_LEN_MAX)
		return NULL;
	min = distance_limit(strlen(name));
	TAILQ_FOREACH(m, &ss->macros, entry) {
		if (m->file == NULL || strlen(m->name) > DISTANCE_LEN_MAX)
			continue;
		if ((d = distance(name, m->name)) < min) {
			min = d;
			best = m->name;
		}
	}
	return best;
}

int
source_name_char(int c)
{
	return c > 0 && c < 128 && (isalnum(c) || c == '_');
}

void
source_quiet(struct sources *ss, const char *name)
{
	struct macro *m;

	if ((m = macro_find(ss, name)) != NULL)
		m->quiet = 1;
}

void
source_warn_unused(struct sources *ss, const char *file)
{
	struct macro   *m;
	struct lex_word at;
	const char     *near;

	TAILQ_FOREACH(m, &ss->macros, entry) {
		if (m->used || m->quiet)
			continue;
		memset(&at, 0, sizeof(at));
		if (m->file == NULL) {
			at.file = file;
			near = macro_near(ss, m->name);
			complaint_warn(ss->to, &at,
			    "-D %s: no macro of this "
			    "name is used%s%s%s",
			    m->name, near == NULL ? "" : ": did you mean ",
			    near == NULL ? "" : near, near == NULL ? "" : "?");
			continue;
		}
		at.file = m->file;
		at.line = m->line;
		complaint_warn(ss->to, &at, "%s: macro not used", m->name);
	}
}
