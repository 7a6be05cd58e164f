/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The verdict on one destination: may this client be connected to it, by which
 * rule, and if not, why not.
 *
 * For all that goes to a destination or asks about it, whether it belongs to a
 * request or not.  A verdict changes nothing but the counters of rules.
 */

#ifndef ROUTER_JUDGE_H
#define ROUTER_JUDGE_H

#include <stdint.h>

#include "base/addr.h"
#include "base/embedded.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/rules.h"

struct identity;
struct router;
struct session;

/*
 * What is asked; it refers to the texts of who asks.  Without a name and an
 * address: whether there is anything that it may be let go to.
 */
struct judge_ask {
	enum session_command   command;
	struct addr            from; /* the client */
	const char            *on;   /* the listener's name, or "" */
	const struct identity *who;  /* NULL: has not logged in */
	const char            *name; /* canonical, or NULL */
	struct addr            to;   /* AF_UNSPEC: only the name */
	uint16_t               port;
	int                    counts; /* in the counters of rules */
};

enum verdict_kind {
	VERDICT_PASS,    /* a name goes to its upstream as it is */
	VERDICT_RESOLVE, /* a name: its addresses are to be judged */
	VERDICT_UNFIT,   /* passes, but by a way that cannot reach it */
	VERDICT_BLOCK,
};

struct verdict {
	enum verdict_kind       kind;
	const struct conf_rule *rule;  /* NULL: none matches */
	enum session_cause      cause; /* of a refusal, or none */
	char                    hint[CONF_PATH_SIZE + 256];
	struct rule_query       query; /* of the form that decided */
};

void judge(struct router *, const struct judge_ask *, struct verdict *);

/*
 * The verdict on whether somebody may connect to the client, which is judged
 * again when he does, with his port.  An address that is unspecified is of
 * anybody.  Nothing is counted of one that may.
 */
void judge_awaited(struct router *, const struct judge_ask *, struct verdict *);

/*
 * True if the rule that decides is a pass rule: of a name that is to be
 * resolved, too, where the addresses may be judged otherwise.
 */
int verdict_passes(const struct verdict *);

/* Who a session is and what it asks for, without an address; not counted. */
void judge_session(const struct session *, struct judge_ask *);

/* The same as rules see it, with all that the addresses hold. */
void judge_query(struct router *, const struct judge_ask *,
    struct rule_query *);

/* addr_embedded() with the prefixes of the config. */
unsigned int judge_embedded(const struct router *, const struct addr *,
    struct embedded[EMBEDDED_MAX]);

#endif /* ROUTER_JUDGE_H */
