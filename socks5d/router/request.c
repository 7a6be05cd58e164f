/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A request, from what the client asked for to the answer: name, addresses,
 * verdicts, connection.
 *
 * Every address is judged when it becomes known and only judged ones are ever
 * connected; the name is looked up once.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hostname.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "base/token.h"
#include "router/bind.h"
#include "router/candidate.h"
#include "router/cause.h"
#include "router/connect.h"
#include "router/grant.h"
#include "router/judge.h"
#include "router/limit.h"
#include "router/places.h"
#include "router/request.h"
#include "router/resolve.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"
#include "router/upstream.h"
#include "socks/socks.h"

/* How long an IPv4 answer waits for the IPv6 one: RFC 8305, section 3. */
#define RESOLUTION_DELAY_MS 50

static int   request_names(struct router *, struct session *,
      const struct msg_session_open *, struct addr *);
static char *raw_name(const struct msg_session_open *);
static int   request_set_time(struct request *);
static int   request_set_deadline(struct request *, uint64_t, uint32_t);
static void  request_resolve(struct request *);
static void  request_go(struct request *);
static void  request_delay(struct request *, uint32_t);
static void  request_deadline_cb(evutil_socket_t, short, void *);
static void  reap_cb(evutil_socket_t, short, void *);
static int   request_unserved(struct request *);
static void  request_next_cb(evutil_socket_t, short, void *);
static void  request_allow_time(struct request *);
static void  request_done(struct request *, int, unsigned int);

void
request_init(struct router *r)
{
	LIST_INIT(&r->ended);
	if ((r->reap = evtimer_new(r->role.base, reap_cb, r)) == NULL)
		fatalx("router: memory");
}

void
request_start(struct router *r, struct session *s,
    const struct msg_session_open *o)
{
	struct request *req;
	struct verdict  v;
	struct addr     addr;

	s->command = (uint8_t)o->command;
	s->target_port = o->port;
	if (request_names(r, s, o, &addr) == -1)
		return;
	if (o->command == SESSION_CONNECT)
		sess_here_forget(s);
	if (o->command == SESSION_CONNECT && o->port == 0) {
		s->hint = strdup("port 0 cannot be connected");
		request_refuse(r, s, CAUSE_BAD_PROTOCOL);
		return;
	}
	req = request_new(r, s, o->port,
	    s->name == NULL ? 1 : REQUEST_ADDRS_MAX);
	if (req == NULL || request_set_time(req) == -1) {
		if (req != NULL)
			request_free(req);
		request_refuse(r, s, CAUSE_NO_RESOURCES);
		return;
	}
	req->done = request_done;
	s->req = req;
	if (s->name != NULL) {
		request_resolve(req);
		return;
	}
	req->found = 1;
	candidate_judge(req, &addr, &v);
	request_go(req);
}

/* What is asked for: a canonical name or an address; -1 if neither. */
static int
request_names(struct router *r, struct session *s,
    const struct msg_session_open *o, struct addr *addr)
{
	char name[HOSTNAME_MAX + 1];

	if (bind_is_any(o, addr)) {
		s->target = *addr;
		return 0;
	}
	*addr = o->addr;
	if (addr->af == AF_UNSPEC) {
		switch (hostname_canon(o->name, o->namelen, name, addr)) {
		case HOSTNAME_ADDR:
			break;
		case HOSTNAME_NAME:
			if ((s->name = strdup(name)) != NULL)
				return 0;
			request_refuse(r, s, CAUSE_NO_RESOURCES);
			return -1;
		case HOSTNAME_NUMBER:
			s->hint = strdup("address not in canonical form");
			/* FALLTHROUGH */
		case HOSTNAME_BAD:
			s->name = raw_name(o);
			request_refuse(r, s, CAUSE_BAD_NAME);
			return -1;
		}
	}
	addr_unmap(addr);
	s->target = *addr;
	return 0;
}

/*
 * What is no name, for the log, which escapes it; a text holds no NUL, so
 * that one becomes a question mark.
 */
static char *
raw_name(const struct msg_session_open *o)
{
	char  *name;
	size_t i, n;

	n = o->namelen < HOSTNAME_MAX ? o->namelen : HOSTNAME_MAX;
	if ((name = malloc(n + 1)) == NULL)
		return NULL;
	for (i = 0; i < n; i++)
		name[i] = o->name[i] == '\0' ? '?' : (char)o->name[i];
	name[n] = '\0';
	return name;
}

