/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Systems that have nothing of the kind: see sockclass.h.
 */

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
	errno = ENOTSUP;
	return -1;
}

int
sockclass_interface(int fd, const char *name)
{
	errno = ENOTSUP;
	return -1;
}
