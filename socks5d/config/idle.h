/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Parts of a config that have no effect.
 *
 * Pure.  The parent warns of them.
 */

#ifndef CONFIG_IDLE_H
#define CONFIG_IDLE_H

#include <stdint.h>

struct conf;

/*
 * Reports tables, upstreams, listeners and rules of which a part can be seen
 * to do nothing, in their order; each is right by itself.
 */
void idle_warn(const struct conf *,
    void (*)(void *, const char *file, uint32_t line, const char *text),
    void *arg);

/* True if clients of some listener can log in. */
int idle_has_logins(const struct conf *);

/* True if some rule passes requests of that CONF_COMMAND_*. */
int idle_serves(const struct conf *, uint8_t command);

#endif /* CONFIG_IDLE_H */
