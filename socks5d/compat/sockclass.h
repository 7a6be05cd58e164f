/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Options of a socket that decide which way its packets leave, which systems
 * have in different ways.
 *
 * Used by the parent, who alone may set some of them.  Each gives -1 with
 * errno, ENOTSUP where the system has no such thing.
 */

#ifndef COMPAT_SOCKCLASS_H
#define COMPAT_SOCKCLASS_H

#include <stdint.h>

/* For the rules of its firewall and of its routing. */
int sockclass_mark(int fd, uint32_t mark);

/* The routing table. */
int sockclass_rtable(int fd, uint32_t rtable);

/* No other interface than this one. */
int sockclass_interface(int fd, const char *name);

#endif /* COMPAT_SOCKCLASS_H */
