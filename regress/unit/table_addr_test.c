/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of tables of addresses: what an image says is what an obvious list of
 * prefixes says, whatever was added to it and deleted from it.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <atf-c.h>

#include "base/addr.h"
#include "table_set.h"

#define ROUNDS   3000
#define NETS_MAX 24

/*
 * Addresses that differ in eight bits only, so that prefixes among them meet
 * often; behind those bits comes what a test says.
 */
struct window {
	struct addr  base;
	unsigned int bit;  /* where the eight bits begin */
	unsigned int bits; /* of an address: 32 or 128 */
};

static void window_draw(struct window *);
static void window_addr(const struct window *, unsigned int, int,
    struct addr *);
static void window_prefix(const struct window *, struct prefix *);
static int  list_has(const struct prefix *, size_t, const struct addr *);
static void list_text(const struct prefix *, size_t, char *, size_t);
static void check_window(const struct window *, const struct table *,
    const uint8_t *);
static void check_fewest(const struct table *);

ATF_TC(random_sets);
ATF_TC_HEAD(random_sets, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "tables have just the addresses that were added and not deleted");
}
ATF_TC_BODY(random_sets, tc)
{
	struct table_result res;
	struct window       w;
	struct table        t;
	struct image        im[2];
	struct prefix       add[NETS_MAX], del[NETS_MAX];
	char                addtext[NETS_MAX * PREFIX_STRLEN];
	char                deltext[NETS_MAX * PREFIX_STRLEN];
	struct addr         a;
	uint8_t             has[256];
	size_t              i, nadd, ndel;
	unsigned int        round, step, v;

	memset(im, 0, sizeof(im));
	for (round = 0; round < ROUNDS; round++) {
		window_draw(&w);
		table_init_empty(&t, TABLE_ADDR);
		memset(has, 0, sizeof(has));
		for (step = 0; step < 3; step++) {
			nadd = (size_t)rand() % NETS_MAX;
			ndel = step == 0 ? 0 : (size_t)rand() % 8;
			for (i = 0; i < nadd; i++)
				window_prefix(&w, &add[i]);
			for (i = 0; i < ndel; i++)
				window_prefix(&w, &del[i]);
			list_text(add, nadd, addtext, sizeof(addtext));
			list_text(del, ndel, deltext, sizeof(deltext));
			image_make(&im[step % 2], TABLE_ADDR, &t, deltext,
			    addtext, &res);
			ATF_REQUIRE_EQ(0,
			    table_init(&t, TABLE_ADDR,
				image_seal(&im[step % 2]), im[step % 2].len));
			ATF_CHECK_EQ(res.entries, t.entries);
			ATF_CHECK(res.added <= nadd && res.deleted <= ndel);
			for (v = 0; v < 256; v++) {
				window_addr(&w, v, rand() % 3, &a);
				has[v] = (has[v] && !list_has(del, ndel, &a)) ||
				    list_has(add, nadd, &a);
			}
			check_window(&w, &t, has);
			check_fewest(&t);
			image_free(&im[(step + 1) % 2]);
		}
		image_free(&im[0]);
		image_free(&im[1]);
	}
}

/* Eight bits anywhere in an address of either family. */
static void
window_draw(struct window *w)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	w->base.af = rand() % 2 == 0 ? AF_INET : AF_INET6;
	w->bits = w->base.af == AF_INET ? 32 : 128;
	for (i = 0; i < w->bits / 8; i++)
		w->base.b[i] = (uint8_t)(rand() % 3 == 0 ?
			rand() :
			(rand() % 2 == 0 ? 0 : 0xff));
	/* Mapped ones are of the other family. */
	if (w->base.af == AF_INET6)
		w->base.b[0] |= 0x20;
	switch (rand() % 3) {
	case 0:
		w->bit = w->bits - 8;
		break;
	case 1:
		w->bit = w->base.af == AF_INET ? 0 : 56;
		break;
	default:
		w->bit = 8 + (unsigned int)rand() % (w->bits - 15);
		break;
	}
}

