/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A channel on an event loop: dispatches what comes in, flushes what is
 * queued.  Which loop that is, it is told: channel_event.h has libevent, and
 * the relay has one of its own.
 */

#ifndef BASE_PEER_H
#define BASE_PEER_H

#include "base/channel.h"

struct peer;

/* A checked message came in from the peer. */
typedef void (*peer_on_msg)(void *arg, struct peer *, struct msg *);

/*
 * The peer is gone (reason NULL) or broke the rules (reason says how).  The
 * callee frees the peer or leaves it dead: no further callback comes.
 */
typedef void (*peer_on_end)(void *arg, struct peer *, const char *reason);

/* When a loop is to call peer_out(), once; the last that was said counts. */
enum peer_when {
	PEER_ROOM,     /* when there is room to write */
	PEER_TURN_END, /* at the end of this turn of the loop */
	PEER_LATER,    /* a little later: no event would tell */
};

/* What a peer asks of a loop.  A watch is the loop's own, one for a peer. */
struct peer_loop {
	/*
	 * From now on peer_in() is called when there is input, by level.
	 * NULL with errno if memory is short.
	 */
	void *(*watch)(void *loop, struct peer *);

	/* No more calls; may come from within one. */
	void (*unwatch)(void *watch);

	/* Whether input is told; NULL if peer_pause() is never called. */
	void (*input)(void *watch, int on);

	/* Call peer_in() in the next turn, whether there is input or not. */
	void (*again)(void *watch);

	void (*output)(void *watch, enum peer_when);
};

/* Takes the channel.  NULL with errno if memory is short. */
struct peer *peer_open(const struct peer_loop *, void *loop, struct channel *,
    peer_on_msg, peer_on_end, void *arg);

/* For the loop. */
void peer_in(struct peer *);
void peer_out(struct peer *);

/* May be called from within its own callbacks. */
void peer_free(struct peer *);

struct channel *peer_channel(const struct peer *);

/* As channel_send(); sending to a dead or NULL peer is -1 with EPIPE. */
int peer_send(struct peer *, enum msg_type, uint64_t id,
    const struct wbuf *payload, int fd);

/*
 * As channel_post(): what is posted in one turn of the loop goes out together
 * at its end.
 */
int peer_post(struct peer *, enum msg_type, uint64_t id,
    const struct wbuf *payload, int fd);

/*
 * Something was sent on the channel itself, behind the peer's back: flushes
 * what is queued when there is room.
 */
void peer_flush(struct peer *);

/* Stops or resumes reading from the peer: back-pressure. */
void peer_pause(struct peer *, int paused);

/* Calls drained(arg, peer) each time that all which was queued is sent. */
void peer_on_drained(struct peer *, void (*drained)(void *, struct peer *));

/*
 * Handles all that the peer has sent until now; for one whose process has
 * ended, that is all that it will ever have sent.
 */
void peer_drain(struct peer *);

/* Bytes queued to the peer; 0 for NULL. */
size_t peer_queued(const struct peer *);

#endif /* BASE_PEER_H */
