/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of canonical names: what is one, that it never changes again and that
 * no resolver takes it for an address.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <netdb.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/addr.h"
#include "base/hostname.h"

#define ROUNDS 200000

/* A name of given bytes, NULs inside included. */
#define NAME(s)                                                                \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

struct bytes {
	const char *p;
	size_t      len;
};

static enum hostname_kind canon(const void *, size_t, char *, struct addr *);
static void check_result(enum hostname_kind, const char *, const struct addr *);
static int  libc_takes_for_address(const char *);
static void spell_number(char *, size_t, unsigned int);
static size_t random_name(uint8_t *, size_t, const char *);

ATF_TC(names);
ATF_TC_HEAD(names, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names lose upper case and one trailing dot, and nothing else");
}
ATF_TC_BODY(names, tc)
{
	static const char *const cases[][2] = {
		{ "example.com", "example.com" },
		{ "EXAMPLE.Com", "example.com" },
		{ "example.com.", "example.com" },
		{ "localhost", "localhost" },
		{ "a", "a" },
		{ "-", "-" },
		{ "_", "_" },
		{ "_dmarc.example.com", "_dmarc.example.com" },
		{ "-a-.-b-", "-a-.-b-" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "1.2.3.4.example.com", "1.2.3.4.example.com" },
		{ "4.3.2.1.in-addr.arpa", "4.3.2.1.in-addr.arpa" },
		{ "127.0.0.1.nip.io", "127.0.0.1.nip.io" },
		{ "1a", "1a" },
		{ "0x7f.com", "0x7f.com" },
		{ "0xg", "0xg" },
		{ "x7f", "x7f" },
		{ "1-2", "1-2" },
		{ "00x1", "00x1" },
		{ "3com", "3com" },
		{ "dead", "dead" },
		{ "1e9", "1e9" },
		{ "0b1", "0b1" },
		{ "0o17", "0o17" },
		{ "-1", "-1" },
		{ "127.0.0.-1", "127.0.0.-1" },
	};
	struct addr addr;
	char        dst[HOSTNAME_MAX + 1];
	size_t      i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(HOSTNAME_NAME,
		    canon(cases[i][0], strlen(cases[i][0]), dst, &addr), "%s",
		    cases[i][0]);
		ATF_CHECK_STREQ(cases[i][1], dst);
	}
}

ATF_TC(literals);
ATF_TC_HEAD(literals, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an address as a name is that address, mapped ones unmapped");
}
ATF_TC_BODY(literals, tc)
{
	static const char *const cases[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "127.0.0.1", "127.0.0.1" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "169.254.169.254", "169.254.169.254" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "[::1]", "::1" },
		{ "[::]", "::" },
		{ "FE80::A", "fe80::a" },
		{ "[2001:DB8::1]", "2001:db8::1" },
		{ "::ffff:10.0.0.1", "10.0.0.1" },
		{ "[::FFFF:10.0.0.1]", "10.0.0.1" },
		{ "::ffff:7f00:1", "127.0.0.1" },
		{ "0:0:0:0:0:ffff:169.254.169.254", "169.254.169.254" },
		{ "64:ff9b::10.0.0.1", "64:ff9b::a00:1" },
		{ "::127.0.0.1", "::127.0.0.1" },
	};
	struct addr addr, want;
	char        dst[HOSTNAME_MAX + 1];
	size_t      i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ(0, addr_parse(&want, cases[i][1]));
		ATF_CHECK_EQ_MSG(HOSTNAME_ADDR,
		    canon(cases[i][0], strlen(cases[i][0]), dst, &addr), "%s",
		    cases[i][0]);
		ATF_CHECK_EQ_MSG(0, addr_cmp(&want, &addr), "%s", cases[i][0]);
	}
}

