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
 * The auth process.  This version has no logins, so it holds no secret and
 * takes no request; it stands behind its walls, with its channels, so that
 * nothing around it changes when logins come.
 *
 * Linked by auth alone.
 */

#include <stdlib.h>

#include "base/log.h"
#include "base/mac.h"
#include "base/role.h"
#include "auth/auth.h"

struct auth {
	struct role	role;
	struct mac_key	key;		/* of the router's tokens */
};

static void	auth_on_key(void *, struct peer *, struct msg *);

static const role_handler	auth_handlers[MSG_MAX] = {
	[MSG_CHILD_KEY] =	auth_on_key,
};

static const struct role_ops	auth_ops = {
	.handlers = auth_handlers,
};

_Noreturn void
auth_main(struct child *child)
{
	struct auth	*a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatal("auth: memory");
	role_init(&a->role, child, &auth_ops, a);
	role_run(&a->role);
}

static void
auth_on_key(void *arg, struct peer *from, struct msg *m)
{
	struct auth	*a = arg;

	mac_key(&a->key, m->data);	/* the gate saw to its length */
}
