/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What auth may call beyond base_syscalls.c.  Linux only, data only.
 */

#include "base/syscalls.h"

static const struct syscall_rule auth_rules[] = {
	/* The file of users, whose offset is shared with the parent. */
	CALL(pread64),
};

const struct syscall_list auth_syscalls = SYSCALL_LIST(auth_rules);
