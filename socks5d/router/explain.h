/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What would become of a request, for "socks5ctl test".
 */

#ifndef ROUTER_EXPLAIN_H
#define ROUTER_EXPLAIN_H

#include <stdint.h>

struct msg;
struct msg_name_answer;
struct peer;
struct router;

void explain_init(struct router *);
void explain_commit(struct router *);
void explain_on_test(void *, struct peer *, struct msg *);

/* The resolver answers a question of here. */
void explain_answer(struct router *, const struct msg_name_answer *,
    uint64_t id);

/* These are gone: what one would say nobody hears, or is not said. */
void explain_resolver_down(struct router *);
void explain_control_down(struct router *);

/* An id of NAME_RESOLVE that is no session's. */
#define EXPLAIN_ID (UINT64_C(1) << 63)

#endif /* ROUTER_EXPLAIN_H */
