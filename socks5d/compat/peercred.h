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
 * Who is at the far end of a unix socket: systems differ.
 *
 * Linked by control.  One file per system has the functions; they ask the
 * kernel about the socket and nobody else.
 */

#ifndef COMPAT_PEERCRED_H
#define COMPAT_PEERCRED_H

#include <sys/types.h>

/* The effective user of who connected; -1 with errno. */
int	peercred_uid(int fd, uid_t *);

/* True if the group was one of who connected, effective or supplementary. */
int	peercred_has_gid(int fd, gid_t);

#endif /* COMPAT_PEERCRED_H */
