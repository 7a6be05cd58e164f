/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of addresses and prefixes: strict parsing, printing that parses back,
 * masks and matches against a slow bit by bit matcher.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/addr.h"

#define ROUNDS 2000

static struct addr  parsed(const char *);
static struct addr  random_addr(sa_family_t);
static unsigned int bits_of(const struct addr *);
static void         flip(struct addr *, unsigned int);
static int slow_match(const struct addr *, const struct addr *, unsigned int);

static const sa_family_t families[] = { AF_INET, AF_INET6 };

ATF_TC(good_texts);
ATF_TC_HEAD(good_texts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "texts of both families parse and print in their usual form");
}
ATF_TC_BODY(good_texts, tc)
{
	static const char *const texts[][2] = {
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "2001:DB8::A", "2001:db8::a" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	struct addr a;
	char        text[ADDR_STRLEN];
	size_t      i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ATF_REQUIRE_EQ_MSG(0, addr_parse(&a, texts[i][0]), "%s",
		    texts[i][0]);
		ATF_CHECK_STREQ(texts[i][1],
		    addr_print(&a, text, sizeof(text)));
	}
}

ATF_TC(bad_texts);
ATF_TC_HEAD(bad_texts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no other spelling of an address parses, and none is left behind");
}
ATF_TC_BODY(bad_texts, tc)
{
	static const char *const texts[] = {
		"",
		" ",
		".",
		":",
		"127.1",
		"127.0.1",
		"1",
		"2130706433",
		"0x7f000001",
		"0x7f.0.0.1",
		"0177.0.0.1",
		"127.0.0.01",
		"127.0.0.00",
		"1.2.3.4.",
		".1.2.3.4",
		"1.2.3.4.5",
		"1..3.4",
		"1.2.3.",
		"256.0.0.1",
		"1.2.3.999",
		"+1.2.3.4",
		"-1.2.3.4",
		" 1.2.3.4",
		"1.2.3.4 ",
		"1.2.3.4\n",
		"1.2.3.4/32",
		"1,2,3,4",
		"1.2.3.4x",
		"[::1]",
		"::1]",
		"[::1",
		"fe80::1%lo",
		"::1%1",
		":::",
		"::1::",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:",
		":1",
		"12345::",
		"g::",
		"::1.2.3",
		"::1.2.3.4.5",
		"::256.1.1.1",
		"::1.2.3.4:5",
		" ::1",
		"::1 ",
		"::1/128",
		"localhost",
		"any",
	};
	static const struct addr none;
	struct addr              a;
	size_t                   i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		memset(&a, 0xa5, sizeof(a));
		ATF_CHECK_EQ_MSG(-1, addr_parse(&a, texts[i]), "\"%s\"",
		    texts[i]);
		ATF_CHECK_EQ_MSG(0, addr_cmp(&none, &a), "\"%s\"", texts[i]);
	}
}

ATF_TC(print_parses_back);
ATF_TC_HEAD(print_parses_back, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "any address prints as a text that parses to the same address");
}
ATF_TC_BODY(print_parses_back, tc)
{
	struct addr a, b;
	char        text[ADDR_STRLEN];
	size_t      f;
	int         i;

	srandom(1);
	for (f = 0; f < 2; f++) {
		for (i = 0; i < ROUNDS; i++) {
			a = random_addr(families[f]);
			addr_print(&a, text, sizeof(text));
			ATF_REQUIRE_EQ_MSG(0, addr_parse(&b, text), "%s", text);
			ATF_CHECK_EQ_MSG(0, addr_cmp(&a, &b), "%s", text);
		}
	}
}

ATF_TC(print_with_port);
ATF_TC_HEAD(print_with_port, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a port comes after a colon, IPv6 in brackets; the longest fits");
}
ATF_TC_BODY(print_with_port, tc)
{
	struct addr a, none = { .af = AF_UNSPEC };
	char        text[ADDRPORT_STRLEN];

	a = parsed("192.0.2.1");
	ATF_CHECK_STREQ("192.0.2.1:80",
	    addr_print_port(&a, 80, text, sizeof(text)));
	a = parsed("2001:db8::1");
	ATF_CHECK_STREQ("[2001:db8::1]:0",
	    addr_print_port(&a, 0, text, sizeof(text)));
	a = parsed("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	ATF_CHECK_STREQ("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
	    addr_print_port(&a, 65535, text, sizeof(text)));
	ATF_CHECK_STREQ("-", addr_print(&none, text, sizeof(text)));
	ATF_CHECK_STREQ("-", addr_print_port(&none, 1, text, sizeof(text)));
}

