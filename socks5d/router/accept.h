/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Clients come in: accepted, counted, handed to the least loaded relay.
 */

#ifndef ROUTER_ACCEPT_H
#define ROUTER_ACCEPT_H

#include <stdint.h>

struct router;

/* Why no client is accepted for now; a set. */
#define PAUSE_RESOURCES 0x01U /* accept(2) failed for lack of them */
#define PAUSE_SESSIONS  0x02U /* as many sessions as allowed */
#define PAUSE_NO_RELAY  0x04U
#define PAUSE_STOPPING  0x08U

void accept_init(struct router *);

/* A config is in force: listens on its sockets, and on no others. */
void accept_commit(struct router *);

/* No client is accepted while there is any reason to pause. */
void accept_pause(struct router *, unsigned int why);
void accept_resume(struct router *, unsigned int why);

/* How many sessions may be open: config and descriptors. */
void accept_set_limits(struct router *);

/* A session has ended: there may be room for another one. */
void accept_left(struct router *);

/* No client any more: whoever knocks is refused. */
void accept_stop(struct router *);

#endif /* ROUTER_ACCEPT_H */
