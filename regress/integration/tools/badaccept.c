/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

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
static const int errors[] = {
	EMFILE,
	ENFILE,
	ENOBUFS,
	ENOMEM,
	EAGAIN,
	EINTR,
	ECONNABORTED,
	EPROTO,
	EPERM,
	ENETDOWN,
	ENOPROTOOPT,
	EHOSTDOWN,
	EHOSTUNREACH,
	EOPNOTSUPP,
	ENETUNREACH,
};

int
accept4(int fd, __SOCKADDR_ARG addr, socklen_t *len, int flags)
{
	static size_t n;

	/* Control does not ask for an address; it is not meant. */
	if (addr.__sockaddr__ != NULL &&
	    n < sizeof(errors) / sizeof(errors[0])) {
		errno = errors[n++];
		return -1;
	}
	return (int)syscall(SYS_accept4, fd, addr.__sockaddr__, len, flags);
}
