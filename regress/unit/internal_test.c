/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the built-in table <internal>: both ends and both neighbours of
 * every range, and every IPv4 range in every form that can hide it.
 *
 * The ranges stand here a second time, written as first and last address
 * instead of masks, so that a slip in one place shows in the other.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/addr.h"
#include "base/internal.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define PUBLIC4        IP(8, 8, 8, 8)

struct range4 {
	uint32_t    first;
	uint32_t    last;
	const char *why;
};

/* Neighbours are NULL where there is none or where it is internal too. */
struct range6 {
	const char *before;
	const char *first;
	const char *last;
	const char *after;
	const char *why;
};

/* A way to hide an IPv4 address, and the words that say so. */
struct form {
	void (*hide)(struct addr *, uint32_t);
	const char *why;
};

static struct addr v4_addr(uint32_t);
static struct addr parsed(const char *);
static const char *expected4(uint32_t);
static void        check4(uint32_t);
static void        check_hidden(const struct form *, uint32_t);
static void        random_v6(struct addr *);
static void        put4(struct addr *, unsigned int, uint32_t, uint32_t);
static void        hide_mapped(struct addr *, uint32_t);
static void        hide_nat64(struct addr *, uint32_t);
static void        hide_6to4(struct addr *, uint32_t);
static void        hide_teredo_server(struct addr *, uint32_t);
static void        hide_teredo_client(struct addr *, uint32_t);
static void        hide_isatap(struct addr *, uint32_t);
static void        hide_isatap_universal(struct addr *, uint32_t);
static void        hide_isatap_in_6to4(struct addr *, uint32_t);

static const struct range4 ranges4[] = {
	{ IP(0, 0, 0, 0), IP(0, 0, 0, 0), "unspecified" },
	{ IP(0, 0, 0, 1), IP(0, 255, 255, 255), "this network" },
	{ IP(10, 0, 0, 0), IP(10, 255, 255, 255), "private" },
	{ IP(100, 64, 0, 0), IP(100, 127, 255, 255),
	    "shared (carrier-grade NAT)" },
	{ IP(127, 0, 0, 0), IP(127, 255, 255, 255), "loopback" },
	{ IP(169, 254, 0, 0), IP(169, 254, 255, 255), "link-local" },
	{ IP(172, 16, 0, 0), IP(172, 31, 255, 255), "private" },
	{ IP(192, 0, 0, 0), IP(192, 0, 0, 255), "protocol assignments" },
	{ IP(192, 0, 2, 0), IP(192, 0, 2, 255), "documentation" },
	{ IP(192, 88, 99, 0), IP(192, 88, 99, 255), "6to4 relay" },
	{ IP(192, 168, 0, 0), IP(192, 168, 255, 255), "private" },
	{ IP(198, 18, 0, 0), IP(198, 19, 255, 255), "benchmark" },
	{ IP(198, 51, 100, 0), IP(198, 51, 100, 255), "documentation" },
	{ IP(203, 0, 113, 0), IP(203, 0, 113, 255), "documentation" },
	{ IP(224, 0, 0, 0), IP(239, 255, 255, 255), "multicast" },
	{ IP(240, 0, 0, 0), IP(255, 255, 255, 254), "reserved" },
	{ IP(255, 255, 255, 255), IP(255, 255, 255, 255), "broadcast" },
};

#define NRANGES4 (sizeof(ranges4) / sizeof(ranges4[0]))

