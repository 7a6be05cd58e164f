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
 * Makes images of tables and of databases out of what others wrote.
 *
 * Linked by the loader alone.  It gets descriptors to read and one to fill,
 * has no names of files, and talks to the parent only.
 */

#include <stdlib.h>

#include "base/log.h"
#include "base/role.h"
#include "loader/loader.h"

struct loader {
	struct role	role;
};

static const role_handler	loader_handlers[MSG_MAX] = { NULL };

static const struct role_ops	loader_ops = {
	.handlers = loader_handlers,
};

_Noreturn void
loader_main(struct child *child)
{
	struct loader	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("loader: memory");
	role_init(&p->role, child, &loader_ops, p);
	role_run(&p->role);
}
