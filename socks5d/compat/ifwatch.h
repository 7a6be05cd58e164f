/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Notice of changed interface addresses: ifwatch_netlink.c (Linux) and
 * ifwatch_route.c (BSD).
 */

#ifndef COMPAT_IFWATCH_H
#define COMPAT_IFWATCH_H

/*
 * A non-blocking descriptor that becomes readable when an address of an
 * interface comes or goes; what it gives is of no interest.  -1 with errno.
 */
int ifwatch_open(void);

#endif /* COMPAT_IFWATCH_H */
