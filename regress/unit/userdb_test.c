/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the table of users: read from a descriptor whose offset is
 * somebody else's, swapped as a whole, with what is known of those who stay.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "auth/userdb.h"
#include "base/msg_codec.h"

/* Of two passwords. */
#define HASH_X                                                                 \
	"$6$rounds=1000$saltsalt$w9KQdgZ0Ki6LoC1UHsgXGBQa"                     \
	"O4XJhW7upynW4LSaoTX6YuFX0KIqzhQcvdJFwTJS.I2sYmby"                     \
	"8LApILDV7m1xF/"
#define HASH_Y                                                                 \
	"$6$rounds=1000$saltsalt$YeH4cjhaO9j8YqVBRNeWUsVf"                     \
	"2NJ83.TRLbMKqwxNor4FYcRCVZZfJM/RGN.528pOQrUC6FLD"                     \
	"9mTbW3SCznbTU/"

static struct userdb *db_of(const char *, char *);
static struct user   *user_of(const struct userdb *, const char *);
static void           know(struct userdb *, const char *, uint8_t);
static int            knows(const struct userdb *, const char *, uint8_t);

ATF_TC(reads_all_of_it);
ATF_TC_HEAD(reads_all_of_it, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "files of any length are read whole, wherever the offset is, "
	    "which stays there");
}
ATF_TC_BODY(reads_all_of_it, tc)
{
	struct userdb *db;
	char           name[32], why[MSG_TEXT_SIZE];
	size_t         n, i;
	FILE          *f;

	for (n = 1; n < 20000; n = n * 3 + 1) {
		ATF_REQUIRE((f = fopen("users", "w+")) != NULL);
		for (i = 0; i < n; i++)
			fprintf(f, "user%zu:" HASH_X "\n", i);
		ATF_REQUIRE(fflush(f) == 0);
		ATF_REQUIRE(lseek(fileno(f), 7, SEEK_SET) == 7);
		db = userdb_read(fileno(f), "users", why, sizeof(why));
		if (db == NULL)
			atf_tc_fail("%s", why);
		ATF_CHECK_EQ(7, lseek(fileno(f), 0, SEEK_CUR));
		ATF_CHECK_EQ(n, db->file->nusers);
		for (i = 0; i < n; i++) {
			(void)snprintf(name, sizeof(name), "user%zu", i);
			ATF_REQUIRE(user_of(db, name) != NULL);
			ATF_REQUIRE_STREQ(name,
			    userdb_entry(db, user_of(db, name))->name);
		}
		ATF_CHECK(user_of(db, "user") == NULL);
		userdb_free(db);
		fclose(f);
	}
}

ATF_TC(refuses_with_all_lines);
ATF_TC_HEAD(refuses_with_all_lines, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each wrong line is named on a line of its own, as many as fit, "
	    "whatever the space, and nothing of a hash with it");
}
ATF_TC_BODY(refuses_with_all_lines, tc)
{
	char  why[MSG_TEXT_SIZE];
	char *line, *next;

	ATF_CHECK(db_of("a:" HASH_X "\nb:1234SECRET\n\nc:" HASH_X
			":grops=x\nd\n",
		      why) == NULL);
	ATF_CHECK(strstr(why, "SECRET") == NULL);
	line = why;
	next = strsep(&line, "\n");
	ATF_CHECK(strncmp(next, "users:2: ", 9) == 0);
	next = strsep(&line, "\n");
	ATF_CHECK(strncmp(next, "users:4: ", 9) == 0);
	next = strsep(&line, "\n");
	ATF_CHECK(strncmp(next, "users:5: ", 9) == 0);
	ATF_CHECK(line == NULL);
}

ATF_TC(no_room_for_reasons);
ATF_TC_HEAD(no_room_for_reasons, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "with little room for reasons only whole ones are given");
}
ATF_TC_BODY(no_room_for_reasons, tc)
{
	char   all[MSG_TEXT_SIZE], why[MSG_TEXT_SIZE];
	size_t size;
	FILE  *f;

	ATF_REQUIRE((f = fopen("users", "w+")) != NULL);
	fprintf(f, "a:b\nc:d\ne:f\n");
	ATF_REQUIRE(fflush(f) == 0);
	ATF_REQUIRE(userdb_read(fileno(f), "users", all, sizeof(all)) == NULL);
	for (size = 1; size < sizeof(why); size++) {
		memset(why, 'x', sizeof(why));
		ATF_REQUIRE(userdb_read(fileno(f), "users", why, size) == NULL);
		ATF_REQUIRE(strlen(why) < size);
		ATF_REQUIRE(strncmp(all, why, strlen(why)) == 0);
		ATF_REQUIRE(why[0] == '\0' || all[strlen(why)] == '\n' ||
		    all[strlen(why)] == '\0');
	}
	fclose(f);
}

