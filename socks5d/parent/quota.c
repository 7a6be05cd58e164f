/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The file of used quota: read when the first rule asks for a quota, told to
 * each new router, and written anew a second after that said what has changed.
 *
 * The file is whole at any time: a new one takes its name when it is on the
 * disk, which is the business of a process of its own, see writer.h.  A file
 * that cannot be read stops the start or the reload, as going on would give
 * everybody a new quota.  Where it cannot be written quotas go on from memory,
 * and the log says so; what is no file of used quota is left as it is, as a
 * wrong name in the config must cost nobody a device or another file.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/tree.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/bulk.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/login.h"
#include "base/msg.h"
#include "base/proc.h"
#include "base/quota.h"
#include "base/text.h"
#include "compat/mounted.h"
#include "conf/conf.h"
#include "config/file.h"
#include "config/parse.h"
#include "parent/process.h"
#include "parent/quota.h"
#include "parent/state.h"
#include "parent/writer.h"

/* Behind the name of the file, until it is whole. */
#define NEW_SUFFIX ".new"

/* Memory that lines are collected in before they are written. */
#define WRITE_SIZE (64 * 1024)

/* What has changed meanwhile is written together. */
#define WRITE_S 1

/* After a failure it is tried again so much later, changed or not. */
#define AGAIN_S 3

/* A disk that needs longer hangs; at the end there is less time. */
#define DISK_S     10
#define DISK_END_S 2

struct quota_entry {
	RB_ENTRY(quota_entry) node;
	char                  rule[QUOTA_RULE_SIZE];
	char                  user[LOGIN_NAME_SIZE];
	int                   month;
	struct quota_count    count;
	size_t                len; /* of its lines at most */
};
RB_HEAD(quota_entries, quota_entry);

struct quota_book {
	struct parent       *parent;
	struct quota_entries entries;
	size_t               count;
	size_t               bytes; /* of all lines at most */
	struct quota_clock   clock;
	char                 path[CONF_PATH_SIZE];
	struct event        *timer; /* to the next writing */
	struct writer        writer;
	int                  dirty; /* not yet written */
	int                  moved; /* the old path is written */
	int                  known; /* there is one of ours: */
	struct conf_stat     ours;
	int                  failing;  /* the log knows */
	int                  full;     /* this as well */
	void (*kept)(struct parent *); /* the end */
};

static int entry_cmp(const struct quota_entry *, const struct quota_entry *);
static int conf_has_quota(const struct conf *);
static struct quota_book *book_new(struct parent *, const char *);
static void book_unread(const struct conf *, const char *, parse_report,
    void *);
static void book_clear(struct quota_book *);
static int  book_read(struct quota_book *, const char **);
static int  book_lines(struct quota_book *, const struct file *, const char **);
static int  book_line(const struct text *, struct quota_row *);
static int  book_set(struct quota_book *, const struct quota_row *);
static size_t entry_put(const struct quota_entry *, const struct quota_slot *,
    char *);
static void   book_send(struct quota_book *, struct process *);
static int    book_put(struct quota_book *, struct bulk *);
static void   book_move(struct quota_book *, struct quota_book *);
static void   book_raise(struct quota_book *, struct quota_entry *,
      struct quota_slot *);
static struct quota_slot *entry_slot(struct quota_entry *, const char *);
static void               book_soon(struct quota_book *, unsigned int);
static void               book_cb(evutil_socket_t, short, void *);
static void               book_start(struct quota_book *, unsigned int);
static void               book_purge(struct quota_book *);
static void               book_write(void *, struct writer_result *);
static void               book_written(void *, struct writer_result *);
static int                book_fill(struct quota_book *, int);
static int                fill_out(int, const char *, size_t);
static int                book_is_ours(struct quota_book *, const char **);
static int                book_has_quota(const char *, const char **);
static void               stat_of(const struct stat *, struct conf_stat *);
static int                book_open(struct quota_book *, const char *);
static void               book_sync(const char *);

