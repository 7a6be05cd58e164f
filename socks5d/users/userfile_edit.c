/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One change of the file of users: see userfile.h.
 *
 * Pure.  The file is the admin's: only the line of the user in question is
 * ever written anew, and of it only the part that changes.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "users/userfile.h"
#include "users/userline.h"

/* Name, hash and options of the longest line that is right, and colons. */
#define LINE_SIZE (LOGIN_NAME_SIZE + HASH_SETTING_SIZE + USER_OPTIONS_SIZE)

static const char disabled[] = "disabled";

/* The kinds of options that have a value. */
static const char valued[] = "groups=,expires=,from=";

struct editor {
	const char                 *text;
	size_t                      len;
	const struct msg_user_edit *edit;

	/* The user's line, or the place for it: behind the last one. */
	size_t      start;
	size_t      end;             /* without the newline */
	size_t      next;            /* with it */
	const char *newline;         /* as in this file */
	int         open;            /* the last line has none */
	uint32_t    number;          /* 0: there is none */
	char        line[LINE_SIZE]; /* new */
	size_t      linelen;
	const char *why;
};

static int         editor_find(struct editor *);
static const char *newline_of(const struct text *);
static int         editor_line(struct editor *);
static void        line_add(struct editor *, const char *, size_t);
static void        line_str(struct editor *, const char *);
static void        line_options(struct editor *, const char *, size_t);
static void        line_set(struct editor *, const char *, size_t);
static void line_kind(struct editor *, const char *, size_t, const char **);
static const char *next_option(const char **, const char *, size_t *);
static int         kind_among(const char *, const char *, const char *, size_t);
static int         takes_away(const char *, size_t);
static int         kind_same(const char *, size_t, const char *, size_t);
static int         editor_is_same(const struct editor *);
static int         editor_check(struct editor *);
static int         editor_write(const struct editor *, char **, size_t *);
static enum userfile_edit editor_end(struct editor *, enum userfile_edit,
    char *);

enum userfile_edit
userfile_edit(const char *text, size_t len, const struct msg_user_edit *edit,
    char **out, size_t *outlen, char *why)
{
	struct editor ed;

	memset(&ed, 0, sizeof(ed));
	ed.text = text;
	ed.len = len;
	ed.edit = edit;
	if (editor_find(&ed) == -1)
		return editor_end(&ed, USERFILE_EDIT_REFUSED, why);
	if (edit->op == USER_ADD && ed.number != 0)
		ed.why = "already exists";
	if (edit->op != USER_ADD && ed.number == 0)
		ed.why = "no such user";
	if (ed.why != NULL ||
	    (edit->op != USER_DELETE &&
		(editor_line(&ed) == -1 || editor_check(&ed) == -1)))
		return editor_end(&ed, USERFILE_EDIT_REFUSED, why);
	if (editor_is_same(&ed))
		return editor_end(&ed, USERFILE_EDIT_NOTHING, why);
	if (editor_write(&ed, out, outlen) == -1)
		return editor_end(&ed, USERFILE_EDIT_MEMORY, why);
	if (*outlen > USERFILE_SIZE_MAX)
		ed.why = "the file would be too long";
	else if (text_mark(*out, *outlen, &ed.why) !=
	    text_mark(text, len, &ed.why))
		ed.why = "the next line begins with a byte order mark";
	if (ed.why != NULL) {
		freezero(*out, *outlen);
		return editor_end(&ed, USERFILE_EDIT_REFUSED, why);
	}
	return editor_end(&ed, USERFILE_EDITED, why);
}

/* Says why, and leaves no hash on the stack. */
static enum userfile_edit
editor_end(struct editor *ed, enum userfile_edit result, char *why)
{
	char name[96];

	why[0] = '\0';
	if (result == USERFILE_EDIT_REFUSED)
		(void)snprintf(why, USERFILE_WHY_SIZE, "user %s: %s",
		    log_escape(name, sizeof(name), ed->edit->name,
			strlen(ed->edit->name)),
		    ed->why);
	explicit_bzero(ed, sizeof(*ed));
	return result;
}

