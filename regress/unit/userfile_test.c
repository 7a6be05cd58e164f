/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the file of users: what is read from it, what is refused and how
 * that is said, and that a change leaves every other byte alone.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "users/userfile.h"

#define YES                                                                    \
	"$y$j75$5sjCbU3wjxWGref5goJnl/$"                                       \
	"lTUs7H/WLqO1h7BFvtFNv85Gd5YX8da0X/PCD6BFZk5"
#define BCRYPT "$2b$05$J7Gip0FpaoscF5nhoM5TLu0Ou1YVDJttjQjheZ7ktoAmkJ17.y8l2"
#define SHA                                                                    \
	"$6$NP/ZFaOnf/DazUkP$"                                                 \
	"qyCezO5xjgopkAtRhjSd4CR5/x.i1nMKMykUvnEtj1F"                          \
	".rXJISTri6Rn1aI6xzc.Sb05OA95OA9nGQ437pCBc4/"
#define ROUNDS                                                                 \
	"$6$rounds=10000$rx28AaDYYES6usuo$"                                    \
	"UsVMgRijodzHAwd9//G9jMMbrKpDnbRA/XFDe7usPWy"                          \
	"rbzeFlh4OtBVocY0YMH1YGUQgJTcuLJ/8/d.SyIq/u."

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))
#define TURNS     2000

static const char *const good[] = { YES, BCRYPT, SHA, ROUNDS };

/* Complaints as "line: text;", one behind the other. */
struct complaints {
	unsigned int n;
	char         text[8192];
};

static struct userfile *parse(const char *, size_t, struct complaints *);
static void             complain(void *, const char *, uint32_t, const char *);
static void             refused_as(const char *, const char *);
static char  *edited(const char *, enum user_op, const char *, const char *,
     const char *);
static void   same_user(const struct user_entry *, const struct user_entry *);
static size_t random_file(char *, size_t, unsigned int);

static struct userfile *
parse(const char *text, size_t len, struct complaints *c)
{
	memset(c, 0, sizeof(*c));
	return userfile_parse("users", text, len, complain, c);
}

static void
complain(void *arg, const char *file, uint32_t line, const char *text)
{
	struct complaints *c = arg;
	char               one[1024];

	ATF_CHECK_STREQ("users", file);
	(void)snprintf(one, sizeof(one), "%u: %s;", line, text);
	(void)strlcat(c->text, one, sizeof(c->text));
	c->n++;
}

/* The file gets exactly these complaints. */
static void
refused_as(const char *text, const char *want)
{
	struct complaints c;

	ATF_CHECK_EQ_MSG(NULL, parse(text, strlen(text), &c), "%s", text);
	ATF_CHECK_STREQ_MSG(want, c.text, "%s", text);
}

ATF_TC(hashes);
ATF_TC_HEAD(hashes, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whole hashes of accepted methods are taken, no cut or longer one");
}
ATF_TC_BODY(hashes, tc)
{
	static const enum userhash_method want[] = {
		USERHASH_YESCRYPT,
		USERHASH_BCRYPT,
		USERHASH_SHA512,
		USERHASH_SHA512,
	};
	char        text[HASH_SETTING_SIZE];
	const char *why;
	size_t      i, n, len;

	for (i = 0; i < NITEMS(good); i++) {
		ATF_CHECK_EQ(want[i], userhash_check(good[i], &why));
		len = strlen(good[i]);
		for (n = 0; n < len; n++) {
			memcpy(text, good[i], n);
			text[n] = '\0';
			ATF_CHECK_EQ_MSG(USERHASH_NONE,
			    userhash_check(text, &why), "%s", text);
			ATF_CHECK(strncmp(why, "hash: ", 6) == 0);
		}
		(void)snprintf(text, sizeof(text), "%s.", good[i]);
		ATF_CHECK_EQ(USERHASH_NONE, userhash_check(text, &why));
		/* No byte may be one that is no digit. */
		for (n = 3; n < len; n++) {
			(void)strlcpy(text, good[i], sizeof(text));
			text[n] = ' ';
			ATF_CHECK_EQ_MSG(USERHASH_NONE,
			    userhash_check(text, &why), "%s", text);
		}
	}
}

