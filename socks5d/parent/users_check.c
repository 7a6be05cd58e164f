/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The file of users, read to be checked, and names in rules held against it:
 * for option -n, which ends afterwards.
 *
 * A daemon that goes on never comes here.
 */

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/distance.h"
#include "base/log.h"
#include "conf/conf.h"
#include "config/file.h"
#include "config/parse.h"
#include "parent/users_check.h"
#include "users/userfile.h"

/* Who hears of faults. */
struct users_check {
	parse_report           report;
	void                  *arg;
	const struct userfile *users;
	unsigned int           warnings;
};

/* The name that is meant, perhaps. */
struct nearest {
	const char  *name; /* NULL: it is too long */
	const char  *best;
	unsigned int min;
};

/* So many users and groups are warned of. */
#define WARN_MAX 20

static void check_rules(struct users_check *, const struct conf *);
static void check_user(struct users_check *, const char *, uint32_t,
    const char *);
static void check_group(struct users_check *, const char *, uint32_t,
    const char *);
static void nearest_begin(struct nearest *, const char *);
static void nearest_try(struct nearest *, const char *);
static void check_warn(struct users_check *, const char *, uint32_t,
    const char *, ...) __attribute__((__format__(printf, 4, 5)));
static void users_complain(void *, const char *, uint32_t, const char *);

int
users_check(const struct conf *conf, parse_report report, void *arg)
{
	struct users_check check = { report, arg, NULL, 0 };
	struct userfile   *users;
	struct file        file;
	const char        *why;
	char               text[2 * CONF_PATH_SIZE + 128];
	char               at[CONF_PLACE_STRLEN];

	if (conf->users[0] == '\0')
		return 0;
	if (file_read(&file, conf->users, FILE_SECRET, &why) == -1) {
		(void)snprintf(text, sizeof(text), "%susers %s: %s",
		    conf_place_print(conf->users_at.file, conf->users_at.line,
			at),
		    conf->users, why);
		report(arg, text);
		return -1;
	}
	users = userfile_parse(conf->users, file.text, file.len, users_complain,
	    &check);
	explicit_bzero(file.text, file.len);
	file_clear(&file);
	if (users == NULL)
		return -1;
	/* An empty one is filled later. */
	check.users = users;
	if (users->nusers != 0)
		check_rules(&check, conf);
	userfile_free(users);
	return 0;
}

/* Names in rules and tables that are nobody's, or of who cannot log in. */
static void
check_rules(struct users_check *check, const struct conf *conf)
{
	const struct conf_rule   *r;
	const struct conf_user   *u;
	const struct conf_table  *t;
	const struct conf_member *m;

	TAILQ_FOREACH(r, &conf->rules, entry) {
		TAILQ_FOREACH(u, &r->users, entry)
			if (u->kind == CONF_USER_NAME)
				check_user(check, r->file, r->line, u->name);
		TAILQ_FOREACH(u, &r->groups, entry)
			check_group(check, r->file, r->line, u->name);
	}
	TAILQ_FOREACH(t, &conf->tables, entry) {
		if (t->kind != CONF_TABLE_USER)
			continue;
		STAILQ_FOREACH(m, &t->members, entry)
			check_user(check, t->file, t->line, m->text);
	}
}

static void
check_user(struct users_check *check, const char *file, uint32_t line,
    const char *name)
{
	const struct user_entry *e;
	struct nearest           near;
	char                     shown[64];
	size_t                   i;

	e = userfile_find(check->users, name, strlen(name));
	log_escape(shown, sizeof(shown), name, strlen(name));
	if (e != NULL && e->disabled)
		check_warn(check, file, line,
		    "user %s: disabled in the users "
		    "file",
		    shown);
	else if (e != NULL && e->expires != 0 && e->expires <= time(NULL))
		check_warn(check, file, line,
		    "user %s: expired in the users "
		    "file",
		    shown);
	if (e != NULL)
		return;
	nearest_begin(&near, name);
	for (i = 0; i < check->users->nusers; i++)
		nearest_try(&near, check->users->user[i].name);
	check_warn(check, file, line, "user %s: not in the users file%s%s%s",
	    shown, near.best == NULL ? "" : ": did you mean ",
	    near.best == NULL ? "" : near.best, near.best == NULL ? "" : "?");
}

static void
check_group(struct users_check *check, const char *file, uint32_t line,
    const char *name)
{
	const struct user_entry *e;
	struct nearest           near;
	unsigned int             k;
	size_t                   i;
	int                      off = 0;

	nearest_begin(&near, name);
	for (i = 0; i < check->users->nusers; i++) {
		e = &check->users->user[i];
		for (k = 0; k < e->ngroups; k++) {
			nearest_try(&near, e->group[k]);
			if (strcmp(e->group[k], name) != 0)
				continue;
			off = 1;
			if (e->disabled == 0 &&
			    (e->expires == 0 || e->expires > time(NULL)))
				return;
		}
	}
	if (off)
		check_warn(check, file, line,
		    "group %s: all its users are "
		    "disabled or expired",
		    name);
	else
		check_warn(check, file, line,
		    "group %s: no user in the users "
		    "file has it%s%s%s",
		    name, near.best == NULL ? "" : ": did you mean ",
		    near.best == NULL ? "" : near.best,
		    near.best == NULL ? "" : "?");
}

static void
nearest_begin(struct nearest *n, const char *name)
{
	n->name = strlen(name) > DISTANCE_LEN_MAX ? NULL : name;
	n->best = NULL;
	n->min = distance_limit(strlen(name));
}

/* Only names that can be shown as they are. */
static void
nearest_try(struct nearest *n, const char *candidate)
{
	const char  *p;
	unsigned int d;

	if (n->name == NULL || strlen(candidate) > DISTANCE_LEN_MAX ||
	    strcmp(candidate, n->name) == 0)
		return;
	for (p = candidate; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return;
	if ((d = distance(n->name, candidate)) < n->min) {
		n->min = d;
		n->best = candidate;
	}
}

/* Those beyond the first ones are left out. */
static void
check_warn(struct users_check *check, const char *file, uint32_t line,
    const char *fmt, ...)
{
	char text[512], whole[CONF_PLACE_STRLEN + 600], at[CONF_PLACE_STRLEN];
	va_list ap;

	if (check->warnings++ > WARN_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(whole, sizeof(whole), "%swarning: %s",
	    conf_place_print(file, line, at),
	    check->warnings > WARN_MAX ? "more users and groups are unknown" :
					 text);
	check->report(check->arg, whole);
}

static void
users_complain(void *arg, const char *file, uint32_t line, const char *text)
{
	const struct users_check *check = arg;
	char                      whole[2 * CONF_PATH_SIZE];

	if (line == 0)
		(void)snprintf(whole, sizeof(whole), "%s: %s", file, text);
	else
		(void)snprintf(whole, sizeof(whole), "%s:%u: %s", file, line,
		    text);
	check->report(check->arg, whole);
}
