/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The commands about users: see user.h.
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "password.h"
#include "say.h"
#include "user.h"

static const char empty[] = "empty-password";

static int  take_word(int *, char **, const char *);
static void warn_expired(int, char **);
static void put_options(char *, size_t, int, char **);

void
user_put_edit(struct wbuf *b, enum user_op op, int nargs, char **args)
{
	struct msg_user_edit e;
	enum password_want   want = PASSWORD_REAL;

	memset(&e, 0, sizeof(e));
	e.op = op;
	if (args[0][0] == '\0' || args[0][0] == '#' ||
	    strpbrk(args[0], ":\r\n") != NULL ||
	    strlcpy(e.name, args[0], sizeof(e.name)) >= sizeof(e.name))
		give_up(EXIT_USAGE,
		    "%s: invalid user name: 1 to 255 bytes, "
		    "no colon or newline, not beginning with \"#\"",
		    args[0]);
	if (op == USER_ADD || op == USER_PASSWD)
		want = take_word(&nargs, args, empty) ? PASSWORD_EMPTY :
							PASSWORD_REAL;
	if (op == USER_ADD || op == USER_SET) {
		put_options(e.options, sizeof(e.options), nargs - 1, args + 1);
		warn_expired(nargs - 1, args + 1);
	} else if (nargs > 1 && strcmp(args[1], "kill") != 0)
		give_up(EXIT_USAGE,
		    "%s: unexpected argument: only \"kill\" "
		    "may follow",
		    args[1]);
	else if (nargs > 2)
		give_up(EXIT_USAGE, "%s: unexpected argument", args[2]);
	else
		e.kill = nargs > 1;
	if (op == USER_ADD || op == USER_PASSWD)
		password_hash(USERHASH_YESCRYPT, want, e.hash, sizeof(e.hash));
	msg_put_user_edit(b, &e);
	explicit_bzero(&e, sizeof(e));
}

/* Takes the word out of those behind the name: whether it was there. */
static int
take_word(int *nargs, char **args, const char *word)
{
	int i, n = 1;

	for (i = 1; i < *nargs; i++)
		if (strcmp(args[i], word) != 0)
			args[n++] = args[i];
	i = *nargs != n;
	*nargs = n;
	return i;
}

/* As the daemon judges it: from the first second of that day in UTC. */
static void
warn_expired(int n, char **words)
{
	struct tm   tm;
	const char *date, *comma, *end;
	int         i;

	for (i = 0; i < n; i++) {
		if ((date = strstr(words[i], "expires=")) == NULL)
			continue;
		date += strlen("expires=");
		comma = strchr(date, ',');
		memset(&tm, 0, sizeof(tm));
		end = strptime(date, "%Y-%m-%d", &tm);
		if (end != NULL && (end == comma || *end == '\0') &&
		    timegm(&tm) <= time(NULL))
			complain("warning: expires=%.10s has passed: this user "
				 "cannot log in",
			    date);
	}
}

/* As in the file; one behind the other here. */
static void
put_options(char *dst, size_t size, int n, char **words)
{
	int i;

	for (i = 0; i < n; i++)
		if ((i > 0 && strlcat(dst, ",", size) >= size) ||
		    strlcat(dst, words[i], size) >= size)
			give_up(EXIT_USAGE, "options longer than %zu bytes",
			    size - 1);
}

void
user_put_unban(struct wbuf *b, int nargs, char **args)
{
	struct prefix p;
	char          what[LOGIN_NAME_SIZE];

	if (nargs > 1 && strcmp(args[0], "user") != 0)
		give_up_usage("unban", "%s: unexpected argument", args[1]);
	if (nargs == 1 && strcmp(args[0], "user") == 0)
		give_up_usage("unban", "unban user: missing argument: NAME");
	/* No such ban would be true, and no help. */
	if (nargs == 1 && strcmp(args[0], "all") != 0 &&
	    strncmp(args[0], "user ", 5) != 0 &&
	    prefix_parse(&p, args[0]) == -1)
		give_up_usage("unban",
		    "%s: neither an address nor \"all\"; "
		    "for a user: unban user %s",
		    args[0], args[0]);
	if ((size_t)snprintf(what, sizeof(what), "%s%s%s", args[0],
		nargs > 1 ? " " : "", nargs > 1 ? args[1] : "") >= sizeof(what))
		give_up(EXIT_USAGE, "%s: too long", args[nargs - 1]);
	msg_put_name(b, what);
}

void
user_print_hash(int nargs, char **args)
{
	enum userhash_method method = USERHASH_YESCRYPT;
	char                 hash[HASH_SETTING_SIZE];

	if (nargs > 0 && (method = password_method(args[0])) == USERHASH_NONE)
		give_up(EXIT_USAGE,
		    "%s: unknown method: yescrypt, bcrypt and "
		    "sha512 are known",
		    args[0]);
	password_hash(method, PASSWORD_ANY, hash, sizeof(hash));
	(void)puts(hash);
	explicit_bzero(hash, sizeof(hash));
}
