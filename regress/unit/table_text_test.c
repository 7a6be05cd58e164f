/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the text of tables, of complaints about it, and of images that are
 * not right.
 */

#include <sys/types.h>

#include <errno.h>

#include <atf-c.h>

#include "base/addr.h"
#include "table/image.h"
#include "table_set.h"

#define MANY 50000

static const char good[] = "# a comment, 192.0.2.9\n"
			   "192.0.2.1\r\n"
			   "\n"
			   "  192.0.2.2\t192.0.2.3/32 # and this\r\n"
			   "2001:db8::/32 ; SBL1234\n"
			   ";192.0.2.10\n"
			   "#192.0.2.11\r\n"
			   "198.51.100.0/24";

static const char bad[] = "192.0.2.1\n"
			  "192.0.2.256\n"
			  "# nothing\n"
			  "192.0.2.1/8 example.com\n"
			  "\x1b[31m\n"
			  "192.0.2.1#x\n";

static const char bad_faults[] = "2: 192.0.2.256: not an address or prefix\n"
				 "4: 192.0.2.1/8: host bits are set\n"
				 "4: example.com: not an address or prefix\n"
				 "5: \\x1b[31m: not an address or prefix\n"
				 "6: 192.0.2.1#x: not an address or prefix\n";

static void build(enum table_kind, const char *, size_t, size_t, struct image *,
    int, struct table_result *);
static void look(const struct table *);

ATF_TC(cuts);
ATF_TC_HEAD(cuts, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a text is the same however its bytes come");
}
ATF_TC_BODY(cuts, tc)
{
	struct table_result res;
	struct table        t;
	struct image        im;
	char               *text;
	size_t              cut;

	for (cut = 0; cut < sizeof(good); cut++) {
		build(TABLE_ADDR, good, sizeof(good) - 1, cut, &im, 0, &res);
		ATF_REQUIRE_EQ(0, table_init(&t, TABLE_ADDR, im.p, im.len));
		text = table_text(&t);
		ATF_CHECK_STREQ("192.0.2.1\n192.0.2.2/31\n198.51.100.0/24\n"
				"2001:db8::/32\n",
		    text);
		ATF_CHECK_EQ(5, res.added);
		free(text);
		image_free(&im);
	}
	for (cut = 0; cut < sizeof(bad); cut++) {
		build(TABLE_ADDR, bad, sizeof(bad) - 1, cut, &im, -1, &res);
		ATF_CHECK_STREQ(bad_faults, im.faults);
		image_free(&im);
	}
}

/* In two parts, cut there; ret is what is to come of it. */
static void
build(enum table_kind kind, const char *text, size_t len, size_t cut,
    struct image *im, int ret, struct table_result *res)
{
	struct table_build *b;

	memset(im, 0, sizeof(*im));
	ATF_REQUIRE((b = table_build_new(kind, image_complain, im)) != NULL);
	if (cut > 0)
		(void)table_build_text(b, TABLE_ADD, text, cut);
	if (cut < len)
		(void)table_build_text(b, TABLE_ADD, text + cut, len - cut);
	(void)table_build_text(b, TABLE_ADD, NULL, 0);
	ATF_CHECK_EQ(ret, table_build_write(b, image_take, im, res));
	ATF_CHECK(ret == 0 || im->len == 0);
	table_build_free(b);
}

ATF_TC(second_text);
ATF_TC_HEAD(second_text, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the next text begins with a line and a word of its own");
}
ATF_TC_BODY(second_text, tc)
{
	struct table_build *b;
	struct image        im;

	memset(&im, 0, sizeof(im));
	b = table_build_new(TABLE_USER, image_complain, &im);
	ATF_REQUIRE(b != NULL);
	(void)table_build_text(b, TABLE_ADD, "\n\nali", 5);
	(void)table_build_text(b, TABLE_ADD, NULL, 0);
	(void)table_build_text(b, TABLE_ADD, "ce\n# no", 7);
	(void)table_build_text(b, TABLE_ADD, NULL, 0);
	(void)table_build_text(b, TABLE_ADD, "bob\n\x01\n", 6);
	(void)table_build_text(b, TABLE_ADD, NULL, 0);
	ATF_CHECK_STREQ("2: \\x01: invalid user name: blank or control "
			"character\n",
	    im.faults);
	table_build_free(b);
}

