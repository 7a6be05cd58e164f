/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reading the config that the options name, or the built-in one, and
 * complaining of it.
 *
 * Used at the start, by a reload, and by the process that tries the files of a
 * reload first; it opens nothing that the config names but files with parts of
 * it.
 */

#include <sys/types.h>

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "config/secret.h"
#include "config/system.h"
#include "parent/conf_read.h"
#include "parent/host_check.h"
#include "parent/parent.h"
#include "parent/state.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#define CONFIG_FILE SYSCONFDIR "/socks5d.conf"

#define RESOLV_CONF "/etc/resolv.conf"
#define HOSTS       "/etc/hosts"

static const char builtin_name[] = "built-in default";
static const char builtin_text[] =
    "listen on localhost port 1080\n"
    "pass from localhost to { any <internal> }\n";

struct conf *
conf_read(struct parent *p, parse_report report, void *arg)
{
	const struct parent_options *o = &p->opt;
	struct conf                 *conf;
	const char                  *file;

	file = conf_read_file(p);
	/* A file that was there and is gone is no reason to serve others. */
	if (o->file == NULL && access(file, F_OK) == -1 && errno == ENOENT &&
	    (p->conf_name == NULL || p->conf_name == builtin_name)) {
		p->conf_name = builtin_name;
		conf = parse_text(builtin_text, "built-in", o->overrides,
		    o->noverrides, report, arg);
	} else {
		p->conf_name = file;
		conf = parse_config(file, o->overrides, o->noverrides, report,
		    arg);
	}
	if (conf == NULL)
		return NULL;
	if (conf_load_system(conf, RESOLV_CONF, HOSTS, report, arg) == -1 ||
	    conf_load_secrets(conf, report, arg) == -1 ||
	    host_check(conf, report, arg) == -1) {
		conf_free(conf);
		return NULL;
	}
	return conf;
}

int
conf_read_is_builtin(const struct parent *p)
{
	return p->conf_name == builtin_name;
}

const char *
conf_read_file(const struct parent *p)
{
	return p->opt.file != NULL ? p->opt.file : CONFIG_FILE;
}

void
conf_complain(const char *line)
{
	if (parse_is_warning(line))
		log_warn("%s", line);
	else
		log_error("%s", line);
}
