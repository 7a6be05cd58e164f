/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sealed memory by memfd_create(2): see sealed.h.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "compat/sealed.h"

/* Newer than some headers; without it newer kernels complain in their log. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define FLAGS (MFD_CLOEXEC | MFD_ALLOW_SEALING)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int
sealed_new(const char *name)
{
	int fd;

	fd = memfd_create(name, FLAGS | MFD_NOEXEC_SEAL);
	if (fd == -1 && errno == EINVAL)
		fd = memfd_create(name, FLAGS);
	return fd;
}

/* The kernel refuses while somebody has it mapped to write to it. */
int
sealed_close(int fd)
{
	int save;

	if (fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	save = errno;
	(void)close(fd);
	errno = save;
	return -1;
}