ATF_TC(words);
ATF_TC_HEAD(words, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "complaints are printable, cut, and not without end");
}
ATF_TC_BODY(words, tc)
{
	struct table_result res;
	struct image        im;
	char                text[4096], want[256];
	unsigned int        c, i;

	for (c = 1; c < 256; c++) {
		if (strchr(" \t\r\n#;", (int)c) != NULL)
			continue;
		text[0] = (char)c;
		text[1] = '.';
		build(TABLE_ADDR, text, 2, 0, &im, -1, &res);
		(void)snprintf(want, sizeof(want),
		    c > ' ' && c < 0x7f ?
			"1: %c.: not an address or prefix\n" :
			"1: \\x%02x.: not an address or prefix\n",
		    c);
		ATF_CHECK_STREQ(want, im.faults);
		image_free(&im);
	}
	/* A NUL too. */
	build(TABLE_DOMAIN, "a\0b", 3, 0, &im, -1, &res);
	ATF_CHECK_STREQ("1: NUL byte: not a text file, or not in UTF-8\n",
	    im.faults);
	image_free(&im);
	memset(text, 'a', sizeof(text));
	build(TABLE_ADDR, text, sizeof(text), 7, &im, -1, &res);
	(void)snprintf(want, sizeof(want),
	    "1: %.80s...: not an address or "
	    "prefix\n",
	    text);
	ATF_CHECK_STREQ(want, im.faults);
	image_free(&im);
	for (i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? '!' : '\n';
	build(TABLE_ADDR, text, sizeof(text), 0, &im, -1, &res);
	for (i = 0, c = 0; im.faults[i] != '\0'; i++)
		c += im.faults[i] == '\n';
	ATF_CHECK_EQ(TABLE_FAULTS_MAX, c);
	image_free(&im);
}

ATF_TC(marks);
ATF_TC_HEAD(marks, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a mark in front and any line ends are no matter, however the "
	    "text is cut; UTF-16 is refused by name");
}
ATF_TC_BODY(marks, tc)
{
	static const char *const texts[] = {
		"\xef\xbb\xbf"
		"192.0.2.1",
		"\xef\xbb\xbf"
		"192.0.2.1\r\n",
		"\xef\xbb\xbf\r192.0.2.1\r",
		"#x\r192.0.2.1\r",
		"192.0.2.1 \t\r\n",
		"\xef\xbb\xbf#x\r\n192.0.2.1\t",
	};
	static const char   far[] = "\xef\xbb\xbf"
				    "192.0.2.1\r\n\rx\r\n";
	static const char   utf16[] = "\xff\xfe"
				      "1\0";
	struct table_result res;
	struct image        im;
	size_t              i, cut;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (cut = 0; cut <= strlen(texts[i]); cut++) {
			build(TABLE_ADDR, texts[i], strlen(texts[i]), cut, &im,
			    0, &res);
			ATF_CHECK_STREQ("", im.faults);
			ATF_CHECK_EQ(1, res.entries);
			image_free(&im);
		}
	for (cut = 0; cut < sizeof(far); cut++) {
		build(TABLE_ADDR, far, sizeof(far) - 1, cut, &im, -1, &res);
		ATF_CHECK_STREQ("3: x: not an address or prefix\n", im.faults);
		image_free(&im);
	}
	for (cut = 0; cut < sizeof(utf16); cut++) {
		build(TABLE_DOMAIN, utf16, sizeof(utf16), cut, &im, -1, &res);
		ATF_CHECK_STREQ("1: text in UTF-16: save it as UTF-8\n",
		    im.faults);
		image_free(&im);
	}
}

