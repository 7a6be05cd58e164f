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
 * How a socket finds out that the host at its far end has vanished.
 *
 * Linked by the parent, for clients, and by the router, for targets.
 */

#ifndef COMPAT_KEEPALIVE_H
#define COMPAT_KEEPALIVE_H

#include <stdint.h>

/*
 * The connection fails once the far host has given no sign of life for so
 * long, whether there are bytes on their way to it or not; 0 is what the
 * system does unasked.  Sockets accepted from fd inherit it.  -1 with errno.
 */
int	keepalive_set(int fd, uint32_t ms);

/* What that is for a connection on which nothing is on its way. */
#define KEEPALIVE_SYSTEM_MS	(2 * 60 * 60 * 1000)	/* RFC 1122, 4.2.3.6 */

#endif /* COMPAT_KEEPALIVE_H */
