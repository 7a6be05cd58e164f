/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What relays say of sessions, and what follows from it.
 *
 * Above all that a session may have: whatever it has elsewhere is given back
 * here when it ends.  A relay can speak only of sessions that it was given: id
 * and channel must agree, or it broke the rules.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/budget.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/login.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "base/token.h"
#include "router/accept.h"
#include "router/assoc.h"
#include "router/drain.h"
#include "router/grant.h"
#include "router/identity.h"
#include "router/lifecycle.h"
#include "router/limit.h"
#include "router/listener.h"
#include "router/login.h"
#include "router/request.h"
#include "router/revoke.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/session_report.h"
#include "router/state.h"
#include "router/upstream.h"

/*
 * A relay tells of as many sessions as it can hold, or there would be no end
 * to them; and of as many that are over, which it had no router to tell of.
 * Clients that we have given it meanwhile are not among them.
 */
#define TOLD_PARTS 2

/* An adopted session that is over, while its relay tells of others. */
struct ended {
	RB_ENTRY(ended) node;
	uint64_t        id;
};

/* A relay tells of sessions that it has of a former router: once each. */
struct adoption {
	int                        open; /* it has not told of all */
	uint32_t                   ntold;
	RB_HEAD(ended_tree, ended) ended; /* since they were told */
};

static void        life_hold(struct router *, struct session *,
	   const struct msg_session_open *);
static void        life_go_on(struct router *, struct session *);
static void        life_open(struct router *, struct session *,
	   const struct msg_session_open *);
static int         ended_cmp(const struct ended *, const struct ended *);
static void        life_ended(struct router *, const struct session *);
static const char *life_unfit(struct router *, unsigned int, uint64_t,
    const struct session_facts *);
static const char *life_lie(const struct session *, const struct peer *,
    const struct session_closed *);
static const char *life_lie_moved(const struct session *, uint64_t, uint64_t);
static void        life_count(struct session *, uint64_t, uint64_t);
static void        life_end(struct router *, struct session *,
	   const struct session_closed *);
static void        life_free(struct router *, struct session *);
static void        life_adopt(struct router *, struct session *,
	   const struct session_facts *);

RB_PROTOTYPE(ended_tree, ended, node, ended_cmp)
RB_GENERATE(ended_tree, ended, node, ended_cmp)

void
life_init(struct router *r)
{
	r->adoption = calloc(RELAYS_MAX, sizeof(*r->adoption));
	if (r->adoption == NULL)
		fatal("router: memory");
	r->sess_killed = assoc_cut;
}

void
life_on_open(void *arg, struct peer *from, struct msg *m)
{
	struct router          *r = arg;
	struct msg_session_open o;
	struct session         *s;

	if (msg_get_session_open(m, &o) == -1) {
		role_bad_peer(&r->role, from, "malformed session-open");
		return;
	}
	if ((s = sess_of(r, from, m->id)) == NULL ||
	    s->state != SESSION_HANDSHAKE || s->held != NULL) {
		role_bad_peer(&r->role, from,
		    "session-open for a session it does not own");
		return;
	}
	if (identity_admits(s, o.login))
		life_open(r, s, &o);
	else if (o.login && s->login_status == LOGIN_NONE &&
	    s->auth != AUTH_MODE_NONE)
		life_hold(r, s, &o);
	else
		role_bad_peer(&r->role, from,
		    "session-open with a login that auth refused");
}

/* Unless auth's word is on its way, there is none. */
static void
life_hold(struct router *r, struct session *s, const struct msg_session_open *o)
{
	enum session_cause cause;

	if ((cause = login_hold(r, s, o)) == CAUSE_NONE)
		return;
	sess_begun(r, s);
	request_refuse(r, s, cause);
}

void
life_on_user(void *arg, struct peer *from, struct msg *m)
{
	struct router  *r = arg;
	struct session *s;

	if ((s = login_user(r, from, m)) != NULL)
		life_go_on(r, s);
}

/* The relay's channel was faster than auth's, which has come now. */
static void
life_go_on(struct router *r, struct session *s)
{
	struct msg_session_open *o = s->held;

	s->held = NULL;
	if (identity_admits(s, o->login))
		life_open(r, s, o);
	else
		login_accuse(r, s->relay, "a login that auth denies");
	free(o);
}

void
life_auth_down(struct router *r)
{
	struct session *s, *next;

	for (s = RB_MIN(sess_tree, &r->sessions); s != NULL; s = next) {
		next = RB_NEXT(sess_tree, &r->sessions, s);
		if (s->held == NULL)
			continue;
		free(s->held);
		s->held = NULL;
		sess_begun(r, s);
		request_refuse(r, s, CAUSE_AUTH_DIED);
	}
}

