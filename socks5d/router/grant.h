/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Allowances: what sessions under a rate or a quota may move, in portions.
 *
 * Members of an allowance are such sessions, and flows of sessions whose flows
 * are each under a rule of its own.
 */

#ifndef ROUTER_GRANT_H
#define ROUTER_GRANT_H

#include <stdint.h>

struct member;
struct meter;
struct msg;
struct peer;
struct router;
struct rule_stat;
struct session;

void grant_init(struct router *);

/*
 * Who is to end a flow, since its quota is used up.  It may be asked for that
 * again, and leaves the allowance not now but when its relay has said the last
 * of it.
 */
void grant_on_used_up(struct router *,
    void (*end)(struct router *, struct member *));

/*
 * The member, which is that of the session or of a flow of it, belongs to the
 * allowance of this rule, whose id that is; 0 if the rule, or NULL, has neither
 * rate nor quota.  -1 if memory is short.
 */
int grant_join(struct router *, struct session *, struct member *,
    struct rule_stat *, uint64_t *id);

/* It is over, after so many bytes. */
void grant_leave(struct router *, struct member *, uint64_t bytes);

/* False if the relay cannot have had so many bytes for this member. */
int grant_covers(const struct member *, uint64_t bytes);

/* How much it has moved, or will, of what is granted cannot be known. */
void grant_lose(const struct member *);

/* A session of a former router: its relay is told where it belongs. */
void grant_adopt(struct router *, struct session *);
void grant_on_want(void *, struct peer *, struct msg *);
void grant_on_return(void *, struct peer *, struct msg *);
void grant_relay_down(struct router *, unsigned int relay);

/* A rule under whose quota there are sessions at present, or "". */
const char *grant_where(const struct meter *);

#endif /* ROUTER_GRANT_H */
