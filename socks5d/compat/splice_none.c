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
 * For systems that cannot move bytes without copying: see splice.h.  The
 * relay then finds no pipe and copies.
 */

#include <errno.h>

#include "compat/splice.h"

int
splice_pipe(int fd[2], size_t size)
{
	errno = ENOTSUP;
	return -1;
}

ssize_t
splice_in(int sock, int pipe_fd, size_t len)
{
	errno = ENOTSUP;
	return -1;
}

ssize_t
splice_out(int pipe_fd, int sock, size_t len)
{
	errno = ENOTSUP;
	return -1;
}