ATF_TC(made_hashes);
ATF_TC_HEAD(made_hashes, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what libcrypt makes is taken up to the limit of cost, and fits");
}
ATF_TC_BODY(made_hashes, tc)
{
	static const struct {
		const char          *prefix;
		unsigned long        first;
		unsigned long        last;
		unsigned long        most;
		enum userhash_method method;
	} made[] = {
		{ "$y$", 1, 11, 7, USERHASH_YESCRYPT },
		{ "$2b$", 4, 20, 14, USERHASH_BCRYPT },
		{ "$2y$", 4, 20, 14, USERHASH_BCRYPT },
		{ "$2a$", 4, 20, 14, USERHASH_BCRYPT },
		{ "$6$", 999000, 1001000, 1000000, USERHASH_SHA512 },
	};
	static const size_t tail[] = { 0, 44, 31, 87 };
	char                setting[CRYPT_GENSALT_OUTPUT_SIZE];
	char                hash[HASH_SETTING_SIZE];
	const char         *why;
	unsigned long       cost, step;
	size_t              i, n;

	for (i = 0; i < NITEMS(made); i++) {
		step = made[i].last > 1000 ? 250 : 1;
		for (cost = made[i].first; cost <= made[i].last; cost += step) {
			ATF_REQUIRE(crypt_gensalt_rn(made[i].prefix, cost, NULL,
					0, setting, sizeof(setting)) != NULL);
			/* As long as a hash, without the work. */
			(void)strlcpy(hash, setting, sizeof(hash));
			n = strlen(hash);
			memset(hash + n, '.', tail[made[i].method]);
			hash[n + tail[made[i].method]] = '\0';
			if (made[i].method != USERHASH_BCRYPT)
				hash[n] = '$';
			ATF_CHECK_EQ_MSG(cost <= made[i].most ? made[i].method :
								USERHASH_NONE,
			    userhash_check(hash, &why), "%s", hash);
			if (cost > made[i].most)
				ATF_CHECK_MSG(strstr(why, "too high a cost") !=
					NULL,
				    "%s: %s", hash, why);
		}
	}
}

ATF_TC(weak_hashes);
ATF_TC_HEAD(weak_hashes, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "weak, locked, unknown and too costly hashes are refused by name");
}
ATF_TC_BODY(weak_hashes, tc)
{
	static const char *const cases[][2] = {
		{ "", "missing" },
		{ "secret", "not a password hash" },
		{ "ab01FAX.bQRSU", "DES" },
		{ "_J9..rasmBYk8r9AiWNc", "DES" },
		{ "$1$rasmusle$rISCgZzpwk3UhDidwXvin0", "MD5" },
		{ "$apr1$x$y", "MD5" },
		{ "$md5$x$y", "MD5" },
		{ "$md5,rounds=5$x$y", "MD5" },
		{ "$3$$8846f7eaee8fb117ad06bdd830b7586c", "NTHASH" },
		{ "$sha1$4$x$y", "SHA-1" },
		{ "$5$saltstring$x", "sha256" },
		{ "$7$CU..../....x$y", "scrypt" },
		{ "$gy$j9T$x$y", "gost" },
		{ "$argon2id$v=19$m=65536,t=3,p=4$x$y", "argon2" },
		{ "$2x$05$abc", "$2x$" },
		{ "$2$05$abc", "$2$" },
		{ "{SSHA}xyz", "LDAP" },
		{ "*", "locked" },
		{ "!", "locked" },
		{ "!!", "locked" },
		{ "!" YES, "locked" },
		{ "*LK*", "locked" },
		{ "$z$x", "unknown method" },
		{ "$", "unknown method" },
		/* Another flavor, more parameters, a huge N, r and rounds. */
		{ "$y$.75$abcd$x", "flavor" },
		{ "$y$j7T/.$abcd$x", "more parameters" },
		{ "$y$jz5$abcd$x", "too high" },
		{ "$y$j7z$a$b", "too high" },
		{ "$y$j7", "malformed" },
		{ "$y$j", "malformed" },
		{ "$2b$15$x", "too high" },
		{ "$2b$99$x", "too high" },
		{ "$2b$03$x", "malformed" },
		{ "$2b$5$x", "malformed" },
		{ "$6$rounds=1000001$a$b", "too high" },
		{ "$6$rounds=99999999999999999999$a$b", "too high" },
		{ "$6$rounds=999$a$b", "malformed" },
		{ "$6$rounds=05000$a$b", "malformed" },
		{ "$6$rounds=$a$b", "malformed" },
		{ "$6$rounds=-1$a$b", "malformed" },
	};
	const char *why;
	size_t      i;

	for (i = 0; i < NITEMS(cases); i++) {
		ATF_CHECK_EQ_MSG(USERHASH_NONE,
		    userhash_check(cases[i][0], &why), "%s", cases[i][0]);
		ATF_CHECK_MSG(strstr(why, cases[i][1]) != NULL, "%s: %s",
		    cases[i][0], why);
	}
}

