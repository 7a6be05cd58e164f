/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of loading tables from descriptors: what is read, what is written, and
 * what is said of it.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>

#include <atf-c.h>

#include "base/addr.h"
#include "table/load.h"
#include "table/table.h"
#include "table_set.h"

static int  file(const char *, const char *);
static void said(void *, const char *);
static int  load(enum table_kind, enum table_op, int, int, int, const char *,
     struct table_result *);
static void mapped(int, enum table_kind, struct table *);
static int  has(const struct table *, const char *);

static char lines[4096];

ATF_TC(added_and_deleted);
ATF_TC_HEAD(added_and_deleted, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an image is made of a file, and another of it and changes");
}
ATF_TC_BODY(added_and_deleted, tc)
{
	struct table_result res;
	struct table        t;
	int                 first, second, third;

	first = file("first", "");
	second = file("second", "");
	third = file("third", "");
	/* Where a descriptor stands does not matter. */
	ATF_REQUIRE_EQ(3, lseek(first, 3, SEEK_SET));
	ATF_CHECK_EQ(0,
	    load(TABLE_ADDR, TABLE_ADD, first, -1, file("a", "192.0.2.0/24\n"),
		"a", &res));
	ATF_CHECK_EQ(1, res.added);
	mapped(first, TABLE_ADDR, &t);
	ATF_CHECK(has(&t, "192.0.2.1"));
	ATF_CHECK_EQ(0,
	    load(TABLE_ADDR, TABLE_ADD, second, first,
		file("b", "198.51.100.1"), "", &res));
	ATF_CHECK_EQ(1, res.added);
	mapped(second, TABLE_ADDR, &t);
	ATF_CHECK(has(&t, "192.0.2.1") && has(&t, "198.51.100.1"));
	ATF_CHECK_EQ(0,
	    load(TABLE_ADDR, TABLE_DELETE, third, second,
		file("c", "192.0.2.1\n192.0.2.77"), "", &res));
	ATF_CHECK_EQ(2, res.deleted);
	mapped(third, TABLE_ADDR, &t);
	ATF_CHECK(!has(&t, "192.0.2.1") && has(&t, "192.0.2.2") &&
	    has(&t, "198.51.100.1"));
	ATF_CHECK_STREQ("", lines);
}

/* A file with that text, to be read and written. */
static int
file(const char *name, const char *text)
{
	int fd;

	ATF_REQUIRE((fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600)) != -1);
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
	return fd;
}

static void
said(void *arg, const char *line)
{
	(void)strlcat(lines, line, sizeof(lines));
	(void)strlcat(lines, "\n", sizeof(lines));
}

/* One job; old and source may be -1 for none. */
static int
load(enum table_kind kind, enum table_op op, int image, int old, int source,
    const char *name, struct table_result *res)
{
	struct load *l;
	int          ret;

	lines[0] = '\0';
	ATF_REQUIRE((l = load_new(kind, op, image, said, NULL)) != NULL);
	if (old != -1)
		load_old(l, old);
	if (source != -1)
		load_source(l, source, name);
	ret = load_finish(l, res);
	load_free(l);
	return ret;
}

/* The file is just the image, and nobody ends before the test does. */
static void
mapped(int fd, enum table_kind kind, struct table *t)
{
	off_t len;
	void *p;

	ATF_REQUIRE((len = lseek(fd, 0, SEEK_END)) != -1);
	p = mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, fd, 0);
	ATF_REQUIRE(p != MAP_FAILED);
	ATF_REQUIRE_EQ(0, table_init(t, kind, p, (size_t)len));
}

static int
has(const struct table *t, const char *text)
{
	struct addr a;

	ATF_REQUIRE_EQ(0, addr_parse(&a, text));
	return table_has_addr(t, &a);
}

