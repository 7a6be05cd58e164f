/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where a BIND listens: a socket at an address that the target can reach.
 */

#ifndef ROUTER_BIND_LISTEN_H
#define ROUTER_BIND_LISTEN_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>

#include "base/session.h"

struct addr;
struct candidate;
struct request;
struct session;

/* What the parent has to make first: see pool_await(). */
struct bind_want {
	sa_family_t af;
	int         type;
};

/*
 * A socket that listens for the candidate; -1 with errno, and maybe with a hint
 * for the log.  EAGAIN if something is wanted.
 */
int bind_socket(struct request *, const struct candidate *, struct bind_want *);

/* What the client is told of it: where the target connects to; -1 or 0. */
int bind_name(const struct session *, int fd, struct addr *, uint16_t *port);

/* Why it fails: for the log, and the cause by which the client is answered. */
void bind_hint(struct request *, enum session_cause, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));

#endif /* ROUTER_BIND_LISTEN_H */
