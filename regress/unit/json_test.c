/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the JSON writer: what comes out is one document or an error,
 * whatever goes in and however little room there is.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/json.h"
#include "json_check.h"

#define CANARY 0x5a

/* What a sink has got. */
struct got {
	size_t len;
	char   text[65536];
};

static void   write_document(struct json *, const char *);
static void   keep(void *, const char *, size_t);
static size_t utf8_encode(char *, uint32_t);

ATF_TC(document);
ATF_TC_HEAD(document, tc)
{
	atf_tc_set_md_var(tc, "descr", "every kind of value, nested");
}
ATF_TC_BODY(document, tc)
{
	struct json j;
	char        text[512];

	json_init(&j, text, sizeof(text), NULL, NULL);
	write_document(&j, "a\"b\\c\n");
	ATF_REQUIRE_EQ(0, json_done(&j));
	ATF_CHECK_STREQ("{\"s\":\"a\\\"b\\\\c\\u000a\",\"no\":null,"
			"\"yes\":true,\"nay\":false,\"n\":18446744073709551615,"
			"\"list\":[0,\"x\",[],{}],\"end\":1}",
	    text);
	ATF_CHECK(json_is_valid(text));
}

ATF_TC(every_size);
ATF_TC_HEAD(every_size, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "in too little room it is an error and nothing is overwritten;"
	    " through a sink it is always whole");
}
ATF_TC_BODY(every_size, tc)
{
	static struct got got;
	struct json       j;
	char              whole[512], text[512 + 1];
	size_t            n, len;

	json_init(&j, whole, sizeof(whole), NULL, NULL);
	write_document(&j, "\xf0\x9f\x98\x80\xff");
	ATF_REQUIRE_EQ(0, json_done(&j));
	len = strlen(whole);
	for (n = 1; n < sizeof(whole); n++) {
		memset(text, CANARY, sizeof(text));
		json_init(&j, text, n, NULL, NULL);
		write_document(&j, "\xf0\x9f\x98\x80\xff");
		ATF_CHECK_EQ_MSG(n > len ? 0 : -1, json_done(&j), "%zu bytes",
		    n);
		ATF_CHECK_STREQ(n > len ? whole : "", text);
		ATF_CHECK_EQ(CANARY, text[n]);
	}
	for (n = 64; n < sizeof(whole); n++) {
		memset(&got, 0, sizeof(got));
		json_init(&j, text, n, keep, &got);
		write_document(&j, "\xf0\x9f\x98\x80\xff");
		ATF_CHECK_EQ(0, json_done(&j));
		ATF_CHECK_STREQ(whole, got.text);
	}
}

ATF_TC(every_byte);
ATF_TC_HEAD(every_byte, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "any two bytes as a text give a valid document in ASCII");
}
ATF_TC_BODY(every_byte, tc)
{
	struct json j;
	char        in[3], text[64];
	int         a, b;

	in[2] = '\0';
	for (a = 1; a < 256; a++) {
		for (b = 0; b < 256; b++) {
			in[0] = (char)a;
			in[1] = (char)b;
			json_init(&j, text, sizeof(text), NULL, NULL);
			json_str(&j, NULL, in);
			ATF_REQUIRE_EQ(0, json_done(&j));
			ATF_REQUIRE_MSG(json_is_valid(text), "%02x %02x: %s", a,
			    b, text);
		}
	}
}

ATF_TC(every_code_point);
ATF_TC_HEAD(every_code_point, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each code point is itself, surrogates and beyond are not");
}
ATF_TC_BODY(every_code_point, tc)
{
	struct json j;
	char        in[5], text[64], want[64];
	uint32_t    c;

	for (c = 0x7f; c < 0x120000; c++) {
		in[utf8_encode(in, c)] = '\0';
		json_init(&j, text, sizeof(text), NULL, NULL);
		json_str(&j, NULL, in);
		ATF_REQUIRE_EQ(0, json_done(&j));
		if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff) {
			ATF_REQUIRE_EQ(0, strncmp(text, "\"\\ufffd", 7));
			continue;
		}
		if (c < 0x10000)
			(void)snprintf(want, sizeof(want), "\"\\u%04x\"", c);
		else {
			(void)snprintf(want, sizeof(want), "\"\\u%04x\\u%04x\"",
			    0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
		}
		ATF_REQUIRE_STREQ(want, text);
	}
}

ATF_TC(overlong);
ATF_TC_HEAD(overlong, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a longer form of a shorter character is not that character");
}
ATF_TC_BODY(overlong, tc)
{
	static const char *const forms[] = {
		"\xc0\xa2",
		"\xc1\xbf",
		"\xe0\x80\xa2",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\xa2",
		"\xf0\x8f\xbf\xbf",
		"\xf8\x88\x80\x80\x80",
	};
	struct json j;
	char        text[64];
	size_t      i, n;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		json_init(&j, text, sizeof(text), NULL, NULL);
		json_str(&j, NULL, forms[i]);
		ATF_REQUIRE_EQ(0, json_done(&j));
		for (n = 0; n < strlen(forms[i]); n++) {
			ATF_CHECK_EQ(0,
			    strncmp(text + 1 + 6 * n, "\\ufffd", 6));
		}
		ATF_CHECK_EQ(6 * n + 2, strlen(text));
	}
}