struct request *
request_new(struct router *r, struct session *s, uint16_t port,
    unsigned int most)
{
	struct request *req;
	unsigned int    i;

	req = calloc(1, sizeof(*req) + most * sizeof(req->addrs[0]));
	if (req == NULL)
		return NULL;
	for (i = 0; i < ATTEMPTS_MAX; i++) {
		req->attempt[i].fd = -1;
		req->attempt[i].req = req;
	}
	req->router = r;
	req->session = s;
	req->port = port;
	req->most = most;
	req->start_ms = clock_ms();
	return req;
}

/* -1 if memory is short. */
static int
request_set_time(struct request *req)
{
	struct router *r = req->router;

	req->deadline = evtimer_new(r->role.base, request_deadline_cb, req);
	req->next = evtimer_new(r->role.base, request_next_cb, req);
	if (req->deadline == NULL || req->next == NULL)
		return -1;
	return request_set_deadline(req, req->start_ms,
	    r->role.conf->set.connect_ms);
}

/*
 * So long from its start.  The event keeps its time to itself: it can be asked
 * only for the time of day, which may be set meanwhile.
 */
static int
request_set_deadline(struct request *req, uint64_t now, uint32_t ms)
{
	struct timeval tv;
	uint64_t       left;

	req->due_ms = req->start_ms + ms;
	left = req->due_ms > now ? req->due_ms - now : 0;
	tv = clock_timeval(left);
	return event_add(req->deadline, &tv);
}

int
request_allow(struct request *req, uint32_t ms)
{
	struct timeval tv = clock_timeval(ms);

	req->due_ms = clock_ms() + ms;
	return event_add(req->deadline, &tv);
}

void
request_free(struct request *req)
{
	unsigned int i;

	for (i = 0; i < req->naddrs; i++)
		rule_stat_release(req->addrs[i].rule);
	if (req->deadline != NULL)
		event_free(req->deadline);
	if (req->next != NULL)
		event_free(req->next);
	free(req);
}

void
request_cancel(struct router *r, struct session *s)
{
	struct request *req = s->req;

	if (req == NULL)
		return;
	if (req->waiting != 0)
		(void)role_post(&r->role, PROC_RESOLVER, 0, MSG_NAME_CANCEL,
		    s->id, NULL, -1);
	s->req = NULL;
	upstream_cancel(req);
	connect_close(req, -1);
	bind_stop(req);
	(void)event_del(req->deadline);
	(void)event_del(req->next);
	req->over = 1;
	LIST_INSERT_HEAD(&r->ended, req, ended);
	event_active(r->reap, EV_TIMEOUT, 0);
}

static void
reap_cb(evutil_socket_t fd, short what, void *arg)
{
	struct router  *r = arg;
	struct request *req;

	while ((req = LIST_FIRST(&r->ended)) != NULL) {
		LIST_REMOVE(req, ended);
		request_free(req);
	}
}

static void
request_resolve(struct request *req)
{
	struct router  *r = req->router;
	struct session *s = req->session;
	struct verdict  v;

	candidate_judge_name(req, &v);
	switch (v.kind) {
	case VERDICT_BLOCK:
	case VERDICT_UNFIT:
		request_refuse(r, s, v.cause);
		return;
	case VERDICT_PASS:
		req->found = 1;
		request_go(req);
		return;
	case VERDICT_RESOLVE:
		break;
	}
	req->waiting = resolve_ask(r, s->id, s->name, &s->client);
	if (req->waiting == 0) {
		request_refuse(r, s, CAUSE_NAME_FAILED);
		return;
	}
	s->state = SESSION_RESOLVING;
}

void
request_answer(struct router *r, const struct msg_name_answer *a, uint64_t id)
{
	struct session *s;
	struct request *req;
	struct verdict  v;
	struct addr     addr;
	unsigned int    i;

	/* The client may have left, or an answer may come twice. */
	if ((s = sess_byid(r, id)) == NULL || (req = s->req) == NULL ||
	    (req->waiting & a->family) == 0)
		return;
	req->waiting &= (uint8_t)~a->family;
	if (a->status == NAME_FAILED) {
		req->failed = 1;
		req->fault = a->fault;
	} else if (a->status == NAME_BUSY)
		req->busy = 1;
	for (i = 0; i < a->naddrs; i++) {
		addr = a->addrs[i];
		addr_unmap(&addr);
		req->found = 1;
		candidate_judge(req, &addr, &v);
	}
	if (req->waiting != 0 && a->family == RESOLVE_INET && req->naddrs != 0)
		request_delay(req, RESOLUTION_DELAY_MS);
	else
		request_go(req);
}

