/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */
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

#define HEADER	12
#define MANY	200

/* A question for a random name of up to 255 bytes; its length. */
static size_t
question(uint8_t *q, unsigned int id)
{
	size_t	at = HEADER, label, room = 250, i;

	memset(q, 0, HEADER);
	q[0] = (uint8_t)(id >> 8);
	q[1] = (uint8_t)id;
	q[5] = 1;
	while (room > 1 && arc4random_uniform(6) > 0) {
		label = 1 + arc4random_uniform(room > 63 ? 63 :
		    (uint32_t)room - 1);
		q[at++] = (uint8_t)label;
		for (i = 0; i < label; i++)
			q[at++] = (uint8_t)arc4random_uniform(256);
		room -= label + 1;
	}
	memcpy(q + at, "\0\0\34\0\1", 5);
	return at + 5;
}

ATF_TC(each_once);
ATF_TC_HEAD(each_once, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each question is answered once, in any order, by nothing else");
}
ATF_TC_BODY(each_once, tc)
{
	static uint8_t		q[MANY][512];
	struct asked_list	list = TAILQ_HEAD_INITIALIZER(list);
	size_t			len[MANY];
	unsigned int		i, j;

	for (i = 0; i < MANY; i++) {
		len[i] = question(q[i], i);
		ATF_REQUIRE_EQ(0, asked_add(&list, q[i], len[i]));
		ATF_REQUIRE_EQ(0, asked_add(&list, q[i], len[i]));
		ATF_CHECK_MSG(!asked_take(&list, q[i], len[i]),
		    "a question is no answer");
		q[i][2] = 0x80;
	}
	for (j = 0; j < MANY; j++) {
		i = (j * 37) % MANY;
		ATF_CHECK(asked_has(&list, q[i], len[i]));
		ATF_CHECK(asked_take(&list, q[i], len[i]));
		ATF_CHECK(!asked_take(&list, q[i], len[i]));
		ATF_CHECK(!asked_has(&list, q[i], len[i]));
	}
	ATF_CHECK(TAILQ_EMPTY(&list));
}

ATF_TC(every_change_is_refused);
ATF_TC_HEAD(every_change_is_refused, tc)
{
	atf_tc_set_md_var(tc, "descr", "no answer cut, and none with a bit of "
	    "id, count or question changed, but for the case of letters");
}
ATF_TC_BODY(every_change_is_refused, tc)
{
	struct asked_list	list = TAILQ_HEAD_INITIALIZER(list);
	uint8_t			q[512], wrong[512];
	size_t			len, n, i;
	int			bit, round;

	for (round = 0; round < 20; round++) {
		len = question(q, 4711);
		ATF_REQUIRE_EQ(0, asked_add(&list, q, len));
		q[2] = 0x81;
		for (n = 0; n < len; n++)
			ATF_CHECK(!asked_take(&list, q, n));
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
				ATF_CHECK(!asked_take(&list, wrong, len));
			}
		}
		for (i = HEADER; i < len; i++) {
			if (q[i] >= 'a' && q[i] <= 'z')
				q[i] ^= 0x20;
		}
		memset(q + 6, 0xff, HEADER - 6);
		memset(q + len, 0x5a, 512 - len);
		ATF_CHECK(asked_take(&list, q, sizeof(q)));
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
	struct asked_list	list = TAILQ_HEAD_INITIALIZER(list);
	uint8_t			q[512];
	size_t			len, n;

	len = question(q, 1);
	for (n = 0; n < len; n++)
		ATF_CHECK_ERRNO(EINVAL, asked_add(&list, q, n) == -1);
	q[5] = 0;
	ATF_CHECK_ERRNO(EINVAL, asked_add(&list, q, len) == -1);
	q[4] = 1;
	q[5] = 1;
	ATF_CHECK_ERRNO(EINVAL, asked_add(&list, q, len) == -1);
	q[4] = 0;
	q[HEADER] = 0xc0;
	ATF_CHECK_ERRNO(EINVAL, asked_add(&list, q, len) == -1);
	for (n = 0; n < 100000; n++) {
		arc4random_buf(q, 64);
		(void)asked_take(&list, q, arc4random_uniform(65));
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
	static const uint8_t	q[] = {
		0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		3, 'W', 'w', 'w', 2, 'x', '1', 4, 'T', 'e', 's', 't', 0,
		0, 28, 0, 1
	};
	uint8_t			any[512];
	char			name[256];
	size_t			n, len;

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

ATF_TC(shared);
ATF_TC_HEAD(shared, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "two lists share a question if its id and all of it is in both");
}
ATF_TC_BODY(shared, tc)
{
	struct asked_list	a = TAILQ_HEAD_INITIALIZER(a);
	struct asked_list	b = TAILQ_HEAD_INITIALIZER(b);
	uint8_t			q[512];
	size_t			len;

	len = question(q, 1);
	ATF_CHECK(!asked_share(&a, &b));
	ATF_REQUIRE_EQ(0, asked_add(&a, q, len));
	ATF_CHECK(!asked_share(&a, &b));
	q[1] = 2;
	ATF_REQUIRE_EQ(0, asked_add(&b, q, len));
	ATF_CHECK(!asked_share(&a, &b));
	q[1] = 1;
	q[len - 1] = 3;
	ATF_REQUIRE_EQ(0, asked_add(&b, q, len));
	ATF_CHECK(!asked_share(&a, &b));
	q[len - 1] = 1;
	ATF_REQUIRE_EQ(0, asked_add(&b, q, len));
	ATF_CHECK(asked_share(&a, &b));
	ATF_CHECK(asked_share(&b, &a));
	asked_clear(&b);
	ATF_CHECK(!asked_share(&a, &b));
	asked_clear(&a);
	ATF_CHECK(TAILQ_EMPTY(&a));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_once);
	ATF_TP_ADD_TC(tp, every_change_is_refused);
	ATF_TP_ADD_TC(tp, no_question);
	ATF_TP_ADD_TC(tp, name);
	ATF_TP_ADD_TC(tp, shared);
	return atf_no_error();
}
