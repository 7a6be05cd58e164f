/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Bytes from socket to socket through a pipe, without copying them here:
 * splice_linux.c, and splice_none.c for systems that have no such thing.
 */

#ifndef COMPAT_SPLICE_H
#define COMPAT_SPLICE_H

#include <sys/types.h>

#include <stddef.h>

/*
 * A non-blocking pipe that holds at least size bytes if it may: fd[0] to
 * drain, fd[1] to fill.  -1 with errno, ENOTSUP if this system cannot.
 */
int splice_pipe(int fd[2], size_t size);

/*
 * Moves up to len bytes from a socket into a pipe, or out of it into a
 * socket.  As read(2) and write(2): how many, 0 at the FIN, -1 with errno.
 */
ssize_t splice_in(int sock, int pipe_fd, size_t len);
ssize_t splice_out(int pipe_fd, int sock, size_t len);

#endif /* COMPAT_SPLICE_H */
