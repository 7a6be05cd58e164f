/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Associations at proxies: see uplink.h.
 *
 * Datagrams go to the address that the proxy was configured with, whatever
 * address it says that it is bound to.  A proxy behind NAT or with a wildcard
 * says one that is of no use; and one that could name any would have datagrams
 * sent from here to hosts that it cannot reach itself.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/msg_upstream.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/assoc.h"
#include "router/egress.h"
#include "router/flow.h"
#include "router/pool.h"
#include "router/proxy.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"
#include "router/tunnel.h"
#include "router/uplink.h"

/* Proxies that are asked for one association at a time: others wait. */
#define UPLINKS_DIALING 4

/* Bytes that may wait for the upstream process to read them: it hangs. */
#define UPLINKS_QUEUED_MAX 65536

static int            uplink_cmp(const struct uplink *, const struct uplink *);
static struct uplink *uplink_find(const struct flow *);
static struct uplink *uplink_new(struct flow *);
static void           uplink_free(struct router *, struct uplink *);
static int            uplink_may_dial(const struct assoc *);
static void           uplink_next(struct router *, struct assoc *);
static int            uplink_dial(struct router *, struct uplink *);
static void           uplink_done(void *, const struct tunnel_end *);
static int  uplink_through(struct uplink *, const struct tunnel_end *);
static void uplink_ready(void *, int);
static int  uplink_socket(struct router *, struct uplink *);
static int  uplink_connect(struct uplink *, int);
static void uplink_open(struct router *, struct uplink *);
static void uplink_fail(struct router *, struct uplink *, enum udp_drop);
static void uplink_lost(struct router *, struct uplink *);
static int  uplink_carry(struct router *, struct flow *, enum udp_drop *);
static int  uplink_tell_flow(struct router *, const struct flow *, int);
static void uplink_tell_end(struct router *, const struct flow *);
static int  uplink_tell(struct router *, const struct uplink *, enum msg_type,
     const struct wbuf *, int);
static struct router *uplink_router(const struct uplink *);
static struct uplink *uplink_byid(struct router *, uint64_t);

RB_PROTOTYPE(uplink_ids, uplink, byid, uplink_cmp)
RB_GENERATE(uplink_ids, uplink, byid, uplink_cmp)

