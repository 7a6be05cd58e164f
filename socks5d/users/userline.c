/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One line of the file of users: see userline.h.
 *
 * Pure.  What is wrong is said without words from the line: a line that is
 * wrong may well have its hash where something else should be.  An option that
 * is unknown is shown if it can be no more than a word that was mistyped.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "compat/nitems.h"
#include "users/userfile.h"
#include "users/userline.h"

#define MEMORY "out of memory"

struct piece {
	const char *s;
	size_t      len;
};

static const char *options_parse(struct user_entry *);
static const char *option_parse(struct user_entry *, struct piece);
static int         piece_is(struct piece, const char *);
static const char *groups_parse(struct user_entry *, struct piece);
static const char *group_add(struct user_entry *, struct piece);
static const char *expires_parse(struct user_entry *, struct piece);
static int         number(const char *, size_t);
static const char *from_parse(struct user_entry *, struct piece);

/* What the options may be; the value goes up to the next comma. */
static const struct {
	const char *name; /* with "=" if a value follows */
	const char *(*parse)(struct user_entry *, struct piece);
} options[] = {
	{ "groups=", groups_parse },
	{ "expires=", expires_parse },
	{ "from=", from_parse },
	{ "disabled", NULL },
};

#define OPTIONS_KNOWN "known are groups=, expires=, from= and disabled"

/* What is shown of an option: its name, if it is no longer than this. */
#define SHOWN_MAX 12

int
userline_is_user(const char *s, size_t len)
{
	size_t i;

	if (len > 0 && s[0] == '#')
		return 0;
	for (i = 0; i < len; i++)
		if (s[i] != ' ' && s[i] != '\t')
			return 1;
	return 0;
}

const char *
userline_parse(struct user_entry *e, char *s, size_t len)
{
	static char none[1] = "";
	const char *why;
	char       *hash, *opt;

	if (strlen(s) != len)
		return TEXT_NUL;
	if ((hash = strchr(s, ':')) == NULL)
		return "no colon: a line is name:hash[:option,...]";
	*hash++ = '\0';
	if ((opt = strchr(hash, ':')) != NULL)
		*opt++ = '\0';
	else
		opt = none;
	if (s[0] == '\0')
		return "the name is empty";
	if (strlen(s) > LOGIN_FIELD_MAX)
		return "the name is longer than 255 bytes";
	e->name = s;
	e->hash = hash;
	e->options = opt;
	if (strlen(hash) >= HASH_SETTING_SIZE)
		return "hash: too long";
	if ((e->method = userhash_check(hash, &why)) == USERHASH_NONE)
		return why;
	return options_parse(e);
}

void
userline_clear(struct user_entry *e)
{
	free(e->group);
	free(e->from);
	e->group = NULL;
	e->from = NULL;
	e->ngroups = e->nfrom = 0;
}

static const char *
options_parse(struct user_entry *e)
{
	struct piece p;
	const char  *why, *s = e->options;

	if (strlen(s) >= USER_OPTIONS_SIZE)
		return "options: longer than 1023 bytes";
	if (*s == ',')
		return "options: nothing before a comma";
	while (*s != '\0') {
		p.s = s;
		p.len = strcspn(s, ",");
		if ((why = option_parse(e, p)) != NULL)
			return why;
		s += p.len;
		if (*s == ',' && *++s == '\0')
			return "options: a comma at the end";
	}
	return NULL;
}

static const char *
option_parse(struct user_entry *e, struct piece p)
{
	size_t i, len;

	if (p.len == 0)
		return "options: nothing between two commas";
	for (i = 0; i < nitems(options); i++) {
		len = strlen(options[i].name);
		if (options[i].parse == NULL && piece_is(p, options[i].name)) {
			e->disabled = 1;
			return NULL;
		}
		if (options[i].parse == NULL || p.len < len ||
		    memcmp(p.s, options[i].name, len) != 0)
			continue;
		p.s += len;
		p.len -= len;
		return options[i].parse(e, p);
	}
	return userline_unknown(p.s, p.len);
}