ATF_TC(skip);
ATF_TC_HEAD(skip, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of a list that may have faults those are left out and counted, "
	    "but not most of it");
}
ATF_TC_BODY(skip, tc)
{
	static const struct {
		enum table_kind kind;
		const char     *text;
		int             ret;
		uint32_t        entries;
		uint32_t        skipped;
		uint32_t        line;
		const char     *first;
	} all[] = {
		{ TABLE_DOMAIN, "a.example\nb.example\n", 0, 2, 0, 0, "" },
		{ TABLE_DOMAIN, "a.example\nm\xc3\xbc.example\n", 0, 1, 1, 2,
		    "m\\xc3\\xbc.example: not ASCII" },
		{ TABLE_DOMAIN, "a!\nb!\nc.example\nd.example", 0, 2, 2, 1,
		    "a!: " },
		{ TABLE_DOMAIN, "a!\nb!\nc.example\n", -1, 0, 0, 1, "a!: " },
		{ TABLE_DOMAIN, "a!\n", -1, 0, 0, 1, "a!: " },
		/* It is lines that count: words of a sentence may be names. */
		{ TABLE_DOMAIN, "404: Not Found\n", -1, 0, 0, 1, "404:: " },
		{ TABLE_DOMAIN,
		    "<p>the page that you want\n"
		    "is not here</p>",
		    -1, 0, 0, 1, "<p>the: " },
		{ TABLE_DOMAIN, "a! b c d\ne\nf\ng h!", 0, 6, 2, 1, "a!: " },
		{ TABLE_DOMAIN, "", 0, 0, 0, 0, "" },
		{ TABLE_DOMAIN,
		    "0.0.0.0 0.0.0.0\n::1 localhost\n"
		    "0.0.0.0 a.example",
		    0, 2, 0, 0, "" },
		{ TABLE_ADDR, "192.0.2.1\nexample.com\n", 0, 1, 1, 2,
		    "example.com: not an address" },
		{ TABLE_ADDR, "<html>\n192.0.2.1 no\n", -1, 0, 0, 1,
		    "<html>: " },
		{ TABLE_DOMAIN, "a.example\nb\0c\n", -1, 0, 0, 0, "" },
	};
	struct table_build *b;
	struct table_result res;
	struct image        im;
	const char         *first;
	uint32_t            line;
	size_t              i, len;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		memset(&im, 0, sizeof(im));
		b = table_build_new(all[i].kind, image_complain, &im);
		ATF_REQUIRE(b != NULL);
		table_build_skip(b);
		len = i + 1 == sizeof(all) / sizeof(all[0]) ?
		    14 :
		    strlen(all[i].text);
		if (len > 0)
			(void)table_build_text(b, TABLE_ADD, all[i].text, len);
		(void)table_build_text(b, TABLE_ADD, NULL, 0);
		ATF_CHECK_EQ(all[i].skipped,
		    table_build_skipped(b, &first, &line));
		if (all[i].skipped > 0) {
			ATF_CHECK_EQ(all[i].line, line);
			ATF_CHECK_MSG(strncmp(first, all[i].first,
					  strlen(all[i].first)) == 0,
			    "%s", first);
		}
		ATF_CHECK_EQ_MSG(all[i].ret,
		    table_build_write(b, image_take, &im, &res), "%zu: %s", i,
		    im.faults);
		if (all[i].ret == 0) {
			ATF_CHECK_EQ(all[i].entries, res.entries);
			ATF_CHECK_STREQ("", im.faults);
		} else
			ATF_CHECK_MSG(strstr(im.faults, all[i].first) != NULL,
			    "%zu: %s", i, im.faults);
		table_build_free(b);
		image_free(&im);
	}
}

ATF_TC(empty);
ATF_TC_HEAD(empty, tc)
{
	atf_tc_set_md_var(tc, "descr", "a table may have nothing in it");
}
ATF_TC_BODY(empty, tc)
{
	struct table_result res;
	struct table        t;
	struct image        im;
	enum table_kind     kind;

	for (kind = TABLE_ADDR; kind <= TABLE_USER; kind++) {
		build(kind, "# nothing\n", 10, 0, &im, 0, &res);
		ATF_CHECK_EQ(0, res.entries);
		ATF_REQUIRE_EQ(0,
		    table_init(&t, kind, image_seal(&im), im.len));
		look(&t);
		image_free(&im);
		table_init_empty(&t, kind);
		look(&t);
	}
}

