/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Descriptors of this process that UDP may have: sockets to which no client has
 * sent yet, and the twin of each flow's.  They are a part of all that there
 * are, so that accepting and connecting go on whatever associations do, and
 * are shared out among the sources of clients.
 */

#ifndef ROUTER_ROOM_H
#define ROUTER_ROOM_H

#include <stdint.h>

struct router;
struct session;
struct share;

void room_init(struct router *);

/* So many in all from now on. */
void room_set(struct router *, uint32_t);

/*
 * One of them for that session, whose relay must have room for the socket, too.
 * NULL with errno: EDQUOT if its source has its share, else ENOBUFS or ENOMEM.
 */
struct share *room_take(struct router *, const struct session *);
void          room_release(struct router *, struct share *);

#endif /* ROUTER_ROOM_H */