/* The eight bits are v; tail is 0 or 1 for all bits after them, or random. */
static void
window_addr(const struct window *w, unsigned int v, int tail, struct addr *a)
{
	unsigned int i, on;

	*a = w->base;
	for (i = w->bit; i < w->bits; i++) {
		if (i < w->bit + 8)
			on = v >> (7 - (i - w->bit)) & 1;
		else
			on = tail == 2 ? (unsigned int)rand() & 1 :
					 (unsigned int)tail;
		a->b[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
		if (on)
			a->b[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
}

static void
window_prefix(const struct window *w, struct prefix *p)
{
	window_addr(w, (unsigned int)rand() % 256, 0, &p->addr);
	p->len = (uint8_t)(w->bit +
	    (unsigned int)(rand() % 20 == 0 ? rand() % 9 : 3 + rand() % 6));
	addr_mask(&p->addr, p->len);
}

static int
list_has(const struct prefix *list, size_t n, const struct addr *a)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (prefix_match(&list[i], a))
			return 1;
	}
	return 0;
}

static void
list_text(const struct prefix *list, size_t n, char *dst, size_t size)
{
	char   one[PREFIX_STRLEN];
	size_t i;

	dst[0] = '\0';
	for (i = 0; i < n; i++) {
		(void)strlcat(dst, prefix_print(&list[i], one, sizeof(one)),
		    size);
		ATF_REQUIRE(strlcat(dst, "\n", size) < size);
	}
}

/* Every value of the window with the smallest, largest and any tail. */
static void
check_window(const struct window *w, const struct table *t, const uint8_t *has)
{
	struct addr  a;
	char         text[ADDR_STRLEN];
	unsigned int v;
	int          tail;

	for (v = 0; v < 256; v++) {
		for (tail = 0; tail < 3; tail++) {
			window_addr(w, v, tail, &a);
			ATF_REQUIRE_EQ_MSG(has[v], table_has_addr(t, &a), "%s",
			    addr_print(&a, text, sizeof(text)));
		}
	}
	/* One bit before the window is another address altogether. */
	if (w->bit == 0)
		return;
	window_addr(w, (unsigned int)rand() % 256, 2, &a);
	v = (unsigned int)rand() % w->bit;
	a.b[v / 8] ^= (uint8_t)(0x80 >> v % 8);
	ATF_REQUIRE_EQ(0, table_has_addr(t, &a));
}

/*
 * The entries do not overlap, are no two halves of one, and make the same
 * table again.
 */
static void
check_fewest(const struct table *t)
{
	struct table_result res;
	struct prefix       p, before;
	struct image        again;
	struct table        t2;
	char                entry[TABLE_ENTRY_SIZE], *text, *text2;
	uint64_t            at = 0;
	uint32_t            n = 0;

	memset(&before, 0, sizeof(before));
	while (table_next(t, &at, entry)) {
		ATF_REQUIRE_EQ_MSG(0, prefix_parse(&p, entry), "%s", entry);
		ATF_CHECK(before.addr.af != p.addr.af ||
		    (!prefix_match(&p, &before.addr) &&
			!prefix_match(&before, &p.addr)));
		if (before.len == p.len && before.addr.af == p.addr.af &&
		    p.len > 0) {
			addr_mask(&before.addr, p.len - 1u);
			before.len--;
			ATF_CHECK(!prefix_match(&before, &p.addr) ||
			    (p.addr.b[before.len / 8] >> (7 - before.len % 8) &
				1) == 0);
		}
		before = p;
		n++;
	}
	ATF_CHECK_EQ(t->entries, n);
	text = table_text(t);
	image_make(&again, TABLE_ADDR, NULL, NULL, text, &res);
	ATF_CHECK_EQ(n, res.entries);
	ATF_REQUIRE_EQ(0, table_init(&t2, TABLE_ADDR, again.p, again.len));
	text2 = table_text(&t2);
	ATF_CHECK_STREQ(text, text2);
	free(text);
	free(text2);
	image_free(&again);
}

ATF_TC(whole_space);
ATF_TC_HEAD(whole_space, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "all addresses of a family, and all but one, make a table");
}
ATF_TC_BODY(whole_space, tc)
{
	static const char *const cases[][3] = {
		{ "0.0.0.0/0", "192.0.2.1", "192.0.2.0" },
		{ "0.0.0.0/1 128.0.0.0/1", "255.255.255.255", "0.0.0.0" },
		{ "0.0.0.0/0", "0.0.0.0", "0.0.0.1" },
		{ "::/0", "2001:db8::1", "::" },
		{ "::/1 8000::/1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::/0", "::", "::1" },
	};
	struct table_result res;
	struct image        im, hole;
	struct table        t, t2;
	struct addr         in, out;
	size_t              i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ(0, addr_parse(&out, cases[i][1]));
		ATF_REQUIRE_EQ(0, addr_parse(&in, cases[i][2]));
		image_make(&im, TABLE_ADDR, NULL, NULL, cases[i][0], &res);
		ATF_CHECK_EQ(1, res.entries);
		ATF_REQUIRE_EQ(0, table_init(&t, TABLE_ADDR, im.p, im.len));
		ATF_CHECK(table_has_addr(&t, &in));
		ATF_CHECK(table_has_addr(&t, &out));
		image_make(&hole, TABLE_ADDR, &t, cases[i][1], NULL, &res);
		ATF_CHECK_EQ(1, res.deleted);
		ATF_CHECK_EQ(in.af == AF_INET ? 32 : 128, res.entries);
		ATF_REQUIRE_EQ(0,
		    table_init(&t2, TABLE_ADDR, hole.p, hole.len));
		ATF_CHECK(table_has_addr(&t2, &in));
		ATF_CHECK(!table_has_addr(&t2, &out));
		image_free(&im);
		image_make(&im, TABLE_ADDR, &t2, NULL, cases[i][1], &res);
		ATF_CHECK_EQ(1, res.added);
		ATF_CHECK_EQ(1, res.entries);
		image_free(&im);
		image_free(&hole);
	}
}

