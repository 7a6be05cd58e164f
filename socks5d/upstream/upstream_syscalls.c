/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the upstream role may call beyond the base: look at what a proxy sent
 * without taking it.  Linux only, data only.
 *
 * Its sockets come connected, and read(2) and write(2) do for the rest.  What
 * is looked at has no address: the role need not learn where it is.
 */

#include <sys/socket.h>

#include "base/syscalls.h"

static const struct syscall_rule upstream_rules[] = {
	CALL_IF(recvfrom, ARG_IS(3, MSG_PEEK), ARG_IS(4, 0), ARG_IS(5, 0)),
};

const struct syscall_list upstream_syscalls = SYSCALL_LIST(upstream_rules);
