/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One proxied connection inside a relay, from hand-over to close.
 *
 * A session belongs to exactly one relay process; session_finish() marks it,
 * session_free() is called for it at the end of a loop turn alone, so no event
 * of that turn meets freed memory.  What it carries at the time, a handshake
 * or bytes, is known by its ops only.
 */

#ifndef RELAY_SESSION_H
#define RELAY_SESSION_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "base/session.h"
#include "relay/end.h"

struct allow;
struct handshake;
struct relay;
struct session;
struct udp;

/*
 * What the poller knows a socket by: its session and which socket of it, for
 * the two ends their side.  Ids never come twice, so an event that comes late
 * finds nothing instead of something else.  KEY_LINK is not a socket but a
 * channel, with the role at its far end in place of the id.
 */
#define KEY(id, which) ((uint64_t)(id) << 16 | (uint64_t)(which))
#define KEY_ID(key)    ((key) >> 16)
#define KEY_WHICH(key) ((unsigned int)((key)&0xffff))
#define KEY_LINK       0xffffU

/* In which queue a member waits for its turn. */
enum queue {
	QUEUE_NONE,
	QUEUE_BUSY,  /* the relay's: has more to move */
	QUEUE_ALLOW, /* its allowance's: must not move more yet */
};

/*
 * What has turns and shares an allowance: a session, or one flow of a session
 * whose flows are under rules of their own.  Begins as zeros.
 */
struct member {
	TAILQ_ENTRY(member) entry;       /* see queue */
	struct allow       *allow;       /* NULL: no rate, no quota */
	int32_t             carry;       /* see allow_more() */
	uint8_t             queue;       /* enum queue */
	uint8_t             due : 1;     /* has a slice, see allow.c */
	uint8_t             is_flow : 1; /* it is in a struct flow_member */
};
TAILQ_HEAD(member_queue, member);

/*
 * What a session carries.  None of these frees the session or is called for
 * one that is finished; each may finish it.
 */
struct session_ops {
	/* The poller told of one of its sockets: a set of POLLER_*. */
	void (*event)(struct relay *, struct session *, unsigned int which,
	    unsigned int what);

	/*
	 * Move what may be moved now for this member of the session, at most
	 * a share each way.  Called for those that joined the queue of turn.h
	 * or an allowance; NULL for what never does.
	 */
	void (*pump)(struct relay *, struct session *, struct member *);

	/* Its deadline has come; what is idle is asked for its time first. */
	void (*expire)(struct relay *, struct session *);

	/*
	 * It is finished, or carries something else from here on: let go of
	 * what it has beside its two ends.  NULL if there is nothing.
	 */
	void (*close)(struct relay *, struct session *);

	/* Tells the router what it has to beside bytes; NULL for nothing. */
	void (*report)(struct relay *, struct session *);
};

struct session {
	union {
		TAILQ_ENTRY(session) timed;
		RB_ENTRY(session)    own; /* if has_own */
	};
	struct member             member;
	LIST_ENTRY(session)       byid;
	uint64_t                  id;
	uint64_t                  deadline; /* clock_ms() */
	uint64_t                  active;   /* last time that bytes moved */
	uint64_t                  counted;  /* bytes the router knows of */
	const struct session_ops *ops;
	uint32_t                  idle_ms; /* its rule's own; 0: as set */
	union {
		uint32_t half_closed_ms; /* the same */
		uint32_t drained;        /* bytes, while closing */
	};
	struct end end[2];
	union {
		struct handshake *hs;  /* while it has one */
		struct udp       *udp; /* of an association */
	};
	uint8_t *facts; /* packed, for a new router */
	uint16_t nfacts;
	uint8_t  timer;       /* enum timer: timer.h */
	uint8_t  cause;       /* enum session_cause */
	uint8_t  rep;         /* sent, or REP_NONE */
	uint8_t  hint;        /* enum session_hint */
	uint8_t  turn : 1;    /* side that comes first */
	uint8_t  has_own : 1; /* it is in that tree */
	uint8_t  untold : 1;  /* to its new router */
};
TAILQ_HEAD(session_queue, session);
LIST_HEAD(session_bucket, session);
RB_HEAD(session_tree, session);
RB_PROTOTYPE(session_tree, session, own, timer_cmp)

/* A member that is not the only one of its session. */
struct flow_member {
	struct member   member; /* is_flow */
	struct session *session;
};

/*
 * With its client only, and handshake_ms to say what it wants.  Takes the
 * descriptor in any case; NULL if memory is short.
 */
struct session *session_new(struct relay *, uint64_t id, int fd,
    const struct session_ops *, uint32_t handshake_ms);
struct session *session_byid(struct relay *, uint64_t id);

/* By the key of one of its sockets; NULL if it is finished, too. */
struct session *session_bykey(struct relay *, uint64_t key);

/* It carries something else from now on; what it carried is closed. */
void session_carry(struct relay *, struct session *,
    const struct session_ops *);

/*
 * Ends the session: closes what is open, with a reset if reset is set, and
 * leaves it to report_reap().  Harmless if it is finished already.
 */
void session_finish(struct relay *, struct session *, enum session_cause,
    int reset);

/* One that is finished and all told of, or that nobody has met yet. */
void session_free(struct relay *, struct session *);

/* The router works on its request, or awaits who connects to its BIND. */
int session_waits(const struct session *);

enum session_state session_get_state(const struct session *);

/* Whose it is. */
static inline struct session *
session_of(struct member *m)
{
	if (m->is_flow)
		return ((struct flow_member *)m)->session;
	return (struct session *)((char *)m - offsetof(struct session, member));
}

/* What it has moved from there to the other side. */
static inline uint64_t
session_bytes(const struct session *s, enum side from)
{
	return s->end[from].bytes;
}

#endif /* RELAY_SESSION_H */