ATF_TC(prefix_of_every_length);
ATF_TC_HEAD(prefix_of_every_length, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a prefix prints and parses back; one bit beyond it is refused");
}
ATF_TC_BODY(prefix_of_every_length, tc)
{
	struct prefix p, q;
	struct addr   bad;
	char          text[PREFIX_STRLEN], a[ADDR_STRLEN];
	unsigned int  bit, len;
	size_t        f;

	srandom(2);
	for (f = 0; f < 2; f++) {
		p.addr = random_addr(families[f]);
		for (len = bits_of(&p.addr) + 1; len-- > 0;) {
			addr_mask(&p.addr, len);
			p.len = (uint8_t)len;
			prefix_print(&p, text, sizeof(text));
			ATF_REQUIRE_EQ_MSG(0, prefix_parse(&q, text), "%s",
			    text);
			ATF_CHECK_EQ_MSG(len, q.len, "%s", text);
			ATF_CHECK_EQ(0, addr_cmp(&p.addr, &q.addr));
			for (bit = len; bit < bits_of(&p.addr); bit++) {
				bad = p.addr;
				flip(&bad, bit);
				(void)snprintf(text, sizeof(text), "%s/%u",
				    addr_print(&bad, a, sizeof(a)), len);
				ATF_CHECK_EQ_MSG(-1, prefix_parse(&q, text),
				    "%s", text);
			}
		}
	}
}

ATF_TC(prefix_texts);
ATF_TC_HEAD(prefix_texts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an address is a full prefix; odd spellings of a length are not");
}
ATF_TC_BODY(prefix_texts, tc)
{
	static const char *const bad[] = {
		"",
		"/",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/+8",
		"10.0.0.0/ 8",
		"10.0.0.0/8 ",
		"10.0.0.0/08",
		"10.0.0.0/00",
		"10.0.0.0/0x8",
		"10.0.0.0/8/8",
		"10/8",
		"10.0.0.0/255.0.0.0",
		"10.0.0.0/4294967304",
		"::/129",
		"10.0.0.0/18446744073709551624",
		"::/",
		"::/1::",
		"[::]/0",
		"10.0.0.1/8",
		"::1/127",
		"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555/128",
	};
	struct prefix p;
	char          text[PREFIX_STRLEN];
	size_t        i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&p, 0xa5, sizeof(p));
		ATF_CHECK_EQ_MSG(-1, prefix_parse(&p, bad[i]), "\"%s\"",
		    bad[i]);
		ATF_CHECK_EQ(AF_UNSPEC, p.addr.af);
	}
	ATF_CHECK_EQ(0, prefix_parse(&p, "192.0.2.1/32"));
	ATF_CHECK_EQ(0, prefix_parse(&p, "2001:db8::1/128"));
	ATF_REQUIRE_EQ(0, prefix_parse(&p, "192.0.2.1"));
	ATF_CHECK_EQ(32, p.len);
	ATF_CHECK_STREQ("192.0.2.1", prefix_print(&p, text, sizeof(text)));
	ATF_REQUIRE_EQ(0, prefix_parse(&p, "::1"));
	ATF_CHECK_EQ(128, p.len);
	ATF_REQUIRE_EQ(0, prefix_parse(&p, "0.0.0.0/0"));
	ATF_CHECK_STREQ("0.0.0.0/0", prefix_print(&p, text, sizeof(text)));
	ATF_REQUIRE_EQ(0,
	    prefix_parse(&p, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"));
	ATF_CHECK_STREQ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
	    prefix_print(&p, text, sizeof(text)));
}

