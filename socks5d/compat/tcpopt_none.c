/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * For systems that let nobody say how long: see tcpopt.h.  Probes are sent
 * when the system likes.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include "compat/tcpopt.h"

int
tcpopt_keepalive(int fd, uint32_t ms)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

void
tcpopt_local(int fd)
{
}

/* SO_REUSEADDR means just that on the BSDs. */
int
tcpopt_share(int fd, int on)
{
	return 0;
}

void
tcpopt_late_port(int fd)
{
}