ATF_TC(whole_file);
ATF_TC_HEAD(whole_file, tc)
{
	atf_tc_set_md_var(tc, "descr", "a file is read with all its options");
}
ATF_TC_BODY(whole_file, tc)
{
	static const char mapped[] = "zoe:" YES ":from=::ffff:10.0.0.0/104\n";
	static const char text[] =
	    "# users\n"
	    "\n"
	    " \t \n"
	    "zoe:" YES ":groups=staff+admins,from=10.0.0.0/8,"
	    "expires=2027-01-31,from=2001:db8::/32,disabled\n"
	    "#off:" YES "\n"
	    "alice:" BCRYPT "\n"
	    " b@d name:" SHA ":";
	struct complaints        c;
	const struct user_entry *e;
	struct userfile         *u;
	struct addr              a;

	u = parse(text, sizeof(text) - 1, &c);
	ATF_REQUIRE_MSG(u != NULL, "%s", c.text);
	ATF_CHECK_EQ(3, u->nusers);
	ATF_REQUIRE((e = userfile_find(u, "zoe", 3)) != NULL);
	ATF_CHECK_EQ(4, e->line);
	ATF_CHECK_STREQ(YES, e->hash);
	ATF_CHECK_STREQ("groups=staff+admins,from=10.0.0.0/8,"
			"expires=2027-01-31,from=2001:db8::/32,disabled",
	    e->options);
	ATF_CHECK_EQ(USERHASH_YESCRYPT, e->method);
	ATF_CHECK_EQ(1, e->disabled);
	ATF_CHECK_EQ(1801353600, e->expires);
	ATF_REQUIRE_EQ(2, e->ngroups);
	ATF_CHECK_STREQ("staff", e->group[0]);
	ATF_CHECK_STREQ("admins", e->group[1]);
	ATF_REQUIRE_EQ(2, e->nfrom);
	ATF_REQUIRE_EQ(0, addr_parse(&a, "10.1.2.3"));
	ATF_CHECK_EQ(1, user_entry_from(e, &a));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "2001:db8:1::1"));
	ATF_CHECK_EQ(1, user_entry_from(e, &a));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "11.1.2.3"));
	ATF_CHECK_EQ(0, user_entry_from(e, &a));
	ATF_REQUIRE((e = userfile_find(u, "alice", 5)) != NULL);
	ATF_CHECK_EQ(1, user_entry_from(e, &a));
	ATF_CHECK_EQ(0, e->disabled + e->expires + e->ngroups + e->nfrom);
	ATF_CHECK(userfile_find(u, " b@d name", 9) != NULL);
	ATF_CHECK(userfile_find(u, "b@d name", 8) == NULL);
	ATF_CHECK(userfile_find(u, "alice\0x", 7) == NULL);
	ATF_CHECK(userfile_find(u, "", 0) == NULL);
	ATF_CHECK(userfile_find(u, "#off", 4) == NULL);
	userfile_free(u);

	/* No client is ever written so. */
	ATF_REQUIRE((u = parse(mapped, sizeof(mapped) - 1, &c)) != NULL);
	ATF_REQUIRE((e = userfile_find(u, "zoe", 3)) != NULL);
	ATF_REQUIRE_EQ(0, addr_parse(&a, "10.1.2.3"));
	ATF_CHECK_EQ(1, user_entry_from(e, &a));
	ATF_REQUIRE_EQ(0, addr_parse(&a, "11.1.2.3"));
	ATF_CHECK_EQ(0, user_entry_from(e, &a));
	userfile_free(u);

	ATF_REQUIRE((u = parse(NULL, 0, &c)) != NULL);
	ATF_CHECK_EQ(0, u->nusers);
	ATF_CHECK(userfile_find(u, "a", 1) == NULL);
	userfile_free(u);
	userfile_free(NULL);
}

ATF_TC(bad_lines);
ATF_TC_HEAD(bad_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each bad line is named with what is wrong, all in one run");
}
ATF_TC_BODY(bad_lines, tc)
{
	refused_as("alice\n",
	    "1: no colon: a line is "
	    "name:hash[:option,...];");
	refused_as(":" YES "\n", "1: the name is empty;");
	refused_as("#\na:" YES "\r:disabled\n", "3: the name is empty;");
	refused_as("\xff\xfe"
		   "a:" YES "\n",
	    "1: text in UTF-16: save it as UTF-8;");
	refused_as("#\n\na:x\nb:" YES "\nc:*\n"
		   "d:" YES ":disabled,\n",
	    "3: hash: not a password hash; socks5ctl hash makes one;"
	    "5: hash: a locked password; use the option \"disabled\";"
	    "6: options: a comma at the end;");
#define KNOWN "; known are groups=, expires=, from= and disabled;"
	refused_as("a:" YES ":Disabled\nb:" YES ":from=::1,group=x\n"
		   "c:" YES ": from=::1\nd:" YES ":=\n"
		   "e:" YES ":from=::1,,disabled\nf:" YES ":,disabled\n",
	    "1: unknown option \"Disabled\"" KNOWN
	    "2: unknown option \"group=\"" KNOWN
	    "3: unknown option \" from=\"" KNOWN "4: unknown option \"=\"" KNOWN
	    "5: options: nothing between two commas;"
	    "6: options: nothing before a comma;");
	/* What could be a hash or a password is not shown. */
	refused_as("a:" YES ":" SHA "\nb:" YES ":hunter2\n"
		   "c:" YES ":abcdefghijklm\n",
	    "1: unknown option" KNOWN "2: unknown option" KNOWN
	    "3: unknown option" KNOWN);
	refused_as("a:" YES "\nb:" YES "\na:" SHA "\n\nb:" YES "\n",
	    "3: user a: given twice: first in line 1;"
	    "5: user b: given twice: first in line 2;");
}