/* Works on a request, if the session still may make one. */
static void
life_open(struct router *r, struct session *s, const struct msg_session_open *o)
{
	sess_begun(r, s);
	if (s->killed)
		return;
	/* Identity lost to lack of memory: refuse, never as anonymous. */
	if (o->login == LOGIN_TOLD_OK && identity_of(s) == NULL)
		request_refuse(r, s, CAUSE_NO_RESOURCES);
	else if (o->command == SESSION_UDP)
		assoc_start(r, s);
	else
		request_start(r, s, o);
}

void
life_on_closed(void *arg, struct peer *from, struct msg *m)
{
	struct router        *r = arg;
	struct session_closed c;
	struct session       *s;
	const char           *lie;
	struct rbuf           b;

	rbuf_init(&b, m->data, m->len);
	while (b.left != 0) {
		if (session_closed_get(&b, &c) == -1) {
			role_bad_peer(&r->role, from,
			    "malformed session-closed");
			return;
		}
		/* Unknown: from before this router, without a target. */
		if ((s = sess_byid(r, c.id)) == NULL)
			continue;
		/* Auth told us first, and its words are for the log. */
		if (c.cause == CAUSE_LOGIN_FAILED &&
		    (s = login_hear(r, s)) == NULL)
			continue;
		if ((lie = life_lie(s, from, &c)) != NULL) {
			role_bad_peer(&r->role, from, lie);
			return;
		}
		life_end(r, s, &c);
	}
}

/* What is wrong with a relay's word on a session's end, or NULL. */
static const char *
life_lie(const struct session *s, const struct peer *from,
    const struct session_closed *c)
{
	if (s->relay != channel_instance(peer_channel(from)))
		return "session-closed for another relay's session";
	/* Open here, it need not be there: its client may have left. */
	if ((s->state != SESSION_OPEN && c->rep == 0) ||
	    (c->rep != 0 && (c->up != 0 || c->down != 0)))
		return "session-closed with bytes but no target";
	return c->rep == 0 ? life_lie_moved(s, c->up, c->down) : NULL;
}

/* The same of bytes that it says to have moved, in all. */
static const char *
life_lie_moved(const struct session *s, uint64_t up, uint64_t down)
{
	if (!sess_may_move(up, s->start_ms) ||
	    !sess_may_move(down, s->start_ms))
		return "more bytes of a session than time allows";
	if (up < s->up || down < s->down)
		return "fewer bytes of a session than before";
	if (!grant_covers(&s->member, up + down))
		return "more bytes of a session than were granted";
	return NULL;
}

/* What a session has moved counts once, whether it is open or ends. */
static void
life_count(struct session *s, uint64_t up, uint64_t down)
{
	/* Of UDP each flow has a rule of its own. */
	if (s->rule != NULL && s->command != SESSION_UDP) {
		s->rule->up += up - s->up;
		s->rule->down += down - s->down;
	}
	s->up = up;
	s->down = down;
}

void
life_on_moved(void *arg, struct peer *from, struct msg *m)
{
	struct router       *r = arg;
	struct session_moved v;
	struct session      *s;
	const char          *lie;
	struct rbuf          b;

	rbuf_init(&b, m->data, m->len);
	while (b.left != 0) {
		if (session_moved_get(&b, &v) == -1) {
			role_bad_peer(&r->role, from,
			    "malformed session-moved");
			return;
		}
		if ((s = sess_byid(r, v.id)) == NULL)
			continue;
		if (s->relay != channel_instance(peer_channel(from)) ||
		    s->state != SESSION_OPEN)
			lie = "session-moved for a session it does not own";
		else
			lie = life_lie_moved(s, v.up, v.down);
		if (lie != NULL) {
			role_bad_peer(&r->role, from, lie);
			return;
		}
		life_count(s, v.up, v.down);
	}
}

static void
life_end(struct router *r, struct session *s, const struct session_closed *c)
{
	if (s->cause == CAUSE_NONE)
		s->cause = (uint8_t)c->cause;
	s->rep = c->rep;
	if (s->hint == NULL && c->hint != HINT_NONE)
		s->hint = strdup(session_hint_text(c->hint));
	/* Of one whose relay died that is what the relay told last. */
	if (c->rep == 0)
		life_count(s, c->up, c->down);
	role_count(&r->role, COUNTER_SESSIONS_CLOSED);
	session_report_end(r, s);
	life_free(r, s);
}

static void
life_free(struct router *r, struct session *s)
{
	if (s->adopted && r->adoption[s->relay].open)
		life_ended(r, s);
	request_cancel(r, s);
	assoc_free(r, s);
	grant_leave(r, &s->member, s->up + s->down);
	limit_release(r, s);
	upstream_leave(s);
	sess_free(r, s);
	accept_left(r);
	drain_check(r);
}

