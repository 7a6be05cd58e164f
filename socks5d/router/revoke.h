/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sessions that a reload's rules refuse: "reload revoke".
 */

#ifndef ROUTER_REVOKE_H
#define ROUTER_REVOKE_H

#include <stdint.h>

struct msg;
struct peer;
struct router;
struct session;

void revoke_new(struct router *);
void revoke_on_start(void *, struct peer *, struct msg *);
void revoke_on_who(void *, struct peer *, struct msg *);

/* True if sessions were judged again after the config of that generation. */
int revoke_is_since(const struct router *, uint32_t generation);

/* One that was not known yet when the others were judged again. */
void revoke_late(struct router *, struct session *);

/* Auth is gone; it is there again and is asked what was not answered. */
void revoke_auth_down(struct router *);
void revoke_auth_up(struct router *);

#endif /* ROUTER_REVOKE_H */