ATF_TC(as_people_have_them);
ATF_TC_HEAD(as_people_have_them, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a mark in front, any line ends and blanks at the end change "
	    "nothing, and an edit keeps them");
}
ATF_TC_BODY(as_people_have_them, tc)
{
	static const struct {
		const char *text;
		const char *added;   /* with c */
		const char *deleted; /* without a */
	} all[] = {
		{ "a:" YES "\nb:" YES ":groups=g",
		    "a:" YES "\nb:" YES ":groups=g\nc:" SHA "\n",
		    "b:" YES ":groups=g" },
		{ "\xef\xbb\xbf"
		  "a:" YES "\r\nb:" YES ":groups=g\r\n",
		    "\xef\xbb\xbf"
		    "a:" YES "\r\nb:" YES ":groups=g\r\n"
		    "c:" SHA "\r\n",
		    "\xef\xbb\xbf"
		    "b:" YES ":groups=g\r\n" },
		{ "\xef\xbb\xbf"
		  "a:" YES " \t\r\nb:" YES ":groups=g \r",
		    "\xef\xbb\xbf"
		    "a:" YES " \t\r\nb:" YES ":groups=g \r"
		    "c:" SHA "\r\n",
		    "\xef\xbb\xbf"
		    "b:" YES ":groups=g \r" },
		{ "a:" YES "\rb:" YES ":groups=g",
		    "a:" YES "\rb:" YES ":groups=g\rc:" SHA "\r",
		    "b:" YES ":groups=g" },
	};
	const struct user_entry *e;
	struct complaints        c;
	struct userfile         *u;
	char                    *out;
	size_t                   i;

	for (i = 0; i < NITEMS(all); i++) {
		u = parse(all[i].text, strlen(all[i].text), &c);
		ATF_REQUIRE_MSG(u != NULL, "%zu: %s", i, c.text);
		ATF_CHECK_EQ(2, u->nusers);
		ATF_REQUIRE((e = userfile_find(u, "a", 1)) != NULL);
		ATF_CHECK_STREQ(YES, e->hash);
		ATF_REQUIRE((e = userfile_find(u, "b", 1)) != NULL);
		ATF_CHECK_STREQ("groups=g", e->options);
		userfile_free(u);
		out = edited(all[i].text, USER_ADD, "c", SHA, "");
		ATF_CHECK_STREQ(all[i].added, out);
		free(out);
		out = edited(all[i].text, USER_DELETE, "a", "", "");
		ATF_CHECK_STREQ(all[i].deleted, out);
		free(out);
	}
}

ATF_TC(bad_options);
ATF_TC_HEAD(bad_options, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "options that are not right are refused");
}
ATF_TC_BODY(bad_options, tc)
{
	static const char *const bad[] = {
		",",
		",disabled",
		"disabled,",
		"disabled,,disabled",
		"Disabled",
		"disable",
		"disabled=1",
		"group=a",
		"groups=",
		"groups=a+",
		"groups=+a",
		"groups=a+a",
		"groups=a,groups=b",
		"groups=a b",
		"groups=a:b",
		"groups=caf\xc3\xa9",
		"groups=a2345678901234567890123456789012",
		"groups=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q",
		"expires=",
		"expires=never",
		"expires=2027-1-31",
		"expires=2027-02-29",
		"expires=2027-13-01",
		"expires=2027-00-01",
		"expires=2027-01-00",
		"expires=2027-01-32",
		"expires=1999-12-31",
		"expires=2027/01/31",
		"expires=2027-01-3x",
		"expires=2027-01-31,expires=2028-01-31",
		"from=",
		"from=localhost",
		"from=10.0.0.1/8",
		"from=10/8",
		"from=10.0.0.0/33",
		"from=::1/129",
		"from=fe80::1%lo",
	};
	static const char *const fine[] = {
		"",
		"disabled",
		"disabled,disabled",
		"groups=a",
		"groups=A-b_c.9",
		"groups=a234567890123456789012345678901",
		"groups=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p",
		"expires=2028-02-29",
		"expires=9999-12-31",
		"from=10.0.0.0/8",
		"from=::/0,from=0.0.0.0/0",
		"from=::1",
	};
	struct complaints c;
	struct userfile  *u;
	char              text[1024];
	size_t            i;
	int               n;

	for (i = 0; i < NITEMS(bad); i++) {
		n = snprintf(text, sizeof(text), "a:%s:%s\n", YES, bad[i]);
		ATF_CHECK_EQ_MSG(NULL, parse(text, (size_t)n, &c), "%s",
		    bad[i]);
		ATF_CHECK_EQ_MSG(1, c.n, "%s: %s", bad[i], c.text);
	}
	for (i = 0; i < NITEMS(fine); i++) {
		n = snprintf(text, sizeof(text), "a:%s:%s\n", YES, fine[i]);
		ATF_CHECK_MSG((u = parse(text, (size_t)n, &c)) != NULL,
		    "%s: %s", fine[i], c.text);
		userfile_free(u);
	}
}

