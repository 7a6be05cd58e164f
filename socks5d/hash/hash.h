/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Hash: a process that does nothing but to check passwords against hashes, as
 * slowly as these want it.
 */

#ifndef HASH_HASH_H
#define HASH_HASH_H

struct child;

_Noreturn void hash_main(struct child *);

#endif /* HASH_HASH_H */