ATF_TC(what_is_known_stays);
ATF_TC_HEAD(what_is_known_stays, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "those in both files keep their counts and where they came from; "
	    "logins are forgotten of those whose line is another");
}
ATF_TC_BODY(what_is_known_stays, tc)
{
	struct userdb *a, *b, *none;
	char           why[MSG_TEXT_SIZE];

	a = db_of("gone:" HASH_X "\nsame:" HASH_X ":groups=g\n"
		  "hash:" HASH_X "\noption:" HASH_X "\nlast:" HASH_X "\n",
	    why);
	ATF_REQUIRE_MSG(a != NULL, "%s", why);
	know(a, "gone", 1);
	know(a, "same", 2);
	know(a, "hash", 3);
	know(a, "option", 4);
	know(a, "last", 5);
	b = db_of("# moved\nlast:" HASH_X "\nnew:" HASH_X "\nhash:" HASH_Y
		  "\noption:" HASH_X ":disabled\nsame:" HASH_X ":groups=g\n",
	    why);
	ATF_REQUIRE_MSG(b != NULL, "%s", why);
	userdb_inherit(b, a);
	userdb_free(a);
	ATF_CHECK(user_of(b, "gone") == NULL);
	ATF_CHECK(knows(b, "same", 2) && knows(b, "last", 5));
	ATF_CHECK(knows(b, "hash", 3) == 0 && knows(b, "option", 4) == 0);
	ATF_CHECK_EQ(3, user_of(b, "hash")->logins);
	ATF_CHECK_EQ(4, user_of(b, "option")->failures);
	ATF_CHECK_EQ(0, user_of(b, "new")->logins);
	ATF_REQUIRE((none = userdb_new()) != NULL);
	ATF_CHECK(user_of(none, "same") == NULL);
	userdb_inherit(none, b);
	userdb_inherit(b, none);
	ATF_CHECK(knows(b, "same", 2));
	userdb_free(none);
	userdb_free(b);
}

static struct userdb *
db_of(const char *text, char *why)
{
	struct userdb *db;
	FILE          *f;

	ATF_REQUIRE((f = fopen("users", "w+")) != NULL);
	fputs(text, f);
	ATF_REQUIRE(fflush(f) == 0);
	db = userdb_read(fileno(f), "users", why, MSG_TEXT_SIZE);
	fclose(f);
	return db;
}

static struct user *
user_of(const struct userdb *db, const char *name)
{
	return userdb_find(db, name, strlen(name));
}

static void
know(struct userdb *db, const char *name, uint8_t n)
{
	struct user *u = user_of(db, name);
	struct addr  a;
	uint8_t      tag[MAC_LEN];

	memset(tag, n, sizeof(tag));
	memset(&a, 0, sizeof(a));
	a.af = AF_INET;
	a.b[0] = n;
	u->logins = u->failures = n;
	recall_put_login(&u->recall, tag, 1000);
	recall_put_source(&u->recall, &a, 1000);
}

/* The login; where it came from is known in any case. */
static int
knows(const struct userdb *db, const char *name, uint8_t n)
{
	const struct user *u = user_of(db, name);
	struct addr        a;
	uint8_t            tag[MAC_LEN];

	memset(tag, n, sizeof(tag));
	memset(&a, 0, sizeof(a));
	a.af = AF_INET;
	a.b[0] = n;
	ATF_CHECK(recall_source(&u->recall, &a, 999));
	return recall_login(&u->recall, tag, 999);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reads_all_of_it);
	ATF_TP_ADD_TC(tp, refuses_with_all_lines);
	ATF_TP_ADD_TC(tp, no_room_for_reasons);
	ATF_TP_ADD_TC(tp, what_is_known_stays);
	return atf_no_error();
}
