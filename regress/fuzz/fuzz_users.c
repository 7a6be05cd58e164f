/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes the file of users and its editor: an operation, a name, a hash,
 * options, and then the file, each but the last ended by a NUL.
 *
 * Holds for any input: users are ordered by name and found by it, a complaint
 * is one printable line, and what changes a file that is right leaves one
 * that is right, with every other user as it was.
 */

#include <stdlib.h>
#include <string.h>

#include "users/userfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void             take(const uint8_t **, size_t *, char *, size_t);
static void             complain(void *, const char *, uint32_t, const char *);
static struct userfile *parse(const char *, size_t);
static void             check_users(const struct userfile *);
static void check_edit(const struct userfile *, const char *, size_t,
    const struct msg_user_edit *);
static void check_others(const struct userfile *, const struct userfile *,
    const char *);
static void must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_user_edit e;
	struct userfile     *u;
	const char          *text;

	memset(&e, 0, sizeof(e));
	if (size == 0)
		return 0;
	e.op = (enum user_op)(data[0] % USER_OP_MAX);
	data++;
	size--;
	take(&data, &size, e.name, sizeof(e.name));
	take(&data, &size, e.hash, sizeof(e.hash));
	take(&data, &size, e.options, sizeof(e.options));
	if (e.name[0] == '\0')
		e.name[0] = 'u';
	text = (const char *)data;
	u = parse(text, size);
	if (u != NULL)
		check_users(u);
	check_edit(u, text, size, &e);
	userfile_free(u);
	return 0;
}

static void
take(const uint8_t **data, size_t *size, char *dst, size_t max)
{
	size_t n, len;

	for (n = 0; n < *size && (*data)[n] != '\0'; n++)
		;
	len = n < max ? n : max - 1;
	memcpy(dst, *data, len);
	dst[len] = '\0';
	if (n < *size)
		n++;
	*data += n;
	*size -= n;
}

static void
complain(void *arg, const char *file, uint32_t line, const char *text)
{
	unsigned int *n = arg;

	(*n)++;
	must(*text != '\0');
	for (; *text != '\0'; text++)
		must(*text >= ' ' && *text <= '~');
}

static struct userfile *
parse(const char *text, size_t len)
{
	struct userfile *u;
	unsigned int     complaints = 0;

	u = userfile_parse("users", text, len, complain, &complaints);
	must((u == NULL) == (complaints > 0));
	return u;
}

static void
check_users(const struct userfile *u)
{
	const struct user_entry *e;
	size_t                   i;

	for (i = 0; i < u->nusers; i++) {
		e = &u->user[i];
		must(i == 0 || strcmp(e[-1].name, e->name) < 0);
		must(userfile_find(u, e->name, strlen(e->name)) == e);
		must(strlen(e->name) < LOGIN_NAME_SIZE);
		must(strlen(e->hash) < HASH_SETTING_SIZE);
		must(strlen(e->options) < USER_OPTIONS_SIZE);
		must(e->method != USERHASH_NONE);
		must(e->ngroups <= LOGIN_GROUPS_MAX);
	}
}

static void
check_edit(const struct userfile *was, const char *text, size_t len,
    const struct msg_user_edit *e)
{
	const struct user_entry *user;
	struct userfile         *is;
	enum userfile_edit       edit;
	char                    *out, why[USERFILE_WHY_SIZE];
	size_t                   outlen;

	edit = userfile_edit(text, len, e, &out, &outlen, why);
	if (edit != USERFILE_EDITED) {
		must((edit == USERFILE_EDIT_NOTHING) == (why[0] == '\0'));
		return;
	}
	is = parse(out, outlen);
	if (was != NULL) {
		must(is != NULL);
		check_users(is);
		user = userfile_find(is, e->name, strlen(e->name));
		must((user == NULL) == (e->op == USER_DELETE));
		must(e->op != USER_DISABLE || user->disabled);
		must(e->op != USER_ENABLE || user->disabled == 0);
		must(is->nusers ==
		    was->nusers + (e->op == USER_ADD) - (e->op == USER_DELETE));
		check_others(was, is, e->name);
	}
	userfile_free(is);
	freezero(out, outlen);
}

static void
check_others(const struct userfile *was, const struct userfile *is,
    const char *but)
{
	const struct user_entry *a, *b;
	size_t                   i;

	for (i = 0; i < was->nusers; i++) {
		a = &was->user[i];
		if (strcmp(a->name, but) == 0)
			continue;
		b = userfile_find(is, a->name, strlen(a->name));
		must(b != NULL);
		must(strcmp(a->hash, b->hash) == 0);
		must(strcmp(a->options, b->options) == 0);
	}
}

static void
must(int ok)
{
	if (!ok)
		abort();
}
