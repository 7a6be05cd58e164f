/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of tables of domains and of users, and of single domains: what they
 * say is what an obvious list says.
 */

#include <sys/types.h>

#include <atf-c.h>

#include "base/hostname.h"
#include "base/login.h"
#include "table/entry.h"
#include "table/siphash.h"
#include "table_set.h"

#define ROUNDS      500
#define ENTRIES_MAX 24
#define NAMES       (3 + 9 + 27 + 81)
#define NAME_SIZE   16

/* All names of up to four labels that are a, b or c. */
static char names[NAMES][NAME_SIZE];

static void make_names(void);
static void draw_entries(char *, size_t, uint8_t *);
static int  bits_have(const uint8_t *, const char *);
static int  refused(int (*)(const char *, size_t, const char **), const char *);
static int  domain_entry(const char *, size_t, const char **);

ATF_TC(random_sets);
ATF_TC_HEAD(random_sets, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "tables have just the names and subdomains that were added and "
	    "not deleted");
}
ATF_TC_BODY(random_sets, tc)
{
	struct table_result res;
	struct image        im[2], again;
	struct table        t, t2;
	uint8_t             has[NAMES], add[NAMES], del[NAMES];
	uint32_t            added, deleted, n;
	char                addtext[ENTRIES_MAX * (NAME_SIZE + 3)];
	char                deltext[ENTRIES_MAX * (NAME_SIZE + 3)];
	char               *entries;
	size_t              i;
	unsigned int        round, step;

	make_names();
	memset(im, 0, sizeof(im));
	for (round = 0; round < ROUNDS; round++) {
		table_init_empty(&t, TABLE_DOMAIN);
		memset(has, 0, sizeof(has));
		for (step = 0; step < 4; step++) {
			draw_entries(addtext, sizeof(addtext), add);
			draw_entries(deltext, sizeof(deltext), del);
			image_make(&im[step % 2], TABLE_DOMAIN, &t, deltext,
			    addtext, &res);
			ATF_REQUIRE_EQ(0,
			    table_init(&t, TABLE_DOMAIN,
				image_seal(&im[step % 2]), im[step % 2].len));
			added = deleted = n = 0;
			for (i = 0; i < NAMES; i++) {
				deleted += (has[i] & del[i]) != 0;
				has[i] &= (uint8_t)~del[i];
				added += (add[i] & ~has[i]) != 0;
				has[i] |= add[i];
				n += has[i] != 0;
			}
			ATF_CHECK_EQ(n, t.entries);
			ATF_CHECK_EQ(n, res.entries);
			/* An entry may be given in two parts. */
			ATF_CHECK(res.added >= added);
			ATF_CHECK(res.deleted >= deleted);
			for (i = 0; i < NAMES; i++)
				ATF_REQUIRE_EQ_MSG(bits_have(has, names[i]),
				    table_has_name(&t, names[i]), "%s",
				    names[i]);
			ATF_CHECK(!table_has_name(&t, "d"));
			ATF_CHECK(!table_has_name(&t, ""));
			/* What is listed makes the same table again. */
			entries = table_text(&t);
			image_make(&again, TABLE_DOMAIN, NULL, NULL, entries,
			    &res);
			ATF_CHECK_EQ(n, res.added);
			ATF_REQUIRE_EQ(0,
			    table_init(&t2, TABLE_DOMAIN, again.p, again.len));
			for (i = 0; i < NAMES; i++)
				ATF_REQUIRE_EQ(table_has_name(&t, names[i]),
				    table_has_name(&t2, names[i]));
			free(entries);
			image_free(&again);
			image_free(&im[(step + 1) % 2]);
		}
		image_free(&im[0]);
		image_free(&im[1]);
	}
}

