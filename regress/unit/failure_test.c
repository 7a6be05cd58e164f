/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of what counts as one source of failed logins: an IPv4 address,
 * however it is written, or an IPv6 network of 64 bits.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "auth/state.h"

#define STEPS 20000

static int  same(const struct addr *, const struct addr *);
static void random_addr(struct addr *, sa_family_t);

ATF_TC(one_source);
ATF_TC_HEAD(one_source, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "any bit of an IPv4 address and of the first half of an IPv6 one "
	    "makes another source, none of the second half does");
}
ATF_TC_BODY(one_source, tc)
{
	struct addr  a, b;
	unsigned int i, bit;

	srandom(4);
	for (i = 0; i < STEPS; i++) {
		random_addr(&a, i % 2 ? AF_INET : AF_INET6);
		b = a;
		bit = (unsigned int)random() % (a.af == AF_INET ? 32 : 128);
		b.b[bit / 8] ^= (uint8_t)(0x80U >> (bit % 8));
		ATF_REQUIRE(same(&a, &a));
		ATF_REQUIRE_EQ(bit >= 64, same(&a, &b));
	}
}

ATF_TC(families);
ATF_TC_HEAD(families, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an IPv4 address in an IPv6 one is that, and else the two never "
	    "meet, not even with the same bytes");
}
ATF_TC_BODY(families, tc)
{
	struct addr  a, b;
	unsigned int i;

	srandom(5);
	for (i = 0; i < STEPS; i++) {
		random_addr(&a, AF_INET);
		memset(&b, 0, sizeof(b));
		b.af = AF_INET6;
		b.b[10] = b.b[11] = 0xff;
		memcpy(&b.b[12], a.b, 4);
		ATF_REQUIRE(same(&a, &b));
		memset(b.b, 0, sizeof(b.b));
		memcpy(b.b, a.b, 4);
		ATF_REQUIRE_EQ(0, same(&a, &b));
	}
}

ATF_TC(printed);
ATF_TC_HEAD(printed, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is printed of a source is a prefix that leads back to it");
}
ATF_TC_BODY(printed, tc)
{
	struct source_key k;
	struct prefix     p;
	struct addr       a;
	char              text[PREFIX_STRLEN];
	unsigned int      i;

	srandom(6);
	for (i = 0; i < STEPS; i++) {
		random_addr(&a, i % 2 ? AF_INET : AF_INET6);
		source_key(&a, &k);
		ATF_REQUIRE_EQ(0,
		    prefix_parse(&p, source_print(k.b, text, sizeof(text))));
		ATF_REQUIRE(prefix_match(&p, &a));
		ATF_REQUIRE(same(&a, &p.addr));
	}
}

static int
same(const struct addr *a, const struct addr *b)
{
	struct source_key x, y;
	struct addr       s, t;

	source_key(a, &x);
	source_key(b, &y);
	source_of(a, &s);
	source_of(b, &t);
	ATF_REQUIRE_EQ(addr_cmp(&s, &t) == 0, memcmp(&x, &y, sizeof(x)) == 0);
	return memcmp(&x, &y, sizeof(x)) == 0;
}

/* An IPv6 one is none that holds another. */
static void
random_addr(struct addr *a, sa_family_t af)
{
	unsigned int i;

	memset(a, 0, sizeof(*a));
	a->af = af;
	for (i = 0; i < (af == AF_INET ? 4 : 16); i++)
		a->b[i] = (uint8_t)random();
	if (af == AF_INET6)
		a->b[0] = 0x20;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_source);
	ATF_TP_ADD_TC(tp, families);
	ATF_TP_ADD_TC(tp, printed);
	return atf_no_error();
}
