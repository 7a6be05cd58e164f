/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The log.
 */

#ifndef PARENT_LOGGER_H
#define PARENT_LOGGER_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

struct conf_log;
struct event_base;
struct parent_options;

/* Until the log is open, errors go to stderr and all else is held for it. */
void logger_early(void);
void logger_open(struct event_base *, const struct parent_options *,
    const struct conf_log *);

/* The daemon is up: from now on nobody reads stderr but as a log. */
void logger_up(void);

/* stderr is another one now. */
void logger_stderr(void);

/* The end: what is still on its way gets out, if the log takes it soon. */
void logger_close(void);
void logger_lines(const uint8_t *, size_t);

/*
 * A line that JSON has the parts of as well: "event" and the fields.  Text is
 * the line alone.  A field of text NULL is a number, or null if that is below
 * zero.
 */
struct logger_field {
	const char *name;
	const char *text;
	int64_t     number;
};

void logger_event(enum log_level, const char *event,
    const struct logger_field *, size_t n, const char *line);

/* Lines that the log did not take. */
uint64_t logger_lost(void);

#endif /* PARENT_LOGGER_H */