static int
editor_find(struct editor *ed)
{
	const char *name = ed->edit->name, *line;
	size_t      len = strlen(name);
	struct text t;

	ed->start = ed->end = ed->next = ed->len;
	ed->newline = "\n";
	if (text_init(&t, ed->text, ed->len, &ed->why) == -1)
		return -1;
	while (text_next(&t)) {
		line = ed->text + t.start;
		if (t.line == 1)
			ed->newline = newline_of(&t);
		ed->open = t.next == t.start + t.n;
		if (t.n <= len || line[len] != ':' ||
		    memcmp(line, name, len) != 0 ||
		    userline_is_user(line, t.n) == 0)
			continue;
		if (ed->number != 0) {
			ed->why = "exists twice";
			return -1;
		}
		ed->start = t.start;
		ed->end = t.start + text_trim(line, t.n);
		ed->next = t.next;
		ed->number = t.line;
	}
	return 0;
}

/* What the line that was read ends with. */
static const char *
newline_of(const struct text *t)
{
	size_t end = t->start + t->n;

	if (end == t->next || t->p[end] == '\n')
		return "\n";
	return t->next - end == 2 ? "\r\n" : "\r";
}

/* Makes the new line; -1 if it gets too long. */
static int
editor_line(struct editor *ed)
{
	const struct msg_user_edit *e = ed->edit;
	const char                 *hash, *opt, *end;

	line_str(ed, e->name);
	line_str(ed, ":");
	if (e->op == USER_ADD) {
		line_str(ed, e->hash);
		if (e->options[0] != '\0')
			line_str(ed, ":");
		line_str(ed, e->options);
	} else {
		end = ed->text + ed->end;
		hash = ed->text + ed->start + strlen(e->name) + 1;
		if ((opt = memchr(hash, ':', (size_t)(end - hash))) == NULL)
			opt = end;
		if (e->op == USER_PASSWD)
			line_str(ed, e->hash);
		else
			line_add(ed, hash, (size_t)(opt - hash));
		if (e->op == USER_SET)
			line_set(ed, opt, (size_t)(end - opt));
		else
			line_options(ed, opt, (size_t)(end - opt));
	}
	if (ed->why != NULL)
		return -1;
	if (ed->linelen < sizeof(ed->line))
		return 0;
	ed->why = "its line would be too long";
	return -1;
}

/* Counts what has no room, too. */
static void
line_add(struct editor *ed, const char *s, size_t len)
{
	if (ed->linelen + len < sizeof(ed->line))
		memcpy(ed->line + ed->linelen, s, len);
	ed->linelen += len;
}

static void
line_str(struct editor *ed, const char *s)
{
	line_add(ed, s, strlen(s));
}

/* Copies options with their colon, and with or without "disabled". */
static void
line_options(struct editor *ed, const char *s, size_t len)
{
	const char  *end = s + len, *comma, *between = ":";
	enum user_op op = ed->edit->op;
	size_t       n = sizeof(disabled) - 1;

	if (op == USER_PASSWD) {
		line_add(ed, s, len);
		return;
	}
	for (; s < end; s = comma) {
		s++; /* the colon, a comma */
		if ((comma = memchr(s, ',', (size_t)(end - s))) == NULL)
			comma = end;
		if (comma == s ||
		    ((size_t)(comma - s) == n && memcmp(s, disabled, n) == 0))
			continue;
		line_str(ed, between);
		line_add(ed, s, (size_t)(comma - s));
		between = ",";
	}
	if (op == USER_DISABLE) {
		line_str(ed, between);
		line_str(ed, disabled);
	}
}

/*
 * Copies options with their colon.  Where the first one of a kind was that is
 * to change, there stand the new ones; new kinds come behind.
 */
static void
line_set(struct editor *ed, const char *s, size_t len)
{
	const char *new = ed->edit->options, *newend, *end = s + len;
	const char *between = ":", *at, *o;
	size_t      n;

	newend = new + strlen(new);
	for (at = new; (o = next_option(&at, newend, &n)) != NULL;) {
		if (takes_away(o, n) &&
		    kind_among(valued, valued + strlen(valued), o, n) == 0)
			ed->why = userline_unknown(o, n);
		/* A script whose variable is empty does not mean that. */
		if (o[n - 1] == '=' &&
		    kind_among(valued, valued + strlen(valued), o, n) != 0)
			ed->why = "an option without a value: write - as its "
				  "value to remove it";
	}
	if (s < end)
		s++; /* the colon */
	for (at = s; (o = next_option(&at, end, &n)) != NULL;) {
		if (kind_among(new, newend, o, n) == 0) {
			line_str(ed, between);
			line_add(ed, o, n);
			between = ",";
		} else if (kind_among(s, o, o, n) == 0)
			line_kind(ed, o, n, &between);
	}
	for (at = new; (o = next_option(&at, newend, &n)) != NULL;)
		if (kind_among(s, end, o, n) == 0 &&
		    kind_among(new, o, o, n) == 0)
			line_kind(ed, o, n, &between);
}

