/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Passwords: read and hashed here, so that the daemon never sees one.
 *
 * Part of socks5ctl.  Nothing of them is printed or stays in memory.
 */

#ifndef SOCKS5CTL_PASSWORD_H
#define SOCKS5CTL_PASSWORD_H

#include <stddef.h>

#include "users/userhash.h"

/* The method of that name; USERHASH_NONE if there is none. */
enum userhash_method password_method(const char *);

/*
 * Asks for a password: twice at the terminal, without showing it, or takes one
 * line of standard input if that is none.  Its hash goes to dst.  Ends the
 * process with words if there is no good password.  With PASSWORD_EMPTY a
 * terminal is not asked, and standard input may have no line.
 */
enum password_want {
	PASSWORD_ANY,
	PASSWORD_REAL,
	PASSWORD_EMPTY,
};

void password_hash(enum userhash_method, enum password_want, char *dst, size_t);

#endif /* SOCKS5CTL_PASSWORD_H */
