/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is remembered of one user's logins: the passwords that were right, as
 * keyed hashes, and where he came from.
 *
 * Pure; the clock is the caller's.  All zeros remember nothing.
 */

#ifndef AUTH_RECALL_H
#define AUTH_RECALL_H

#include <stdint.h>

#include "base/addr.h"
#include "base/mac.h"

/* Several, as one hash may fit several passwords: bcrypt only reads 72. */
#define RECALL_LOGINS  4
#define RECALL_SOURCES 8

/* A user is known at an address for so long after a login from there. */
#define RECALL_SOURCE_MS (7ULL * 24 * 60 * 60 * 1000)

struct recall {
	struct {
		uint64_t until; /* 0: unused */
		uint8_t  mac[MAC_LEN];
	} login[RECALL_LOGINS];
	struct {
		uint64_t    until;
		struct addr addr;
	} source[RECALL_SOURCES];
};

/* The one that would be forgotten first makes room. */
void recall_put_login(struct recall *, const uint8_t mac[MAC_LEN],
    uint64_t until);
void recall_put_source(struct recall *, const struct addr *, uint64_t now);

int recall_login(const struct recall *, const uint8_t mac[MAC_LEN],
    uint64_t now);
int recall_source(const struct recall *, const struct addr *, uint64_t now);

/* True if any login is remembered. */
int recall_any(const struct recall *, uint64_t now);

void recall_forget_logins(struct recall *);

/* None is remembered for longer than until then. */
void recall_shorten_logins(struct recall *, uint64_t until);

#endif /* AUTH_RECALL_H */
