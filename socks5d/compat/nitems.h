/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How many elements an array has; not for pointers.  Pure.
 */

#ifndef COMPAT_NITEMS_H
#define COMPAT_NITEMS_H

/* Some systems have it in <sys/param.h>. */
#ifndef nitems
#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#endif

#endif /* COMPAT_NITEMS_H */
