/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the way of requests through upstreams, with proxies and a clock
 * that are made up: who is tried, how often, when, and who is blamed.
 */

#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "router/plan.h"

#define ROUNDS 20000
#define TRIES  100 /* more than any plan may make */

/* What a made up proxy does. */
enum nature {
	WORKS,
	FAILS,
	HOPELESS,
	SUSPECT,
	UNABLE,
	UNFIT,
	NATURE_MAX,
};

struct world {
	struct conf      *conf;
	struct upstreams *set;
	enum nature       nature[CONF_HOPS_MAX][CONF_MEMBERS_MAX];
	uint64_t          now;
	unsigned int      tries;
	unsigned int      waits;
};

static void         add(struct conf *, const char *, const char *, unsigned int,
	    unsigned int);
static void         begin(struct world *, struct conf *);
static void         end(struct world *);
static struct conf *some_conf(unsigned int, unsigned int, unsigned int);
static int          run(struct world *, struct plan *);
static int          attempt(struct world *, struct plan *);
static int          request(struct world *, const char *);
static void         settled(const struct world *);
static struct proxy *member(const struct world *, const char *, unsigned int);

/* An upstream with so many members, with that limit of tries after. */
static void
add(struct conf *conf, const char *name, const char *via, unsigned int n,
    unsigned int retry)
{
	struct conf_upstream *u;
	struct conf_proxy    *p;
	unsigned int          i;

	ATF_REQUIRE((u = conf_upstream_new()) != NULL);
	(void)strlcpy(u->name, name, sizeof(u->name));
	(void)strlcpy(u->via, via, sizeof(u->via));
	u->balance = (enum conf_balance)(random() % 3);
	u->retry = retry;
	for (i = 0; i < n; i++) {
		ATF_REQUIRE((p = calloc(1, sizeof(*p))) != NULL);
		ATF_REQUIRE(addr_parse(&p->addr, "192.0.2.1") == 0);
		p->port = (uint16_t)(1000 + i);
		TAILQ_INSERT_TAIL(&u->members, p, entry);
	}
	TAILQ_INSERT_TAIL(&conf->upstreams, u, entry);
}

static void
begin(struct world *w, struct conf *conf)
{
	memset(w, 0, sizeof(*w));
	w->conf = conf;
	w->now = 1000000;
	ATF_REQUIRE((w->set = upstreams_new(conf, NULL)) != NULL);
	upstreams_commit(w->set, conf);
}

static void
end(struct world *w)
{
	settled(w);
	upstreams_release(w->set);
	conf_free(w->conf);
}

/* "u0" by "u1" by "u2" ... */
static struct conf *
some_conf(unsigned int hops, unsigned int n, unsigned int retry)
{
	struct conf *conf;
	char         name[16], via[16];
	unsigned int i;

	ATF_REQUIRE((conf = conf_new()) != NULL);
	for (i = 0; i < hops; i++) {
		(void)snprintf(name, sizeof(name), "u%u", i);
		(void)snprintf(via, sizeof(via), "u%u", i + 1);
		add(conf, name, i + 1 < hops ? via : "",
		    n != 0 ? n : 1 + (unsigned int)random() % 5, retry);
	}
	return conf;
}

static struct proxy *
member(const struct world *w, const char *name, unsigned int i)
{
	struct upstream *u;

	ATF_REQUIRE((u = upstream_find(w->set, name)) != NULL);
	return u->member[i];
}

/* Nobody holds a proxy or a trial any more. */
static void
settled(const struct world *w)
{
	const struct upstream *u;
	unsigned int           i;

	ATF_REQUIRE_EQ(w->set->refs, 1);
	TAILQ_FOREACH(u, &w->set->list, entry) {
		for (i = 0; i < u->balance.n; i++) {
			ATF_REQUIRE_EQ(u->member[i]->refs, 1);
			ATF_REQUIRE_EQ(u->member[i]->breaker.trial, 0);
		}
	}
}