ATF_TC(names);
ATF_TC_HEAD(names, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "names are of 1 to 255 bytes, any but colon, line ends and NUL");
}
ATF_TC_BODY(names, tc)
{
	struct complaints c;
	struct userfile  *u;
	char              text[1024], name[300];
	size_t            len, n;
	int               byte, fine;

	for (len = 1; len <= 256; len++) {
		memset(name, (int)(128 + len % 100), len);
		memcpy(text, name, len);
		n = len +
		    (size_t)snprintf(text + len, sizeof(text) - len, ":%s\n",
			YES);
		u = parse(text, n, &c);
		ATF_CHECK_EQ_MSG(len <= 255, u != NULL, "%zu", len);
		if (u != NULL)
			ATF_CHECK(userfile_find(u, name, len) != NULL);
		userfile_free(u);
	}
	for (byte = 0; byte < 256; byte++) {
		name[0] = 'x';
		name[1] = (char)byte;
		memcpy(text, name, 2);
		n = 2 +
		    (size_t)snprintf(text + 2, sizeof(text) - 2, ":%s\n", YES);
		fine = byte != '\0' && byte != '\n' && byte != '\r' &&
		    byte != ':';
		u = parse(text, n, &c);
		ATF_CHECK_EQ_MSG(fine, u != NULL, "byte %d", byte);
		if (u != NULL)
			ATF_CHECK(userfile_find(u, name, 2) != NULL);
		userfile_free(u);
	}
}

ATF_TC(no_hash_in_complaints);
ATF_TC_HEAD(no_hash_in_complaints, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever is broken in a line, no complaint shows its hash");
}
ATF_TC_BODY(no_hash_in_complaints, tc)
{
	static const char line[] = "u:" YES ":groups=a,disabled\n";
	struct complaints c;
	char              text[2 * sizeof(line)], piece[9];
	size_t            i, n, len;

	for (i = 0; i < 20 * sizeof(line); i++) {
		memcpy(text, line, sizeof(line));
		n = i % (sizeof(line) - 1);
		text[n] = "#:,=$+x\n \r"[i / sizeof(line) % 10];
		/* Twice, so that names can be there twice, too. */
		memcpy(text + sizeof(line) - 1, text, sizeof(line) - 1);
		userfile_free(parse(text, 2 * (sizeof(line) - 1), &c));
		len = strlen(YES);
		for (n = 0; n + 8 <= len; n++) {
			memcpy(piece, YES + n, 8);
			piece[8] = '\0';
			ATF_CHECK_MSG(strstr(c.text, piece) == NULL, "%s: %s",
			    text, c.text);
		}
	}
}

ATF_TC(limits);
ATF_TC_HEAD(limits, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "100000 users and 16 MiB are taken, not one more; junk is not "
	    "complained about without end");
}
ATF_TC_BODY(limits, tc)
{
	struct complaints c;
	struct userfile  *u;
	char             *text, name[16];
	size_t            n, len, whole;
	int               i;

	ATF_REQUIRE((text = malloc(USERFILE_SIZE_MAX + 1)) != NULL);
	for (len = 0, i = 0; i <= USERFILE_USERS_MAX; i++) {
		whole = len;
		len += (size_t)snprintf(text + len, USERFILE_SIZE_MAX - len,
		    "u%d:%s\n", i * 7919 % 1000003, YES);
	}
	ATF_REQUIRE_MSG((u = parse(text, whole, &c)) != NULL, "%s", c.text);
	ATF_CHECK_EQ(USERFILE_USERS_MAX, u->nusers);
	for (i = 0; i < USERFILE_USERS_MAX; i++) {
		n = (size_t)snprintf(name, sizeof(name), "u%d",
		    i * 7919 % 1000003);
		ATF_REQUIRE(userfile_find(u, name, n) != NULL);
	}
	userfile_free(u);
	ATF_CHECK(parse(text, len, &c) == NULL);
	ATF_CHECK_STREQ("100001: too many users: more than 100000;", c.text);

	memset(text, '#', USERFILE_SIZE_MAX + 1);
	ATF_CHECK((u = parse(text, USERFILE_SIZE_MAX, &c)) != NULL);
	userfile_free(u);
	ATF_CHECK(parse(text, USERFILE_SIZE_MAX + 1, &c) == NULL);
	ATF_CHECK_STREQ("0: too long: more than 16 MiB;", c.text);

	for (n = 0; n < 10000; n += 2)
		memcpy(text + n, "x\n", 2);
	ATF_CHECK(parse(text, n, &c) == NULL);
	ATF_CHECK_EQ(21, c.n);
	free(text);
}

