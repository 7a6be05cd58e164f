/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is allowed in a config but probably not meant.
 */

#ifndef CONFIG_WARN_H
#define CONFIG_WARN_H

#include <stdint.h>

struct conf;

/*
 * Says what is allowed but probably not meant, once for each rule: that
 * "resolve remote" sends names away which rules about addresses could have
 * been about, or that it can have no effect, and that the rule never matches
 * (config/shadow.h).  For a config without faults.
 */
void conf_warn(const struct conf *,
    void (*complain)(void *, const char *file, uint32_t line, const char *text),
    void *arg);

#endif /* CONFIG_WARN_H */