/* One try by the members chosen: 1 if it works, as they are. */
static int
attempt(struct world *w, struct plan *p)
{
	struct plan_step   *s;
	const struct proxy *m;
	unsigned int        i;
	enum plan_blame     blame = PLAN_NONE;

	w->tries++;
	for (i = 0; i < p->nsteps; i++) {
		s = &p->step[i];
		m = s->upstream->member[s->member];
		ATF_REQUIRE(s->taken.proxy == m);
		ATF_REQUIRE(m->down == 0 && m->unwell == 0);
		ATF_REQUIRE((s->hopeless & MEMBER_BIT(s->member)) == 0);
		switch (w->nature[i][s->member]) {
		case WORKS:
			continue;
		case FAILS:
			blame = PLAN_FAILED;
			break;
		case HOPELESS:
			blame = PLAN_HOPELESS;
			break;
		case SUSPECT:
			blame = PLAN_SUSPECT;
			break;
		case UNABLE:
			blame = PLAN_UNABLE;
			break;
		case UNFIT:
			blame = PLAN_UNFIT;
			break;
		case NATURE_MAX:
			break;
		}
		if (i > 0 && blame == PLAN_SUSPECT && random() % 2 == 0)
			plan_unanswered(p, i, w->now);
		else if (i > 0 && random() % 2 == 0)
			plan_unreached(p, i, blame, w->now);
		else
			plan_failed(p, i, blame, w->now);
		return 0;
	}
	(void)plan_worked(p, w->now);
	return 1;
}

/* The whole of a request: 1 if it got through. */
static int
run(struct world *w, struct plan *p)
{
	uint32_t ms;

	for (;;) {
		ATF_REQUIRE(w->tries + w->waits < TRIES);
		switch (plan_next(p, w->now, (uint32_t)random(), &ms)) {
		case PLAN_TRY:
			if (attempt(w, p))
				return 1;
			break;
		case PLAN_WAIT:
			ATF_REQUIRE(ms >= 50 && ms <= 5000);
			w->waits++;
			w->now += ms;
			break;
		case PLAN_GIVE_UP:
			return 0;
		}
	}
}

ATF_TC(finds_one_that_works);
ATF_TC_HEAD(finds_one_that_works, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "if any member that may be tried "
	    "works, the request gets through without a wait, whatever the "
	    "others do; if none does, it ends after as many tries as allowed");
}
ATF_TC_BODY(finds_one_that_works, tc)
{
	struct world     w;
	struct plan      p;
	struct upstream *u;
	unsigned int     i, k, n, works, bad, retry;
	int              through;

	srandom(1);
	for (k = 0; k < ROUNDS; k++) {
		retry = (unsigned int)random() % 6;
		begin(&w, some_conf(1, 0, retry));
		u = upstream_find(w.set, "u0");
		n = u->balance.n;
		works = bad = 0;
		for (i = 0; i < n; i++) {
			w.nature[0][i] = (enum nature)(random() % NATURE_MAX);
			u->member[i]->down = random() % 4 == 0;
			u->member[i]->unwell = random() % 4 == 0;
			if (u->member[i]->down || u->member[i]->unwell)
				continue;
			works += w.nature[0][i] == WORKS;
			bad += w.nature[0][i] != WORKS;
		}
		plan_init(&p, w.set, u, (uint64_t)random());
		through = run(&w, &p);
		plan_clear(&p);
		ATF_REQUIRE_EQ(through, works != 0);
		if (through)
			ATF_REQUIRE(w.waits == 0 && w.tries <= bad + 1);
		else
			ATF_REQUIRE_MSG(w.tries >= bad && w.waits <= retry &&
				w.tries <= (bad > retry ? bad : retry + 1),
			    "%u tries, %u waits: %u bad, retry %u", w.tries,
			    w.waits, bad, retry);
		end(&w);
	}
}

ATF_TC(tries_of_one);
ATF_TC_HEAD(tries_of_one, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the only member, which fails, is "
	    "tried once and as often again as allowed, with waits between "
	    "that grow; one without hope, or unable, or "
	    "that fails by what it was asked for, just once");
}
ATF_TC_BODY(tries_of_one, tc)
{
	struct world w;
	struct plan  p;
	unsigned int retry;
	enum nature  nature;

	srandom(2);
	for (retry = 0; retry < 10; retry++) {
		for (nature = FAILS; nature < NATURE_MAX; nature++) {
			begin(&w, some_conf(1, 1, retry));
			upstream_find(w.set, "u0")->member[0]->limit.failures =
			    0;
			w.nature[0][0] = nature;
			plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
			ATF_CHECK_EQ(run(&w, &p), 0);
			plan_clear(&p);
			if (nature != FAILS)
				ATF_CHECK(w.tries == 1 && w.waits == 0);
			else
				ATF_CHECK(w.tries == retry + 1 &&
				    w.waits == retry);
			end(&w);
		}
	}
}

