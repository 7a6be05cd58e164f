/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Walls: their names, and the lists of who lacks which.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "base/wall.h"

static void gap(void *, uint32_t, int, const char *);
static void check_gaps(const struct wall_row *, size_t, const char *);

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	uint32_t set = WALL_ALL, bit;

	for (bit = 1; bit <= WALL_ALL; bit <<= 1) {
		ATF_REQUIRE(wall_name(bit) != NULL);
		ATF_CHECK_EQ(bit, wall_byname(wall_name(bit)));
		ATF_CHECK(wall_take(&set) != NULL);
	}
	ATF_CHECK_EQ(0, set);
	ATF_CHECK(wall_take(&set) == NULL);
	ATF_CHECK_EQ(0, wall_byname("all"));
	ATF_CHECK_EQ(0, wall_byname(""));
	ATF_CHECK_EQ(0, wall_byname("Landlock"));
}

ATF_TC_WITHOUT_HEAD(missing);
ATF_TC_BODY(missing, tc)
{
	struct walls w = { 0, { 0 } };
	uint32_t     bit;

	ATF_CHECK_EQ(0, wall_missing(&w));
	for (bit = 1; bit <= WALL_ALL; bit <<= 1) {
		wall_fails(&w, bit, EPERM);
		ATF_CHECK_EQ(bit, wall_missing(&w));
		ATF_CHECK_EQ(EPERM, wall_error(&w, bit));
		ATF_CHECK_EQ(0, w.stand);
		wall_stands(&w, bit);
		ATF_CHECK_EQ(0, wall_missing(&w));
		ATF_CHECK_EQ(bit, w.stand);
		wall_fails(&w, bit, 0); /* no reason is one */
		ATF_CHECK_EQ(bit, wall_missing(&w));
		ATF_CHECK_EQ(0, w.stand);
		wall_stands(&w, bit);
		w.stand = 0;
	}
}

static void
gap(void *arg, uint32_t wall, int error, const char *who)
{
	char  *text = arg;
	size_t len = strlen(text);

	(void)snprintf(text + len, 4096 - len, "%s %d %s\n", wall_name(wall),
	    error, who);
}

static void
check_gaps(const struct wall_row *rows, size_t n, const char *want)
{
	char text[4096] = "";

	wall_gaps(rows, n, gap, text);
	ATF_CHECK_STREQ(want, text);
}

ATF_TC_WITHOUT_HEAD(gaps);
ATF_TC_BODY(gaps, tc)
{
	struct wall_row rows[6];
	size_t          i;

	memset(rows, 0, sizeof(rows));
	rows[0].role = PROC_ROUTER;
	rows[1].role = PROC_AUTH;
	rows[2].role = PROC_RESOLVER;
	for (i = 3; i < 6; i++) {
		rows[i].role = PROC_RELAY;
		rows[i].instance = (unsigned int)i - 3;
	}
	check_gaps(rows, 6, "");
	for (i = 0; i < 6; i++)
		wall_fails(&rows[i].walls, WALL_LANDLOCK, 1);
	check_gaps(rows, 6, "landlock 1 all processes\n");
	for (i = 1; i < 6; i++)
		wall_fails(&rows[i].walls, WALL_NETWORK, 2);
	check_gaps(rows, 6,
	    "landlock 1 all processes\n"
	    "network 2 all processes but router\n");
	wall_fails(&rows[4].walls, WALL_NETWORK, 3);
	wall_stands(&rows[2].walls, WALL_NETWORK);
	check_gaps(rows, 6,
	    "landlock 1 all processes\n"
	    "network 2 auth, relay 0, relay 2\nnetwork 3 relay 1\n");
	wall_stands(&rows[1].walls, WALL_NETWORK);
	wall_fails(&rows[4].walls, WALL_NETWORK, 2);
	check_gaps(rows, 6,
	    "landlock 1 all processes\n"
	    "network 2 relay\n");

	/* One that runs alone. */
	check_gaps(rows + 5, 1,
	    "landlock 1 all processes\n"
	    "network 2 all processes\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, missing);
	ATF_TP_ADD_TC(tp, gaps);
	return atf_no_error();
}
