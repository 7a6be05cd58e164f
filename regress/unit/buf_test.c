/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the writer and the reader of message bytes: what is written comes
 * back, no cut and no tail passes, nothing is written beyond the storage.
 */

#include <sys/socket.h>

#include <string.h>

#include <atf-c.h>

#include "base/addr.h"
#include "base/buf.h"

#define CANARY 0xa5

/* One of each kind of field. */
struct fields {
	uint8_t     u8;
	uint16_t    u16;
	uint32_t    u32;
	uint64_t    u64;
	char        s8[16];
	char        s16[16];
	struct addr none;
	struct addr v4;
	struct addr v6;
};

static const struct fields sample = {
	.u8 = 0x01,
	.u16 = 0x0203,
	.u32 = 0x04050607,
	.u64 = 0x08090a0b0c0d0e0f,
	.s8 = "eight",
	.s16 = "sixteen",
	.v4 = { .af = AF_INET, .b = { 192, 0, 2, 1 } },
	.v6 = { .af = AF_INET6, .b = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
};

static const uint8_t sample_wire[] = {
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	10,
	11,
	12,
	13,
	14,
	15,
	5,
	'e',
	'i',
	'g',
	'h',
	't',
	0,
	7,
	's',
	'i',
	'x',
	't',
	'e',
	'e',
	'n',
	0,
	4,
	192,
	0,
	2,
	1,
	6,
	0x20,
	0x01,
	0x0d,
	0xb8,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	1,
};

static void put_fields(struct wbuf *, const struct fields *);
static void get_fields(struct rbuf *, struct fields *);
static int  text_comes_back(const char *, size_t);

ATF_TC(fields_are_big_endian);
ATF_TC_HEAD(fields_are_big_endian, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each kind of field has the bytes that the header promises");
}
ATF_TC_BODY(fields_are_big_endian, tc)
{
	struct wbuf w;
	uint8_t     storage[sizeof(sample_wire)];

	wbuf_init(&w, storage, sizeof(storage));
	put_fields(&w, &sample);
	ATF_CHECK(!w.bad);
	ATF_CHECK_EQ(0, wbuf_space(&w));
	ATF_REQUIRE_EQ(sizeof(sample_wire), w.len);
	ATF_CHECK_EQ(0, memcmp(sample_wire, storage, w.len));
}

ATF_TC(fields_come_back);
ATF_TC_HEAD(fields_come_back, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what was written is read, and the end is where it should be");
}
ATF_TC_BODY(fields_come_back, tc)
{
	struct rbuf   r;
	struct fields f;

	rbuf_init(&r, sample_wire, sizeof(sample_wire));
	get_fields(&r, &f);
	ATF_REQUIRE(rbuf_done(&r));
	ATF_CHECK_EQ(sample.u8, f.u8);
	ATF_CHECK_EQ(sample.u16, f.u16);
	ATF_CHECK_EQ(sample.u32, f.u32);
	ATF_CHECK_EQ(sample.u64, f.u64);
	ATF_CHECK_STREQ(sample.s8, f.s8);
	ATF_CHECK_STREQ(sample.s16, f.s16);
	ATF_CHECK_EQ(0, addr_cmp(&sample.none, &f.none));
	ATF_CHECK_EQ(0, addr_cmp(&sample.v4, &f.v4));
	ATF_CHECK_EQ(0, addr_cmp(&sample.v6, &f.v6));
}

ATF_TC(every_bit_comes_back);
ATF_TC_HEAD(every_bit_comes_back, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each single bit of each width of number survives");
}
ATF_TC_BODY(every_bit_comes_back, tc)
{
	struct wbuf  w;
	struct rbuf  r;
	uint64_t     v;
	uint8_t      storage[15];
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		v = (uint64_t)1 << bit;
		wbuf_init(&w, storage, sizeof(storage));
		wbuf_u8(&w, (uint8_t)v);
		wbuf_u16(&w, (uint16_t)v);
		wbuf_u32(&w, (uint32_t)v);
		wbuf_u64(&w, v);
		ATF_REQUIRE(!w.bad);
		rbuf_init(&r, storage, w.len);
		ATF_CHECK_EQ((uint8_t)v, rbuf_u8(&r));
		ATF_CHECK_EQ((uint16_t)v, rbuf_u16(&r));
		ATF_CHECK_EQ((uint32_t)v, rbuf_u32(&r));
		ATF_CHECK_EQ(v, rbuf_u64(&r));
		ATF_CHECK(rbuf_done(&r));
	}
}