void
request_resolver_down(struct router *r)
{
	struct session *s, *next;
	struct request *req;

	RB_FOREACH_SAFE(s, sess_tree, &r->sessions, next) {
		if ((req = s->req) == NULL || req->waiting == 0)
			continue;
		req->waiting = 0;
		req->failed = 1;
		request_go(req);
	}
}

/* Starts to connect, or finds that there is nothing to connect to. */
static void
request_go(struct request *req)
{
	if (req->nactive != 0)
		return; /* the timer will come to the new ones */
	if (req->tried < req->naddrs && req->session->command == SESSION_BIND) {
		req->started = 1;
		bind_start(req);
	} else if (req->tried < req->naddrs) {
		req->started = 1;
		req->session->state = SESSION_CONNECTING;
		request_allow_time(req);
		connect_next(req);
	} else if (req->waiting == 0)
		request_exhausted(req);
}

/*
 * The time to connect counts from the request on.  Of rules with times of
 * their own the longest counts, as all their addresses are tried together.
 */
static void
request_allow_time(struct request *req)
{
	uint32_t     set = req->router->role.conf->set.connect_ms;
	uint32_t     ms, most = 0;
	unsigned int i;

	for (i = 0; i < req->naddrs; i++) {
		ms = req->addrs[i].rule->route.connect_ms;
		if (ms == 0)
			ms = set;
		if (ms > most)
			most = ms;
	}
	if (most != set)
		(void)request_set_deadline(req, clock_ms(), most);
}

static void
request_delay(struct request *req, uint32_t ms)
{
	struct timeval tv;

	if (req->started)
		return;
	tv = clock_timeval(ms);
	(void)event_add(req->next, &tv);
}

static void
request_next_cb(evutil_socket_t fd, short what, void *arg)
{
	struct request *req = arg;

	if (req->bind != NULL)
		bind_resume(req);
	else if (req->started)
		connect_next(req);
	else
		request_go(req);
}

static void
request_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct request *req = arg;

	if (req->bind != NULL) {
		bind_expired(req);
		return;
	}
	if (request_unserved(req) == 0)
		req->error = ETIMEDOUT;
	if (req->naddrs == 0 && req->denied == CAUSE_NONE)
		req->failed = 1;
	request_exhausted(req);
}

/* True if it has waited for a place to connect all the time. */
static int
request_unserved(struct request *req)
{
	struct router  *r = req->router;
	struct session *s = req->session;
	int             full = places_full(&r->places);

	if (req->turn.holder == NULL || req->error != 0 ||
	    req->cause != CAUSE_NONE)
		return 0;
	role_count(&r->role, COUNTER_LIMIT_ATTEMPTS);
	req->cause = full ? CAUSE_NO_RESOURCES : CAUSE_LIMIT;
	free(s->hint);
	s->hint = strdup(full ?
		"too many pending connection attempts" :
		"too many pending connection attempts from this source");
	return 1;
}

/* Nothing is left to try. */
void
request_exhausted(struct request *req)
{
	struct session         *s = req->session;
	const struct candidate *last;
	enum session_cause      cause;
	char                    hint[128];

	if (req->naddrs != 0 && req->denied == CAUSE_LIMIT && req->error == 0 &&
	    req->cause == CAUSE_NONE) {
		cause = CAUSE_LIMIT;
		last = &req->addrs[req->tried == 0 ? 0 : req->tried - 1];
		s->target = last->addr;
		sess_ruled(s, last->rule);
	} else if (req->naddrs != 0) {
		role_count(&req->router->role, COUNTER_CONNECT_FAILED);
		cause = req->cause != CAUSE_NONE ?
		    (enum session_cause)req->cause :
		    cause_of_errno(req->error);
		last = &req->addrs[req->tried == 0 ? 0 : req->tried - 1];
		s->target = last->addr;
		sess_ruled(s, last->rule);
		if (req->cause == CAUSE_NONE) {
			free(s->hint); /* of another address */
			s->hint = NULL;
		}
	} else {
		cause = request_hopeless(req);
		if (s->hint == NULL &&
		    resolve_hint(req, cause, hint, sizeof(hint)) == 0)
			s->hint = strdup(hint);
	}
	request_refuse(req->router, s, cause);
}

enum session_cause
request_hopeless(const struct request *req)
{
	if (req->denied != CAUSE_NONE)
		return (enum session_cause)req->denied;
	if (req->busy && req->found == 0)
		return CAUSE_LIMIT;
	if (req->failed && req->found == 0)
		return CAUSE_NAME_FAILED;
	return CAUSE_NAME_NOT_FOUND;
}

