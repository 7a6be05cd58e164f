/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Notice of changed interface addresses on the BSDs: see ifwatch.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <net/route.h>

#include "compat/ifwatch.h"

int
ifwatch_open(void)
{
	return socket(AF_ROUTE, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
