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

const struct syscall_list	upstream_syscalls =
				    SYSCALL_LIST(upstream_rules);
