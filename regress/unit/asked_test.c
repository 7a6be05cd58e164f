/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which datagrams may be taken for answers: properties, on random bytes too.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "resolver/asked.h"

#define HEADER 12
#define MANY   200

/* A question for a random name of up to 255 bytes; its length. */
static size_t
question(uint8_t *q, unsigned int id)
{
	size_t at = HEADER, label, room = 250, i;

	memset(q, 0, HEADER);
	q[0] = (uint8_t)(id >> 8);
	q[1] = (uint8_t)id;
	q[5] = 1;
	while (room > 1 && arc4random_uniform(6) > 0) {
		label = 1 +
		    arc4random_uniform(room > 63 ? 63 : (uint32_t)room - 1);
		q[at++] = (uint8_t)label;
		for (i = 0; i < label; i++)
			q[at++] = (uint8_t)arc4random_uniform(256);
		room -= label + 1;
	}
	memcpy(q + at, "\0\0\34\0\1", 5);
	return at + 5;
}

static int
take(struct asked_list *list, const uint8_t *msg, size_t len)
{
	uint8_t key[ASKED_KEY_MAX];
	size_t  nkey;

	return asked_take(list, msg, len, key, &nkey);
}

static int
number(const struct asked_list *list)
{
	uint8_t key[ASKED_KEY_MAX];
	size_t  nkey;

	return asked_first(list, key, &nkey);
}

ATF_TC(each_once);
ATF_TC_HEAD(each_once, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each question is answered once, in any order, by nothing else");
}
ATF_TC_BODY(each_once, tc)
{
	static uint8_t    q[MANY][512];
	struct asked_list list = TAILQ_HEAD_INITIALIZER(list);
	size_t            len[MANY];
	unsigned int      i, j;

	for (i = 0; i < MANY; i++) {
		len[i] = question(q[i], i);
		ATF_REQUIRE_EQ(0, asked_add(&list, 7, q[i], len[i]));
		ATF_REQUIRE_EQ(0, asked_add(&list, 7, q[i], len[i]));
		ATF_CHECK_MSG(-1 == take(&list, q[i], len[i]),
		    "a question is no answer");
		q[i][2] = 0x80;
	}
	for (j = 0; j < MANY; j++) {
		i = (j * 37) % MANY;
		ATF_CHECK_EQ(7, take(&list, q[i], len[i]));
		ATF_CHECK(-1 == take(&list, q[i], len[i]));
	}
	ATF_CHECK(TAILQ_EMPTY(&list));
}

ATF_TC(every_change_is_refused);
ATF_TC_HEAD(every_change_is_refused, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "no answer cut, and none with a bit of "
	    "id, count or question changed, but for the case of letters");
}
ATF_TC_BODY(every_change_is_refused, tc)
{
	struct asked_list list = TAILQ_HEAD_INITIALIZER(list);
	uint8_t           q[512], wrong[512];
	size_t            len, n, i;
	int               bit, round;

	for (round = 0; round < 20; round++) {
		len = question(q, 4711);
		ATF_REQUIRE_EQ(0, asked_add(&list, 7, q, len));
		q[2] = 0x81;
		for (n = 0; n < len; n++)
			ATF_CHECK(-1 == take(&list, q, n));
		for (i = 0; i < len; i++) {
			if (i == 2 || i == 3 || (i >= 6 && i < HEADER))
				continue;
			for (bit = 0; bit < 8; bit++) {
				memcpy(wrong, q, len);
				wrong[i] ^= (uint8_t)(1 << bit);
				if (bit == 5 && i > HEADER &&
				    ((wrong[i] >= 'a' && wrong[i] <= 'z') ||
					(wrong[i] >= 'A' && wrong[i] <= 'Z')))
					continue;
				ATF_CHECK(-1 == take(&list, wrong, len));
			}
		}
		for (i = HEADER; i < len; i++) {
			if (q[i] >= 'a' && q[i] <= 'z')
				q[i] ^= 0x20;
		}
		memset(q + 6, 0xff, HEADER - 6);
		memset(q + len, 0x5a, 512 - len);
		ATF_CHECK_EQ(7, take(&list, q, sizeof(q)));
	}
}

ATF_TC(no_question);
ATF_TC_HEAD(no_question, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is no message with one question is not waited for");
}
ATF_TC_BODY(no_question, tc)
{
	struct asked_list list = TAILQ_HEAD_INITIALIZER(list);
	uint8_t           q[512];
	size_t            len, n;

	len = question(q, 1);
	for (n = 0; n < len; n++)
		ATF_CHECK_ERRNO(EINVAL, asked_add(&list, 7, q, n) == -1);
	q[5] = 0;
	ATF_CHECK_ERRNO(EINVAL, asked_add(&list, 7, q, len) == -1);
	q[4] = 1;
	q[5] = 1;
	ATF_CHECK_ERRNO(EINVAL, asked_add(&list, 7, q, len) == -1);
	q[4] = 0;
	q[HEADER] = 0xc0;
	ATF_CHECK_ERRNO(EINVAL, asked_add(&list, 7, q, len) == -1);
	for (n = 0; n < 100000; n++) {
		arc4random_buf(q, 64);
		(void)take(&list, q, arc4random_uniform(65));
	}
	ATF_CHECK(TAILQ_EMPTY(&list));
}

