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
 * Entries of a table, put in order.
 *
 * Part of socks5ctl.
 */

#ifndef SOCKS5CTL_LIST_H
#define SOCKS5CTL_LIST_H

struct list;

/* These end the process if memory is short. */
struct list	*list_new(void);
void		 list_add(struct list *, const char *);

/*
 * All of them: addresses and prefixes by number, then others by their letters.
 * Frees.
 */
void		 list_end(struct list *, void (*)(void *, const char *),
		    void *);

#endif /* SOCKS5CTL_LIST_H */
