/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "reload revoke": sessions are judged again by the rules that are in force
 * now, and those that are refused end.
 *
 * Sessions come one after the other, by their ids; auth is asked about each
 * that has logged in, as the user may have lost a group or the right to log in
 * meanwhile.  What only changes the way of a session, and not whether there may
 * be one, is left to new sessions.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/login.h"
#include "base/msg_policy.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/flow.h"
#include "router/identity.h"
#include "router/judge.h"
#include "router/request.h"
#include "router/revoke.h"
#include "router/session.h"
#include "router/state.h"

/* While so much waits for auth to read it, it is asked about no more. */
#define LATE_QUEUE_MAX (64 * 1024)

struct revocation {
	uint32_t generation; /* of the last one */
	uint64_t last;       /* session that was looked at */
	uint64_t asked;      /* that auth was asked about */
	uint64_t late;       /* looked at for that later */
	int      behind;     /* some of those are left */
	uint32_t judged;
	uint32_t ended;
};

static void revoke_step(struct router *);
static int  revoke_asks(struct router *, const struct session *);
static void revoke_user(struct router *, struct session *,
    const struct msg_who_res *);
static void revoke_unasked(struct router *, struct session *);
static int  revoke_postpone(struct router *, struct session *);
static void revoke_more(struct router *);
static void revoke_session(struct router *, struct session *);
static void revoke_judge(struct router *, const struct session *,
    const struct addr *, struct verdict *);
static int  revoke_request(struct router *, struct session *, struct verdict *);
static void revoke_end(struct router *, struct session *, const char *);
static void revoke_told(struct router *);

void
revoke_new(struct router *r)
{
	if ((r->revoke = calloc(1, sizeof(*r->revoke))) == NULL)
		fatal("router: memory");
}

void
revoke_on_start(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;

	memset(r->revoke, 0, sizeof(*r->revoke));
	r->revoke->generation = r->role.conf->generation;
	revoke_step(r);
}

/* As far as it goes without auth's answer. */
static void
revoke_step(struct router *r)
{
	struct session *s;

	while ((s = sess_after(r, r->revoke->last)) != NULL) {
		r->revoke->last = s->id;
		if (s->killed || s->state == SESSION_HANDSHAKE ||
		    s->state == SESSION_CLOSING)
			continue;
		r->revoke->judged++;
		if (revoke_asks(r, s)) {
			r->revoke->asked = s->id;
			return;
		}
		revoke_unasked(r, s);
	}
	revoke_told(r);
}

/*
 * Without auth the rules judge the user that was, and auth is asked when there
 * is one again: who may not log in any more must not stay for that.
 */
static void
revoke_unasked(struct router *r, struct session *s)
{
	s->late = identity_of(s) == NULL ? LATE_NOT : LATE_UNASKED;
	revoke_session(r, s);
}

/* 1 if auth was asked who this is now. */
static int
revoke_asks(struct router *r, const struct session *s)
{
	const struct identity *l;
	struct msg_who_req     q;
	uint8_t                data[sizeof(q) + 8];
	struct wbuf            b;

	if ((l = identity_of(s)) == NULL)
		return 0;
	q.from = s->client;
	(void)strlcpy(q.user, l->user, sizeof(q.user));
	wbuf_init(&b, data, sizeof(data));
	msg_put_who_req(&b, &q);
	if (role_send(&r->role, PROC_AUTH, 0, MSG_WHO_REQ, s->id, &b, -1) == -1)
		return 0;
	return 1;
}

void
revoke_on_who(void *arg, struct peer *from, struct msg *m)
{
	struct router     *r = arg;
	struct msg_who_res w;
	struct session    *s;

	if (msg_get_who_res(m, &w) == -1) {
		role_bad_peer(&r->role, from, "malformed who-res");
		return;
	}
	s = sess_byid(r, m->id);
	if (m->id == r->revoke->asked) {
		r->revoke->asked = 0;
		if (s != NULL) {
			s->late = LATE_NOT;
			revoke_user(r, s, &w);
		}
		revoke_step(r);
	} else if (s != NULL && s->late == LATE_ASKED) {
		s->late = LATE_NOT;
		revoke_user(r, s, &w);
	}
	revoke_more(r);
}

static void
revoke_user(struct router *r, struct session *s, const struct msg_who_res *w)
{
	char text[64];

	if (w->status == LOGIN_OK) {
		identity_regroup(s, w->ngroups, w->group);
		revoke_session(r, s);
		return;
	}
	(void)snprintf(text, sizeof(text), "the login is no longer valid: %s",
	    login_status_name(w->status));
	revoke_end(r, s, text);
}

