/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * stderr as a place for log lines: see log_out.h.
 */

#ifndef PARENT_LOG_STDERR_H
#define PARENT_LOG_STDERR_H

#include <stddef.h>

#include "parent/log_out.h"

/* Takes stderr as it is at this time. */
void log_stderr_open(void);

/* It was the journal of systemd then. */
int log_stderr_is_journal(void);

/* As in struct log_place. */
enum log_sent log_stderr_send(const char *, size_t, size_t *);
int           log_stderr_fd(void);

#endif /* PARENT_LOG_STDERR_H */
