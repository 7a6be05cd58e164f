/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * From descriptors to an image: see load.h.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg_table.h"
#include "table/build.h"
#include "table/geo.h"
#include "table/load.h"

#define CHUNK         65536
#define COMPLAINT_MAX (MSG_TABLE_SOURCE_SIZE + TABLE_FAULT_SIZE + 80)

/* The bytes of a whole file. */
struct bytes {
	uint8_t *p;
	size_t   len;
};

struct load {
	enum table_kind     kind;
	enum table_op       op;
	int                 image_fd;
	off_t               written;
	load_report         report;
	void               *arg;
	int                 failed;
	char                name[MSG_TABLE_SOURCE_SIZE];
	struct table_build *build; /* NULL for countries */
	struct bytes        old;
	struct bytes        database;
};

static void    load_text(struct load *, int);
static void    load_skipped(struct load *);
static int     load_bytes(struct load *, int, size_t, struct bytes *);
static void    load_too_long(struct load *, size_t);
static ssize_t read_at(int, void *, size_t, off_t);
static int     load_put(void *, const void *, size_t);
static int     load_countries(struct load *, struct table_result *);
static void    load_fault(void *, uint32_t, const char *);
static void    load_say(struct load *, uint32_t, const char *);

struct load *
load_new(enum table_kind kind, enum table_op op, int image_fd,
    load_report report, void *arg)
{
	struct load *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->kind = kind;
	l->op = op;
	l->image_fd = image_fd;
	l->report = report;
	l->arg = arg;
	if (kind != TABLE_COUNTRY &&
	    (l->build = table_build_new(kind, load_fault, l)) == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void
load_free(struct load *l)
{
	if (l == NULL)
		return;
	table_build_free(l->build);
	free(l->old.p);
	free(l->database.p);
	free(l);
}

void
load_source(struct load *l, int fd, const char *name)
{
	(void)strlcpy(l->name, name, sizeof(l->name));
	if (l->kind != TABLE_COUNTRY)
		load_text(l, fd);
	else if (l->database.p != NULL)
		load_fault(l, 0, "more than one database");
	else
		(void)load_bytes(l, fd, TABLE_FILE_MAX, &l->database);
}

/* A file may grow while it is read, so that its size says nothing. */
static void
load_text(struct load *l, int fd)
{
	char    buf[CHUNK];
	off_t   at = 0;
	ssize_t n;

	while ((n = read_at(fd, buf, sizeof(buf), at)) > 0) {
		at += n;
		if (at > TABLE_FILE_MAX) {
			load_too_long(l, TABLE_FILE_MAX);
			return;
		}
		if (table_build_text(l->build, l->op, buf, (size_t)n) == -1)
			break;
	}
	if (n == -1)
		load_fault(l, 0, strerror(errno));
	else if (table_build_text(l->build, l->op, NULL, 0) == 0)
		load_skipped(l);
	/* For files that others write; what is typed can be typed right. */
	if (table_build_invalid(l->build) && l->op == TABLE_ADD &&
	    strchr(l->name, '/') != NULL)
		load_fault(l, 0,
		    "invalid entries of a list can be skipped: "
		    "see skip-invalid in socks5d.conf(5)");
}

/* That something is missing in the table is said, but is no fault. */
static void
load_skipped(struct load *l)
{
	const char *first;
	char        whole[COMPLAINT_MAX];
	uint32_t    n, line;

	if ((n = table_build_skipped(l->build, &first, &line)) == 0)
		return;
	(void)snprintf(whole, sizeof(whole), "%s:%u: warning: %s%s", l->name,
	    line, first, n == 1 ? ": skipped" : "");
	if (n > 1)
		(void)snprintf(whole + strlen(whole),
		    sizeof(whole) - strlen(whole), ": skipped, with %u more",
		    n - 1);
	l->report(l->arg, whole);
}

void
load_skip_invalid(struct load *l)
{
	if (l->build != NULL)
		table_build_skip(l->build);
}

void
load_old(struct load *l, int fd)
{
	struct table old;

	l->name[0] = '\0';
	if (l->old.p != NULL || l->build == NULL) {
		load_fault(l, 0, "unexpected old image");
		return;
	}
	if (load_bytes(l, fd, MSG_TABLE_IMAGE_MAX, &l->old) == -1)
		return;
	if (table_init(&old, l->kind, l->old.p, l->old.len) == -1)
		load_fault(l, 0, "invalid old image");
	else
		table_build_from(l->build, &old);
}

static int
load_bytes(struct load *l, int fd, size_t max, struct bytes *b)
{
	uint8_t *p;
	size_t   size = 0;
	ssize_t  n;

	for (;;) {
		if (size - b->len < CHUNK) {
			size = size == 0 ? 16 * CHUNK : size + size / 2;
			if ((p = realloc(b->p, size)) == NULL)
				break;
			b->p = p;
		}
		if ((n = read_at(fd, b->p + b->len, size - b->len,
			 (off_t)b->len)) <= 0) {
			if (n == 0)
				return 0;
			break;
		}
		b->len += (size_t)n;
		if (b->len > max) {
			load_too_long(l, max);
			return -1;
		}
	}
	load_fault(l, 0, strerror(errno));
	return -1;
}

static void
load_too_long(struct load *l, size_t max)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "longer than %zu MiB", max >> 20);
	load_fault(l, 0, text);
}

static ssize_t
read_at(int fd, void *buf, size_t size, off_t at)
{
	ssize_t n;

	do {
		n = pread(fd, buf, size, at);
	} while (n == -1 && errno == EINTR);
	return n;
}

int
load_finish(struct load *l, struct table_result *res)
{
	memset(res, 0, sizeof(*res));
	if (l->failed)
		return -1;
	if (l->kind == TABLE_COUNTRY)
		return load_countries(l, res);
	/* What is wrong now is so with all sources together. */
	l->name[0] = '\0';
	return table_build_write(l->build, load_put, l, res);
}

static int
load_countries(struct load *l, struct table_result *res)
{
	char why[TABLE_FAULT_SIZE];

	char text[TABLE_FAULT_SIZE + 16];

	if (geo_build(l->database.p, l->database.len, load_put, l, res, why) ==
	    -1) {
		load_fault(l, 0, why);
		return -1;
	}
	if (why[0] != '\0') {
		(void)snprintf(text, sizeof(text), "warning: %s", why);
		load_say(l, 0, text);
	}
	return 0;
}

static int
load_put(void *arg, const void *data, size_t len)
{
	struct load   *l = arg;
	const uint8_t *p = data;
	ssize_t        n;

	if (len > (size_t)(MSG_TABLE_IMAGE_MAX - l->written)) {
		errno = EFBIG;
		return -1;
	}
	while (len > 0) {
		n = l->image_fd == -1 ? (ssize_t)len :
					pwrite(l->image_fd, p, len, l->written);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = ENOSPC;
			return -1;
		}
		p += n;
		len -= (size_t)n;
		l->written += n;
	}
	return 0;
}

static void
load_fault(void *arg, uint32_t line, const char *text)
{
	struct load *l = arg;

	l->failed = 1;
	load_say(l, line, text);
}

static void
load_say(struct load *l, uint32_t line, const char *text)
{
	char whole[COMPLAINT_MAX];

	if (l->name[0] == '\0')
		(void)strlcpy(whole, text, sizeof(whole));
	else if (line == 0)
		(void)snprintf(whole, sizeof(whole), "%s: %s", l->name, text);
	else
		(void)snprintf(whole, sizeof(whole), "%s:%u: %s", l->name, line,
		    text);
	l->report(l->arg, whole);
}