ATF_TC(match_is_bitwise);
ATF_TC_HEAD(match_is_bitwise, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "for every length, just the bits within it decide");
}
ATF_TC_BODY(match_is_bitwise, tc)
{
	struct prefix p;
	struct addr   a, b;
	unsigned int  bit, len;
	size_t        f;

	srandom(3);
	for (f = 0; f < 2; f++) {
		a = random_addr(families[f]);
		for (len = 0; len <= bits_of(&a); len++) {
			p.addr = a;
			addr_mask(&p.addr, len);
			p.len = (uint8_t)len;
			ATF_CHECK(slow_match(&p.addr, &a, len));
			ATF_CHECK_MSG(prefix_match(&p, &a), "len %u", len);
			for (bit = 0; bit < bits_of(&a); bit++) {
				b = a;
				flip(&b, bit);
				ATF_CHECK_EQ_MSG(slow_match(&p.addr, &b, len),
				    prefix_match(&p, &b), "len %u bit %u", len,
				    bit);
			}
		}
	}
}

ATF_TC(families_do_not_match);
ATF_TC_HEAD(families_do_not_match, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no prefix matches an address of another family or none at all");
}
ATF_TC_BODY(families_do_not_match, tc)
{
	struct prefix all4, all6, empty = { .len = 0 };
	struct addr   a4, a6, none = { .af = AF_UNSPEC };

	ATF_REQUIRE_EQ(0, prefix_parse(&all4, "0.0.0.0/0"));
	ATF_REQUIRE_EQ(0, prefix_parse(&all6, "::/0"));
	a4 = parsed("192.0.2.1");
	a6 = parsed("::ffff:192.0.2.1");
	ATF_CHECK(prefix_match(&all4, &a4));
	ATF_CHECK(prefix_match(&all6, &a6));
	ATF_CHECK(!prefix_match(&all4, &a6));
	ATF_CHECK(!prefix_match(&all6, &a4));
	ATF_CHECK(!prefix_match(&all4, &none));
	ATF_CHECK(!prefix_match(&all6, &none));
	ATF_CHECK(!prefix_match(&empty, &none));
}

ATF_TC(mask_of_every_length);
ATF_TC_HEAD(mask_of_every_length, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a mask keeps the bits within it and clears all others");
}
ATF_TC_BODY(mask_of_every_length, tc)
{
	struct addr  a, ones;
	unsigned int bit, len;
	size_t       f;

	for (f = 0; f < 2; f++) {
		memset(&ones, 0, sizeof(ones));
		ones.af = families[f];
		memset(ones.b, 0xff, bits_of(&ones) / 8);
		for (len = 0; len <= bits_of(&ones); len++) {
			a = ones;
			addr_mask(&a, len);
			for (bit = 0; bit < 128; bit++)
				ATF_CHECK_EQ(bit < len,
				    a.b[bit / 8] >> (7 - bit % 8) & 1);
		}
		a = ones;
		addr_mask(&a, 1000);
		ATF_CHECK_EQ(0, addr_cmp(&a, &ones));
	}
}

ATF_TC(order_is_total);
ATF_TC_HEAD(order_is_total, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the first bit that differs decides, and the family before it");
}
ATF_TC_BODY(order_is_total, tc)
{
	struct addr  a, b, zero6, ones4;
	unsigned int bit;
	size_t       f;

	srandom(4);
	for (f = 0; f < 2; f++) {
		a = random_addr(families[f]);
		ATF_CHECK_EQ(0, addr_cmp(&a, &a));
		for (bit = 0; bit < bits_of(&a); bit++) {
			b = a;
			flip(&b, bit);
			ATF_CHECK(addr_cmp(&a, &b) != 0);
			ATF_CHECK_EQ(addr_cmp(&a, &b) < 0,
			    addr_cmp(&b, &a) > 0);
			ATF_CHECK_EQ(b.b[bit / 8] > a.b[bit / 8],
			    addr_cmp(&a, &b) < 0);
		}
	}
	ones4 = parsed("255.255.255.255");
	zero6 = parsed("::");
	ATF_CHECK(addr_cmp(&ones4, &zero6) != 0);
	ATF_CHECK_EQ(addr_cmp(&ones4, &zero6) < 0,
	    addr_cmp(&zero6, &ones4) > 0);
}

