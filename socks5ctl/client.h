/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The connection to a daemon: found, greeted, asked.
 *
 * Part of socks5ctl.  Waits for everything with a limit and says why it gave
 * up.
 */

#ifndef SOCKS5CTL_CLIENT_H
#define SOCKS5CTL_CLIENT_H

#include "base/msg.h"

struct channel;
struct wbuf;

/* What socks5ctl ends with. */
enum exit_status {
	EXIT_DONE,
	EXIT_REFUSED,		/* or failed on the way */
	EXIT_USAGE,
	EXIT_NO_DAEMON
};

/* How long connecting and greeting may take. */
#define GREETING_MS	2000

/*
 * Connects to path, or if it is NULL to the socket of this user's daemon and
 * then to that of root's, and compares versions.  Ends the process with words
 * if that fails.
 */
struct channel	*client_open(const char *path);

/* Sends a request; ends the process if it cannot. */
void		 client_send(struct channel *, enum msg_type,
		    const struct wbuf *);

/*
 * The next message, valid until the next call.  Ends the process if none
 * comes within so many milliseconds.
 */
struct msg	*client_recv(struct channel *, int patience_ms);

/*
 * "socks5ctl: text" to stderr, the text made harmless for a terminal; the
 * second ends the process as well.
 */
/*
 * What was printed so far has arrived, or this gives up; without a word if
 * nobody reads it any more.
 */
void		 flush_output(void);

void		 complain(const char *, ...)
		    __attribute__((__format__(printf, 1, 2)));
_Noreturn void	 give_up(enum exit_status, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

#endif /* SOCKS5CTL_CLIENT_H */
