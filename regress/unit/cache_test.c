/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the answer cache: it behaves as an obvious list does, over random
 * operations, and keeps each kind of answer for its time and not longer.
 */

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "base/msg_codec.h"
#include "resolver/cache.h"

#define NAMES     12
#define MODEL_MAX 8
#define STEPS     200000

/* The obvious list: the most recently used last. */
struct kept {
	char                   name[16];
	struct msg_name_answer answer;
	uint64_t               expires;
};

struct model {
	struct kept kept[MODEL_MAX];
	size_t      count;
	size_t      max;
};

static void   answer_make(struct msg_name_answer *, uint8_t, enum name_status,
      unsigned int);
static int    answer_equal(const struct msg_name_answer *,
       const struct msg_name_answer *);
static size_t model_find(const struct model *, const char *, uint8_t);
static void   model_del(struct model *, size_t);
static void   model_put(struct model *, const char *,
      const struct msg_name_answer *, uint32_t, uint64_t);
static int    model_get(struct model *, const char *, uint8_t, uint64_t,
       struct msg_name_answer *);
static void   kept_until(enum name_status, uint32_t, uint64_t);

ATF_TC(as_an_obvious_list);
ATF_TC_HEAD(as_an_obvious_list, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random puts, gets, sizes and times, against a plain list");
}
ATF_TC_BODY(as_an_obvious_list, tc)
{
	struct msg_name_answer a, b;
	struct model           m;
	struct cache          *c;
	char                   name[16];
	uint64_t               now = 1000;
	uint8_t                family;
	int                    i, hits = 0;

	srandom(1);
	memset(&m, 0, sizeof(m));
	m.max = MODEL_MAX;
	ATF_REQUIRE((c = cache_new(MODEL_MAX)) != NULL);
	for (i = 0; i < STEPS; i++) {
		now += (uint64_t)(random() % 700);
		(void)snprintf(name, sizeof(name), "n%ld.test",
		    random() % NAMES);
		family = random() % 2 ? RESOLVE_INET : RESOLVE_INET6;
		switch (random() % 64) {
		case 0:
			cache_clear(c);
			m.count = 0;
			break;
		case 1:
			m.max = (size_t)random() % (MODEL_MAX + 1);
			cache_resize(c, m.max);
			while (m.count > m.max)
				model_del(&m, 0);
			break;
		default:
			if (random() % 2) {
				answer_make(&a, family,
				    (enum name_status)(random() % 3),
				    (unsigned)random());
				cache_put(c, name, &a, (uint32_t)i % 9, now);
				model_put(&m, name, &a, (uint32_t)i % 9, now);
				break;
			}
			ATF_REQUIRE_EQ(model_get(&m, name, family, now, &b),
			    cache_get(c, name, family, now, &a));
			if (model_find(&m, name, family) < m.count) {
				ATF_REQUIRE(answer_equal(&a, &b));
				hits++;
			}
		}
		ATF_REQUIRE_EQ(m.count, cache_count(c));
	}
	ATF_CHECK(hits > STEPS / 20);
	cache_free(c);
}

ATF_TC(each_answer_has_its_time);
ATF_TC_HEAD(each_answer_has_its_time, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "TTL 0 and failures are not kept, long TTLs are cut");
}
ATF_TC_BODY(each_answer_has_its_time, tc)
{
	kept_until(NAME_OK, 0, 0);
	kept_until(NAME_OK, 1, 1000);
	kept_until(NAME_OK, 3600, 3600 * 1000);
	kept_until(NAME_OK, 3601, 3600 * 1000);
	kept_until(NAME_OK, UINT32_MAX, 3600 * 1000);
	kept_until(NAME_NOT_FOUND, 0, 30 * 1000);
	kept_until(NAME_NOT_FOUND, UINT32_MAX, 30 * 1000);
	kept_until(NAME_FAILED, 0, 0);
	kept_until(NAME_FAILED, 3600, 0);
}