ATF_TC(every_cut_is_refused);
ATF_TC_HEAD(every_cut_is_refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no prefix of a valid message is done, nor one with a tail");
}
ATF_TC_BODY(every_cut_is_refused, tc)
{
	struct rbuf   r;
	struct fields f;
	uint8_t       longer[sizeof(sample_wire) + 1];
	size_t        n;

	for (n = 0; n < sizeof(sample_wire); n++) {
		rbuf_init(&r, sample_wire, n);
		get_fields(&r, &f);
		ATF_CHECK_MSG(!rbuf_done(&r), "cut after %zu bytes", n);
		ATF_CHECK_MSG(r.bad, "cut after %zu bytes", n);
	}
	memcpy(longer, sample_wire, sizeof(sample_wire));
	longer[sizeof(sample_wire)] = 0;
	rbuf_init(&r, longer, sizeof(longer));
	get_fields(&r, &f);
	ATF_CHECK(!r.bad);
	ATF_CHECK(!rbuf_done(&r));
}

ATF_TC(writer_stays_in_bounds);
ATF_TC_HEAD(writer_stays_in_bounds, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "storage that is too small by any amount is bad, not overrun");
}
ATF_TC_BODY(writer_stays_in_bounds, tc)
{
	struct wbuf w;
	uint8_t     storage[sizeof(sample_wire)];
	size_t      i, size;

	for (size = 0; size < sizeof(sample_wire); size++) {
		memset(storage, CANARY, sizeof(storage));
		wbuf_init(&w, storage, size);
		put_fields(&w, &sample);
		ATF_CHECK_MSG(w.bad, "size %zu", size);
		ATF_CHECK_EQ(0, wbuf_space(&w));
		ATF_REQUIRE(w.len <= size);
		ATF_CHECK_EQ(0, memcmp(storage, sample_wire, w.len));
		for (i = w.len; i < sizeof(storage); i++)
			ATF_CHECK_EQ_MSG(CANARY, storage[i],
			    "size %zu byte %zu", size, i);
	}
}

ATF_TC(writer_error_stays);
ATF_TC_HEAD(writer_error_stays, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "after the first that did not fit nothing else is written");
}
ATF_TC_BODY(writer_error_stays, tc)
{
	struct wbuf w;
	struct addr unix_addr = { .af = AF_UNIX };
	uint8_t     storage[8];

	wbuf_init(&w, storage, sizeof(storage));
	wbuf_u32(&w, 1);
	wbuf_u64(&w, 2);
	ATF_CHECK(w.bad);
	wbuf_u8(&w, 3);
	wbuf_str8(&w, "");
	wbuf_bytes(&w, "", 0);
	ATF_CHECK(w.bad);
	ATF_CHECK_EQ(4, w.len);

	wbuf_init(&w, storage, sizeof(storage));
	wbuf_addr(&w, &unix_addr);
	ATF_CHECK(w.bad);
	ATF_CHECK_EQ(0, w.len);
}

ATF_TC(reader_error_stays);
ATF_TC_HEAD(reader_error_stays, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "after the first that was not there all reads give nothing");
}
ATF_TC_BODY(reader_error_stays, tc)
{
	static const uint8_t bytes[] = { 4, 4, 4, 4, 4, 4, 4 };
	struct rbuf          r;
	struct addr          a;
	char                 text[8] = "old";

	rbuf_init(&r, bytes, sizeof(bytes));
	ATF_CHECK_EQ(0, rbuf_u64(&r));
	ATF_CHECK(r.bad);
	ATF_CHECK_EQ(0, rbuf_u8(&r));
	ATF_CHECK_EQ(0, rbuf_u16(&r));
	ATF_CHECK_EQ(0, rbuf_u32(&r));
	ATF_CHECK(rbuf_take(&r, 1) == NULL);
	ATF_CHECK(rbuf_take(&r, 0) == NULL);
	rbuf_str8(&r, text, sizeof(text));
	ATF_CHECK_STREQ("", text);
	memcpy(text, "old", 4);
	rbuf_str16(&r, text, sizeof(text));
	ATF_CHECK_STREQ("", text);
	memset(&a, CANARY, sizeof(a));
	rbuf_addr(&r, &a);
	ATF_CHECK_EQ(AF_UNSPEC, a.af);
	ATF_CHECK(!rbuf_done(&r));
}

