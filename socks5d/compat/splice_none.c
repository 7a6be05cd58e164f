/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

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
