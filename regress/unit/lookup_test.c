/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of running lookups: whoever waits hears exactly once, whether by an
 * answer or by the deadline, unless it cancelled.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/msg_codec.h"
#include "resolver/lookup.h"

#define ASKERS  64
#define NAMES   6
#define SOURCES 3
#define STEPS   200000

/* What is known of one who asks, for one family. */
struct asker {
	int              waits;
	int              heard; /* since it asked */
	enum name_status status;
	uint64_t         deadline;
	unsigned int     name;
};

struct world {
	struct lookups *ls;
	struct lookup  *running[NAMES];
	unsigned int    begun[NAMES]; /* by which source */
	struct asker    asker[ASKERS];
};

static void    heard(void *, uint64_t, const struct msg_name_answer *);
static uint8_t family_of(unsigned int);
static void    world_ask(struct world *, unsigned int, unsigned int, uint64_t);
static int     world_begin(struct world *, const char *, unsigned int,
	unsigned int);
static void    world_finish(struct world *, unsigned int);
static void    world_expire(struct world *, uint64_t);
static void    world_check(const struct world *);
static void    ignore(void *, uint64_t, const struct msg_name_answer *);

ATF_TC(everybody_hears_once);
ATF_TC_HEAD(everybody_hears_once, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random asking, cancelling, finishing and expiring");
}
ATF_TC_BODY(everybody_hears_once, tc)
{
	struct world w;
	unsigned int i, n;
	uint64_t     now = 1;
	int          step;

	srandom(2);
	memset(&w, 0, sizeof(w));
	ATF_REQUIRE((w.ls = lookups_new(heard, &w)) != NULL);
	for (step = 0; step < STEPS; step++) {
		now += (uint64_t)(random() % 20);
		i = (unsigned int)random() % ASKERS;
		n = (unsigned int)random() % NAMES;
		switch (random() % 8) {
		case 0:
			world_finish(&w, n);
			break;
		case 1:
			lookups_cancel(w.ls, i);
			w.asker[i].waits = 0;
			break;
		case 2:
			world_expire(&w, now);
			break;
		case 3:
			if (random() % 100 == 0) {
				lookups_cancel_all(w.ls);
				for (i = 0; i < ASKERS; i++)
					w.asker[i].waits = 0;
			}
			break;
		default:
			world_ask(&w, i, n,
			    now + 100 + (uint64_t)(random() % 3) * 50);
			break;
		}
		world_check(&w);
	}
	for (n = 0; n < NAMES; n++)
		world_finish(&w, n);
	ATF_CHECK_EQ(0, lookups_deadline(w.ls));
	lookups_free(w.ls);
}

ATF_TC(families_are_apart);
ATF_TC_HEAD(families_are_apart, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "one id waits for both families, and one cancel ends both");
}
ATF_TC_BODY(families_are_apart, tc)
{
	struct lookups *ls;
	struct lookup  *l4, *l6;

	ATF_REQUIRE((ls = lookups_new(ignore, NULL)) != NULL);
	ATF_REQUIRE((l4 = lookups_add(ls, "a", RESOLVE_INET, 0, SIZE_MAX)) !=
	    NULL);
	ATF_REQUIRE((l6 = lookups_add(ls, "a", RESOLVE_INET6, 0, SIZE_MAX)) !=
	    NULL);
	ATF_CHECK_EQ(NULL, lookups_add(ls, "a", RESOLVE_INET, 0, SIZE_MAX));
	ATF_CHECK_EQ(l4, lookups_find(ls, "a", RESOLVE_INET));
	ATF_CHECK_EQ(l6, lookups_find(ls, "a", RESOLVE_INET6));
	ATF_CHECK_EQ(NULL, lookups_find(ls, "b", RESOLVE_INET));
	ATF_CHECK_EQ(0, lookup_wait(ls, l4, 7, 100));
	ATF_CHECK_EQ(0, lookup_wait(ls, l6, 7, 100));
	ATF_CHECK_ERRNO(EEXIST, lookup_wait(ls, l4, 7, 100) == -1);
	lookups_cancel(ls, 7);
	ATF_CHECK_EQ(0, lookups_deadline(ls));
	lookup_finish(ls, l4, NULL);
	lookup_finish(ls, l6, NULL);
	lookups_free(ls);
}

