/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Flows: see flow.h.
 *
 * The sockets of an association's flows share a port, and each is connected to
 * its destination.  Between bind(2) and connect(2) a new one is open to
 * everybody, so what came in that moment is thrown away before the relay has
 * it.  What goes out must not be fragmented (RFC 9298, section 7): what is too
 * long is dropped, so that both ends find out how much the path takes.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hostname.h"
#include "base/msg_codec.h"
#include "base/msg_udp.h"
#include "base/role.h"
#include "base/session.h"
#include "compat/udp.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/assoc.h"
#include "router/egress.h"
#include "router/flow.h"
#include "router/flow_name.h"
#include "router/flow_turn.h"
#include "router/flow_report.h"
#include "router/grant.h"
#include "router/judge.h"
#include "router/limit.h"
#include "router/pool.h"
#include "router/port.h"
#include "router/room.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"
#include "router/uplink.h"

/* More datagrams than fit into the buffer of a socket, as a rule. */
#define DRAIN_MOST 4096

static int          flow_cmp(const struct flow *, const struct flow *);
static struct flow *flow_new(struct assoc *, const struct msg_udp_want *);
static void         flow_over(struct router *, struct flow *);
static void         flow_forget(struct router *, struct flow *);
static void         flow_begin(struct router *, struct flow *);
static void         flow_start(struct router *, struct flow *,
	    const struct msg_udp_want *);
static void         flow_ask(const struct flow *, struct judge_ask *);
static void         flow_resolve(struct router *, struct flow *);
static int flow_offer(struct router *, struct flow *, const struct addr *,
    enum udp_drop *);
static int flow_try(struct router *, struct flow *, const struct addr *, int,
    enum udp_drop *);
static enum udp_drop flow_why(const struct verdict *);
static int flow_go_by(struct router *, struct flow *, enum udp_drop *);
static int flow_await(struct router *, struct flow *, const struct conf_route *,
    enum udp_drop *);
static void flow_ready(void *, int);
static void flow_ruled(struct router *, struct flow *, const struct verdict *);
static int  flow_open(struct router *, struct flow *, const struct conf_route *,
     enum udp_drop *);
static int  flow_connect(struct flow *, const struct conf_route *, int);
static unsigned int flow_nth(const struct flow *);
static void flow_tell(struct router *, const struct flow *, enum msg_type,
    enum udp_drop);
static int  flow_admit(struct router *, struct flow *);
static void flow_used_up(struct router *, struct member *);

static const struct lookup_ops flow_lookup_ops = {
	.offer = flow_offer,
	.none = flow_refuse,
};

RB_GENERATE(flow_tree, flow, node, flow_cmp)

