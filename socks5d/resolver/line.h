/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A line to one name server by UDP or TCP: the sockets that the router lends
 * for it, and what waits for them.
 *
 * Never makes, connects or addresses a socket: asks for them, reads and writes
 * them.  Each message has a socket of its own, which is closed when its answer
 * came: so a forger must guess the port as well, and a connection that dies
 * takes one question with it.
 */

#ifndef RESOLVER_LINE_H
#define RESOLVER_LINE_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "base/msg_codec.h"
#include "base/share.h"
#include "resolver/asked.h"

struct event_base;
struct lent;
struct line;
struct packet;

TAILQ_HEAD(line_lents, lent);
TAILQ_HEAD(line_packets, packet);
RB_HEAD(packets_by_data, packet);
RB_HEAD(packets_by_number, packet);

/* Most sockets of a line: a TCP one may hold a whole answer of 64 KiB. */
#define LINE_UDP_MAX 32
#define LINE_TCP_MAX 8

/*
 * Of the TCP ones that are free the half is for one source: an answer by TCP
 * may be as slow as who owns the name wants it to be.  UDP sockets are shared
 * by messages once there are too few.
 */
#define LINE_TCP_PART 2

/* Messages to a server are questions, which are under 300 bytes. */
#define LINE_MESSAGE_MAX 512

/* RFC 1035, section 4.2.2. */
#define LINE_TCP_LENGTH 2

/* A question that was sent: the number of line_send(), and its key. */
struct line_asked {
	int     number;
	size_t  nkey;
	uint8_t key[ASKED_KEY_MAX];
};

/* What a line calls. */
struct line_ops {
	/* Ask the router for a socket; -1 if that is not possible. */
	int (*want)(void *arg, const struct msg_dns *);

	/* The question of this key is answered with this message. */
	void (*answer)(void *arg, struct line *, const struct line_asked *,
	    const uint8_t *, size_t);

	/*
	 * It is not, as the server refused us, or by TCP closed the connection
	 * without an answer; ENOTCONN if there was no socket for it.
	 */
	void (*failed)(void *arg, struct line *, const struct line_asked *,
	    int              error);

	/* A datagram was dropped that answers no question. */
	void (*stray)(void *arg);

	/* The number under which the question of this key goes on, or -1. */
	int (*again)(void *arg, const uint8_t *key, size_t);

	/* The source of a message for TCP, with its length before it. */
	uint64_t (*whose)(void *arg, const uint8_t *, size_t);
};

/* Embedded in its owner; the fields are for line.c alone. */
struct line {
	struct event_base       *base;
	const struct line_ops   *ops;
	void                    *arg;
	struct msg_dns           server;
	struct line_lents        pool;    /* UDP, not used yet */
	struct line_lents        lents;   /* the longest unused first */
	struct line_packets      pending; /* without a socket yet */
	struct packets_by_data   by_data; /* the same */
	struct packets_by_number by_number;
	struct shares            shares; /* TCP: in use and wanted */
	unsigned int             npool;
	unsigned int             nlents;
	unsigned int             npending;
	unsigned int             nwanted; /* on their way */
	uint64_t                 heard;   /* of them, or first wanted */
};

/* A UDP line asks for some sockets in advance. */
void line_init(struct line *, struct event_base *, const struct msg_dns *,
    const struct line_ops *, void *arg);

/* Closes and forgets everything. */
void line_clear(struct line *);

/*
 * Sends a message, for TCP with its length before it, as soon as there is a
 * socket.  -1 with errno if there is none and none can be had.
 */
int line_send(struct line *, int number, const uint8_t *, size_t);

/*
 * Nobody waits any more for what was sent under this number.  What was sent
 * again by UDP under another one may still be answered, under that one.
 */
void line_drop(struct line *, int number);

/* A socket came, which is taken; a socket cannot be had. */
void line_lend(struct line *, int fd);
void line_refuse(struct line *);

#endif /* RESOLVER_LINE_H */
