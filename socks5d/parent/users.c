/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The file of users: opened and checked here, read by auth alone.
 *
 * What stands in the file is a secret that the parent never has in its memory.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <stdio.h>
#include <unistd.h>

#include "conf/conf.h"
#include "config/file.h"
#include "config/parse.h"
#include "parent/users.h"

int
users_open(struct conf *conf, parse_report report, void *arg)
{
	struct stat st;
	const char *why;
	char        text[2 * CONF_PATH_SIZE + 128], at[CONF_PLACE_STRLEN];

	if (conf->users[0] == '\0')
		return 0;
	conf->users_fd = file_open(conf->users, FILE_SECRET, &st, &why);
	if (conf->users_fd != -1)
		return 0;
	(void)snprintf(text, sizeof(text), "%susers %s: %s",
	    conf_place_print(conf->users_at.file, conf->users_at.line, at),
	    conf->users, why);
	report(arg, text);
	return -1;
}

void
users_close(struct conf *conf)
{
	if (conf->users_fd != -1)
		(void)close(conf->users_fd);
	conf->users_fd = -1;
}