RB_PROTOTYPE(quota_entries, quota_entry, node, entry_cmp)
RB_GENERATE(quota_entries, quota_entry, node, entry_cmp)

/* One entry of a rule and user for days, and one for months. */
static int
entry_cmp(const struct quota_entry *a, const struct quota_entry *b)
{
	int c;

	if (a->month != b->month)
		return a->month < b->month ? -1 : 1;
	if ((c = strcmp(a->rule, b->rule)) != 0)
		return c;
	return strcmp(a->user, b->user);
}

/* Reads nothing again; but what lies at a new place counts, too. */
int
quota_prepare(struct parent *p, const struct conf *conf,
    struct quota_book **next, parse_report report, void *arg)
{
	const char *why;

	*next = NULL;
	if (!conf_has_quota(conf) ||
	    (p->quota != NULL && strcmp(p->quota->path, conf->quotas) == 0))
		return 0;
	*next = book_new(p, conf->quotas);
	if (*next == NULL)
		why = "out of memory";
	else if (book_read(*next, &why) == 0)
		return 0;
	book_unread(conf, why, report, arg);
	quota_abort(next);
	return -1;
}

int
quota_check(const struct conf *conf, parse_report report, void *arg)
{
	struct quota_book *q;
	const char        *why = "out of memory";
	int                ret = -1;

	if (!conf_has_quota(conf))
		return 0;
	if ((q = calloc(1, sizeof(*q))) != NULL) {
		RB_INIT(&q->entries);
		(void)strlcpy(q->path, conf->quotas, sizeof(q->path));
		ret = book_read(q, &why);
		book_clear(q);
		free(q);
	}
	if (ret == -1)
		book_unread(conf, why, report, arg);
	return ret;
}

static void
book_unread(const struct conf *conf, const char *why, parse_report report,
    void *arg)
{
	char text[2 * CONF_PATH_SIZE + 256], at[CONF_PLACE_STRLEN];

	(void)snprintf(text, sizeof(text),
	    "%squotas: %s: cannot read quota "
	    "usage: %s",
	    conf_place_print(conf->quotas_at.file, conf->quotas_at.line, at),
	    conf->quotas, why);
	report(arg, text);
}

static void
book_clear(struct quota_book *q)
{
	struct quota_entry *e, *after;

	RB_FOREACH_SAFE(e, quota_entries, &q->entries, after) {
		(void)RB_REMOVE(quota_entries, &q->entries, e);
		free(e);
	}
}

void
quota_abort(struct quota_book **next)
{
	struct quota_book *q = *next;

	*next = NULL;
	if (q == NULL)
		return;
	book_clear(q);
	writer_clear(&q->writer);
	event_free(q->timer);
	free(q);
}

void
quota_commit(struct parent *p, struct quota_book **next)
{
	if (*next == NULL)
		return;
	if (p->quota != NULL) {
		book_move(p->quota, *next);
		quota_abort(next);
		return;
	}
	p->quota = *next;
	*next = NULL;
	quota_send(process_find(p, PROC_ROUTER, 0));
}

/*
 * Another place for the same.  What was found there was used as well: of each
 * the larger number is right if that is a copy of our file, and the least that
 * was used if another daemon wrote it.  The router is told of the difference.
 */
static void
book_move(struct quota_book *q, struct quota_book *found)
{
	struct quota_entry *e;

	RB_FOREACH(e, quota_entries, &found->entries) {
		book_raise(q, e, &e->count.before);
		book_raise(q, e, &e->count.now);
	}
	book_send(found, process_find(q->parent, PROC_ROUTER, 0));
	(void)strlcpy(q->path, found->path, sizeof(q->path));
	q->moved = writer_is_busy(&q->writer);
	q->failing = 0;
	q->known = 0;
	q->dirty = 1;
	book_soon(q, 0);
}

