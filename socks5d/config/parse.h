/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Reading and printing socks5d.conf.  No child ever parses the text.
 */

#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include <stdio.h>

struct conf;

/* One macro from the command line or the environment; wins over the file. */
struct parse_override {
	const char *name;
	const char *value;
	int         quiet; /* no warning if no file uses it */
};

/* Takes one complaint: "file:line: what: why" or "file:line: warning: ...". */
typedef void (*parse_report)(void *arg, const char *line);

/* True if such a line is a warning: nothing fails for it. */
int parse_is_warning(const char *line);

/*
 * Reads the config file and all that it includes.  Overrides come in rising
 * precedence.  Every error of the files goes to report in one run, then the
 * result is NULL; warnings go there too and do not fail.  What conf_check()
 * finds is among the errors.  The caller owns the result: conf_free().
 */
struct conf *parse_config(const char *path, const struct parse_override *,
    size_t noverrides, parse_report, void *arg);

/* As above for a text that stands in memory; name is used in errors. */
struct conf *parse_text(const char *text, const char *name,
    const struct parse_override *, size_t noverrides, parse_report, void *arg);

/* Prints the config so that parsing it again gives the same config. */
void conf_print(FILE *, const struct conf *);

#endif /* CONFIG_PARSE_H */
