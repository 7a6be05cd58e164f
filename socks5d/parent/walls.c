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
 * Which walls do not stand around which child: the log says it once.
 *
 * Linked by the parent alone.
 */

#include <stdio.h>
#include <string.h>

#include "base/wall.h"
#include "parent/state.h"

static uint32_t	walls_missing(const struct process *);
static void	walls_text(uint32_t, char *, size_t);

void
walls_log(const struct parent *p)
{
	const struct process	*c;
	char			 text[128];
	uint32_t		 all = WALL_ALL, some;
	unsigned int		 i;

	for (i = 0; i < p->nprocesses; i++)
		all &= walls_missing(&p->process[i]);
	if (all != 0) {
		walls_text(all, text, sizeof(text));
		log_info("walls around no process:%s", text);
	}
	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		if ((some = walls_missing(c) & ~all) == 0)
			continue;
		walls_text(some, text, sizeof(text));
		log_info("walls missing around %s %u:%s", proc_name(c->role),
		    c->instance, text);
	}
}

static uint32_t
walls_missing(const struct process *c)
{
	uint32_t	want = WALL_ALL;

	if (c->parent->rootless == 0)
		want &= ~WALL_USERNS;
	/* The one that connects. */
	if (c->role == PROC_ROUTER)
		want &= ~WALL_NETWORK;
	return want & ~c->walls;
}

static void
walls_text(uint32_t set, char *dst, size_t size)
{
	const char	*name;

	dst[0] = '\0';
	while ((name = wall_take(&set)) != NULL) {
		(void)strlcat(dst, " ", size);
		(void)strlcat(dst, name, size);
	}
}
