/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Quotas: bytes in a day or a month, which outlive this process.
 */

#ifndef ROUTER_QUOTA_H
#define ROUTER_QUOTA_H

#include <stddef.h>
#include <stdint.h>

#include "base/quota.h"

struct meter;
struct msg;
struct peer;
struct router;
struct rule_stat;

/* Calls told when the parent has heard of all, if it had to wait for that. */
void quota_init(struct router *, void (*told)(struct router *));

/*
 * The meter of its quota, or NULL; made, or NULL if memory is short or there is
 * no room to keep another one.
 */
struct meter *quota_find(struct router *, const struct rule_stat *,
    const char *user);
struct meter *quota_get(struct router *, const struct rule_stat *,
    const char *user);
int quota_is_used(struct router *, const struct rule_stat *, const char *user);

/* There is none, and no room for it; somebody was refused for that. */
int  quota_is_full(struct router *, const struct rule_stat *, const char *user);
void quota_refused(struct router *);

/* Bytes used in this period, and left of so many. */
uint64_t quota_used(struct router *, struct meter *);
uint64_t quota_left(struct router *, struct meter *, uint64_t most);

/* So many more, or less, are used. */
void quota_add(struct router *, struct meter *, int64_t);

/* Rule and user of a meter of a quota. */
void quota_key(const struct meter *, const char **rule, char *user, size_t);

/*
 * The parent hears of all that has changed.  False if it does not read so
 * fast: then that goes on by itself.
 */
int  quota_tell(struct router *);
void quota_on_rows(void *, struct peer *, struct msg *);

#endif /* ROUTER_QUOTA_H */
