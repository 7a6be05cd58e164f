/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A session before its target is connected: what its client asks for, and the
 * reply.
 */

#ifndef RELAY_HANDSHAKE_H
#define RELAY_HANDSHAKE_H

#include <stdint.h>

#include "base/msg_login.h"
#include "base/session.h"

struct msg_session_bound;
struct msg_session_new;
struct msg_session_opened;
struct msg_udp_opened;
struct relay;
struct session;

/*
 * A new session: reads what its client has sent, and watches for more.  Takes
 * the descriptor in any case; -1 if memory is short.
 */
int handshake_start(struct relay *, uint64_t id, int fd,
    const struct msg_session_new *);

/*
 * The router's yes, to a session that waits for it.  Takes the descriptor and
 * tells the client; 0 if the session is open now.
 */
int handshake_opened(struct relay *, struct session *,
    const struct msg_session_opened *, int fd);

/*
 * The router's yes to UDP ASSOCIATE: tells the client; 0 if it has heard.  What
 * it sent behind its request is dropped.
 */
int handshake_associated(struct relay *, struct session *,
    const struct msg_udp_opened *);

/*
 * The first of two answers to a BIND: tells the client, and waits for the
 * second.  What the client sends meanwhile is kept; if it only says FIN it is
 * gone.
 */
void handshake_bound(struct relay *, struct session *,
    const struct msg_session_bound *);

/* The router's no, to one that waits for it; rep as of SOCKS5. */
void handshake_refused(struct relay *, struct session *, uint8_t rep,
    enum session_cause);

/* What auth says of a login; ignored if the session waits for no such word. */
void handshake_login(struct relay *, struct session *, enum login_told);

/* That role is gone: nobody will answer those who asked it. */
void handshake_router_down(struct relay *);
void handshake_auth_down(struct relay *);

#endif /* RELAY_HANDSHAKE_H */
