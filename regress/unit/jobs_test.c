/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the queue of passwords to hash: everybody is answered once, the
 * urgent first, and no worker's death loses a job.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "auth/jobs.h"
#include "base/proc.h"

#define STEPS   60000
#define LOGINS  20000
#define WORKERS 3

/* The world around the queue. */
struct world {
	struct jobs  *jobs;
	struct login *login[LOGINS]; /* NULL once answered */
	enum job_class class[LOGINS];
	unsigned int nlogins;
	unsigned int answered;
	unsigned int left;
	unsigned int results[JOB_LOST + 1];
	uint64_t     busy[HASHERS_MAX]; /* id; 0: idle */
	int          up[HASHERS_MAX];
	unsigned int nworkers;
	uint8_t      source; /* of logins to come */
	unsigned int starts;
	char         last[LOGIN_FIELD_MAX + 1]; /* password started */
};

static enum job_class judge(void *, const struct login *);
static int  start(void *, unsigned int, uint64_t, const struct msg_hash_job *);
static void done(void *, struct login *, enum job_result);
static void world_begin(struct world *, unsigned int);
static struct login *world_add(struct world *, const char *, enum job_class,
    uint64_t, uint64_t);
static void          random_turn(struct world *, uint64_t);

static const struct jobs_ops ops = { judge, start, done };

ATF_TC(everybody_is_answered);
ATF_TC_HEAD(everybody_is_answered, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "random logins, answers, deaths, departures and times: each login "
	    "is answered once, and in the end nothing is left");
}
ATF_TC_BODY(everybody_is_answered, tc)
{
	static struct world w;
	uint64_t            now = 1;
	unsigned int        i;

	srandom(3);
	world_begin(&w, WORKERS);
	for (i = 0; i < STEPS; i++) {
		now += (uint64_t)(random() % 3);
		random_turn(&w, now);
		ATF_REQUIRE(jobs_waiting(w.jobs) <= JOBS_MAX + WORKERS);
		ATF_REQUIRE(w.answered + w.left <= w.nlogins);
	}
	jobs_set_workers(w.jobs, 0, now);
	for (i = 0; i < HASHERS_MAX; i++)
		jobs_worker_down(w.jobs, i, now);
	jobs_expire(w.jobs, UINT64_MAX);
	ATF_CHECK_EQ(w.nlogins, w.answered + w.left);
	ATF_CHECK_EQ(0, jobs_any(w.jobs));
	ATF_CHECK_EQ(0, jobs_waiting(w.jobs));
	for (i = 0; i < w.nlogins; i++)
		ATF_REQUIRE(w.login[i] == NULL);
	printf("%u logins, %u hashes, %u fit, %u differ, %u banned, "
	       "%u lost, %u left\n",
	    w.nlogins, w.starts, w.results[JOB_FITS], w.results[JOB_DIFFERS],
	    w.results[JOB_BANNED], w.results[JOB_LOST], w.left);
	for (i = 0; i <= JOB_LOST; i++)
		ATF_CHECK(w.results[i] > 0);
}

ATF_TC(the_urgent_first);
ATF_TC_HEAD(the_urgent_first, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "known before clean before suspects, each in order; suspects "
	    "leave one worker free, and whoever is banned meanwhile is told");
}
ATF_TC_BODY(the_urgent_first, tc)
{
	static struct world w;

	world_begin(&w, 2);
	(void)world_add(&w, "s1", JOB_SUSPECT, 100, 1);
	(void)world_add(&w, "s2", JOB_SUSPECT, 100, 1);
	(void)world_add(&w, "s3", JOB_SUSPECT, 100, 1);
	ATF_CHECK_EQ(1, w.starts);
	ATF_CHECK_STREQ("s1", w.last);
	(void)world_add(&w, "c1", JOB_CLEAN, 100, 1);
	ATF_CHECK_STREQ("c1", w.last);
	(void)world_add(&w, "c2", JOB_CLEAN, 100, 1);
	(void)world_add(&w, "k1", JOB_KNOWN, 100, 1);
	(void)world_add(&w, "k2", JOB_KNOWN, 100, 1);
	(void)world_add(&w, "b1", JOB_CLEAN, 100, 1);
	ATF_CHECK_EQ(2, w.starts);
	w.class[7] = JOB_REFUSED;
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 0, 2));
	ATF_CHECK_STREQ("k1", w.last);
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 0, 2));
	ATF_CHECK_STREQ("k2", w.last);
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 0, 2));
	ATF_CHECK_STREQ("c2", w.last);
	ATF_CHECK_EQ(1, w.results[JOB_BANNED]);
	ATF_CHECK_EQ(5, w.starts);
	/* With both free one suspect runs, the other waits. */
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 0, 2));
	ATF_CHECK_EQ(5, w.starts);
	w.busy[0] = 0;
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 1, w.busy[1], 0, 2));
	ATF_CHECK_EQ(6, w.starts);
	ATF_CHECK_STREQ("s2", w.last);
	ATF_CHECK_EQ(1, jobs_waiting(w.jobs));
	/* A single worker takes them, too: there is none to keep. */
	jobs_set_workers(w.jobs, 1, 3);
	ATF_CHECK_EQ(7, w.starts);
}

