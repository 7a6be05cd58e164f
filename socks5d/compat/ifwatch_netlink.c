/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Notice of changed interface addresses on Linux: see ifwatch.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <string.h>
#include <unistd.h>

#include "compat/ifwatch.h"

int
ifwatch_open(void)
{
	struct sockaddr_nl nl;
	int                fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    NETLINK_ROUTE);
	if (fd == -1)
		return -1;
	memset(&nl, 0, sizeof(nl));
	nl.nl_family = AF_NETLINK;
	nl.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
	if (bind(fd, (struct sockaddr *)&nl, sizeof(nl)) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}
