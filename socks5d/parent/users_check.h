/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The users file, as socks5d -n reads it.
 */

#ifndef PARENT_USERS_CHECK_H
#define PARENT_USERS_CHECK_H

#include "config/parse.h"

struct conf;

/* -1 after complaining about each fault. */
int users_check(const struct conf *, parse_report, void *);

#endif /* PARENT_USERS_CHECK_H */
