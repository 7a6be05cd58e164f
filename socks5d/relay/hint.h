/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a client is that speaks no protocol of ours: told by its first bytes.
 * Nothing depends on it but a word in the log.
 */

#ifndef RELAY_HINT_H
#define RELAY_HINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/session.h"

/* HINT_NONE if there are no bytes. */
enum session_hint hint_of_bytes(const uint8_t *, size_t);

#endif /* RELAY_HINT_H */
