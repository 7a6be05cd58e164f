/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether a file is a mount of its own: systems without such mounts.  Used by
 * the parent.
 */

#include "compat/mounted.h"

int
mounted_file(const char *path)
{
	return 0;
}