ATF_TC(one_hash_for_the_same);
ATF_TC_HEAD(one_hash_for_the_same, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "logins with the same user and password share a hash, before and "
	    "while it runs, and a job that all have left is not done");
}
ATF_TC_BODY(one_hash_for_the_same, tc)
{
	static struct world w;
	struct login       *l[4];
	unsigned int        i;

	world_begin(&w, 1);
	for (i = 0; i < 100; i++)
		(void)world_add(&w, "same", JOB_CLEAN, 100, 1);
	ATF_CHECK_EQ(1, w.starts);
	for (i = 0; i < 4; i++)
		l[i] = world_add(&w, "other", JOB_CLEAN, 100, 1);
	for (i = 0; i < 4; i++) {
		ATF_CHECK_EQ(1, jobs_waiting(w.jobs));
		jobs_leave(w.jobs, l[i]);
	}
	ATF_CHECK_EQ(0, jobs_waiting(w.jobs));
	ATF_CHECK_EQ(-1, jobs_answer(w.jobs, 0, w.busy[0] + 1, 1, 1));
	ATF_CHECK_EQ(-1, jobs_answer(w.jobs, 1, w.busy[0], 1, 1));
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 1, 1));
	ATF_CHECK_EQ(-1, jobs_answer(w.jobs, 0, w.busy[0], 1, 1));
	ATF_CHECK_EQ(100, w.results[JOB_FITS]);
	ATF_CHECK_EQ(1, w.starts);
}

ATF_TC(a_full_queue);
ATF_TC_HEAD(a_full_queue, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "in a full queue who comes last of the least urgent loses, who "
	    "waits too long, too");
}
ATF_TC_BODY(a_full_queue, tc)
{
	static struct world w;
	char                name[16];
	unsigned int        i;

	world_begin(&w, 0);
	for (i = 0; i < JOBS_MAX + 10; i++) {
		(void)snprintf(name, sizeof(name), "s%u", i);
		(void)world_add(&w, name, JOB_SUSPECT, 100, 1);
	}
	ATF_CHECK_EQ(JOBS_MAX, jobs_waiting(w.jobs));
	ATF_CHECK_EQ(10, w.results[JOB_LOST]);
	for (i = 0; i < JOBS_MAX - 1; i++) {
		(void)snprintf(name, sizeof(name), "c%u", i);
		(void)world_add(&w, name, JOB_CLEAN, 200, 1);
		ATF_REQUIRE_EQ(JOBS_MAX, jobs_waiting(w.jobs));
	}
	ATF_CHECK_EQ(10 + JOBS_MAX - 1, w.results[JOB_LOST]);
	ATF_CHECK(w.login[0] != NULL && w.login[1] == NULL);
	jobs_expire(w.jobs, 100);
	ATF_CHECK_EQ(JOBS_MAX - 1, jobs_waiting(w.jobs));
	ATF_CHECK(w.login[0] == NULL);
	jobs_expire(w.jobs, 200);
	ATF_CHECK_EQ(0, jobs_any(w.jobs));
}

ATF_TC(sources_in_turn);
ATF_TC_HEAD(sources_in_turn, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "who brings a hundred passwords does not keep others waiting for "
	    "more than the one that runs");
}
ATF_TC_BODY(sources_in_turn, tc)
{
	static const char *const order[] = {
		"a0",
		"b0",
		"c0",
		"a1",
		"b1",
		"a2",
		"a3",
	};
	static struct world w;
	char                name[16];
	unsigned int        i;

	world_begin(&w, 1);
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "a%u", i);
		(void)world_add(&w, name, JOB_CLEAN, 100, 1);
	}
	w.source = 1;
	(void)world_add(&w, "b0", JOB_CLEAN, 100, 1);
	(void)world_add(&w, "b1", JOB_CLEAN, 100, 1);
	w.source = 2;
	(void)world_add(&w, "c0", JOB_CLEAN, 100, 1);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		ATF_CHECK_STREQ(order[i], w.last);
		ATF_REQUIRE_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 0, 1));
	}
}

