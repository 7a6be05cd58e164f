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

static char	path[PATH_MAX];

__attribute__((constructor)) static void
begin(void)
{
	char	cwd[PATH_MAX - 32];

	if (getcwd(cwd, sizeof(cwd)) != NULL)
		(void)snprintf(path, sizeof(path), "%s/no-addresses", cwd);
}

int
getifaddrs(struct ifaddrs **list)
{
	static int	(*real)(struct ifaddrs **);
	union {
		void	*object;
		int	(*function)(struct ifaddrs **);
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
