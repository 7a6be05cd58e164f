/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the request of a command carries, from its arguments.
 */

#ifndef SOCKS5CTL_PAYLOAD_H
#define SOCKS5CTL_PAYLOAD_H

#include <stdio.h>

struct command;
struct wbuf;

/*
 * Ends the process with words if something is wrong with the arguments, or
 * with the file, which is NULL but for changes of a table.  Returns a text
 * that follows when the daemon asks for it, or NULL.
 */
FILE *payload_put(struct wbuf *, const struct command *, int nargs, char **args,
    const char *file);

#endif /* SOCKS5CTL_PAYLOAD_H */
