/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tables, as socks5d -n reads them.
 */

#ifndef PARENT_TABLES_CHECK_H
#define PARENT_TABLES_CHECK_H

#include "config/parse.h"

struct conf;

/* -1 after complaining about each fault. */
int tables_check(const struct conf *, parse_report, void *);

#endif /* PARENT_TABLES_CHECK_H */
