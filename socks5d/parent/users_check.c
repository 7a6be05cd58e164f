/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * The file of users, read to be checked: for option -n, which ends afterwards.
 *
 * Linked by the parent alone.  A daemon that goes on never comes here.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "config/file.h"
#include "config/userfile.h"
#include "parent/state.h"

/* Who hears of faults. */
struct users_check {
	parse_report	 report;
	void		*arg;
};

static void	users_complain(void *, const char *, uint32_t, const char *);

int
users_check(const struct conf *conf, parse_report report, void *arg)
{
	struct users_check	 check = { report, arg };
	struct userfile		*users;
	struct file		 file;
	const char		*why;
	char			 text[2 * CONF_PATH_SIZE + 128];
	char			 at[CONF_PLACE_STRLEN];

	if (conf->users[0] == '\0')
		return 0;
	if (file_read(&file, conf->users, FILE_SECRET, &why) == -1) {
		(void)snprintf(text, sizeof(text), "%susers %s: %s",
		    conf_place_print(conf->users_at.file, conf->users_at.line,
		    at), conf->users, why);
		report(arg, text);
		return -1;
	}
	users = userfile_parse(conf->users, file.text, file.len,
	    users_complain, &check);
	explicit_bzero(file.text, file.len);
	file_clear(&file);
	if (users == NULL)
		return -1;
	userfile_free(users);
	return 0;
}

static void
users_complain(void *arg, const char *file, uint32_t line, const char *text)
{
	const struct users_check	*check = arg;
	char				 whole[2 * CONF_PATH_SIZE];

	if (line == 0)
		(void)snprintf(whole, sizeof(whole), "%s: %s", file, text);
	else
		(void)snprintf(whole, sizeof(whole), "%s:%u: %s", file, line,
		    text);
	check->report(check->arg, whole);
}
