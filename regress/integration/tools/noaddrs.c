/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Loaded into the parent: while there is a file "no-addresses" in the folder
 * where it was started, getifaddrs(3) fails.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <dlfcn.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[PATH_MAX];

__attribute__((constructor)) static void
begin(void)
{
	char cwd[PATH_MAX - 32];

	if (getcwd(cwd, sizeof(cwd)) != NULL)
		(void)snprintf(path, sizeof(path), "%s/no-addresses", cwd);
}

int
getifaddrs(struct ifaddrs **list)
{
	static int (*real)(struct ifaddrs **);
	union {
		void *object;
		int (*function)(struct ifaddrs **);
	} found;

	if (access(path, F_OK) == 0) {
		errno = ENOBUFS;
		return -1;
	}
	if (real == NULL) {
		found.object = dlsym(RTLD_NEXT, "getifaddrs");
		real = found.function;
	}
	return real(list);
}