ATF_TC(the_most_make_room);
ATF_TC_HEAD(the_most_make_room, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a full queue is full for the source that filled it, which a job "
	    "belongs to until it is over");
}
ATF_TC_BODY(the_most_make_room, tc)
{
	static struct world w;
	char                name[16];
	unsigned int        i;

	world_begin(&w, 1);
	for (i = 0; i < JOBS_MAX + 1; i++) {
		(void)snprintf(name, sizeof(name), "a%u", i);
		(void)world_add(&w, name, JOB_CLEAN, 100, 1);
	}
	ATF_CHECK_EQ(0, w.results[JOB_LOST]);
	(void)world_add(&w, "more", JOB_CLEAN, 100, 1);
	ATF_CHECK_EQ(1, w.results[JOB_LOST]);
	for (w.source = 1; w.source < 100; w.source++) {
		(void)snprintf(name, sizeof(name), "s%u", w.source);
		(void)world_add(&w, name, JOB_CLEAN, 100, 1);
		ATF_CHECK_EQ(JOBS_MAX, jobs_waiting(w.jobs));
		ATF_CHECK_MSG(w.login[w.nlogins - 1] != NULL, "%s", name);
	}
	ATF_CHECK(w.login[JOBS_MAX] == NULL);
	jobs_expire(w.jobs, 100);
	ATF_CHECK_EQ(0, jobs_waiting(w.jobs));
	ATF_CHECK_EQ(1, jobs_any(w.jobs));
}

ATF_TC(the_last_that_is_up);
ATF_TC_HEAD(the_last_that_is_up, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "suspects get the only worker that is up, of however many");
}
ATF_TC_BODY(the_last_that_is_up, tc)
{
	static struct world w;

	world_begin(&w, 2);
	jobs_worker_down(w.jobs, 1, 1);
	(void)world_add(&w, "s1", JOB_SUSPECT, 100, 1);
	ATF_CHECK_STREQ("s1", w.last);
	(void)world_add(&w, "s2", JOB_SUSPECT, 100, 1);
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 0, 1));
	ATF_CHECK_STREQ("s2", w.last);
	/* The other is back: it is kept for others. */
	jobs_worker_up(w.jobs, 1, 1);
	(void)world_add(&w, "s3", JOB_SUSPECT, 100, 1);
	ATF_CHECK_STREQ("s2", w.last);
	(void)world_add(&w, "c1", JOB_CLEAN, 100, 1);
	ATF_CHECK_STREQ("c1", w.last);
}

ATF_TC(dying_workers);
ATF_TC_HEAD(dying_workers, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a job whose worker dies is done by another, but one that three "
	    "have died of is given up; one that takes too long is found");
}
ATF_TC_BODY(dying_workers, tc)
{
	static struct world w;
	unsigned int        i;

	world_begin(&w, 2);
	(void)world_add(&w, "a", JOB_CLEAN, 1000, 1);
	(void)world_add(&w, "b", JOB_CLEAN, 1000, 1);
	(void)world_add(&w, "c", JOB_CLEAN, 1000, 1);
	ATF_CHECK_EQ(-1, jobs_stuck(w.jobs, 10, 11));
	ATF_CHECK_EQ(0, jobs_stuck(w.jobs, 10, 12));
	jobs_worker_down(w.jobs, 1, 5);
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 0, 6));
	/* Before those who came later. */
	ATF_CHECK_STREQ("a", w.last);
	ATF_CHECK_EQ(1, w.results[JOB_DIFFERS]);
	for (i = 0; i < 2; i++) {
		jobs_worker_down(w.jobs, 0, 7);
		jobs_worker_up(w.jobs, 0, 8);
	}
	ATF_CHECK_EQ(1, w.results[JOB_LOST]);
	ATF_CHECK_STREQ("c", w.last);
	ATF_CHECK_EQ(0, jobs_answer(w.jobs, 0, w.busy[0], 1, 9));
	ATF_CHECK_EQ(1, w.results[JOB_FITS]);
	ATF_CHECK_EQ(0, jobs_any(w.jobs));
}

