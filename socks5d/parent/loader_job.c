/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Jobs of the loader, who turns what others wrote into images of tables.
 *
 * The parent reads neither what goes in nor what comes out: it opens, hands
 * over, waits and seals.  There is one job at a time; a loader that dies over
 * it, or does not end it in time, has failed in it.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_table.h"
#include "base/proc.h"
#include "compat/sealed.h"
#include "conf/conf.h"
#include "parent/loader_job.h"
#include "parent/process.h"
#include "parent/state.h"
#include "table/table.h"

/* A million entries take a second or two; a file may have many times that. */
#define JOB_TIMEOUT_S 30

/* The list in the config, the file and the older image. */
#define SOURCES_MAX 3

#define LINES_MAX 100

struct loader_job_source {
	int     fd;
	uint8_t old;
	char    name[CONF_PATH_SIZE];
};

struct loader_job {
	TAILQ_ENTRY(loader_job)      entry;
	enum table_kind              kind;
	enum table_job_op            op;
	struct loader_job_source     source[SOURCES_MAX];
	unsigned int                 nsources;
	int                          fd;     /* being filled, or -1 */
	unsigned int                 nlines; /* of complaints */
	const struct loader_job_ops *ops;
	void                        *arg;
};

struct loader_jobs {
	TAILQ_HEAD(, loader_job) queue;
	struct loader_job *current; /* or NULL */
	int                sent;    /* the loader has it */
	int                dying;   /* it was ended, not yet gone */
	uint64_t           id;      /* of the last sent */
	struct event      *timeout;
};

static void job_next(struct parent *);
static void job_send(struct parent *, struct loader_job *);
static int  job_send_sources(struct process *, struct loader_job *, uint64_t);
static int  duplicate(int);
static void job_end(struct parent *, const struct msg_table_built *,
    const char *);
static const char *job_seal(struct loader_job *, struct loader_job_result *);
static void        job_timeout_cb(evutil_socket_t, short, void *);

void
loader_job_init(struct parent *p)
{
	if ((p->jobs = calloc(1, sizeof(*p->jobs))) == NULL)
		fatalx("memory");
	TAILQ_INIT(&p->jobs->queue);
	if ((p->jobs->timeout = evtimer_new(p->base, job_timeout_cb, p)) ==
	    NULL)
		fatalx("memory");
}

struct loader_job *
loader_job_new(enum table_kind kind, enum table_job_op op,
    const struct loader_job_ops *ops, void *arg)
{
	struct loader_job *j;

	if ((j = calloc(1, sizeof(*j))) == NULL)
		return NULL;
	j->kind = kind;
	j->op = op;
	j->fd = -1;
	j->ops = ops;
	j->arg = arg;
	return j;
}

void
loader_job_free(struct loader_job *j)
{
	unsigned int i;

	if (j == NULL)
		return;
	for (i = 0; i < j->nsources; i++)
		(void)close(j->source[i].fd);
	if (j->fd != -1)
		(void)close(j->fd);
	free(j);
}

void
loader_job_source(struct loader_job *j, int fd, int old, const char *name)
{
	struct loader_job_source *s;

	if (j->nsources == SOURCES_MAX)
		fatalx("table with too many sources");
	s = &j->source[j->nsources++];
	s->fd = fd;
	s->old = old != 0;
	(void)strlcpy(s->name, name, sizeof(s->name));
}

void
loader_job_start(struct parent *p, struct loader_job *j)
{
	TAILQ_INSERT_TAIL(&p->jobs->queue, j, entry);
	job_next(p);
}

/* A loader that is not there gets it when it is: see loader_job_up(). */
static void
job_next(struct parent *p)
{
	struct timeval     tv = { JOB_TIMEOUT_S, 0 };
	struct process    *loader;
	struct loader_job *j;

	if (p->jobs->current != NULL || p->jobs->dying ||
	    (j = TAILQ_FIRST(&p->jobs->queue)) == NULL)
		return;
	TAILQ_REMOVE(&p->jobs->queue, j, entry);
	p->jobs->current = j;
	(void)event_add(p->jobs->timeout, &tv);
	loader = process_need(p, PROC_LOADER);
	if (loader != NULL && loader->peer != NULL && p->jobs->sent == 0)
		job_send(p, j);
}

static void
job_send(struct parent *p, struct loader_job *j)
{
	struct process      *loader = process_find(p, PROC_LOADER, 0);
	struct msg_table_job job;
	uint8_t              data[16];
	struct wbuf          b;
	int                  fd;

	if ((j->fd = sealed_new("socks5d table")) == -1 ||
	    (fd = duplicate(j->fd)) == -1) {
		job_end(p, NULL, strerror(errno));
		return;
	}
	memset(&job, 0, sizeof(job));
	job.kind = (uint8_t)j->kind;
	job.op = j->op;
	wbuf_init(&b, data, sizeof(data));
	msg_put_table_job(&b, &job);
	process_send(loader, MSG_TABLE_JOB, ++p->jobs->id, &b, fd);
	if (job_send_sources(loader, j, p->jobs->id) == -1) {
		job_end(p, NULL, strerror(errno));
		return;
	}
	process_send(loader, MSG_TABLE_BUILD, p->jobs->id, NULL, -1);
	p->jobs->sent = 1;
}

