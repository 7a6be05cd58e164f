/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Changes of tables while the daemon runs: asked for by socks5ctl, kept here
 * until all of it has come, made into an image by the loader, taken by the
 * router.
 *
 * A kind of change.h.  The parent does not look at entries.  A change is in
 * force until the config or the file of the table says something new; it is not
 * written anywhere.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_table.h"
#include "base/proc.h"
#include "compat/sealed.h"
#include "conf/conf.h"
#include "parent/change.h"
#include "parent/loader_job.h"
#include "parent/process.h"
#include "parent/reload.h"
#include "parent/state.h"
#include "parent/table_change.h"
#include "table/table.h"

/* As many as control serves, and what they may send. */
#define EDITS_MAX 32
#define TEXT_MAX  (64 * 1024 * 1024)

/* The router is ended if it does not say in this time that it took a table. */
#define TAKE_TIMEOUT_S 5

struct table_change {
	struct change             change;
	TAILQ_ENTRY(table_change) entry;
	struct parent            *parent;
	struct msg_table_edit     what;
	int                       fd;    /* entries, then image */
	uint64_t                  size;  /* bytes of that */
	int                       whole; /* all entries are here */
	uint64_t                  moved_ms;
	char                      text[128]; /* what it did */
};

/* Changes of tables: one is made, others wait or are being sent. */
struct table_changes {
	TAILQ_HEAD(, table_change) list;
	unsigned int         n;
	struct table_change *current; /* being made, or NULL */
	uint64_t             asked;   /* of the question to router */
	struct event        *timeout;
};

static struct table_change *edit_byid(struct parent *, uint64_t);
static struct conf_table   *edit_table(const struct table_change *);
static void                 edit_sweep(struct parent *);
static const char *edit_write(struct table_change *, const uint8_t *, size_t);
static void        edit_begin(struct parent *, struct change *);
static const char *edit_job(struct table_change *, const struct conf_table *);
static void        edit_line(struct parent *, void *, const char *);
static void edit_built(struct parent *, void *, struct loader_job_result *);
static const char *edit_send(struct table_change *);
static void        edit_in_force(struct table_change *);
static void        edit_end(struct table_change *, enum result, const char *);
static void        edit_free(struct parent *, struct change *);
static void        edit_timeout_cb(evutil_socket_t, short, void *);

static const struct loader_job_ops edit_ops = { edit_line, edit_built };

static const struct change_ops ops = { "table change", MSG_TABLE_RES, 0, NULL,
	edit_begin, NULL, NULL, edit_free };

static const enum table_kind kinds[] = {
	[CONF_TABLE_ADDRESS] = TABLE_ADDR,
	[CONF_TABLE_DOMAIN] = TABLE_DOMAIN,
	[CONF_TABLE_USER] = TABLE_USER,
};

void
table_change_init(struct parent *p)
{
	struct table_changes *es;

	if ((es = p->table_changes = calloc(1, sizeof(*es))) == NULL)
		fatalx("memory");
	TAILQ_INIT(&es->list);
	if ((es->timeout = evtimer_new(p->base, edit_timeout_cb, p)) == NULL)
		fatalx("memory");
}

void
table_change_start(struct parent *p, uint64_t id,
    const struct msg_table_edit *m)
{
	struct table_changes *es = p->table_changes;
	struct table_change  *e;
	const char           *why;

	edit_sweep(p);
	why = changes_refuse(p->changes, &ops);
	if (why == NULL && conf_table_find(p->conf, m->name) == NULL &&
	    !reload_is_wanted(p))
		why = "no such table";
	if (why == NULL && es->n == EDITS_MAX)
		why = "too many table changes under way";
	if (why != NULL || (e = calloc(1, sizeof(*e))) == NULL) {
		change_answer(p->changes, &ops, id, RESULT_REFUSED,
		    why != NULL ? why : "out of memory");
		return;
	}
	change_init(&e->change, &ops);
	(void)askers_add(&e->change.askers, id, 0);
	e->parent = p;
	e->what = *m;
	e->moved_ms = clock_ms();
	TAILQ_INSERT_TAIL(&es->list, e, entry);
	es->n++;
	if ((e->fd = sealed_new("socks5d entries")) == -1)
		edit_end(e, RESULT_REFUSED, strerror(errno));
	else
		process_send(process_find(p, PROC_CONTROL, 0), MSG_TABLE_NEXT,
		    id, NULL, -1);
}

