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
 * Which class of sockets a route asks for: the parent makes them, the router
 * uses them.
 *
 * Pure.  Linked by these two, and where a config is checked.
 */

#ifndef CONFIG_ROUTE_H
#define CONFIG_ROUTE_H

#include "base/msg_policy.h"
#include "config/conf.h"

/* 0 if any socket will do. */
int	socket_class_of(const struct conf_route *, struct socket_class *);

int	socket_class_equal(const struct socket_class *,
	    const struct socket_class *);

#endif /* CONFIG_ROUTE_H */
