/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What this process may do that not everybody may, one by one: being root is
 * no answer where root is left with a part of it, as in containers.
 *
 * Used by the parent alone.
 */

#ifndef COMPAT_PRIVILEGE_H
#define COMPAT_PRIVILEGE_H

enum privilege {
	PRIVILEGE_SETUID, /* to become another user */
	PRIVILEGE_SETGID, /* and another group */
	PRIVILEGE_CHROOT,
	PRIVILEGE_ADMIN,   /* to make a network namespace */
	PRIVILEGE_SETPCAP, /* to give up capabilities for good */
	PRIVILEGE_BIND,    /* ports below 1024 */
	PRIVILEGE_CHOWN,   /* a file to a group that is not ours */
	PRIVILEGE_FILES,   /* files that others may not read or write */
	PRIVILEGE_MAX,
};

/* True if it can be used, by this process or by a program that it starts. */
int privilege_have(enum privilege);

/*
 * Takes what neither the parent nor the start of children has a use for from
 * the programs that it starts, too; -1 with errno if that is refused.
 */
int privilege_bound(void);

/*
 * Gives up what neither the parent nor the start of children takes,
 * and leaves in force what the parent itself does, until it is another user
 * for a moment; a program that it starts has all that is left again.  -1 with
 * errno if that failed.
 */
int privilege_lower(void);

/* As the system's manual calls it. */
const char *privilege_name(enum privilege);

#endif /* COMPAT_PRIVILEGE_H */
