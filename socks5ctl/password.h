/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Passwords: read and hashed here, so that the daemon never sees one.
 *
 * Part of socks5ctl.  Nothing of them is printed or stays in memory.
 */

#ifndef SOCKS5CTL_PASSWORD_H
#define SOCKS5CTL_PASSWORD_H

#include <stddef.h>

#include "config/userhash.h"

/* The method of that name; USERHASH_NONE if there is none. */
enum userhash_method	password_method(const char *);

/*
 * Asks for a password: twice at the terminal, without showing it, or takes one
 * line of standard input if that is none.  Its hash goes to dst.  Ends the
 * process with words if there is no good password.  With PASSWORD_EMPTY a
 * terminal is not asked, and standard input may have no line.
 */
enum password_want {
	PASSWORD_ANY,
	PASSWORD_REAL,
	PASSWORD_EMPTY
};

void			password_hash(enum userhash_method, enum password_want,
			    char *dst, size_t);

#endif /* SOCKS5CTL_PASSWORD_H */
