/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The connection to a daemon: found, greeted, asked.
 *
 * Waits for everything with a limit and says why it gave up.
 */

#ifndef SOCKS5CTL_CLIENT_H
#define SOCKS5CTL_CLIENT_H

#include "base/msg.h"

struct channel;
struct msg_result;
struct wbuf;

/* How long connecting and greeting may take. */
#define GREETING_MS 2000

/*
 * Connects to path, or if it is NULL to the socket of this user's daemon and
 * then to that of root's, and compares versions.  Ends the process with words
 * if that fails.
 */
struct channel *client_open(const char *path);

/* Sends a request; ends the process if it cannot. */
void client_send(struct channel *, enum msg_type, const struct wbuf *);

/*
 * The next message, valid until the next call.  NULL if none comes within so
 * many milliseconds, or ever: then that is the result, with words.
 */
struct msg *client_recv(struct channel *, int patience_ms, struct msg_result *);

#endif /* SOCKS5CTL_CLIENT_H */