ATF_TC(numbers);
ATF_TC_HEAD(numbers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "other spellings of numbers are recognised, whatever they mean");
}
ATF_TC_BODY(numbers, tc)
{
	static const char *const cases[] = {
		"0",
		"1",
		"0.",
		"00",
		"127.1",
		"127.0.1",
		"127.0.0.1.",
		"1.2.3.4.",
		"2130706433",
		"2130706433.",
		"017700000001",
		"0x7f000001",
		"0X7F000001",
		"0x7f.1",
		"0x7f.0.0.1",
		"0x7F.0x0.0x0.0x1",
		"0177.0.0.1",
		"0177.0.0.01",
		"127.0.0.01",
		"127.0.0.0x1",
		"0127.0.0.1",
		"010.0.0.1",
		"256.0.0.1",
		"1.2.3.4.5",
		"1.2.3.256",
		"99999999999999999999",
		"09",
		"0x",
		"0X",
		"1.0x",
		"foo.1",
		"foo.0x1f",
		"example.com.0",
		"www.123",
		"_.7",
		"-.0xa",
		"0xdeadbeef",
		"000000000000000000000000000000000000000000000000000177.1",
		"127.000000000000000000000000000000000000000000000000000001",
		"192.168.257",
		"3232235777",
		"0251.0376.0251.0376",
		"0xa9fea9fe",
		"2852039166",
		"169.254.43518",
	};
	struct addr addr;
	char        dst[HOSTNAME_MAX + 1];
	size_t      i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(HOSTNAME_NUMBER,
		    canon(cases[i], strlen(cases[i]), dst, &addr), "%s",
		    cases[i]);
}

ATF_TC(not_names);
ATF_TC_HEAD(not_names, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is neither a name nor a number nor an address is bad");
}
ATF_TC_BODY(not_names, tc)
{
	static const struct bytes cases[] = {
		NAME(""),
		NAME("."),
		NAME(".."),
		NAME(".a"),
		NAME("a.."),
		NAME("a..b"),
		NAME("..a"),
		NAME(".1"),
		NAME("1.."),
		NAME("127..1"),
		NAME(" "),
		NAME(" a"),
		NAME("a "),
		NAME("a b"),
		NAME("127.0.0.1 "),
		NAME(" 127.0.0.1"),
		NAME("127.0.0.1\n"),
		NAME("127.0.0.1\t"),
		NAME("a\r\nb"),
		NAME("127.0.0.1\0"),
		NAME("\0"
		     "127.0.0.1"),
		NAME("127.0.0.1\0.example.com"),
		NAME("example.com\0"),
		NAME("example.com\0.evil.test"),
		NAME("\0"),
		NAME("::1\0"),
		NAME("a/b"),
		NAME("10.0.0.0/8"),
		NAME("127.0.0.1/"),
		NAME("%31"),
		NAME("127%2e0.0.1"),
		NAME("fe80::1%eth0"),
		NAME("fe80::1%1"),
		NAME("[fe80::1%lo]"),
		NAME("::1%lo"),
		NAME("[127.0.0.1]"),
		NAME("[example.com]"),
		NAME("["),
		NAME("]"),
		NAME("[]"),
		NAME("[::1"),
		NAME("::1]"),
		NAME("[[::1]]"),
		NAME("[::1]."),
		NAME("::1."),
		NAME("[::1]:80"),
		NAME("[::ffff:127.1]"),
		NAME("::ffff:127.1"),
		NAME("::0x7f000001"),
		NAME("127.0.0.1:80"),
		NAME("example.com:80"),
		NAME("user@example.com"),
		NAME("http://example.com"),
		NAME("*.example.com"),
		NAME("+1"),
		NAME("0x7f+1"),
		NAME("b\xc3\xbc"
		     "cher.example"),
		/* full width digits and the ideographic full stop */
		NAME("\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.1"),
		NAME("127\xe3\x80\x82"
		     "1"),
		NAME("\xe2\x91\xa0.2.3.4"),
		NAME("a\xff"),
		NAME("\x80"),
		NAME("a\x7f"),
		NAME("a\\b"),
		NAME("a\"b"),
		NAME("a,b"),
		NAME("~"),
	};
	struct addr addr;
	char        dst[HOSTNAME_MAX + 1];
	size_t      i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(HOSTNAME_BAD,
		    canon(cases[i].p, cases[i].len, dst, &addr), "case %zu: %s",
		    i, cases[i].p);
}

ATF_TC(every_byte);
ATF_TC_HEAD(every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "just letters, digits, hyphen, underscore and dot make a name");
}
ATF_TC_BODY(every_byte, tc)
{
	static const char  allowed[] = "-._0123456789"
				       "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct addr        addr;
	uint8_t            src[3];
	char               dst[HOSTNAME_MAX + 1];
	enum hostname_kind want;
	int                c;

	for (c = 0; c < 256; c++) {
		src[0] = 'a';
		src[1] = (uint8_t)c;
		src[2] = 'b';
		want = memchr(allowed, c, sizeof(allowed) - 1) != NULL ?
		    HOSTNAME_NAME :
		    HOSTNAME_BAD;
		ATF_CHECK_EQ_MSG(want, canon(src, sizeof(src), dst, &addr),
		    "byte %d", c);
	}
}

