/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of meters: who holds one keeps it, who has something to remember is
 * remembered while there is room, and no more are kept than there may be.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "router/meter.h"

#define KEYS  300
#define RULES 3
#define STEPS 200000
#define IDLE  20

static int rule_refs[RULES];

static void
hold(void *rule)
{
	++*(int *)rule;
}

static void
release(void *rule)
{
	--*(int *)rule;
}

/* Key n of a rule or, for rule RULES, of none. */
static struct meter *
get(struct meters *ms, unsigned int rule, unsigned int n, uint64_t now)
{
	char key[16];
	int  len;

	len = snprintf(key, sizeof(key), "%u", n);
	return meter_get(ms, rule == RULES ? LIMIT_SOURCE_NEW : LIMIT_NEW,
	    rule == RULES ? NULL : &rule_refs[rule], key, (size_t)len, now);
}

ATF_TC(held_ones_stay);
ATF_TC_HEAD(held_ones_stay, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a meter that is held is found again however many come and go, "
	    "idle ones are bounded, and each rule is held while it has any");
}
ATF_TC_BODY(held_ones_stay, tc)
{
	static struct meter *held[RULES + 1][KEYS];
	struct meters        ms;
	struct meter        *m, *walk;
	uint64_t             now = 1;
	unsigned int         i, rule, key, refs = 0, total;
	int                  of_rule[RULES];

	srandom(1);
	ATF_REQUIRE_EQ(0, meters_init(&ms, IDLE, hold, release));
	for (i = 0; i < STEPS; i++) {
		now += (uint64_t)random() % 20;
		rule = (unsigned int)random() % (RULES + 1);
		key = (unsigned int)random() % KEYS;
		ATF_REQUIRE((m = get(&ms, rule, key, now)) != NULL);
		ATF_REQUIRE(held[rule][key] == NULL || held[rule][key] == m);
		(void)bucket_take(meter_bucket(m, 1, 1000, 3, now), 1, now);
		if (held[rule][key] == NULL && refs < 100) {
			meter_hold(&ms, m);
			held[rule][key] = m;
			refs++;
		} else if (held[rule][key] != NULL && random() % 2) {
			meter_release(&ms, m);
			held[rule][key] = NULL;
			refs--;
		}
		ATF_REQUIRE(ms.nidle <= IDLE);
		if (i % 1000 != 0)
			continue;
		total = 0;
		memset(of_rule, 0, sizeof(of_rule));
		RB_FOREACH(walk, meter_tree, &ms.tree) {
			total++;
			if (walk->rule != NULL)
				of_rule[(int *)walk->rule - rule_refs]++;
		}
		ATF_REQUIRE_EQ(refs + ms.nidle, total);
		ATF_REQUIRE_EQ(0, memcmp(of_rule, rule_refs, sizeof(of_rule)));
	}
	meters_clear(&ms);
	for (i = 0; i < RULES; i++)
		ATF_CHECK_EQ(0, rule_refs[i]);
}

ATF_TC(memory_of_what_was_taken);
ATF_TC_HEAD(memory_of_what_was_taken, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a bucket is remembered until it is full again, then forgotten, "
	    "and its limits may change meanwhile");
}
ATF_TC_BODY(memory_of_what_was_taken, tc)
{
	struct meters ms;
	struct meter *m;

	ATF_REQUIRE_EQ(0, meters_init(&ms, IDLE, hold, release));
	m = get(&ms, RULES, 1, 0);
	ATF_REQUIRE_EQ(1, bucket_take(meter_bucket(m, 1, 1000, 5, 0), 5, 0));
	(void)get(&ms, RULES, 2, 4999);
	ATF_REQUIRE(get(&ms, RULES, 1, 4999) == m);
	ATF_CHECK_EQ(4, bucket_level(&m->bucket, 4999));
	ATF_CHECK_EQ(2, bucket_level(meter_bucket(m, 1, 1000, 3, 4999), 4999));
	/* The first of them is as new at this time, so both go. */
	(void)get(&ms, RULES, 3, 6000);
	ATF_CHECK_EQ(NULL, meter_find(&ms, LIMIT_SOURCE_NEW, NULL, "1", 1));
	ATF_CHECK_EQ(NULL, meter_find(&ms, LIMIT_SOURCE_NEW, NULL, "2", 1));
	ATF_CHECK_EQ(1, ms.nidle);
	meters_clear(&ms);
}

ATF_TC(keys_are_told_apart);
ATF_TC_HEAD(keys_are_told_apart, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "kind, rule, length and every byte of a key count; one that is "
	    "too long is none");
}
ATF_TC_BODY(keys_are_told_apart, tc)
{
	struct meters ms;
	struct meter *m;
	uint8_t       key[METER_KEY_MAX + 1];
	size_t        i;

	memset(key, 'k', sizeof(key));
	ATF_REQUIRE_EQ(0, meters_init(&ms, METERS_IDLE_MAX, hold, release));
	m = meter_get(&ms, LIMIT_RATE, &rule_refs[0], key, METER_KEY_MAX, 0);
	ATF_REQUIRE(m != NULL);
	meter_hold(&ms, m);
	for (i = 0; i < METER_KEY_MAX; i++) {
		key[i] = 'x';
		ATF_REQUIRE_EQ(NULL,
		    meter_find(&ms, LIMIT_RATE, &rule_refs[0], key,
			METER_KEY_MAX));
		key[i] = 'k';
		ATF_REQUIRE_EQ(NULL,
		    meter_find(&ms, LIMIT_RATE, &rule_refs[0], key, i));
	}
	ATF_CHECK_EQ(NULL,
	    meter_find(&ms, LIMIT_NEW, &rule_refs[0], key, METER_KEY_MAX));
	ATF_CHECK_EQ(NULL,
	    meter_find(&ms, LIMIT_RATE, &rule_refs[1], key, METER_KEY_MAX));
	ATF_CHECK_EQ(NULL,
	    meter_get(&ms, LIMIT_RATE, NULL, key, METER_KEY_MAX + 1, 0));
	ATF_CHECK(m ==
	    meter_get(&ms, LIMIT_RATE, &rule_refs[0], key, METER_KEY_MAX, 0));
	meters_clear(&ms);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, held_ones_stay);
	ATF_TP_ADD_TC(tp, memory_of_what_was_taken);
	ATF_TP_ADD_TC(tp, keys_are_told_apart);
	return atf_no_error();
}