ATF_TC(chains);
ATF_TC_HEAD(chains, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "over several hops, with proxies as "
	    "they come, each request ends within bounds, and nothing is left "
	    "behind; whoever worked is not blamed");
}
ATF_TC_BODY(chains, tc)
{
	struct world w;
	struct plan  p;
	unsigned int hops, i, j, k, through = 0;
	char         name[16];

	srandom(3);
	for (k = 0; k < ROUNDS; k++) {
		hops = 1 + (unsigned int)random() % CONF_HOPS_MAX;
		begin(&w, some_conf(hops, 0, (unsigned int)random() % 6));
		for (i = 0; i < hops; i++)
			for (j = 0; j < CONF_MEMBERS_MAX; j++)
				w.nature[i][j] = random() % 2 ?
				    WORKS :
				    (enum nature)(random() % NATURE_MAX);
		plan_init(&p, w.set, upstream_find(w.set, "u0"),
		    (uint64_t)random());
		ATF_REQUIRE_EQ(p.nsteps, hops);
		through += (unsigned int)run(&w, &p);
		plan_clear(&p);
		for (i = 0; i < hops; i++) {
			(void)snprintf(name, sizeof(name), "u%u", i);
			for (j = 0; j < upstream_find(w.set, name)->balance.n;
			     j++)
				if (w.nature[hops - 1 - i][j] == WORKS)
					ATF_REQUIRE_EQ(
					    member(&w, name, j)->failures, 0);
		}
		end(&w);
	}
	ATF_CHECK(through > ROUNDS / 3);
}

ATF_TC(suspects);
ATF_TC_HEAD(suspects, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "one that may have been at fault "
	    "counts as failed if another one does the same, and only then");
}
ATF_TC_BODY(suspects, tc)
{
	struct world w;
	struct plan  p;
	unsigned int i;

	srandom(4);
	begin(&w, some_conf(1, 2, 0));
	upstream_find(w.set, "u0")->balance.how = CONF_FAILOVER;
	w.nature[0][0] = SUSPECT;
	w.nature[0][1] = SUSPECT;
	for (i = 0; i < 20; i++) {
		w.tries = 0;
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		ATF_REQUIRE_EQ(run(&w, &p), 0);
		plan_clear(&p);
	}
	ATF_CHECK_EQ(member(&w, "u0", 0)->failures, 0);
	ATF_CHECK_EQ(upstream_usable(upstream_find(w.set, "u0"), w.now), 3);
	w.nature[0][1] = WORKS;
	for (i = 0; i < CONF_BREAKER_FAILURES; i++) {
		ATF_CHECK_EQ(upstream_usable(upstream_find(w.set, "u0"), w.now),
		    3);
		w.tries = 0;
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		ATF_REQUIRE_EQ(run(&w, &p), 1);
		plan_clear(&p);
	}
	ATF_CHECK_EQ(member(&w, "u0", 0)->failures, CONF_BREAKER_FAILURES);
	ATF_CHECK_EQ(upstream_usable(upstream_find(w.set, "u0"), w.now), 2);
	ATF_CHECK_EQ(proxy_state_of(member(&w, "u0", 0), w.now), PROXY_TRIPPED);
	end(&w);
}

