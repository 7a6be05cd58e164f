/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Bulk: any number of messages of any size together, in sealed memory, of
 * which a channel passes nothing but the descriptor.  How much the parent has
 * to say to a child is so no matter of how much a queue holds or how fast
 * the child reads.
 *
 * The memory has one record after the other: a byte that tells whether a
 * descriptor comes with the message, two of its length, and the message as in
 * a datagram.  The descriptors go before, each in a MSG_BULK_FD; MSG_BULK
 * brings the memory, its length and how many descriptors there were.
 *
 * The parent writes (bulk.c), everybody reads (bulk_in.c).  The gate is that of
 * channel.c, which checks what is read here like any other message; what would
 * not pass it is not written.
 */

#ifndef BASE_BULK_H
#define BASE_BULK_H

#include <stddef.h>
#include <stdint.h>

#include "base/msg.h"
#include "base/proc.h"

struct bulk;
struct wbuf;

/* In front of each message: whether it has a descriptor, its length. */
#define BULK_RECORD_HEAD (1 + 2)
#define BULK_RECORD_MAX  (BULK_RECORD_HEAD + MSG_HEADER_LEN + MSG_PAYLOAD_MAX)

/* Sends one message, as peer_send(): the descriptor is taken in any case. */
typedef int (*bulk_emit)(void *arg, enum msg_type, uint64_t id,
    const struct wbuf *, int fd);

/* An empty one, to be filled; NULL with errno. */
struct bulk *bulk_new(enum proc_id from, enum proc_id to);
void         bulk_free(struct bulk *);

/*
 * Adds a message, with a copy of the descriptor if that is not -1.  -1 with
 * errno if it would not pass the gate (EINVAL), or if memory or descriptors
 * are short; bulk_send() fails then, too.
 */
int bulk_add(struct bulk *, enum msg_type, uint64_t id, const struct wbuf *,
    int fd);

/*
 * Seals it, has it sent and frees it.  The id, which tells what was lost if
 * it is, is the type of its first message; an empty one is not sent.  -1 with
 * errno.
 */
int bulk_send(struct bulk *, bulk_emit, void *arg);

/* One that is being read. */
struct bulk_in {
	int      fd;   /* the memory */
	uint64_t left; /* of it, not yet in buf */
	uint8_t *buf;
	size_t   len;
	size_t   at;
	int     *fds; /* those that came before, in their order */
	size_t   nfds;
	size_t   taken;
	size_t   lost; /* others for which there was no room */
};

void bulk_in_init(struct bulk_in *);

/* Closes and forgets everything. */
void bulk_in_clear(struct bulk_in *);

/* A MSG_BULK_FD has come in; takes its descriptor. */
void bulk_in_fd(struct bulk_in *, struct msg *);

/*
 * A MSG_BULK has come in: 0, or -1 if it contradicts what came before, or 1 if
 * its descriptor is lost or memory is short, when all of it is gone.
 */
int bulk_in_open(struct bulk_in *, struct msg *);

/* True from then on until the last record was read. */
int bulk_in_active(const struct bulk_in *);

/*
 * The next record, valid until the next call, which the caller may write to,
 * with the number of its descriptors.  1, 0 if that was all, or -1 if it is
 * cut or has a tail.
 */
int bulk_in_next(struct bulk_in *, uint8_t **, size_t *, int *nfds);

/* The next descriptor; -1 if it was lost. */
int bulk_in_take_fd(struct bulk_in *);

#endif /* BASE_BULK_H */