static void
make_names(void)
{
	char   parent[NAME_SIZE];
	size_t i, n = 3;

	for (i = 0; i < 3; i++)
		(void)snprintf(names[i], NAME_SIZE, "%c", "abc"[i]);
	for (i = 0; n < NAMES; n++) {
		(void)strlcpy(parent, names[i], sizeof(parent));
		(void)snprintf(names[n], NAME_SIZE, "%c.%.13s", "abc"[n % 3],
		    parent);
		i += n % 3 == 2;
	}
}

/* A text, and which bits of each name it has. */
static void
draw_entries(char *text, size_t size, uint8_t *bits)
{
	static const char *const before[] = {
		[DOMAIN_SELF] = "",
		[DOMAIN_SUBS] = "*.",
		[DOMAIN_BOTH] = ".",
	};
	size_t  i, n, len = 0;
	uint8_t what;

	memset(bits, 0, NAMES);
	text[0] = '\0';
	for (n = (size_t)rand() % ENTRIES_MAX; n > 0; n--) {
		i = (size_t)rand() % NAMES;
		if (rand() % 2 == 0)
			i %= 12;
		what = (uint8_t)(1 + rand() % 3);
		bits[i] |= what;
		len += (size_t)snprintf(text + len, size - len, "%s%s\n",
		    before[what], names[i]);
	}
}

static int
bits_have(const uint8_t *bits, const char *name)
{
	size_t i, n = strlen(name), len;

	for (i = 0; i < NAMES; i++) {
		len = strlen(names[i]);
		if ((bits[i] & DOMAIN_SELF) && strcmp(names[i], name) == 0)
			return 1;
		if ((bits[i] & DOMAIN_SUBS) && len < n &&
		    name[n - len - 1] == '.' &&
		    strcmp(names[i], name + n - len) == 0)
			return 1;
	}
	return 0;
}

ATF_TC(single);
ATF_TC_HEAD(single, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a domain matches itself, its subdomains or both, as written");
}
ATF_TC_BODY(single, tc)
{
	static const struct {
		const char *entry;
		const char *name;
		int         match;
	} cases[] = {
		{ "example.com", "example.com", 1 },
		{ "example.com", "www.example.com", 0 },
		{ "example.com", "example.co", 0 },
		{ "example.com", "xample.com", 0 },
		{ "example.com", "badexample.com", 0 },
		{ "*.example.com", "example.com", 0 },
		{ "*.example.com", "www.example.com", 1 },
		{ "*.example.com", "a.b.c.example.com", 1 },
		{ "*.example.com", "badexample.com", 0 },
		{ "*.example.com", "com", 0 },
		{ ".example.com", "example.com", 1 },
		{ ".example.com", "www.example.com", 1 },
		{ ".example.com", "badexample.com", 0 },
		{ ".com", "com", 1 },
		{ ".com", "example.com", 1 },
		{ ".com", "example.comx", 0 },
		{ "*.onion", "abc.onion", 1 },
		{ "EXAMPLE.Com.", "example.com", 1 },
		{ "*.EXAMPLE.Com.", "www.example.com", 1 },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example", 1 },
		{ "_dmarc.example.com", "_dmarc.example.com", 1 },
	};
	struct table_result res;
	struct image        im;
	struct table        t;
	struct domain       d, d2;
	const char         *why;
	char                text[DOMAIN_STRLEN];
	size_t              i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_REQUIRE_EQ(0,
		    entry_domain(&d, cases[i].entry, strlen(cases[i].entry),
			&why));
		ATF_CHECK_EQ_MSG(cases[i].match,
		    domain_match(&d, cases[i].name), "%s: %s", cases[i].entry,
		    cases[i].name);
		image_make(&im, TABLE_DOMAIN, NULL, NULL, cases[i].entry, &res);
		ATF_REQUIRE_EQ(0, table_init(&t, TABLE_DOMAIN, im.p, im.len));
		ATF_CHECK_EQ_MSG(cases[i].match,
		    table_has_name(&t, cases[i].name), "%s: %s", cases[i].entry,
		    cases[i].name);
		image_free(&im);
		domain_print(&d, text, sizeof(text));
		ATF_REQUIRE_EQ(0, entry_domain(&d2, text, strlen(text), &why));
		ATF_CHECK(d.what == d2.what && strcmp(d.name, d2.name) == 0);
	}
}

