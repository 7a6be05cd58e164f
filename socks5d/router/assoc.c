/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * UDP associations: see assoc.h.
 *
 * The client's side is a socket at the address that the client came to.  It
 * stays here until a datagram comes from the client's address, and goes to the
 * relay connected to where that was sent from: a relay cannot send to a port
 * of that host that did not send to us.  What RFC 1928 has clients say of that
 * port beforehand is often not so, and behind NAT cannot be; it is not used.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/msg_udp.h"
#include "base/role.h"
#include "base/session.h"
#include "base/token.h"
#include "conf/conf.h"
#include "router/assoc.h"
#include "router/egress.h"
#include "router/flow.h"
#include "router/front.h"
#include "router/grant.h"
#include "router/judge.h"
#include "router/limit.h"
#include "router/listener.h"
#include "router/localaddr.h"
#include "router/port.h"
#include "router/request.h"
#include "router/room.h"
#include "router/session.h"
#include "router/state.h"

/*
 * Datagrams of strangers in a row, then the socket rests so long: a flood is
 * left to the kernel, which drops what does not fit into its buffer.
 */
#define STRANGERS_BATCH 64
#define STRANGERS_MS    20

static struct assoc *assoc_new(struct router *, struct session *);
static int           assoc_front(struct assoc *, struct addr *, uint16_t *);
static void          assoc_hint(struct assoc *, enum front_error);
static int           assoc_open(struct assoc *, const struct addr *, uint16_t);
static void          assoc_cb(evutil_socket_t, short, void *);
static int  assoc_is_client(const struct assoc *, const struct sockaddr *,
     struct msg_udp_client *);
static void pause_cb(evutil_socket_t, short, void *);
static void assoc_unwatch(struct assoc *);
static int  assoc_is_own(struct router *, const struct msg_udp_client *);
static void assoc_connect(struct assoc *, const struct sockaddr_storage *,
    socklen_t, const struct msg_udp_client *);

void
assoc_init(struct router *r)
{
	TAILQ_INIT(&r->assocs);
	front_init(r);
	room_init(r);
	flow_init(r);
	flow_inbound_init(r);
	flow_judge_init(r);
}

void
assoc_commit(struct router *r)
{
	unsigned int i;

	if (TAILQ_EMPTY(&r->assocs))
		return;
	flow_judge_all(r);
	for (i = 0; i < RELAYS_MAX; i++)
		if (role_peer(&r->role, PROC_RELAY, i) != NULL)
			(void)role_post(&r->role, PROC_RELAY, i, MSG_UDP_FORGET,
			    0, NULL, -1);
}

int
assoc_allowed(struct router *r, const struct session *s)
{
	struct judge_ask ask;
	struct verdict   v;

	judge_session(s, &ask);
	ask.name = NULL;
	ask.port = 0;
	judge(r, &ask, &v);
	return v.kind == VERDICT_PASS;
}

void
assoc_start(struct router *r, struct session *s)
{
	struct assoc *a;
	struct addr   bound;
	uint16_t      port;

	s->command = SESSION_UDP;
	if (!assoc_allowed(r, s)) {
		s->hint = strdup("no rule passes UDP for this client");
		request_refuse(r, s, CAUSE_RULE);
		return;
	}
	if (limit_admit(r, s, NULL, &s->hint) == -1) {
		request_refuse(r, s, CAUSE_LIMIT);
		return;
	}
	if ((a = assoc_new(r, s)) == NULL ||
	    assoc_front(a, &bound, &port) == -1 ||
	    assoc_open(a, &bound, port) == -1) {
		assoc_free(r, s);
		request_refuse(r, s, CAUSE_NO_RESOURCES);
	}
}

static struct assoc *
assoc_new(struct router *r, struct session *s)
{
	struct assoc *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->router = r;
	a->session = s;
	a->fd = -1;
	RB_INIT(&a->flows);
	TAILQ_INIT(&a->awaiting);
	SLIST_INIT(&a->ports);
	TAILQ_INIT(&a->uplinks);
	TAILQ_INSERT_TAIL(&r->assocs, a, entry);
	s->assoc = a;
	return a;
}

