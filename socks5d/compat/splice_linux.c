/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

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
