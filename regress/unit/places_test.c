/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Places for connections under way: bounded, shared out, and in the end
 * everybody's turn comes.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "router/places.h"

#define HOLDERS 60
#define WAITS   12 /* of each */
#define MOST    100
#define STEPS   300000

static struct places       places;
static struct place_holder holder[HOLDERS];
static struct place_wait   waits[HOLDERS][WAITS];
static unsigned int        served;
static unsigned int        last; /* who was */

static void
ready(void *arg)
{
	struct place_wait *w = arg;

	served++;
	last = (unsigned int)(w - &waits[0][0]) / WAITS;
	ATF_REQUIRE(w->holder == NULL);
	ATF_REQUIRE(holder[last].held != 0);
}

static void
start(uint32_t most)
{
	unsigned int i, k;

	places_init(&places);
	places_set(&places, most);
	memset(waits, 0, sizeof(waits));
	for (i = 0; i < HOLDERS; i++) {
		place_holder_init(&holder[i]);
		for (k = 0; k < WAITS; k++) {
			waits[i][k].ready = ready;
			waits[i][k].arg = &waits[i][k];
		}
	}
	served = 0;
	srandom(7);
}

static unsigned int
queued(const struct place_holder *h)
{
	const struct place_wait *w;
	unsigned int             n = 0;

	TAILQ_FOREACH(w, &h->waits, entry)
		n++;
	return n;
}

/* What is said of them is so, and nobody waits for what he could have. */
static void
check(void)
{
	unsigned int i, n, held = 0, waiting = 0;

	for (i = 0; i < HOLDERS; i++) {
		n = queued(&holder[i]);
		held += holder[i].held;
		waiting += n;
		ATF_REQUIRE_EQ(n == 0, holder[i].queue == PLACE_NOT_QUEUED);
		if (n != 0)
			ATF_REQUIRE_EQ(holder[i].held == 0,
			    holder[i].queue == PLACE_NEEDY);
		if (n != 0 && holder[i].held == 0)
			ATF_REQUIRE(places_full(&places));
	}
	ATF_REQUIRE_EQ(held, places.taken);
	ATF_REQUIRE_EQ(waiting, places.nwaiting);
	ATF_REQUIRE(places.taken <= places.most);
}

ATF_TC(any_order);
ATF_TC_HEAD(any_order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whoever takes, waits, leaves and releases: the count is right, "
	    "who has none does not wait while there are some, and at the end "
	    "nobody waits");
}
ATF_TC_BODY(any_order, tc)
{
	struct place_holder *h;
	struct place_wait   *w;
	unsigned int         i, step, turns;

	start(MOST);
	for (step = 0; step < STEPS; step++) {
		/* Now a few of them, now all. */
		i = (unsigned int)random() %
		    (step / 5000 % 2 == 0 ? 5 : HOLDERS);
		h = &holder[i];
		w = &waits[i][random() % WAITS];
		switch (random() % 5) {
		case 0:
			(void)place_take(&places, h, random() % 2);
			break;
		case 1:
			if (w->holder == NULL && !place_take(&places, h, 0))
				place_await(&places, h, w);
			break;
		case 2:
			place_leave(&places, w);
			break;
		default:
			if (h->held != 0)
				place_release(&places, h);
			break;
		}
		places_serve(&places);
		check();
	}
	for (turns = 0; places.nwaiting != 0; turns++) {
		ATF_REQUIRE_MSG(turns < STEPS, "%u wait for ever",
		    places.nwaiting);
		i = (unsigned int)random() % HOLDERS;
		if (holder[i].held != 0)
			place_release(&places, &holder[i]);
		places_serve(&places);
		check();
	}
}

/* All that it can get; how much that is. */
static unsigned int
greed(unsigned int i, int more)
{
	while (place_take(&places, &holder[i], more))
		;
	return holder[i].held;
}

ATF_TC(greed_leaves_room);
ATF_TC_HEAD(greed_leaves_room, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who takes all that he can get leaves two thirds to others, what "
	    "he could do without is less, and many of his kind leave some");
}
ATF_TC_BODY(greed_leaves_room, tc)
{
	unsigned int i;

	start(9000);
	ATF_CHECK_EQ(1000, greed(0, 1));
	ATF_CHECK_EQ(3000, greed(0, 0));
	ATF_CHECK_EQ(0, place_take(&places, &holder[0], 1));
	for (i = 1; i < 16; i++)
		ATF_REQUIRE(greed(i, 0) > 1);
	ATF_CHECK(!places_full(&places));
	ATF_CHECK_EQ(1, place_take(&places, &holder[i], 0));
}

ATF_TC(who_has_none_is_first);
ATF_TC_HEAD(who_has_none_is_first, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of those that wait who has none is served first, what is not "
	    "needed comes last, and a holder's own in their order");
}
ATF_TC_BODY(who_has_none_is_first, tc)
{
	unsigned int i;

	start(4);
	for (i = 0; i < 2; i++)
		while (place_take(&places, &holder[i], 0))
			;
	ATF_REQUIRE(places_full(&places));
	place_await(&places, &holder[0], &waits[0][0]);
	place_await(&places, &holder[0], &waits[0][1]);
	place_await(&places, &holder[1], &waits[1][0]);
	place_await(&places, &holder[2], &waits[2][0]);
	places_serve(&places);
	ATF_CHECK_EQ(0, served);
	place_release(&places, &holder[0]);
	/* It is not had by whoever asks just now. */
	ATF_CHECK_EQ(0, place_take(&places, &holder[3], 1));
	places_serve(&places);
	ATF_CHECK_EQ(1, served);
	ATF_CHECK_EQ(2, last);
	/* Then whoever has released one, as he has less now. */
	place_release(&places, &holder[0]);
	places_serve(&places);
	ATF_CHECK_EQ(2, served);
	ATF_CHECK_EQ(0, last);
	ATF_CHECK(waits[0][0].holder == NULL);
	ATF_CHECK(waits[0][1].holder != NULL);
	/* Fewer than are taken: nobody gets one until they are released. */
	places_set(&places, 1);
	place_release(&places, &holder[1]);
	places_serve(&places);
	ATF_CHECK_EQ(2, served);
	places_set(&places, 4);
	places_serve(&places);
	ATF_CHECK_EQ(3, served);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, any_order);
	ATF_TP_ADD_TC(tp, greed_leaves_room);
	ATF_TP_ADD_TC(tp, who_has_none_is_first);
	return atf_no_error();
}