void
request_refuse(struct router *r, struct session *s, enum session_cause cause)
{
	struct msg_session_refused f;
	uint8_t                    data[4];
	struct wbuf                b;

	if (cause == CAUSE_RULE)
		role_count(&r->role, COUNTER_REFUSED_RULE);
	else if (cause == CAUSE_INTERNAL)
		role_count(&r->role, COUNTER_REFUSED_INTERNAL);
	else if (cause == CAUSE_BAD_NAME)
		role_count(&r->role, COUNTER_REFUSED_NAME);
	request_cancel(r, s);
	s->state = SESSION_CLOSING;
	if (request_drops(s, cause)) {
		sess_kill(r, s, cause);
		return;
	}
	s->cause = (uint8_t)cause;
	f.rep = (uint8_t)rep_of_cause(cause);
	/* Numbers in disguise are a way round the rules, not a typing error. */
	if (cause == CAUSE_BAD_NAME && s->hint != NULL)
		f.rep = SOCKS_REP_NOT_ALLOWED;
	wbuf_init(&b, data, sizeof(data));
	msg_put_session_refused(&b, &f);
	/* The answer may be lost, the end of it not. */
	if (role_post(&r->role, PROC_RELAY, s->relay, MSG_SESSION_REFUSED,
		s->id, &b, -1) == -1)
		sess_kill(r, s, cause);
}

/* The rule that refused it wants the client to hear nothing. */
int
request_drops(const struct session *s, enum session_cause cause)
{
	return (cause == CAUSE_RULE || cause == CAUSE_INTERNAL) &&
	    s->rule != NULL && s->rule->drop;
}

static void
request_done(struct request *req, int fd, unsigned int index)
{
	if (fd == -1)
		request_exhausted(req);
	else
		request_open(req, fd, &req->addrs[index]);
}

void
request_open(struct request *req, int fd, const struct candidate *c)
{
	struct router            *r = req->router;
	struct session           *s = req->session;
	struct msg_session_opened o;
	struct session_facts      f;
	struct sockaddr_storage   ss;
	socklen_t                 len = sizeof(ss);
	uint8_t                   facts[SESSION_FACTS_MAX];
	uint8_t                   data[SESSION_FACTS_MAX + 32];
	struct wbuf               b;

	/* Before its relay knows: there is to be no target any more. */
	if (s->killed) {
		(void)close(fd);
		request_cancel(r, s);
		return;
	}
	memset(&o, 0, sizeof(o));
	o.bound = req->bound;
	o.bound_port = req->bound_port;
	/* By way of a proxy. */
	if (o.bound.af == AF_UNSPEC &&
	    getsockname(fd, (struct sockaddr *)&ss, &len) == 0)
		(void)addr_from_sockaddr(&o.bound, &o.bound_port,
		    (struct sockaddr *)&ss);
	s->target = c->addr;
	s->connect_ms = (uint32_t)(clock_ms() - req->start_ms);
	sess_ruled(s, c->rule);
	limit_settle(r, s, c->rule);
	if (grant_join(r, s, &s->member, s->rule, &o.allowance) == -1) {
		(void)close(fd);
		request_refuse(r, s, CAUSE_NO_RESOURCES);
		return;
	}
	o.idle_ms = c->rule->route.idle_ms;
	o.half_closed_ms = c->rule->route.half_closed_ms;
	sess_facts(r, s, &f);
	facts_sign(&r->key, s->id, s->relay,
	    r->role.starts[PROC_RELAY][s->relay], &f);
	wbuf_init(&b, facts, sizeof(facts));
	session_facts_put(&b, &f);
	o.facts = facts;
	o.nfacts = b.len;
	wbuf_init(&b, data, sizeof(data));
	msg_put_session_opened(&b, &o);
	if (role_post(&r->role, PROC_RELAY, s->relay, MSG_SESSION_OPENED, s->id,
		&b, fd) == -1) {
		request_refuse(r, s, CAUSE_NO_RESOURCES);
		return;
	}
	role_count(&r->role, COUNTER_SESSIONS_OPENED);
	if (s->rule != NULL)
		s->rule->sessions++;
	s->cause = CAUSE_NONE;
	free(s->hint);
	s->hint = NULL;
	s->state = SESSION_OPEN;
	request_cancel(r, s);
	sess_settle(r, s);
}
