/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of what a value of TZ is taken for.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "parent/zone.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

static void
file(const char *path, const char *text)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
	ATF_REQUIRE_EQ(0, close(fd));
}

ATF_TC(values);
ATF_TC_HEAD(values, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names of files, paths and rules are told apart, and from what "
	    "is none of them");
}
ATF_TC_BODY(values, tc)
{
	static const struct {
		const char *value;
		const char *zone; /* NULL: there is none */
	} t[] = {
		{ "Here/There", ":zones/Here/There" },
		{ ":Here/There", ":zones/Here/There" },
		{ "Here/Bad", NULL },
		{ "Here/Short", NULL },
		{ "Here", NULL },
		{ "Here/Nowhere", NULL },
		{ ":Here/Nowhere", NULL },
		{ "/nonexistent", NULL },
		{ ":/nonexistent", NULL },
		{ "/", NULL },
		{ "", "UTC0" },
		{ ":", "UTC0" },
		{ "UTC", "UTC0" },
		{ "GMT", "UTC0" },
		{ "XYZ-5:30", "XYZ-5:30" },
		{ ":XYZ-5:30", NULL },
		{ "EST5EDT", "EST5EDT" },
		{ "<+0530>-5:30", "<+0530>-5:30" },
		{ "<+0530-5:30", NULL },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/3" },
		{ "AAA3BBB2,J60/-1:00:00,300/167",
		    "AAA3BBB2,J60/-1:00:00,300/167" },
		{ "CET-1CEST,M3.5.0", NULL },
		{ "CET-1CEST,M13.5.0,M10.5.0", NULL },
		{ "CET-1CEST,M3.6.0,M10.5.0", NULL },
		{ "CET-1CEST,M3.5.7,M10.5.0", NULL },
		{ "CET-1CEST,J0,J3", NULL },
		{ "CET-1CEST,M3.5.0,M10.5.0,", NULL },
		{ "CET", NULL },
		{ "CE-1", NULL },
		{ "CET-25", NULL },
		{ "CET-1:60", NULL },
		{ "CET-1:00:00:00", NULL },
		{ "CET-1CE", NULL },
		{ "Asia/Kolkatta", NULL },
		{ "+5", NULL },
	};
	char   zone[ZONE_SIZE], path[ZONE_SIZE], small[8];
	size_t i;

	ATF_REQUIRE_EQ(0, mkdir("zones", 0755));
	ATF_REQUIRE_EQ(0, mkdir("zones/Here", 0755));
	file("zones/Here/There", "TZif2 and so on");
	file("zones/Here/Bad", "root:x:0:0");
	file("zones/Here/Short", "TZi");
	for (i = 0; i < NITEMS(t); i++) {
		ATF_CHECK_EQ_MSG(t[i].zone == NULL ? -1 : 0,
		    zone_resolve(t[i].value, "zones", zone, sizeof(zone)), "%s",
		    t[i].value);
		if (t[i].zone != NULL)
			ATF_CHECK_STREQ(t[i].zone, zone);
	}
	ATF_REQUIRE(getcwd(zone, sizeof(zone)) != NULL);
	(void)snprintf(path, sizeof(path), "%.1000s/zones/Here/There", zone);
	ATF_CHECK_EQ(0, zone_resolve(path, "none", zone, sizeof(zone)));
	ATF_CHECK_STREQ(path, zone + 1);
	ATF_CHECK_EQ(-1, zone_resolve(path, "none", small, sizeof(small)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, values);
	return atf_no_error();
}
