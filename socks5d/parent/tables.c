/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tables and the database of countries: opened here, made into images by the
 * loader, and kept for the router.
 *
 * A table whose definition and file are those of the config in force keeps its
 * image, and with it what was changed in it while the daemon ran.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_table.h"
#include "compat/sealed.h"
#include "conf/conf.h"
#include "config/file.h"
#include "parent/loader_job.h"
#include "parent/state.h"
#include "parent/tables.h"
#include "table/table.h"

struct tables_load {
	struct conf             *conf; /* NULL: none */
	const struct tables_ops *ops;
	unsigned int             waiting; /* jobs */
	int                      failed;
};

static int  load_table(struct parent *, struct conf_table *,
     const struct conf *);
static int  load_countries(struct parent *, struct conf *, const struct conf *);
static int  open_source(struct parent *, const char *, const char *,
     const char *, struct conf_stat *);
static int  same_table(const struct conf_table *, const struct conf_table *);
static int  keep(int *, struct conf_image *, int, const struct conf_image *);
static int  queue(struct parent *, struct conf_table *, int);
static int  members_fd(const struct conf_members *);
static void loaded_line(struct parent *, void *, const char *);
static void loaded(struct parent *, void *, struct loader_job_result *);
static void loaded_end(struct parent *);
static void complain(struct parent *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

static const struct loader_job_ops load_ops = { loaded_line, loaded };

static const enum table_kind kinds[] = {
	[CONF_TABLE_ADDRESS] = TABLE_ADDR,
	[CONF_TABLE_DOMAIN] = TABLE_DOMAIN,
	[CONF_TABLE_USER] = TABLE_USER,
};

void
tables_init(struct parent *p)
{
	if ((p->load = calloc(1, sizeof(*p->load))) == NULL)
		fatalx("memory");
}

int
tables_load(struct parent *p, struct conf *conf, const struct conf *old,
    const struct tables_ops *ops)
{
	struct tables_load *l = p->load;
	struct conf_table  *t;

	memset(l, 0, sizeof(*l));
	l->conf = conf;
	l->ops = ops;
	/* The end comes by jobs that end, not by one that fails at once. */
	l->waiting = 1;
	TAILQ_FOREACH(t, &conf->tables, entry)
		if (load_table(p, t, old) == -1)
			l->failed = 1;
	if (load_countries(p, conf, old) == -1)
		l->failed = 1;
	l->waiting--;
	if (l->failed) {
		tables_cancel(p);
		return -1;
	}
	if (l->waiting == 0)
		l->conf = NULL;
	return l->conf != NULL;
}

void
tables_cancel(struct parent *p)
{
	p->load->conf = NULL;
	loader_job_cancel(p, &load_ops);
}

/* 0 if there is nothing to complain about so far. */
static int
load_table(struct parent *p, struct conf_table *t, const struct conf *old)
{
	const struct conf_table *was = NULL;
	char                     at[CONF_PLACE_STRLEN];
	int                      fd = -1;

	if (t->path[0] != '\0' &&
	    (fd = open_source(p, conf_place_print(t->file, t->line, at),
		 t->name, t->path, &t->image.from)) == -1)
		return -1;
	if (old != NULL)
		was = conf_table_find(old, t->name);
	if (was != NULL && same_table(t, was)) {
		if (fd != -1)
			(void)close(fd);
		if (keep(&t->fd, &t->image, was->fd, &was->image) == 0)
			return 0;
		complain(p, "table <%s>: %s", t->name, strerror(errno));
		return -1;
	}
	if (was != NULL && was->image.changed)
		log_warn("table <%s>: reloaded from config or file: "
			 "changes made by socks5ctl discarded",
		    t->name);
	t->image.loaded_ms = clock_ms();
	if (fd == -1 && STAILQ_EMPTY(&t->members))
		return 0;
	if (queue(p, t, fd) == 0)
		return 0;
	complain(p, "table <%s>: %s", t->name, strerror(errno));
	return -1;
}

static int
load_countries(struct parent *p, struct conf *conf, const struct conf *old)
{
	struct loader_job *j;
	char               at[CONF_PLACE_STRLEN];
	int                fd;

	if (conf->geoip[0] == '\0')
		return 0;
	if ((fd = open_source(p,
		 conf_place_print(conf->geoip_at.file, conf->geoip_at.line, at),
		 "", conf->geoip, &conf->geoip_image.from)) == -1)
		return -1;
	if (old != NULL && strcmp(old->geoip, conf->geoip) == 0 &&
	    conf_stat_equal(&old->geoip_image.from, &conf->geoip_image.from) &&
	    keep(&conf->geoip_fd, &conf->geoip_image, old->geoip_fd,
		&old->geoip_image) == 0) {
		(void)close(fd);
		return 0;
	}
	if ((j = loader_job_new(TABLE_COUNTRY, TABLE_JOB_LOAD, &load_ops,
		 NULL)) == NULL) {
		(void)close(fd);
		complain(p, "geoip %s: out of memory", conf->geoip);
		return -1;
	}
	loader_job_source(j, fd, 0, conf->geoip);
	p->load->waiting++;
	loader_job_start(p, j);
	return 0;
}

/* Whoever writes a table writes rules, so it is trusted as the config is. */
static int
open_source(struct parent *p, const char *at, const char *table,
    const char *path, struct conf_stat *from)
{
	struct stat st;
	const char *why;
	int         fd;

	fd = file_open_long(path, FILE_OURS, TABLE_FILE_MAX, &st, &why);
	if (fd == -1) {
		if (table[0] == '\0')
			complain(p, "%sgeoip %s: %s", at, path, why);
		else
			complain(p, "%stable <%s>: %s: %s", at, table, path,
			    why);
		return -1;
	}
	from->dev = st.st_dev;
	from->ino = st.st_ino;
	from->size = st.st_size;
	from->mtime = st.st_mtim;
	from->ctime = st.st_ctim;
	return fd;
}

static int
same_table(const struct conf_table *a, const struct conf_table *b)
{
	const struct conf_member *ma, *mb;

	if (a->kind != b->kind || strcmp(a->path, b->path) != 0 ||
	    a->skip_invalid != b->skip_invalid ||
	    !conf_stat_equal(&a->image.from, &b->image.from))
		return 0;
	mb = STAILQ_FIRST(&b->members);
	STAILQ_FOREACH(ma, &a->members, entry) {
		if (mb == NULL || strcmp(ma->text, mb->text) != 0)
			return 0;
		mb = STAILQ_NEXT(mb, entry);
	}
	return mb == NULL;
}

/* A descriptor of its own for each config that has the image. */
static int
keep(int *fd, struct conf_image *image, int oldfd, const struct conf_image *old)
{
	if (oldfd != -1 && (*fd = fcntl(oldfd, F_DUPFD_CLOEXEC, 0)) == -1)
		return -1;
	*image = *old;
	return 0;
}

/* Takes the descriptor of the file, if there is one. */
static int
queue(struct parent *p, struct conf_table *t, int fd)
{
	struct loader_job *j;
	char               name[CONF_NAME_SIZE + 16];
	int                list;

	if ((j = loader_job_new(kinds[t->kind],
		 t->skip_invalid ? TABLE_JOB_SKIM : TABLE_JOB_LOAD, &load_ops,
		 t)) == NULL) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	if (fd != -1)
		loader_job_source(j, fd, 0, t->path);
	if (!STAILQ_EMPTY(&t->members)) {
		if ((list = members_fd(&t->members)) == -1) {
			loader_job_free(j);
			return -1;
		}
		(void)snprintf(name, sizeof(name), "table <%s>", t->name);
		loader_job_source(j, list, 0, name);
	}
	p->load->waiting++;
	loader_job_start(p, j);
	return 0;
}

/* The list of the config as a file, an entry on each line. */
static int
members_fd(const struct conf_members *members)
{
	const struct conf_member *m;
	FILE                     *fp;
	int                       fd, copy, failed;

	if ((fd = sealed_new("socks5d list")) == -1)
		return -1;
	if ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1 ||
	    (fp = fdopen(copy, "w")) == NULL) {
		if (copy != -1)
			(void)close(copy);
		(void)close(fd);
		return -1;
	}
	STAILQ_FOREACH(m, members, entry)
		(void)fprintf(fp, "%s\n", m->text);
	failed = ferror(fp);
	if (fclose(fp) == EOF || failed) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* It begins with the file and its line, unless it is about the whole. */
static void
loaded_line(struct parent *p, void *arg, const char *line)
{
	const struct conf_table *t = arg;

	if (t == NULL || strncmp(line, "table <", 7) == 0 ||
	    (t->path[0] != '\0' &&
		strncmp(line, t->path, strlen(t->path)) == 0))
		complain(p, "%s", line);
	else
		complain(p, "table <%s>: %s", t->name, line);
}

static void
loaded(struct parent *p, void *arg, struct loader_job_result *res)
{
	struct tables_load *l = p->load;
	struct conf_table  *t = arg;
	struct conf_image  *image;

	image = t == NULL ? &l->conf->geoip_image : &t->image;
	image->size = res->size;
	image->loaded_ms = clock_ms();
	image->changed = 0;
	if (t == NULL)
		l->conf->geoip_fd = res->fd;
	else
		t->fd = res->fd;
	l->failed |= res->fd == -1;
	p->counters
	    .v[res->fd == -1 ? COUNTER_TABLES_FAILED : COUNTER_TABLES_LOADED]++;
	if (res->why != NULL && t == NULL)
		complain(p, "geoip %s: %s", l->conf->geoip, res->why);
	else if (res->why != NULL)
		complain(p, "table <%s>: %s", t->name, res->why);
	if (--l->waiting == 0)
		loaded_end(p);
}

static void
loaded_end(struct parent *p)
{
	struct tables_load *l = p->load;

	l->conf = NULL;
	l->ops->done(p, l->failed ? -1 : 0);
}

static void
complain(struct parent *p, const char *fmt, ...)
{
	char    text[MSG_TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->load->ops->report(p, text);
}

void
tables_close(struct conf *conf)
{
	struct conf_table *t;

	TAILQ_FOREACH(t, &conf->tables, entry) {
		if (t->fd != -1)
			(void)close(t->fd);
		t->fd = -1;
	}
	if (conf->geoip_fd != -1)
		(void)close(conf->geoip_fd);
	conf->geoip_fd = -1;
}