ATF_TC(name);
ATF_TC_HEAD(name, tc)
{
	atf_tc_set_md_var(tc, "descr", "the name and the type of a question");
}
ATF_TC_BODY(name, tc)
{
	static const uint8_t q[] = {
		0,
		7,
		1,
		0,
		0,
		1,
		0,
		0,
		0,
		0,
		0,
		0,
		3,
		'W',
		'w',
		'w',
		2,
		'x',
		'1',
		4,
		'T',
		'e',
		's',
		't',
		0,
		0,
		28,
		0,
		1,
	};
	uint8_t any[512];
	char    name[256];
	size_t  n, len;

	ATF_CHECK_EQ(28, asked_name(q, sizeof(q), name, sizeof(name)));
	ATF_CHECK_STREQ("www.x1.test", name);
	ATF_CHECK_EQ(28, asked_name(q, sizeof(q), name, 12));
	ATF_CHECK_EQ(-1, asked_name(q, sizeof(q), name, 11));
	for (n = 0; n < sizeof(q); n++)
		ATF_CHECK_EQ(-1, asked_name(q, n, name, sizeof(name)));
	memcpy(any, q, sizeof(q));
	any[14] = '.';
	ATF_CHECK_EQ(-1, asked_name(any, sizeof(q), name, sizeof(name)));
	any[14] = '\0';
	ATF_CHECK_EQ(-1, asked_name(any, sizeof(q), name, sizeof(name)));
	for (n = 0; n < 100000; n++) {
		len = question(any, 1);
		if (asked_name(any, len, name, sizeof(name)) == -1)
			continue;
		ATF_REQUIRE_EQ(len - 12 - 6, strlen(name));
	}
}

ATF_TC(keys);
ATF_TC_HEAD(keys, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the key of a question is its id and all of it, and no more");
}
ATF_TC_BODY(keys, tc)
{
	uint8_t q[512], key[ASKED_KEY_MAX];
	uint8_t other[ASKED_KEY_MAX];
	size_t  len, n, i;

	len = question(q, 1);
	ATF_REQUIRE((n = asked_key(q, len, key)) != 0);
	q[2] ^= 0x85;
	q[11] ^= 1;
	memset(q + len, 0x5a, sizeof(q) - len);
	ATF_CHECK_EQ(n, asked_key(q, sizeof(q), other));
	ATF_CHECK(memcmp(other, key, n) == 0);
	for (i = 0; i < len; i++) {
		if (i > 1 && i < HEADER)
			continue;
		q[i] ^= 1;
		ATF_CHECK(asked_key(q, sizeof(q), other) != n ||
		    memcmp(other, key, n) != 0);
		q[i] ^= 1;
	}
}

/* The key's first bytes, its id, are the number that it goes on under. */
static int
again(void *arg, const uint8_t *key, size_t len)
{
	(*(int *)arg)++;
	return key[0] == 0 ? -1 : key[0];
}

ATF_TC(dropped);
ATF_TC_HEAD(dropped, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what was asked under a number goes "
	    "with it, but for what is asked again under another");
}
ATF_TC_BODY(dropped, tc)
{
	struct asked_list list = TAILQ_HEAD_INITIALIZER(list);
	uint8_t           q[512], q2[512];
	size_t            len, len2;
	int               n = 0;

	ATF_CHECK_EQ(-1, number(&list));
	len = question(q, 9 << 8);
	ATF_REQUIRE_EQ(0, asked_add(&list, 7, q, len));
	len2 = question(q2, 5);
	ATF_REQUIRE_EQ(0, asked_add(&list, 7, q2, len2));
	ATF_CHECK_EQ(7, number(&list));
	asked_drop(&list, 6, again, &n);
	ATF_CHECK_EQ(0, n);
	asked_drop(&list, 7, again, &n);
	ATF_CHECK_EQ(2, n);
	ATF_CHECK_EQ(9, number(&list));
	q[2] = q2[2] = 0x80;
	ATF_CHECK_EQ(-1, take(&list, q2, len2));
	asked_drop(&list, 9, again, &n); /* goes on under itself */
	ATF_CHECK(TAILQ_EMPTY(&list));
	ATF_REQUIRE_EQ(0, asked_add(&list, 1, q, len));
	ATF_REQUIRE_EQ(0, asked_add(&list, 2, q, len));
	ATF_CHECK_EQ(2, take(&list, q, len));
	ATF_REQUIRE_EQ(0, asked_add(&list, 1, q, len));
	asked_clear(&list);
	ATF_CHECK(TAILQ_EMPTY(&list));
}

