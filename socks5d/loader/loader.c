/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Makes images of tables and of databases out of what others wrote.
 *
 * It gets descriptors to read and one to fill, has no names of files, and talks
 * to the parent only.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/msg_table.h"
#include "base/role.h"
#include "compat/bigmem.h"
#include "conf/receiver.h"
#include "loader/loader.h"
#include "table/load.h"

/* One job at a time: its messages come behind each other. */
struct loader {
	struct role  role;
	int          job; /* there is one */
	uint64_t     id;
	struct load *load; /* NULL: no memory for it */
	int          image_fd;
};

static void loader_on_job(void *, struct peer *, struct msg *);
static void loader_on_source(void *, struct peer *, struct msg *);
static void loader_on_build(void *, struct peer *, struct msg *);
static int  loader_is_job(struct loader *, struct peer *, struct msg *);
static void loader_end(struct loader *);
static void loader_report(void *, const char *);
static void loader_answer(struct loader *, const struct msg_table_built *);

static const role_handler loader_handlers[MSG_MAX] = {
	[MSG_TABLE_JOB] = loader_on_job,
	[MSG_TABLE_SOURCE] = loader_on_source,
	[MSG_TABLE_BUILD] = loader_on_build,
};

static const struct role_ops loader_ops = {
	.conf = &conf_receiver,
	.handlers = loader_handlers,
};

_Noreturn void
loader_main(struct child *child)
{
	struct loader *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("loader: memory");
	p->image_fd = -1;
	bigmem_return();
	role_init(&p->role, child, &loader_ops, p);
	role_run(&p->role);
}

/* A job that comes before the last was built takes its place. */
static void
loader_on_job(void *arg, struct peer *from, struct msg *m)
{
	struct loader       *p = arg;
	struct msg_table_job job;

	if (msg_get_table_job(m, &job) == -1) {
		role_bad_peer(&p->role, from, "malformed table-job");
		return;
	}
	loader_end(p);
	p->job = 1;
	p->id = m->id;
	p->image_fd = msg_take_fd(m);
	p->load = load_new((enum table_kind)job.kind,
	    job.op == TABLE_JOB_DELETE ? TABLE_DELETE : TABLE_ADD, p->image_fd,
	    loader_report, p);
	if (p->load != NULL && job.op == TABLE_JOB_SKIM)
		load_skip_invalid(p->load);
}

static void
loader_on_source(void *arg, struct peer *from, struct msg *m)
{
	struct loader          *p = arg;
	struct msg_table_source source;
	int                     fd;

	if (msg_get_table_source(m, &source) == -1) {
		role_bad_peer(&p->role, from, "malformed table-source");
		return;
	}
	if (!loader_is_job(p, from, m))
		return;
	fd = msg_take_fd(m);
	if (p->load == NULL)
		; /* which is said at the end */
	else if (source.old)
		load_old(p->load, fd);
	else
		load_source(p->load, fd, source.name);
	if (fd != -1)
		(void)close(fd);
}

static void
loader_on_build(void *arg, struct peer *from, struct msg *m)
{
	struct loader         *p = arg;
	struct msg_table_built built;
	struct table_result    res;

	if (!loader_is_job(p, from, m))
		return;
	memset(&built, 0, sizeof(built));
	built.result = RESULT_REFUSED;
	if (p->load == NULL || p->image_fd == -1)
		(void)strlcpy(built.text, "out of memory or descriptors",
		    sizeof(built.text));
	else if (load_finish(p->load, &res) == 0) {
		built.result = RESULT_OK;
		built.entries = res.entries;
		built.added = res.added;
		built.deleted = res.deleted;
		built.size = res.size;
	}
	loader_end(p);
	loader_answer(p, &built);
}

/* True if the message is about the job that there is. */
static int
loader_is_job(struct loader *p, struct peer *from, struct msg *m)
{
	if (p->job && p->id == m->id)
		return 1;
	role_bad_peer(&p->role, from, "no such table-job");
	return 0;
}

static void
loader_end(struct loader *p)
{
	p->job = 0;
	load_free(p->load);
	p->load = NULL;
	if (p->image_fd != -1)
		(void)close(p->image_fd);
	p->image_fd = -1;
}

static void
loader_report(void *arg, const char *line)
{
	struct loader         *p = arg;
	struct msg_table_built built;

	memset(&built, 0, sizeof(built));
	built.result = RESULT_MORE;
	(void)strlcpy(built.text, line, sizeof(built.text));
	loader_answer(p, &built);
}

static void
loader_answer(struct loader *p, const struct msg_table_built *built)
{
	uint8_t     data[64 + MSG_TEXT_SIZE];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_table_built(&b, built);
	(void)peer_send(p->role.parent, MSG_TABLE_BUILT, p->id, &b, -1);
}
