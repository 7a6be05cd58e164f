/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the memory of wrong guesses beside a plain list of them.
 */

#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

/* The memory itself, which can be out of memory so many times. */
static unsigned int no_memory;

#define calloc(n, size)                                                        \
	(no_memory != 0 && no_memory-- != 0 ? NULL : calloc(n, size))
#include "auth/guess.c"
#undef calloc

#define STEPS 40000
#define KEYS  64
#define LIFE  1000

/* Of each key when it was last said; as the list has it. */
struct model {
	uint64_t   until[KEYS];
	uint64_t   order[KEYS]; /* 0: not there */
	enum guess is[KEYS];
};

static void
key_of(unsigned int n, uint8_t mac[MAC_LEN])
{
	memset(mac, 0, MAC_LEN);
	mac[n % MAC_LEN] = (uint8_t)(1 + n);
}

static enum guess
model_find(struct model *m, unsigned int key, uint64_t now)
{
	if (m->order[key] != 0 && m->until[key] <= now)
		m->order[key] = 0;
	return m->order[key] == 0 ? GUESS_NEW : m->is[key];
}

static void
model_put(struct model *m, unsigned int key, enum guess is, uint64_t until,
    uint64_t order, size_t max)
{
	unsigned int i, oldest = KEYS;
	size_t       n = 0;

	for (i = 0; i < KEYS; i++) {
		if (m->order[i] == 0)
			continue;
		n++;
		if (oldest == KEYS || m->order[i] < m->order[oldest])
			oldest = i;
	}
	if (m->order[key] == 0 && n == max)
		m->order[oldest] = 0;
	m->order[key] = order;
	m->until[key] = until;
	m->is[key] = is;
}

ATF_TC(like_a_list);
ATF_TC_HEAD(like_a_list, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is known is what a plain list of the last guesses has");
}
ATF_TC_BODY(like_a_list, tc)
{
	static struct model m;
	struct guesses     *g;
	uint8_t             mac[MAC_LEN];
	uint64_t            now = 1;
	enum guess          was, is;
	unsigned int        i, key, max;

	srandom(7);
	for (max = 1; max <= KEYS; max *= 4) {
		memset(&m, 0, sizeof(m));
		ATF_REQUIRE((g = guesses_new(max)) != NULL);
		for (i = 1; i <= STEPS; i++) {
			now += (uint64_t)(random() % 40);
			key = (unsigned int)random() % KEYS;
			key_of(key, mac);
			was = model_find(&m, key, now);
			ATF_REQUIRE_EQ(was, guesses_find(g, mac, now));
			if (random() % 2 == 0)
				continue;
			is = random() % 2 ? GUESS_WRONG : GUESS_RIGHT;
			model_put(&m, key, is, now + LIFE, i, max);
			ATF_REQUIRE_EQ(was != GUESS_NEW,
			    guesses_put(g, mac, is, now, now + LIFE));
			ATF_REQUIRE(guesses_count(g) <= max);
		}
		guesses_free(g);
	}
}

ATF_TC(repeats_never_count);
ATF_TC_HEAD(repeats_never_count, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what is said again before it is forgotten is known for as long "
	    "as it is said, and one that was not said in time is new");
}
ATF_TC_BODY(repeats_never_count, tc)
{
	struct guesses *g;
	uint8_t         mac[MAC_LEN];
	uint64_t        now = 1;
	unsigned int    i;

	ATF_REQUIRE((g = guesses_new(4)) != NULL);
	key_of(1, mac);
	ATF_CHECK_EQ(0, guesses_put(g, mac, GUESS_WRONG, now, now + LIFE));
	for (i = 0; i < 100; i++) {
		now += LIFE - 1;
		ATF_REQUIRE(guesses_put(g, mac, GUESS_WRONG, now, now + LIFE));
	}
	now += LIFE;
	ATF_CHECK_EQ(GUESS_NEW, guesses_find(g, mac, now));
	ATF_CHECK_EQ(0, guesses_count(g));
	ATF_CHECK_EQ(0, guesses_put(g, mac, GUESS_WRONG, now, now + LIFE));
	guesses_free(g);
}

ATF_TC(without_memory);
ATF_TC_HEAD(without_memory, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a guess that cannot be kept is new the next time");
}
ATF_TC_BODY(without_memory, tc)
{
	struct guesses *g;
	uint8_t         mac[MAC_LEN];

	ATF_REQUIRE((g = guesses_new(4)) != NULL);
	key_of(1, mac);
	no_memory = 2;
	ATF_CHECK_EQ(0, guesses_put(g, mac, GUESS_WRONG, 1, LIFE));
	ATF_CHECK_EQ(0, guesses_put(g, mac, GUESS_WRONG, 1, LIFE));
	ATF_CHECK_EQ(0, guesses_put(g, mac, GUESS_WRONG, 1, LIFE));
	ATF_CHECK_EQ(1, guesses_put(g, mac, GUESS_WRONG, 1, LIFE));
	guesses_free(g);
	no_memory = 1;
	ATF_CHECK(guesses_new(4) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, like_a_list);
	ATF_TP_ADD_TC(tp, repeats_never_count);
	ATF_TP_ADD_TC(tp, without_memory);
	return atf_no_error();
}