static int
flow_cmp(const struct flow *a, const struct flow *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

void
flow_init(struct router *r)
{
	flow_turns_init(r, flow_begin);
	flow_name_init(r, &flow_lookup_ops);
	grant_on_used_up(r, flow_used_up);
}

struct flow *
flow_byid(struct assoc *a, uint32_t id)
{
	struct flow key;

	key.id = id;
	return RB_FIND(flow_tree, &a->flows, &key);
}

void
flow_on_want(void *arg, struct peer *from, struct msg *m)
{
	struct router      *r = arg;
	struct msg_udp_want w;
	struct session     *s;
	struct flow        *f;

	if (msg_get_udp_want(m, &w) == -1) {
		role_bad_peer(&r->role, from, "malformed udp-want");
		return;
	}
	if ((s = sess_of(r, from, m->id)) == NULL || s->assoc == NULL ||
	    s->state != SESSION_OPEN) {
		role_bad_peer(&r->role, from,
		    "udp-want for an association it does not own");
		return;
	}
	if (udp_is_inbound(w.flow) || flow_byid(s->assoc, w.flow) != NULL) {
		role_bad_peer(&r->role, from, "udp-want for a flow it has");
		return;
	}
	if (s->killed)
		return;
	if ((f = flow_new(s->assoc, &w)) == NULL) {
		const struct flow none = { .assoc = s->assoc, .id = w.flow };

		flow_tell(r, &none, MSG_UDP_REFUSED, DROP_NO_RESOURCES);
		return;
	}
	if (s->assoc->nflows > r->role.conf->set.destinations)
		flow_refuse(r, f, DROP_LIMIT);
	else
		flow_start(r, f, &w);
}

static struct flow *
flow_new(struct assoc *a, const struct msg_udp_want *w)
{
	struct flow *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->assoc = a;
	f->id = w->flow;
	f->fd = -1;
	f->port = w->port;
	f->start_ms = clock_ms();
	(void)RB_INSERT(flow_tree, &a->flows, f);
	flow_report_begin(a->router, f);
	a->nflows++;
	return f;
}

/* The destination as the client named it; its turn comes. */
static void
flow_start(struct router *r, struct flow *f, const struct msg_udp_want *w)
{
	char name[HOSTNAME_MAX + 1];

	f->addr = w->addr;
	if (f->addr.af == AF_UNSPEC) {
		switch (hostname_canon(w->name, w->namelen, name, &f->addr)) {
		case HOSTNAME_ADDR:
			break;
		case HOSTNAME_NAME:
			if ((f->name = strdup(name)) != NULL)
				flow_turn_await(r, f);
			else
				flow_refuse(r, f, DROP_NO_RESOURCES);
			return;
		case HOSTNAME_NUMBER:
		case HOSTNAME_BAD:
			flow_refuse(r, f, DROP_NAME);
			return;
		}
	}
	addr_unmap(&f->addr);
	flow_turn_await(r, f);
}

static void
flow_begin(struct router *r, struct flow *f)
{
	struct addr   addr = f->addr;
	enum udp_drop why;

	if (f->assoc->session->killed)
		return;
	if (f->name != NULL)
		flow_resolve(r, f);
	else if (flow_try(r, f, &addr, 1, &why) == -1)
		flow_refuse(r, f, why);
}

/* Of the address that it has, if any. */
static void
flow_ask(const struct flow *f, struct judge_ask *ask)
{
	judge_session(f->assoc->session, ask);
	ask->name = f->name;
	ask->to = f->addr;
	ask->port = f->port;
}

static void
flow_resolve(struct router *r, struct flow *f)
{
	struct judge_ask ask;
	struct verdict   v;
	enum udp_drop    why;

	flow_ask(f, &ask);
	ask.counts = 1;
	judge(r, &ask, &v);
	if (v.kind == VERDICT_PASS) {
		flow_ruled(r, f, &v);
		if (flow_go_by(r, f, &why) == -1)
			flow_refuse(r, f, why);
		return;
	}
	if (v.kind != VERDICT_RESOLVE) {
		flow_ruled(r, f, &v);
		flow_refuse(r, f, flow_why(&v));
		return;
	}
	if (flow_name_ask(r, f, &why) == -1)
		flow_refuse(r, f, why);
}

static int
flow_offer(struct router *r, struct flow *f, const struct addr *addr,
    enum udp_drop *why)
{
	return flow_try(r, f, addr, 1, why);
}

/* To this address: 0 if it is open or going to be, or -1 and why not. */
static int
flow_try(struct router *r, struct flow *f, const struct addr *addr, int counts,
    enum udp_drop *why)
{
	struct judge_ask ask;
	struct verdict   v;

	f->addr = *addr;
	flow_ask(f, &ask);
	ask.counts = counts;
	judge(r, &ask, &v);
	flow_ruled(r, f, &v);
	if (v.kind != VERDICT_PASS) {
		*why = flow_why(&v);
		return -1;
	}
	return flow_go_by(r, f, why);
}

/* Why a verdict other than to pass drops its datagrams. */
static enum udp_drop
flow_why(const struct verdict *v)
{
	if (v->kind != VERDICT_BLOCK)
		return DROP_UNREACHABLE;
	return v->cause == CAUSE_INTERNAL ? DROP_INTERNAL : DROP_RULE;
}

/* Its rule passes it; a name goes to its upstream as it is. */
static int
flow_go_by(struct router *r, struct flow *f, enum udp_drop *why)
{
	struct session *s = f->assoc->session;

	if (flow_admit(r, f) == -1) {
		*why = DROP_LIMIT;
		return -1;
	}
	if (s->rule == NULL)
		sess_ruled(s, f->rule);
	return flow_open(r, f, &f->rule->route, why);
}

/* Which one that was, if any, is for the log, too. */
static void
flow_ruled(struct router *r, struct flow *f, const struct verdict *v)
{
	rule_stat_release(f->rule);
	f->rule = v->rule == NULL ? NULL : rule_stat_hold(r, v->rule->number);
}

/* A place under its rule, once for all flows of the association. */
static int
flow_admit(struct router *r, struct flow *f)
{
	char *hint = NULL;
	int   rc;

	rc = limit_admit(r, f->assoc->session, f->rule, &hint);
	free(hint);
	return rc;
}

static int
flow_open(struct router *r, struct flow *f, const struct conf_route *route,
    enum udp_drop *why)
{
	struct session *s = f->assoc->session;
	int             fd;

	f->to = f->addr;
	f->to_port = f->port;
	egress_where(route, &f->to, &f->to_port);
	if (f->place == NULL && (f->place = room_take(r, s)) == NULL) {
		*why = errno == EDQUOT ? DROP_LIMIT : DROP_NO_RESOURCES;
		return -1;
	}
	if (route->via[0] != '\0')
		return uplink_join(r, f, why);
	f->assoc->redirects |= route->rdr.af != AF_UNSPEC ||
	    route->rdr_port != 0;
	if ((fd = egress_socket(r, &f->to, route, SOCK_DGRAM)) == -1) {
		if (errno == EAGAIN)
			return flow_await(r, f, route, why);
		*why = flow_drop_of(errno);
		return -1;
	}
	if (flow_connect(f, route, fd) == -1) {
		*why = flow_drop_of(errno);
		port_release(&f->assoc->ports, f->local);
		f->local = NULL;
		(void)close(fd);
		return -1;
	}
	if (flow_hand_over(r, f, fd) == -1) {
		*why = DROP_NO_RESOURCES;
		port_release(&f->assoc->ports, f->local);
		f->local = NULL;
		return -1;
	}
	f->assoc->destinations++;
	r->flow_opened(r, f);
	return 0;
}

/* No socket of its class is at hand: the parent makes one. */
static int
flow_await(struct router *r, struct flow *f, const struct conf_route *route,
    enum udp_drop *why)
{
	struct socket_class class;

	(void)socket_class_of(route, &class);
	f->wait.ready = flow_ready;
	f->wait.arg = f;
	if (pool_await(r, &class, f->to.af, SOCK_DGRAM, &f->wait) == 0)
		return 0;
	*why = DROP_NO_RESOURCES;
	return -1;
}

/* Other rules may be in force by now. */
static void
flow_ready(void *arg, int error)
{
	struct flow   *f = arg;
	struct addr    addr = f->addr;
	struct router *r = f->assoc->router;
	enum udp_drop  why = flow_drop_of(error);

	if (f->assoc->session->killed)
		return;
	if (error != 0 || flow_try(r, f, &addr, 0, &why) == -1)
		flow_refuse(r, f, why);
}

static int
flow_connect(struct flow *f, const struct conf_route *route, int fd)
{
	struct sockaddr_storage ss;
	socklen_t               len;

	udp_whole(fd, f->to.af);
	f->local = port_bind(&f->assoc->ports, fd, f->to.af, route,
	    flow_nth(f));
	if (f->local == NULL)
		return -1;
	len = addr_to_sockaddr(&f->to, f->to_port, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) == -1)
		return -1;
	port_connected(f->local, fd);
	return flow_drain(fd);
}

