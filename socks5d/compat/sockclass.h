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
 * Options of a socket that decide which way its packets leave, which systems
 * have in different ways.
 *
 * Linked by the parent, who alone may set some of them.  Each gives -1 with
 * errno, ENOTSUP where the system has no such thing.
 */

#ifndef COMPAT_SOCKCLASS_H
#define COMPAT_SOCKCLASS_H

#include <stdint.h>

/* For the rules of its firewall and of its routing. */
int	sockclass_mark(int fd, uint32_t mark);

/* The routing table. */
int	sockclass_rtable(int fd, uint32_t rtable);

/* No other interface than this one. */
int	sockclass_interface(int fd, const char *name);

#endif /* COMPAT_SOCKCLASS_H */
