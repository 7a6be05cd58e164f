/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The logger: makes lines and hands them on.
 *
 * Never calls syslog and never opens anything; where lines go is the business
 * of the sink.  The state below is the one that a process has beside its own
 * struct.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static void log_line(enum log_level, int, const char *, va_list)
    __attribute__((__format__(printf, 3, 0)));
static void   log_to_stderr(const char *);
static size_t escape_byte(char[4], uint8_t);

static log_sink sink;
static void    *sink_arg;
static int      verbose;

void
log_set_sink(log_sink fn, void *arg)
{
	sink = fn;
	sink_arg = arg;
}

void
log_set_verbose(int on)
{
	verbose = on != 0;
}

int
log_is_verbose(void)
{
	return verbose;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_WARN, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	log_line(LOG_LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
log_errno(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, errno, fmt, ap);
	va_end(ap);
}

void
log_warn_errno(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_WARN, errno, fmt, ap);
	va_end(ap);
}

/* A child must not run what its parent's copy registered with atexit(3). */
void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, errno, fmt, ap);
	va_end(ap);
	_exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
	_exit(1);
}

char *
log_escape(char *dst, size_t dstsize, const void *src, size_t len)
{
	const uint8_t *p = src;
	char           unit[4];
	size_t         i, n, used = 0, cut = 0;

	if (dstsize == 0)
		return dst;
	for (i = 0; i < len; i++) {
		n = escape_byte(unit, p[i]);
		if (n >= dstsize - used)
			break;
		memcpy(dst + used, unit, n);
		used += n;
		/* The last place where the dots still fit. */
		if (used + sizeof("...") <= dstsize)
			cut = used;
	}
	dst[used] = '\0';
	if (i < len)
		(void)strlcpy(dst + cut, "...", dstsize - cut);
	return dst;
}

/* Cuts what is too long and leaves errno as it was. */
static void
log_line(enum log_level level, int error, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX], *p;
	int  saved = errno;

	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		(void)strlcpy(line, "log: line cannot be formatted",
		    sizeof(line));
	if (error != 0) {
		(void)strlcat(line, ": ", sizeof(line));
		(void)strlcat(line, strerror(error), sizeof(line));
	}
	/* Should an escape have been forgotten, a line is still one line. */
	for (p = line; *p != '\0'; p++) {
		if ((uint8_t)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
	if (sink != NULL)
		sink(sink_arg, level, line);
	else
		log_to_stderr(line);
	errno = saved;
}

/* One write, so that lines of several processes do not mix. */
static void
log_to_stderr(const char *line)
{
	char buf[LOG_LINE_MAX + sizeof("socks5d: \n")];
	int  n;

	n = snprintf(buf, sizeof(buf), "socks5d: %s\n", line);
	if (n < 0 || (size_t)n >= sizeof(buf))
		return;
	if (write(STDERR_FILENO, buf, (size_t)n) == -1)
		return; /* there is nowhere left to say so */
}

static size_t
escape_byte(char unit[4], uint8_t c)
{
	static const char hex[] = "0123456789abcdef";

	unit[0] = (char)c;
	if (c > ' ' && c < 0x7f && c != '\\' && c != '"')
		return 1;
	unit[0] = '\\';
	unit[1] = 'x';
	unit[2] = hex[c >> 4];
	unit[3] = hex[c & 0xf];
	return 4;
}
