/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The candidates of a request: see candidate.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "router/candidate.h"
#include "router/judge.h"
#include "router/request.h"
#include "router/rulestat.h"
#include "router/session.h"

static void candidate_refused(struct request *, const struct addr *,
    const struct verdict *);
static void candidate_add(struct request *, const struct addr *,
    struct rule_stat *);

void
candidate_judge(struct request *req, const struct addr *to, struct verdict *v)
{
	struct judge_ask ask;

	judge_session(req->session, &ask);
	ask.to = *to;
	ask.counts = !req->trial;
	if (ask.command == SESSION_BIND)
		judge_awaited(req->router, &ask, v);
	else
		judge(req->router, &ask, v);
	if (v->kind == VERDICT_PASS)
		candidate_add(req, to,
		    rule_stat_hold(req->router, v->rule->number));
	else
		candidate_refused(req, to, v);
}

void
candidate_judge_name(struct request *req, struct verdict *v)
{
	struct session  *s = req->session;
	struct judge_ask ask;
	struct addr      unknown;

	judge_session(s, &ask);
	ask.counts = !req->trial;
	judge(req->router, &ask, v);
	if (v->kind == VERDICT_PASS) {
		memset(&unknown, 0, sizeof(unknown));
		candidate_add(req, &unknown,
		    rule_stat_hold(req->router, v->rule->number));
	} else if (v->kind != VERDICT_RESOLVE && v->rule != NULL) {
		rule_stat_release(s->rule);
		s->rule = rule_stat_hold(req->router, v->rule->number);
		if (v->hint[0] != '\0') {
			free(s->hint);
			s->hint = strdup(v->hint);
		}
	}
}

/* Remembers why, for the case that no other address is allowed. */
static void
candidate_refused(struct request *req, const struct addr *to,
    const struct verdict *v)
{
	struct session *s = req->session;

	req->denied = (uint8_t)v->cause;
	free(s->hint);
	s->hint = v->hint[0] == '\0' ? NULL : strdup(v->hint);
	s->target = *to;
	rule_stat_release(s->rule);
	s->rule = v->rule == NULL ?
	    NULL :
	    rule_stat_hold(req->router, v->rule->number);
}

/* Families take turns, IPv6 first: RFC 8305, section 4. */
static void
candidate_add(struct request *req, const struct addr *addr,
    struct rule_stat *rule)
{
	struct candidate *c = req->addrs;
	unsigned int      i, same = 0, at;

	if (req->naddrs == req->most) {
		rule_stat_release(rule);
		return;
	}
	for (i = req->tried; i < req->naddrs; i++)
		same += c[i].addr.af == addr->af;
	at = req->tried + 2 * same + (addr->af == AF_INET);
	if (at > req->naddrs)
		at = req->naddrs;
	memmove(&c[at + 1], &c[at], (req->naddrs - at) * sizeof(*c));
	c[at].addr = *addr;
	c[at].rule = rule;
	req->naddrs++;
}