/* Leaves in the slot what is in it beyond what we have. */
static void
book_raise(struct quota_book *q, struct quota_entry *found,
    struct quota_slot *slot)
{
	struct quota_entry *e;
	struct quota_slot  *have = NULL;
	struct quota_row    row;
	uint64_t            had;

	if (slot->period[0] == '\0')
		return;
	e = RB_FIND(quota_entries, &q->entries, found);
	if (e != NULL)
		have = entry_slot(e, slot->period);
	if (have != NULL) {
		had = have->bytes;
		if (had < slot->bytes) {
			have->bytes = slot->bytes;
			slot->bytes -= had;
		} else
			slot->period[0] = '\0';
	} else if (e != NULL && strcmp(slot->period, e->count.now.period) < 0) {
		if (strcmp(slot->period, e->count.before.period) > 0)
			e->count.before = *slot;
		else
			slot->period[0] = '\0';
	} else {
		memcpy(row.period, slot->period, sizeof(row.period));
		memcpy(row.rule, found->rule, sizeof(row.rule));
		memcpy(row.user, found->user, sizeof(row.user));
		row.bytes = slot->bytes;
		if (book_set(q, &row) == -1)
			log_warn("quotas: %s: too many used quotas to keep all",
			    q->parent->conf->quotas);
	}
}

/* The slot of that period, if it has one. */
static struct quota_slot *
entry_slot(struct quota_entry *e, const char *period)
{
	if (strcmp(e->count.now.period, period) == 0)
		return &e->count.now;
	return strcmp(e->count.before.period, period) == 0 ? &e->count.before :
							     NULL;
}

static struct quota_book *
book_new(struct parent *p, const char *path)
{
	struct quota_book *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->parent = p;
	RB_INIT(&q->entries);
	(void)quota_clock(&q->clock, time(NULL), clock_ms());
	(void)strlcpy(q->path, path, sizeof(q->path));
	if ((q->timer = evtimer_new(p->base, book_cb, q)) == NULL) {
		free(q);
		return NULL;
	}
	if (writer_init(p, &q->writer) == -1) {
		event_free(q->timer);
		free(q);
		return NULL;
	}
	return q;
}

static int
conf_has_quota(const struct conf *conf)
{
	const struct conf_rule *rule;

	TAILQ_FOREACH(rule, &conf->rules, entry)
		if (rule->limits.quota != 0)
			return 1;
	return 0;
}

/* -1 if there is something, and it cannot be read. */
static int
book_read(struct quota_book *q, const char **why)
{
	struct stat st;
	struct file f;
	int         ret;

	if (lstat(q->path, &st) == -1 && errno == ENOENT)
		return 0;
	if (file_read_long(&f, q->path, FILE_OURS, QUOTA_BYTES_MAX, why) == -1)
		return -1;
	ret = book_lines(q, &f, why);
	file_clear(&f);
	return ret;
}

/* -1 if there are lines and none is good, or more of them than are kept. */
static int
book_lines(struct quota_book *q, const struct file *f, const char **why)
{
	struct quota_row row;
	struct text      t;
	unsigned int     bad = 0, good = 0;
	time_t           now = time(NULL);
	int              what;

	if (text_init(&t, f->text, f->len, why) == -1)
		return -1;
	while (text_next(&t)) {
		if ((what = book_line(&t, &row)) == 0)
			continue;
		if (what == -1) {
			if (bad++ == 0)
				log_warn("quotas: %s:%u: invalid line, "
					 "ignored",
				    q->path, t.line);
			continue;
		}
		good++;
		if (!quota_is_old(row.period, now) && book_set(q, &row) == -1) {
			*why = errno == ENOMEM ?
			    "out of memory" :
			    "more used quotas than are kept";
			return -1;
		}
	}
	if (bad > 1)
		log_warn("quotas: %s: %u invalid lines ignored", q->path, bad);
	if (bad == 0 || good != 0)
		return 0;
	*why = "not a quota file";
	return -1;
}

