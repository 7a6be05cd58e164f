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
 * Names of walls, see wall.h.
 */

#include <stddef.h>

#include "base/wall.h"

/* In the order in which socks5d(8) explains them. */
static const struct {
	uint32_t	 bit;
	const char	*name;
} walls[] = {
	{ WALL_USER,		"user" },
	{ WALL_ROOT,		"root" },
	{ WALL_FILTER,		"filter" },
	{ WALL_LANDLOCK,	"landlock" },
	{ WALL_NETWORK,		"network" },
	{ WALL_USERNS,		"userns" },
	{ WALL_NOEXEC,		"noexec" }
};

const char *
wall_take(uint32_t *set)
{
	size_t	i;

	for (i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
		if ((*set & walls[i].bit) == 0)
			continue;
		*set &= ~walls[i].bit;
		return walls[i].name;
	}
	return NULL;
}
