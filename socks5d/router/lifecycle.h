/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The life of sessions: what relays and auth say of them, and what follows.
 *
 * The top but for router.c: no other file calls it.
 */

#ifndef ROUTER_LIFECYCLE_H
#define ROUTER_LIFECYCLE_H

struct msg;
struct peer;
struct router;

void life_init(struct router *);

/* Messages of relays about sessions. */
void life_on_open(void *, struct peer *, struct msg *);
void life_on_closed(void *, struct peer *, struct msg *);
void life_on_adopt(void *, struct peer *, struct msg *);
void life_on_told(void *, struct peer *, struct msg *);
void life_on_moved(void *, struct peer *, struct msg *);

/* A relay that may tell what it has; that has told all, or is gone. */
void life_adoption_begin(struct router *, unsigned int relay);
void life_adoption_end(struct router *, unsigned int relay);

/* Of auth: who a session's client is; that it is gone itself. */
void life_on_user(void *, struct peer *, struct msg *);
void life_auth_down(struct router *);

/* A relay died: its sessions died with it. */
void life_relay_down(struct router *, unsigned int relay);

#endif /* ROUTER_LIFECYCLE_H */
