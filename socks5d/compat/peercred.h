/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Who is at the far end of a unix socket: systems differ.
 *
 * Used by control.  One file per system has the functions; they ask the kernel
 * about the socket and nobody else.
 */

#ifndef COMPAT_PEERCRED_H
#define COMPAT_PEERCRED_H

#include <sys/types.h>

/* The effective user of who connected; -1 with errno. */
int peercred_uid(int fd, uid_t *);

/* True if the group was one of who connected, effective or supplementary. */
int peercred_has_gid(int fd, gid_t);

#endif /* COMPAT_PEERCRED_H */
