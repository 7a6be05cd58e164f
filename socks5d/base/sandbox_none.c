/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * No system call filter: linked only if the builder asked for it by name.
 * Every process then says so when it starts.
 */

#include <errno.h>

#include "base/log.h"
#include "base/sandbox.h"

int
sandbox_enter(enum proc_id id)
{
	log_warn("%s: built without a system call filter", proc_name(id));
	return 0;
}

const char *
sandbox_name(void)
{
	return "none";
}

int
sandbox_export(enum proc_id id, int fd)
{
	errno = ENOTSUP;
	return -1;
}
