/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What every child does alike: it has a loop, a parent, siblings that come and
 * go, a config that is built beside the running one, and counters.  The loop
 * is libevent's, role_event.c, or the relay's own.
 *
 * Knows no role's business: that is in the table of handlers.  A new role
 * fills in struct role_ops, calls role_init(), makes what it needs before the
 * walls are up, and ends in role_run().
 */

#ifndef BASE_ROLE_H
#define BASE_ROLE_H

#include "base/child.h"
#include "base/counters.h"
#include "base/peer.h"

struct conf;
struct event_base;

/*
 * Takes one message that passed the gate, so it comes from a process that may
 * send it.  It is valid until the handler returns.  The handler may call
 * role_bad_peer() with its sender, which is then gone.
 */
typedef void (*role_handler)(void *arg, struct peer *from, struct msg *);

/*
 * How a config comes out of its messages.  It is passed on and never looked
 * into here: conf/receiver.h has the only one.
 */
struct role_conf {
	/*
	 * Feeds one message, MSG_CONF_BEGIN to MSG_CONF_END, to the config
	 * under construction, which is NULL before the first.  1 when it is
	 * whole, 0 while it goes on, -1 if it is refused, and gone.
	 */
	int (*receive)(struct conf **next, struct msg *);

	/* The number that the parent gave it. */
	uint32_t (*generation)(const struct conf *);

	/* Frees it and closes its descriptors; NULL is none. */
	void (*discard)(struct conf *);
};

/* What a role adds; each function may be NULL and gets the arg of role_init. */
struct role_ops {
	/* Never NULL. */
	const struct role_conf *conf;

	/*
	 * MSG_MAX of them by type.  Those for MSG_CHILD_PEER, MSG_CHILD_PING,
	 * MSG_CHILD_VERBOSE, MSG_CHILD_STOP, MSG_CONF_* and MSG_COUNTERS_REQ
	 * are never called: role.c takes these messages itself.
	 */
	const role_handler *handlers;

	/*
	 * A new config is complete, not yet in force: build what it needs
	 * beside the old, or refuse it with -1 and the reason in why.
	 */
	int (*conf_prepare)(void *arg, struct conf *next, char *why,
	    size_t whysize);

	/* The prepared config will not come into force: drop what was built. */
	void (*conf_abort)(void *arg);

	/*
	 * role.conf is the new config.  The old one, NULL the first time, now
	 * belongs to the callee, who ends it with conf_discard().
	 */
	void (*conf_commit)(void *arg, struct conf *old);

	/*
	 * A sibling can be talked to; one is gone.  A sibling that was started
	 * again is first down, then up, in this order.
	 */
	void (*peer_up)(void *arg, struct peer *);
	void (*peer_down)(void *arg, enum proc_id, unsigned int instance);

	/*
	 * The channel to a sibling was lost for lack of descriptors; 0 if the
	 * role goes on without.  If NULL, as for any other answer, the process
	 * ends: who is started anew gets it again.
	 */
	int (*peer_lost)(void *arg, enum proc_id);

	/* All that was queued to a sibling is sent; it may be nothing new. */
	void (*peer_drained)(void *arg, struct peer *);

	/*
	 * Control asks for the counters, of which this is a copy: add to it
	 * what is not counted in them yet.
	 */
	void (*counters)(void *arg, struct counters *);

	/* MSG_CHILD_STOP; without it the process ends at once. */
	void (*stop)(void *arg, const struct msg *);
};

/* One per process.  Roles read it and leave changing it to role.c. */
struct role {
	struct event_base *base; /* NULL on another loop */
	struct child      *child;
	struct peer       *parent;   /* NULL before role_run() */
	struct conf       *conf;     /* in force; NULL at first */
	struct counters    counters; /* count here: role_count() */

	const struct role_ops  *ops;
	void                   *arg;
	const struct peer_loop *loop;
	void                   *loop_arg;
	struct conf            *next;         /* under construction */
	int                     next_ready;   /* it waits for its commit */
	int                     next_refused; /* ignore the rest of it */
	struct peer            *peers[PROC_MAX][RELAYS_MAX];
	uint32_t                starts[PROC_MAX][RELAYS_MAX]; /* of them */
};

/*
 * Makes the event base; the role then makes what it needs of its own that
 * takes files or system calls that the filter forbids later.  Ends the
 * process if memory is short.
 */
void role_init(struct role *, struct child *, const struct role_ops *,
    void *arg);

/*
 * Raises the walls and serves messages and events until the parent is gone or
 * says stop.  The parent hears that we are ready when the first config is in
 * force; if that is refused the process ends.
 */
_Noreturn void role_run(struct role *);

/*
 * The same two for a role with a loop of its own, which watches channels as
 * peer.h has it.  role_begin() returns when the walls are up, and the role
 * turns its loop from then on.
 */
void role_init_loop(struct role *, struct child *, const struct role_ops *,
    void *arg, const struct peer_loop *, void *loop);
void role_begin(struct role *);

/* The channel to a sibling; NULL while there is none. */
struct peer *role_peer(const struct role *, enum proc_id,
    unsigned int instance);

/* As peer_send() to that sibling; the descriptor is closed in any case. */
int role_send(struct role *, enum proc_id, unsigned int instance, enum msg_type,
    uint64_t id, const struct wbuf *, int fd);

/* As role_send(), but by peer_post(): together with others of this turn. */
int role_post(struct role *, enum proc_id, unsigned int instance, enum msg_type,
    uint64_t id, const struct wbuf *, int fd);

/*
 * A sibling said what it must not say: logs it, tells the parent, who ends
 * the sibling, and closes the channel; the peer is gone and peer_down() was
 * called.  If it is the parent, this process ends.
 */
void role_bad_peer(struct role *, struct peer *, const char *what);

/* Adds one to a counter, which control reads with MSG_COUNTERS_REQ. */
void role_count(struct role *, enum counter);

#endif /* BASE_ROLE_H */
