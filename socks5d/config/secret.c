/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Passwords of proxies from their files.
 *
 * A password is in no message and no log line;
 * what was read is wiped wherever it is not kept.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "conf/conf.h"
#include "config/file.h"
#include "config/secret.h"

/* The line and what may stand below it. */
#define SECRET_FILE_MAX 4096

static int secret_load(struct conf_proxy *, const char **);
static int secret_line(struct conf_proxy *, const char *, size_t,
    const char **);

int
conf_load_secrets(struct conf *c, parse_report report, void *arg)
{
	struct conf_upstream *u;
	struct conf_proxy    *p;
	const char           *why;
	char                  text[3 * CONF_PATH_SIZE];
	unsigned int          n;
	int                   ret = 0;

	TAILQ_FOREACH(u, &c->upstreams, entry) {
		n = 0;
		TAILQ_FOREACH(p, &u->members, entry) {
			n++;
			if (p->path[0] == '\0' || secret_load(p, &why) == 0)
				continue;
			(void)snprintf(text, sizeof(text),
			    "%s:%u: member %u: "
			    "password file %s: %s",
			    u->file, u->line, n, p->path, why);
			report(arg, text);
			ret = -1;
		}
	}
	return ret;
}

static int
secret_load(struct conf_proxy *p, const char **why)
{
	struct stat st;
	char        text[SECRET_FILE_MAX];
	ssize_t     n;
	int         fd, ret = -1;

	if ((fd = file_open(p->path, FILE_PRIVATE, &st, why)) == -1)
		return -1;
	while ((n = read(fd, text, sizeof(text))) == -1 && errno == EINTR)
		continue;
	if (n == -1)
		*why = strerror(errno);
	else
		ret = secret_line(p, text, n, why);
	explicit_bzero(text, sizeof(text));
	close(fd);
	return ret;
}

static int
secret_line(struct conf_proxy *p, const char *text, size_t n, const char **why)
{
	struct text t;

	if (text_init(&t, text, n, why) == -1)
		return -1;
	if (text_next(&t) == 0 || t.n == 0 || t.n >= sizeof(p->password))
		*why = "its first line is not 1 to 255 bytes long";
	else if (text_has_nul(&t))
		*why = TEXT_NUL;
	else {
		/* Blanks at its end may well be part of it. */
		memcpy(p->password, text + t.start, t.n);
		p->password[t.n] = '\0';
		return 0;
	}
	return -1;
}
