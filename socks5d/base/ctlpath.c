/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Where the control socket is when nobody says so.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ctlpath.h"

#define FOLDER_SIZE 40

static int print_folder(char *, size_t);
static int folder_check(const char *);

int
ctl_default_path(char *dst, size_t size)
{
	char        folder[FOLDER_SIZE];
	const char *dir;
	int         n;

	if (geteuid() == 0) {
		n = snprintf(dst, size, "%s", CTL_SYSTEM_PATH);
	} else if ((dir = getenv("XDG_RUNTIME_DIR")) != NULL && dir[0] == '/') {
		n = snprintf(dst, size, "%s/socks5d.sock", dir);
	} else {
		if (print_folder(folder, sizeof(folder)) == -1)
			return -1;
		if (folder_check(folder) == -1 && errno != ENOENT)
			return -1;
		n = snprintf(dst, size, "%s/socks5d.sock", folder);
	}
	if (n < 0 || (size_t)n >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int
ctl_make_folder(const char *path)
{
	char   folder[FOLDER_SIZE];
	size_t n;

	if (print_folder(folder, sizeof(folder)) == -1)
		return -1;
	n = strlen(folder);
	if (strncmp(path, folder, n) != 0 || path[n] != '/')
		return 0;
	if (mkdir(folder, 0700) == -1 && errno != EEXIST)
		return -1;
	return folder_check(folder);
}

static int
print_folder(char *dst, size_t size)
{
	int n;

	n = snprintf(dst, size, "/tmp/socks5d-%u", (unsigned int)geteuid());
	if (n < 0 || (size_t)n >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

/*
 * Anybody may make this name in /tmp before we do, and would then see what
 * we say to the socket in it.
 */
static int
folder_check(const char *folder)
{
	struct stat st;

	if (lstat(folder, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}
