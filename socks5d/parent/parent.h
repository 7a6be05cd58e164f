/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The parent: reads the config, opens what needs rights, starts and watches
 * the children, writes the log.  It reads no byte of a client.
 */

#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#include <stddef.h>

#include "config/parse.h"

/* What the command line said. */
struct parent_options {
	const char            *file;      /* -f, or NULL */
	const char            *socket;    /* -s, or NULL */
	int                    debug;     /* -d */
	int                    check;     /* -n */
	int                    strict;    /* -W */
	int                    verbose;   /* -v */
	struct parse_override *overrides; /* environment, then -D */
	size_t                 noverrides;
};

/* Returns the exit status if told to check; otherwise it does not return. */
int parent_main(const struct parent_options *);

#endif /* PARENT_PARENT_H */
