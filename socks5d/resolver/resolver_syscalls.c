/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the resolver may call beyond base_syscalls.c: nothing.  Linux only,
 * data only.
 *
 * It parses what name servers send, so it gets their sockets connected and
 * uses read(2) and write(2) on them.  A library that wants a file or a
 * socket of its own after the start is set up wrongly.
 */

#include "base/syscalls.h"

const struct syscall_list resolver_syscalls = { NULL, 0 };
