/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the IPv4 addresses that IPv6 ones hold.
 *
 * Addresses are put together here by the words of the RFCs, as text and by
 * shifts of numbers, so that a slip in one place shows in the other.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/addr.h"
#include "base/embedded.h"

#define ROUNDS 20000

static struct addr
parsed(const char *text)
{
	struct addr a;

	ATF_REQUIRE_EQ_MSG(0, addr_parse(&a, text), "%s", text);
	return a;
}

/* "9.9.9.9 NAT64, 8.8.8.8 ISATAP", in the order in which they are told. */
static void
check(const char *outer, const char *nat64, const char *want)
{
	struct embedded in[EMBEDDED_MAX];
	struct prefix   p;
	struct addr     a = parsed(outer);
	char            got[512], one[64], addr[ADDR_STRLEN];
	unsigned int    i, n;

	if (nat64 != NULL) {
		ATF_REQUIRE_EQ(0, prefix_parse(&p, nat64));
		ATF_REQUIRE(nat64_is_prefix(&p));
	}
	n = addr_embedded(&a, &p, nat64 != NULL, in);
	got[0] = '\0';
	for (i = 0; i < n; i++) {
		(void)snprintf(one, sizeof(one), "%s%s %s", i == 0 ? "" : ", ",
		    addr_print(&in[i].addr, addr, sizeof(addr)),
		    embedded_form_name(in[i].form));
		(void)strlcat(got, one, sizeof(got));
	}
	ATF_CHECK_STREQ_MSG(want, got, "%s by %s: %s, not %s", outer,
	    nat64 == NULL ? "none" : nat64, got, want);
}

ATF_TC(forms);
ATF_TC_HEAD(forms, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each form, its neighbours, and forms "
	    "within each other");
}
ATF_TC_BODY(forms, tc)
{
	check("9.9.9.9", NULL, "");
	check("2001:4860:4860::8888", NULL, "");
	check("::", NULL, "");
	check("::1", NULL, "");
	check("::ffff:9.9.9.9", NULL, "9.9.9.9 IPv4-mapped");
	check("64:ff9b::909:909", NULL, "9.9.9.9 NAT64");
	check("64:ff9b::", NULL, "0.0.0.0 NAT64");
	check("64:ff9b::1:0:0", NULL, "");
	check("64:ff9a::909:909", NULL, "");
	check("64:ff9c::909:909", NULL, "");
	check("2002:909:909::1", NULL, "9.9.9.9 6to4");
	check("2002:909:909:1:2:3:4:5", NULL, "9.9.9.9 6to4");
	check("2003:909:909::1", NULL, "");
	check("2001:0:909:909:8000:63bf:f7f7:f7f7", NULL,
	    "9.9.9.9 Teredo server, 8.8.8.8 Teredo client");
	check("2001:0:808:808:8000:63bf:f7f7:f7f7", NULL,
	    "8.8.8.8 Teredo server");
	check("2001:1:909:909:8000:63bf:f7f7:f7f7", NULL, "");
	check("2a00::5efe:909:909", NULL, "9.9.9.9 ISATAP");
	check("2a00::200:5efe:909:909", NULL, "9.9.9.9 ISATAP");
	check("2a00::300:5efe:909:909", NULL, "9.9.9.9 ISATAP");
	check("2a00::400:5efe:909:909", NULL, "");
	check("2a00::5eff:909:909", NULL, "");
	check("2002:808:808:1:0:5efe:909:909", NULL,
	    "8.8.8.8 6to4, 9.9.9.9 ISATAP");
	check("::9.9.9.9", NULL, "9.9.9.9 IPv4-compatible");
	check("::ffff:0:9.9.9.9", NULL, "9.9.9.9 IPv4-translated");
}

ATF_TC(nat64);
ATF_TC_HEAD(nat64, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the table of RFC 6052, section 2.4, "
	    "whatever the bits are that do not count");
}
ATF_TC_BODY(nat64, tc)
{
	const char *want = "192.0.2.33 NAT64";

	check("2001:db8:c000:221::", "2001:db8::/32", want);
	check("2001:db8:1c0:2:21::", "2001:db8:100::/40", want);
	check("2001:db8:122:c000:2:2100::", "2001:db8:122::/48", want);
	check("2001:db8:122:3c0:0:221::", "2001:db8:122:300::/56", want);
	check("2001:db8:122:344:c0:2:2100::", "2001:db8:122:344::/64", want);
	check("2001:db8:122:344::192.0.2.33", "2001:db8:122:344::/96", want);
	check("2001:db8:c000:221:ff12:3456:789a:bcde", "2001:db8::/32", want);
	check("2001:db8:1c0:2:ff21:3456:789a:bcde", "2001:db8:100::/40", want);
	check("2001:db8:122:c000:ff02:2156:789a:bcde", "2001:db8:122::/48",
	    want);
	check("2001:db8:122:3c0:ff00:221:789a:bcde", "2001:db8:122:300::/56",
	    want);
	check("2001:db8:122:344:ffc0:2:219a:bcde", "2001:db8:122:344::/64",
	    want);
	check("2001:db8:122:345::192.0.2.33", "2001:db8:122:344::/96", "");
	check("2001:db8:122:344::192.0.2.33", NULL, "");
	/* Twice the same is told once. */
	check("64:ff9b::909:909", "64:ff9b::/96", "9.9.9.9 NAT64");
}