/* The changed text, with a NUL; NULL if it was refused. */
static char *
edited(const char *text, enum user_op op, const char *name, const char *hash,
    const char *options)
{
	struct msg_user_edit e;
	enum userfile_edit   result;
	char                *out, *s, why[USERFILE_WHY_SIZE];
	size_t               len;

	memset(&e, 0, sizeof(e));
	e.op = op;
	(void)strlcpy(e.name, name, sizeof(e.name));
	(void)strlcpy(e.hash, hash, sizeof(e.hash));
	(void)strlcpy(e.options, options, sizeof(e.options));
	result = userfile_edit(text, strlen(text), &e, &out, &len, why);
	if (result == USERFILE_EDIT_NOTHING) {
		ATF_CHECK(why[0] == '\0');
		ATF_REQUIRE((s = strdup(text)) != NULL);
		return s;
	}
	if (result != USERFILE_EDITED) {
		ATF_CHECK(why[0] != '\0');
		ATF_CHECK(hash[0] == '\0' || strstr(why, hash) == NULL);
		return NULL;
	}
	ATF_REQUIRE((s = malloc(len + 1)) != NULL);
	memcpy(s, out, len);
	s[len] = '\0';
	ATF_CHECK_EQ(len, strlen(s));
	free(out);
	return s;
}