static const struct range6 ranges6[] = {
	{ NULL, "::", "::", NULL, "unspecified" },
	{ NULL, "::1", "::1", NULL, "loopback" },
	{ NULL, "::2", "::ffff:ffff", "::1:0:0", "IPv4-compatible" },
	{ "::fffe:ffff:ffff:ffff", "::ffff:0:0:0", "::ffff:0:ffff:ffff",
	    "::ffff:1:0:0", "IPv4-translated" },
	{ "64:ff9b:0:ffff:ffff:ffff:ffff:ffff",
	    "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
	    "64:ff9b:2::", "local NAT64" },
	{ "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "100::", "100::ffff:ffff:ffff:ffff", "100:0:0:1::", "discard" },
	{ "2001:1:ffff:ffff:ffff:ffff:ffff:ffff", "2001:2::",
	    "2001:2:0:ffff:ffff:ffff:ffff:ffff", "2001:2:1::", "benchmark" },
	{ "2001:f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:10::",
	    "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "ORCHID" },
	{ NULL, "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:30::", "ORCHID" },
	{ "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	    "2001:db9::", "documentation" },
	{ "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "3fff:1000::", "documentation" },
	{ "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "5f01::", "segment routing" },
	{ "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::",
	    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", "private" },
	{ "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::",
	    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL, "link-local" },
	{ NULL, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
	    "site-local" },
	{ NULL, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL,
	    "multicast" },
};

static const struct form forms[] = {
	{ hide_mapped, "IPv4-mapped form of " },
	{ hide_nat64, "NAT64 of " },
	{ hide_6to4, "6to4 of " },
	{ hide_teredo_server, "Teredo server " },
	{ hide_teredo_client, "Teredo client " },
	{ hide_isatap, "ISATAP of " },
	{ hide_isatap_universal, "ISATAP of " },
	{ hide_isatap_in_6to4, "ISATAP of " },
};

#define NFORMS (sizeof(forms) / sizeof(forms[0]))

ATF_TC(ipv4_ranges);
ATF_TC_HEAD(ipv4_ranges, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "both ends and both neighbours of each IPv4 range");
}
ATF_TC_BODY(ipv4_ranges, tc)
{
	size_t i;

	for (i = 0; i < NRANGES4; i++) {
		check4(ranges4[i].first - 1);
		check4(ranges4[i].first);
		check4(ranges4[i].last);
		check4(ranges4[i].last + 1);
	}
}

ATF_TC(ipv4_everywhere);
ATF_TC_HEAD(ipv4_everywhere, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "both ends of every /24 there is, and random ones between");
}
ATF_TC_BODY(ipv4_everywhere, tc)
{
	uint32_t net;

	srandom(1);
	for (net = 0; net < 1U << 24; net++) {
		check4(net << 8);
		check4(net << 8 | 255);
		if (net % 16 == 0)
			check4(net << 8 | (uint32_t)(random() & 255));
	}
}

ATF_TC(ipv6_ranges);
ATF_TC_HEAD(ipv6_ranges, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "both ends and both neighbours of each IPv6 range");
}
ATF_TC_BODY(ipv6_ranges, tc)
{
	const struct range6 *r;
	struct addr          a;
	size_t               i;

	for (i = 0; i < sizeof(ranges6) / sizeof(ranges6[0]); i++) {
		r = &ranges6[i];
		a = parsed(r->first);
		ATF_REQUIRE_MSG(addr_internal(&a) != NULL, "%s", r->first);
		ATF_CHECK_STREQ(r->why, addr_internal(&a));
		a = parsed(r->last);
		ATF_REQUIRE_MSG(addr_internal(&a) != NULL, "%s", r->last);
		ATF_CHECK_STREQ(r->why, addr_internal(&a));
		if (r->before != NULL) {
			a = parsed(r->before);
			ATF_CHECK_MSG(addr_internal(&a) == NULL, "%s",
			    r->before);
		}
		if (r->after != NULL) {
			a = parsed(r->after);
			ATF_CHECK_MSG(addr_internal(&a) == NULL, "%s",
			    r->after);
		}
	}
}

ATF_TC(hidden_ranges);
ATF_TC_HEAD(hidden_ranges, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each IPv4 range, its ends and neighbours, in each hidden form");
}
ATF_TC_BODY(hidden_ranges, tc)
{
	size_t f, i;

	srandom(2);
	for (f = 0; f < NFORMS; f++) {
		for (i = 0; i < NRANGES4; i++) {
			check_hidden(&forms[f], ranges4[i].first - 1);
			check_hidden(&forms[f], ranges4[i].first);
			check_hidden(&forms[f], ranges4[i].last);
			check_hidden(&forms[f], ranges4[i].last + 1);
		}
		for (i = 0; i < 100000; i++)
			check_hidden(&forms[f],
			    (uint32_t)random() << 1 ^ (uint32_t)random());
	}
}

ATF_TC(compatible_whatever_inside);
ATF_TC_HEAD(compatible_whatever_inside, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "obsolete forms are internal even with a public address inside");
}
ATF_TC_BODY(compatible_whatever_inside, tc)
{
	struct addr a;

	a = parsed("::8.8.8.8");
	ATF_CHECK_STREQ("IPv4-compatible", addr_internal(&a));
	a = parsed("::127.0.0.1");
	ATF_CHECK_STREQ("IPv4-compatible", addr_internal(&a));
	a = parsed("::ffff:0:8.8.8.8");
	ATF_CHECK_STREQ("IPv4-translated", addr_internal(&a));
	a = parsed("::ffff:0:127.0.0.1");
	ATF_CHECK_STREQ("IPv4-translated", addr_internal(&a));
}

ATF_TC(prefixes_of_hidden_forms);
ATF_TC_HEAD(prefixes_of_hidden_forms, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "beside the prefix of a hidden form nothing is looked for");
}
ATF_TC_BODY(prefixes_of_hidden_forms, tc)
{
	/* All would be internal if the prefix were one bit shorter. */
	static const char *const outside[] = {
		"::fffe:10.0.0.1",
		"::1:ffff:10.0.0.1",
		"::1:0:0:ffff:10.0.0.1",
		"64:ff9a::10.0.0.1",
		"64:ff9b::1:10.0.0.1",
		"64:ff9b:0:1::10.0.0.1",
		"2003:a00:1::",
		"2000:0:a00:1::",
		"2001:1:a00:1::",
		"2001:1::f5ff:fffe",
	};
	struct addr a;
	size_t      i;

	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		a = parsed(outside[i]);
		ATF_CHECK_MSG(addr_internal(&a) == NULL, "%s", outside[i]);
	}
}

