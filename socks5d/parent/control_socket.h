/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The socket of socks5ctl: made here, served by control.
 */

#ifndef PARENT_CONTROL_SOCKET_H
#define PARENT_CONTROL_SOCKET_H

#include "base/ctlpath.h"
#include "base/msg_codec.h"
#include "config/parse.h"

struct conf;
struct parent;
struct process;

/* The socket of socks5ctl. */
struct control_socket {
	int                       fd; /* -1 if there is none */
	char                      path[CTL_PATH_SIZE];
	struct msg_control_socket rights;
};

/* There is none so far. */
void control_socket_init(struct parent *);

/*
 * Looks at all that the next one waits for, and makes nothing; at() is called
 * before each thing that may hang, with its kind and its name.
 */
void control_socket_look(const struct parent *, const struct conf *,
    void (*at)(const char *what, const char *name));

/*
 * Makes the socket that the config wants, or takes the one there is if it is
 * at the same place; -1 after complaining.  It is in force after the commit;
 * an abort undoes what was made.
 */
int  control_socket_open(struct parent *, const struct conf *,
     struct control_socket *, parse_report, void *);
void control_socket_commit(struct parent *, const struct control_socket *);
void control_socket_abort(const struct parent *, struct control_socket *);
void control_socket_send(struct process *);

/* Removes its file, too. */
void control_socket_close(struct control_socket *);

#endif /* PARENT_CONTROL_SOCKET_H */
