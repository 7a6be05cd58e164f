/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Places: how many sessions there may be, and how many new ones in a time,
 * under a rule, of a user, of a source.
 */

#ifndef ROUTER_LIMIT_H
#define ROUTER_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/limit.h"
#include "conf/conf.h"

struct meter;
struct router;
struct rule_stat;
struct session;

/* By whom places are counted. */
struct limit_who {
	struct addr source; /* masked: /32 or /64 */
	const char *user;   /* NULL if not logged in */
	int         is_udp; /* the session is an association */
};

void limit_init(struct router *);
void limit_who(const struct session *, struct limit_who *);

/*
 * Takes a place under this rule for the session, unless it has one there, and
 * the first time one under the settings; NULL is no rule.  A session may have
 * places under many rules.  -1 if a limit is reached or a quota used up: then
 * nothing is taken, and the hint, which is the caller's, is another one.
 */
int limit_admit(struct router *, struct session *, struct rule_stat *,
    char **hint);

/* The same, but takes nothing: -1 if it would be refused, with the hint. */
int limit_look(struct router *, const struct limit_who *, struct rule_stat *,
    char *hint, size_t);

/* The state of a limit: "sessions 3 of 50 per user", and the same apart. */
struct limit_told {
	const char *name;
	const char *per;
	const char *period; /* of a quota, or NULL */
	uint64_t    used;   /* of a rate: sessions that share it */
	uint64_t    most;
	char        text[160];
};

/*
 * Tells each limit that such a session would be under, and its present state.
 * Takes nothing, either.
 */
void limit_each(struct router *, const struct limit_who *, struct rule_stat *,
    void (*)(void *, const struct limit_told *), void *);

/* The request has won under that rule: other places are given back. */
void limit_settle(struct router *, struct session *, const struct rule_stat *);

/* The session has ended: gives back all places. */
void limit_release(struct router *, struct session *);

/* A session of a former router, whose rule is known, has its places. */
void limit_adopt(struct router *, struct session *);

/* The meter for that, made if need be; NULL if memory is short. */
struct meter *limit_meter(struct router *, enum limit_kind, struct rule_stat *,
    enum conf_scope, const struct limit_who *);

/* That the quota of the rule is used up. */
void limit_quota_text(struct rule_stat *, char *, size_t);

#endif /* ROUTER_LIMIT_H */