ATF_TC(edit);
ATF_TC_HEAD(edit, tc)
{
	atf_tc_set_md_var(tc, "descr", "every change says what it should");
}
ATF_TC_BODY(edit, tc)
{
	static const struct {
		enum user_op op;
		const char  *hash;
		const char  *options;
		const char  *before;
		const char  *after; /* NULL: refused */
	} cases[] = {
		{ USER_ADD, SHA, "", "", "bob:" SHA "\n" },
		{ USER_ADD, SHA, "disabled", "#x",
		    "#x\nbob:" SHA ":disabled\n" },
		{ USER_ADD, SHA, "groups=a", "#bob:" SHA "\n\n",
		    "#bob:" SHA "\n\nbob:" SHA ":groups=a\n" },
		{ USER_ADD, SHA, "", "bob:" YES "\n", NULL },
		{ USER_ADD, SHA, "", "bob:junk\n", NULL },
		{ USER_ADD, "x", "", "", NULL },
		{ USER_ADD, SHA, "x", "", NULL },
		{ USER_ADD, SHA, "disabled\neve:" SHA, "", NULL },
		{ USER_ADD, SHA "\neve:" SHA, "", "", NULL },
		{ USER_ADD, SHA ":disabled", "", "", NULL },
		{ USER_PASSWD, SHA, "", "a:b\nbob:" YES "\n#z",
		    "a:b\nbob:" SHA "\n#z" },
		{ USER_PASSWD, SHA, "", "bob:*:disabled",
		    "bob:" SHA ":disabled" },
		{ USER_PASSWD, "", "", "bob:" YES "\n", NULL },
		{ USER_PASSWD, SHA, "", "bobby:" YES "\n", NULL },
		{ USER_DELETE, "", "", "a\nbob:junk\n#z\n", "a\n#z\n" },
		{ USER_DELETE, "", "", "a\nbob:junk", "a\n" },
		{ USER_DELETE, "", "", "bob:", "" },
		{ USER_DELETE, "", "", "bob", NULL },
		{ USER_DELETE, "", "", "", NULL },
		{ USER_DELETE, "", "", "#bob:x\nbo:x\nbobb:x\n", NULL },
		{ USER_DELETE, "", "", "bob:x\nbob:y\n", NULL },
		{ USER_DISABLE, "", "", "bob:" YES "\n",
		    "bob:" YES ":disabled\n" },
		{ USER_DISABLE, "", "", "bob:" YES ":\n",
		    "bob:" YES ":disabled\n" },
		{ USER_DISABLE, "", "", "bob:" YES ":groups=a\n",
		    "bob:" YES ":groups=a,disabled\n" },
		{ USER_DISABLE, "", "", "bob:" YES ":disabled,groups=a\n",
		    "bob:" YES ":groups=a,disabled\n" },
		{ USER_DISABLE, "", "", "bob:*\n", NULL },
		{ USER_ENABLE, "", "", "bob:" YES ":disabled", "bob:" YES },
		{ USER_ENABLE, "", "", "bob:" YES ":from=::1,disabled\n",
		    "bob:" YES ":from=::1\n" },
		{ USER_ENABLE, "", "",
		    "bob:" YES ":disabled,groups=disabled,"
		    "disabled\n",
		    "bob:" YES ":groups=disabled\n" },
		{ USER_ENABLE, "", "", "bob:" YES "\n", "bob:" YES "\n" },
		{ USER_SET, "", "groups=a", "bob:" YES "\n#z",
		    "bob:" YES ":groups=a\n#z" },
		{ USER_SET, "", "groups=b+c",
		    "bob:" YES ":disabled,groups=a,from=::1\n",
		    "bob:" YES ":disabled,groups=b+c,from=::1\n" },
		{ USER_SET, "", "from=::2,expires=2030-01-01,from=::3",
		    "bob:" YES ":from=::1,groups=a,from=::4\n",
		    "bob:" YES
		    ":from=::2,from=::3,groups=a,expires=2030-01-01\n" },
		{ USER_SET, "", "groups=-,from=-",
		    "bob:" YES ":groups=a,from=::1\n", "bob:" YES "\n" },
		{ USER_SET, "", "groups=-", "bob:" YES ":groups=a,disabled\n",
		    "bob:" YES ":disabled\n" },
		{ USER_SET, "", "groups=", "bob:" YES ":groups=a\n", NULL },
		{ USER_SET, "", "from=", "bob:" YES ":from=::1\n", NULL },
		{ USER_SET, "", "expires=,groups=a",
		    "bob:" YES ":expires=2020-01-01\n", NULL },
		{ USER_SET, "", "expires=-", "bob:" YES "\n", "bob:" YES "\n" },
		{ USER_SET, "", "disabled", "bob:" YES ":groups=a\n",
		    "bob:" YES ":groups=a,disabled\n" },
		{ USER_SET, "", "groups=a,disabled",
		    "bob:" YES ":disabled,groups=a\n",
		    "bob:" YES ":disabled,groups=a\n" },
		{ USER_SET, "", "group=a", "bob:" YES "\n", NULL },
		{ USER_SET, "", "group=-", "bob:" YES "\n", NULL },
		{ USER_SET, "", "groups=a,groups=b", "bob:" YES "\n", NULL },
		{ USER_SET, "", "disabled=", "bob:" YES ":disabled\n", NULL },
		{ USER_SET, "", "from=::1=", "bob:" YES ":from=::1\n", NULL },
		{ USER_SET, "", "from==-", "bob:" YES ":from=::1\n", NULL },
		{ USER_SET, "", "expires=2030-01-01=",
		    "bob:" YES ":expires=2020-01-01\n", NULL },
		{ USER_SET, "", "from=-,from=::1=", "bob:" YES "\n", NULL },
		{ USER_SET, "", "groups=a", "bobby:" YES "\n", NULL },
	};
	char  *after;
	size_t i;

	for (i = 0; i < NITEMS(cases); i++) {
		after = edited(cases[i].before, cases[i].op, "bob",
		    cases[i].hash, cases[i].options);
		if (cases[i].after == NULL)
			ATF_CHECK_MSG(after == NULL, "case %zu: %s", i, after);
		else {
			ATF_REQUIRE_MSG(after != NULL, "case %zu", i);
			ATF_CHECK_STREQ(cases[i].after, after);
		}
		free(after);
	}
	ATF_CHECK(edited("", USER_ADD, "a:b", SHA, "") == NULL);
	ATF_CHECK(edited("", USER_ADD, "a\nb", SHA, "") == NULL);
	ATF_CHECK(edited("", USER_ADD, "#a", SHA, "") == NULL);
	ATF_CHECK(edited("#a:" SHA "\n", USER_DELETE, "#a", "", "") == NULL);
}

static void
same_user(const struct user_entry *a, const struct user_entry *b)
{
	unsigned int i;

	ATF_REQUIRE(a != NULL && b != NULL);
	ATF_CHECK_STREQ(a->hash, b->hash);
	ATF_CHECK_EQ(a->expires, b->expires);
	ATF_REQUIRE_EQ(a->ngroups, b->ngroups);
	for (i = 0; i < a->ngroups; i++)
		ATF_CHECK_STREQ(a->group[i], b->group[i]);
	ATF_REQUIRE_EQ(a->nfrom, b->nfrom);
	for (i = 0; i < a->nfrom; i++)
		ATF_CHECK_EQ(0,
		    memcmp(&a->from[i], &b->from[i], sizeof(a->from[i])));
}