static struct table_change *
edit_byid(struct parent *p, uint64_t id)
{
	struct table_change *e;

	TAILQ_FOREACH(e, &p->table_changes->list, entry)
		if (e->change.askers.n > 0 &&
		    e->change.askers.asker[0].id == id)
			return e;
	return NULL;
}

/* Of the config in force, which may be another one by now. */
static struct conf_table *
edit_table(const struct table_change *e)
{
	struct conf_table *t;

	TAILQ_FOREACH(t, &e->parent->conf->tables, entry)
		if (strcmp(t->name, e->what.name) == 0)
			break;
	return t;
}

/* Makes room: of those that came in part the one that did nothing longest. */
static void
edit_sweep(struct parent *p)
{
	struct table_change *e, *oldest = NULL;

	if (p->table_changes->n < EDITS_MAX)
		return;
	TAILQ_FOREACH(e, &p->table_changes->list, entry)
		if (e->whole == 0 &&
		    (oldest == NULL || e->moved_ms < oldest->moved_ms))
			oldest = e;
	if (oldest != NULL)
		edit_end(oldest, RESULT_REFUSED, "its entries did not arrive");
}

/* Nothing is the end; whoever has gone on without us is not heard. */
void
table_change_text(struct parent *p, uint64_t id, const uint8_t *data,
    size_t len)
{
	struct table_change *e = edit_byid(p, id);
	const char          *why;

	if (e == NULL || e->whole)
		return;
	e->moved_ms = clock_ms();
	if ((why = changes_refuse(p->changes, &ops)) != NULL ||
	    (len > 0 && (why = edit_write(e, data, len)) != NULL))
		edit_end(e, RESULT_REFUSED, why);
	else if (len == 0) {
		e->whole = 1;
		(void)changes_add(p->changes, &e->change);
	} else
		process_send(process_find(p, PROC_CONTROL, 0), MSG_TABLE_NEXT,
		    id, NULL, -1);
}

static const char *
edit_write(struct table_change *e, const uint8_t *data, size_t len)
{
	ssize_t n;

	if (len > TEXT_MAX - e->size)
		return "more than 64 megabytes of entries at a time";
	e->size += len;
	while (len > 0) {
		n = write(e->fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return strerror(errno);
		data += n;
		len -= (size_t)n;
	}
	return NULL;
}

static void
edit_begin(struct parent *p, struct change *c)
{
	struct table_change     *e = (struct table_change *)c;
	const struct conf_table *t = edit_table(e);
	const char              *why = "no such table";

	p->table_changes->current = e;
	if (t == NULL || (why = edit_job(e, t)) != NULL)
		edit_end(e, RESULT_REFUSED, why);
}

static const char *
edit_job(struct table_change *e, const struct conf_table *t)
{
	static const enum table_job_op does[TABLE_EDIT_MAX] = {
		[TABLE_EDIT_ADD] = TABLE_JOB_ADD,
		[TABLE_EDIT_DELETE] = TABLE_JOB_DELETE,
		[TABLE_EDIT_REPLACE] = TABLE_JOB_LOAD,
	};
	struct loader_job *j;
	int                fd;

	if ((j = loader_job_new(kinds[t->kind],
		 t->skip_invalid && e->what.op == TABLE_EDIT_REPLACE ?
		     TABLE_JOB_SKIM :
		     does[e->what.op],
		 &edit_ops, e)) == NULL)
		return "out of memory";
	if (t->fd != -1 && e->what.op != TABLE_EDIT_REPLACE) {
		if ((fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 0)) == -1) {
			loader_job_free(j);
			return strerror(errno);
		}
		loader_job_source(j, fd, 1, "");
	}
	loader_job_source(j, e->fd, 0, e->what.source);
	e->fd = -1;
	loader_job_start(e->parent, j);
	return NULL;
}

static void
edit_line(struct parent *p, void *arg, const char *line)
{
	const struct table_change *e = arg;

	change_say(p->changes, &e->change, RESULT_MORE, line);
}

