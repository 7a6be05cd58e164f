/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether a file is a mount of its own: systems differ.
 *
 * Used by the parent.  Containers are given single files in this way, and no
 * other file can take the name of one.
 */

#ifndef COMPAT_MOUNTED_H
#define COMPAT_MOUNTED_H

/* True if it is known to be one; a link is not followed. */
int mounted_file(const char *path);

#endif /* COMPAT_MOUNTED_H */
