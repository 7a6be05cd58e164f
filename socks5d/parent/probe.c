/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a reload needs of disks and of the name service, asked for by a process
 * of its own before the parent does.
 *
 * A file on a disk that hangs, or a group that a name service far away does not
 * tell, would hold up the parent for as long, and with it all that it is there
 * for.  So a process forked for that opens and reads the same first.  If it
 * comes to an end then so will the parent, who does it all again and complains;
 * what is wrong is not said here.  If it does not, the reload is refused.
 *
 * What happens to a disk between the two is not covered: those are moments.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "conf/conf.h"
#include "config/file.h"
#include "parent/conf_read.h"
#include "parent/control_socket.h"
#include "parent/probe.h"
#include "parent/quota.h"
#include "parent/state.h"
#include "parent/users.h"
#include "parent/writer.h"
#include "table/table.h"

/* It hangs if it has not worked for so long. */
#define PROBE_S 10

/* Nor does it go on for ever; shorter than what control gives a reload. */
#define PROBE_MAX_S 40

/* One that only wakes up to ask again uses less of the CPU in a second. */
#define WORK_NS (10 * 1000 * 1000)

struct probe_note {
	char what[32];
	char name[CONF_PATH_SIZE];
};

/* Files and names of a new config, tried before the parent waits for them. */
struct probe {
	struct writer      process;
	struct event      *tick;
	unsigned int       idle_s;  /* it does nothing for so long */
	uint64_t           used_ns; /* of the CPU, at the last look */
	struct probe_note *note;    /* what it is at: shared memory */
	void (*done)(struct parent *, const char *why);
};

static void probe_work(void *, struct writer_result *);
static void probe_at(const char *, const char *);
static void probe_files(const struct conf *);
static void probe_file(const char *);
static void probe_quiet(void *, const char *);
static void probe_ended(void *, struct writer_result *);
static void probe_late(const struct probe *, char *, size_t);
static void probe_tick_cb(evutil_socket_t, short, void *);
static int  probe_has_worked(struct probe *);

void
probe_init(struct parent *p)
{
	struct probe *b;

	if ((b = p->probe = calloc(1, sizeof(*b))) == NULL ||
	    writer_init(p, &b->process) == -1 ||
	    (b->tick = event_new(p->base, -1, EV_PERSIST, probe_tick_cb, b)) ==
		NULL)
		fatalx("memory");
	b->process.reads = 1;
	b->note = mmap(NULL, sizeof(*b->note), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->note == MAP_FAILED)
		fatal("memory");
}

const char *
probe_start(struct parent *p, void (*done)(struct parent *, const char *))
{
	static const struct timeval every = { 1, 0 };
	struct probe               *b = p->probe;

	b->done = done;
	b->idle_s = 0;
	b->used_ns = 0;
	/* One that is not gone may still write there. */
	if (b->process.pid == 0) {
		(void)strlcpy(b->note->what, "file", sizeof(b->note->what));
		(void)strlcpy(b->note->name, conf_read_file(p),
		    sizeof(b->note->name));
	}
	if (writer_start(&b->process, PROBE_MAX_S, probe_work, probe_ended,
		p) == -1)
		return errno != EBUSY ?
		    strerror(errno) :
		    "those of the last reload have not answered yet";
	(void)event_add(b->tick, &every);
	return NULL;
}

void
probe_cancel(struct parent *p)
{
	(void)event_del(p->probe->tick);
	writer_cancel(&p->probe->process);
}

static void
probe_ended(void *arg, struct writer_result *res)
{
	struct parent *p = arg;
	struct probe  *b = p->probe;
	char           why[MSG_TEXT_SIZE];

	(void)event_del(b->tick);
	if (res->failed == 0) {
		b->done(p, NULL);
		return;
	}
	if (b->process.killed)
		probe_late(b, why, sizeof(why));
	else
		(void)snprintf(why, sizeof(why),
		    "the process that tries to "
		    "read the config: %.128s",
		    res->died ? "it died" : res->text);
	b->done(p, why);
}

static void
probe_late(const struct probe *b, char *why, size_t size)
{
	struct probe_note note;
	char              what[64], name[CONF_PATH_SIZE];

	if (b->idle_s < PROBE_S) {
		(void)snprintf(why, size,
		    "reading it takes longer than %d "
		    "seconds",
		    PROBE_MAX_S);
		return;
	}
	/* It may be at work there: a copy has its ends. */
	memcpy(&note, b->note, sizeof(note));
	note.what[sizeof(note.what) - 1] = '\0';
	note.name[sizeof(note.name) - 1] = '\0';
	(void)log_escape(what, sizeof(what), note.what, strlen(note.what));
	(void)log_escape(name, sizeof(name), note.name, strlen(note.name));
	(void)snprintf(why, size, "%s %s did not answer in %d seconds", what,
	    name, PROBE_S);
}

/* A large config takes its time, and that is no reason to refuse it. */
static void
probe_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct probe *b = arg;

	if (probe_has_worked(b))
		b->idle_s = 0;
	else if (++b->idle_s == PROBE_S)
		writer_hurry(&b->process, 0);
}

static int
probe_has_worked(struct probe *b)
{
	struct timespec t;
	clockid_t       clock;
	uint64_t        used, last = b->used_ns;

	if (clock_getcpuclockid(b->process.pid, &clock) != 0 ||
	    clock_gettime(clock, &t) == -1)
		return 0;
	used = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	b->used_ns = used;
	return used - last >= WORK_NS;
}

/* --- in the process of its own ------------------------------------------ */

/* The one that notes it is forked for this alone, so it has but one place. */
static struct probe_note *noted;

static void
probe_at(const char *what, const char *name)
{
	if (noted == NULL)
		return;
	(void)strlcpy(noted->what, what, sizeof(noted->what));
	(void)strlcpy(noted->name, name, sizeof(noted->name));
}

static void
probe_file(const char *path)
{
	probe_at("file", path);
}

/*
 * All that conf_read.c and reload.c do, in its order; what children read is
 * opened and no more, as there.  After a mistake the rest is tried all the
 * same: the parent may see it otherwise, having more rights.
 */
static void
probe_work(void *arg, struct writer_result *res)
{
	struct parent     *p = arg;
	struct quota_book *book;
	struct conf       *conf;

	noted = p->probe->note;
	file_watch(probe_file);
	if ((conf = conf_read(p, probe_quiet, NULL)) == NULL)
		return;
	(void)users_open(conf, probe_quiet, NULL);
	if (conf->quotas[0] != '\0')
		probe_file(conf->quotas);
	(void)quota_prepare(p, conf, &book, probe_quiet, NULL);
	control_socket_look(p, conf, probe_at);
	probe_files(conf);
	/* Secrets and all: it goes with the process. */
}

static void
probe_files(const struct conf *conf)
{
	const struct conf_table *t;
	struct stat              st;
	const char              *why;

	TAILQ_FOREACH(t, &conf->tables, entry)
		if (t->path[0] != '\0')
			(void)file_open_long(t->path, FILE_OURS, TABLE_FILE_MAX,
			    &st, &why);
	if (conf->geoip[0] != '\0')
		(void)file_open_long(conf->geoip, FILE_OURS, TABLE_FILE_MAX,
		    &st, &why);
}

static void
probe_quiet(void *arg, const char *line)
{
}
