/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of users: see userdb.h.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/userdb.h"

/* Where complaints about a file go. */
struct why {
	char  *text;
	size_t size;
	int    any;
	int    full;
};

#define READ_STEP 65536

static char *read_all(int, size_t *);
static void  complain(void *, const char *, uint32_t, const char *);
static int   user_seen(const struct user *);
static int   same_line(const struct user_entry *, const struct user_entry *);

struct userdb *
userdb_read(int fd, const char *path, char *why, size_t whysize)
{
	struct userdb *db;
	struct why     w = { why, whysize, 0, 0 };
	char          *text;
	size_t         len = 0;

	why[0] = '\0';
	if ((text = read_all(fd, &len)) == NULL) {
		(void)snprintf(why, whysize, "%s: %s", path,
		    errno == EFBIG ? "too long" : strerror(errno));
		return NULL;
	}
	if ((db = userdb_new()) == NULL)
		(void)snprintf(why, whysize, "%s: out of memory", path);
	else if ((db->file = userfile_parse(path, text, len, complain, &w)) ==
		NULL ||
	    (db->user = calloc(db->file->nusers + 1, sizeof(*db->user))) ==
		NULL) {
		if (w.any == 0)
			(void)snprintf(why, whysize, "%s: out of memory", path);
		userdb_free(db);
		db = NULL;
	}
	freezero(text, len + 1);
	return db;
}

struct userdb *
userdb_new(void)
{
	return calloc(1, sizeof(struct userdb));
}

void
userdb_free(struct userdb *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; db->user != NULL && i < db->file->nusers; i++)
		if (user_seen(&db->user[i]))
			explicit_bzero(&db->user[i], sizeof(db->user[i]));
	free(db->user);
	if (db->file != NULL)
		userfile_free(db->file);
	free(db);
}

/* Both are ordered by name, so one walk finds all who are in both. */
void
userdb_inherit(struct userdb *db, const struct userdb *old)
{
	const struct user_entry *a, *b;
	size_t                   i = 0, k = 0;
	int                      cmp;

	if (db->file == NULL || old == NULL || old->file == NULL)
		return;
	while (i < db->file->nusers && k < old->file->nusers) {
		a = &db->file->user[i];
		b = &old->file->user[k];
		if ((cmp = strcmp(a->name, b->name)) < 0) {
			i++;
			continue;
		}
		if (cmp == 0 && user_seen(&old->user[k])) {
			db->user[i] = old->user[k];
			if (same_line(a, b) == 0)
				recall_forget_logins(&db->user[i].recall);
		}
		i += cmp == 0;
		k++;
	}
}

void
userdb_shorten_logins(struct userdb *db, uint64_t until)
{
	size_t i;

	for (i = 0; db->file != NULL && i < db->file->nusers; i++)
		recall_shorten_logins(&db->user[i].recall, until);
}

struct user *
userdb_find(const struct userdb *db, const void *name, size_t len)
{
	const struct user_entry *e;

	if (db->file == NULL ||
	    (e = userfile_find(db->file, name, len)) == NULL)
		return NULL;
	return &db->user[e - db->file->user];
}

const struct user_entry *
userdb_entry(const struct userdb *db, const struct user *u)
{
	return &db->file->user[u - db->user];
}

/*
 * Most of many users never come; as long as nobody writes to what is known of
 * them it takes no memory.
 */
static int
user_seen(const struct user *u)
{
	return u->logins != 0 || u->failures != 0;
}

static int
same_line(const struct user_entry *a, const struct user_entry *b)
{
	return strcmp(a->hash, b->hash) == 0 &&
	    strcmp(a->options, b->options) == 0;
}

/*
 * The descriptor is shared with the parent, and so is its offset: this does
 * not use it.  The size is not asked for, as the file may grow meanwhile.
 * There is room for a NUL behind the text.
 */
static char *
read_all(int fd, size_t *len)
{
	char   *text = NULL, *more;
	size_t  size = 0, room;
	ssize_t n;

	for (;;) {
		room = size == 0 ? READ_STEP : size * 2;
		if (room > USERFILE_SIZE_MAX)
			room = USERFILE_SIZE_MAX + 1;
		/* Wipes what it leaves behind. */
		if (*len == size &&
		    (more = recallocarray(text, size == 0 ? 0 : size + 1,
			 room + 1, 1)) == NULL)
			break;
		if (*len == size) {
			text = more;
			size = room;
		}
		if ((n = pread(fd, text + *len, size - *len, (off_t)*len)) == 0)
			return text;
		if (n == -1)
			break;
		*len += (size_t)n;
		if (*len > USERFILE_SIZE_MAX) {
			errno = EFBIG;
			break;
		}
	}
	if (text != NULL)
		freezero(text, size + 1);
	return NULL;
}

/* What does not fit is left out; the first faults are those to mend first. */
static void
complain(void *arg, const char *file, uint32_t line, const char *text)
{
	struct why *w = arg;
	size_t      used = strlen(w->text);
	int         n;

	w->any = 1;
	if (w->full)
		return;
	if (line == 0)
		n = snprintf(w->text + used, w->size - used, "%s%s: %s",
		    used > 0 ? "\n" : "", file, text);
	else
		n = snprintf(w->text + used, w->size - used, "%s%s:%u: %s",
		    used > 0 ? "\n" : "", file, line, text);
	if (n < 0 || (size_t)n >= w->size - used) {
		w->text[used] = '\0';
		w->full = 1;
	}
}
