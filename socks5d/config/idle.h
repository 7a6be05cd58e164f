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
 * Parts of a config that have no effect.
 *
 * Pure.  Linked by the parent alone, which warns of them.
 */

#ifndef CONFIG_IDLE_H
#define CONFIG_IDLE_H

#include <stdint.h>

struct conf;

/*
 * Reports tables, upstreams, listeners and rules of which a part can be seen
 * to do nothing, in their order; each is right by itself.
 */
void	idle_warn(const struct conf *, void (*)(void *, const char *file,
	    uint32_t line, const char *text), void *arg);

/* True if clients of some listener can log in. */
int	idle_has_logins(const struct conf *);

#endif /* CONFIG_IDLE_H */
