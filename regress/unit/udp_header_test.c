/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The header of UDP datagrams, against a reading of RFC 1928, section 7, that
 * is as slow and obvious as it can be: every cut, every byte in every place,
 * names of every length, and there and back.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "socks/udp.h"

#define PAYLOAD 5

/* One of each kind; its length.  longer: of a name, 1 to 255. */
static size_t
make(uint8_t *b, int kind, size_t longer)
{
	size_t n = 0, i;

	b[n++] = 0;
	b[n++] = 0;
	b[n++] = 0;
	switch (kind) {
	case 0:
		b[n++] = 1;
		for (i = 0; i < 4; i++)
			b[n++] = (uint8_t)(192 + i);
		break;
	case 1:
		b[n++] = 4;
		for (i = 0; i < 16; i++)
			b[n++] = (uint8_t)(32 + i);
		break;
	default:
		b[n++] = 3;
		b[n++] = (uint8_t)longer;
		for (i = 0; i < longer; i++)
			b[n++] = (uint8_t)(i * 7 + 1);
		break;
	}
	b[n++] = 0x12;
	b[n++] = 0x34;
	return n;
}

/* What it is, and the length of its header if that is right. */
static enum socks_udp_status
slowly(const uint8_t *b, size_t len, size_t *headerlen)
{
	size_t need;

	if (len < 4)
		return SOCKS_UDP_BAD;
	if (b[3] == 1)
		need = 10;
	else if (b[3] == 4)
		need = 22;
	else if (b[3] == 3 && len >= 5 && b[4] >= 1)
		need = (size_t)7 + b[4];
	else
		return SOCKS_UDP_BAD;
	if (len < need || b[0] != 0 || b[1] != 0)
		return SOCKS_UDP_BAD;
	if (b[need - 2] * 256 + b[need - 1] == 0)
		return SOCKS_UDP_BAD;
	if (b[2] != 0)
		return SOCKS_UDP_FRAGMENT;
	*headerlen = need;
	return SOCKS_UDP_OK;
}

/* The same, from memory that ends where the datagram does. */
static void
same(const uint8_t *b, size_t len)
{
	enum socks_udp_status got, want;
	uint8_t              *mem;
	size_t                gotlen = 0, wantlen = 0;

	ATF_REQUIRE((mem = malloc(len > 0 ? len : 1)) != NULL);
	memcpy(mem, b, len);
	got = socks_udp_look(mem, len, &gotlen);
	free(mem);
	want = slowly(b, len, &wantlen);
	ATF_REQUIRE_EQ_MSG(want, got, "%zu bytes, ATYP %d: %d, not %d", len,
	    len > 3 ? b[3] : -1, (int)got, (int)want);
	ATF_REQUIRE_EQ(wantlen, gotlen);
}

ATF_TC_WITHOUT_HEAD(every_cut);
ATF_TC_BODY(every_cut, tc)
{
	uint8_t b[SOCKS_UDP_HEADER_MAX + PAYLOAD] = { 0 };
	size_t  n, len, name;
	int     kind;

	for (kind = 0; kind < 3; kind++) {
		for (name = 1; name <= 255; name++) {
			len = make(b, kind, name) + PAYLOAD;
			for (n = 0; n <= len; n++)
				same(b, n);
		}
	}
}

ATF_TC_WITHOUT_HEAD(every_byte);
ATF_TC_BODY(every_byte, tc)
{
	static const size_t names[] = { 1, 2, 9, 64, 255 };
	uint8_t             b[SOCKS_UDP_HEADER_MAX + PAYLOAD] = { 0 };
	uint8_t             was;
	size_t              at, len, i;
	int                 kind, value;

	for (kind = 0; kind < 3; kind++) {
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			len = make(b, kind, names[i]);
			for (at = 0; at < len; at++) {
				was = b[at];
				for (value = 0; value < 256; value++) {
					b[at] = (uint8_t)value;
					same(b, len);
					same(b, len + PAYLOAD);
				}
				b[at] = was;
			}
		}
	}
}

/* Where two bytes together mean something: RSV, and the port. */
ATF_TC_WITHOUT_HEAD(every_pair);
ATF_TC_BODY(every_pair, tc)
{
	uint8_t      b[SOCKS_UDP_HEADER_MAX];
	size_t       len;
	unsigned int value;
	int          kind;

	for (kind = 0; kind < 3; kind++) {
		for (value = 0; value < 65536; value++) {
			len = make(b, kind, 3);
			b[len - 2] = (uint8_t)(value >> 8);
			b[len - 1] = (uint8_t)value;
			same(b, len);
			len = make(b, kind, 3);
			b[0] = (uint8_t)(value >> 8);
			b[1] = (uint8_t)value;
			same(b, len);
		}
	}
}

/* A fragment is one even if all else is right, and else only malformed. */
ATF_TC_WITHOUT_HEAD(fragments);
ATF_TC_BODY(fragments, tc)
{
	uint8_t b[SOCKS_UDP_HEADER_MAX];
	size_t  len, n;
	int     frag;

	for (frag = 1; frag < 256; frag++) {
		len = make(b, 0, 0);
		b[2] = (uint8_t)frag;
		ATF_CHECK_EQ(SOCKS_UDP_FRAGMENT, socks_udp_look(b, len, &n));
		ATF_CHECK_EQ(SOCKS_UDP_BAD, socks_udp_look(b, len - 1, &n));
	}
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	uint8_t          b[SOCKS_UDP_HEADER_MAX], again[SOCKS_UDP_HEADER_MAX];
	struct socks_udp u;
	size_t           len, n, name;
	int              kind;

	for (kind = 0; kind < 3; kind++) {
		for (name = 1; name <= 255; name++) {
			len = make(b, kind, name);
			ATF_REQUIRE_EQ(SOCKS_UDP_OK,
			    socks_udp_look(b, len, &n));
			ATF_REQUIRE_EQ(len, n);
			socks_udp_get(b, &u);
			ATF_REQUIRE_EQ(0x1234, u.port);
			ATF_REQUIRE_EQ(kind == 2 ? name : 0, u.namelen);
			ATF_REQUIRE_EQ(kind == 0 ? AF_INET :
				kind == 1        ? AF_INET6 :
						   AF_UNSPEC,
			    u.addr.af);
			memset(again, 0xaa, sizeof(again));
			ATF_REQUIRE_EQ(len, socks_udp_put_to(again, &u));
			ATF_REQUIRE(memcmp(b, again, len) == 0);
		}
	}
}

/* Answers have addresses alone, and their headers have room. */
ATF_TC_WITHOUT_HEAD(answers);
ATF_TC_BODY(answers, tc)
{
	uint8_t          b[SOCKS_UDP_HEADER_MAX];
	uint8_t          again[SOCKS_UDP_ANSWER_MAX];
	struct socks_udp u;
	size_t           len;
	int              kind;

	for (kind = 0; kind < 2; kind++) {
		len = make(b, kind, 0);
		socks_udp_get(b, &u);
		ATF_REQUIRE_EQ(len, socks_udp_put(again, &u.addr, u.port));
		ATF_REQUIRE(memcmp(b, again, len) == 0);
	}
	ATF_CHECK_EQ(SOCKS_UDP_ANSWER_MAX, len);
	ATF_CHECK_EQ(SOCKS_UDP_HEADER_MAX, make(b, 2, 255));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_cut);
	ATF_TP_ADD_TC(tp, every_byte);
	ATF_TP_ADD_TC(tp, every_pair);
	ATF_TP_ADD_TC(tp, fragments);
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, answers);
	return atf_no_error();
}
