/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control may call beyond base_syscalls.c.  Linux only, data only.
 */

#include <sys/socket.h>

#include "base/syscalls.h"

/* Not in the libc header of every libc. */
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static const struct syscall_rule control_rules[] = {
	/* socks5ctl comes in and the kernel says who it is. */
	CALL_IF(accept4, ARG_IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	CALL_IF(getsockopt, ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_PEERCRED)),
	CALL_IF(getsockopt, ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_PEERGROUPS)),
};

const struct syscall_list control_syscalls = SYSCALL_LIST(control_rules);
