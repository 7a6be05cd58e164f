/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay's loop as peers see it: a channel to each role, watched by the
 * poller, and what a turn had to say flushed at its end.
 */

#ifndef RELAY_LINK_H
#define RELAY_LINK_H

#include <stdint.h>

#include "base/peer.h"
#include "base/proc.h"

struct relay;

struct link {
	struct relay *relay;
	struct peer  *peer;   /* NULL while there is none */
	uint8_t       output; /* the poller tells of room to write */
	uint8_t       wants;  /* and should */
	uint8_t       again;  /* there is more to read already */
};

/* With the struct relay as the loop. */
extern const struct peer_loop link_loop;

/* The poller told of the channel to that role. */
void link_event(struct relay *, enum proc_id);

/* Reads on where the last turn stopped: relay.links_again. */
void link_resume(struct relay *);

/* The end of a turn: what it had to say, in one datagram if there is room. */
void link_flush(struct relay *);

#endif /* RELAY_LINK_H */