/* The client's side, and what the client is told of it. */
static int
assoc_front(struct assoc *a, struct addr *told, uint16_t *port)
{
	struct router   *r = a->router;
	enum front_error error;

	error = FRONT_FAILED;
	if ((a->place = room_take(r, a->session)) != NULL)
		error = front_open(r, a->session, &a->front, &a->fd, told,
		    port);
	if (error != FRONT_OK) {
		assoc_hint(a, error);
		return -1;
	}
	a->event = event_new(r->role.base, a->fd, EV_READ | EV_PERSIST,
	    assoc_cb, a);
	a->pause = evtimer_new(r->role.base, pause_cb, a);
	if (a->event == NULL || a->pause == NULL ||
	    event_add(a->event, NULL) == -1)
		return -1;
	return 0;
}

static void
assoc_hint(struct assoc *a, enum front_error error)
{
	struct session          *s = a->session;
	const struct conf_range *ports;
	char                     text[160];

	switch (error) {
	case FRONT_OK:
		return;
	case FRONT_USED_UP:
		role_count(&a->router->role, COUNTER_UDP_PORTS);
		ports = &s->listener->conf.udp_ports;
		(void)snprintf(text, sizeof(text),
		    "all ports from %u to %u of \"udp port\" are in use",
		    ports->low, ports->high);
		break;
	case FRONT_NOWHERE:
		(void)strlcpy(text,
		    "the rules passed no UDP when it came in: it is not "
		    "known which address it came to",
		    sizeof(text));
		break;
	case FRONT_FAILED:
		(void)snprintf(text, sizeof(text), "no socket for UDP: %s",
		    strerror(errno));
		break;
	}
	s->hint = strdup(text);
}

static int
assoc_open(struct assoc *a, const struct addr *bound, uint16_t port)
{
	struct router              *r = a->router;
	struct session             *s = a->session;
	const struct conf_settings *set = &r->role.conf->set;
	struct msg_udp_opened       o;
	struct session_facts        f;
	uint8_t                     facts[SESSION_FACTS_MAX];
	uint8_t                     data[SESSION_FACTS_MAX + 32];
	struct wbuf                 b;

	sess_facts(r, s, &f);
	facts_sign(&r->key, s->id, s->relay,
	    r->role.starts[PROC_RELAY][s->relay], &f);
	wbuf_init(&b, facts, sizeof(facts));
	session_facts_put(&b, &f);
	memset(&o, 0, sizeof(o));
	o.bound = *bound;
	o.bound_port = port;
	o.flows = (uint16_t)set->destinations;
	o.waiting = (uint16_t)set->udp_waiting;
	o.facts = facts;
	o.nfacts = b.len;
	wbuf_init(&b, data, sizeof(data));
	msg_put_udp_opened(&b, &o);
	if (role_post(&r->role, PROC_RELAY, s->relay, MSG_UDP_OPENED, s->id, &b,
		-1) == -1)
		return -1;
	role_count(&r->role, COUNTER_ASSOCIATIONS_OPENED);
	s->cause = CAUSE_NONE;
	s->state = SESSION_OPEN;
	sess_settle(r, s);
	return 0;
}

