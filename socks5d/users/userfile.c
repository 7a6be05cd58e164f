/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The file of users, read: see userfile.h.
 *
 * Pure.  The text is copied once and cut where it is: an entry's strings are
 * pieces of that copy, so that no hash lies anywhere else and one wipe takes
 * them all.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "users/userfile.h"
#include "users/userline.h"

/* Enough to see what is wrong with a file of another kind. */
#define COMPLAINTS_MAX 20
#define COMPLAINT_SIZE 512

#define GROWTH_MIN 64

struct reader {
	struct userfile  *u;
	size_t            room; /* of u->user */
	const char       *file;
	userfile_complain complain;
	void             *arg;
	unsigned int      faults;
	uint32_t          line;
};

static int  reader_text(struct reader *, const char *, size_t);
static void reader_lines(struct reader *);
static void reader_line(struct reader *, char *, char *);
static int  reader_grow(struct reader *);
static void reader_sort(struct reader *);
static void reader_fault(struct reader *, uint32_t, const char *);
static int  entry_cmp(const void *, const void *);
static int  name_cmp(const void *, const void *);

struct userfile *
userfile_parse(const char *file, const char *text, size_t len,
    userfile_complain complain, void *arg)
{
	struct reader r = { NULL, 0, file, complain, arg, 0, 0 };

	if (len > USERFILE_SIZE_MAX) {
		reader_fault(&r, 0, "too long: more than 16 MiB");
		return NULL;
	}
	if ((r.u = calloc(1, sizeof(*r.u))) == NULL ||
	    reader_text(&r, text, len) == -1) {
		reader_fault(&r, 0, "out of memory");
		userfile_free(r.u);
		return NULL;
	}
	reader_lines(&r);
	if (r.faults == 0)
		reader_sort(&r);
	if (r.faults != 0) {
		userfile_free(r.u);
		return NULL;
	}
	return r.u;
}

static int
reader_text(struct reader *r, const char *text, size_t len)
{
	if ((r->u->text = malloc(len + 1)) == NULL)
		return -1;
	if (len > 0)
		memcpy(r->u->text, text, len);
	r->u->text[len] = '\0';
	r->u->textlen = len;
	return 0;
}

static void
reader_lines(struct reader *r)
{
	struct text t;
	const char *why;
	char       *p, *eol;

	if (text_init(&t, r->u->text, r->u->textlen, &why) == -1) {
		reader_fault(r, 1, why);
		return;
	}
	while (r->faults < COMPLAINTS_MAX && text_next(&t)) {
		r->line = t.line;
		p = r->u->text + t.start;
		eol = p + text_trim(p, t.n);
		*eol = '\0';
		if (userline_is_user(p, (size_t)(eol - p)))
			reader_line(r, p, eol);
	}
	if (t.next < t.len)
		reader_fault(r, 0, "too many faults, the rest is not read");
}

static void
reader_line(struct reader *r, char *p, char *eol)
{
	struct user_entry *e;
	const char        *why;

	if (r->u->nusers == USERFILE_USERS_MAX) {
		reader_fault(r, r->line, "too many users: more than 100000");
		r->faults = COMPLAINTS_MAX;
		return;
	}
	if (reader_grow(r) == -1) {
		reader_fault(r, 0, "out of memory");
		r->faults = COMPLAINTS_MAX;
		return;
	}
	e = &r->u->user[r->u->nusers];
	memset(e, 0, sizeof(*e));
	e->line = r->line;
	if ((why = userline_parse(e, p, (size_t)(eol - p))) != NULL) {
		userline_clear(e);
		reader_fault(r, r->line, why);
		return;
	}
	r->u->nusers++;
}

static int
reader_grow(struct reader *r)
{
	struct user_entry *user;
	size_t             room;

	if (r->u->nusers < r->room)
		return 0;
	room = r->room == 0 ? GROWTH_MIN : 2 * r->room;
	if ((user = reallocarray(r->u->user, room, sizeof(*user))) == NULL)
		return -1;
	r->u->user = user;
	r->room = room;
	return 0;
}

/* By name, which also shows who is there twice. */
static void
reader_sort(struct reader *r)
{
	const struct user_entry *e = r->u->user;
	char                     name[LOGIN_NAME_SIZE];
	char                     text[COMPLAINT_SIZE];
	size_t                   i;

	if (r->u->nusers == 0)
		return;
	qsort(r->u->user, r->u->nusers, sizeof(*e), entry_cmp);
	for (i = 1; i < r->u->nusers && r->faults < COMPLAINTS_MAX; i++) {
		if (strcmp(e[i - 1].name, e[i].name) != 0)
			continue;
		(void)snprintf(text, sizeof(text),
		    "user %s: given twice: first in line %u",
		    log_escape(name, sizeof(name), e[i].name,
			strlen(e[i].name)),
		    e[i - 1].line);
		reader_fault(r, e[i].line, text);
	}
}

static void
reader_fault(struct reader *r, uint32_t line, const char *text)
{
	r->faults++;
	r->complain(r->arg, r->file, line, text);
}

static int
entry_cmp(const void *a, const void *b)
{
	const struct user_entry *x = a, *y = b;
	int                      c;

	if ((c = strcmp(x->name, y->name)) != 0)
		return c;
	return x->line < y->line ? -1 : x->line > y->line;
}

void
userfile_free(struct userfile *u)
{
	size_t i;

	if (u == NULL)
		return;
	for (i = 0; i < u->nusers; i++)
		userline_clear(&u->user[i]);
	free(u->user);
	freezero(u->text, u->textlen + 1);
	free(u);
}

const struct user_entry *
userfile_find(const struct userfile *u, const void *name, size_t len)
{
	struct user_entry key;
	char              text[LOGIN_NAME_SIZE];

	/* None of ours has a NUL in it. */
	if (u->nusers == 0 || len >= sizeof(text) ||
	    (len > 0 && memchr(name, '\0', len) != NULL))
		return NULL;
	memset(&key, 0, sizeof(key));
	if (len > 0)
		memcpy(text, name, len);
	text[len] = '\0';
	key.name = text;
	return bsearch(&key, u->user, u->nusers, sizeof(key), name_cmp);
}

static int
name_cmp(const void *a, const void *b)
{
	const struct user_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}
