/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names as numbers, beside a plain list of them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "router/names.h"

#define MANY 5000

/* All lengths of a user's name, and all bytes but NUL, as they come. */
static void
random_name(char *name)
{
	size_t i, len;

	len = arc4random_uniform(4) == 0 ? arc4random_uniform(256) :
					   arc4random_uniform(3);
	for (i = 0; i < len; i++)
		name[i] = (char)(1 + arc4random_uniform(255));
	name[len] = '\0';
}

/* The place of a name in the list, or how many there are. */
static uint32_t
slow_at(char (*list)[256], uint32_t n, const char *name)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			break;
	return i;
}

ATF_TC(numbers);
ATF_TC_HEAD(numbers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names are numbered in the order in "
	    "which they come, each once, and others are not known");
}
ATF_TC_BODY(numbers, tc)
{
	static char  list[MANY][256];
	struct names names;
	char         name[256];
	uint32_t     n = 0, i, at;

	names_init(&names);
	ATF_CHECK_EQ(NAME_OTHER, names_at(&names, "alice"));
	ATF_CHECK_EQ(NAME_NOBODY, names_at(&names, NULL));
	for (i = 0; i < MANY; i++) {
		random_name(name);
		at = slow_at(list, n, name);
		ATF_REQUIRE_EQ(at == n ? NAME_OTHER : NAME_FIRST + at,
		    names_at(&names, name));
		if (arc4random_uniform(2) == 0)
			continue;
		if (at == n)
			memcpy(list[n++], name, sizeof(name));
		ATF_REQUIRE_EQ(0, names_add(&names, list[at]));
		ATF_REQUIRE_EQ(NAME_FIRST + at, names_at(&names, name));
	}
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(NAME_FIRST + i, names_at(&names, list[i]));
	ATF_CHECK_EQ(NAME_NOBODY, names_at(&names, NULL));
	names_clear(&names);
	ATF_CHECK_EQ(NAME_OTHER, names_at(&names, list[0]));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers);
	return atf_no_error();
}