/*
 * Where several destinations really are one, each but the first has a port of
 * its own: from there answers come to the socket that asked.
 */
static unsigned int
flow_nth(const struct flow *f)
{
	struct flow *other;
	unsigned int n = 0;

	if (f->assoc->redirects == 0)
		return 0;
	RB_FOREACH(other, flow_tree, &f->assoc->flows) {
		if (other == f || other->local == NULL || other->is_inbound ||
		    other->to_port != f->to_port ||
		    addr_cmp(&other->to, &f->to) != 0 ||
		    (other->port == f->port &&
			addr_cmp(&other->addr, &f->addr) == 0))
			continue;
		if (other->local->nth >= n)
			n = other->local->nth + 1;
	}
	return n;
}

int
flow_drain(int fd)
{
	unsigned int i;

	for (i = 0; i < DRAIN_MOST; i++)
		if (recvfrom(fd, NULL, 0, MSG_DONTWAIT, NULL, NULL) == -1 &&
		    errno != EINTR)
			return errno == EAGAIN ? 0 : -1;
	errno = ENOBUFS;
	return -1;
}

enum udp_drop
flow_drop_of(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EADDRINUSE:
	case EAGAIN:
		return DROP_NO_RESOURCES;
	default:
		return DROP_UNREACHABLE;
	}
}

/*
 * A session that was killed while a name or a proxy was awaited gets nothing
 * any more.
 */