/* Asks a table all that it can be asked, and walks through it. */
static void
look(const struct table *t)
{
	static const char *const addrs[] = {
		"0.0.0.0",
		"192.0.2.1",
		"255.255.255.255",
		"::",
		"2001:db8::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	struct addr a;
	char        entry[TABLE_ENTRY_SIZE];
	uint64_t    at = 0;
	size_t      i;

	for (i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		ATF_REQUIRE_EQ(0, addr_parse(&a, addrs[i]));
		(void)table_has_addr(t, &a);
		(void)table_country(t, &a);
	}
	(void)table_has_name(t, "a.b.example.com");
	(void)table_has_name(t, "alice");
	(void)table_has_user(t, "alice", 5);
	while (table_next(t, &at, entry))
		ATF_REQUIRE(memchr(entry, '\0', sizeof(entry)) != NULL);
	for (i = 0; i < 64; i++) {
		at = (uint64_t)1 << i;
		(void)table_next(t, &at, entry);
	}
}

ATF_TC(damage);
ATF_TC_HEAD(damage, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an image cut anywhere or with any byte changed is refused or "
	    "does no harm");
}
ATF_TC_BODY(damage, tc)
{
	static const char *const texts[] = {
		[TABLE_ADDR] = "192.0.2.1 192.0.2.4/30 2001:db8::1 "
			       "2001:db8:1::/48 10.0.0.0/8 8000::/1",
		[TABLE_DOMAIN] = "example.com *.b.example.com .org a.b.c",
		[TABLE_USER] = "alice bob carol",
	};
	struct table_result res;
	struct table        t, empty;
	struct image        im, hurt, out;
	struct table_build *b;
	enum table_kind     kind;
	size_t              i, n;
	unsigned int        k;

	for (kind = TABLE_ADDR; kind <= TABLE_USER; kind++) {
		image_make(&im, kind, NULL, NULL, texts[kind], &res);
		memset(&hurt, 0, sizeof(bad));
		for (n = 0; n < im.len; n++) {
			hurt.len = 0;
			(void)image_take(&hurt, im.p, n);
			ATF_CHECK_EQ(-1,
			    table_init(&t, kind, image_seal(&hurt), n));
			table_init_empty(&empty, kind);
			ATF_CHECK_EQ(0, memcmp(&t, &empty, sizeof(t)));
			ATF_REQUIRE_EQ(0, munmap(hurt.map, hurt.maplen));
		}
		ATF_CHECK_EQ(-1, table_init(&t, TABLE_COUNTRY, im.p, im.len));
		for (i = 0; i < im.len * 6; i++) {
			hurt.len = 0;
			(void)image_take(&hurt, im.p, im.len);
			k = i % 6;
			hurt.p[i / 6] = (uint8_t)(k == 0 ? 0 :
				k == 1                   ? 0xff :
				k < 4                    ? rand() :
					hurt.p[i / 6] + (k == 4 ? 1 : -1));
			n = im.len;
			if (table_init(&t, kind, image_seal(&hurt), n) == 0) {
				look(&t);
				/* Changed, it is right again. */
				memset(&out, 0, sizeof(out));
				b = table_build_new(kind, image_complain, &out);
				ATF_REQUIRE(b != NULL);
				table_build_from(b, &t);
				ATF_CHECK_EQ(0,
				    table_build_entry(b, TABLE_ADD,
					kind == TABLE_ADDR ? "192.0.2.77" :
							     "dave",
					kind == TABLE_ADDR ? 10 : 4, 0));
				ATF_CHECK_EQ(0,
				    table_build_write(b, image_take, &out,
					&res));
				ATF_CHECK_EQ(0,
				    table_init(&t, kind, out.p, out.len));
				look(&t);
				table_build_free(b);
				image_free(&out);
			}
			ATF_REQUIRE_EQ(0, munmap(hurt.map, hurt.maplen));
		}
		free(hurt.p);
		image_free(&im);
	}
}