ATF_TC(huge_lengths_are_refused);
ATF_TC_HEAD(huge_lengths_are_refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "lengths near SIZE_MAX do not wrap around a bound");
}
ATF_TC_BODY(huge_lengths_are_refused, tc)
{
	struct wbuf w;
	struct rbuf r;
	uint8_t     storage[4] = { 0 };
	size_t      n;

	for (n = SIZE_MAX; n > SIZE_MAX - 8; n--) {
		wbuf_init(&w, storage, sizeof(storage));
		wbuf_u16(&w, 0);
		wbuf_bytes(&w, storage, n);
		ATF_CHECK(w.bad);
		rbuf_init(&r, storage, sizeof(storage));
		(void)rbuf_u16(&r);
		ATF_CHECK(rbuf_take(&r, n) == NULL);
		ATF_CHECK(r.bad);
	}
}

ATF_TC(empty_payload);
ATF_TC_HEAD(empty_payload, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an empty payload, NULL or not, is done and holds no bytes");
}
ATF_TC_BODY(empty_payload, tc)
{
	struct rbuf r;

	rbuf_init(&r, NULL, 0);
	ATF_CHECK(rbuf_done(&r));
	ATF_CHECK(rbuf_take(&r, 0) != NULL);
	ATF_CHECK(rbuf_done(&r));
	ATF_CHECK(rbuf_take(&r, 1) == NULL);
	ATF_CHECK(!rbuf_done(&r));
	rbuf_init(&r, "", 0);
	ATF_CHECK(rbuf_done(&r));
}

ATF_TC(text_of_every_length);
ATF_TC_HEAD(text_of_every_length, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "text comes back up to the limit of its length bytes");
}
ATF_TC_BODY(text_of_every_length, tc)
{
	static char text[UINT16_MAX + 2];
	size_t      n;

	for (n = 0; n <= 300; n++) {
		memset(text, 'x', n);
		text[n] = '\0';
		ATF_CHECK_EQ_MSG(n <= UINT8_MAX, text_comes_back(text, 1),
		    "length %zu", n);
		ATF_CHECK_MSG(text_comes_back(text, 2), "length %zu", n);
	}
	memset(text, 'x', UINT16_MAX);
	ATF_CHECK(text_comes_back(text, 2));
	text[UINT16_MAX] = 'x';
	ATF_CHECK(!text_comes_back(text, 2));
}

ATF_TC(text_that_just_fits);
ATF_TC_HEAD(text_that_just_fits, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a text may fill the storage, but not with a byte more");
}
ATF_TC_BODY(text_that_just_fits, tc)
{
	struct wbuf w;
	uint8_t     storage[8];

	wbuf_init(&w, storage, 6);
	wbuf_str8(&w, "hello");
	ATF_CHECK(!w.bad);
	wbuf_init(&w, storage, 7);
	wbuf_str16(&w, "hello");
	ATF_CHECK(!w.bad);
	wbuf_init(&w, storage, 5);
	wbuf_str8(&w, "hello");
	ATF_CHECK(w.bad);
	ATF_CHECK_EQ(0, w.len);
	wbuf_init(&w, storage, 6);
	wbuf_str16(&w, "hello");
	ATF_CHECK(w.bad);
	ATF_CHECK_EQ(0, w.len);
}

ATF_TC(text_must_fit_its_place);
ATF_TC_HEAD(text_must_fit_its_place, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "text is read into a place with room for its NUL, or not at all");
}
ATF_TC_BODY(text_must_fit_its_place, tc)
{
	static const uint8_t wire8[] = { 5, 'h', 'e', 'l', 'l', 'o' };
	static const uint8_t wire16[] = { 0, 5, 'h', 'e', 'l', 'l', 'o' };
	struct rbuf          r;
	char                 dst[8];
	const char          *want;
	size_t               size;

	for (size = 1; size < sizeof(dst); size++) {
		want = size > 5 ? "hello" : "";
		memset(dst, CANARY, sizeof(dst));
		rbuf_init(&r, wire8, sizeof(wire8));
		rbuf_str8(&r, dst, size);
		ATF_CHECK_EQ_MSG(size > 5, rbuf_done(&r), "size %zu", size);
		ATF_CHECK_STREQ(want, dst);
		ATF_CHECK_EQ(CANARY, (uint8_t)dst[size]);

		memset(dst, CANARY, sizeof(dst));
		rbuf_init(&r, wire16, sizeof(wire16));
		rbuf_str16(&r, dst, size);
		ATF_CHECK_EQ_MSG(size > 5, rbuf_done(&r), "size %zu", size);
		ATF_CHECK_STREQ(want, dst);
		ATF_CHECK_EQ(CANARY, (uint8_t)dst[size]);
	}
}

