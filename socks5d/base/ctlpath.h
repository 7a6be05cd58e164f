/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where the control socket is when nobody says so: one answer for the daemon
 * and for socks5ctl.
 *
 * Pure but for a look at folders: opens nothing.
 */

#ifndef BASE_CTLPATH_H
#define BASE_CTLPATH_H

#include <stddef.h>

/* The socket of a daemon that root started. */
#define CTL_SYSTEM_PATH "/run/socks5d.sock"

/* The longest path of a unix socket, NUL included. */
#define CTL_PATH_SIZE 108

/*
 * The socket of a daemon that this user starts: CTL_SYSTEM_PATH for root,
 * else $XDG_RUNTIME_DIR/socks5d.sock, else /tmp/socks5d-UID/socks5d.sock.
 * -1 with errno if it does not fit, or if the folder in /tmp is there and is
 * not ours alone (EPERM).
 */
int ctl_default_path(char *dst, size_t);

/*
 * Makes the folder in /tmp if the path of ctl_default_path() is in it.  -1
 * with errno, EPERM if somebody else has it.
 */
int ctl_make_folder(const char *path);

#endif /* BASE_CTLPATH_H */
