/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Name servers and hosts from the system's own files, resolv.conf(5) and
 * hosts(5).
 *
 * Anybody may have written these files, so
 * nothing in them ends the start: what cannot be used is reported, and not
 * more than a few times.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostname.h"
#include "base/log.h"
#include "base/text.h"
#include "conf/conf.h"
#include "config/file.h"
#include "config/system.h"

/* Warnings about one file; those beyond are only counted. */
#define SYSTEM_WARNINGS_MAX 10

/* One of the two files while it is read. */
struct system_file {
	struct conf *conf;
	const char  *path;
	unsigned int line;
	unsigned int warnings;
	unsigned int nhosts;
	parse_report report;
	void        *arg;
};

static int  system_read(struct system_file *,
     int (*)(struct system_file *, char *));
static int  resolv_line(struct system_file *, char *);
static int  resolv_add(struct system_file *, const char *);
static void system_scopes(struct system_file *);
static int  hosts_line(struct system_file *, char *);
static int  hosts_name(struct system_file *, const struct addr *, const char *);
static int  hosts_add(struct system_file *, const struct addr *, const char *);
static char *next_word(char **);
static void  system_warn(struct system_file *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

int
conf_load_system(struct conf *conf, const char *resolv_path,
    const char *hosts_path, parse_report report, void *arg)
{
	struct system_file f;

	memset(&f, 0, sizeof(f));
	f.conf = conf;
	f.report = report;
	f.arg = arg;
	f.path = hosts_path;
	if (system_read(&f, hosts_line) == -1)
		return -1;
	if (conf->resolver.nns > 0) {
		f.path = "resolver";
		system_scopes(&f);
		return 0;
	}
	f.path = resolv_path;
	conf->resolver.from_system = 1;
	if (system_read(&f, resolv_line) == -1)
		return -1;
	if (conf->resolver.nns == 0) {
		f.line = 0;
		f.warnings = 0;
		system_warn(&f, "no name server: 127.0.0.1 is used");
		return resolv_add(&f, "127.0.0.1");
	}
	system_scopes(&f);
	return 0;
}

static int
system_read(struct system_file *f, int (*take)(struct system_file *, char *))
{
	struct file  file;
	struct text  text;
	const char  *why;
	char        *line;
	unsigned int n;
	int          ret = 0;

	f->line = 0;
	f->warnings = 0;
	if (file_read(&file, f->path, FILE_ANYBODY, &why) == -1) {
		system_warn(f, "%s", why);
		return 0;
	}
	if (text_init(&text, file.text, file.len, &why) == -1) {
		system_warn(f, "%s", why);
		file_clear(&file);
		return 0;
	}
	while (ret == 0 && text_next(&text)) {
		f->line = text.line;
		if (text_has_nul(&text)) {
			system_warn(f, "%s: the line is left out", TEXT_NUL);
			continue;
		}
		line = file.text + text.start;
		line[text.n] = '\0';
		ret = take(f, line);
	}
	file_clear(&file);
	if (f->warnings > SYSTEM_WARNINGS_MAX) {
		n = f->warnings - SYSTEM_WARNINGS_MAX;
		f->line = 0;
		f->warnings = 0;
		system_warn(f, "%u more such warnings", n);
	}
	return ret;
}

static int
resolv_line(struct system_file *f, char *line)
{
	char *word;

	line[strcspn(line, "#;")] = '\0';
	if ((word = next_word(&line)) == NULL ||
	    strcmp(word, "nameserver") != 0)
		return 0;
	if ((word = next_word(&line)) == NULL) {
		system_warn(f, "nameserver: no address follows");
		return 0;
	}
	return resolv_add(f, word);
}

static int
resolv_add(struct system_file *f, const char *word)
{
	struct conf_resolver  *r = &f->conf->resolver;
	struct conf_nameserver ns;
	const char            *why;
	char                   shown[64];
	unsigned int           i;

	if ((why = conf_nameserver_parse(&ns, word)) != NULL) {
		system_warn(f, "nameserver %s: %s: left out",
		    log_escape(shown, sizeof(shown), word, strlen(word)), why);
		return 0;
	}
	for (i = 0; i < r->nns; i++) {
		if (conf_nameserver_same(&r->ns[i], &ns))
			return 0;
	}
	if (r->nns == CONF_NAMESERVERS_MAX) {
		system_warn(f,
		    "nameserver %s: more than %d of them: left "
		    "out",
		    word, CONF_NAMESERVERS_MAX);
		return 0;
	}
	r->ns[r->nns++] = ns;
	return 0;
}

/* The numbers of interfaces are those of now. */
static void
system_scopes(struct system_file *f)
{
	struct conf_nameserver *ns;
	char                    shown[NAMESERVER_STRLEN];
	unsigned int            i;

	f->line = 0;
	f->warnings = 0;
	for (i = 0; i < f->conf->resolver.nns; i++) {
		ns = &f->conf->resolver.ns[i];
		if (ns->zone[0] == '\0')
			continue;
		if ((ns->scope = if_nametoindex(ns->zone)) == 0)
			system_warn(f,
			    "nameserver %s: no such interface: "
			    "not asked until a reload finds it",
			    conf_nameserver_print(ns, shown, sizeof(shown)));
	}
}

static int
hosts_line(struct system_file *f, char *line)
{
	struct addr addr;
	char       *word, shown[64];

	line[strcspn(line, "#")] = '\0';
	if ((word = next_word(&line)) == NULL)
		return 0;
	if (addr_parse(&addr, word) == -1) {
		system_warn(f,
		    "%s: not an address without a scope: the line "
		    "is left out",
		    log_escape(shown, sizeof(shown), word, strlen(word)));
		return 0;
	}
	while ((word = next_word(&line)) != NULL) {
		if (hosts_name(f, &addr, word) == -1)
			return -1;
	}
	return 0;
}

static int
hosts_name(struct system_file *f, const struct addr *addr, const char *word)
{
	char        name[HOSTNAME_MAX + 1], shown[64];
	struct addr literal;

	if (hostname_canon((const uint8_t *)word, strlen(word), name,
		&literal) != HOSTNAME_NAME) {
		system_warn(f, "%s: not a host name: left out",
		    log_escape(shown, sizeof(shown), word, strlen(word)));
		return 0;
	}
	if (f->nhosts == CONF_HOSTS_MAX) {
		f->nhosts++;
		system_warn(f,
		    "%s: more than %d names: this and all further "
		    "ones are left out",
		    name, CONF_HOSTS_MAX);
	}
	if (f->nhosts > CONF_HOSTS_MAX)
		return 0;
	return hosts_add(f, addr, name);
}

static int
hosts_add(struct system_file *f, const struct addr *addr, const char *name)
{
	struct conf_host *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return -1;
	if ((h->name = strdup(name)) == NULL) {
		free(h);
		return -1;
	}
	h->addr = *addr;
	TAILQ_INSERT_TAIL(&f->conf->hosts, h, entry);
	f->nhosts++;
	return 0;
}

static char *
next_word(char **line)
{
	char *word;

	while ((word = strsep(line, " \t\r\f\v")) != NULL) {
		if (*word != '\0')
			return word;
	}
	return NULL;
}

static void
system_warn(struct system_file *f, const char *fmt, ...)
{
	char    what[256], text[CONF_PATH_SIZE + 300];
	va_list ap;

	if (++f->warnings > SYSTEM_WARNINGS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (f->line == 0)
		(void)snprintf(text, sizeof(text), "%s: warning: %s", f->path,
		    what);
	else
		(void)snprintf(text, sizeof(text), "%s:%u: warning: %s",
		    f->path, f->line, what);
	f->report(f->arg, text);
}
