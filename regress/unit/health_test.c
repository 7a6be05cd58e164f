/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Life and death of a name server, played on a clock of its own.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "resolver/health.h"

#define START 1000000

/* How a server treats probes. */
struct nature {
	int with; /* answers those with EDNS */
	int bare; /* answers those without */
};

struct world {
	struct health h;
	uint64_t      now;
	unsigned int  probes;
	unsigned int  died;
	unsigned int  deaf;
	unsigned int  back;
	int           probed; /* and not answered yet */
};

/* So long, by steps of 10 ms; answers come in the step behind the probe. */
static void
run(struct world *w, uint64_t ms, const struct nature *n)
{
	uint64_t end = w->now + ms;

	for (; w->now < end; w->now += 10) {
		if (w->probed && n->bare && health_heard_bare(&w->h, w->now))
			w->back++;
		if (w->probed && n->with && health_heard(&w->h, w->now))
			w->back++;
		w->probed = 0;
		switch (health_turn(&w->h, w->now)) {
		case HEALTH_NOTHING:
			break;
		case HEALTH_PROBE:
			w->probes++;
			w->probed = 1;
			break;
		case HEALTH_DIED:
			w->died++;
			break;
		case HEALTH_DEAF:
			w->deaf++;
			break;
		}
	}
}

static void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->now = START;
}

static const struct nature well = { 1, 1 };
static const struct nature deaf = { 0, 1 };
static const struct nature mute = { 0, 0 };

ATF_TC(well_server);
ATF_TC_HEAD(well_server, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "questions that nobody answers do not "
	    "kill a server that answers probes, and cause few of them");
}
ATF_TC_BODY(well_server, tc)
{
	struct world w;
	int          i;

	world_init(&w);
	run(&w, 60000, &mute);
	ATF_CHECK_EQ(0, w.probes); /* nobody asks, nobody probes */
	health_sent(&w.h, w.now);
	run(&w, HEALTH_PROBE_MS - 10, &well);
	ATF_CHECK(!health_heard(&w.h, w.now));
	run(&w, 60000, &well);
	ATF_CHECK_EQ(0, w.probes);
	for (i = 0; i < 600; i++) {
		health_sent(&w.h, w.now);
		run(&w, 100, &well);
	}
	ATF_CHECK_EQ(0, w.died + w.deaf + w.back);
	ATF_CHECK(w.probes >= 60000 / (HEALTH_REST_MS + HEALTH_PROBE_MS) - 1);
	ATF_CHECK(w.probes <= 60000 / HEALTH_REST_MS + 1);
}

ATF_TC(dead_server);
ATF_TC_HEAD(dead_server, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a silent server dies once, is probed "
	    "ever less often, and comes back with the first answer");
}
ATF_TC_BODY(dead_server, tc)
{
	struct world w;
	unsigned int n;

	world_init(&w);
	health_sent(&w.h, w.now);
	run(&w, HEALTH_PROBE_MS * (HEALTH_PROBES + 1), &mute);
	ATF_CHECK(!w.h.dead);
	ATF_CHECK_EQ(HEALTH_PROBES, w.probes);
	run(&w, 10, &mute);
	ATF_CHECK(w.h.dead);
	ATF_CHECK_EQ(1, w.died);
	w.probes = 0;
	run(&w, 10 * HEALTH_BACK_MIN_MS, &mute);
	ATF_CHECK(w.probes >= 3 && w.probes <= 4);
	n = w.probes;
	run(&w, 3600000, &mute);
	ATF_CHECK(w.probes - n <= 3600000 / HEALTH_BACK_MAX_MS + 3);
	ATF_CHECK(w.probes - n >= 3600000 / HEALTH_BACK_MAX_MS - 3);
	/* Questions that go there as there is no other change nothing. */
	for (n = 0; n < 100; n++) {
		health_sent(&w.h, w.now);
		ATF_CHECK(!health_failed(&w.h, w.now));
	}
	ATF_CHECK_EQ(1, w.died);
	run(&w, HEALTH_BACK_MAX_MS + 20, &well);
	ATF_CHECK(!w.h.dead);
	ATF_CHECK_EQ(1, w.back);
	w.probes = 0;
	run(&w, 60000, &well);
	ATF_CHECK_EQ(0, w.probes);
}

