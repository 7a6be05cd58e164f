/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * BIND (RFC 1928, section 4): the target connects to us, for the client.
 */

#ifndef ROUTER_BIND_H
#define ROUTER_BIND_H

struct msg_session_open;
struct addr;
struct request;

/*
 * True if the request names nobody, by 0.0.0.0, by :: or by the name "0": a
 * BIND to which anybody may connect, or an association; the address is then an
 * unspecified one.
 */
int bind_is_any(const struct msg_session_open *, struct addr *);

/*
 * Listens for one of the candidates of the request, tells the client where, and
 * opens the session when one of them connects who is allowed.  It may end the
 * request in the call or later.
 */
void bind_start(struct request *);

/* Its time to wait is over: for the target, or until it goes on. */
void bind_expired(struct request *);
void bind_resume(struct request *);

/* Closes what is listening; harmless if there is nothing. */
void bind_stop(struct request *);

#endif /* ROUTER_BIND_H */
