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
 * Questions to the resolver, for requests and for those who ask what a
 * request would come to.
 *
 * Linked by the router alone.  The resolver charges each lookup to the source
 * that caused it, but need not know who that is: it gets a keyed hash of the
 * address, with a key of this process's own.  All lookups of a router end
 * with it, so that its successor may have another.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "router/state.h"

#define FAMILIES	(RESOLVE_INET | RESOLVE_INET6)

static uint64_t	resolve_source(const struct router *, const struct addr *);

void
resolve_init(struct router *r)
{
	uint8_t	secret[MAC_SECRET_LEN];

	arc4random_buf(secret, sizeof(secret));
	mac_key(&r->resolve_key, secret);
	explicit_bzero(secret, sizeof(secret));
}

/*
 * A source that waits for all that it asks has no more names under way than
 * half-open sessions, of two families each.
 */
uint8_t
resolve_ask(struct router *r, uint64_t id, const char *name,
    const struct addr *client)
{
	struct msg_name_resolve	n;
	uint8_t			data[HOSTNAME_MAX + 32];
	struct wbuf		b;

	memset(&n, 0, sizeof(n));
	n.families = FAMILIES;
	n.source = client == NULL ? 0 : resolve_source(r, client);
	n.most = 2 * r->role.conf->set.per_source;
	(void)strlcpy(n.name, name, sizeof(n.name));
	wbuf_init(&b, data, sizeof(data));
	msg_put_name_resolve(&b, &n);
	if (role_post(&r->role, PROC_RESOLVER, 0, MSG_NAME_RESOLVE, id, &b,
	    -1) == -1)
		return 0;
	return n.families;
}

static uint64_t
resolve_source(const struct router *r, const struct addr *client)
{
	struct share_key	key;
	uint8_t			out[MAC_LEN];
	uint64_t		n;

	share_key_source(&key, client);
	mac(&r->resolve_key, &key.hi, sizeof(key.hi), &key.lo, sizeof(key.lo),
	    out);
	memcpy(&n, out, sizeof(n));
	return n;
}