ATF_TC(both_numbers_are_bounded);
ATF_TC_HEAD(both_numbers_are_bounded, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no more lookups and no more waiters than the limits say");
}
ATF_TC_BODY(both_numbers_are_bounded, tc)
{
	struct lookups *ls;
	struct lookup  *l = NULL;
	char            name[16];
	unsigned int    i;

	ATF_REQUIRE((ls = lookups_new(ignore, NULL)) != NULL);
	for (i = 0; i < LOOKUPS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		l = lookups_add(ls, name, RESOLVE_INET, i, SIZE_MAX);
		ATF_REQUIRE(l != NULL);
	}
	ATF_CHECK_EQ(LOOKUPS_MAX, lookups_running(ls));
	ATF_CHECK_ERRNO(ENOBUFS,
	    lookups_add(ls, "more", RESOLVE_INET, i, SIZE_MAX) == NULL);
	for (i = 0; i < WAITERS_MAX; i++)
		ATF_REQUIRE_EQ(0, lookup_wait(ls, l, i, 100));
	ATF_CHECK_ERRNO(ENOBUFS, lookup_wait(ls, l, i, 100) == -1);
	lookups_cancel(ls, 5);
	ATF_CHECK_EQ(0, lookup_wait(ls, l, i, 100));
	lookup_finish(ls, l, &(struct msg_name_answer){ .family = 1 });
	ATF_CHECK(lookups_add(ls, "more", RESOLVE_INET, i, SIZE_MAX) != NULL);
	lookups_free(ls);
}

ATF_TC(a_share_lasts_until_the_end);
ATF_TC_HEAD(a_share_lasts_until_the_end, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who walks away has no more lookups than who waits");
}
ATF_TC_BODY(a_share_lasts_until_the_end, tc)
{
	struct lookups *ls;
	struct lookup  *l, *first = NULL;
	char            name[16];
	unsigned int    i, n = 0;

	ATF_REQUIRE((ls = lookups_new(ignore, NULL)) != NULL);
	for (i = 0; i < 2 * LOOKUPS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		errno = 0;
		if ((l = lookups_add(ls, name, RESOLVE_INET, 1, 100)) == NULL) {
			ATF_REQUIRE_EQ(EDQUOT, errno);
			continue;
		}
		if (n++ == 0)
			first = l;
		ATF_REQUIRE_EQ(0, lookup_wait(ls, l, i, 100));
		lookups_cancel(ls, i);
	}
	ATF_CHECK_EQ(100, n);
	ATF_CHECK_EQ(100, lookups_running(ls));

	/* Another source asks as it likes, and waits for what runs. */
	ATF_CHECK(lookups_add(ls, "another", RESOLVE_INET, 2, 100) != NULL);
	l = lookups_find(ls, "n1", RESOLVE_INET);
	ATF_REQUIRE(l != NULL);
	ATF_CHECK_EQ(0, lookup_wait(ls, l, 7, 100));

	lookup_finish(ls, first, NULL);
	ATF_CHECK(lookups_add(ls, "n0", RESOLVE_INET, 1, 100) != NULL);
	ATF_CHECK(lookups_add(ls, "one more", RESOLVE_INET, 1, 100) == NULL);
	lookups_free(ls);
}

static void
heard(void *arg, uint64_t id, const struct msg_name_answer *a)
{
	struct world *w = arg;

	ATF_REQUIRE(id < ASKERS);
	ATF_CHECK_EQ(family_of(w->asker[id].name), a->family);
	w->asker[id].heard++;
	w->asker[id].status = a->status;
}

