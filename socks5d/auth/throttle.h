/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Who has failed to log in how often: sources in one table, users in another,
 * users where they are known in a third.
 *
 * Pure; the clock is the caller's.
 *
 * Each key has a bucket that holds so many failures and forgets them evenly
 * within a time.  The failure that leaves no room for a further one bans the
 * key.  A ban is twice as long as the one before, up to 64 times the first;
 * that is forgotten one step at a time, each as long as its ban was.  Nothing
 * but time makes good for a failure, least of all a success.
 *
 * A failure that cannot be counted for want of memory is one of anybody: until
 * it would be forgotten all keys of which nothing is known are banned.
 */

#ifndef AUTH_THROTTLE_H
#define AUTH_THROTTLE_H

#include <stddef.h>
#include <stdint.h>

/* Keys of one table; the one that is forgotten first makes room. */
#define THROTTLE_MAX 65536

struct throttle;

struct throttle_limit {
	uint32_t failures; /* 0: nothing is counted or banned */
	uint32_t within_ms;
	uint32_t ban_ms; /* the first time */
};

/* A ban in force. */
struct throttle_ban {
	const uint8_t *key;
	size_t         len;
	uint32_t       failures; /* that are not forgotten */
	uint64_t       left_ms;
};

/* NULL if memory is short; max is THROTTLE_MAX but for tests. */
struct throttle *throttle_new(size_t max);
void             throttle_free(struct throttle *);

/* What is in force is kept, but a limit of 0 ends all. */
void throttle_set(struct throttle *, const struct throttle_limit *);

size_t throttle_count(const struct throttle *);

int throttle_banned(struct throttle *, const void *key, size_t, uint64_t now);

/* For how long it is banned; 0 if it is not. */
uint64_t throttle_left(struct throttle *, const void *key, size_t,
    uint64_t now);

/* Failures that are not forgotten yet. */
uint32_t throttle_recent(struct throttle *, const void *key, size_t,
    uint64_t now);

/*
 * One more failure.  True if it brought a ban, which is then filled in.  For
 * a key that is banned already it counts nothing.
 */
int throttle_fail(struct throttle *, const void *key, size_t, uint64_t now,
    struct throttle_ban *);

/* True while keys of which nothing is known are banned. */
int throttle_blind(const struct throttle *, uint64_t now);

/* Forgets the key, or all of them: how many bans that ended. */
uint32_t throttle_unban(struct throttle *, const void *key, size_t,
    uint64_t now);
uint32_t throttle_unban_all(struct throttle *, uint64_t now);

/* The same for the keys that take wants; left_ms is 0 if one has no ban. */
uint32_t throttle_unban_some(struct throttle *, uint64_t    now,
    int (*take)(void *, const struct throttle_ban *), void *arg);

/* Calls take for each ban in force, in order of keys, until it returns 0. */
void throttle_bans(struct throttle *, uint64_t              now,
    int (*take)(void *, const struct throttle_ban *), void *arg);

#endif /* AUTH_THROTTLE_H */
