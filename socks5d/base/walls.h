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
 * Walls around a child that only some systems have, in the order in which
 * child_confine() raises them.
 *
 * walls_linux.c or walls_none.c, chosen by the build.  Linked by all roles
 * but the parent.  Each function ends the process if a wall half stands, and
 * leaves out of its result what this kernel does not have.
 */

#ifndef BASE_WALLS_H
#define BASE_WALLS_H

#include "base/msg_codec.h"

/*
 * Network and, rootless, user namespace; before the root directory changes.
 * Returns a set of WALL_*.
 */
uint32_t	walls_namespaces(const struct msg_start *);

/* No program executed later gains anything; before the user changes. */
void		walls_drop_bounding(const struct msg_start *);

/*
 * No capability, no look from outside by a process of the same user, no new
 * executable memory, Landlock; and a name for the kernel's log.  Returns a set
 * of WALL_*.
 */
uint32_t	walls_drop_rest(const struct msg_start *);

#endif /* BASE_WALLS_H */