ATF_TC(isatap_marker);
ATF_TC_HEAD(isatap_marker, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "every bit of the ISATAP marker counts but those two of RFC 5214");
}
ATF_TC_BODY(isatap_marker, tc)
{
	struct addr  a, b;
	unsigned int bit;

	a = parsed("2600::5efe:10.0.0.1");
	ATF_REQUIRE(addr_internal(&a) != NULL);
	for (bit = 64; bit < 96; bit++) {
		b = a;
		b.b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		ATF_CHECK_EQ_MSG(bit == 70 || bit == 71,
		    addr_internal(&b) != NULL, "bit %u", bit);
	}
}

ATF_TC(well_known_addresses);
ATF_TC_HEAD(well_known_addresses, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what attackers try is internal, what users want is not");
}
ATF_TC_BODY(well_known_addresses, tc)
{
	static const char *const internal[] = {
		"0.0.0.0",
		"::",
		"127.0.0.1",
		"127.1.2.3",
		"::1",
		"169.254.169.254",
		"fd00:ec2::254",
		"fe80::a9fe:a9fe",
		"100.100.100.200",
		"192.0.0.192",
		"192.168.1.1",
		"10.0.0.138",
		"255.255.255.255",
		"224.0.0.1",
		"ff02::1",
		"ff0e::1",
		"::ffff:127.0.0.1",
		"::ffff:a9fe:a9fe",
		"64:ff9b::a9fe:a9fe",
		"64:ff9b:1::10.0.0.1",
		"2002:7f00:1::",
		"2002:a9fe:a9fe::1",
		"2001:0:a00:1::1",
		"2001::5601:5601",
		"::7f00:1",
		"fe80::5efe:10.0.0.1",
		"2600::200:5efe:192.168.0.1",
	};
	static const char *const public[] = {
		"8.8.8.8",
		"1.1.1.1",
		"9.9.9.9",
		"100.63.255.255",
		"172.15.0.1",
		"172.32.0.1",
		"192.0.1.1",
		"192.167.1.1",
		"2001:4860:4860::8888",
		"2606:4700:4700::1111",
		"2620:fe::fe",
		"2a00:1450:4001::1",
		"::ffff:8.8.8.8",
		"64:ff9b::8.8.8.8",
		"2002:808:808::1",
		"2001:0:4136:e378:8000:63bf:f7f7:f7f7",
		"2600::5efe:8.8.8.8",
		"3ffe::1",
		"2400::a00:1",
		"2600::127.0.0.1",
	};
	struct addr a;
	size_t      i;

	for (i = 0; i < sizeof(internal) / sizeof(internal[0]); i++) {
		a = parsed(internal[i]);
		ATF_CHECK_MSG(addr_internal(&a) != NULL, "%s", internal[i]);
	}
	for (i = 0; i < sizeof(public) / sizeof(public[0]); i++) {
		a = parsed(public[i]);
		ATF_CHECK_MSG(addr_internal(&a) == NULL, "%s: %s", public[i],
		    addr_internal(&a));
	}
}

ATF_TC(unmapped_is_judged_alike);
ATF_TC_HEAD(unmapped_is_judged_alike, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a mapped address is internal just when its plain form is");
}
ATF_TC_BODY(unmapped_is_judged_alike, tc)
{
	struct addr mapped, plain;
	int         i;

	srandom(3);
	for (i = 0; i < 100000; i++) {
		hide_mapped(&mapped,
		    (uint32_t)random() << 1 ^ (uint32_t)random());
		plain = mapped;
		addr_unmap(&plain);
		ATF_REQUIRE_EQ(AF_INET, plain.af);
		ATF_CHECK_EQ(addr_internal(&plain) == NULL,
		    addr_internal(&mapped) == NULL);
	}
}

