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
 * The walls that can stand around a process, as a set, and their names.
 *
 * Linked by everything, socks5ctl included.
 */

#ifndef BASE_WALL_H
#define BASE_WALL_H

#include <stdint.h>

#define WALL_USER	0x01U	/* a user of its own, no way back to root */
#define WALL_ROOT	0x02U	/* an empty root directory */
#define WALL_FILTER	0x04U	/* system call filter */
#define WALL_LANDLOCK	0x08U
#define WALL_NETWORK	0x10U	/* an empty network namespace */
#define WALL_USERNS	0x20U	/* in a user namespace (rootless) */
#define WALL_NOEXEC	0x40U	/* memory never becomes executable */
#define WALL_ALL	0x7fU

/* Takes one wall out of the set: its name, or NULL if there is none left. */
const char	*wall_take(uint32_t *set);

#endif /* BASE_WALL_H */