ATF_TC(targets_of_clients);
ATF_TC_HEAD(targets_of_clients, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "whatever clients have a proxy do by "
	    "what they ask it for, it is there for the next one, asked once "
	    "by each and not counted as failed; after some it shows");
}
ATF_TC_BODY(targets_of_clients, tc)
{
	struct world w;
	struct plan  p;
	unsigned int i, n;

	for (n = 1; n <= 3; n++) {
		begin(&w, some_conf(1, n, 3));
		for (i = 0; i < n; i++)
			w.nature[0][i] = SUSPECT;
		for (i = 1; i < 50; i++) {
			ATF_CHECK_EQ(proxy_state_of(member(&w, "u0", 0), w.now),
			    i <= 5 ? PROXY_UP : PROXY_FAILING);
			w.tries = 0;
			plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
			ATF_REQUIRE_EQ(run(&w, &p), 0);
			plan_clear(&p);
			ATF_REQUIRE(w.tries == n && w.waits == 0);
		}
		for (i = 0; i < n; i++)
			ATF_CHECK_EQ(member(&w, "u0", i)->failures, 0);
		ATF_CHECK_EQ(upstream_usable(upstream_find(w.set, "u0"), w.now),
		    (1U << n) - 1);
		/* One that says no works, and so it is shown. */
		for (i = 0; i < n; i++)
			w.nature[0][i] = UNABLE;
		w.tries = 0;
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		ATF_REQUIRE_EQ(run(&w, &p), 0);
		plan_clear(&p);
		ATF_CHECK_EQ(proxy_state_of(member(&w, "u0", 0), w.now),
		    PROXY_UP);
		end(&w);
	}
}

ATF_TC(nothing_said);
ATF_TC_HEAD(nothing_said, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a request that was not even said to "
	    "a proxy ends no trial of it");
}
ATF_TC_BODY(nothing_said, tc)
{
	struct world w;
	struct plan  p;
	unsigned int i;

	begin(&w, some_conf(1, 1, 0));
	w.nature[0][0] = FAILS;
	for (i = 0; i < CONF_BREAKER_FAILURES; i++) {
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		ATF_REQUIRE_EQ(run(&w, &p), 0);
		plan_clear(&p);
	}
	w.now += CONF_BREAKER_FOR_MS;
	w.nature[0][0] = UNFIT;
	plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
	ATF_REQUIRE_EQ(run(&w, &p), 0);
	plan_clear(&p);
	ATF_CHECK_EQ(proxy_state_of(member(&w, "u0", 0), w.now),
	    PROXY_HALF_OPEN);
	end(&w);
}

/* One request that goes over the members that are first: 1 if through. */
static int
request(struct world *w, const char *name)
{
	struct plan p;
	int         through;

	w->tries = w->waits = 0;
	plan_init(&p, w->set, upstream_find(w->set, name), 0);
	through = run(w, &p);
	plan_clear(&p);
	return through;
}

ATF_TC(passed_check);
ATF_TC_HEAD(passed_check, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a member that passes a check is used "
	    "though its breaker is open: at once if a check sees what it "
	    "failed by, else by one request first");
}
ATF_TC_BODY(passed_check, tc)
{
	struct world  w;
	struct proxy *m;
	struct plan   p;
	uint32_t      ms;
	unsigned int  i, check;

	for (check = 0; check < 2; check++) {
		begin(&w, some_conf(1, 2, 0));
		upstream_find(w.set, "u0")->balance.how = CONF_FAILOVER;
		m = member(&w, "u0", 0);
		w.nature[0][0] = check ? SUSPECT : FAILS;
		for (i = 0; i < CONF_BREAKER_FAILURES; i++)
			ATF_REQUIRE_EQ(request(&w, "u0"), 1);
		ATF_CHECK_EQ(proxy_state_of(m, w.now), PROXY_TRIPPED);
		proxy_checked(m, 0, w.now);
		ATF_CHECK_EQ(proxy_state_of(m, w.now), PROXY_CHECK_FAILED);
		/* The check itself is no request that it got through. */
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		plan_only(&p, 1);
		ATF_REQUIRE_EQ(plan_next(&p, w.now, 0, &ms), PLAN_TRY);
		ATF_CHECK_EQ(plan_worked(&p, w.now), 0);
		plan_clear(&p);
		proxy_checked(m, 1, w.now);
		ATF_CHECK_EQ(proxy_state_of(m, w.now),
		    check ? PROXY_HALF_OPEN : PROXY_UP);
		/* Still the same: one request is enough to show it. */
		ATF_REQUIRE_EQ(request(&w, "u0"), 1);
		ATF_CHECK_EQ(w.tries, 2);
		ATF_CHECK_EQ(proxy_state_of(m, w.now),
		    check ? PROXY_TRIPPED : PROXY_FAILING);
		proxy_checked(m, 1, w.now);
		w.nature[0][0] = WORKS;
		ATF_REQUIRE_EQ(request(&w, "u0"), 1);
		ATF_CHECK_EQ(w.tries, 1);
		ATF_CHECK_EQ(proxy_state_of(m, w.now), PROXY_UP);
		end(&w);
	}
}

