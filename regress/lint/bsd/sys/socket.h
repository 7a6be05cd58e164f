/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What getsockopt(2) of OpenBSD has beyond this system's header.
 */

#ifndef BSD_SYS_SOCKET_H
#define BSD_SYS_SOCKET_H

#include_next <sys/socket.h>

#define SO_RTABLE 0x1021

#endif /* BSD_SYS_SOCKET_H */