ATF_TC(longest);
ATF_TC_HEAD(longest, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the longest names and those of most labels are found");
}
ATF_TC_BODY(longest, tc)
{
	struct table_result res;
	struct image        im;
	struct table        t;
	char                name[HOSTNAME_MAX + 1], entry[DOMAIN_STRLEN];
	char               *listed;
	size_t              i;

	/* 127 labels of one letter. */
	for (i = 0; i < HOSTNAME_MAX; i++)
		name[i] = i % 2 == 0 ? 'a' : '.';
	name[HOSTNAME_MAX] = '\0';
	(void)snprintf(entry, sizeof(entry), ".%s", name);
	image_make(&im, TABLE_DOMAIN, NULL, NULL, entry, &res);
	ATF_REQUIRE_EQ(0,
	    table_init(&t, TABLE_DOMAIN, image_seal(&im), im.len));
	ATF_CHECK(table_has_name(&t, name));
	ATF_CHECK(!table_has_name(&t, name + 2));
	image_free(&im);
	(void)snprintf(entry, sizeof(entry), "*.%s", name);
	image_make(&im, TABLE_DOMAIN, NULL, NULL, entry, &res);
	ATF_REQUIRE_EQ(0,
	    table_init(&t, TABLE_DOMAIN, image_seal(&im), im.len));
	ATF_CHECK(!table_has_name(&t, name));
	listed = table_text(&t);
	listed[strcspn(listed, "\n")] = '\0';
	ATF_CHECK_STREQ(entry, listed);
	free(listed);
	image_free(&im);
	image_make(&im, TABLE_DOMAIN, NULL, NULL, "*.a", &res);
	ATF_REQUIRE_EQ(0,
	    table_init(&t, TABLE_DOMAIN, image_seal(&im), im.len));
	ATF_CHECK(table_has_name(&t, name));
	image_free(&im);
}

ATF_TC(users);
ATF_TC_HEAD(users, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "users are found by just their name, whatever bytes are asked for");
}
ATF_TC_BODY(users, tc)
{
	struct table_result res;
	struct image        im, im2;
	struct table        t, t2;
	char                longest[LOGIN_FIELD_MAX + 1], text[600];

	memset(longest, 'x', sizeof(longest));
	longest[LOGIN_FIELD_MAX] = '\0';
	(void)snprintf(text, sizeof(text),
	    "alice bob\nBob M\xc3\xbcller "
	    "a@b.example %s alice",
	    longest);
	image_make(&im, TABLE_USER, NULL, NULL, text, &res);
	ATF_CHECK_EQ(6, res.entries);
	ATF_CHECK_EQ(6, res.added);
	ATF_REQUIRE_EQ(0, table_init(&t, TABLE_USER, image_seal(&im), im.len));
	ATF_CHECK(table_has_user(&t, "alice", 5));
	ATF_CHECK(table_has_user(&t, "bob", 3));
	ATF_CHECK(table_has_user(&t, "Bob", 3));
	ATF_CHECK(table_has_user(&t, "M\xc3\xbcller", 7));
	ATF_CHECK(table_has_user(&t, longest, LOGIN_FIELD_MAX));
	ATF_CHECK(!table_has_user(&t, longest, LOGIN_FIELD_MAX - 1));
	ATF_CHECK(!table_has_user(&t, "alice", 6));
	ATF_CHECK(!table_has_user(&t, "alice\0x", 7));
	ATF_CHECK(!table_has_user(&t, "BOB", 3));
	ATF_CHECK(!table_has_user(&t, "", 0));
	ATF_CHECK(!table_has_user(&t, "b.example", 9));
	ATF_CHECK(!table_has_name(&t, "alice"));
	image_make(&im2, TABLE_USER, &t, "bob carol", "dave", &res);
	ATF_CHECK_EQ(1, res.deleted);
	ATF_CHECK_EQ(1, res.added);
	ATF_CHECK_EQ(6, res.entries);
	ATF_REQUIRE_EQ(0,
	    table_init(&t2, TABLE_USER, image_seal(&im2), im2.len));
	ATF_CHECK(!table_has_user(&t2, "bob", 3));
	ATF_CHECK(table_has_user(&t2, "dave", 4));
	ATF_CHECK(table_has_user(&t2, "Bob", 3));
	image_free(&im);
	image_free(&im2);
}