ATF_TC(trials_for_targets);
ATF_TC_HEAD(trials_for_targets, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a trial by a request that nobody "
	    "answers has shown that the proxy takes requests again, and one "
	    "that waits for a target keeps no other one waiting");
}
ATF_TC_BODY(trials_for_targets, tc)
{
	struct world  w;
	struct plan   p, q;
	struct proxy *m;
	uint32_t      ms;
	unsigned int  i;

	begin(&w, some_conf(1, 1, 3));
	m = member(&w, "u0", 0);
	w.nature[0][0] = FAILS;
	for (i = 0; i < CONF_BREAKER_FAILURES; i++)
		ATF_REQUIRE_EQ(request(&w, "u0"), 0);
	w.now += CONF_BREAKER_FOR_MS;
	w.nature[0][0] = SUSPECT;
	plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
	plan_init(&q, w.set, upstream_find(w.set, "u0"), 0);
	ATF_REQUIRE_EQ(plan_next(&p, w.now, 0, &ms), PLAN_TRY);
	plan_connected(&p, w.now);
	ATF_CHECK_EQ(plan_next(&q, w.now, 0, &ms), PLAN_WAIT);
	w.now += BREAKER_TRIAL_MS;
	ATF_CHECK_EQ(plan_next(&q, w.now, 0, &ms), PLAN_TRY);
	plan_clear(&q);
	plan_failed(&p, 0, PLAN_SUSPECT, w.now);
	ATF_CHECK_EQ(plan_next(&p, w.now, 0, &ms), PLAN_GIVE_UP);
	ATF_CHECK_EQ(proxy_state_of(m, w.now), PROXY_HALF_OPEN);
	plan_clear(&p);
	ATF_CHECK_EQ(proxy_state_of(m, w.now), PROXY_FAILING);
	ATF_CHECK_EQ(upstream_usable(upstream_find(w.set, "u0"), w.now), 1);
	end(&w);
}

ATF_TC(unanswered);
ATF_TC_HEAD(unanswered, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of a proxy that gives no answer when "
	    "asked for the next one, and of that one, the one fails without "
	    "which others got through; a way of both others tells nothing of "
	    "the nearer");
}
ATF_TC_BODY(unanswered, tc)
{
	struct conf *conf;
	struct world w;
	struct plan  p;
	uint32_t     ms;
	unsigned int i, near, far;

	for (i = 0; i < 4; i++) {
		ATF_REQUIRE((conf = conf_new()) != NULL);
		add(conf, "u0", "u1", i == 1 ? 1 : 2, 0);
		add(conf, "u1", "", i == 0 ? 1 : 2, 0);
		begin(&w, conf);
		upstream_find(w.set, "u0")->balance.how = CONF_FAILOVER;
		upstream_find(w.set, "u1")->balance.how = CONF_FAILOVER;
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		ATF_REQUIRE_EQ(plan_next(&p, w.now, 0, &ms), PLAN_TRY);
		plan_unanswered(&p, 1, w.now);
		if (i < 3) {
			/* Others are at hand at once. */
			ATF_REQUIRE_EQ(plan_next(&p, w.now, 0, &ms), PLAN_TRY);
			ATF_CHECK_EQ(p.step[0].member, i == 0 ? 0 : 1);
			ATF_CHECK_EQ(p.step[1].member, i == 1 ? 0 : 1);
			ATF_CHECK_EQ(plan_worked(&p, w.now), 1);
		}
		plan_clear(&p);
		far = (unsigned int)member(&w, "u0", 0)->failures;
		near = (unsigned int)member(&w, "u1", 0)->failures;
		ATF_CHECK_EQ(far, i == 0 || i == 2);
		ATF_CHECK_EQ(near, i == 1);
		end(&w);
	}
}

