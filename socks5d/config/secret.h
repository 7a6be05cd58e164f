/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Passwords of proxies from their files.
 */

#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include "config/parse.h"

struct conf;

/*
 * Reads the file of each member of an upstream that has one.  0, or -1 after
 * having reported all that is wrong.  conf_free() wipes what was read.
 */
int conf_load_secrets(struct conf *, parse_report, void *arg);

#endif /* CONFIG_SECRET_H */