ATF_TC(local);
ATF_TC_HEAD(local, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a prefix for local use is of any "
	    "length until it is configured");
}
ATF_TC_BODY(local, tc)
{
	check("64:ff9b:1::909:909", NULL, "9.9.9.9 NAT64");
	check("64:ff9b:1:909:9:900::", NULL,
	    "9.9.9.9 NAT64, 9.9.9.0 NAT64, 9.9.0.0 NAT64");
	check("64:ff9b:1:909:9:900::", "64:ff9b:1::/48", "9.9.9.9 NAT64");
	check("64:ff9b:1:0:9:909:900:0", NULL, "9.9.9.9 NAT64, 9.0.0.0 NAT64");
	check("64:ff9b:1:7::909:909", "64:ff9b:1:7::/96", "9.9.9.9 NAT64");
	check("64:ff9b:2::909:909", NULL, "");
}

ATF_TC(prefixes);
ATF_TC_HEAD(prefixes, tc)
{
	atf_tc_set_md_var(tc, "descr", "what can be a prefix of NAT64");
}
ATF_TC_BODY(prefixes, tc)
{
	struct prefix p;
	unsigned int  len;

	memset(&p, 0, sizeof(p));
	p.addr = parsed("2001:db8::");
	for (len = 0; len <= 128; len++) {
		p.len = (uint8_t)len;
		ATF_CHECK_EQ_MSG(len == 32 || len == 40 || len == 48 ||
			len == 56 || len == 64 || len == 96,
		    nat64_is_prefix(&p), "%u", len);
	}
	ATF_REQUIRE_EQ(0, prefix_parse(&p, "2001:db8:0:0:100::/96"));
	ATF_CHECK(!nat64_is_prefix(&p));
	ATF_REQUIRE_EQ(0, prefix_parse(&p, "2001:db8:0:0:ff::/96"));
	ATF_CHECK(nat64_is_prefix(&p));
	ATF_REQUIRE_EQ(0, prefix_parse(&p, "10.0.0.0/8"));
	ATF_CHECK(!nat64_is_prefix(&p));
}

ATF_TC(sources);
ATF_TC_HEAD(sources, tc)
{
	atf_tc_set_md_var(tc, "descr", "what clients count as");
}
ATF_TC_BODY(sources, tc)
{
	static const char *const rows[][2] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "64:ff9b::192.0.2.7", "192.0.2.7" },
		{ "64:ff9b:0:0:0:1:c000:207", "64:ff9b::/64" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "::1", "::/64" },
	};
	struct prefix p;
	char          text[PREFIX_STRLEN];
	unsigned int  i;

	memset(&p, 0, sizeof(p));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p.addr = parsed(rows[i][0]);
		p.len = addr_source(&p.addr);
		ATF_CHECK_STREQ(rows[i][1],
		    prefix_print(&p, text, sizeof(text)));
	}
}

ATF_TC(bounded);
ATF_TC_HEAD(bounded, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random addresses with many prefixes: "
	    "as many as there is room for, none twice, all IPv4");
}
ATF_TC_BODY(bounded, tc)
{
	static const char *const nets[] = {
		"2001::/32",
		"2001:0:900::/40",
		"2001:0:909::/48",
		"2001:0:909:900::/56",
		"2001:0:909:909::/64",
		"2001:0:909:909::/96",
		"64:ff9b:1::/48",
		"64:ff9b:1::/64",
	};
	struct embedded in[EMBEDDED_MAX];
	struct prefix   p[NAT64_MAX];
	struct addr     a;
	unsigned int    round, i, k, n, most = 0;

	for (i = 0; i < NAT64_MAX; i++)
		ATF_REQUIRE_EQ(0, prefix_parse(&p[i], nets[i]));
	for (round = 0; round < ROUNDS; round++) {
		a = p[arc4random_uniform(NAT64_MAX)].addr;
		for (i = 4 + arc4random_uniform(12); i < 16; i++)
			a.b[i] = (uint8_t)arc4random();
		if (arc4random_uniform(2) == 0)
			memcpy(a.b + 8, "\0\0\x5e\xfe", 4);
		n = addr_embedded(&a, p, NAT64_MAX, in);
		ATF_REQUIRE(n <= EMBEDDED_MAX);
		most = n > most ? n : most;
		for (i = 0; i < n; i++) {
			ATF_REQUIRE_EQ(AF_INET, in[i].addr.af);
			for (k = 0; k < i; k++)
				ATF_REQUIRE(addr_cmp(&in[i].addr,
						&in[k].addr) != 0);
		}
	}
	ATF_CHECK_MSG(most >= 6, "no more than %u in one", most);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, forms);
	ATF_TP_ADD_TC(tp, nat64);
	ATF_TP_ADD_TC(tp, local);
	ATF_TP_ADD_TC(tp, prefixes);
	ATF_TP_ADD_TC(tp, sources);
	ATF_TP_ADD_TC(tp, bounded);
	return atf_no_error();
}