int
flow_hand_over(struct router *r, struct flow *f, int fd)
{
	struct session     *s = f->assoc->session;
	struct msg_udp_flow m;
	uint8_t             data[sizeof(m) + 8];
	struct wbuf         b;

	if (s->killed || (f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		(void)close(fd);
		return -1;
	}
	memset(&m, 0, sizeof(m));
	if (grant_join(r, s, &f->member, f->rule, &m.allowance) == -1) {
		(void)close(fd);
		flow_cut(r, f);
		return -1;
	}
	m.flow = f->id;
	m.udp_ms = f->rule->route.udp_ms;
	if (f->is_inbound)
		m.addr.af = f->to.af;
	else {
		m.addr = f->addr;
		m.port = f->port;
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_udp_flow(&b, &m);
	if (role_post(&r->role, PROC_RELAY, s->relay, MSG_UDP_FLOW, s->id, &b,
		fd) == 0) {
		sess_weigh(r, s, (uint16_t)(s->sockets + 1));
		f->open = 1;
		return 0;
	}
	grant_leave(r, &f->member, 0);
	(void)close(f->fd);
	f->fd = -1;
	return -1;
}

int
flow_connected(struct router *r, struct flow *f, int fd, enum udp_drop *why)
{
	*why = DROP_RULE;
	if (!flow_allowed(r, f)) {
		(void)close(fd);
		return -1;
	}
	*why = DROP_NO_RESOURCES;
	if (flow_hand_over(r, f, fd) == -1)
		return -1;
	f->assoc->destinations++;
	return 0;
}

void
flow_close(struct router *r, struct flow *f, enum udp_end end,
    enum udp_drop why)
{
	if (f->fd == -1)
		return;
	flow_cut(r, f);
	f->end = (uint8_t)end;
	flow_tell(r, f, MSG_UDP_CLOSE, why);
}

void
flow_refuse(struct router *r, struct flow *f, enum udp_drop why)
{
	flow_tell(r, f, MSG_UDP_REFUSED, why);
	f->why = (uint8_t)why;
	f->end = UDP_END_NONE;
	flow_over(r, f);
}

/* The end of a flow must not be lost: without room for it all ends. */
static void
flow_tell(struct router *r, const struct flow *f, enum msg_type type,
    enum udp_drop why)
{
	struct session        *s = f->assoc->session;
	struct msg_udp_refused m = { .flow = f->id, .why = why };
	uint8_t                data[8];
	struct wbuf            b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_udp_refused(&b, &m);
	if (role_post(&r->role, PROC_RELAY, s->relay, type, s->id, &b, -1) ==
	    -1)
		sess_kill(r, s, CAUSE_NO_RESOURCES);
}

static void
flow_over(struct router *r, struct flow *f)
{
	flow_report_end(r, f);
	flow_forget(r, f);
}

void
flow_cut(struct router *r, struct flow *f)
{
	room_release(r, f->place);
	f->place = NULL;
	if (f->fd == -1)
		return;
	if (f->is_inbound)
		port_deafen(f->fd, f->to.af);
	(void)shutdown(f->fd, SHUT_WR);
	(void)close(f->fd);
	f->fd = -1;
}

void
flow_free(struct router *r, struct flow *f)
{
	if (f->end == UDP_END_NONE)
		f->end = UDP_END_CLOSED;
	flow_over(r, f);
}

static void
flow_forget(struct router *r, struct flow *f)
{
	struct assoc   *a = f->assoc;
	struct session *s = a->session;

	flow_cut(r, f);
	flow_turn_leave(r, f);
	pool_leave(&f->wait);
	flow_name_stop(r, f);
	grant_leave(r, &f->member, f->up + f->down);
	if (f->open)
		sess_weigh(r, s, (uint16_t)(s->sockets - 1));
	if (f->is_inbound) {
		f->at->inbound = 0;
		a->inbound &= ~(1U << (f->id >> 16));
		port_release(&a->ports, f->at);
	} else {
		port_release(&a->ports, f->local);
		a->nflows--;
		flow_report_forget(r, f);
	}
	uplink_leave(r, f);
	rule_stat_release(f->rule);
	(void)RB_REMOVE(flow_tree, &a->flows, f);
	free(f->name);
	free(f);
}

/* Its quota has nothing left: it is closed like one that rules refuse. */
static void
flow_used_up(struct router *r, struct member *m)
{
	struct flow *f;

	f = (struct flow *)((char *)m - offsetof(struct flow, member));
	if (f->fd == -1)
		return;
	role_count(&r->role, COUNTER_UDP_FLOWS_QUOTA);
	flow_close(r, f, UDP_END_QUOTA, DROP_RATE);
}

int
flow_allowed(struct router *r, const struct flow *f)
{
	struct judge_ask ask;
	struct verdict   v;

	flow_ask(f, &ask);
	judge(r, &ask, &v);
	return v.kind == VERDICT_PASS &&
	    strcmp(v.rule->route.via, f->rule->route.via) == 0 &&
	    (f->is_inbound == 0 || v.rule->route.inbound);
}
