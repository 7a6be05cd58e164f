/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A rule: its conditions, and what it does to the sessions that it lets pass.
 */

#ifndef CONF_CONF_RULE_H
#define CONF_CONF_RULE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "conf/conf_condition.h"
#include "conf/conf_size.h"
#include "conf/effect.h"

enum conf_action {
	CONF_BLOCK,
	CONF_PASS,
};

/* A rule's "command": a set; none is all. */
#define CONF_COMMAND_CONNECT 0x01U
#define CONF_COMMAND_BIND    0x02U
#define CONF_COMMAND_UDP     0x04U
#define CONF_COMMANDS        0x07U

/* What is counted together. */
enum conf_scope {
	CONF_PER_RULE,
	CONF_PER_USER,
	CONF_PER_SOURCE,
};

enum conf_period {
	CONF_DAY,
	CONF_MONTH,
};

/* What sessions under a rule may take; 0 is no limit. */
struct conf_limits {
	uint64_t         rate; /* bytes a second */
	enum conf_scope  rate_per;
	uint32_t         sessions;
	enum conf_scope  sessions_per;
	uint32_t         new_count; /* sessions in new_ms ... */
	uint32_t         new_ms;
	uint32_t         new_burst; /* ... and at once */
	enum conf_scope  new_per;
	uint64_t         quota; /* bytes in a period */
	enum conf_period quota_period;
	enum conf_scope  quota_per; /* not source */
};

/* An empty list is a condition that is not there. */
struct conf_rule {
	TAILQ_ENTRY(conf_rule) entry;
	enum conf_action       action;
	int                    quick;
	int                    log;
	struct conf_addrs      from;
	struct conf_addrs      to;
	struct conf_ports      ports;
	struct conf_ons        on;
	struct conf_users      users;
	struct conf_users      groups;
	struct conf_domains    domains;
	struct conf_countries  countries;
	struct conf_times      times;
	struct conf_days       days;
	uint8_t                commands; /* CONF_COMMAND_*; 0: all */
	int                    drop;     /* block without an answer */
	struct conf_route      route;
	struct conf_limits     limits;
	char                   label[CONF_LABEL_SIZE]; /* "" if none */
	char                   file[CONF_PATH_SIZE];   /* where it stands */
	uint32_t               line;
	uint32_t               number; /* 0 for the first rule */
	uint32_t               shadow; /* see config/shadow.h */
};
TAILQ_HEAD(conf_rules, conf_rule);

/* A rule with empty lists; NULL with errno. */
struct conf_rule *conf_rule_new(void);
void              conf_rule_free(struct conf_rule *);

/* True if requests of that CONF_COMMAND_* may pass by it. */
int conf_rule_passes(const struct conf_rule *, uint8_t command);

/*
 * Prints the rule as -nv does, without a newline.  What does not fit is cut
 * and ends in "...".  Returns the length of the whole text, so that it fits
 * if that is less than the size; a size of 0 only asks for it.
 */
size_t conf_rule_text(const struct conf_rule *, char *dst, size_t);

/*
 * Rules that say the same have the same, wherever they stand, and others have
 * another one.
 */
#define CONF_DIGEST_LEN 32

void conf_rule_digest(const struct conf_rule *, uint8_t out[CONF_DIGEST_LEN]);

#endif /* CONF_CONF_RULE_H */
