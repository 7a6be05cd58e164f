/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Questions to the resolver, for requests and for those who ask what a request
 * would come to.
 */

#ifndef ROUTER_RESOLVE_H
#define ROUTER_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/session.h"

struct addr;
struct request;
struct router;

void resolve_init(struct router *);

/*
 * Asks for the addresses of a name under that id, for this client, or for
 * nobody if it is NULL.  The families that will be answered; 0 if there is no
 * resolver.
 */
uint8_t resolve_ask(struct router *, uint64_t id, const char *name,
    const struct addr *client);

/*
 * Why there is nothing to connect to, for the log and who asks; -1 if that is
 * not known.
 */
int resolve_hint(const struct request *, enum session_cause, char *, size_t);

/* What it means if that was refused. */
#define RESOLVE_BUSY_HINT "too many name lookups of its source pending"

#endif /* ROUTER_RESOLVE_H */
