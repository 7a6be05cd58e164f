/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


/*
 * The file of used quota: read when the first rule asks for a quota, told to
 * each new router, and written anew when that says how it has changed.
 *
 * Linked by the parent alone.  The file is whole at any time: a new one takes
 * its name when it is on the disk.  Where it cannot be read or written quotas
 * go on from memory, and the log says so; what is no file of used quota is
 * left as it is, as a wrong name in the config must cost nobody a device or
 * another file.
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

#include "base/quota.h"
#include "config/file.h"
#include "parent/state.h"

/* Behind the name of the file, until it is whole. */
#define NEW_SUFFIX	".new"

/* Memory that lines are collected in before they are written. */
#define WRITE_SIZE	(64 * 1024)

struct quota_entry {
	RB_ENTRY(quota_entry)	 node;
	struct quota_row	 row;
};
RB_HEAD(quota_entries, quota_entry);

struct quota_book {
	struct quota_entries	 entries;
	size_t			 count;
	char			 path[CONF_PATH_SIZE];
	int			 failing;	/* the log knows */
};

static int	entry_cmp(const struct quota_entry *,
		    const struct quota_entry *);
static int	conf_has_quota(const struct conf *);
static void	book_read(struct quota_book *);
static int	book_set(struct quota_book *, const struct quota_row *);
static void	book_write(struct quota_book *);
static int	book_fill(struct quota_book *, int);
static int	fill_out(int, const char *, size_t);
static int	book_is_ours(const char *, const char **);
static int	book_open(struct quota_book *, const char *);
static void	book_sync(const char *);

RB_PROTOTYPE(quota_entries, quota_entry, node, entry_cmp)
RB_GENERATE(quota_entries, quota_entry, node, entry_cmp)

/* One entry of a rule and user for days, and one for months. */
static int
entry_cmp(const struct quota_entry *a, const struct quota_entry *b)
{
	size_t	x = strlen(a->row.period), y = strlen(b->row.period);
	int	c;

	if (x != y)
		return x < y ? -1 : 1;
	if ((c = strcmp(a->row.rule, b->row.rule)) != 0)
		return c;
	return strcmp(a->row.user, b->row.user);
}

void
quota_open(struct parent *p)
{
	struct quota_book	*q = p->quota;

	if (!conf_has_quota(p->conf))
		return;
	if (q != NULL && strcmp(q->path, p->conf->quotas) == 0)
		return;
	if (q == NULL) {
		if ((q = calloc(1, sizeof(*q))) == NULL)
			fatal("quotas: memory");
		RB_INIT(&q->entries);
		p->quota = q;
		(void)strlcpy(q->path, p->conf->quotas, sizeof(q->path));
		book_read(q);
		quota_send(p, process_find(p, PROC_ROUTER, 0));
		return;
	}
	/* Another place for the same; what lies there is not ours. */
	(void)strlcpy(q->path, p->conf->quotas, sizeof(q->path));
	q->failing = 0;
	book_write(q);
}

static int
conf_has_quota(const struct conf *conf)
{
	const struct conf_rule	*rule;

	TAILQ_FOREACH(rule, &conf->rules, entry)
		if (rule->limits.quota != 0)
			return 1;
	return 0;
}

static void
book_read(struct quota_book *q)
{
	struct quota_row	 row;
	struct stat		 st;
	struct file		 f;
	const char		*why, *line, *end, *nl;
	unsigned int		 n = 0, bad = 0;

	if (stat(q->path, &st) == -1 && errno == ENOENT)
		return;
	if (file_read(&f, q->path, FILE_OURS, &why) == -1) {
		log_warn("quotas: %s: %s", q->path, why);
		return;
	}
	end = f.text + f.len;
	for (line = f.text; line < end; line = nl + 1) {
		n++;
		if ((nl = memchr(line, '\n', (size_t)(end - line))) == NULL)
			nl = end;
		if (nl == line || *line == '#')
			continue;
		if (quota_line_get(line, (size_t)(nl - line), &row) == -1) {
			if (bad++ == 0)
				log_warn("quotas: %s:%u: not a line of used "
				    "quota: left out", q->path, n);
		} else if (!quota_is_over(row.period, time(NULL)) &&
		    book_set(q, &row) == -1) {
			log_warn("quotas: %s:%u: no room for it", q->path, n);
			break;
		}
	}
	if (bad > 1)
		log_warn("quotas: %s: %u lines left out", q->path, bad);
	file_clear(&f);
}

/* -1 if there are too many, or memory is short. */
static int
book_set(struct quota_book *q, const struct quota_row *row)
{
	struct quota_entry	*e, key;

	key.row = *row;
	if ((e = RB_FIND(quota_entries, &q->entries, &key)) == NULL) {
		if (q->count == QUOTA_ROWS_MAX ||
		    (e = malloc(sizeof(*e))) == NULL)
			return -1;
		e->row = *row;
		(void)RB_INSERT(quota_entries, &q->entries, e);
		q->count++;
	}
	e->row = *row;
	return 0;
}

