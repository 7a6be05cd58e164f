/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the looks for parts without effect share: see idle.h.
 */

#ifndef CONFIG_IDLE_PART_H
#define CONFIG_IDLE_PART_H

#include <stdint.h>

struct conf;
struct conf_listener;
struct conf_rule;

/* Of each kind it names so many. */
#define IDLE_MAX 10

enum idle_kind {
	IDLE_TABLE,
	IDLE_UPSTREAM,
	IDLE_LISTENER,
	IDLE_RULE,
	IDLE_KINDS,
};

/* Who hears of it. */
struct idle {
	const struct conf *conf;
	void (*complain)(void *, const char *, uint32_t, const char *);
	void        *arg;
	unsigned int n[IDLE_KINDS];
	int          udp; /* something is said about it */
};

void idle_say(struct idle *, enum idle_kind, const char *, uint32_t,
    const char *, ...) __attribute__((__format__(printf, 5, 6)));

/* What a rule says of commands that it does not pass. */
void idle_command(struct idle *, const struct conf_rule *);

/* True if requests of that CONF_COMMAND_* can pass by it. */
int idle_carries(const struct conf *, const struct conf_rule *, uint8_t);

/* True if a listener says something about UDP, or anything does. */
int idle_has_udp(const struct conf_listener *);
int idle_wants_udp(const struct conf *);

#endif /* CONFIG_IDLE_PART_H */
