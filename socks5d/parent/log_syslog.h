/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The log daemon of this host as a place for log lines: see log_out.h.
 */

#ifndef PARENT_LOG_SYSLOG_H
#define PARENT_LOG_SYSLOG_H

#include <stddef.h>

#include "parent/log_out.h"

/* Connects to it, if it is there; it listens at that path. */
void log_syslog_open(const char *path);

/* A line of that priority, as it wants it; gives its length. */
size_t log_syslog_line(int priority, const char *line, char *dst, size_t size);

/* As in struct log_place. */
enum log_sent log_syslog_send(const char *, size_t, size_t *);
int           log_syslog_fd(void);

#endif /* PARENT_LOG_SYSLOG_H */