static int
uplink_cmp(const struct uplink *a, const struct uplink *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static struct router *
uplink_router(const struct uplink *u)
{
	return u->assoc->router;
}

static struct uplink *
uplink_byid(struct router *r, uint64_t id)
{
	struct uplink key;

	key.id = id;
	return RB_FIND(uplink_ids, &r->uplinks, &key);
}

int
uplink_join(struct router *r, struct flow *f, enum udp_drop *why)
{
	struct uplink *u;

	*why = DROP_NO_RESOURCES;
	if ((u = uplink_find(f)) == NULL && (u = uplink_new(f)) == NULL)
		return -1;
	f->uplink = u;
	LIST_INSERT_HEAD(&u->flows, f, byuplink);
	if (u->state == UPLINK_OPEN && uplink_carry(r, f, why) == -1) {
		uplink_leave(r, f);
		return -1;
	}
	if (u->state != UPLINK_QUEUED || !uplink_may_dial(u->assoc))
		return 0;
	if (uplink_dial(r, u) == -1) {
		*why = DROP_UNREACHABLE;
		uplink_leave(r, f);
		return -1;
	}
	return 0;
}

/* One that goes out as this flow is to. */
static struct uplink *
uplink_find(const struct flow *f)
{
	const struct conf_route *route = &f->rule->route, *other;
	struct socket_class class, c;
	struct uplink *u;

	if (f->addr.af == AF_UNSPEC)
		return NULL;
	memset(&class, 0, sizeof(class));
	(void)socket_class_of(route, &class);
	TAILQ_FOREACH(u, &f->assoc->uplinks, entry) {
		other = &u->rule->route;
		memset(&c, 0, sizeof(c));
		(void)socket_class_of(other, &c);
		if (!u->named && u->state != UPLINK_LOST &&
		    strcmp(other->via, route->via) == 0 &&
		    addr_cmp(&other->source, &route->source) == 0 &&
		    socket_class_equal(&c, &class))
			break;
	}
	return u;
}

static struct uplink *
uplink_new(struct flow *f)
{
	struct uplink *u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	u->assoc = f->assoc;
	u->rule = f->rule;
	u->rule->refs++;
	u->named = f->addr.af == AF_UNSPEC;
	LIST_INIT(&u->flows);
	TAILQ_INSERT_TAIL(&f->assoc->uplinks, u, entry);
	return u;
}

void
uplink_leave(struct router *r, struct flow *f)
{
	struct uplink *u = f->uplink;

	if (u == NULL)
		return;
	if (f->open && u->state == UPLINK_OPEN)
		uplink_tell_end(r, f);
	if (f->open) {
		u->proxy->bytes_up += f->up;
		u->proxy->bytes_down += f->down;
	}
	f->uplink = NULL;
	LIST_REMOVE(f, byuplink);
	if (LIST_EMPTY(&u->flows))
		uplink_free(r, u);
}

/* The last flow has left: the proxy is not to hold anything for nobody. */
static void
uplink_free(struct router *r, struct uplink *u)
{
	struct assoc *a = u->assoc;
	int           dialing;

	dialing = u->state == UPLINK_DIALING || u->state == UPLINK_SOCKET;
	if (u->state == UPLINK_DIALING)
		tunnel_cancel(u->tunnel);
	pool_leave(&u->wait);
	if (u->state == UPLINK_SOCKET || u->state == UPLINK_OPEN) {
		(void)RB_REMOVE(uplink_ids, &r->uplinks, u);
		(void)uplink_tell(r, u, MSG_UPSTREAM_CANCEL, NULL, -1);
	}
	if (u->proxy != NULL) {
		u->proxy->sessions--;
		proxy_release(u->proxy);
	}
	TAILQ_REMOVE(&a->uplinks, u, entry);
	rule_stat_release(u->rule);
	free(u);
	if (dialing)
		uplink_next(r, a);
}

static int
uplink_may_dial(const struct assoc *a)
{
	const struct uplink *u;
	unsigned int         n = 0;

	TAILQ_FOREACH(u, &a->uplinks, entry)
		n += u->state == UPLINK_DIALING || u->state == UPLINK_SOCKET;
	return n < UPLINKS_DIALING && !a->ending && !a->session->killed;
}

/* Those that wait for others of their association to be through. */
static void
uplink_next(struct router *r, struct assoc *a)
{
	struct uplink *u;

	while (uplink_may_dial(a)) {
		TAILQ_FOREACH(u, &a->uplinks, entry)
			if (u->state == UPLINK_QUEUED)
				break;
		if (u == NULL)
			return;
		if (uplink_dial(r, u) == -1)
			uplink_fail(r, u, DROP_UNREACHABLE);
	}
}

static int
uplink_dial(struct router *r, struct uplink *u)
{
	struct tunnel_want want;
	struct tunnel_end  end;

	memset(&want, 0, sizeof(want));
	want.upstream = u->rule->route.via;
	want.udp = 1;
	want.source = &u->assoc->session->client;
	want.route = &u->rule->route;
	want.ms = r->role.conf->set.connect_ms;
	u->tunnel = tunnel_start(r, &want, uplink_done, u, &end);
	if (u->tunnel == NULL) {
		log_debug("association %llu: %s",
		    (unsigned long long)u->assoc->session->id, end.text);
		return -1;
	}
	u->state = UPLINK_DIALING;
	return 0;
}

static void
uplink_done(void *arg, const struct tunnel_end *end)
{
	struct uplink *u = arg;
	struct router *r = uplink_router(u);
	struct assoc  *a = u->assoc;

	u->tunnel = NULL;
	if (end->fd == -1) {
		log_debug("association %llu: %s",
		    (unsigned long long)a->session->id, end->text);
		uplink_fail(r, u,
		    end->cause == CAUSE_NO_RESOURCES ? DROP_NO_RESOURCES :
						       DROP_UNREACHABLE);
	} else if (uplink_through(u, end) == -1 || uplink_socket(r, u) == -1)
		uplink_fail(r, u, flow_drop_of(errno));
	uplink_next(r, a);
}

/* The connection is the upstream process's now; it lasts as long as this. */
static int
uplink_through(struct uplink *u, const struct tunnel_end *end)
{
	struct router          *r = uplink_router(u);
	struct sockaddr_storage ss;
	socklen_t               len = sizeof(ss);
	uint16_t                port;
	int                     n;

	u->id = end->id;
	u->port = end->bound_port;
	u->proxy = proxy_hold(end->last);
	u->proxy->sessions++;
	u->state = UPLINK_SOCKET;
	(void)RB_INSERT(uplink_ids, &r->uplinks, u);
	egress_keepalive(r, &u->rule->route, end->fd);
	n = getsockname(end->fd, (struct sockaddr *)&ss, &len);
	if (n == 0)
		n = addr_from_sockaddr(&u->local, &port,
		    (struct sockaddr *)&ss);
	(void)close(end->fd);
	return n;
}

/* Made here, or by the parent: then uplink_ready() is called. */
static int
uplink_socket(struct router *r, struct uplink *u)
{
	struct socket_class class;
	int fd;

	fd = egress_socket(r, &u->proxy->addr, &u->rule->route, SOCK_DGRAM);
	if (fd == -1 && errno == EAGAIN) {
		(void)socket_class_of(&u->rule->route, &class);
		u->wait.ready = uplink_ready;
		u->wait.arg = u;
		return pool_await(r, &class, u->proxy->addr.af, SOCK_DGRAM,
		    &u->wait);
	}
	if (fd == -1)
		return -1;
	if (uplink_connect(u, fd) == -1) {
		(void)close(fd);
		return -1;
	}
	/* Takes it in any case. */
	if (uplink_tell(r, u, MSG_UPSTREAM_CARRY, NULL, fd) == -1) {
		errno = ENOBUFS;
		return -1;
	}
	uplink_open(r, u);
	return 0;
}

static void
uplink_ready(void *arg, int error)
{
	struct uplink *u = arg;
	struct router *r = uplink_router(u);
	struct assoc  *a = u->assoc;

	errno = error;
	if (error != 0 || uplink_socket(r, u) == -1)
		uplink_fail(r, u, flow_drop_of(errno));
	uplink_next(r, a);
}

/*
 * From the address that the proxy knows us by, as it takes datagrams from no
 * other one.  They may be fragmented, unlike those to targets: the header makes
 * them longer than what the sender has found to fit.
 */
static int
uplink_connect(struct uplink *u, int fd)
{
	struct sockaddr_storage ss;
	socklen_t               len;

	len = addr_to_sockaddr(&u->local, 0, &ss);
	if (bind(fd, (struct sockaddr *)&ss, len) == -1)
		return -1;
	len = addr_to_sockaddr(&u->proxy->addr, u->port, &ss);
	if (connect(fd, (struct sockaddr *)&ss, len) == -1)
		return -1;
	return flow_drain(fd);
}

/* Not to be used after this: without flows it is gone. */
static void
uplink_open(struct router *r, struct uplink *u)
{
	struct flow  *f, *next;
	enum udp_drop why;

	u->state = UPLINK_OPEN;
	for (f = LIST_FIRST(&u->flows); f != NULL; f = next) {
		next = LIST_NEXT(f, byuplink);
		if (uplink_carry(r, f, &why) == -1)
			flow_refuse(r, f, why);
	}
}

/* Before it was open; the same. */
static void
uplink_fail(struct router *r, struct uplink *u, enum udp_drop why)
{
	struct flow *f, *next;

	if (u->state == UPLINK_SOCKET) {
		(void)RB_REMOVE(uplink_ids, &r->uplinks, u);
		(void)uplink_tell(r, u, MSG_UPSTREAM_CANCEL, NULL, -1);
	}
	pool_leave(&u->wait);
	u->state = UPLINK_LOST;
	for (f = LIST_FIRST(&u->flows); f != NULL; f = next) {
		next = LIST_NEXT(f, byuplink);
		flow_refuse(r, f, why);
	}
}

/* The same, after that: relays are to ask for its flows again. */
static void
uplink_lost(struct router *r, struct uplink *u)
{
	struct assoc *a = u->assoc;
	struct flow  *f, *next;

	(void)RB_REMOVE(uplink_ids, &r->uplinks, u);
	pool_leave(&u->wait);
	u->state = UPLINK_LOST;
	for (f = LIST_FIRST(&u->flows); f != NULL; f = next) {
		next = LIST_NEXT(f, byuplink);
		if (f->open)
			flow_close(r, f, UDP_END_PROXY, DROP_UNREACHABLE);
		else
			flow_refuse(r, f, DROP_UNREACHABLE);
	}
	/* It may have been one that others wait for. */
	uplink_next(r, a);
}

/* One end for each of the two processes, neither of which has the other's. */
static int
uplink_carry(struct router *r, struct flow *f, enum udp_drop *why)
{
	int fd[2];

	if (egress_pair(r, fd) == -1) {
		*why = flow_drop_of(errno);
		return -1;
	}
	*why = DROP_NO_RESOURCES;
	if (uplink_tell_flow(r, f, fd[1]) == -1) {
		(void)close(fd[0]);
		return -1;
	}
	if (flow_connected(r, f, fd[0], why) == -1) {
		uplink_tell_end(r, f);
		return -1;
	}
	return 0;
}

static int
uplink_tell_flow(struct router *r, const struct flow *f, int fd)
{
	struct msg_upstream_flow m;
	uint8_t                  data[sizeof(m) + 8];
	struct wbuf              b;

	memset(&m, 0, sizeof(m));
	m.flow = f->id;
	m.addr = f->to;
	m.port = f->to_port;
	if (m.addr.af == AF_UNSPEC)
		(void)strlcpy(m.name, f->name, sizeof(m.name));
	wbuf_init(&b, data, sizeof(data));
	msg_put_upstream_flow(&b, &m);
	return uplink_tell(r, f->uplink, MSG_UPSTREAM_FLOW, &b, fd);
}

static void
uplink_tell_end(struct router *r, const struct flow *f)
{
	uint8_t     data[4];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	wbuf_u32(&b, f->id);
	(void)uplink_tell(r, f->uplink, MSG_UPSTREAM_FLOW_END, &b, -1);
}

/* There is always room for what ends something. */
static int
uplink_tell(struct router *r, const struct uplink *u, enum msg_type type,
    const struct wbuf *b, int fd)
{
	if (fd != -1 &&
	    peer_queued(role_peer(&r->role, PROC_UPSTREAM, 0)) >=
		UPLINKS_QUEUED_MAX) {
		(void)close(fd);
		return -1;
	}
	return role_send(&r->role, PROC_UPSTREAM, 0, type, u->id, b, fd);
}

void
uplink_on_flow_end(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;
	struct uplink *u;
	struct flow   *f;
	uint32_t       flow;

	if (msg_get_u32(m, &flow) == -1) {
		role_bad_peer(&r->role, from, "malformed upstream-flow-end");
		return;
	}
	/* It may be over here. */
	if ((u = uplink_byid(r, m->id)) == NULL)
		return;
	LIST_FOREACH(f, &u->flows, byuplink)
		if (f->id == flow)
			break;
	if (f != NULL && f->open)
		flow_close(r, f, UDP_END_NO_RESOURCES, DROP_NO_RESOURCES);
}

void
uplink_on_lost(void *arg, struct peer *from, struct msg *m)
{
	struct router *r = arg;
	struct uplink *u;

	if ((u = uplink_byid(r, m->id)) != NULL)
		uplink_lost(r, u);
}

void
uplink_role_down(struct router *r)
{
	struct uplink *u;

	while ((u = RB_MIN(uplink_ids, &r->uplinks)) != NULL)
		uplink_lost(r, u);
}
