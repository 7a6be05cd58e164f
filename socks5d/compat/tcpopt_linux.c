/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Linux: see tcpopt.h.
 *
 * TCP_USER_TIMEOUT counts while bytes are on their way, and when probes go
 * unanswered it decides in place of their number.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "compat/tcpopt.h"

/* Not in the libc header of every libc. */
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* Probes in the second half of the time. */
#define PROBES 5

/* The kernel's defaults, in seconds. */
#define SYSTEM_IDLE     (KEEPALIVE_SYSTEM_MS / 1000)
#define SYSTEM_INTERVAL 75

/* The one algorithm that every kernel has and that anybody may choose. */
#define UNPACED "reno"

static int set(int, int, int, uint32_t);

int
tcpopt_keepalive(int fd, uint32_t ms)
{
	uint32_t s = ms / 1000, idle, interval;

	idle = ms == 0 ? SYSTEM_IDLE : s / 2;
	interval = ms == 0 ? SYSTEM_INTERVAL : (s - idle + PROBES - 1) / PROBES;
	if (set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) == -1 ||
	    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle) == -1 ||
	    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval) == -1 ||
	    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, ms) == -1)
		return -1;
	return 0;
}

void
tcpopt_local(int fd)
{
	(void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, UNPACED,
	    sizeof(UNPACED) - 1);
}

/* The kernel looks at the user of both sockets, and again in listen(2). */
int
tcpopt_share(int fd, int on)
{
	return set(fd, SOL_SOCKET, SO_REUSEPORT, on != 0);
}

void
tcpopt_late_port(int fd)
{
	(void)set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
}

static int
set(int fd, int level, int option, uint32_t value)
{
	int n = (int)value;

	return setsockopt(fd, level, option, &n, sizeof(n));
}
