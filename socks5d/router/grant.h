/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Allowances: what sessions under a rate or a quota may move, in portions.
 */

#ifndef ROUTER_GRANT_H
#define ROUTER_GRANT_H

#include <stdint.h>

struct limit_who;
struct meter;
struct msg;
struct peer;
struct router;
struct session;

void grant_init(struct router *);

/*
 * The session belongs to the allowance of its rule, whose id that is; 0 if
 * the rule has neither rate nor quota.  -1 if memory is short.
 */
int  grant_join(struct router *, struct session *, const struct limit_who *,
     uint64_t *id);
void grant_leave(struct router *, struct session *);

/* False if the relay cannot have had so many bytes for this session. */
int grant_covers(const struct session *, uint64_t bytes);

/* How much it has moved, or will, of what is granted cannot be known. */
void grant_lose(const struct session *);

/* A session of a former router: its relay is told where it belongs. */
void grant_adopt(struct router *, struct session *);
void grant_on_want(void *, struct peer *, struct msg *);
void grant_on_return(void *, struct peer *, struct msg *);
void grant_relay_down(struct router *, unsigned int relay);

/* A rule under whose quota there are sessions at present, or "". */
const char *grant_where(const struct meter *);

#endif /* ROUTER_GRANT_H */
