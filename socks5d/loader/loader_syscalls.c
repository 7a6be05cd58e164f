/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the loader may call beyond the base: to read a source and write an
 * image at a place, for it shares the descriptors' own places with others.
 */

#include "base/syscalls.h"

static const struct syscall_rule loader_rules[] = {
	CALL(pread64),
	CALL(pwrite64),
};

const struct syscall_list loader_syscalls = SYSCALL_LIST(loader_rules);
