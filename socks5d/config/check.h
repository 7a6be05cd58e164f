/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is wrong with the whole of a config although each line is right.
 */

#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include <stdint.h>

struct conf;

/*
 * Says what keeps the whole of a config from being used although each line of
 * it is right, calling complain once for each fault with the file and line
 * that it concerns: listeners used twice, a non-loopback listener without
 * "open" or "auth required" that a pass rule without "from", "user" and
 * "group" can reach, an "on" that names no listener, "auth" without a file of
 * users, a table that is not there or of something else, a country without a
 * database, an upstream that is not there, leads to itself or cannot do what a
 * rule's command says, a rule for users where nobody logs in.
 * Returns the number of faults.
 */
unsigned int conf_check(const struct conf *,
    void (*complain)(void *, const char *file, uint32_t line, const char *text),
    void *arg);

#endif /* CONFIG_CHECK_H */
