/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the config names and this host does not have.
 */

#ifndef PARENT_HOST_CHECK_H
#define PARENT_HOST_CHECK_H

#include "config/parse.h"

struct conf;

/*
 * Warns of what may come, and complains of ports that our processes may never
 * have; -1 if there are any.
 */
int host_check(const struct conf *, parse_report, void *);

#endif /* PARENT_HOST_CHECK_H */