static enum job_class
judge(void *arg, const struct login *l)
{
	const struct world *w = arg;

	return w->class[l->session];
}

static int
start(void *arg, unsigned int worker, uint64_t id,
    const struct msg_hash_job *job)
{
	struct world *w = arg;

	ATF_REQUIRE(worker < w->nworkers);
	w->busy[worker] = id;
	w->starts++;
	memcpy(w->last, job->pass, job->passlen);
	w->last[job->passlen] = '\0';
	return 0;
}

static void
done(void *arg, struct login *l, enum job_result result)
{
	struct world *w = arg;

	ATF_REQUIRE(w->login[l->session] == l);
	w->login[l->session] = NULL;
	w->answered++;
	w->results[result]++;
	free(l);
}

static void
world_begin(struct world *w, unsigned int nworkers)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	ATF_REQUIRE((w->jobs = jobs_new(&ops, w)) != NULL);
	w->nworkers = HASHERS_MAX;
	jobs_set_workers(w->jobs, nworkers, 1);
	for (i = 0; i < nworkers; i++)
		jobs_worker_up(w->jobs, i, 1);
}

/* The session is the login's number, the password the job. */
static struct login *
world_add(struct world *w, const char *pass, enum job_class class,
    uint64_t deadline, uint64_t now)
{
	struct msg_hash_job job;
	struct login       *l;
	uint8_t             tag[MAC_LEN];

	memset(&job, 0, sizeof(job));
	(void)strlcpy(job.hash, "hash", sizeof(job.hash));
	job.passlen = (uint8_t)strlen(pass);
	memcpy(job.pass, pass, job.passlen);
	memset(tag, 0, sizeof(tag));
	memcpy(tag, pass, job.passlen);
	ATF_REQUIRE(w->nlogins < LOGINS);
	ATF_REQUIRE((l = calloc(1, sizeof(*l))) != NULL);
	l->session = w->nlogins;
	l->client.af = AF_INET;
	l->client.b[3] = w->source;
	w->class[w->nlogins] = class;
	w->login[w->nlogins++] = l;
	jobs_add(w->jobs, l, tag, &job, deadline, now);
	return l;
}

static void
random_turn(struct world *w, uint64_t now)
{
	struct login *l;
	uint64_t      id;
	unsigned int  i, k;
	char          name[16];

	k = (unsigned int)random() % WORKERS;
	switch (random() % 24) {
	case 0:
		w->busy[k] = 0;
		jobs_worker_down(w->jobs, k, now);
		break;
	case 1:
		jobs_worker_up(w->jobs, k, now);
		break;
	case 2:
		jobs_expire(w->jobs, now);
		break;
	case 3:
		/* Those who came last are most likely still there. */
		for (i = w->nlogins; i > 0 && w->nlogins - i < 50; i--) {
			if ((l = w->login[i - 1]) == NULL || random() % 4 != 0)
				continue;
			jobs_leave(w->jobs, l);
			w->login[i - 1] = NULL;
			w->left++;
			free(l);
		}
		break;
	case 4:
		if (w->nlogins > 0) {
			i = w->nlogins - 1 -
			    (unsigned int)random() %
				(w->nlogins < 300 ? w->nlogins : 300);
			w->class[i] = (enum job_class)(random() % 4);
		}
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		if ((id = w->busy[k]) == 0)
			break;
		w->busy[k] = 0;
		ATF_REQUIRE_EQ(0,
		    jobs_answer(w->jobs, k, id, (int)(random() % 2), now));
		break;
	default:
		if (w->nlogins == LOGINS)
			break;
		w->source = (uint8_t)(random() % 5);
		(void)snprintf(name, sizeof(name), "p%ld", random() % 2000);
		(void)world_add(w, name, (enum job_class)(random() % 3),
		    now + (uint64_t)(random() % 2000), now);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, everybody_is_answered);
	ATF_TP_ADD_TC(tp, the_urgent_first);
	ATF_TP_ADD_TC(tp, one_hash_for_the_same);
	ATF_TP_ADD_TC(tp, a_full_queue);
	ATF_TP_ADD_TC(tp, sources_in_turn);
	ATF_TP_ADD_TC(tp, the_most_make_room);
	ATF_TP_ADD_TC(tp, the_last_that_is_up);
	ATF_TP_ADD_TC(tp, dying_workers);
	return atf_no_error();
}
