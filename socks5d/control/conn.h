/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A connection of socks5ctl, as a command has it: what it is told, how the
 * command ends, whom it asks.
 *
 * At most one command is under way.  It starts, is called with each answer
 * that it waited for, and goes on when all are there and the client has read
 * what it was sent: see struct ctl_command.
 */

#ifndef CONTROL_CONN_H
#define CONTROL_CONN_H

#include "base/msg_codec.h"
#include "base/share.h"
#include "control/ask.h"

struct conn;

/* No further page is asked for while more than this waits for the client. */
#define CONN_QUEUE_MAX (128 * 1024)

/* What a command does; command.h has the list of them. */
struct ctl_command {
	enum msg_type results[2]; /* what may come back */
	void (*start)(struct conn *, const struct msg *);
	enum ask_answer (*answer)(struct conn *, struct peer *,
	    const struct msg *);
	/* All answers are here, or will not come: ask_late() says whose. */
	void (*proceed)(struct conn *);
};

struct conn {
	TAILQ_ENTRY(conn) entry;
	struct conns     *conns;
	struct peer      *peer;  /* NULL: closed, to be freed */
	int               fd;    /* that of the peer */
	int               owner; /* root or the daemon's user */
	struct share     *share; /* its place, if the group's */
	int               greeted;
	const char       *refused;  /* why nothing will be done */
	uint64_t          moved_ms; /* last sign of life */
	size_t            queued;   /* at the last look */

	const struct ctl_command *command; /* NULL: none under way */
	void                     *state;   /* of the command, or NULL */
	struct ask                ask;     /* of others, by the command */
	int                       paced;   /* the client must read first */
	enum msg_type             hears;   /* what it may add, once */
	void (*hear)(struct conn *, const struct msg *);
};
TAILQ_HEAD(conn_list, conn);

/* All of them. */
struct conns {
	struct role     *role;
	struct asks      asks;
	struct conn_list list;
	unsigned int     n;       /* not closed */
	struct shares    members; /* those of the group */
};

/* Ends the process if memory is short. */
void conns_init(struct conns *, struct role *);

/* Frees those that are closed; for nobody who has one on the stack. */
void conns_reap(struct conns *);

/* One more for this peer, in this place. */
void conn_add(struct conns *, struct conn *, struct peer *);

/* Begins this command; goes on with one as far as it can now. */
void conn_start(struct conn *, const struct ctl_command *, const struct msg *);
void conn_step(struct conn *);

/*
 * Sends to the client.  A client that cannot be sent to is closed: after -1
 * the connection has no command any more.
 */
int conn_send(struct conn *, enum msg_type, const struct wbuf *);

/* A line for its user, while the command goes on. */
void conn_text(struct conn *, const char *);

/* Ends the command, saying how. */
void conn_done(struct conn *, enum result, const char *text);

/* The same: as it should be, but for this that is missing of the late. */
void conn_done_late(struct conn *, const char *missing);

/* The same: that process is not there, or does not answer. */
void conn_done_gone(struct conn *, enum proc_id);
void conn_done_silent(struct conn *, enum proc_id);

/* Closes; the memory goes later, when nobody has it on the stack. */
void conn_close(struct conn *);

/*
 * Zeroed memory that the command keeps in c->state until it ends.  NULL if
 * there is none: the command was then refused.
 */
void *conn_state(struct conn *, size_t);

/* Whether the command is to go on later: the client has much to read yet. */
int conn_pace(struct conn *);

/*
 * Asks the one process of that role.  If it is not there the command ends with
 * words, and this gives -1.
 */
int conn_ask(struct conn *, enum proc_id, enum msg_type, const struct wbuf *);

#endif /* CONTROL_CONN_H */
