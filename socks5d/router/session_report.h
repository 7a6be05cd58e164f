/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A session as control learns of it: in the log, and in a list.  Finished ones
 * are batched, so that none holds up a client.
 */

#ifndef ROUTER_SESSION_REPORT_H
#define ROUTER_SESSION_REPORT_H

#include <stdint.h>

struct router;
struct session;
struct session_row;

void session_report_init(struct router *);

/* It has ended: a line of the log, sent with others a little later. */
void session_report_end(struct router *, const struct session *);
void session_report_flush(struct router *);

/* Something to be sent so was put into its buffer. */
void session_report_soon(struct router *);

/* A row of a list of sessions. */
void session_report_row(const struct session *, uint64_t now,
    struct session_row *);

#endif /* ROUTER_SESSION_REPORT_H */