static int
job_send_sources(struct process *loader, struct loader_job *j, uint64_t id)
{
	struct msg_table_source s;
	struct stat             st;
	uint8_t                 data[CONF_PATH_SIZE + 32];
	struct wbuf             b;
	unsigned int            i;
	int                     fd;

	for (i = 0; i < j->nsources; i++) {
		if (fstat(j->source[i].fd, &st) == -1 ||
		    (fd = duplicate(j->source[i].fd)) == -1)
			return -1;
		s.old = j->source[i].old;
		s.size = (uint64_t)st.st_size;
		(void)strlcpy(s.name, j->source[i].name, sizeof(s.name));
		wbuf_init(&b, data, sizeof(data));
		msg_put_table_source(&b, &s);
		process_send(loader, MSG_TABLE_SOURCE, id, &b, fd);
	}
	return 0;
}

static int
duplicate(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* 0, or -1 if nothing of it may be said at this time. */
int
loader_job_on_built(struct parent *p, uint64_t id,
    struct msg_table_built *built)
{
	struct loader_job *j = p->jobs->current;

	/* Of a job that was given up, perhaps. */
	if (j == NULL || p->jobs->sent == 0 || id != p->jobs->id)
		return id > p->jobs->id ? -1 : 0;
	switch (built->result) {
	case RESULT_MORE:
		/* It stops by itself, unless it was taken over. */
		if (j->nlines++ < LINES_MAX)
			j->ops->line(p, j->arg, built->text);
		break;
	case RESULT_OK:
		job_end(p, built, NULL);
		break;
	case RESULT_REFUSED:
		job_end(p, NULL, built->text[0] == '\0' ? NULL : built->text);
		break;
	}
	return 0;
}

void
loader_job_up(struct process *loader)
{
	struct parent *p = loader->parent;

	if (p->jobs->current != NULL && p->jobs->sent == 0)
		job_send(p, p->jobs->current);
}

void
loader_job_down(struct process *loader, const char *why)
{
	struct parent *p = loader->parent;

	p->jobs->dying = 0;
	if (p->jobs->sent)
		job_end(p, NULL, "the loader died while loading it");
	else
		job_next(p);
}

/* built if there is an image; why may say why there is none. */
static void
job_end(struct parent *p, const struct msg_table_built *built, const char *why)
{
	struct loader_job       *j = p->jobs->current;
	struct loader_job_result res;

	(void)event_del(p->jobs->timeout);
	p->jobs->current = NULL;
	p->jobs->sent = 0;
	memset(&res, 0, sizeof(res));
	res.fd = -1;
	if (built != NULL) {
		res.entries = built->entries;
		res.added = built->added;
		res.deleted = built->deleted;
		why = job_seal(j, &res);
	}
	res.why = why;
	j->ops->done(p, j->arg, &res);
	loader_job_free(j);
	job_next(p);
}

/* Whoever filled it, nobody does any more. */
static const char *
job_seal(struct loader_job *j, struct loader_job_result *res)
{
	struct stat st;
	int         fd = j->fd;

	j->fd = -1;
	if ((fd = sealed_close(fd)) == -1)
		return strerror(errno);
	if (fstat(fd, &st) == -1) {
		(void)close(fd);
		return strerror(errno);
	}
	res->fd = fd;
	res->size = (uint64_t)st.st_size;
	return NULL;
}

void
loader_job_cancel(struct parent *p, const struct loader_job_ops *ops)
{
	struct loader_job *j, *next;

	TAILQ_FOREACH_SAFE(j, &p->jobs->queue, entry, next)
		if (j->ops == ops) {
			TAILQ_REMOVE(&p->jobs->queue, j, entry);
			loader_job_free(j);
		}
	if ((j = p->jobs->current) == NULL || j->ops != ops)
		return;
	(void)event_del(p->jobs->timeout);
	p->jobs->current = NULL;
	p->jobs->sent = 0;
	loader_job_free(j);
	job_next(p);
}

/* The loader hangs: kill it; the next job gets a new one. */
static void
job_timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent  *p = arg;
	struct process *loader = process_find(p, PROC_LOADER, 0);

	if (loader != NULL && loader->pid != 0) {
		p->jobs->dying = 1;
		process_kill(loader);
	}
	job_end(p, NULL, "the loader did not finish in time");
}