static void
edit_built(struct parent *p, void *arg, struct loader_job_result *res)
{
	struct table_change *e = arg;
	const char          *why;

	if (res->fd == -1) {
		edit_end(e, RESULT_REFUSED,
		    res->why != NULL ? res->why : "the table is unchanged");
		return;
	}
	e->fd = res->fd;
	e->size = res->size;
	(void)snprintf(e->text, sizeof(e->text),
	    "table <%s>: %u added, %u "
	    "deleted, %u in it",
	    e->what.name, res->added, res->deleted, res->entries);
	if ((why = edit_send(e)) != NULL)
		edit_end(e, RESULT_REFUSED, why);
}

static const char *
edit_send(struct table_change *e)
{
	struct timeval       tv = { TAKE_TIMEOUT_S, 0 };
	struct parent       *p = e->parent;
	struct process      *router = process_find(p, PROC_ROUTER, 0);
	struct msg_table_set s;
	uint8_t              data[64];
	struct wbuf          b;
	int                  fd;

	/* One that comes back gets all tables with its config. */
	if (router->peer == NULL) {
		edit_in_force(e);
		return NULL;
	}
	if ((fd = fcntl(e->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return strerror(errno);
	memset(&s, 0, sizeof(s));
	(void)strlcpy(s.name, e->what.name, sizeof(s.name));
	s.size = e->size;
	s.changed = 1;
	wbuf_init(&b, data, sizeof(data));
	msg_put_table_set(&b, &s);
	process_send(router, MSG_TABLE_SET, ++p->table_changes->asked, &b, fd);
	(void)event_add(p->table_changes->timeout, &tv);
	return NULL;
}

void
table_change_taken(struct parent *p, uint64_t asked,
    const struct msg_result *res)
{
	struct table_change *e = p->table_changes->current;

	if (e == NULL || asked != p->table_changes->asked ||
	    event_pending(p->table_changes->timeout, EV_TIMEOUT, NULL) == 0)
		return;
	if (res->result == RESULT_OK)
		edit_in_force(e);
	else
		edit_end(e, RESULT_REFUSED, res->text);
}

static void
edit_in_force(struct table_change *e)
{
	struct conf_table *t = edit_table(e);

	if (t->fd != -1)
		(void)close(t->fd);
	t->fd = e->fd;
	e->fd = -1;
	t->image.size = e->size;
	t->image.loaded_ms = clock_ms();
	t->image.changed = 1;
	edit_end(e, RESULT_OK, e->text);
}

static void
edit_end(struct table_change *e, enum result result, const char *text)
{
	struct parent        *p = e->parent;
	struct table_changes *es = p->table_changes;

	p->counters.v[result == RESULT_OK ? COUNTER_TABLES_CHANGED :
					    COUNTER_TABLES_FAILED]++;
	if (result == RESULT_OK)
		log_info("%s", text);
	else
		log_warn("table <%s>: change failed: %s", e->what.name, text);
	if (es->current == e) {
		(void)event_del(es->timeout);
		es->current = NULL;
	}
	change_end(p->changes, &e->change, result, text);
}

static void
edit_free(struct parent *p, struct change *c)
{
	struct table_changes *es = p->table_changes;
	struct table_change  *e = (struct table_change *)c;

	TAILQ_REMOVE(&es->list, e, entry);
	es->n--;
	if (e->fd != -1)
		(void)close(e->fd);
	free(e);
}

/* Its successor counts anew; what has come in whole is done all the same. */
void
table_change_control_down(struct process *control, const char *why)
{
	struct table_changes *es = control->parent->table_changes;
	struct table_change  *e, *next;

	TAILQ_FOREACH_SAFE(e, &es->list, entry, next)
		if (e->whole == 0)
			edit_end(e, RESULT_REFUSED, "control died during it");
}

/* Its successor gets the table as it was. */
void
table_change_router_down(struct process *router, const char *why)
{
	struct parent       *p = router->parent;
	struct table_change *e = p->table_changes->current;

	if (e != NULL &&
	    event_pending(p->table_changes->timeout, EV_TIMEOUT, NULL))
		edit_end(e, RESULT_REFUSED, "the router died during it");
}

/* Which table it has is not known: it starts again with the old one. */
static void
edit_timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	process_kill(process_find(p, PROC_ROUTER, 0));
	edit_end(p->table_changes->current, RESULT_REFUSED,
	    "the router did not accept it in time");
}
