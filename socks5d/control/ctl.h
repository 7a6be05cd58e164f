/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The service for socks5ctl: its socket, and who may have a connection.
 *
 * control.c has it and hands it what other processes answer; conn.h has the
 * connections, command.h what can be asked.
 */

#ifndef CONTROL_CTL_H
#define CONTROL_CTL_H

#include "base/msg_codec.h"
#include "control/conn.h"

struct event;
struct role;

/*
 * Connections served at a time; a further one is told so and closed.  Some are
 * kept for the daemon's user and root, the last of them for root alone, so
 * that members of the group cannot keep them out.
 */
#define CTL_CONNS_MAX   32
#define CTL_CONNS_OWNER 2
#define CTL_CONNS_ROOT  1

/* What a member of the group may have of those that are free: one half. */
#define CTL_CONNS_PART 2

struct ctl {
	struct role              *role;
	int                       fd; /* listening, or -1 */
	struct event             *accept;
	struct event             *tick;
	int                       paused; /* out of descriptors */
	struct msg_control_socket rights;
	struct conns              conns;
};

/* After role_init(); ends the process if memory is short. */
void ctl_init(struct ctl *, struct role *);

/*
 * Serves this socket from now on, with these rights, which hold for those who
 * are connected as well; takes fd.
 */
void ctl_listen(struct ctl *, int fd, const struct msg_control_socket *);

#endif /* CONTROL_CTL_H */
