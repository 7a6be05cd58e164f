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
 * OpenBSD: see sockclass.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>

#include "compat/sockclass.h"

int
sockclass_mark(int fd, uint32_t mark)
{
	errno = ENOTSUP;
	return -1;
}

int
sockclass_rtable(int fd, uint32_t rtable)
{
	int	n = (int)rtable;

	return setsockopt(fd, SOL_SOCKET, SO_RTABLE, &n, sizeof(n));
}

int
sockclass_interface(int fd, const char *name)
{
	errno = ENOTSUP;
	return -1;
}
