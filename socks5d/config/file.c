/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A whole text file in memory, if the right people wrote it.  Knows
 * nothing of what the text means.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/file.h"

static const char *file_fault(const struct stat *, enum file_trust, off_t);
static int         file_fill(struct file *, int, size_t, const char **);
static int         file_grow(struct file *, size_t *, size_t, const char **);
static const char *file_too_long(size_t);

/* A process either wants to know what it is at, or does not. */
static void (*watcher)(const char *);

void
file_watch(void (*watch)(const char *))
{
	watcher = watch;
}

int
file_read(struct file *f, const char *path, enum file_trust trust,
    const char **why)
{
	return file_read_long(f, path, trust, FILE_SIZE_MAX, why);
}

int
file_read_long(struct file *f, const char *path, enum file_trust trust,
    size_t max, const char **why)
{
	struct stat st;
	int         fd, ret;

	memset(f, 0, sizeof(*f));
	if ((fd = file_open_long(path, trust, (off_t)max, &st, why)) == -1)
		return -1;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	ret = file_fill(f, fd, max, why);
	close(fd);
	return ret;
}

int
file_open(const char *path, enum file_trust trust, struct stat *st,
    const char **why)
{
	return file_open_long(path, trust, FILE_SIZE_MAX, st, why);
}

int
file_open_long(const char *path, enum file_trust trust, off_t max,
    struct stat *st, const char **why)
{
	int fd;

	if (watcher != NULL)
		watcher(path);
	/* Non-blocking, lest a named pipe holds up the start. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		*why = strerror(errno);
		return -1;
	}
	/* Checked on the descriptor: the path may change in between. */
	if (fstat(fd, st) == -1)
		*why = strerror(errno);
	else if ((*why = file_fault(st, trust, max)) == NULL)
		return fd;
	close(fd);
	return -1;
}

static const char *
file_fault(const struct stat *st, enum file_trust trust, off_t max)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if (st->st_size > max)
		return file_too_long((size_t)max);
	if (trust == FILE_ANYBODY)
		return NULL;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "owned by another user: its owner must be root or "
		       "the user who starts socks5d";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "writable by others: chmod go-w is needed";
	if (trust == FILE_PRIVATE && (st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return "not for its owner alone: chmod go= is needed";
	if (trust == FILE_SECRET && (st->st_mode & S_IROTH) != 0)
		return "readable by others: chmod o-r is needed";
	return NULL;
}

static const char *
file_too_long(size_t max)
{
	return max == FILE_SIZE_MAX ? "longer than 16 megabytes" :
				      "longer than such a file may be";
}

static int
file_fill(struct file *f, int fd, size_t max, const char **why)
{
	ssize_t n;
	size_t  size = 0;

	for (;;) {
		if (file_grow(f, &size, max, why) == -1)
			break;
		n = read(fd, f->text + f->len, size - f->len - 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			*why = strerror(errno);
			break;
		}
		if (n == 0) {
			f->text[f->len] = '\0';
			return 0;
		}
		f->len += n;
	}
	file_clear(f);
	return -1;
}

/* Room for at least one byte and a NUL. */
static int
file_grow(struct file *f, size_t *size, size_t max, const char **why)
{
	char  *p;
	size_t want;

	if (f->len + 1 < *size)
		return 0;
	want = *size == 0 ? 4096 : *size * 2;
	if (want > 2 * max) {
		*why = file_too_long(max);
		return -1;
	}
	if ((p = realloc(f->text, want)) == NULL) {
		*why = strerror(errno);
		return -1;
	}
	f->text = p;
	*size = want;
	return 0;
}

void
file_clear(struct file *f)
{
	free(f->text);
	memset(f, 0, sizeof(*f));
}