/* 1 for what was used, 0 for nothing, -1 if it is neither. */
static int
book_line(const struct text *t, struct quota_row *row)
{
	const char *line = t->p + t->start;
	size_t      n = text_trim(line, t->n);

	if (n == 0 || *line == '#')
		return 0;
	return quota_line_get(line, n, row) == -1 ? -1 : 1;
}

/*
 * -1 with errno if there are too many, or memory is short.  What is written can
 * be read: all lines together are no longer than such a file may be.
 */
static int
book_set(struct quota_book *q, const struct quota_row *row)
{
	struct quota_entry *e, key;

	(void)strlcpy(key.rule, row->rule, sizeof(key.rule));
	(void)strlcpy(key.user, row->user, sizeof(key.user));
	key.month = quota_is_month(row->period);
	if ((e = RB_FIND(quota_entries, &q->entries, &key)) == NULL) {
		errno = ENOBUFS;
		if (q->count == QUOTA_ROWS_MAX ||
		    (e = calloc(1, sizeof(*e))) == NULL)
			return -1;
		memcpy(e->rule, key.rule, sizeof(e->rule));
		memcpy(e->user, key.user, sizeof(e->user));
		e->month = key.month;
		e->len = quota_row_room(row);
		if (e->len > QUOTA_BYTES_MAX - q->bytes) {
			free(e);
			errno = ENOBUFS;
			return -1;
		}
		(void)RB_INSERT(quota_entries, &q->entries, e);
		q->count++;
		q->bytes += e->len;
	}
	(void)quota_turn(&e->count, row->period);
	e->count.now.bytes = row->bytes;
	return 0;
}

/* Nothing if there is no such slot; line has QUOTA_LINE_SIZE bytes. */
static size_t
entry_put(const struct quota_entry *e, const struct quota_slot *s, char *line)
{
	struct quota_row row;

	if (s->period[0] == '\0')
		return 0;
	memcpy(row.period, s->period, sizeof(row.period));
	memcpy(row.rule, e->rule, sizeof(row.rule));
	memcpy(row.user, e->user, sizeof(row.user));
	row.bytes = s->bytes;
	return quota_line_put(line, QUOTA_LINE_SIZE, &row);
}

/* The period that is told last is the one that was counted in last. */
void
quota_send(struct process *router)
{
	if (router->parent->quota != NULL)
		book_send(router->parent->quota, router);
}

static void
book_send(struct quota_book *q, struct process *router)
{
	struct bulk *b;

	if (router->peer == NULL)
		return;
	/* One that does not know them would let everybody begin anew. */
	if ((b = bulk_new(PROC_PARENT, PROC_ROUTER)) == NULL ||
	    book_put(q, b) == -1 || process_send_bulk(router, b) == -1) {
		log_errno("quotas: cannot send to the router, terminating it");
		process_kill(router);
	}
}

/* Frees it if it fails. */
static int
book_put(struct quota_book *q, struct bulk *bulk)
{
	struct quota_entry      *e;
	const struct quota_slot *slot[2];
	char                     line[QUOTA_LINE_SIZE];
	uint8_t                  data[MSG_PAYLOAD_MAX];
	struct wbuf              b;
	size_t                   len;
	int                      i;

	wbuf_init(&b, data, sizeof(data));
	RB_FOREACH(e, quota_entries, &q->entries) {
		slot[0] = &e->count.before;
		slot[1] = &e->count.now;
		for (i = 0; i < 2; i++) {
			len = entry_put(e, slot[i], line);
			if (wbuf_space(&b) < len) {
				(void)bulk_add(bulk, MSG_QUOTA_ROWS, 0, &b, -1);
				wbuf_init(&b, data, sizeof(data));
			}
			wbuf_bytes(&b, line, len);
		}
	}
	if (b.len == 0 || bulk_add(bulk, MSG_QUOTA_ROWS, 0, &b, -1) == 0)
		return 0;
	bulk_free(bulk);
	return -1;
}

