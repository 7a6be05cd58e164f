/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router's record of each session, from accept to the relay's report of its
 * end.
 *
 * What a session has under a limit, of an allowance, by a proxy or as a request
 * under way belongs to those files, who get it from here and give it back
 * before the record is freed.  session_*() are the relay's, in the same
 * program: these are sess_*().
 */

#ifndef ROUTER_SESSION_H
#define ROUTER_SESSION_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/session.h"

struct assoc;
struct identity;
struct limit_hold;
struct listener;
struct msg_session_open;
struct peer;
struct portion;
struct proxy;
struct request;
struct router;
struct rule_stat;
struct session_facts;
struct sess_tree;
struct source;

/* Whether auth has still to say who the user of a session is by now. */
enum late {
	LATE_NOT,
	LATE_ASKED,
	LATE_UNASKED, /* there was no auth, or it was too busy */
};

/*
 * Ids of sessions and allowances carry the number of the router's start above
 * these bits, so that none is used twice while relays outlive routers.
 */
#define ID_SERIAL_BITS 40

/* What belongs to an allowance: a session, or one of the flows of a session. */
struct member {
	struct portion    *portion; /* NULL: no rate or quota */
	LIST_ENTRY(member) entry;   /* while it has one */
};

/* One client, from accept to the relay's report of its end. */
struct session {
	RB_ENTRY(session) node; /* by id */
	uint64_t          id;
	struct request   *req;   /* until it is connected */
	struct assoc     *assoc; /* of UDP */
	union {
		TAILQ_ENTRY(session) half;   /* if due_ms is set */
		TAILQ_ENTRY(session) doomed; /* if untold */
	};
	uint64_t                 due_ms;   /* of its request; 0: it came */
	struct source           *source;   /* until it is connected */
	struct rule_stat        *rule;     /* that decided, or NULL */
	char                    *name;     /* canonical, or NULL */
	char                    *hint;     /* for the log, or NULL */
	struct identity         *identity; /* see identity_of() */
	struct msg_session_open *held;     /* until auth has said who */
	struct limit_hold       *holds;    /* limit.c: its places */
	struct member            member;   /* grant.c */
	struct proxy            *proxy;    /* it goes by, or NULL */
	struct listener         *listener; /* NULL if not known */
	struct addr             *here;     /* see sess_here() */
	uint64_t                 start_ms;
	uint64_t                 up; /* as its relay told last */
	uint64_t                 down;
	struct addr              client;
	struct addr              target;
	uint16_t                 client_port;
	uint16_t                 target_port;
	uint16_t                 relay;
	uint16_t                 sockets; /* its weight: sess_weigh() */
	uint8_t                  state;   /* enum session_state */
	uint8_t                  command; /* enum session_command */
	uint8_t                  cause;   /* of a refusal, or none yet */
	uint8_t                  rep;
	uint8_t                  auth;         /* enum auth_mode */
	uint8_t                  login_status; /* enum login_status */
	uint8_t                  late;         /* enum late */
	uint8_t                  adopted : 1;  /* from a former router */
	uint8_t                  killed : 1;   /* the relay is to end it, */
	uint8_t                  untold : 1;   /* and does not know yet */
	uint32_t                 connect_ms;
};

void            sess_init(struct router *);
struct session *sess_new(struct router *, unsigned int relay);
RB_PROTOTYPE(sess_tree, session, node, sess_cmp)
struct session *sess_byid(struct router *, uint64_t);

/* The session, if it is one that this relay holds; else NULL. */
struct session *sess_of(struct router *, struct peer *, uint64_t);

/* The first session whose id is above, or NULL. */
struct session *sess_after(struct router *, uint64_t);

/* The record alone: what the session has elsewhere must be given back. */
void sess_free(struct router *, struct session *);

/*
 * It takes so many sockets in its relay from now on, which is what relays are
 * loaded with; a new one takes BUDGET_SESSION.  True below if one more of that
 * weight would be too many.
 */
void sess_weigh(struct router *, struct session *, uint16_t sockets);
int  sess_full(const struct router *);

/*
 * The address of this host that the client came to: that of the listener or,
 * where that is for all, the one that the connection has, as long as the
 * session may need it.  NULL if it is not known.
 */
const struct addr *sess_here(const struct session *);

/* It came in on this socket; it needs to know no more where. */
void sess_arrived(struct session *, int fd);
void sess_here_forget(struct session *);

/* Its request has come, or it has ended: its relay is not late with it. */
void sess_begun(struct router *, struct session *);

/* No longer half-open: it is connected, or has ended. */
void sess_settle(struct router *, struct session *);

/* This rule decided, whatever was thought before. */
void sess_ruled(struct session *, struct rule_stat *);

/* What a relay keeps of an open session, for the router's successor. */
void sess_facts(const struct router *, const struct session *,
    struct session_facts *);

/* False if no host moves so many bytes in the time since then. */
int sess_may_move(uint64_t bytes, uint64_t start_ms);

/*
 * Tells the relay to end it, for this cause.  If that cannot be told now it is
 * when the relay has taken what waits for it.
 */
void sess_kill(struct router *, struct session *, enum session_cause);
void sess_relay_drained(struct router *, unsigned int relay);

#endif /* ROUTER_SESSION_H */
