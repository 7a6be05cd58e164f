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
 * The questions that one datagram socket waits for answers to, and which
 * datagrams may be taken for them.
 *
 * Pure.  Linked by the resolver and unit tests.  Looks at the header and the
 * question of a message (RFC 1035, sections 4.1.1 and 4.1.2) and no further.
 */

#ifndef RESOLVER_ASKED_H
#define RESOLVER_ASKED_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

struct asked;
TAILQ_HEAD(asked_list, asked);

/*
 * The question of this message waits from now on, once however often it is
 * added.  -1 with errno: EINVAL if it is no message with one question, ENOMEM.
 */
int	asked_add(struct asked_list *, const uint8_t *, size_t);

/*
 * True if the datagram answers a question that waits, which then waits no
 * more: a response with its id and its question.  Letters are the same in
 * upper and lower case, as servers need not give them back as they came.
 */
int	asked_take(struct asked_list *, const uint8_t *, size_t);

/* True if this message asks, or one of the second list is, one that waits. */
int	asked_has(const struct asked_list *, const uint8_t *, size_t);
int	asked_share(const struct asked_list *, const struct asked_list *);

/*
 * The type that a message asks for and the name, in lower case; -1 if it has
 * not one question, or the name has a NUL or a dot in a label or is too long.
 */
int	asked_name(const uint8_t *, size_t, char *name, size_t);

void	asked_clear(struct asked_list *);

#endif /* RESOLVER_ASKED_H */
