/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A whole text file in memory.
 */

#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <sys/types.h>
#include <sys/stat.h>

#include <stddef.h>

/* Files longer than this are refused. */
#define FILE_SIZE_MAX (16 * 1024 * 1024)

enum file_trust {
	FILE_ANYBODY, /* whoever may have written it */
	FILE_OURS,    /* owned by root or us, written by none else */
	FILE_SECRET,  /* read by none but its group, too */
	FILE_PRIVATE, /* nor by that */
};

struct file {
	char  *text; /* with a NUL behind it */
	size_t len;
	dev_t  dev; /* these two say which file it is */
	ino_t  ino;
};

/* From now on this is told of each file before it is opened. */
void file_watch(void (*)(const char *path));

/*
 * Opens the file at path to be read, by somebody else perhaps; a link is
 * followed, for what counts is who can write where it leads.  The descriptor,
 * or -1 with why as below.
 */
int file_open(const char *path, enum file_trust, struct stat *,
    const char          **why);

/* The same for one that may be longer than others, up to max bytes. */
int file_open_long(const char *path, enum file_trust, off_t max, struct stat *,
    const char **why);

/*
 * Reads the file at path.  0, or -1 with why, which holds a static text or
 * that of errno; then there is nothing to clear.
 */
int file_read(struct file *, const char *path, enum file_trust,
    const char **why);

/* The same for one that may be longer than others. */
int file_read_long(struct file *, const char *path, enum file_trust, size_t max,
    const char **why);
void file_clear(struct file *);

#endif /* CONFIG_FILE_H */