ATF_TC(no_address);
ATF_TC_HEAD(no_address, tc)
{
	atf_tc_set_md_var(tc, "descr", "no address is not internal");
}
ATF_TC_BODY(no_address, tc)
{
	struct addr none = { .af = AF_UNSPEC };

	ATF_CHECK(addr_internal(&none) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ipv4_ranges);
	ATF_TP_ADD_TC(tp, ipv4_everywhere);
	ATF_TP_ADD_TC(tp, ipv6_ranges);
	ATF_TP_ADD_TC(tp, hidden_ranges);
	ATF_TP_ADD_TC(tp, compatible_whatever_inside);
	ATF_TP_ADD_TC(tp, prefixes_of_hidden_forms);
	ATF_TP_ADD_TC(tp, isatap_marker);
	ATF_TP_ADD_TC(tp, well_known_addresses);
	ATF_TP_ADD_TC(tp, unmapped_is_judged_alike);
	ATF_TP_ADD_TC(tp, no_address);
	return atf_no_error();
}

static struct addr
v4_addr(uint32_t number)
{
	struct addr a;

	memset(&a, 0, sizeof(a));
	a.af = AF_INET;
	put4(&a, 0, number, 0);
	return a;
}

static struct addr
parsed(const char *text)
{
	struct addr a;

	ATF_REQUIRE_EQ_MSG(0, addr_parse(&a, text), "%s", text);
	return a;
}

/* The reason by the ranges above, or NULL. */
static const char *
expected4(uint32_t number)
{
	size_t i;

	for (i = 0; i < NRANGES4; i++) {
		if (number >= ranges4[i].first && number <= ranges4[i].last)
			return ranges4[i].why;
	}
	return NULL;
}

static void
check4(uint32_t number)
{
	struct addr a;
	const char *why, *want;

	a = v4_addr(number);
	why = addr_internal(&a);
	want = expected4(number);
	/* Checked by hand: the macros are slow millions of times. */
	if (why == want ||
	    (why != NULL && want != NULL && strcmp(why, want) == 0))
		return;
	atf_tc_fail("%08x: %s, not %s", number, why != NULL ? why : "public",
	    want != NULL ? want : "public");
}

static void
check_hidden(const struct form *f, uint32_t number)
{
	struct addr a;
	const char *why, *want;
	char        text[ADDR_STRLEN];
	size_t      n = strlen(f->why);

	f->hide(&a, number);
	why = addr_internal(&a);
	want = expected4(number);
	if (want == NULL && why == NULL)
		return;
	if (want != NULL && why != NULL && strncmp(why, f->why, n) == 0 &&
	    strcmp(why + n, want) == 0)
		return;
	atf_tc_fail("%s%08x, %s: %s, not %s", f->why, number,
	    addr_print(&a, text, sizeof(text)), why != NULL ? why : "public",
	    want != NULL ? want : "public");
}

static void
random_v6(struct addr *a)
{
	size_t i;

	a->af = AF_INET6;
	for (i = 0; i < sizeof(a->b); i++)
		a->b[i] = (uint8_t)random();
	a->b[8] |= 0x80; /* no ISATAP marker by chance */
}

static void
put4(struct addr *a, unsigned int at, uint32_t number, uint32_t flip)
{
	number ^= flip;
	a->b[at] = (uint8_t)(number >> 24);
	a->b[at + 1] = (uint8_t)(number >> 16);
	a->b[at + 2] = (uint8_t)(number >> 8);
	a->b[at + 3] = (uint8_t)number;
}

static void
hide_mapped(struct addr *a, uint32_t number)
{
	*a = parsed("::ffff:0:0");
	put4(a, 12, number, 0);
}

static void
hide_nat64(struct addr *a, uint32_t number)
{
	*a = parsed("64:ff9b::");
	put4(a, 12, number, 0);
}

static void
hide_6to4(struct addr *a, uint32_t number)
{
	random_v6(a);
	a->b[0] = 0x20;
	a->b[1] = 0x02;
	put4(a, 2, number, 0);
}

/* Flags and port, between server and client, are random. */
static void
hide_teredo_server(struct addr *a, uint32_t number)
{
	random_v6(a);
	put4(a, 0, 0x20010000U, 0);
	put4(a, 4, number, 0);
	put4(a, 12, PUBLIC4, UINT32_MAX);
}

static void
hide_teredo_client(struct addr *a, uint32_t number)
{
	random_v6(a);
	put4(a, 0, 0x20010000U, 0);
	put4(a, 4, PUBLIC4, 0);
	put4(a, 12, number, UINT32_MAX);
}

static void
hide_isatap(struct addr *a, uint32_t number)
{
	*a = parsed("2600:1:2:3:0:5efe::");
	put4(a, 12, number, 0);
}

static void
hide_isatap_universal(struct addr *a, uint32_t number)
{
	*a = parsed("2600:1:2:3:200:5efe::");
	put4(a, 12, number, 0);
}

static void
hide_isatap_in_6to4(struct addr *a, uint32_t number)
{
	*a = parsed("2002:808:808:1:0:5efe::");
	put4(a, 12, number, 0);
}
