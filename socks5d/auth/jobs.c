/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The queue of passwords to hash: see jobs.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>

#include "auth/jobs.h"
#include "base/proc.h"

/* A job with which so many workers have died is not given to a further one. */
#define STARTS_MAX 3

struct worker {
	int         up;
	struct job *job;
};

RB_HEAD(job_tree, job);
TAILQ_HEAD(job_queue, job);

struct jobs {
	const struct jobs_ops *ops;
	void                  *arg;
	struct job_tree        tree;    /* all */
	struct job_queue       queue;   /* those that wait */
	struct shares          sources; /* whose all are */
	uint64_t               last_turn;
	size_t                 nwaiting;
	size_t                 nlogins;
	uint64_t               last_id;
	unsigned int           nworkers; /* as configured */
	struct worker          worker[HASHERS_MAX];
};

static int         job_cmp(const struct job *, const struct job *);
static struct job *job_find(struct jobs *, const uint8_t *);
static struct job *job_new(struct jobs *, const struct login *, const uint8_t *,
    const struct msg_hash_job *, uint64_t);
static void        job_end(struct jobs *, struct job *, enum job_result);
static void        job_unqueue(struct jobs *, struct job *);
static void        job_free(struct jobs *, struct job *);
static enum job_class job_judge(struct jobs *, struct job *);
static int            jobs_make_room(struct jobs *, const struct login *);
static void           jobs_run(struct jobs *, uint64_t);
static struct job    *jobs_best(struct jobs *, enum job_class *);
static int            jobs_free_worker(const struct jobs *, unsigned int *,
	       unsigned int *);
static unsigned int   jobs_workers_up(const struct jobs *);

RB_PROTOTYPE(job_tree, job, bymac, job_cmp)
RB_GENERATE(job_tree, job, bymac, job_cmp)

struct jobs *
jobs_new(const struct jobs_ops *ops, void *arg)
{
	struct jobs *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return NULL;
	j->ops = ops;
	j->arg = arg;
	RB_INIT(&j->tree);
	TAILQ_INIT(&j->queue);
	/* It is for the queue to be full: see jobs_make_room(). */
	shares_init(&j->sources, SIZE_MAX, 1, SIZE_MAX);
	return j;
}

void
jobs_add(struct jobs *j, struct login *l, const uint8_t mac[MAC_LEN],
    const struct msg_hash_job *hash, uint64_t deadline, uint64_t now)
{
	struct job *job;

	l->job = NULL;
	if (j->nlogins >= JOBS_LOGINS_MAX) {
		j->ops->done(j->arg, l, JOB_LOST);
		return;
	}
	job = job_find(j, mac);
	/* The user's hash may have changed since that one began. */
	if (job != NULL && strcmp(job->hash.hash, hash->hash) != 0) {
		j->ops->done(j->arg, l, JOB_LOST);
		return;
	}
	if (job == NULL &&
	    ((j->nwaiting >= JOBS_MAX && jobs_make_room(j, l) == -1) ||
		(job = job_new(j, l, mac, hash, deadline)) == NULL)) {
		j->ops->done(j->arg, l, JOB_LOST);
		return;
	}
	l->job = job;
	TAILQ_INSERT_TAIL(&job->logins, l, entry);
	j->nlogins++;
	/* Who came first may have given up by then. */
	if (job->deadline < deadline)
		job->deadline = deadline;
	jobs_run(j, now);
}

void
jobs_leave(struct jobs *j, struct login *l)
{
	struct job *job = l->job;

	TAILQ_REMOVE(&job->logins, l, entry);
	j->nlogins--;
	l->job = NULL;
	if (TAILQ_EMPTY(&job->logins) && job->running == 0)
		job_free(j, job);
}

void
jobs_worker_up(struct jobs *j, unsigned int worker, uint64_t now)
{
	if (worker >= HASHERS_MAX)
		return;
	j->worker[worker].up = 1;
	jobs_run(j, now);
}

