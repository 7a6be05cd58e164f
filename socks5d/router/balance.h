/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which proxy of an upstream is next, and how long to wait before the same
 * ones are tried again.
 *
 * Pure: chance and time come from the caller.
 */

#ifndef ROUTER_BALANCE_H
#define ROUTER_BALANCE_H

#include <stdint.h>

#include "conf/conf.h"

/* A set of members, one bit each. */
#define MEMBER_BIT(i) ((uint64_t)1 << (i))

_Static_assert(CONF_MEMBERS_MAX <= 64, "a set of members is 64 bits");

/*
 * What balance goes by.  Identities depend on what a member is and not on
 * where it stands, so that one added or removed leaves sources with the
 * others where they were.
 */
struct balance {
	enum conf_balance how;
	unsigned int      n;
	unsigned int      last; /* that had its turn */
	uint64_t          identity[CONF_MEMBERS_MAX];
};

/*
 * The next of these members for a source with this hash, which should be
 * keyed; -1 if there are none.
 */
int balance_pick(struct balance *, uint64_t members, uint64_t source);

/*
 * Twice as long each time, between the two limits; chance, any number, takes
 * off up to half of it, so that those who failed together do not come back
 * together.
 */
uint32_t backoff_ms(uint32_t min_ms, uint32_t max_ms, unsigned int failures,
    uint32_t chance);

#endif /* ROUTER_BALANCE_H */