/* Users u0 to u9, some of them, in any order, and what else may be there. */
static size_t
random_file(char *text, size_t size, unsigned int seed)
{
	static const char *const options[] = {
		"",
		":",
		":disabled",
		":groups=a+b",
		":disabled,groups=a",
		":from=::1,disabled,from=10.0.0.0/8",
		":expires=2030-01-01",
	};
	unsigned int i, used = 0;
	size_t       len = 0;

	srandom(seed);
	text[0] = '\0';
	for (i = (unsigned int)random() % 12; i > 0; i--) {
		long r = random() % 14;

		if (r >= 10) {
			len += (size_t)snprintf(text + len, size - len, "%s\n",
			    r == 10     ? "# u1:x" :
				r == 11 ? "" :
				r == 12 ? " \t" :
					  "#");
			continue;
		}
		if ((used & 1U << r) != 0)
			continue;
		used |= 1U << r;
		len += (size_t)snprintf(text + len, size - len, "u%ld:%s%s\n",
		    r, good[random() % (long)NITEMS(good)],
		    options[random() % (long)NITEMS(options)]);
	}
	/* Some end without a newline. */
	if (len > 0 && random() % 4 == 0)
		text[--len] = '\0';
	return len;
}

ATF_TC(edit_spares_the_rest);
ATF_TC_HEAD(edit_spares_the_rest, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a change is taken back by its reverse, and keeps all others");
}
ATF_TC_BODY(edit_spares_the_rest, tc)
{
	struct complaints        c;
	const struct user_entry *e;
	struct userfile         *was, *is;
	char                     text[8192], name[4];
	char                    *out, *back;
	unsigned int             turn;
	enum user_op             op;
	size_t                   i, len;

	for (turn = 0; turn < TURNS; turn++) {
		len = random_file(text, sizeof(text), turn);
		ATF_REQUIRE((was = parse(text, len, &c)) != NULL);
		op = (enum user_op)(random() % USER_OP_MAX);
		(void)snprintf(name, sizeof(name), "u%ld", random() % 10);
		e = userfile_find(was, name, 2);
		out = edited(text, op, name, op <= USER_PASSWD ? BCRYPT : "",
		    "");
		ATF_CHECK_EQ((op == USER_ADD) == (e == NULL), out != NULL);
		if (out == NULL) {
			userfile_free(was);
			continue;
		}
		ATF_REQUIRE_MSG((is = parse(out, strlen(out), &c)) != NULL,
		    "%s", c.text);
		for (i = 0; i < was->nusers; i++) {
			e = &was->user[i];
			if (strcmp(e->name, name) != 0)
				same_user(e,
				    userfile_find(is, e->name,
					strlen(e->name)));
		}
		ATF_CHECK_EQ(was->nusers + (op == USER_ADD) -
			(op == USER_DELETE),
		    is->nusers);
		e = userfile_find(is, name, 2);
		switch (op) {
		case USER_ADD:
			/* Taken back to the byte, but for a newline. */
			back = edited(out, USER_DELETE, name, "", "");
			ATF_REQUIRE(back != NULL);
			ATF_CHECK_EQ(0, strncmp(text, back, len));
			ATF_CHECK(strlen(back) == len ||
			    strcmp(back + len, "\n") == 0);
			free(back);
			break;
		case USER_PASSWD:
			ATF_CHECK_STREQ(BCRYPT, e->hash);
			back = edited(out, USER_PASSWD, name,
			    userfile_find(was, name, 2)->hash, "");
			ATF_REQUIRE(back != NULL);
			ATF_CHECK_STREQ(text, back);
			free(back);
			break;
		case USER_DELETE:
			ATF_CHECK(e == NULL);
			break;
		case USER_SET:
			same_user(userfile_find(was, name, 2), e);
			break;
		case USER_DISABLE:
		case USER_ENABLE:
			ATF_CHECK_EQ(op == USER_DISABLE, e->disabled);
			same_user(userfile_find(was, name, 2), e);
			break;
		case USER_OP_MAX:
			break;
		}
		userfile_free(was);
		userfile_free(is);
		free(out);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, hashes);
	ATF_TP_ADD_TC(tp, made_hashes);
	ATF_TP_ADD_TC(tp, weak_hashes);
	ATF_TP_ADD_TC(tp, whole_file);
	ATF_TP_ADD_TC(tp, bad_lines);
	ATF_TP_ADD_TC(tp, as_people_have_them);
	ATF_TP_ADD_TC(tp, bad_options);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, no_hash_in_complaints);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, edit);
	ATF_TP_ADD_TC(tp, edit_spares_the_rest);
	return atf_no_error();
}