static uint8_t
family_of(unsigned int name)
{
	return name % 2 ? RESOLVE_INET : RESOLVE_INET6;
}

static void
world_ask(struct world *w, unsigned int i, unsigned int n, uint64_t deadline)
{
	struct asker *a = &w->asker[i];
	char          name[16];

	if (a->waits)
		return;
	(void)snprintf(name, sizeof(name), "n%u.test", n);
	ATF_CHECK_EQ(w->running[n], lookups_find(w->ls, name, family_of(n)));
	if (w->running[n] == NULL && !world_begin(w, name, n, i % SOURCES))
		return;
	ATF_CHECK_STREQ(name, lookup_name(w->running[n]));
	ATF_CHECK_EQ(family_of(n), lookup_family(w->running[n]));
	ATF_REQUIRE_EQ(0, lookup_wait(w->ls, w->running[n], i, deadline));
	a->waits = 1;
	a->heard = 0;
	a->deadline = deadline;
	a->name = n;
}

/* What runs is its source's, whoever waits for it or nobody. */
static int
world_begin(struct world *w, const char *name, unsigned int n,
    unsigned int source)
{
	unsigned int i, held = 0;
	size_t       most = (size_t)(random() % 4);

	for (i = 0; i < NAMES; i++)
		held += w->running[i] != NULL && w->begun[i] == source;
	errno = 0;
	w->running[n] = lookups_add(w->ls, name, family_of(n), source, most);
	ATF_REQUIRE_EQ(held < most, w->running[n] != NULL);
	if (w->running[n] == NULL) {
		ATF_REQUIRE_EQ(EDQUOT, errno);
		return 0;
	}
	w->begun[n] = source;
	return 1;
}

static void
world_finish(struct world *w, unsigned int n)
{
	struct msg_name_answer a;
	unsigned int           i;

	if (w->running[n] == NULL)
		return;
	memset(&a, 0, sizeof(a));
	a.family = family_of(n);
	a.status = NAME_NOT_FOUND;
	lookup_finish(w->ls, w->running[n], &a);
	w->running[n] = NULL;
	for (i = 0; i < ASKERS; i++) {
		if (!w->asker[i].waits || w->asker[i].name != n)
			continue;
		ATF_CHECK_EQ(1, w->asker[i].heard);
		ATF_CHECK_EQ(NAME_NOT_FOUND, w->asker[i].status);
		w->asker[i].waits = 0;
	}
}

static void
world_expire(struct world *w, uint64_t now)
{
	unsigned int i;

	lookups_expire(w->ls, now);
	for (i = 0; i < ASKERS; i++) {
		if (!w->asker[i].waits || w->asker[i].deadline > now)
			continue;
		ATF_CHECK_EQ(1, w->asker[i].heard);
		ATF_CHECK_EQ(NAME_FAILED, w->asker[i].status);
		w->asker[i].waits = 0;
	}
}

/* Who waits has not heard; the deadline told is the earliest of all. */
static void
world_check(const struct world *w)
{
	uint64_t     first = 0;
	unsigned int i;

	for (i = 0; i < ASKERS; i++) {
		if (!w->asker[i].waits)
			continue;
		ATF_REQUIRE_EQ(0, w->asker[i].heard);
		if (first == 0 || w->asker[i].deadline < first)
			first = w->asker[i].deadline;
	}
	ATF_REQUIRE_EQ(first, lookups_deadline(w->ls));
}

static void
ignore(void *arg, uint64_t id, const struct msg_name_answer *a)
{
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, everybody_hears_once);
	ATF_TP_ADD_TC(tp, families_are_apart);
	ATF_TP_ADD_TC(tp, both_numbers_are_bounded);
	ATF_TP_ADD_TC(tp, a_share_lasts_until_the_end);
	return atf_no_error();
}