ATF_TC(lengths);
ATF_TC_HEAD(lengths, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a label has 1 to 63 bytes, a name 1 to 253 and maybe a dot");
}
ATF_TC_BODY(lengths, tc)
{
	struct addr addr;
	uint8_t     src[300];
	char        dst[HOSTNAME_MAX + 1];
	size_t      i, n;

	memset(src, 'a', sizeof(src));
	for (n = 1; n < 100; n++) {
		ATF_CHECK_EQ_MSG(n <= 63 ? HOSTNAME_NAME : HOSTNAME_BAD,
		    canon(src, n, dst, &addr), "label of %zu", n);
		src[n] = '.';
		ATF_CHECK_EQ_MSG(n <= 63 ? HOSTNAME_NAME : HOSTNAME_BAD,
		    canon(src, n + 1, dst, &addr), "label of %zu and dot", n);
		src[n] = 'a';
	}
	for (i = 1; i < sizeof(src); i += 2)
		src[i] = '.';
	for (n = 1; n < sizeof(src); n += 2) {
		ATF_CHECK_EQ_MSG(n <= 253 ? HOSTNAME_NAME : HOSTNAME_BAD,
		    canon(src, n, dst, &addr), "name of %zu", n);
		ATF_CHECK_EQ_MSG(n <= 253 ? HOSTNAME_NAME : HOSTNAME_BAD,
		    canon(src, n + 1, dst, &addr), "name of %zu and dot", n);
	}
	src[250] = src[251] = 'a';
	ATF_CHECK_EQ(HOSTNAME_NAME, canon(src, 253, dst, &addr));
	src[253] = 'a';
	ATF_CHECK_EQ(HOSTNAME_BAD, canon(src, 254, dst, &addr));
	memset(src, '9', sizeof(src));
	for (n = 0; n < sizeof(src); n++)
		ATF_CHECK(canon(src, n, dst, &addr) != HOSTNAME_NAME);
}

ATF_TC(random_names);
ATF_TC_HEAD(random_names, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a canonical name stays as it is, and libc sees no address in it");
}
ATF_TC_BODY(random_names, tc)
{
	static const char *const alphabets[] = {
		NULL, /* any byte */
		"abcxyzABCXYZ0123456789-_.",
		"0123456789.",
		"01789abcdefxXABCDEF..",
		"01fxX.",
		"01:.f[]%",
		"01:.f\n \t/",
	};
	struct addr        addr;
	uint8_t            src[64];
	char               dst[HOSTNAME_MAX + 1];
	char               again[HOSTNAME_MAX + 1];
	enum hostname_kind kind;
	size_t             a, len;
	int                i, seen[HOSTNAME_BAD + 1] = { 0 };

	srandom(1);
	for (i = 0; i < ROUNDS; i++) {
		a = (size_t)random() %
		    (sizeof(alphabets) / sizeof(alphabets[0]));
		len = random_name(src, sizeof(src), alphabets[a]);
		kind = canon(src, len, dst, &addr);
		seen[kind]++;
		if (kind != HOSTNAME_NAME)
			continue;
		ATF_CHECK_EQ_MSG(HOSTNAME_NAME,
		    canon(dst, strlen(dst), again, &addr), "%s", dst);
		ATF_CHECK_STREQ(dst, again);
		ATF_CHECK_MSG(!libc_takes_for_address(dst), "%s", dst);
	}
	for (i = 0; i <= HOSTNAME_BAD; i++)
		ATF_CHECK_MSG(seen[i] > 0, "kind %d was never seen", i);
}

