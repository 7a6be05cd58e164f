/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The system call filter of a role: one function, one file per system.
 *
 * sandbox_seccomp.c (Linux), sandbox_pledge.c (OpenBSD) or sandbox_none.c,
 * chosen by the build, never silently.  The lists of allowed calls lie in the
 * folder of each role (relay/relay_syscalls.c and so on).
 */

#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include "base/proc.h"

/*
 * Confines this process for good.  0, or -1 with errno.  For PROC_PARENT it
 * is a list of denied calls, which children inherit; for all others a list of
 * allowed ones, everything else kills the process.
 */
int sandbox_enter(enum proc_id);

/* "seccomp", "pledge" or "none". */
const char *sandbox_name(void);

/*
 * Writes the filter of a role to the descriptor as the kernel's program, for
 * tests that interpret it.  0, or -1 with errno (ENOTSUP on other systems).
 */
int sandbox_export(enum proc_id, int fd);

#endif /* BASE_SANDBOX_H */
