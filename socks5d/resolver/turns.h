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
 * Whose turn it is: the name server that a question goes to each time that it
 * is sent.  The first of the list, then the next one, round and round; but the
 * same again by TCP or without EDNS, which is what an answer led to.
 *
 * Pure: the time is told.  Linked by the resolver and unit tests.
 */

#ifndef RESOLVER_TURNS_H
#define RESOLVER_TURNS_H

#include <stddef.h>
#include <stdint.h>

struct turns;

/* Remembered at most, and for how long after it was sent. */
#define TURNS_MAX	8192
#define TURNS_AGE_MS	60000

/* NULL with errno. */
struct turns	*turns_new(void);
void		 turns_free(struct turns *);

/* Forgets all: there are so many servers now. */
void		 turns_reset(struct turns *, unsigned int nservers);

/*
 * The server, from 0, for this message, which is sent now under this number.
 * It is 0 for what is no question, and for want of memory.
 */
unsigned int	 turns_take(struct turns *, const uint8_t *, size_t, int tcp,
		    int number, uint64_t now);

/* The number under which the question of this key was sent last, or -1. */
int		 turns_number(struct turns *, const uint8_t *key, size_t);

#endif /* RESOLVER_TURNS_H */
