/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The system call filter on OpenBSD: pledge(2), with the promises of the
 * table of roles, proc.h.
 */

#include <errno.h>
#include <unistd.h>

#include "base/sandbox.h"

#define PROMISES(id, name, most, oom, traits, caps, promises)                  \
	[PROC_##id] = promises,
static const char *const sandbox_promises[PROC_MAX] = { PROC_TABLE(PROMISES) };

int
sandbox_enter(enum proc_id id)
{
	if (id != PROC_PARENT && !proc_is_child(id)) {
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