ATF_TC(every_max);
ATF_TC_HEAD(every_max, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a cut text is within its limit and cut between characters");
}
ATF_TC_BODY(every_max, tc)
{
	static const char in[] = "ab\x01\"\xc3\xa4\xf0\x9f\x98\x80\xff"
				 "the end";
	struct json       j;
	char              whole[128], text[128];
	size_t            max, len;

	json_init(&j, whole, sizeof(whole), NULL, NULL);
	json_str(&j, NULL, in);
	ATF_REQUIRE_EQ(0, json_done(&j));
	for (max = 16; max < 100; max++) {
		json_init(&j, text, sizeof(text), NULL, NULL);
		json_str_max(&j, NULL, in, max);
		ATF_REQUIRE_EQ(0, json_done(&j));
		ATF_CHECK(json_is_valid(text));
		len = strlen(text);
		ATF_CHECK(len - 2 <= max);
		if (strlen(whole) - 2 <= max) {
			ATF_CHECK_STREQ(whole, text);
			continue;
		}
		ATF_CHECK_STREQ("...\"", text + len - 4);
		ATF_CHECK_EQ(0, strncmp(whole, text, len - 4));
	}
}

ATF_TC(misuse);
ATF_TC_HEAD(misuse, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what would not be a document is an error");
}
ATF_TC_BODY(misuse, tc)
{
	struct json j;
	char        text[256];
	int         i;

	json_init(&j, text, sizeof(text), NULL, NULL);
	ATF_CHECK_EQ_MSG(-1, json_done(&j), "nothing");

	json_init(&j, text, sizeof(text), NULL, NULL);
	json_object(&j, NULL);
	ATF_CHECK_EQ_MSG(-1, json_done(&j), "left open");

	json_init(&j, text, sizeof(text), NULL, NULL);
	json_end(&j);
	ATF_CHECK_EQ_MSG(-1, json_done(&j), "ended too often");

	json_init(&j, text, sizeof(text), NULL, NULL);
	json_u64(&j, NULL, 1);
	json_u64(&j, NULL, 2);
	ATF_CHECK_EQ_MSG(-1, json_done(&j), "two values");

	json_init(&j, text, sizeof(text), NULL, NULL);
	json_object(&j, NULL);
	json_u64(&j, NULL, 1);
	json_end(&j);
	ATF_CHECK_EQ_MSG(-1, json_done(&j), "no key in an object");

	json_init(&j, text, sizeof(text), NULL, NULL);
	json_array(&j, NULL);
	json_u64(&j, "key", 1);
	json_end(&j);
	ATF_CHECK_EQ_MSG(-1, json_done(&j), "a key in an array");

	json_init(&j, text, sizeof(text), NULL, NULL);
	for (i = 0; i < JSON_DEPTH_MAX + 1; i++)
		json_array(&j, NULL);
	for (i = 0; i < JSON_DEPTH_MAX + 1; i++)
		json_end(&j);
	ATF_CHECK_EQ_MSG(-1, json_done(&j), "too deep");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, document);
	ATF_TP_ADD_TC(tp, every_size);
	ATF_TP_ADD_TC(tp, every_byte);
	ATF_TP_ADD_TC(tp, every_code_point);
	ATF_TP_ADD_TC(tp, overlong);
	ATF_TP_ADD_TC(tp, every_max);
	ATF_TP_ADD_TC(tp, misuse);
	return atf_no_error();
}

static void
write_document(struct json *j, const char *s)
{
	json_object(j, NULL);
	json_str(j, "s", s);
	json_str(j, "no", NULL);
	json_bool(j, "yes", 1);
	json_bool(j, "nay", 0);
	json_u64(j, "n", UINT64_MAX);
	json_array(j, "list");
	json_u64(j, NULL, 0);
	json_str(j, NULL, "x");
	json_array(j, NULL);
	json_end(j);
	json_object(j, NULL);
	json_end(j);
	json_end(j);
	json_u64(j, "end", 1);
	json_end(j);
}

static void
keep(void *arg, const char *s, size_t n)
{
	struct got *got = arg;

	ATF_REQUIRE(got->len + n < sizeof(got->text));
	memcpy(got->text + got->len, s, n);
	got->len += n;
}

/* Encodes what must not be encoded, too. */
static size_t
utf8_encode(char *dst, uint32_t c)
{
	if (c < 0x80) {
		dst[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		dst[0] = (char)(0xc0 | c >> 6);
		dst[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		dst[0] = (char)(0xe0 | c >> 12);
		dst[1] = (char)(0x80 | (c >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | c >> 18);
	dst[1] = (char)(0x80 | (c >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (c >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
