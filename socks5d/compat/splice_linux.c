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
 * Bytes from socket to socket on Linux: see splice.h.
 */

#include <fcntl.h>
#include <unistd.h>

#include "compat/splice.h"

int
splice_pipe(int fd[2], size_t size)
{
	if (pipe2(fd, O_NONBLOCK | O_CLOEXEC) == -1)
		return -1;
	/* Above the limit of its user a pipe stays small, and still works. */
	(void)fcntl(fd[1], F_SETPIPE_SZ, (int)size);
	return 0;
}

ssize_t
splice_in(int sock, int pipe_fd, size_t len)
{
	return splice(sock, NULL, pipe_fd, NULL, len,
	    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

ssize_t
splice_out(int pipe_fd, int sock, size_t len)
{
	return splice(pipe_fd, NULL, sock, NULL, len,
	    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}