ATF_TC(all_addresses_come_back);
ATF_TC_HEAD(all_addresses_come_back, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "answers of every size, under the longest name");
}
ATF_TC_BODY(all_addresses_come_back, tc)
{
	struct msg_name_answer a, b;
	struct cache          *c;
	char                   name[HOSTNAME_MAX + 1];
	unsigned int           n;

	memset(name, 'x', HOSTNAME_MAX);
	name[HOSTNAME_MAX] = '\0';
	ATF_REQUIRE((c = cache_new(1)) != NULL);
	for (n = 1; n <= NAME_ADDRS_MAX; n++) {
		answer_make(&a, RESOLVE_INET6, NAME_OK, n);
		a.naddrs = n;
		cache_put(c, name, &a, 1, 0);
		ATF_REQUIRE(cache_get(c, name, RESOLVE_INET6, 0, &b));
		ATF_CHECK(answer_equal(&a, &b));
		ATF_CHECK_EQ(0, cache_get(c, name, RESOLVE_INET, 0, &b));
	}
	cache_free(c);
}

static void
answer_make(struct msg_name_answer *a, uint8_t family, enum name_status status,
    unsigned int seed)
{
	unsigned int i;

	memset(a, 0, sizeof(*a));
	a->family = family;
	a->status = status;
	a->naddrs = status == NAME_OK ? 1 + seed % NAME_ADDRS_MAX : 0;
	for (i = 0; i < NAME_ADDRS_MAX; i++) {
		a->addrs[i].af = family == RESOLVE_INET ? AF_INET : AF_INET6;
		a->addrs[i].b[0] = (uint8_t)(seed + i);
	}
}

static int
answer_equal(const struct msg_name_answer *a, const struct msg_name_answer *b)
{
	unsigned int i;

	if (a->family != b->family || a->status != b->status ||
	    a->naddrs != b->naddrs)
		return 0;
	for (i = 0; i < a->naddrs; i++) {
		if (addr_cmp(&a->addrs[i], &b->addrs[i]) != 0)
			return 0;
	}
	return 1;
}

static size_t
model_find(const struct model *m, const char *name, uint8_t family)
{
	size_t i;

	for (i = 0; i < m->count; i++) {
		if (strcmp(m->kept[i].name, name) == 0 &&
		    m->kept[i].answer.family == family)
			break;
	}
	return i;
}

static void
model_del(struct model *m, size_t i)
{
	m->count--;
	memmove(&m->kept[i], &m->kept[i + 1],
	    (m->count - i) * sizeof(m->kept[0]));
}

static void
model_put(struct model *m, const char *name, const struct msg_name_answer *a,
    uint32_t ttl, uint64_t now)
{
	uint64_t life;
	size_t   i;

	life = a->status == NAME_OK     ? ttl * 1000ULL :
	    a->status == NAME_NOT_FOUND ? 30000 :
					  0;
	if (life == 0 || m->max == 0)
		return;
	if ((i = model_find(m, name, a->family)) < m->count)
		model_del(m, i);
	else if (m->count == m->max)
		model_del(m, 0);
	(void)snprintf(m->kept[m->count].name, 16, "%s", name);
	m->kept[m->count].answer = *a;
	m->kept[m->count].expires = now + life;
	m->count++;
}

static int
model_get(struct model *m, const char *name, uint8_t family, uint64_t now,
    struct msg_name_answer *a)
{
	struct kept k;
	size_t      i;

	if ((i = model_find(m, name, family)) == m->count)
		return 0;
	k = m->kept[i];
	model_del(m, i);
	if (k.expires <= now)
		return 0;
	m->kept[m->count++] = k;
	*a = k.answer;
	return 1;
}

/* There the millisecond before its time is over, and not at it. */
static void
kept_until(enum name_status status, uint32_t ttl, uint64_t life)
{
	struct msg_name_answer a, b;
	struct cache          *c;

	ATF_REQUIRE((c = cache_new(4)) != NULL);
	answer_make(&a, RESOLVE_INET, status, 1);
	cache_put(c, "a.test", &a, ttl, 5000);
	if (life > 0)
		ATF_CHECK(cache_get(c, "a.test", RESOLVE_INET, 5000 + life - 1,
		    &b));
	ATF_CHECK_EQ(0, cache_get(c, "a.test", RESOLVE_INET, 5000 + life, &b));
	ATF_CHECK_EQ(0, cache_count(c));
	cache_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, as_an_obvious_list);
	ATF_TP_ADD_TC(tp, each_answer_has_its_time);
	ATF_TP_ADD_TC(tp, all_addresses_come_back);
	return atf_no_error();
}
