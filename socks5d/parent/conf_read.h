/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reading the config that the options name, and complaining of it.
 */

#ifndef PARENT_CONF_READ_H
#define PARENT_CONF_READ_H

#include "config/parse.h"

struct conf;
struct parent;

/* Reads the config as the options say; NULL after complaining. */
struct conf *conf_read(struct parent *, parse_report, void *);

/* Its name, or that of the file that is looked for. */
const char *conf_read_file(const struct parent *);

/* There is no file. */
int conf_read_is_builtin(const struct parent *);

/* To the log, as the warning or the error that it is. */
void conf_complain(const char *line);

#endif /* PARENT_CONF_READ_H */
