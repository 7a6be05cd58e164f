/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Keyed hashes: the vectors of RFC 4231, whose keys are all zeros behind
 * their own bytes or hashed as RFC 2104 says; every way to cut a text in two;
 * and every bit of key and text counts.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "base/mac.h"

struct vector {
	const char  *key; /* hexadecimal, or byte and count */
	unsigned int byte;
	size_t       count;
	const char  *text;
	unsigned int text_byte;
	size_t       text_count;
	const char  *want; /* may be cut */
};

static const struct vector vectors[] = {
	{ NULL, 0x0b, 20, "Hi There", 0, 0,
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7" },
	{ "Jefe", 0, 0, "what do ya want for nothing?", 0, 0,
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843" },
	{ NULL, 0xaa, 20, NULL, 0xdd, 50,
	    "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe" },
	{ "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
	  "\x11\x12\x13\x14\x15\x16\x17\x18\x19",
	    0, 0, NULL, 0xcd, 50,
	    "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b" },
	{ NULL, 0x0c, 20, "Test With Truncation", 0, 0,
	    "a3b6167473100ee06e0c796c2955552b" },
	{ NULL, 0xaa, 131,
	    "Test Using Larger Than Block-Size Key - "
	    "Hash Key First",
	    0, 0,
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54" },
	{ NULL, 0xaa, 131,
	    "This is a test using a larger than block-size "
	    "key and a larger than block-size data. The key needs to be "
	    "hashed before being used by the HMAC algorithm.",
	    0, 0,
	    "9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2" },
};

static void   secret_of(const struct vector *, uint8_t[MAC_SECRET_LEN]);
static size_t text_of(const struct vector *, uint8_t *, size_t);

ATF_TC(vectors);
ATF_TC_HEAD(vectors, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "RFC 4231, the text in one piece and "
	    "in two, cut anywhere");
}
ATF_TC_BODY(vectors, tc)
{
	const struct vector *v;
	struct mac_key       key;
	uint8_t              secret[MAC_SECRET_LEN], text[256];
	uint8_t              out[MAC_LEN];
	char                 hex[2 * MAC_LEN + 1];
	size_t               cut, i, j, len;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		v = &vectors[i];
		secret_of(v, secret);
		mac_key(&key, secret);
		len = text_of(v, text, sizeof(text));
		for (cut = 0; cut <= len; cut++) {
			mac(&key, text, cut, text + cut, len - cut, out);
			for (j = 0; j < MAC_LEN; j++)
				(void)snprintf(hex + 2 * j, 3, "%02x", out[j]);
			hex[strlen(v->want)] = '\0';
			ATF_REQUIRE_STREQ(v->want, hex);
		}
	}
}

/* Shorter keys are those with zeros behind them, longer ones their hash. */
static void
secret_of(const struct vector *v, uint8_t secret[MAC_SECRET_LEN])
{
	SHA2_CTX ctx;
	uint8_t  key[256];
	size_t   len;

	memset(secret, 0, MAC_SECRET_LEN);
	memset(key, (int)v->byte, sizeof(key));
	len = v->count;
	if (v->key != NULL) {
		len = strlen(v->key);
		memcpy(key, v->key, len);
	}
	if (len <= MAC_SECRET_LEN) {
		memcpy(secret, key, len);
		return;
	}
	SHA256Init(&ctx);
	SHA256Update(&ctx, key, len);
	SHA256Final(secret, &ctx);
}

static size_t
text_of(const struct vector *v, uint8_t *text, size_t size)
{
	size_t len;

	if (v->text == NULL) {
		memset(text, (int)v->text_byte, v->text_count);
		return v->text_count;
	}
	len = strlen(v->text);
	ATF_REQUIRE(len <= size);
	memcpy(text, v->text, len);
	return len;
}

ATF_TC(every_bit);
ATF_TC_HEAD(every_bit, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with any bit of key or text changed the result is another");
}
ATF_TC_BODY(every_bit, tc)
{
	struct mac_key key, other;
	uint8_t        secret[MAC_SECRET_LEN], text[64];
	uint8_t        a[MAC_LEN], b[MAC_LEN];
	size_t         bit;

	memset(secret, 7, sizeof(secret));
	memset(text, 9, sizeof(text));
	mac_key(&key, secret);
	mac(&key, text, sizeof(text), NULL, 0, a);
	for (bit = 0; bit < 8 * sizeof(secret); bit++) {
		secret[bit / 8] ^= (uint8_t)(1U << bit % 8);
		mac_key(&other, secret);
		mac(&other, text, sizeof(text), NULL, 0, b);
		ATF_CHECK(!mac_equal(a, b, MAC_LEN));
		secret[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	for (bit = 0; bit < 8 * sizeof(text); bit++) {
		text[bit / 8] ^= (uint8_t)(1U << bit % 8);
		mac(&key, text, sizeof(text), NULL, 0, b);
		ATF_CHECK(!mac_equal(a, b, MAC_LEN));
		text[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	/* The key is as it was. */
	mac(&key, text, sizeof(text), NULL, 0, b);
	ATF_CHECK(mac_equal(a, b, MAC_LEN));
}

ATF_TC(equal);
ATF_TC_HEAD(equal, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "equal is every byte of the length, and none beyond it");
}
ATF_TC_BODY(equal, tc)
{
	uint8_t a[MAC_LEN] = { 0 }, b[MAC_LEN] = { 0 };
	size_t  at, len;
	int     change;

	for (at = 0; at < MAC_LEN; at++) {
		for (change = 0; change < 256; change++) {
			b[at] = (uint8_t)change;
			for (len = 0; len <= MAC_LEN; len++)
				ATF_REQUIRE_EQ(change == 0 || at >= len,
				    mac_equal(a, b, len));
		}
		b[at] = 0;
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, vectors);
	ATF_TP_ADD_TC(tp, every_bit);
	ATF_TP_ADD_TC(tp, equal);
	return atf_no_error();
}
