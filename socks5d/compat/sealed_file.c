/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sealed memory without memfd_create(2): see sealed.h.  What was written goes
 * to a file of our own that nobody else has ever had open to write to it.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "compat/sealed.h"

#define TEMPLATE "/tmp/socks5d.XXXXXXXXXX"

static int copy(int, int);

int
sealed_new(const char *name)
{
	char path[] = TEMPLATE;
	int  fd;

	if ((fd = mkostemp(path, O_CLOEXEC)) != -1)
		(void)unlink(path);
	return fd;
}

int
sealed_close(int fd)
{
	char path[] = TEMPLATE;
	int  from = fd, to, sealed = -1, save;

	if ((to = mkostemp(path, O_CLOEXEC)) != -1) {
		sealed = open(path, O_RDONLY | O_CLOEXEC);
		(void)unlink(path);
		if (sealed != -1 && copy(from, to) == -1) {
			(void)close(sealed);
			sealed = -1;
		}
	}
	save = errno;
	if (to != -1)
		(void)close(to);
	(void)close(from);
	errno = save;
	return sealed;
}

static int
copy(int from, int to)
{
	char    buf[65536];
	off_t   at = 0;
	ssize_t n;

	while ((n = pread(from, buf, sizeof(buf), at)) > 0) {
		if (write(to, buf, (size_t)n) != n)
			return -1;
		at += n;
	}
	return n == 0 ? 0 : -1;
}
