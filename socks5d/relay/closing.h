/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A session whose client was refused: it has its answer and is given time to
 * read it.
 */

#ifndef RELAY_CLOSING_H
#define RELAY_CLOSING_H

#include "base/session.h"

struct relay;
struct session;

/*
 * The answer is out: says FIN, waits for the client's and takes what it still
 * sends, up to a bound.  The session is closing for that cause.
 */
void closing_start(struct relay *, struct session *, enum session_cause);

#endif /* RELAY_CLOSING_H */