ATF_TC(complaints);
ATF_TC_HEAD(complaints, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "complaints name the source, its line and the word");
}
ATF_TC_BODY(complaints, tc)
{
	struct table_result res;
	int                 image;

	image = file("image", "");
	ATF_CHECK_EQ(-1,
	    load(TABLE_ADDR, TABLE_ADD, image, -1,
		file("a", "192.0.2.1\n\nx y\n"), "/etc/bad", &res));
	ATF_CHECK_STREQ(
	    "/etc/bad:3: x: not an address or prefix\n"
	    "/etc/bad:3: y: not an address or prefix\n"
	    "/etc/bad: invalid entries of a list can be skipped: see "
	    "skip-invalid in socks5d.conf(5)\n",
	    lines);
	ATF_CHECK_EQ(-1,
	    load(TABLE_USER, TABLE_ADD, image, -1, file("a", "\x01"), "",
		&res));
	ATF_CHECK_STREQ("\\x01: invalid user name: blank or control "
			"character\n",
	    lines);
	ATF_CHECK_EQ(-1,
	    load(TABLE_ADDR, TABLE_ADD, image, -1, open(".", O_RDONLY),
		"/etc/bad", &res));
	ATF_CHECK_STREQ("/etc/bad: Is a directory\n", lines);
	ATF_CHECK_EQ(-1,
	    load(TABLE_COUNTRY, TABLE_ADD, image, -1, file("a", "192.0.2.1"),
		"/var/geo", &res));
	ATF_CHECK_STREQ("/var/geo: not a MaxMind DB file, or not all of "
			"one\n",
	    lines);
	ATF_CHECK_EQ(-1,
	    load(TABLE_ADDR, TABLE_ADD, image, file("a", "192.0.2.1"), -1, "",
		&res));
	ATF_CHECK_STREQ("invalid old image\n", lines);
	ATF_CHECK_EQ(0, lseek(image, 0, SEEK_END));
	ATF_CHECK_EQ(-1,
	    load(TABLE_ADDR, TABLE_ADD, open("image", O_RDONLY), -1, -1, "",
		&res));
	ATF_CHECK_STREQ("Bad file descriptor\n", lines);
}

ATF_TC(checked_only);
ATF_TC_HEAD(checked_only, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "without a descriptor for it an image is made all the same");
}
ATF_TC_BODY(checked_only, tc)
{
	struct table_result res;

	ATF_CHECK_EQ(0,
	    load(TABLE_DOMAIN, TABLE_ADD, -1, -1,
		file("a", "a.example b.example"), "a", &res));
	ATF_CHECK_EQ(2, res.entries);
}

ATF_TC(too_long);
ATF_TC_HEAD(too_long, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a file is read up to 256 MiB and no further");
}
ATF_TC_BODY(too_long, tc)
{
	static char         blanks[1 << 20];
	struct table_result res;
	off_t               at;
	int                 fd;

	memset(blanks, ' ', sizeof(blanks));
	ATF_REQUIRE((fd = memfd_create("a", MFD_CLOEXEC)) != -1);
	for (at = 0; at < TABLE_FILE_MAX; at += (off_t)sizeof(blanks))
		ATF_REQUIRE_EQ((ssize_t)sizeof(blanks),
		    pwrite(fd, blanks, sizeof(blanks), at));
	ATF_REQUIRE_EQ(9, pwrite(fd, "192.0.2.1", 9, 0));
	ATF_CHECK_EQ(0, load(TABLE_ADDR, TABLE_ADD, -1, -1, fd, "a", &res));
	ATF_REQUIRE_EQ(1, pwrite(fd, "#", 1, at));
	ATF_CHECK_EQ(-1, load(TABLE_ADDR, TABLE_ADD, -1, -1, fd, "a", &res));
	ATF_CHECK_STREQ("a: longer than 256 MiB\n", lines);
	ATF_CHECK_EQ(-1, load(TABLE_COUNTRY, TABLE_ADD, -1, -1, fd, "a", &res));
	ATF_CHECK_STREQ("a: longer than 256 MiB\n", lines);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, added_and_deleted);
	ATF_TP_ADD_TC(tp, complaints);
	ATF_TP_ADD_TC(tp, checked_only);
	ATF_TP_ADD_TC(tp, too_long);
	return atf_no_error();
}
