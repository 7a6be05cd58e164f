/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The system call filter on OpenBSD: pledge(2), one line per role.
 *
 * "recvfd" and "sendfd" go with the channels, "inet" with connect(2), "unix"
 * with the accepts of control.
 */

#include <errno.h>
#include <unistd.h>

#include "base/sandbox.h"

static const char *const sandbox_promises[PROC_MAX] = {
	[PROC_PARENT] = "stdio rpath wpath cpath fattr chown inet unix dns "
	    "getpw id proc exec sendfd recvfd",
	[PROC_ROUTER] = "stdio inet sendfd recvfd",
	[PROC_RELAY] = "stdio recvfd",
	[PROC_AUTH] = "stdio recvfd",
	[PROC_RESOLVER] = "stdio recvfd",
	[PROC_CONTROL] = "stdio unix recvfd",
	[PROC_LOADER] = "stdio recvfd",
	[PROC_UPSTREAM] = "stdio recvfd",
	[PROC_HASH] = "stdio recvfd",
};

int
sandbox_enter(enum proc_id id)
{
	if (id >= PROC_MAX || sandbox_promises[id] == NULL) {
		errno = EINVAL;
		return -1;
	}
	return pledge(sandbox_promises[id], NULL);
}

const char *
sandbox_name(void)
{
	return "pledge";
}

int
sandbox_export(enum proc_id id, int fd)
{
	errno = ENOTSUP;
	return -1;
}
