/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

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
	int n = (int)rtable;

	return setsockopt(fd, SOL_SOCKET, SO_RTABLE, &n, sizeof(n));
}

int
sockclass_interface(int fd, const char *name)
{
	errno = ENOTSUP;
	return -1;
}