/* All new options of the kind of this one that have a value. */
static void
line_kind(struct editor *ed, const char *of, size_t len, const char **between)
{
	const char *at = ed->edit->options, *end, *o;
	size_t      n;

	end = at + strlen(at);
	while ((o = next_option(&at, end, &n)) != NULL) {
		if (kind_same(o, n, of, len) == 0 || takes_away(o, n))
			continue;
		line_str(ed, *between);
		line_add(ed, o, n);
		*between = ",";
	}
}

/* Of "a,b,,c" the next that is not empty; NULL behind the last. */
static const char *
next_option(const char **at, const char *end, size_t *len)
{
	const char *o, *comma;

	while (*at < end && **at == ',')
		(*at)++;
	if ((o = *at) >= end)
		return NULL;
	if ((comma = memchr(o, ',', (size_t)(end - o))) == NULL)
		comma = end;
	*len = (size_t)(comma - o);
	*at = comma;
	return o;
}

static int
kind_among(const char *at, const char *end, const char *of, size_t len)
{
	const char *o;
	size_t      n;

	while ((o = next_option(&at, end, &n)) != NULL)
		if (kind_same(o, n, of, len))
			return 1;
	return 0;
}

/* Its value is "-". */
static int
takes_away(const char *o, size_t n)
{
	return n >= 2 && o[n - 1] == '-' && memchr(o, '=', n) == o + n - 2;
}

/* The same up to "=", or as a whole if there is none. */
static int
kind_same(const char *a, size_t alen, const char *b, size_t blen)
{
	const char *eq;

	if ((eq = memchr(a, '=', alen)) != NULL)
		alen = (size_t)(eq - a) + 1;
	if ((eq = memchr(b, '=', blen)) != NULL)
		blen = (size_t)(eq - b) + 1;
	return alen == blen && memcmp(a, b, alen) == 0;
}

/* A change that changes nothing; passwords are never the same. */
static int
editor_is_same(const struct editor *ed)
{
	return ed->edit->op != USER_ADD && ed->edit->op != USER_DELETE &&
	    ed->edit->op != USER_PASSWD && ed->linelen == ed->end - ed->start &&
	    memcmp(ed->line, ed->text + ed->start, ed->linelen) == 0;
}

/* The new line must be right, and be one of the parts that were given. */
static int
editor_check(struct editor *ed)
{
	const struct msg_user_edit *edit = ed->edit;
	struct user_entry           e;
	char                        line[LINE_SIZE];

	if ((edit->op == USER_ADD || edit->op == USER_PASSWD) &&
	    userhash_check(edit->hash, &ed->why) == USERHASH_NONE)
		return -1;
	ed->line[ed->linelen] = '\0';
	if (strpbrk(ed->line, "\r\n") != NULL) {
		ed->why = "a newline";
		return -1;
	}
	if (userline_is_user(ed->line, ed->linelen) == 0 ||
	    strchr(edit->name, ':') != NULL) {
		ed->why = "not a valid user name";
		return -1;
	}
	/* It is cut while it is read. */
	memcpy(line, ed->line, ed->linelen + 1);
	memset(&e, 0, sizeof(e));
	ed->why = userline_parse(&e, line, ed->linelen);
	userline_clear(&e);
	explicit_bzero(line, sizeof(line));
	return ed->why == NULL ? 0 : -1;
}

static int
editor_write(const struct editor *ed, char **out, size_t *outlen)
{
	size_t tail = ed->end, n, nl = strlen(ed->newline);
	char  *p;

	if (ed->edit->op == USER_DELETE)
		tail = ed->next;
	/* Two newlines: the last line may have none yet. */
	if ((p = malloc(ed->len + ed->linelen + 2 * nl)) == NULL)
		return -1;
	if (ed->start > 0)
		memcpy(p, ed->text, ed->start);
	n = ed->start;
	if (ed->edit->op == USER_ADD && ed->open) {
		memcpy(p + n, ed->newline, nl);
		n += nl;
	}
	if (ed->linelen > 0)
		memcpy(p + n, ed->line, ed->linelen);
	n += ed->linelen;
	if (ed->edit->op == USER_ADD) {
		memcpy(p + n, ed->newline, nl);
		n += nl;
	}
	if (ed->len > tail)
		memcpy(p + n, ed->text + tail, ed->len - tail);
	n += ed->len - tail;
	*out = p;
	*outlen = n;
	return 0;
}