void
life_relay_down(struct router *r, unsigned int relay)
{
	struct session_closed c = { .cause = CAUSE_RELAY_DIED,
		.rep = REP_NONE };
	struct session       *s, *next;

	RB_FOREACH_SAFE(s, sess_tree, &r->sessions, next) {
		if (s->relay != relay)
			continue;
		grant_lose(&s->member);
		assoc_lose(s);
		life_end(r, s, &c);
	}
}

static int
ended_cmp(const struct ended *a, const struct ended *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

/* It is not to come back; short of memory it might, once more. */
static void
life_ended(struct router *r, const struct session *s)
{
	struct adoption *a = &r->adoption[s->relay];
	struct ended    *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return;
	e->id = s->id;
	(void)RB_INSERT(ended_tree, &a->ended, e);
}

void
life_adoption_begin(struct router *r, unsigned int relay)
{
	struct adoption *a = &r->adoption[relay];

	RB_INIT(&a->ended);
	a->ntold = 0;
	a->open = 1;
}

void
life_adoption_end(struct router *r, unsigned int relay)
{
	struct adoption *a = &r->adoption[relay];
	struct ended    *e;

	while ((e = RB_ROOT(&a->ended)) != NULL) {
		(void)RB_REMOVE(ended_tree, &a->ended, e);
		free(e);
	}
	a->open = 0;
}

void
life_on_told(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;
	unsigned int   relay = channel_instance(peer_channel(from));

	if (r->adoption[relay].open)
		life_adoption_end(r, relay);
	else
		role_bad_peer(&r->role, from, "duplicate session-told");
}

/* Why a relay cannot have such a session of a former router, or NULL. */
static const char *
life_unfit(struct router *r, unsigned int relay, uint64_t id,
    const struct session_facts *f)
{
	struct adoption *a = &r->adoption[relay];
	struct ended     key;

	if (a->open == 0)
		return "session-adopt after the last one";
	/* Only ids of former routers: none can shadow one of ours. */
	if (sess_byid(r, id) != NULL ||
	    id >> ID_SERIAL_BITS >= r->role.child->start.incarnation - 1)
		return "session-adopt with an invalid id";
	if (!facts_valid(&r->key, id, relay, r->role.starts[PROC_RELAY][relay],
		f))
		return "session-adopt with an invalid signature";
	key.id = id;
	if (RB_FIND(ended_tree, &a->ended, &key) != NULL)
		return "duplicate session-adopt";
	if (a->ntold >=
	    TOLD_PARTS * budget_sessions(r->role.child->start.nofile))
		return "too many session-adopt";
	return NULL;
}

/* A relay that outlived the last router tells of a session it still has. */
void
life_on_adopt(void *arg, struct peer *from, struct msg *m)
{
	struct router       *r = arg;
	struct session_facts f;
	struct session      *s;
	const char          *why;
	struct rbuf          b;
	uint64_t             last;
	unsigned int         relay = channel_instance(peer_channel(from));

	rbuf_init(&b, m->data, m->len);
	if (session_facts_get(&b, &f) == -1 || !rbuf_done(&b)) {
		role_bad_peer(&r->role, from, "malformed session-adopt");
		return;
	}
	if ((why = life_unfit(r, relay, m->id, &f)) != NULL) {
		role_bad_peer(&r->role, from, why);
		return;
	}
	r->adoption[relay].ntold++;
	last = r->last_id;
	r->last_id = m->id - 1;
	s = sess_new(r, relay);
	r->last_id = last;
	if (s == NULL) {
		log_warn("router: out of memory: cannot adopt a session, "
			 "closing it");
		/* It would be one that nobody can limit or end. */
		if (role_post(&r->role, PROC_RELAY, relay, MSG_SESSION_KILL,
			m->id, NULL, -1) == -1)
			fatal("router: memory");
		return;
	}
	life_adopt(r, s, &f);
}

static void
life_adopt(struct router *r, struct session *s, const struct session_facts *f)
{
	s->state = SESSION_OPEN;
	s->adopted = 1;
	s->client = f->client;
	s->client_port = f->client_port;
	s->listener = listener_hold(r, f->listener);
	s->command = (uint8_t)f->command;
	s->target = f->target;
	s->target_port = f->target_port;
	s->start_ms = f->start_ms;
	s->connect_ms = f->connect_ms;
	if (f->name[0] != '\0')
		s->name = strdup(f->name);
	if (r->role.conf != NULL && f->generation == r->role.conf->generation)
		s->rule = rule_stat_hold(r, f->rule);
	else if (f->limits != 0)
		s->rule = rule_stat_known(r, f->limits, f->rule);
	identity_adopt(s, f->user);
	if (r->role.conf != NULL)
		limit_adopt(r, s);
	grant_adopt(r, s);
	role_count(&r->role, COUNTER_SESSIONS_ACCEPTED);
	if (revoke_is_since(r, f->generation))
		revoke_late(r, s);
}