void
quota_changed(struct process *router, struct msg *m)
{
	struct quota_book *q = router->parent->quota;
	struct quota_row   row;
	const char        *line = (const char *)m->data, *end, *nl;

	/* After a reload without quotas it may still tell of old ones. */
	if (q == NULL)
		return;
	for (end = line + m->len; line < end; line = nl + 1) {
		if ((nl = memchr(line, '\n', (size_t)(end - line))) == NULL ||
		    quota_line_get(line, (size_t)(nl - line), &row) == -1) {
			process_broke(router, "malformed quota-rows");
			return;
		}
		if (book_set(q, &row) == 0 || q->full)
			continue;
		/* The router has thrown away what is old, and so may we. */
		book_purge(q);
		if (book_set(q, &row) == -1 && q->full++ == 0)
			log_error("quotas: %s: full: usage of further "
				  "quotas is not saved",
			    q->path);
	}
	q->dirty = 1;
	book_soon(q, WRITE_S);
}

/* Unless it is to be written sooner, or is being written. */
static void
book_soon(struct quota_book *q, unsigned int seconds)
{
	struct timeval tv = { (time_t)seconds, 0 };

	if (!writer_is_busy(&q->writer) &&
	    (seconds == 0 || evtimer_pending(q->timer, NULL) == 0))
		(void)event_add(q->timer, &tv);
}

static void
book_cb(evutil_socket_t fd, short what, void *arg)
{
	book_start(arg, DISK_S);
}

static void
book_start(struct quota_book *q, unsigned int seconds)
{
	struct writer_result res;

	(void)event_del(q->timer);
	book_purge(q);
	q->dirty = 0;
	q->moved = 0;
	if (writer_start(&q->writer, seconds, book_write, book_written, q) == 0)
		return;
	memset(&res, 0, sizeof(res));
	writer_failed(&res,
	    errno == EBUSY ? "the disk has not answered so far" :
			     strerror(errno));
	book_written(q, &res);
}

/* What is over and was not counted in for long is of no use. */
static void
book_purge(struct quota_book *q)
{
	struct quota_entry *e, *next;
	time_t              t;

	t = quota_clock(&q->clock, time(NULL), clock_ms());
	RB_FOREACH_SAFE(e, quota_entries, &q->entries, next)
		if (quota_count_is_old(&e->count, t)) {
			(void)RB_REMOVE(quota_entries, &q->entries, e);
			q->count--;
			q->bytes -= e->len;
			q->full = 0;
			free(e);
		}
}

static void
book_written(void *arg, struct writer_result *res)
{
	struct quota_book *q = arg;

	if (q->moved) {
		/* It is at the old place now, or is not. */
		q->moved = 0;
	} else if (res->failed) {
		if (q->failing == 0)
			log_warn("quotas: %s: cannot save quota usage: %s",
			    q->path, res->text);
		q->failing = 1;
		q->dirty = 1;
	} else {
		if (q->failing)
			log_info("quotas: %s: writable again", q->path);
		q->failing = 0;
		q->known = 1;
		q->ours = res->stat;
	}
	if (q->kept != NULL) {
		/* Of what comes once more there is no more time. */
		if (res->failed)
			q->dirty = 0;
		q->kept(q->parent);
	} else if (q->dirty)
		book_soon(q, res->failed ? AGAIN_S : WRITE_S);
}

int
quota_is_kept(struct parent *p, void (*kept)(struct parent *))
{
	struct quota_book *q = p->quota;

	if (q == NULL || (q->dirty == 0 && !writer_is_busy(&q->writer)))
		return 1;
	q->kept = kept;
	if (writer_is_busy(&q->writer))
		writer_hurry(&q->writer, DISK_END_S);
	else
		book_start(q, DISK_END_S);
	return q->dirty == 0 && !writer_is_busy(&q->writer);
}

