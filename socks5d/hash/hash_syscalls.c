/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What those who hash may call beyond the base: nothing.
 */

#include "base/syscalls.h"

const struct syscall_list hash_syscalls = { NULL, 0 };
