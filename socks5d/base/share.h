/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The places of a bounded table, shared out among those who take them.
 *
 * Pure.  For every role that keeps something for clients which may walk
 * away from it: lookups, passwords to hash, lines, connections of socks5ctl.
 *
 * A holder gets no more than a part of what is free, so whoever takes all that
 * he can get leaves room for everybody else, and so do dozens of his kind: the
 * fuller the table, the less each may have.  A holder is a source, a user or
 * whatever the caller makes a key of.
 */

#ifndef BASE_SHARE_H
#define BASE_SHARE_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

struct addr;

struct share_key {
	uint64_t hi;
	uint64_t lo;
};

/* What one holder has; there for as long as that is anything. */
struct share {
	RB_ENTRY(share)  node;
	struct share_key key;
	size_t           held;
	uint64_t         mark; /* the caller's; 0 at first */
};
RB_HEAD(share_tree, share);

struct shares {
	struct share_tree tree;
	size_t            places;
	size_t            taken;
	size_t            part;
	size_t            least;
};

/*
 * So many places.  A holder may have one more if it has less than least, or
 * less than one part-th of those that are free.
 */
void shares_init(struct shares *, size_t places, size_t part, size_t least);

/* Forgets all holders; what share_take() returned is gone. */
void shares_clear(struct shares *);

/* True if the holder may take a place; else errno as of share_take(). */
int share_may(const struct shares *, const struct share_key *, size_t most);

/*
 * Takes a place for that holder, who may have no more than most whatever is
 * free.  NULL with errno: EDQUOT if he has his share, ENOBUFS if there is no
 * place at all, or ENOMEM.
 */
struct share *share_take(struct shares *, const struct share_key *,
    size_t most);
void          share_release(struct shares *, struct share *);

/* How many places the holder has. */
size_t share_held(const struct shares *, const struct share_key *);

/* A source as this project counts them: an IPv4 address or an IPv6 /64. */
void share_key_source(struct share_key *, const struct addr *);

#endif /* BASE_SHARE_H */
