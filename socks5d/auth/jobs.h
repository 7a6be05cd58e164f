/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Passwords that wait to be hashed, and the workers that do it.
 *
 * Pure; the clock is the caller's, who is called to start a job and when one is
 * done.
 *
 * A job is one password for one user.  Logins that want the same share it, so
 * that a client with twenty connections costs one hash.  How urgent a job is
 * is asked when a worker is free, not when it came: a guesser is known as one
 * by the time that his later guesses have their turn.
 *
 * A job belongs to the source that brought it until it is over, whoever left
 * meanwhile.  Of those equally urgent the sources have theirs in turn, and in
 * a full queue the source with the most makes room.
 */

#ifndef AUTH_JOBS_H
#define AUTH_JOBS_H

#include <stddef.h>
#include <stdint.h>

#include "auth/login.h"
#include "base/mac.h"
#include "base/msg_login.h"
#include "base/share.h"

#define JOBS_MAX        256  /* that wait, but for those of dead workers */
#define JOBS_LOGINS_MAX 4096 /* that wait for them */

/*
 * The lower the sooner; of several workers that are up suspects never get the
 * last one.
 */
enum job_class {
	JOB_KNOWN, /* from where this user has logged in lately */
	JOB_CLEAN,
	JOB_SUSPECT, /* the source or the user has failures */
	JOB_REFUSED, /* not to be hashed any more */
};

enum job_result {
	JOB_FITS,
	JOB_DIFFERS,
	JOB_BANNED, /* was JOB_REFUSED when its turn came */
	JOB_LOST,   /* no room, no time or no worker for it */
};

struct jobs_ops {
	enum job_class (*judge)(void *, const struct login *);

	/* Gives it to the worker, who answers with this id; -1: he cannot. */
	int (*start)(void *, unsigned int worker, uint64_t id,
	    const struct msg_hash_job *);

	/* The login is the callee's again, its job still there. */
	void (*done)(void *, struct login *, enum job_result);
};

/* Read by done(). */
struct job {
	RB_ENTRY(job)       bymac;
	TAILQ_ENTRY(job)    entry; /* while it waits */
	struct logins       logins;
	struct share       *share;        /* of the source it is of */
	uint8_t             mac[MAC_LEN]; /* of user and password */
	struct msg_hash_job hash;
	uint64_t            id;
	uint64_t            deadline; /* to begin with it */
	uint64_t            started;
	unsigned int        starts;
	int                 running;
};

struct jobs;

struct jobs *jobs_new(const struct jobs_ops *, void *); /* or NULL */

/*
 * The login waits for that job from now on; done() may be called before this
 * returns.  deadline is when nobody will want the answer any more.
 */
void jobs_add(struct jobs *, struct login *, const uint8_t mac[MAC_LEN],
    const struct msg_hash_job *, uint64_t deadline, uint64_t now);

/* Takes a login out of its job: nobody waits for the answer. */
void jobs_leave(struct jobs *, struct login *);

/* Workers come, end and become too many: a job that one had is done again. */
void jobs_worker_up(struct jobs *, unsigned int worker, uint64_t now);
void jobs_worker_down(struct jobs *, unsigned int worker, uint64_t now);
void jobs_set_workers(struct jobs *, unsigned int, uint64_t now);

/* A worker's answer; -1 if he was not asked that. */
int jobs_answer(struct jobs *, unsigned int worker, uint64_t id, int fits,
    uint64_t now);

/* Ends those whose time is over. */
void jobs_expire(struct jobs *, uint64_t now);

/* A worker whose job has taken longer than that; -1 if there is none. */
int jobs_stuck(const struct jobs *, uint64_t ms, uint64_t now);

size_t jobs_waiting(const struct jobs *);

/* True if there is any, waiting or running. */
int jobs_any(const struct jobs *);

#endif /* AUTH_JOBS_H */
