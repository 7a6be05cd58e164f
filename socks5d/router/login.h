/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What auth says of clients, on a channel of its own, and requests that wait
 * for it.
 */

#ifndef ROUTER_LOGIN_H
#define ROUTER_LOGIN_H

#include "base/session.h"

struct msg;
struct msg_session_open;
struct peer;
struct router;
struct session;

void login_on_kill(void *, struct peer *, struct msg *);

/*
 * MSG_SESSION_USER: the session if a request of it was kept for that, and may
 * go on or not now; or NULL.
 */
struct session *login_user(struct router *, struct peer *, struct msg *);

/*
 * What auth says may still be on its way: keeps the request until it has
 * come.  CAUSE_NONE, or why it does not.
 */
enum session_cause login_hold(struct router *, struct session *,
    const struct msg_session_open *);

/*
 * Takes what auth has said so far, so that the log has it; the session again,
 * or NULL if it has ended over it.
 */
struct session *login_hear(struct router *, struct session *);

/* Ends a relay that claims or asks what it must not. */
void login_accuse(struct router *, unsigned int relay, const char *what);

#endif /* ROUTER_LOGIN_H */