int
revoke_is_since(const struct router *r, uint32_t generation)
{
	return generation < r->revoke->generation;
}

void
revoke_late(struct router *r, struct session *s)
{
	if (revoke_postpone(r, s))
		return;
	if (revoke_asks(r, s))
		s->late = LATE_ASKED;
	else
		revoke_unasked(r, s);
}

/* All that is not read yet must fit into the channel, or it would be lost. */
static int
revoke_postpone(struct router *r, struct session *s)
{
	if (identity_of(s) == NULL ||
	    peer_queued(role_peer(&r->role, PROC_AUTH, 0)) < LATE_QUEUE_MAX)
		return 0;
	s->late = LATE_UNASKED;
	if (r->revoke->behind == 0 || s->id <= r->revoke->late)
		r->revoke->late = s->id - 1;
	r->revoke->behind = 1;
	return 1;
}

/* Goes on with those who were not asked about, as far as there is room. */
static void
revoke_more(struct router *r)
{
	struct session *s;

	while (r->revoke->behind) {
		if ((s = sess_after(r, r->revoke->late)) == NULL) {
			r->revoke->behind = 0;
			return;
		}
		r->revoke->late = s->id;
		if (s->late != LATE_UNASKED || s->killed)
			continue;
		revoke_late(r, s);
		if (s->late == LATE_UNASKED)
			return;
	}
}

void
revoke_auth_up(struct router *r)
{
	r->revoke->late = 0;
	r->revoke->behind = 1;
	revoke_more(r);
}

void
revoke_auth_down(struct router *r)
{
	struct session *s;

	RB_FOREACH(s, sess_tree, &r->sessions) {
		if (s->late != LATE_NOT || s->id == r->revoke->asked)
			revoke_unasked(r, s);
	}
	if (r->revoke->asked != 0) {
		r->revoke->asked = 0;
		revoke_step(r);
	}
}

static void
revoke_session(struct router *r, struct session *s)
{
	struct verdict v;
	char           text[CONF_PATH_SIZE + 64];

	if (s->req != NULL) {
		if (revoke_request(r, s, &v) == 0)
			return;
	} else if (s->command == SESSION_UDP) {
		/* It is about anything; no rule decides that. */
		revoke_judge(r, s, &s->target, &v);
		if (v.kind == VERDICT_PASS) {
			/* Its user may be in other groups now. */
			if (s->assoc != NULL)
				flow_judge(r, s->assoc);
			return;
		}
	} else {
		revoke_judge(r, s, &s->target, &v);
		if (verdict_passes(&v))
			return;
	}
	if (v.rule == NULL)
		(void)strlcpy(text, "no rule allows it any more", sizeof(text));
	else
		(void)snprintf(text, sizeof(text),
		    "the rule in %s:%u no longer allows it", v.rule->file,
		    v.rule->line);
	revoke_end(r, s, text);
}

/* Without an address it is about the name. */
static void
revoke_judge(struct router *r, const struct session *s, const struct addr *to,
    struct verdict *v)
{
	struct judge_ask ask;

	judge_session(s, &ask);
	ask.to = *to;
	/* Nobody has come yet to a BIND. */
	if (s->command == SESSION_BIND && s->req != NULL)
		judge_awaited(r, &ask, v);
	else
		judge(r, &ask, v);
}

/*
 * Not connected yet: 1 if an address is refused that would be tried.  What is
 * not resolved yet is judged by the new rules as it is.
 */
static int
revoke_request(struct router *r, struct session *s, struct verdict *v)
{
	const struct request *req = s->req;
	unsigned int          i;

	for (i = 0; i < req->naddrs; i++) {
		revoke_judge(r, s, &req->addrs[i].addr, v);
		if (!verdict_passes(v))
			return 1;
	}
	return 0;
}

static void
revoke_end(struct router *r, struct session *s, const char *hint)
{
	/* It may have been ended otherwise while auth was asked. */
	if (s->killed)
		return;
	free(s->hint);
	s->hint = strdup(hint);
	role_count(&r->role, COUNTER_SESSIONS_REVOKED);
	r->revoke->ended++;
	sess_kill(r, s, CAUSE_REVOKED);
}

static void
revoke_told(struct router *r)
{
	struct msg_revoked v;
	uint8_t            data[16];
	struct wbuf        b;

	v.judged = r->revoke->judged;
	v.ended = r->revoke->ended;
	wbuf_init(&b, data, sizeof(data));
	msg_put_revoked(&b, &v);
	(void)peer_send(r->role.parent, MSG_REVOKED, 0, &b, -1);
}
