/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A request, from what the client asked for to the answer: name, addresses,
 * verdicts, connection.
 */

#ifndef ROUTER_REQUEST_H
#define ROUTER_REQUEST_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/msg_codec.h"
#include "base/session.h"
#include "router/places.h"
#include "router/pool.h"

struct bind;
struct event;
struct msg;
struct peer;
struct router;
struct rule_stat;
struct session;
struct tunnel;

#define REQUEST_ADDRS_MAX (2 * NAME_ADDRS_MAX)
#define ATTEMPTS_MAX      8 /* connections tried at once */

/* One that is used has a place. */
struct attempt {
	struct request  *req;
	struct event    *event;
	int              fd;    /* -1 if there is none */
	unsigned int     index; /* into addrs */
	uint64_t         start_ms;
	struct pool_wait wait; /* for a socket of its class */
};

/* An allowed address and the rule that allowed it; reloads may come. */
struct candidate {
	struct addr       addr; /* AF_UNSPEC: goes on by its name */
	struct rule_stat *rule;
};

/*
 * A request ends in request_cancel(), and then does nothing any more: it has no
 * timer, socket or wait, s->req does not lead to it, and functions that are
 * given it return.  It is freed by the loop after that, when no function that
 * has it can be under way, so done may end it, and so may all that is called
 * from here.
 */
struct request {
	struct router      *router;
	LIST_ENTRY(request) ended; /* while it is over */
	uint8_t             over;
	/* The connected target's socket and its candidate; or -1 and 0. */
	void (*done)(struct request *, int fd, unsigned int index);
	struct session         *session;
	struct event           *deadline;
	struct event           *next; /* start another attempt */
	uint64_t                start_ms;
	uint64_t                due_ms; /* of the deadline */
	uint16_t                port;
	uint8_t                 waiting; /* families not yet answered */
	uint8_t                 started; /* connecting has begun */
	uint8_t                 denied;  /* cause: refused address */
	uint8_t                 found;   /* the name has an address */
	uint8_t                 failed;  /* a lookup failed */
	struct name_fault       fault;   /* why, if that is known */
	uint8_t                 busy;    /* too many of its source */
	uint8_t                 trial;   /* explain.c asks: no counts */
	uint8_t                 proxied; /* upstream.c is at work */
	uint8_t                 place;   /* it has one to spare */
	uint16_t                bound_port;
	struct addr             bound;         /* of the socket connected */
	struct place_wait       turn;          /* or waits for it */
	struct tunnel          *tunnel;        /* then */
	struct bind            *bind;          /* bind.c is at work */
	unsigned int            proxied_index; /* into addrs */
	const struct rule_stat *dead_end;      /* its upstream does not work */
	sa_family_t             dead_af;       /* for that family; 0 for all */
	uint8_t                 cause;         /* what a proxy said, or none */
	int                     error;         /* best errno so far */
	unsigned int            naddrs;        /* of most */
	unsigned int            most;
	unsigned int            tried;
	unsigned int            nactive;
	struct attempt          attempt[ATTEMPTS_MAX];
	struct candidate        addrs[];
};

/* Works on what the client asks for; it ends in opened or refused. */
void request_start(struct router *, struct session *,
    const struct msg_session_open *);

/* The resolver answers the request of that session. */
void request_answer(struct router *, const struct msg_name_answer *,
    uint64_t id);

/* The resolver is gone: whatever waits for a name gets no answer. */
void request_resolver_down(struct router *);

/* Answers with a refusal, for this cause. */
void request_refuse(struct router *, struct session *, enum session_cause);

/* The requests that have ended are freed by the loop. */
void request_init(struct router *);

/*
 * One that has no time limit yet, for so many addresses at most: one, or
 * REQUEST_ADDRS_MAX for a name.  NULL if memory is short.
 */
struct request *request_new(struct router *, struct session *, uint16_t port,
    unsigned int most);
void            request_free(struct request *);

/* It has so long from now on; -1 if memory is short. */
int request_allow(struct request *, uint32_t ms);

/* There is nothing left to try: it ends with the best reason for that. */
void request_exhausted(struct request *);

/*
 * It has the target's socket, by the candidate whose rule allows it: it is an
 * open session now or, if that fails, refused.
 */
void request_open(struct request *, int fd, const struct candidate *);

/* True if the rule that refused it wants the client to hear nothing. */
int request_drops(const struct session *, enum session_cause);

/* Why it has no address to connect to. */
enum session_cause request_hopeless(const struct request *);

/* Ends the session's request, if it has one, without an answer to the relay. */
void request_cancel(struct router *, struct session *);

#endif /* ROUTER_REQUEST_H */