ATF_TC(sockaddr_comes_back);
ATF_TC_HEAD(sockaddr_comes_back, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "address and port survive a socket address of their family");
}
ATF_TC_BODY(sockaddr_comes_back, tc)
{
	struct sockaddr_storage ss, other;
	struct addr             a, b;
	uint16_t                port, port2;
	socklen_t               len;
	size_t                  f;
	int                     i;

	srandom(5);
	for (f = 0; f < 2; f++) {
		for (i = 0; i < ROUNDS; i++) {
			a = random_addr(families[f]);
			port = (uint16_t)random();
			len = addr_to_sockaddr(&a, port, &ss);
			ATF_CHECK_EQ(a.af == AF_INET ?
				sizeof(struct sockaddr_in) :
				sizeof(struct sockaddr_in6),
			    len);
			ATF_CHECK_EQ(a.af, ss.ss_family);
			b = random_addr(families[f]);
			(void)addr_to_sockaddr(&b, 1, &other);
			ATF_REQUIRE_EQ(0,
			    addr_from_sockaddr(&b, &port2,
				(struct sockaddr *)&ss));
			ATF_CHECK_EQ(0, addr_cmp(&a, &b));
			ATF_CHECK_EQ(port, port2);
		}
	}
}

ATF_TC(sockaddr_of_other_families);
ATF_TC_HEAD(sockaddr_of_other_families, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "neither a unix socket nor no address at all is converted");
}
ATF_TC_BODY(sockaddr_of_other_families, tc)
{
	struct sockaddr_storage ss;
	struct addr             a, none = { .af = AF_UNSPEC };
	uint16_t                port = 1;

	memset(&ss, 0xa5, sizeof(ss));
	ATF_CHECK_EQ(0, addr_to_sockaddr(&none, 80, &ss));
	ATF_CHECK_EQ(AF_UNSPEC, ss.ss_family);
	ATF_CHECK_EQ(-1, addr_from_sockaddr(&a, &port, (struct sockaddr *)&ss));
	ss.ss_family = AF_UNIX;
	ATF_CHECK_EQ(-1, addr_from_sockaddr(&a, &port, (struct sockaddr *)&ss));
	ATF_CHECK_EQ(0, addr_cmp(&a, &none));
	ATF_CHECK_EQ(0, port);
}

ATF_TC(unmap_only_mapped);
ATF_TC_HEAD(unmap_only_mapped, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "::ffff:a.b.c.d becomes a.b.c.d; one bit off, nothing happens");
}
ATF_TC_BODY(unmap_only_mapped, tc)
{
	struct addr  a, b, mapped, plain;
	unsigned int bit;

	mapped = parsed("::ffff:192.0.2.1");
	plain = parsed("192.0.2.1");
	a = mapped;
	addr_unmap(&a);
	ATF_CHECK_EQ(0, addr_cmp(&a, &plain));
	addr_unmap(&a);
	ATF_CHECK_EQ(0, addr_cmp(&a, &plain));
	for (bit = 0; bit < 96; bit++) {
		a = mapped;
		flip(&a, bit);
		b = a;
		addr_unmap(&a);
		ATF_CHECK_EQ_MSG(0, addr_cmp(&a, &b), "bit %u", bit);
	}
}

ATF_TC(unmap_prefix);
ATF_TC_HEAD(unmap_prefix, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a prefix of IPv4-mapped addresses is "
	    "one of IPv4, others are as they were");
}
ATF_TC_BODY(unmap_prefix, tc)
{
	static const char *const rows[][2] = {
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8" },
		{ "::ffff:10.1.2.3", "10.1.2.3" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "::/90", "::/90" },
		{ "::/0", "::/0" },
		{ "2001:db8::/104", "2001:db8::/104" },
		{ "10.0.0.0/8", "10.0.0.0/8" },
	};
	struct prefix p;
	char          text[PREFIX_STRLEN];
	size_t        i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ATF_REQUIRE_EQ(0, prefix_parse(&p, rows[i][0]));
		prefix_unmap(&p);
		ATF_CHECK_STREQ(rows[i][1],
		    prefix_print(&p, text, sizeof(text)));
	}
}

