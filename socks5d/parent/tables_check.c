/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tables and the database of countries, read to be checked: for option -n,
 * which ends afterwards.
 *
 * A daemon that goes on never comes here: it has the loader for that.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <stdio.h>
#include <unistd.h>

#include "conf/conf.h"
#include "config/file.h"
#include "config/parse.h"
#include "parent/tables_check.h"
#include "table/load.h"
#include "table/table.h"

/* Who hears of faults. */
struct check {
	parse_report report;
	void        *arg;
};

static int  check_table(struct check *, const char *, const char *,
     enum table_kind, const char *, int);
static void check_line(void *, const char *);
static void check_complain(struct check *, const char *, const char *,
    const char *, const char *);

static const enum table_kind kinds[] = {
	[CONF_TABLE_ADDRESS] = TABLE_ADDR,
	[CONF_TABLE_DOMAIN] = TABLE_DOMAIN,
	[CONF_TABLE_USER] = TABLE_USER,
};

/* Members in the config were looked at when it was read. */
int
tables_check(const struct conf *conf, parse_report report, void *arg)
{
	const struct conf_table *t;
	struct check             check = { report, arg };
	char                     what[CONF_NAME_SIZE + 16];
	char                     at[CONF_PLACE_STRLEN];
	int                      ret = 0;

	TAILQ_FOREACH(t, &conf->tables, entry) {
		(void)snprintf(what, sizeof(what), "table <%s>", t->name);
		if (t->path[0] != '\0')
			ret |= check_table(&check,
			    conf_place_print(t->file, t->line, at), what,
			    kinds[t->kind], t->path, t->skip_invalid);
	}
	if (conf->geoip[0] != '\0')
		ret |= check_table(&check,
		    conf_place_print(conf->geoip_at.file, conf->geoip_at.line,
			at),
		    "geoip", TABLE_COUNTRY, conf->geoip, 0);
	return ret;
}

static int
check_table(struct check *check, const char *at, const char *what,
    enum table_kind kind, const char *path, int skip)
{
	struct table_result res;
	struct load        *l;
	struct stat         st;
	const char         *why;
	int                 fd, ret;

	fd = file_open_long(path, FILE_OURS, TABLE_FILE_MAX, &st, &why);
	if (fd == -1) {
		check_complain(check, at, what, path, why);
		return -1;
	}
	if ((l = load_new(kind, TABLE_ADD, -1, check_line, check)) == NULL) {
		check_complain(check, at, what, path, "out of memory");
		(void)close(fd);
		return -1;
	}
	if (skip)
		load_skip_invalid(l);
	load_source(l, fd, path);
	ret = load_finish(l, &res);
	load_free(l);
	(void)close(fd);
	return ret;
}

static void
check_line(void *arg, const char *line)
{
	const struct check *check = arg;

	check->report(check->arg, line);
}

static void
check_complain(struct check *check, const char *at, const char *what,
    const char *path, const char *why)
{
	char text[3 * CONF_PATH_SIZE];

	(void)snprintf(text, sizeof(text), "%s%s: %s: %s", at, what, path, why);
	check->report(check->arg, text);
}
