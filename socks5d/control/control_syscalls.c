/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * What control may call beyond base_syscalls.c.  Linux only, data only.
 */

#include <sys/socket.h>

#include "base/syscalls.h"

/* Not in the libc header of every libc. */
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS	59
#endif

static const struct syscall_rule control_rules[] = {
	/* socks5ctl comes in and the kernel says who it is. */
	CALL_IF(accept4, ARG_IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	CALL_IF(getsockopt, ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_PEERCRED)),
	CALL_IF(getsockopt, ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_PEERGROUPS)),
};

const struct syscall_list	control_syscalls = SYSCALL_LIST(control_rules);
