/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a hash that nobody can aim at
 * without its key.
 *
 * Pure.
 */

#ifndef TABLE_SIPHASH_H
#define TABLE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_LEN 16

uint64_t siphash(const uint8_t key[SIPHASH_KEY_LEN], const void *, size_t);

#endif /* TABLE_SIPHASH_H */
