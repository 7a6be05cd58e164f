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
 * The router's sessions by their ids, against a sorted array; and what one
 * look for a session costs that was never there.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>

#include <atf-c.h>

#include "base/child.h"
#include "router/state.h"

#define ROUNDS		20000
#define WORLD		500		/* so that ids are met again */
#define MANY		100000

static struct router	*router;
static unsigned int	 seed;

static unsigned int
pick(unsigned int n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 16) % n;
}

static void
make_router(void)
{
	static struct child	child;

	ATF_REQUIRE((router = calloc(1, sizeof(*router))) != NULL);
	router->role.child = &child;
	client_init(router);
}

/* As one that a relay tells of, in any order. */
static struct client *
add(uint64_t id)
{
	struct client	*s;

	router->last_id = id - 1;
	ATF_REQUIRE((s = client_new(router, 0)) != NULL);
	return s;
}

ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	struct client	*model[WORLD] = { NULL }, *after;
	unsigned int	 i, id, more, round, there = 0;

	make_router();
	for (round = 0; round < ROUNDS; round++) {
		/* Now nearly all, now nearly none of them. */
		more = (pick(8) != 0) == (round / 2000 % 2 == 0);
		id = pick(WORLD);
		if (more && model[id] == NULL) {
			model[id] = add(id + 1);
			there++;
		} else if (!more && model[id] != NULL) {
			client_free(router, model[id]);
			model[id] = NULL;
			there--;
		}
		ATF_REQUIRE_EQ(there, router->nsessions);
		id = pick(WORLD);
		ATF_REQUIRE_EQ(model[id], client_byid(router, id + 1));
		for (i = id; i < WORLD && model[i] == NULL; i++)
			;
		after = i < WORLD ? model[i] : NULL;
		ATF_REQUIRE_EQ(after, client_after(router, id));
		ATF_REQUIRE_EQ(NULL, client_after(router, WORLD + id));
		ATF_REQUIRE_EQ(NULL, client_after(router, UINT64_MAX - id));
	}
}

ATF_TC(cost);
ATF_TC_HEAD(cost, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(cost, tc)
{
	struct client	*last;
	uint64_t	 i;

	make_router();
	for (i = 1; i < MANY; i++)
		(void)add(2 * i);
	last = add(2 * i);
	/* To walk through them all, each time, would take a minute. */
	for (i = 1; i < MANY; i++)
		ATF_REQUIRE_EQ(last, client_after(router, 2 * MANY - 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, cost);
	return atf_no_error();
}
