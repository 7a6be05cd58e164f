/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Jobs of the loader, which turns what others wrote into images of tables.
 */

#ifndef PARENT_LOADER_JOB_H
#define PARENT_LOADER_JOB_H

#include <stdint.h>

#include "base/msg_table.h"
#include "table/table.h"

struct loader_job;
struct msg_table_built;
struct parent;
struct process;

/*
 * What is done about a job of the loader: each line that it complains about,
 * then how it ended, which takes the descriptor.
 */
struct loader_job_result {
	int         fd; /* sealed image, or -1 */
	uint64_t    size;
	uint32_t    entries;
	uint32_t    added;
	uint32_t    deleted;
	const char *why; /* it failed, besides lines; or NULL */
};

struct loader_job_ops {
	void (*line)(struct parent *, void *, const char *);
	void (*done)(struct parent *, void *, struct loader_job_result *);
};

void loader_job_init(struct parent *);

/* A job; NULL if memory is short. */
struct loader_job *loader_job_new(enum table_kind, enum table_job_op,
    const struct loader_job_ops *, void *arg);
void               loader_job_free(struct loader_job *);

/* Adds a source, of that name in complaints; takes the descriptor. */
void loader_job_source(struct loader_job *, int fd, int old, const char *name);

/* Takes the job.  It may end before this returns. */
void loader_job_start(struct parent *, struct loader_job *);

/* Forgets jobs with these functions, which are not called any more. */
void loader_job_cancel(struct parent *, const struct loader_job_ops *);

/* The loader says something; -1 if it must not.  It has come; it is gone. */
int loader_job_on_built(struct parent *, uint64_t id, struct msg_table_built *);
void loader_job_up(struct process *);
void loader_job_down(struct process *, const char *why);

#endif /* PARENT_LOADER_JOB_H */