ATF_TC(unreachable);
ATF_TC_HEAD(unreachable, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what cannot be reached is dead at "
	    "once, and an answer to a client revives it, too");
}
ATF_TC_BODY(unreachable, tc)
{
	struct world w;

	world_init(&w);
	health_sent(&w.h, w.now);
	ATF_CHECK(health_failed(&w.h, w.now));
	ATF_CHECK(!health_failed(&w.h, w.now));
	ATF_CHECK_EQ(START, w.h.died);
	run(&w, HEALTH_BACK_MIN_MS, &mute);
	ATF_CHECK_EQ(0, w.probes);
	run(&w, 10, &mute);
	ATF_CHECK_EQ(1, w.probes);
	ATF_CHECK(health_heard(&w.h, w.now));
	ATF_CHECK(!w.h.dead);
	ATF_CHECK(health_failed(&w.h, w.now));
}

ATF_TC(deaf_server);
ATF_TC_HEAD(deaf_server, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a server that hears no EDNS is not "
	    "dead, and that is found out, also when it comes back");
}
ATF_TC_BODY(deaf_server, tc)
{
	struct world w;

	world_init(&w);
	health_sent(&w.h, w.now);
	run(&w, HEALTH_PROBE_MS * (HEALTH_PROBES + 2), &deaf);
	ATF_CHECK_EQ(1, w.deaf);
	ATF_CHECK_EQ(0, w.died);
	run(&w, HEALTH_REST_MS, &deaf);
	ATF_CHECK_EQ(1, w.deaf);
	ATF_CHECK(health_failed(&w.h, w.now));
	run(&w, HEALTH_BACK_MIN_MS + HEALTH_PROBE_MS * (HEALTH_PROBES + 2),
	    &deaf);
	ATF_CHECK_EQ(1, w.back);
	ATF_CHECK_EQ(2, w.deaf);
	ATF_CHECK_EQ(0, w.died);
}

/* Against a log that is read from its end: what it says there is so. */
ATF_TC(told);
ATF_TC_HEAD(told, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of one that comes and goes the log has "
	    "a death a minute, and in the end whether it is dead");
}
ATF_TC_BODY(told, tc)
{
	struct health_told t;
	uint64_t           now = 1, last = 0, next;
	int                i, dead, says, lines = 0;

	srandom(7);
	for (i = 0; i < 2000; i++) {
		memset(&t, 0, sizeof(t));
		last = 0;
		dead = says = 0;
		for (lines = 0; random() % 40 != 0;) {
			now += (uint64_t)random() % 20000;
			dead = !dead;
			if (!dead) {
				if (health_tell_revived(&t)) {
					ATF_REQUIRE(says);
					says = 0;
				}
				ATF_REQUIRE(!says);
				continue;
			}
			if (!health_tell_died(&t, now))
				continue;
			ATF_REQUIRE(!says);
			ATF_REQUIRE(last == 0 || now - last >= HEALTH_TELL_MS);
			last = now;
			says = 1;
			lines++;
		}
		next = health_tell_next(&t);
		ATF_REQUIRE_EQ(dead && !says, next != 0);
		if (next == 0)
			continue;
		ATF_REQUIRE(next > now && next <= now + HEALTH_TELL_MS);
		ATF_REQUIRE_EQ(0, health_tell_late(&t, next - 1));
		ATF_REQUIRE_EQ(1, health_tell_late(&t, next));
		ATF_REQUIRE_EQ(0, health_tell_late(&t, next + 1000000));
		ATF_REQUIRE_EQ(0, health_tell_next(&t));
		ATF_REQUIRE_EQ(1, health_tell_revived(&t));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, told);
	ATF_TP_ADD_TC(tp, well_server);
	ATF_TP_ADD_TC(tp, dead_server);
	ATF_TP_ADD_TC(tp, unreachable);
	ATF_TP_ADD_TC(tp, deaf_server);
	return atf_no_error();
}
