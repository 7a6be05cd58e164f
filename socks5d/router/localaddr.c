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
 * The addresses of this host, which no "to any" includes: who may use the
 * proxy has no business with what else listens beside it.
 *
 * Linked by the router alone.  The parent sends the whole list at the start
 * and whenever an interface changes.
 */

#include <sys/types.h>

#include <stdlib.h>

#include "base/log.h"
#include "router/state.h"

static int	localaddr_cmp(const void *, const void *);

void
localaddr_on_list(void *arg, struct peer *from, struct msg *m)
{
	struct router	*r = arg;
	struct addr	*list, a;
	struct rbuf	 b;
	size_t		 n = 0;

	rbuf_init(&b, m->data, m->len);
	/*
	 * One address takes five bytes at least.  Without the list rules would
	 * let pass what they must not; the next router gets it again.
	 */
	if ((list = calloc(m->len / 5 + 1, sizeof(*list))) == NULL)
		fatal("router: addresses of this host");
	while (b.left != 0) {
		if (local_addr_get(&b, &a) == -1)
			fatalx("router: malformed %s", msg_name(m->type));
		addr_unmap(&a);
		list[n++] = a;
	}
	qsort(list, n, sizeof(*list), localaddr_cmp);
	free(r->local);
	r->local = list;
	r->nlocal = n;
	pool_renew(r);
}

int
localaddr_is(const struct router *r, const struct addr *a)
{
	if (r->nlocal == 0)
		return 0;
	return bsearch(a, r->local, r->nlocal, sizeof(*a),
	    localaddr_cmp) != NULL;
}

static int
localaddr_cmp(const void *a, const void *b)
{
	return addr_cmp(a, b);
}