ATF_TC(families);
ATF_TC_HEAD(families, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "families do not mix, and mapped prefixes are IPv4 ones");
}
ATF_TC_BODY(families, tc)
{
	struct table_result res;
	struct image        im;
	struct table        t;
	struct addr         a;

	image_make(&im, TABLE_ADDR, NULL, NULL,
	    "::ffff:192.0.2.0/120 2001:db8::/32", &res);
	ATF_REQUIRE_EQ(0, table_init(&t, TABLE_ADDR, im.p, im.len));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "192.0.2.77"));
	ATF_CHECK(table_has_addr(&t, &a));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "::ffff:192.0.2.77"));
	ATF_CHECK(!table_has_addr(&t, &a));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "32.1.13.184"));
	ATF_CHECK(!table_has_addr(&t, &a));
	memset(&a, 0, sizeof(a));
	ATF_CHECK(!table_has_addr(&t, &a));
	ATF_CHECK(!table_has_name(&t, "192.0.2.77"));
	ATF_CHECK(!table_has_user(&t, "192.0.2.77", 10));
	ATF_CHECK_EQ(0, table_country(&t, &a));
	image_free(&im);
}

ATF_TC(counts);
ATF_TC_HEAD(counts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is told of a change is what was not there, or was");
}
ATF_TC_BODY(counts, tc)
{
	struct table_result res;
	struct image        im, im2;
	struct table        t;

	image_make(&im, TABLE_ADDR, NULL, NULL,
	    "192.0.2.0 192.0.2.1 192.0.2.1 2001:db8::1 2001:db8::1", &res);
	ATF_CHECK_EQ(2, res.entries);
	ATF_CHECK_EQ(3, res.added);
	ATF_CHECK_EQ(0, res.deleted);
	ATF_REQUIRE_EQ(0, table_init(&t, TABLE_ADDR, im.p, im.len));
	image_make(&im2, TABLE_ADDR, &t, "192.0.2.1 192.0.2.2 192.0.2.0/24",
	    "192.0.2.1 10.0.0.0/8 2001:db8::1", &res);
	ATF_CHECK_EQ(2, res.deleted);
	ATF_CHECK_EQ(2, res.added);
	ATF_CHECK_EQ(3, res.entries);
	image_free(&im);
	image_free(&im2);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random_sets);
	ATF_TP_ADD_TC(tp, whole_space);
	ATF_TP_ADD_TC(tp, families);
	ATF_TP_ADD_TC(tp, counts);
	return atf_no_error();
}
