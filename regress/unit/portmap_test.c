/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Ports of a range: the next one that is free, beside a search port by port.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "router/portmap.h"

static struct portmap map;

/* As the header says it. */
static uint16_t
slow_next(uint32_t low, uint32_t high, uint32_t from)
{
	uint32_t i, n, port;

	if (low == 0)
		low = 1;
	if (from < low)
		from = low;
	n = high - low + 1;
	for (i = 0; i < n; i++) {
		port = low + (from - low + i) % n;
		if ((map.held[port / 32] >> port % 32 & 1) == 0)
			return (uint16_t)port;
	}
	return 0;
}

ATF_TC_WITHOUT_HEAD(random);
ATF_TC_BODY(random, tc)
{
	uint32_t i, low, high, from, port;
	int      dense;

	srandom(11);
	for (i = 0; i < 20000; i++) {
		if (i % 500 == 0)
			memset(map.held, i % 1000 == 0 ? 0 : 0xff,
			    sizeof(map.held));
		/* Short ranges, also at both ends of all ports. */
		low = (uint32_t)random() % 300;
		if (i & 1)
			low = 65535 - low;
		high = low + (uint32_t)random() % 200;
		if (high > 65535)
			high = 65535;
		from = low + (uint32_t)random() % (high - low + 1);
		port = portmap_next(&map, (uint16_t)low, (uint16_t)high,
		    (uint16_t)from);
		ATF_REQUIRE_EQ(slow_next(low, high, from), port);
		dense = i / 100 % 2;
		if (port != 0 && (dense || random() % 2))
			portmap_take(&map, (uint16_t)port);
		else
			portmap_give(&map, (uint16_t)from);
	}
}

ATF_TC_WITHOUT_HEAD(all);
ATF_TC_BODY(all, tc)
{
	uint32_t i;

	memset(&map, 0, sizeof(map));
	/* Port 0 is none. */
	for (i = 1; i <= 65535; i++) {
		ATF_REQUIRE_EQ(i, portmap_next(&map, 0, 65535, 0));
		portmap_take(&map, (uint16_t)i);
	}
	ATF_REQUIRE_EQ(0, portmap_next(&map, 0, 65535, 4711));
	portmap_give(&map, 1);
	ATF_REQUIRE_EQ(1, portmap_next(&map, 0, 65535, 4711));
	ATF_REQUIRE_EQ(0, portmap_next(&map, 2, 65535, 4711));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random);
	ATF_TP_ADD_TC(tp, all);
	return atf_no_error();
}
