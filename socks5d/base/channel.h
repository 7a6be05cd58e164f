/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A channel: one end of a SOCK_SEQPACKET pair to another process.  A message
 * has at most one descriptor; a datagram is one message or a pack of them.
 *
 * Knows no event loop: the owner asks for readiness of channel_fd() and calls
 * channel_recv() and channel_flush().  Roles use peer.h on top.
 */

#ifndef BASE_CHANNEL_H
#define BASE_CHANNEL_H

#include "base/msg.h"
#include "base/proc.h"

struct wbuf;

/* Bytes that wait in user space for a slow peer before sending fails. */
#define CHANNEL_QUEUE_MAX (4 * 1024 * 1024)

enum channel_result {
	CHANNEL_MSG,    /* a checked message */
	CHANNEL_AGAIN,  /* nothing there now */
	CHANNEL_CLOSED, /* the peer is gone (or the socket failed) */
	CHANNEL_BAD,    /* the peer broke the rules: see msg_verdict */
};

struct channel;

/*
 * Takes the descriptor (made non-blocking, closed by channel_free()).  self
 * is our role, peer and instance who the far end is: from then on every
 * message that comes in is from that peer, whatever it says.  NULL with
 * errno if memory is short.
 */
struct channel *channel_new(int fd, enum proc_id self, enum proc_id peer,
    unsigned int instance);
void            channel_free(struct channel *);

int          channel_fd(const struct channel *);
enum proc_id channel_peer(const struct channel *);
unsigned int channel_instance(const struct channel *);

/*
 * Sends now or queues, keeping the order.  The payload is copied; NULL means
 * an empty one.  fd is -1 or a descriptor that the channel takes and closes
 * in any case.  -1 with errno if the row of the message type does not
 * allow it (EINVAL), the payload is bad (EMSGSIZE), the queue is full
 * (ENOBUFS) or the peer is gone (EPIPE).  Without descriptors it is a plain
 * write(2), so that roles that never pass one need no sendmsg(2).
 */
int channel_send(struct channel *, enum msg_type, uint64_t id,
    const struct wbuf *payload, int fd);

/*
 * The same, but leaves it until channel_flush() or channel_send(), so that the
 * messages of one turn of the owner's loop go out in one datagram.  Then a
 * peer that is gone shows only later, by reading.
 */
int channel_post(struct channel *, enum msg_type, uint64_t id,
    const struct wbuf *payload, int fd);

/* True while something is posted and not flushed. */
int channel_posted(const struct channel *);

/* True while something is queued, so that the owner asks for writability. */
int channel_wants_write(const struct channel *);

/*
 * Bytes queued, as many as may be if memory is short: an owner with more to
 * say than this stops reading upstream.
 */
size_t channel_queued(const struct channel *);

/*
 * Sends what is posted or queued and fits.  0, -1 if the peer is gone, or 1
 * if too many descriptors are in flight or memory is short: try again a
 * little later, as no event will tell.
 */
int channel_flush(struct channel *);

/*
 * The next message, valid until the next call on this channel.  Its
 * descriptor belongs to the channel until msg_take_fd(); it is closed at the
 * next call if nobody took it.  A message whose row wants a descriptor comes
 * with fd -1 if the descriptor did not fit into our own table (MSG_CTRUNC):
 * that is lack of resources and not the peer's fault.  After CHANNEL_BAD,
 * channel_error() tells what was wrong.  CHANNEL_AGAIN is a guess at times:
 * the owner asks for readiness by level, not by edge.
 *
 * What was sent as a bulk comes out as its messages.  MSG_BULK itself comes
 * only from the parent, without a descriptor, for one that was lost as we were
 * out of descriptors or memory: its id is the type of its first message.
 */
enum channel_result channel_recv(struct channel *, struct msg **);

/*
 * True if channel_recv() has more without asking the socket: an owner that
 * stops before will not be told of readiness again.
 */
int channel_pending(const struct channel *);

/*
 * True while what it has comes out of a bulk, which has no end soon: an owner
 * with others to serve goes on with it in the next turn of its loop.
 */
int         channel_in_bulk(const struct channel *);
const char *channel_error(const struct channel *);

#endif /* BASE_CHANNEL_H */
