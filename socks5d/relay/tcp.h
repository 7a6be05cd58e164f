/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * An open session that carries a stream: bytes both ways, FIN as FIN, reset
 * as reset.
 */

#ifndef RELAY_TCP_H
#define RELAY_TCP_H

struct relay;
struct session;

/*
 * The session has both its sockets, each watched by the poller, and the client
 * has its reply: from here on it carries bytes.
 */
void tcp_start(struct relay *, struct session *);

#endif /* RELAY_TCP_H */
