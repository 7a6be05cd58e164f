/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A channel on a libevent base: dispatches what comes in, flushes what is
 * queued.  Used by the parent, router, auth, resolver and control; the relay
 * has a loop of its own.
 */

#ifndef BASE_CHANNEL_EVENT_H
#define BASE_CHANNEL_EVENT_H

#include "base/channel.h"

struct event_base;
struct peer;

/* A checked message came in from the peer. */
typedef void	(*peer_on_msg)(void *arg, struct peer *, struct msg *);

/*
 * The peer is gone (reason NULL) or broke the rules (reason says how).  The
 * callee frees the peer or leaves it dead: no further callback comes.
 */
typedef void	(*peer_on_end)(void *arg, struct peer *, const char *reason);

/* Takes the channel.  NULL with errno if memory is short. */
struct peer	*peer_new(struct event_base *, struct channel *, peer_on_msg,
		    peer_on_end, void *arg);

/* May be called from within its own callbacks. */
void		 peer_free(struct peer *);

struct channel	*peer_channel(const struct peer *);

/* As channel_send(); sending to a dead or NULL peer is -1 with EPIPE. */
int		 peer_send(struct peer *, enum msg_type, uint64_t id,
		    const struct wbuf *payload, int fd);

/*
 * As channel_post(): what is posted in one turn of the loop goes out together
 * at its end.
 */
int		 peer_post(struct peer *, enum msg_type, uint64_t id,
		    const struct wbuf *payload, int fd);

/*
 * Something was sent on the channel itself, behind the peer's back: flushes
 * what is queued when there is room.
 */
void		 peer_flush(struct peer *);

/* Stops or resumes reading from the peer: back-pressure. */
void		 peer_pause(struct peer *, int paused);

/* Calls drained(arg, peer) each time that all which was queued is sent. */
void		 peer_on_drained(struct peer *,
		    void (*drained)(void *, struct peer *));

/*
 * Handles all that the peer has sent until now; for one whose process has
 * ended, that is all that it will ever have sent.
 */
void		 peer_drain(struct peer *);

/* Bytes queued to the peer; 0 for NULL. */
size_t		 peer_queued(const struct peer *);

#endif /* BASE_CHANNEL_EVENT_H */