ATF_TC(text_with_nul_is_refused);
ATF_TC_HEAD(text_with_nul_is_refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a NUL at any place of a text is refused, every other byte passes");
}
ATF_TC_BODY(text_with_nul_is_refused, tc)
{
	struct rbuf r;
	uint8_t     wire[6];
	char        dst[8];
	size_t      i;
	int         c;

	for (i = 1; i < sizeof(wire); i++) {
		for (c = 0; c < 256; c++) {
			memset(wire, 'x', sizeof(wire));
			wire[0] = sizeof(wire) - 1;
			wire[i] = (uint8_t)c;
			rbuf_init(&r, wire, sizeof(wire));
			rbuf_str8(&r, dst, sizeof(dst));
			ATF_CHECK_EQ_MSG(c != 0, rbuf_done(&r),
			    "byte %d at %zu", c, i);
			ATF_CHECK_EQ(c != 0 ? 5 : 0, strlen(dst));
		}
	}
}

ATF_TC(address_of_every_family);
ATF_TC_HEAD(address_of_every_family, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an address begins with 0, 4 or 6 and has just its length");
}
ATF_TC_BODY(address_of_every_family, tc)
{
	struct rbuf r;
	struct addr a;
	uint8_t     wire[17];
	size_t      want;
	int         family;

	memset(wire, CANARY, sizeof(wire));
	for (family = 0; family < 256; family++) {
		wire[0] = (uint8_t)family;
		rbuf_init(&r, wire, sizeof(wire));
		rbuf_addr(&r, &a);
		want = family == 0 ? 1 : family == 4 ? 5 : 17;
		if (family != 0 && family != 4 && family != 6) {
			ATF_CHECK_MSG(r.bad, "family %d", family);
			ATF_CHECK_EQ(AF_UNSPEC, a.af);
			continue;
		}
		ATF_CHECK(!r.bad);
		ATF_CHECK_EQ(sizeof(wire) - want, r.left);
		ATF_CHECK_EQ(0, memcmp(a.b, wire + 1, want - 1));
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, fields_are_big_endian);
	ATF_TP_ADD_TC(tp, fields_come_back);
	ATF_TP_ADD_TC(tp, every_bit_comes_back);
	ATF_TP_ADD_TC(tp, every_cut_is_refused);
	ATF_TP_ADD_TC(tp, writer_stays_in_bounds);
	ATF_TP_ADD_TC(tp, writer_error_stays);
	ATF_TP_ADD_TC(tp, reader_error_stays);
	ATF_TP_ADD_TC(tp, huge_lengths_are_refused);
	ATF_TP_ADD_TC(tp, empty_payload);
	ATF_TP_ADD_TC(tp, text_of_every_length);
	ATF_TP_ADD_TC(tp, text_that_just_fits);
	ATF_TP_ADD_TC(tp, text_must_fit_its_place);
	ATF_TP_ADD_TC(tp, text_with_nul_is_refused);
	ATF_TP_ADD_TC(tp, address_of_every_family);
	return atf_no_error();
}

static void
put_fields(struct wbuf *w, const struct fields *f)
{
	wbuf_u8(w, f->u8);
	wbuf_u16(w, f->u16);
	wbuf_u32(w, f->u32);
	wbuf_u64(w, f->u64);
	wbuf_str8(w, f->s8);
	wbuf_str16(w, f->s16);
	wbuf_addr(w, &f->none);
	wbuf_addr(w, &f->v4);
	wbuf_addr(w, &f->v6);
}

static void
get_fields(struct rbuf *r, struct fields *f)
{
	f->u8 = rbuf_u8(r);
	f->u16 = rbuf_u16(r);
	f->u32 = rbuf_u32(r);
	f->u64 = rbuf_u64(r);
	rbuf_str8(r, f->s8, sizeof(f->s8));
	rbuf_str16(r, f->s16, sizeof(f->s16));
	rbuf_addr(r, &f->none);
	rbuf_addr(r, &f->v4);
	rbuf_addr(r, &f->v6);
}

/* True if it is written and read; a refused text must leave no byte. */
static int
text_comes_back(const char *text, size_t nlen)
{
	static uint8_t storage[UINT16_MAX + 16];
	static char    dst[UINT16_MAX + 1];
	struct wbuf    w;
	struct rbuf    r;

	wbuf_init(&w, storage, sizeof(storage));
	if (nlen == 1)
		wbuf_str8(&w, text);
	else
		wbuf_str16(&w, text);
	if (w.bad) {
		ATF_CHECK_EQ(0, w.len);
		return 0;
	}
	rbuf_init(&r, storage, w.len);
	if (nlen == 1)
		rbuf_str8(&r, dst, sizeof(dst));
	else
		rbuf_str16(&r, dst, sizeof(dst));
	return rbuf_done(&r) && strcmp(text, dst) == 0;
}