/* --- in the process that writes ----------------------------------------- */

static void
book_write(void *arg, struct writer_result *res)
{
	struct quota_book *q = arg;
	struct stat        st;
	const char        *why = NULL;
	char new[CONF_PATH_SIZE + sizeof(NEW_SUFFIX)];
	int fd = -1;

	(void)snprintf(new, sizeof(new), "%s%s", q->path, NEW_SUFFIX);
	/* As rename(2) would say, without a try every few seconds. */
	if (mounted_file(q->path))
		why = writer_why(EBUSY);
	else if (book_is_ours(q, &why) && (fd = book_open(q, new)) != -1 &&
	    book_fill(q, fd) == 0 && fsync(fd) == 0 &&
	    rename(new, q->path) == 0 && fstat(fd, &st) == 0) {
		stat_of(&st, &res->stat);
		book_sync(new);
		return;
	}
	writer_failed(res, why);
	if (fd != -1)
		(void)unlink(new);
}

/* As it was left, or nothing, or what has a good line in it. */
static int
book_is_ours(struct quota_book *q, const char **why)
{
	struct conf_stat now;
	struct stat      st;

	if (lstat(q->path, &st) == -1 && errno == ENOENT)
		return 1;
	stat_of(&st, &now);
	if (q->known && conf_stat_equal(&now, &q->ours))
		return 1;
	return book_has_quota(q->path, why);
}

static void
stat_of(const struct stat *st, struct conf_stat *dst)
{
	memset(dst, 0, sizeof(*dst));
	dst->dev = st->st_dev;
	dst->ino = st->st_ino;
	dst->size = st->st_size;
	dst->mtime = st->st_mtim;
	dst->ctime = st->st_ctim;
}

/* What has nothing in it, or one good line at least. */
static int
book_has_quota(const char *path, const char **why)
{
	struct quota_row row;
	struct file      f;
	struct text      t;
	int              what, ours = 1;

	if (file_read_long(&f, path, FILE_OURS, QUOTA_BYTES_MAX, why) == -1)
		return 0;
	if (text_init(&t, f.text, f.len, why) == -1) {
		file_clear(&f);
		return 0;
	}
	while (text_next(&t)) {
		if ((what = book_line(&t, &row)) == 0)
			continue;
		ours = what == 1;
		if (ours)
			break;
	}
	if (ours == 0)
		*why = "not a quota file";
	file_clear(&f);
	return ours;
}

/* The folder is made if there is none, but not those above it. */
static int
book_open(struct quota_book *q, const char *new)
{
	char *slash;
	int   fd, tries;

	for (tries = 0; tries < 2; tries++) {
		(void)unlink(new);
		fd = open(new,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd != -1 || errno != ENOENT ||
		    (slash = strrchr(q->path, '/')) == NULL)
			return fd;
		*slash = '\0';
		(void)mkdir(q->path, 0700);
		*slash = '/';
	}
	return -1;
}

static int
book_fill(struct quota_book *q, int fd)
{
	struct quota_entry *e;
	char                text[WRITE_SIZE];
	size_t              n = 0;

	RB_FOREACH(e, quota_entries, &q->entries) {
		if (sizeof(text) - n < 2 * QUOTA_LINE_SIZE) {
			if (fill_out(fd, text, n) == -1)
				return -1;
			n = 0;
		}
		n += entry_put(e, &e->count.before, text + n);
		n += entry_put(e, &e->count.now, text + n);
	}
	return fill_out(fd, text, n);
}

static int
fill_out(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* It is there already; this is about a loss of power. */
static void
book_sync(const char *path)
{
	char dir[CONF_PATH_SIZE + sizeof(NEW_SUFFIX)], *slash;
	int  fd;

	(void)strlcpy(dir, path, sizeof(dir));
	if ((slash = strrchr(dir, '/')) == NULL)
		return;
	slash[slash == dir] = '\0';
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}