void
jobs_worker_down(struct jobs *j, unsigned int worker, uint64_t now)
{
	struct job *job;

	if (worker >= HASHERS_MAX)
		return;
	job = j->worker[worker].job;
	j->worker[worker].up = 0;
	j->worker[worker].job = NULL;
	if (job != NULL) {
		job->running = 0;
		TAILQ_INSERT_HEAD(&j->queue, job, entry);
		j->nwaiting++;
		if (TAILQ_EMPTY(&job->logins))
			job_free(j, job);
		else if (job->starts >= STARTS_MAX)
			job_end(j, job, JOB_LOST);
	}
	jobs_run(j, now);
}

void
jobs_set_workers(struct jobs *j, unsigned int n, uint64_t now)
{
	j->nworkers = n;
	jobs_run(j, now);
}

int
jobs_answer(struct jobs *j, unsigned int worker, uint64_t id, int fits,
    uint64_t now)
{
	struct job *job;

	if (worker >= HASHERS_MAX || (job = j->worker[worker].job) == NULL ||
	    job->id != id)
		return -1;
	j->worker[worker].job = NULL;
	job_end(j, job, fits ? JOB_FITS : JOB_DIFFERS);
	jobs_run(j, now);
	return 0;
}

void
jobs_expire(struct jobs *j, uint64_t now)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&j->queue); job != NULL; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (job->deadline <= now)
			job_end(j, job, JOB_LOST);
	}
}

int
jobs_stuck(const struct jobs *j, uint64_t ms, uint64_t now)
{
	const struct job *job;
	unsigned int      i;

	for (i = 0; i < HASHERS_MAX; i++)
		if ((job = j->worker[i].job) != NULL && now - job->started > ms)
			return (int)i;
	return -1;
}

size_t
jobs_waiting(const struct jobs *j)
{
	return j->nwaiting;
}

int
jobs_any(const struct jobs *j)
{
	return RB_EMPTY(&j->tree) == 0;
}

static int
job_cmp(const struct job *a, const struct job *b)
{
	return memcmp(a->mac, b->mac, sizeof(a->mac));
}

static struct job *
job_find(struct jobs *j, const uint8_t *mac)
{
	struct job *job = RB_ROOT(&j->tree);
	int         cmp;

	while (job != NULL) {
		if ((cmp = memcmp(mac, job->mac, sizeof(job->mac))) == 0)
			return job;
		job = cmp < 0 ? RB_LEFT(job, bymac) : RB_RIGHT(job, bymac);
	}
	return NULL;
}

static struct job *
job_new(struct jobs *j, const struct login *l, const uint8_t *mac,
    const struct msg_hash_job *hash, uint64_t deadline)
{
	struct share_key source;
	struct job      *job;

	if ((job = calloc(1, sizeof(*job))) == NULL)
		return NULL;
	share_key_source(&source, &l->client);
	job->share = share_take(&j->sources, &source, SIZE_MAX);
	if (job->share == NULL) {
		free(job);
		return NULL;
	}
	TAILQ_INIT(&job->logins);
	memcpy(job->mac, mac, sizeof(job->mac));
	job->hash = *hash;
	job->id = ++j->last_id;
	job->deadline = deadline;
	(void)RB_INSERT(job_tree, &j->tree, job);
	TAILQ_INSERT_TAIL(&j->queue, job, entry);
	j->nwaiting++;
	return job;
}

/* Those who wait for it are told; its worker is free already. */
static void
job_end(struct jobs *j, struct job *job, enum job_result result)
{
	struct login *l;

	if (job->running == 0)
		job_unqueue(j, job);
	job->running = 1; /* not to be freed by jobs_leave() */
	while ((l = TAILQ_FIRST(&job->logins)) != NULL) {
		TAILQ_REMOVE(&job->logins, l, entry);
		j->nlogins--;
		j->ops->done(j->arg, l, result);
	}
	job_free(j, job);
}

static void
job_unqueue(struct jobs *j, struct job *job)
{
	TAILQ_REMOVE(&j->queue, job, entry);
	j->nwaiting--;
}

static void
job_free(struct jobs *j, struct job *job)
{
	if (job->running == 0)
		job_unqueue(j, job);
	(void)RB_REMOVE(job_tree, &j->tree, job);
	share_release(&j->sources, job->share);
	freezero(job, sizeof(*job));
}

