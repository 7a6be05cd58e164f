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
 * Speaks to the proxies that connections go through.
 *
 * Linked by this role alone.  Each connection was made by the router, which
 * keeps it: what is read here is the answers of proxies and nothing behind
 * them.
 */

#include <stdlib.h>

#include "base/log.h"
#include "base/role.h"
#include "upstream/upstream.h"

struct upstream {
	struct role	role;
};

static const role_handler	upstream_handlers[MSG_MAX] = { NULL };

static const struct role_ops	upstream_ops = {
	.handlers = upstream_handlers,
};

_Noreturn void
upstream_main(struct child *child)
{
	struct upstream	*p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("upstream: memory");
	role_init(&p->role, child, &upstream_ops, p);
	role_run(&p->role);
}