ATF_TC(crafted);
ATF_TC_HEAD(crafted, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no image leads out of itself, even if made by one who can hash");
}
ATF_TC_BODY(crafted, tc)
{
	struct table_result res;
	struct table        t;
	struct image        im;
	uint8_t            *record, *size;
	unsigned int        left;

	/* The name ends so many bytes later than the image. */
	for (left = 0; left < 5; left++) {
		image_make(&im, TABLE_USER, NULL, NULL, "alice", &res);
		ATF_REQUIRE_EQ(0, table_init(&t, TABLE_USER, im.p, im.len));
		ATF_CHECK(table_has_user(&t, "alice", 5));
		record = im.p + im.len - 7;
		ATF_REQUIRE_EQ(5, record[1]);
		/* The last byte of the second number of four. */
		size = im.p + IMAGE_HEAD_LEN - 2 * 4 - 1;
		ATF_REQUIRE_EQ(7, *size);
		record[1] = (uint8_t)left;
		im.len = im.len - 5 + left;
		*size = (uint8_t)(2 + left);
		ATF_REQUIRE_EQ(0,
		    table_init(&t, TABLE_USER, image_seal(&im), im.len));
		ATF_CHECK(!table_has_user(&t, "alice", 5));
		look(&t);
		image_free(&im);
	}
	/* Something behind it. */
	image_make(&im, TABLE_USER, NULL, NULL, "alice", &res);
	(void)image_take(&im, "", 1);
	ATF_CHECK_EQ(-1, table_init(&t, TABLE_USER, im.p, im.len));
	image_free(&im);
}

ATF_TC(many);
ATF_TC_HEAD(many, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "images of many entries have them all and no others");
}
ATF_TC_BODY(many, tc)
{
	struct table_result res;
	struct table        t;
	struct image        im;
	struct addr         a;
	char                name[32], *text;
	size_t              i, len = 0;

	ATF_REQUIRE((text = malloc(MANY * sizeof(name))) != NULL);
	for (i = 0; i < MANY; i++)
		len += (size_t)snprintf(text + len, sizeof(name),
		    "10.%zu.%zu.%zu\n", i >> 15, i >> 7 & 255, i % 128 * 2);
	image_make(&im, TABLE_ADDR, NULL, NULL, text, &res);
	ATF_CHECK_EQ(MANY, res.entries);
	ATF_REQUIRE_EQ(0, table_init(&t, TABLE_ADDR, image_seal(&im), im.len));
	for (i = 0; i < 2 * MANY; i++) {
		(void)snprintf(name, sizeof(name), "10.%zu.%zu.%zu", i >> 16,
		    i >> 8 & 255, i & 255);
		ATF_REQUIRE_EQ(0, addr_parse(&a, name));
		ATF_REQUIRE_EQ(i % 2 == 0, table_has_addr(&t, &a));
	}
	image_free(&im);
	for (i = 0, len = 0; i < MANY; i++)
		len += (size_t)snprintf(text + len, sizeof(name),
		    ".n%zu.example\n", 2 * i);
	image_make(&im, TABLE_DOMAIN, NULL, NULL, text, &res);
	ATF_CHECK_EQ(MANY, res.entries);
	ATF_REQUIRE_EQ(0,
	    table_init(&t, TABLE_DOMAIN, image_seal(&im), im.len));
	for (i = 0; i < 2 * MANY; i++) {
		(void)snprintf(name, sizeof(name), "www.n%zu.example", i);
		ATF_REQUIRE_EQ(i % 2 == 0, table_has_name(&t, name));
		ATF_REQUIRE_EQ(i % 2 == 0, table_has_name(&t, name + 4));
	}
	image_free(&im);
	free(text);
}

static int
put_fails(void *arg, const void *data, size_t len)
{
	errno = ENOSPC;
	return -1;
}

ATF_TC(no_room);
ATF_TC_HEAD(no_room, tc)
{
	atf_tc_set_md_var(tc, "descr", "an image that finds no room is told");
}
ATF_TC_BODY(no_room, tc)
{
	struct table_result res;
	struct table_build *b;
	struct image        im;
	enum table_kind     kind;

	for (kind = TABLE_ADDR; kind <= TABLE_USER; kind++) {
		memset(&im, 0, sizeof(im));
		b = table_build_new(kind, image_complain, &im);
		ATF_REQUIRE(b != NULL);
		ATF_CHECK_EQ(-1, table_build_write(b, put_fails, NULL, &res));
		ATF_CHECK_STREQ("0: No space left on device\n", im.faults);
		table_build_free(b);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cuts);
	ATF_TP_ADD_TC(tp, second_text);
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, marks);
	ATF_TP_ADD_TC(tp, skip);
	ATF_TP_ADD_TC(tp, empty);
	ATF_TP_ADD_TC(tp, damage);
	ATF_TP_ADD_TC(tp, crafted);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, no_room);
	return atf_no_error();
}
