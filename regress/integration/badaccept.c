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
 * Loaded into a daemon of a test: its first calls of accept4(2) fail, each in
 * another way.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

/* What accept(2) says it may fail with. */
static const int	errors[] = {
	EMFILE, ENFILE, ENOBUFS, ENOMEM,
	EAGAIN, EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT,
	EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH
};

int
accept4(int fd, __SOCKADDR_ARG addr, socklen_t *len, int flags)
{
	static size_t	n;

	/* Control does not ask for an address; it is not meant. */
	if (addr.__sockaddr__ != NULL &&
	    n < sizeof(errors) / sizeof(errors[0])) {
		errno = errors[n++];
		return -1;
	}
	return (int)syscall(SYS_accept4, fd, addr.__sockaddr__, len, flags);
}