ATF_TC(loopback_is_loopback);
ATF_TC_HEAD(loopback_is_loopback, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "127.0.0.0/8 and ::1 are loopback, their neighbours are not");
}
ATF_TC_BODY(loopback_is_loopback, tc)
{
	static const struct {
		const char *text;
		int         loopback;
	} cases[] = {
		{ "126.255.255.255", 0 },
		{ "127.0.0.0", 1 },
		{ "127.0.0.1", 1 },
		{ "127.255.255.255", 1 },
		{ "128.0.0.0", 0 },
		{ "0.0.0.0", 0 },
		{ "::", 0 },
		{ "::1", 1 },
		{ "::2", 0 },
		{ "1::1", 0 },
		{ "::ffff:127.0.0.1", 0 },
		{ "7f00::", 0 },
		{ "7f00::1", 0 },
	};
	struct addr a, none = { .af = AF_UNSPEC };
	size_t      i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = parsed(cases[i].text);
		ATF_CHECK_EQ_MSG(cases[i].loopback, addr_is_loopback(&a), "%s",
		    cases[i].text);
	}
	ATF_CHECK(!addr_is_loopback(&none));
}

ATF_TC(unspecified_is_zero);
ATF_TC_HEAD(unspecified_is_zero, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "0.0.0.0 and :: are unspecified, and nothing else is");
}
ATF_TC_BODY(unspecified_is_zero, tc)
{
	static const struct {
		const char *text;
		int         unspecified;
	} cases[] = {
		{ "0.0.0.0", 1 },
		{ "0.0.0.1", 0 },
		{ "128.0.0.0", 0 },
		{ "::", 1 },
		{ "::1", 0 },
		{ "8000::", 0 },
		{ "::ffff:0.0.0.0", 0 },
	};
	struct addr a, none = { .af = AF_UNSPEC };
	size_t      i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = parsed(cases[i].text);
		ATF_CHECK_EQ_MSG(cases[i].unspecified, addr_is_unspecified(&a),
		    "%s", cases[i].text);
	}
	ATF_CHECK(!addr_is_unspecified(&none));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, good_texts);
	ATF_TP_ADD_TC(tp, bad_texts);
	ATF_TP_ADD_TC(tp, print_parses_back);
	ATF_TP_ADD_TC(tp, print_with_port);
	ATF_TP_ADD_TC(tp, prefix_of_every_length);
	ATF_TP_ADD_TC(tp, prefix_texts);
	ATF_TP_ADD_TC(tp, match_is_bitwise);
	ATF_TP_ADD_TC(tp, families_do_not_match);
	ATF_TP_ADD_TC(tp, mask_of_every_length);
	ATF_TP_ADD_TC(tp, order_is_total);
	ATF_TP_ADD_TC(tp, sockaddr_comes_back);
	ATF_TP_ADD_TC(tp, sockaddr_of_other_families);
	ATF_TP_ADD_TC(tp, unmap_only_mapped);
	ATF_TP_ADD_TC(tp, unmap_prefix);
	ATF_TP_ADD_TC(tp, loopback_is_loopback);
	ATF_TP_ADD_TC(tp, unspecified_is_zero);
	return atf_no_error();
}

static struct addr
parsed(const char *text)
{
	struct addr a;

	ATF_REQUIRE_EQ_MSG(0, addr_parse(&a, text), "%s", text);
	return a;
}

/* Many zero bytes, since runs of them change how IPv6 is printed. */
static struct addr
random_addr(sa_family_t af)
{
	struct addr  a;
	unsigned int i;

	memset(&a, 0, sizeof(a));
	a.af = af;
	for (i = 0; i < bits_of(&a) / 8; i++) {
		if (random() % 3 != 0)
			a.b[i] = (uint8_t)random();
	}
	return a;
}

static unsigned int
bits_of(const struct addr *a)
{
	return a->af == AF_INET ? 32 : 128;
}

static void
flip(struct addr *a, unsigned int bit)
{
	a->b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

static int
slow_match(const struct addr *a, const struct addr *b, unsigned int len)
{
	unsigned int bit;

	for (bit = 0; bit < len; bit++) {
		if ((a->b[bit / 8] >> (7 - bit % 8) & 1) !=
		    (b->b[bit / 8] >> (7 - bit % 8) & 1))
			return 0;
	}
	return 1;
}