ATF_TC(one_trial);
ATF_TC_HEAD(one_trial, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "while one request tries whether a "
	    "proxy works again, others wait if they may, and go by it when "
	    "it does; open, it refuses at once");
}
ATF_TC_BODY(one_trial, tc)
{
	struct world w;
	struct plan  p, q, r;
	uint32_t     ms;
	unsigned int i;

	srandom(5);
	begin(&w, some_conf(1, 1, 3));
	w.nature[0][0] = FAILS;
	for (i = 0; i < 2; i++) {
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		ATF_CHECK_EQ(run(&w, &p), 0);
		plan_clear(&p);
	}
	ATF_CHECK_EQ(w.tries, CONF_BREAKER_FAILURES);
	ATF_CHECK_EQ(proxy_state_of(member(&w, "u0", 0), w.now), PROXY_TRIPPED);

	w.now += CONF_BREAKER_FOR_MS;
	plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
	plan_init(&q, w.set, upstream_find(w.set, "u0"), 0);
	plan_init(&r, w.set, upstream_find(w.set, "u0"), 0);
	ATF_REQUIRE_EQ(plan_next(&p, w.now, 0, &ms), PLAN_TRY);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(plan_next(&q, w.now, 0, &ms), PLAN_WAIT);
	ATF_REQUIRE_EQ(plan_next(&r, w.now, 0, &ms), PLAN_WAIT);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(plan_next(&r, w.now, 0, &ms), PLAN_WAIT);
	ATF_CHECK_EQ(plan_next(&r, w.now, 0, &ms), PLAN_GIVE_UP);
	plan_clear(&r);
	w.nature[0][0] = WORKS;
	ATF_CHECK_EQ(attempt(&w, &p), 1);
	plan_clear(&p);
	ATF_REQUIRE_EQ(plan_next(&q, w.now, 0, &ms), PLAN_TRY);
	ATF_CHECK_EQ(attempt(&w, &q), 1);
	plan_clear(&q);
	ATF_CHECK_EQ(proxy_state_of(member(&w, "u0", 0), w.now), PROXY_UP);
	end(&w);
}

ATF_TC(unreached);
ATF_TC_HEAD(unreached, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a proxy that cannot reach the next "
	    "one is passed over at once, even for the only next one there is");
}
ATF_TC_BODY(unreached, tc)
{
	struct conf *conf;
	struct world w;
	struct plan  p;
	uint32_t     ms;
	unsigned int i;

	srandom(9);
	ATF_REQUIRE((conf = conf_new()) != NULL);
	add(conf, "u0", "u1", 1, 0);
	add(conf, "u1", "", 3, 0);
	begin(&w, conf);
	upstream_find(w.set, "u1")->balance.how = CONF_FAILOVER;
	plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(plan_next(&p, w.now, 0, &ms), PLAN_TRY);
		ATF_CHECK_EQ(p.step[0].member, i);
		plan_unreached(&p, 1, PLAN_SUSPECT, w.now);
	}
	ATF_CHECK_EQ(plan_next(&p, w.now, 0, &ms), PLAN_GIVE_UP);
	plan_clear(&p);
	end(&w);
}

ATF_TC(checks);
ATF_TC_HEAD(checks, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a check goes by its member, be it "
	    "well or not, once, and by others of the upstreams before it if "
	    "these do not get there");
}
ATF_TC_BODY(checks, tc)
{
	struct world w;
	struct plan  p;
	unsigned int i, k;

	srandom(7);
	for (k = 0; k < ROUNDS / 10; k++) {
		begin(&w, some_conf(2, 3, 3));
		for (i = 0; i < 3; i++) {
			w.nature[0][i] = random() % 3 ? WORKS : FAILS;
			w.nature[1][i] = random() % 2 ? WORKS : FAILS;
			member(&w, "u0", i)->unwell = random() % 2;
			member(&w, "u1", i)->unwell = w.nature[0][i] == WORKS &&
			    random() % 2;
		}
		i = (unsigned int)random() % 3;
		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		plan_only(&p, i + 1);
		member(&w, "u0", i)->unwell = 0; /* attempt() looks */
		(void)run(&w, &p);
		ATF_REQUIRE(w.waits == 0 && w.tries <= 4);
		ATF_REQUIRE_EQ(member(&w, "u0", (i + 1) % 3)->tries, 0);
		ATF_REQUIRE_EQ(member(&w, "u0", (i + 2) % 3)->tries, 0);
		plan_clear(&p);

		plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
		plan_stop(&p);
		w.tries = 0;
		ATF_REQUIRE(run(&w, &p) == 0 && w.tries == 0);
		plan_clear(&p);
		end(&w);
	}
}