void
quota_send(struct parent *p, struct process *router)
{
	struct quota_book	*q = p->quota;
	struct quota_entry	*e;
	char			 line[QUOTA_LINE_SIZE];
	uint8_t			 data[MSG_PAYLOAD_MAX];
	struct wbuf		 b;
	size_t			 len;

	if (q == NULL || router == NULL)
		return;
	wbuf_init(&b, data, sizeof(data));
	RB_FOREACH(e, quota_entries, &q->entries) {
		len = quota_line_put(line, sizeof(line), &e->row);
		if (wbuf_space(&b) < len) {
			process_send(router, MSG_QUOTA_ROWS, 0, &b, -1);
			wbuf_init(&b, data, sizeof(data));
		}
		wbuf_bytes(&b, line, len);
	}
	if (b.len != 0)
		process_send(router, MSG_QUOTA_ROWS, 0, &b, -1);
}

void
quota_changed(struct process *router, struct msg *m)
{
	struct quota_book	*q = router->parent->quota;
	struct quota_row	 row;
	const char		*line = (const char *)m->data, *end, *nl;

	/* After a reload without quotas it may still tell of old ones. */
	if (q == NULL)
		return;
	for (end = line + m->len; line < end; line = nl + 1) {
		if ((nl = memchr(line, '\n', (size_t)(end - line))) == NULL ||
		    quota_line_get(line, (size_t)(nl - line), &row) == -1) {
			child_broke(router, "malformed quota-rows");
			return;
		}
		if (book_set(q, &row) == -1)
			log_warn("quotas: no room for more");
	}
	book_write(q);
}

static void
book_write(struct quota_book *q)
{
	const char	*why = NULL;
	char		 new[CONF_PATH_SIZE + sizeof(NEW_SUFFIX)];
	int		 fd = -1;

	(void)snprintf(new, sizeof(new), "%s%s", q->path, NEW_SUFFIX);
	if (book_is_ours(q->path, &why) && (fd = book_open(q, new)) != -1 &&
	    book_fill(q, fd) == 0 && fsync(fd) == 0 &&
	    rename(new, q->path) == 0) {
		(void)close(fd);
		book_sync(new);
		if (q->failing)
			log_info("quotas: %s: is written again", q->path);
		q->failing = 0;
		return;
	}
	if (why == NULL)
		why = strerror(errno);
	if (q->failing == 0)
		log_warn("quotas: %s: what is used is not kept: %s", q->path,
		    why);
	q->failing = 1;
	if (fd != -1) {
		(void)close(fd);
		(void)unlink(new);
	}
}

/* Nothing, what has nothing in it, or what has one good line at least. */
static int
book_is_ours(const char *path, const char **why)
{
	struct quota_row	 row;
	struct stat		 st;
	struct file		 f;
	const char		*line, *end, *nl;
	int			 ours = 1;

	if (lstat(path, &st) == -1 && errno == ENOENT)
		return 1;
	if (file_read(&f, path, FILE_OURS, why) == -1)
		return 0;
	end = f.text + f.len;
	for (line = f.text; line < end; line = nl + 1) {
		if ((nl = memchr(line, '\n', (size_t)(end - line))) == NULL)
			nl = end;
		if (nl == line || *line == '#')
			continue;
		ours = quota_line_get(line, (size_t)(nl - line), &row) == 0;
		if (ours)
			break;
	}
	if (ours == 0)
		*why = "there is something else in it";
	file_clear(&f);
	return ours;
}

/* The folder is made if there is none, but not those above it. */
static int
book_open(struct quota_book *q, const char *new)
{
	char	*slash;
	int	 fd, tries;

	for (tries = 0; tries < 2; tries++) {
		(void)unlink(new);
		fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
		if (fd != -1 || errno != ENOENT ||
		    (slash = strrchr(q->path, '/')) == NULL)
			return fd;
		*slash = '\0';
		(void)mkdir(q->path, 0700);
		*slash = '/';
	}
	return -1;
}

/* What is over is not written any more, nor kept. */
static int
book_fill(struct quota_book *q, int fd)
{
	struct quota_entry	*e, *next;
	char			 text[WRITE_SIZE];
	time_t			 now = time(NULL);
	size_t			 n = 0, len;

	RB_FOREACH_SAFE(e, quota_entries, &q->entries, next) {
		if (quota_is_over(e->row.period, now)) {
			(void)RB_REMOVE(quota_entries, &q->entries, e);
			free(e);
			q->count--;
			continue;
		}
		if (sizeof(text) - n < QUOTA_LINE_SIZE) {
			if (fill_out(fd, text, n) == -1)
				return -1;
			n = 0;
		}
		len = quota_line_put(text + n, sizeof(text) - n, &e->row);
		n += len;
	}
	return fill_out(fd, text, n);
}

static int
fill_out(int fd, const char *text, size_t len)
{
	ssize_t	n;

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
	char	 dir[CONF_PATH_SIZE + sizeof(NEW_SUFFIX)], *slash;
	int	 fd;

	(void)strlcpy(dir, path, sizeof(dir));
	if ((slash = strrchr(dir, '/')) == NULL)
		return;
	slash[slash == dir] = '\0';
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}