ATF_TC(libc_addresses_are_no_names);
ATF_TC_HEAD(libc_addresses_are_no_names, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever inet_aton(3) reads is a literal or a number");
}
ATF_TC_BODY(libc_addresses_are_no_names, tc)
{
	struct in_addr     in;
	struct addr        addr;
	char               src[128], dst[HOSTNAME_MAX + 1], part[32];
	enum hostname_kind kind;
	int                i, j, parts, known = 0;

	srandom(2);
	for (i = 0; i < ROUNDS; i++) {
		src[0] = '\0';
		parts = 1 + (int)(random() % 4);
		for (j = 0; j < parts; j++) {
			spell_number(part, sizeof(part),
			    (unsigned int)random() >> random() % 32);
			ATF_REQUIRE(strlcat(src, part, sizeof(src)) <
			    sizeof(src));
			if (j < parts - 1)
				ATF_REQUIRE(strlcat(src, ".", sizeof(src)) <
				    sizeof(src));
		}
		known += inet_aton(src, &in) == 1;
		kind = canon(src, strlen(src), dst, &addr);
		ATF_CHECK_MSG(kind == HOSTNAME_NUMBER || kind == HOSTNAME_ADDR,
		    "%s", src);
		if (kind == HOSTNAME_ADDR && addr.af == AF_INET)
			ATF_CHECK_EQ_MSG(0, memcmp(&in, addr.b, 4), "%s", src);
	}
	ATF_CHECK(known > 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, literals);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, not_names);
	ATF_TP_ADD_TC(tp, every_byte);
	ATF_TP_ADD_TC(tp, lengths);
	ATF_TP_ADD_TC(tp, random_names);
	ATF_TP_ADD_TC(tp, libc_addresses_are_no_names);
	return atf_no_error();
}

/* Hands over a copy of just len bytes, so that a sanitizer sees overreads. */
static enum hostname_kind
canon(const void *src, size_t len, char *dst, struct addr *addr)
{
	enum hostname_kind kind;
	uint8_t           *copy;

	ATF_REQUIRE((copy = malloc(len + (len == 0))) != NULL);
	memcpy(copy, src, len);
	memset(dst, 0xa5, HOSTNAME_MAX + 1);
	memset(addr, 0xa5, sizeof(*addr));
	kind = hostname_canon(copy, len, dst, addr);
	free(copy);
	check_result(kind, dst, addr);
	return kind;
}

/* What holds for every input. */
static void
check_result(enum hostname_kind kind, const char *dst, const struct addr *addr)
{
	struct addr a;

	ATF_REQUIRE(memchr(dst, '\0', HOSTNAME_MAX + 1) != NULL);
	ATF_CHECK_EQ(kind == HOSTNAME_NAME, dst[0] != '\0');
	ATF_CHECK_EQ(kind == HOSTNAME_ADDR, addr->af != AF_UNSPEC);
	ATF_CHECK_EQ(-1, addr_parse(&a, dst));
	a = *addr;
	addr_unmap(&a);
	ATF_CHECK_EQ(0, addr_cmp(&a, addr));
	ATF_CHECK_EQ(strlen(dst),
	    strspn(dst, "abcdefghijklmnopqrstuvwxyz0123456789-_."));
}

static int
libc_takes_for_address(const char *name)
{
	struct addrinfo hints, *res;
	struct in_addr  in;

	if (inet_aton(name, &in) == 1)
		return 1;
	memset(&hints, 0, sizeof(hints));
	hints.ai_flags = AI_NUMERICHOST;
	if (getaddrinfo(name, NULL, &hints, &res) != 0)
		return 0;
	freeaddrinfo(res);
	return 1;
}

/* In one of the ways that inet_aton(3) knows. */
static void
spell_number(char *dst, size_t size, unsigned int value)
{
	switch (random() % 6) {
	case 0:
		(void)snprintf(dst, size, "%u", value);
		return;
	case 1:
		(void)snprintf(dst, size, "0%o", value);
		return;
	case 2:
		(void)snprintf(dst, size, "0x%x", value);
		return;
	case 3:
		(void)snprintf(dst, size, "0X%X", value);
		return;
	case 4:
		(void)snprintf(dst, size, "00%o", value);
		return;
	default:
		(void)snprintf(dst, size, "0x0000%x", value);
		return;
	}
}

/* Bytes out of an alphabet, or any if it is NULL; returns how many. */
static size_t
random_name(uint8_t *dst, size_t size, const char *alphabet)
{
	size_t i, len;

	len = (size_t)random() % (random() % 4 == 0 ? size : 12);
	for (i = 0; i < len; i++) {
		if (alphabet == NULL)
			dst[i] = (uint8_t)random();
		else
			dst[i] = (uint8_t)
			    alphabet[(size_t)random() % strlen(alphabet)];
	}
	return len;
}
