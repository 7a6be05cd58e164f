/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "test": see trial.h.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "trial.h"

static int  put_word(struct msg_test *, const char *, const char *);
static void put_text(char *, size_t, const char *, const char *);
static void put_request(struct msg_session_open *, char **);

void
trial_put(struct wbuf *b, int nargs, char **args)
{
	static const char *const needed[] = { "COMMAND, HOST and PORT",
		"HOST and PORT", "PORT" };
	struct msg_test          t;

	memset(&t, 0, sizeof(t));
	while (nargs > 1 && put_word(&t, args[0], args[1]) == 0) {
		nargs -= 2;
		args += 2;
	}
	if (nargs < 3)
		give_up_usage("test", "test: missing argument: %s",
		    needed[nargs]);
	if (nargs > 3)
		give_up_usage("test", "%s: unexpected argument", args[3]);
	if (t.from.af == AF_UNSPEC)
		(void)addr_parse(&t.from, "127.0.0.1");
	put_request(&t.open, args);
	msg_put_test(b, &t);
}

/* -1 if it is none of these words. */
static int
put_word(struct msg_test *t, const char *word, const char *value)
{
	if (strcmp(word, "from") == 0) {
		if (addr_parse(&t->from, value) == -1)
			give_up(EXIT_USAGE, "from %s: invalid address", value);
	} else if (strcmp(word, "user") == 0)
		put_text(t->user, sizeof(t->user), word, value);
	else if (strcmp(word, "on") == 0)
		put_text(t->on, sizeof(t->on), word, value);
	else
		return -1;
	return 0;
}

static void
put_text(char *dst, size_t size, const char *word, const char *value)
{
	if (value[0] == '\0' || strlcpy(dst, value, size) >= size)
		give_up(EXIT_USAGE, "%s %s: must be 1 to %zu bytes", word,
		    value, size - 1);
}

static void
put_request(struct msg_session_open *o, char **args)
{
	const char *error;
	size_t      len = strlen(args[1]);

	if (strcmp(args[0], "connect") == 0)
		o->command = SESSION_CONNECT;
	else if (strcmp(args[0], "bind") == 0)
		o->command = SESSION_BIND;
	else if (strcmp(args[0], "udp") == 0)
		o->command = SESSION_UDP;
	else
		give_up(EXIT_USAGE,
		    "%s: unknown request: connect, bind and "
		    "udp are known",
		    args[0]);
	if (addr_parse(&o->addr, args[1]) == -1) {
		if (len == 0 || len > sizeof(o->name))
			give_up(EXIT_USAGE,
			    "%s: invalid host: must be 1 to "
			    "%zu bytes",
			    args[1], sizeof(o->name));
		o->addr.af = AF_UNSPEC;
		o->namelen = (uint8_t)len;
		memcpy(o->name, args[1], len);
	}
	o->port = (uint16_t)strtonum(args[2], 0, UINT16_MAX, &error);
	if (error != NULL)
		give_up(EXIT_USAGE, "port %s: %s", args[2], error);
}
