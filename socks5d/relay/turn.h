/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whose turn it is: who has more to move than one visit lets him waits in a
 * queue, of which each turn of the loop serves so many bytes.  Handshakes and
 * small traffic come in between, however many the others are.
 */

#ifndef RELAY_TURN_H
#define RELAY_TURN_H

struct member;
struct relay;

/* What one direction moves before it is another one's turn. */
#define SHARE_BYTES (256 * 1024)

/* Is to be pumped again, after those that wait already. */
void turn_join(struct relay *, struct member *);

/* Waits no longer; not for one that waits for its allowance. */
void turn_leave(struct relay *, struct member *);

/* Pumps those that wait: a turn's worth of bytes. */
void turn_serve(struct relay *);

#endif /* RELAY_TURN_H */
