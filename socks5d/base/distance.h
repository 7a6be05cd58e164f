/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How far apart two words are, to guess what a mistyped one was meant to be.
 *
 * Pure.
 */

#ifndef BASE_DISTANCE_H
#define BASE_DISTANCE_H

/* Longer words are not compared. */
#define DISTANCE_LEN_MAX 32

/* No more than this is a slip of the finger: see distance_limit(). */
#define DISTANCE_MAX 3

/*
 * Letters to add, drop, change or swap with their neighbour.  Both words have
 * at most DISTANCE_LEN_MAX letters.
 */
unsigned int distance(const char *, const char *);

/* A word of this length that is so far from another one is not meant by it. */
unsigned int distance_limit(unsigned long len);

#endif /* BASE_DISTANCE_H */