ATF_TC(plain);
ATF_TC_HEAD(plain, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "options of EDNS are taken from a "
	    "question, and nothing else is changed");
}
ATF_TC_BODY(plain, tc)
{
	static const uint8_t opt[] = {
		0,
		0,
		41,
		4,
		208,
		0,
		0,
		0,
		0,
		0,
		12,
		0,
		10,
		0,
		8,
		1,
		2,
		3,
		4,
		5,
		6,
		7,
		8,
	};
	uint8_t q[512], was[512];
	size_t  len, n;

	len = question(q, 1);
	memcpy(was, q, len);
	ATF_CHECK_EQ(len, asked_plain(q, len, 4660));
	ATF_CHECK(memcmp(was, q, len) == 0);
	memcpy(q + len, opt, sizeof(opt));
	memcpy(was, q, len + sizeof(opt));
	for (n = 0; n < len + 11; n++) {
		ATF_CHECK_EQ(n, asked_plain(q, n, 4660));
		ATF_CHECK(memcmp(was, q, len + sizeof(opt)) == 0);
	}
	ATF_CHECK_EQ(len + 11, asked_plain(q, len + sizeof(opt), 4660));
	was[len + 3] = 0x12;
	was[len + 4] = 0x34;
	was[len + 10] = 0;
	ATF_CHECK(memcmp(was, q, len + 11) == 0);
	ATF_CHECK_EQ(len + 11, asked_plain(q, len + 11, 4660));
}

ATF_TC(bare);
ATF_TC_HEAD(bare, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "EDNS is taken from a question, and an "
	    "error need not have the question if the id says which it is");
}
ATF_TC_BODY(bare, tc)
{
	struct asked_list list = TAILQ_HEAD_INITIALIZER(list);
	uint8_t           q[512], was[512], other[512];
	uint8_t           key[ASKED_KEY_MAX];
	size_t            len, len2, nkey = 0;

	len = question(q, 0x1234);
	memcpy(was, q, len);
	q[11] = 1;
	memset(q + len, 0x5a, 11);
	ATF_CHECK_EQ(len, asked_bare(q, len + 11));
	ATF_CHECK(memcmp(was, q, len) == 0);
	ATF_REQUIRE_EQ(0, asked_add(&list, 7, q, len));
	len2 = question(other, 0x1235);
	ATF_REQUIRE_EQ(0, asked_add(&list, 8, other, len2));
	/* As much as a header; an error; the id; no other question. */
	q[2] = 0x80;
	q[5] = 0;
	q[3] = 1;
	ATF_CHECK_EQ(-1, take(&list, q, 11));
	q[3] = 0xf0;
	ATF_CHECK_EQ(-1, take(&list, q, 12));
	q[3] = 4;
	q[1] ^= 1;
	q[0] ^= 1;
	ATF_CHECK_EQ(-1, take(&list, q, 12));
	q[0] ^= 1;
	q[1] ^= 1;
	q[5] = 1;
	q[12] ^= 1;
	ATF_CHECK_EQ(-1, take(&list, q, len));
	q[12] ^= 1;
	q[5] = 0;
	ATF_CHECK_EQ(7, asked_take(&list, q, 12, key, &nkey));
	ATF_CHECK_EQ(len - 10, nkey);
	ATF_CHECK(memcmp(key + 2, q + 12, nkey - 2) == 0);
	/* Some leave the number of questions as it was. */
	ATF_REQUIRE_EQ(0, asked_add(&list, 7, was, len));
	q[5] = 1;
	ATF_CHECK_EQ(7, take(&list, q, 12));
	ATF_CHECK_EQ(8, number(&list));
	asked_clear(&list);
}

ATF_TC(bare_of_two);
ATF_TC_HEAD(bare_of_two, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "an error without a question chooses from no two of one id");
}
ATF_TC_BODY(bare_of_two, tc)
{
	static const uint8_t q[2][21] = {
		{ 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'o', 'n', 'e', 0, 0, 1,
		    0, 1 },
		{ 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 't', 'w', 'o', 0, 0, 1,
		    0, 1 },
	};
	static const uint8_t bare[12] = { 0, 7, 0x80, 1 };
	struct asked_list    list = TAILQ_HEAD_INITIALIZER(list);
	uint8_t              key[ASKED_KEY_MAX];
	size_t               nkey;

	ATF_REQUIRE_EQ(0, asked_add(&list, 1, q[0], sizeof(q[0])));
	ATF_REQUIRE_EQ(0, asked_add(&list, 2, q[1], sizeof(q[1])));
	ATF_CHECK_EQ(-1, take(&list, bare, sizeof(bare)));
	ATF_CHECK_EQ(1, asked_first(&list, key, &nkey));
	asked_forget(&list, key, nkey);
	ATF_CHECK_EQ(2, take(&list, bare, sizeof(bare)));
	ATF_CHECK(TAILQ_EMPTY(&list));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_once);
	ATF_TP_ADD_TC(tp, every_change_is_refused);
	ATF_TP_ADD_TC(tp, no_question);
	ATF_TP_ADD_TC(tp, name);
	ATF_TP_ADD_TC(tp, keys);
	ATF_TP_ADD_TC(tp, dropped);
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, bare);
	ATF_TP_ADD_TC(tp, bare_of_two);
	return atf_no_error();
}
