/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The logger.  The parent and socks5ctl write lines themselves; a child hands
 * them to a sink, which sends them to the parent.
 *
 * A line is lower case, "subject: what: reason", without a final dot; whatever
 * came from outside goes through log_escape().
 */

#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR, /* somebody must look */
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG, /* only after "log verbose" or -v */
	LOG_LEVEL_MAX,
};

/* Longest line, NUL included; longer ones are cut. */
#define LOG_LINE_MAX 2048

/* Takes one finished line without newline. */
typedef void (*log_sink)(void *arg, enum log_level, const char *line);

/*
 * Until it is called, lines go to stderr with the prefix "socks5d: ".  A sink
 * must not log.
 */
void log_set_sink(log_sink, void *arg);

/* Debug lines are dropped unless verbose. */
void log_set_verbose(int);
int  log_is_verbose(void);

void log_error(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_warn(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((__format__(printf, 1, 2)));

/* As log_error() and log_warn(), with ": " and strerror(errno) at the end. */
void log_errno(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void log_warn_errno(const char *, ...)
    __attribute__((__format__(printf, 1, 2)));

/* Log an error and end this process with _exit(1): fatal() adds errno. */
_Noreturn void fatal(const char *, ...)
    __attribute__((__format__(printf, 1, 2)));
_Noreturn void fatalx(const char *, ...)
    __attribute__((__format__(printf, 1, 2)));

/*
 * Prints len bytes so that they cannot forge a line: printable ASCII but
 * backslash, quote and space stays, the rest becomes \xNN.  Cuts with "..."
 * what does not fit.  Returns dst, always NUL-terminated.
 */
char *log_escape(char *dst, size_t dstsize, const void *src, size_t len);

#endif /* BASE_LOG_H */
