/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether a file is a mount of its own: Linux, which says so since 5.8.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <fcntl.h>

#include "compat/mounted.h"

/* In the headers of libc only since 2.32. */
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

int
mounted_file(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) ==
	    0 &&
	    (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}