ATF_TC(no_entries);
ATF_TC_HEAD(no_entries, tc)
{
	atf_tc_set_md_var(tc, "descr", "what is no entry is not taken for one");
}
ATF_TC_BODY(no_entries, tc)
{
	static const char *const domains[] = {
		"",
		".",
		"*",
		"*.",
		"..",
		"*..",
		"a..b",
		".a..b",
		"*.*.a",
		"*a.example",
		"a.*.example",
		"**.example",
		"192.0.2.1",
		"*.192.0.2.1",
		".1",
		"127.1",
		"0x7f.1",
		"::1",
		"[::1]",
		".[::1]",
		"a b",
		"a/b",
		"a%b",
		"b\xc3\xbc.example",
		"-.a b",
		"!example.com",
		"http://example.com",
	};
	static const char *const users[] = { "", "a b", "a\tb", "\x7f", "#a",
		";a" };
	size_t                   i;

	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		ATF_CHECK_MSG(refused(domain_entry, domains[i]), "%s",
		    domains[i]);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		ATF_CHECK_MSG(refused(entry_user, users[i]), "%s", users[i]);
	ATF_CHECK_EQ(TABLE_COUNTRY('U', 'S'), entry_country("US"));
	ATF_CHECK_EQ(TABLE_COUNTRY('U', 'S'), entry_country("uS"));
	ATF_CHECK_EQ(0, entry_country(""));
	ATF_CHECK_EQ(0, entry_country("U"));
	ATF_CHECK_EQ(0, entry_country("USA"));
	ATF_CHECK_EQ(0, entry_country("U1"));
	ATF_CHECK_EQ(0, entry_country("\xc3\xa4"));
}

static int
refused(int (*entry)(const char *, size_t, const char **), const char *text)
{
	const char *why = NULL;

	return entry(text, strlen(text), &why) == -1 && why != NULL;
}

static int
domain_entry(const char *text, size_t len, const char **why)
{
	struct domain d;

	return entry_domain(&d, text, len, why);
}

ATF_TC(hash);
ATF_TC_HEAD(hash, tc)
{
	atf_tc_set_md_var(tc, "descr", "names are hashed as published");
}
ATF_TC_BODY(hash, tc)
{
	/* From the appendix of the paper, and of its reference. */
	static const struct {
		size_t   len;
		uint64_t hash;
	} cases[] = {
		{ 0, 0x726fdb47dd0e0e31 },
		{ 1, 0x74f839c593dc67fd },
		{ 8, 0x93f5f5799a932462 },
		{ 15, 0xa129ca6149be45e5 },
	};
	uint8_t key[SIPHASH_KEY_LEN], data[16];
	size_t  i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = data[i] = (uint8_t)i;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ(cases[i].hash, siphash(key, data, cases[i].len));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random_sets);
	ATF_TP_ADD_TC(tp, single);
	ATF_TP_ADD_TC(tp, longest);
	ATF_TP_ADD_TC(tp, users);
	ATF_TP_ADD_TC(tp, no_entries);
	ATF_TP_ADD_TC(tp, hash);
	return atf_no_error();
}