/*
 * The class of the most urgent of its logins, after those that are refused
 * by now were told so; JOB_REFUSED if none is left.
 */
static enum job_class
job_judge(struct jobs *j, struct job *job)
{
	struct login *l, *next;
	enum job_class class, best = JOB_REFUSED;

	for (l = TAILQ_FIRST(&job->logins); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry);
		class = j->ops->judge(j->arg, l);
		if (class < best)
			best = class;
		if (class != JOB_REFUSED)
			continue;
		TAILQ_REMOVE(&job->logins, l, entry);
		j->nlogins--;
		j->ops->done(j->arg, l, JOB_BANNED);
	}
	return best;
}

/*
 * A full queue is full for those who are no better than the last of the worst
 * in it, which is of the source that has the most; -1 then.  Equals are better
 * if their source has less.
 */
static int
jobs_make_room(struct jobs *j, const struct login *l)
{
	struct share_key source;
	struct job      *job, *next, *last = NULL;
	enum job_class   c, worst = j->ops->judge(j->arg, l);
	size_t           most;

	share_key_source(&source, &l->client);
	most = share_held(&j->sources, &source) + 1;

	for (job = TAILQ_FIRST(&j->queue); job != NULL; job = next) {
		next = TAILQ_NEXT(job, entry);
		if ((c = job_judge(j, job)) == JOB_REFUSED) {
			job_free(j, job);
			return 0;
		}
		if (c < worst ||
		    (c == worst &&
			(last == NULL ? job->share->held <= most :
					job->share->held < most)))
			continue;
		worst = c;
		most = job->share->held;
		last = job;
	}
	if (last == NULL)
		return -1;
	job_end(j, last, JOB_LOST);
	return 0;
}

/* Gives out work while there is a worker for it. */
static void
jobs_run(struct jobs *j, uint64_t now)
{
	struct job *job;
	enum job_class class;
	unsigned int worker, nfree;

	while (j->nwaiting > 0 && jobs_free_worker(j, &worker, &nfree) > 0) {
		if ((job = jobs_best(j, &class)) == NULL)
			return;
		if (class == JOB_SUSPECT && nfree == 1 &&
		    jobs_workers_up(j) > 1)
			return;
		if (j->ops->start(j->arg, worker, job->id, &job->hash) == -1) {
			j->worker[worker].up = 0;
			continue;
		}
		job_unqueue(j, job);
		job->running = 1;
		job->share->mark = ++j->last_turn;
		job->starts++;
		job->started = now;
		j->worker[worker].job = job;
	}
}

/*
 * Of the most urgent class, the first of the source whose last turn was the
 * longest ago; those refused are told on the way.
 */
static struct job *
jobs_best(struct jobs *j, enum job_class *class)
{
	struct job    *job, *next, *best = NULL;
	enum job_class c;

	*class = JOB_REFUSED;
	for (job = TAILQ_FIRST(&j->queue); job != NULL; job = next) {
		next = TAILQ_NEXT(job, entry);
		if ((c = job_judge(j, job)) == JOB_REFUSED)
			job_free(j, job);
		else if (c < *class ||
		    (c == *class && best != NULL &&
			job->share->mark < best->share->mark)) {
			*class = c;
			best = job;
		}
		if (*class == JOB_KNOWN && best->share->mark == 0)
			break;
	}
	return best;
}

/* How many are free, and one of them. */
static int
jobs_free_worker(const struct jobs *j, unsigned int *worker,
    unsigned int *nfree)
{
	unsigned int i;

	*nfree = 0;
	for (i = 0; i < HASHERS_MAX && i < j->nworkers; i++) {
		if (j->worker[i].up == 0 || j->worker[i].job != NULL)
			continue;
		(*nfree)++;
		*worker = i;
	}
	return *nfree > 0;
}

static unsigned int
jobs_workers_up(const struct jobs *j)
{
	unsigned int i, n = 0;

	for (i = 0; i < HASHERS_MAX && i < j->nworkers; i++)
		n += j->worker[i].up != 0;
	return n;
}