/* Hashes and passwords have digits or signs in them, or are longer. */
const char *
userline_unknown(const char *s, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_- ";
	static char       text[SHOWN_MAX +
            sizeof("unknown option "
			 "\"=\"; " OPTIONS_KNOWN)];
	size_t            n;

	for (n = 0; n < len && s[n] != '\0' && strchr(letters, s[n]) != NULL;
	     n++)
		continue;
	if (n < len && s[n] == '=')
		len = ++n;
	if (n == 0 || n != len || n > SHOWN_MAX)
		return "unknown option; " OPTIONS_KNOWN;
	(void)snprintf(text, sizeof(text),
	    "unknown option \"%.*s\"; " OPTIONS_KNOWN, (int)n, s);
	return text;
}

static int
piece_is(struct piece p, const char *word)
{
	return p.len == strlen(word) && memcmp(p.s, word, p.len) == 0;
}

/* a+b+c */
static const char *
groups_parse(struct user_entry *e, struct piece p)
{
	struct piece one;
	const char  *why, *end = p.s + p.len, *plus;

	if (e->ngroups != 0)
		return "groups: given twice; several are groups=a+b";
	for (;;) {
		if ((plus = memchr(p.s, '+', (size_t)(end - p.s))) == NULL)
			plus = end;
		one.s = p.s;
		one.len = (size_t)(plus - p.s);
		if ((why = group_add(e, one)) != NULL)
			return why;
		if (plus == end)
			return NULL;
		p.s = plus + 1;
	}
}

static const char *
group_add(struct user_entry *e, struct piece p)
{
	static const char good[] =
	    "0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";
	char(*group)[LOGIN_GROUP_SIZE];
	unsigned int i;

	if (p.len == 0)
		return "groups: an empty name";
	if (p.len >= LOGIN_GROUP_SIZE)
		return "groups: a name longer than 31 bytes";
	for (i = 0; i < p.len; i++)
		if (strchr(good, p.s[i]) == NULL)
			return "groups: a name with other bytes than letters, "
			       "digits, \".\", \"_\" and \"-\"";
	for (i = 0; i < e->ngroups; i++)
		if (piece_is(p, e->group[i]))
			return "groups: one is given twice";
	if (e->ngroups == LOGIN_GROUPS_MAX)
		return "groups: more than 16";
	if ((group = reallocarray(e->group, e->ngroups + 1, sizeof(*group))) ==
	    NULL)
		return MEMORY;
	e->group = group;
	memcpy(group[e->ngroups], p.s, p.len);
	group[e->ngroups][p.len] = '\0';
	e->ngroups++;
	return NULL;
}

/* A day that there is, from its first second in UTC. */
static const char *
expires_parse(struct user_entry *e, struct piece p)
{
	struct tm tm, there;
	time_t    t;

	if (e->expires != 0)
		return "expires: given twice";
	memset(&tm, 0, sizeof(tm));
	if (p.len != 10 || p.s[4] != '-' || p.s[7] != '-' ||
	    (tm.tm_year = number(p.s, 4)) < 2000 ||
	    (tm.tm_mon = number(p.s + 5, 2)) == -1 ||
	    (tm.tm_mday = number(p.s + 8, 2)) == -1)
		return "expires: not a date such as 2027-01-31";
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	there = tm;
	/* It makes the first of March out of a thirtieth of February. */
	t = timegm(&there);
	if (t == -1 || there.tm_mon != tm.tm_mon || there.tm_mday != tm.tm_mday)
		return "expires: no such day";
	e->expires = t;
	return NULL;
}

/* Of so many digits; -1 if they are none. */
static int
number(const char *s, size_t len)
{
	int n = 0;

	for (; len > 0; s++, len--) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (*s - '0');
	}
	return n;
}

static const char *
from_parse(struct user_entry *e, struct piece p)
{
	struct prefix *from, one;
	char           text[PREFIX_STRLEN];

	if (p.len >= sizeof(text))
		return "from: not an address or prefix";
	memcpy(text, p.s, p.len);
	text[p.len] = '\0';
	if (prefix_parse(&one, text) == -1)
		return "from: not an address or prefix";
	if (e->nfrom == USERFILE_FROM_MAX)
		return "from: more than 64";
	if ((from = reallocarray(e->from, e->nfrom + 1, sizeof(*from))) == NULL)
		return MEMORY;
	e->from = from;
	prefix_unmap(&one);
	from[e->nfrom++] = one;
	return NULL;
}

int
user_entry_from(const struct user_entry *e, const struct addr *client)
{
	unsigned int i;

	if (e->nfrom == 0)
		return 1;
	for (i = 0; i < e->nfrom; i++)
		if (prefix_match(&e->from[i], client))
			return 1;
	return 0;
}