/* What came is thrown away by its length alone, unless it is the client's. */
static void
assoc_cb(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval rest = { 0, STRANGERS_MS * 1000 };
	struct assoc               *a = arg;
	struct sockaddr_storage     ss;
	struct msg_udp_client       c;
	socklen_t                   len;
	unsigned int                i;

	for (i = 0; i < STRANGERS_BATCH; i++) {
		len = sizeof(ss);
		if (recvfrom(fd, NULL, 0, MSG_PEEK | MSG_DONTWAIT,
			(struct sockaddr *)&ss, &len) == -1)
			return;
		if (assoc_is_client(a, (struct sockaddr *)&ss, &c)) {
			assoc_connect(a, &ss, len, &c);
			return;
		}
		(void)recvfrom(fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
		a->strangers++;
		role_count(&a->router->role, COUNTER_UDP_DROPPED_STRANGER);
	}
	if (event_add(a->pause, &rest) == 0)
		(void)event_del(a->event);
}

static void
pause_cb(evutil_socket_t fd, short what, void *arg)
{
	struct assoc *a = arg;

	(void)event_add(a->event, NULL);
}

static void
assoc_unwatch(struct assoc *a)
{
	if (a->event != NULL)
		event_free(a->event);
	if (a->pause != NULL)
		event_free(a->pause);
	a->event = a->pause = NULL;
}

static int
assoc_is_client(const struct assoc *a, const struct sockaddr *sa,
    struct msg_udp_client *c)
{
	return addr_from_sockaddr(&c->addr, &c->port, sa) == 0 &&
	    c->port != 0 && addr_cmp(&c->addr, &a->session->client) == 0 &&
	    !assoc_is_own(a->router, c);
}

/*
 * A socket of ours, which sends for the client of another association: who may
 * send to this host must not have those of clients on it.
 */
static int
assoc_is_own(struct router *r, const struct msg_udp_client *c)
{
	const struct assoc *a;

	if (!port_is_used(c->port) ||
	    (localaddr_known(r) && !addr_is_loopback(&c->addr) &&
		!localaddr_is(r, &c->addr)))
		return 0;
	TAILQ_FOREACH(a, &r->assocs, entry)
		if (port_is_of(&a->ports, &c->addr, c->port))
			return 1;
	return 0;
}

static void
assoc_connect(struct assoc *a, const struct sockaddr_storage *ss, socklen_t len,
    const struct msg_udp_client *c)
{
	struct router  *r = a->router;
	struct session *s = a->session;
	uint8_t         data[sizeof(*c) + 8];
	struct wbuf     b;
	int             fd = a->fd;

	assoc_unwatch(a);
	a->fd = -1;
	room_release(r, a->place);
	a->place = NULL;
	if (connect(fd, (const struct sockaddr *)ss, len) == -1) {
		(void)close(fd);
		sess_kill(r, s, CAUSE_NO_RESOURCES);
		return;
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_udp_client(&b, c);
	if (role_post(&r->role, PROC_RELAY, s->relay, MSG_UDP_CLIENT, s->id, &b,
		fd) == -1)
		sess_kill(r, s, CAUSE_NO_RESOURCES);
}

void
assoc_cut(struct router *r, struct session *s)
{
	struct assoc *a = s->assoc;
	struct flow  *f;

	if (a == NULL)
		return;
	assoc_unwatch(a);
	if (a->fd != -1)
		(void)close(a->fd);
	a->fd = -1;
	RB_FOREACH(f, flow_tree, &a->flows)
		flow_cut(r, f);
}

void
assoc_lose(struct session *s)
{
	struct flow *f;

	if (s->assoc == NULL)
		return;
	RB_FOREACH(f, flow_tree, &s->assoc->flows)
		grant_lose(&f->member);
}

void
assoc_free(struct router *r, struct session *s)
{
	struct assoc *a = s->assoc;
	struct flow  *f;

	if (a == NULL)
		return;
	a->ending = 1;
	assoc_cut(r, s);
	while ((f = RB_ROOT(&a->flows)) != NULL)
		flow_free(r, f);
	room_release(r, a->place);
	front_release(&a->front);
	flow_judge_leave(r, a);
	TAILQ_REMOVE(&r->assocs, a, entry);
	free(a);
	s->assoc = NULL;
}

void
assoc_on_stats(void *arg, struct peer *from, struct msg *m)
{
	struct router       *r = arg;
	struct msg_udp_stats st;
	struct session      *s;

	if (msg_get_udp_stats(m, &st) == -1) {
		role_bad_peer(&r->role, from, "malformed udp-stats");
		return;
	}
	/* Of one of a former router nothing is known here. */
	if ((s = sess_byid(r, m->id)) == NULL)
		return;
	if (sess_of(r, from, m->id) == NULL || s->command != SESSION_UDP) {
		role_bad_peer(&r->role, from,
		    "udp-stats for an association it does not own");
		return;
	}
	if (s->assoc == NULL)
		return;
	s->assoc->nup = st.nup;
	s->assoc->ndown = st.ndown;
	memcpy(s->assoc->drops, st.drops, sizeof(st.drops));
}
