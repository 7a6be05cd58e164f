/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Guesses that were wrong lately: a program with an old password says it again
 * and again, which is one guess, and need not be hashed each time.
 *
 * Pure; the clock is the caller's.  What is kept is a keyed hash of source,
 * name, password and the hash that this was compared with: another password of
 * the user makes all that was said before new.
 *
 * A guess is forgotten so long after it was last said, or before that if there
 * is no room; then it counts again.
 */

#ifndef AUTH_GUESS_H
#define AUTH_GUESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mac.h"

/* Of all sources together: about 7 megabytes. */
#define GUESSES_MAX 65536

struct guesses;

enum guess {
	GUESS_NEW,
	GUESS_WRONG, /* it was made, and did not fit */
	GUESS_RIGHT, /* it fitted, and the user may not log in */
};

/* NULL if memory is short; max is GUESSES_MAX but for tests. */
struct guesses *guesses_new(size_t max);
void            guesses_free(struct guesses *);

size_t guesses_count(const struct guesses *);

/* What is known of it. */
enum guess guesses_find(struct guesses *, const uint8_t mac[MAC_LEN],
    uint64_t now);

/*
 * It was made now; what it was found to be, GUESS_WRONG or GUESS_RIGHT, is
 * known until then.  True if it was known already.  Without memory it is not
 * kept.
 */
int guesses_put(struct guesses *, const uint8_t mac[MAC_LEN], enum guess,
    uint64_t now, uint64_t until);

#endif /* AUTH_GUESS_H */
