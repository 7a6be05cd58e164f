/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The addresses of this host, which no "to any" includes: who may use the
 * proxy has no business with what else listens beside it.
 *
 * The parent sends the whole list, in parts, before the config and whenever an
 * interface changes.  While there is none, the one in force until then does not
 * count any more: see judge().
 */

#include <sys/types.h>

#include <stdlib.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "router/localaddr.h"
#include "router/pool.h"
#include "router/state.h"

static void localaddr_add(struct router *, struct rbuf *);
static void localaddr_swap(struct router *, int);
static int  localaddr_cmp(const void *, const void *);

/* Without the list all is refused that could be in it; with a part, too. */
void
localaddr_on_list(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;
	struct rbuf    b;
	uint8_t        part;

	rbuf_init(&b, m->data, m->len);
	part = rbuf_u8(&b);
	localaddr_add(r, &b);
	if (!rbuf_done(&b) || part >= LOCAL_ADDRS_MAX)
		fatalx("router: malformed %s", msg_name(m->type));
	if (part != LOCAL_ADDRS_MORE)
		localaddr_swap(r, part == LOCAL_ADDRS_LAST);
}

/*
 * One address takes five bytes at least.  Out of memory we end, as rules would
 * let pass what they must not; the next router gets the list again.
 */
static void
localaddr_add(struct router *r, struct rbuf *b)
{
	struct addr *list, a;

	list = reallocarray(r->next_local, r->nnext_local + b->left / 5 + 1,
	    sizeof(*list));
	if (list == NULL)
		fatal("router: addresses of this host");
	r->next_local = list;
	while (b->left != 0) {
		if (local_addr_get(b, &a) == -1)
			return;
		addr_unmap(&a);
		list[r->nnext_local++] = a;
	}
}

static void
localaddr_swap(struct router *r, int known)
{
	qsort(r->next_local, r->nnext_local, sizeof(*r->next_local),
	    localaddr_cmp);
	free(r->local);
	r->local = r->next_local;
	r->nlocal = r->nnext_local;
	r->next_local = NULL;
	r->nnext_local = 0;
	r->local_known = known;
	pool_renew(r);
}

int
localaddr_is(const struct router *r, const struct addr *a)
{
	if (r->nlocal == 0)
		return 0;
	return bsearch(a, r->local, r->nlocal, sizeof(*a), localaddr_cmp) !=
	    NULL;
}

int
localaddr_known(const struct router *r)
{
	return r->local_known;
}

static int
localaddr_cmp(const void *a, const void *b)
{
	return addr_cmp(a, b);
}
