/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Words for the user: see say.h.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctlpath.h"
#include "base/msg_codec.h"
#include "say.h"

static void vcomplain(const char *, va_list)
    __attribute__((__format__(printf, 1, 0)));

void
say_safe(FILE *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s >= ' ' && *s <= '~')
			(void)fputc(*s, out);
		else
			(void)fprintf(out, "\\x%02x", (uint8_t)*s);
	}
}

void
complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);
}

void
flush_output(void)
{
	int failed = ferror(stdout);

	if (fflush(stdout) != EOF && !failed)
		return;
	if (errno == EPIPE)
		exit(EXIT_REFUSED);
	give_up(EXIT_REFUSED, "stdout: %s", strerror(errno));
}

_Noreturn void
give_up(enum exit_status status, const char *fmt, ...)
{
	va_list ap;

	(void)fflush(stdout);
	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);
	exit(status);
}

_Noreturn void
give_up_usage(const char *first, const char *fmt, ...)
{
	va_list ap;
	char    what[512];

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	give_up(EXIT_USAGE, "%s; see \"socks5ctl help%s%s\"", what,
	    first == NULL ? "" : " ", first == NULL ? "" : first);
}

static void
vcomplain(const char *fmt, va_list ap)
{
	char text[MSG_TEXT_SIZE + CTL_PATH_SIZE];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	(void)fputs("socks5ctl: ", stderr);
	say_safe(stderr, text);
	(void)fputc('\n', stderr);
}