ATF_TC(reload);
ATF_TC_HEAD(reload, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a reload keeps what is known of a "
	    "proxy that stays the same, and of no other; a request under way "
	    "goes on by the old ones");
}
ATF_TC_BODY(reload, tc)
{
	struct conf      *conf;
	struct upstreams *old;
	struct world      w;
	struct plan       p;
	uint32_t          ms;

	srandom(6);
	begin(&w, some_conf(2, 3, 3));
	member(&w, "u0", 1)->down = 1;
	member(&w, "u0", 2)->failures = 7;
	member(&w, "u1", 0)->failures = 9;
	plan_init(&p, w.set, upstream_find(w.set, "u0"), 0);
	ATF_REQUIRE_EQ(plan_next(&p, w.now, 0, &ms), PLAN_TRY);

	conf = some_conf(2, 3, 3);
	TAILQ_FIRST(&TAILQ_FIRST(&conf->upstreams)->members)->port = 9;
	member(&w, "u1", 2)->failures = 11;
	(void)strlcpy(TAILQ_LAST(&TAILQ_LAST(&conf->upstreams, conf_upstreams)
				      ->members,
			  conf_proxies)
			  ->user,
	    "ann", LOGIN_NAME_SIZE);
	old = w.set;
	ATF_REQUIRE((w.set = upstreams_new(conf, old)) != NULL);
	upstreams_commit(w.set, conf);
	upstreams_release(old);
	ATF_CHECK_EQ(member(&w, "u0", 1)->down, 1);
	ATF_CHECK_EQ(member(&w, "u0", 2)->failures, 7);
	ATF_CHECK_EQ(member(&w, "u1", 0)->failures, 9);
	ATF_CHECK_EQ(member(&w, "u0", 0)->tries, 0);
	ATF_CHECK_EQ(member(&w, "u1", 2)->failures, 0);
	(void)plan_worked(&p, w.now);
	plan_clear(&p);
	conf_free(w.conf);
	w.conf = conf;
	end(&w);
}

ATF_TC(circles);
ATF_TC_HEAD(circles, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "upstreams in a circle, too many of them one behind the other, "
	    "or by one that is not there, are refused");
}
ATF_TC_BODY(circles, tc)
{
	struct conf *conf;

	srandom(7);
	conf = some_conf(CONF_HOPS_MAX + 1, 1, 0);
	ATF_CHECK(upstreams_new(conf, NULL) == NULL);
	conf_free(conf);
	conf = some_conf(3, 1, 0);
	(void)strlcpy(TAILQ_LAST(&conf->upstreams, conf_upstreams)->via, "u0",
	    CONF_NAME_SIZE);
	ATF_CHECK(upstreams_new(conf, NULL) == NULL);
	conf_free(conf);
	conf = some_conf(1, 1, 0);
	(void)strlcpy(TAILQ_FIRST(&conf->upstreams)->via, "none",
	    CONF_NAME_SIZE);
	ATF_CHECK(upstreams_new(conf, NULL) == NULL);
	conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, finds_one_that_works);
	ATF_TP_ADD_TC(tp, tries_of_one);
	ATF_TP_ADD_TC(tp, chains);
	ATF_TP_ADD_TC(tp, suspects);
	ATF_TP_ADD_TC(tp, targets_of_clients);
	ATF_TP_ADD_TC(tp, nothing_said);
	ATF_TP_ADD_TC(tp, passed_check);
	ATF_TP_ADD_TC(tp, trials_for_targets);
	ATF_TP_ADD_TC(tp, unanswered);
	ATF_TP_ADD_TC(tp, one_trial);
	ATF_TP_ADD_TC(tp, unreached);
	ATF_TP_ADD_TC(tp, checks);
	ATF_TP_ADD_TC(tp, reload);
	ATF_TP_ADD_TC(tp, circles);
	return atf_no_error();
}
