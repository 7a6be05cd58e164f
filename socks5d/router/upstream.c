/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Upstreams as the rest of the router sees them: requests that go by one,
 * checks of their proxies, and a new config.
 *
 * How a way is found is in plan.c, how it is gone in tunnel.c.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/egress.h"
#include "router/proxy.h"
#include "router/request.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/source.h"
#include "router/state.h"
#include "router/tunnel.h"
#include "router/upstream.h"

/* The first check comes within this time, those of a config not all at once. */
#define CHECK_FIRST_MS 1000

/* The check of one proxy, again and again. */
struct check {
	TAILQ_ENTRY(check) entry;
	struct router     *router;
	struct proxy      *proxy;
	uint32_t           ms;
	struct event      *timer;
	struct tunnel     *tunnel; /* while one is under way */
};

static uint32_t request_left(const struct request *);
static void     upstream_note(struct request *, const struct tunnel_end *);
static void     checks_stop(struct router *);
static void     check_new(struct router *, struct proxy *, uint32_t);
static void     check_free(struct check *);
static void     check_timer(struct check *, uint32_t);
static void     check_cb(evutil_socket_t, short, void *);
static void     check_done(void *, const struct tunnel_end *);

void
upstream_init(struct router *r)
{
	RB_INIT(&r->tunnels);
	TAILQ_INIT(&r->checks);
	RB_INIT(&r->uplinks);
}

int
upstream_start(struct request *req, unsigned int index, tunnel_done done)
{
	const struct candidate  *c = &req->addrs[index];
	const struct conf_route *route = &c->rule->route;
	struct tunnel_want       want;
	struct tunnel_end        end;

	/* Another address would find no other proxies that take it. */
	if (req->dead_end == c->rule &&
	    (req->dead_af == AF_UNSPEC || req->dead_af == c->addr.af))
		return -1;
	memset(&want, 0, sizeof(want));
	want.upstream = route->via;
	want.addr = c->addr;
	want.port = req->port;
	egress_where(route, &want.addr, &want.port);
	want.name = req->session->name;
	want.source = &req->session->client;
	want.route = route;
	want.ms = request_left(req);
	req->proxied_index = index;
	req->tunnel = tunnel_start(req->router, &want, done, req, &end);
	if (req->tunnel == NULL) {
		upstream_note(req, &end);
		return -1;
	}
	req->proxied = 1;
	req->place = 0; /* the tunnel's */
	req->nactive++;
	return 0;
}

/* Of the time that the request has. */
static uint32_t
request_left(const struct request *req)
{
	uint64_t now = clock_ms();

	return req->due_ms > now ? (uint32_t)(req->due_ms - now) : 0;
}

void
upstream_ended(struct request *req, const struct tunnel_end *end)
{
	req->tunnel = NULL;
	req->proxied = 0;
	req->place = 1;
	req->nactive--;
	if (end->fd == -1) {
		upstream_note(req, end);
		return;
	}
	upstream_leave(req->session);
	req->session->proxy = proxy_hold(end->last);
	end->last->sessions++;
}

void
upstream_leave(struct session *s)
{
	if (s->proxy == NULL)
		return;
	s->proxy->sessions--;
	s->proxy->bytes_up += s->up;
	s->proxy->bytes_down += s->down;
	proxy_release(s->proxy);
	s->proxy = NULL;
}

/* What a proxy says of the target tells more than what is wrong with it. */
static void
upstream_note(struct request *req, const struct tunnel_end *end)
{
	struct session         *s = req->session;
	const struct candidate *c;

	if (end->cause == CAUSE_UPSTREAM_FAILED ||
	    end->cause == CAUSE_NO_RESOURCES) {
		if (!end->elsewhere) {
			c = &req->addrs[req->proxied_index];
			req->dead_end = c->rule;
			req->dead_af = end->unfit ? c->addr.af : AF_UNSPEC;
		}
		if (req->cause != CAUSE_NONE)
			return;
	}
	req->cause = (uint8_t)end->cause;
	free(s->hint);
	s->hint = end->text[0] == '\0' ? NULL : strdup(end->text);
}

void
upstream_cancel(struct request *req)
{
	if (req->proxied) {
		tunnel_cancel(req->tunnel);
		req->tunnel = NULL;
		req->proxied = 0;
		source_unplace(req->router, req->session->source);
		req->nactive--;
	}
}

int
upstream_prepare(struct router *r, const struct conf *next)
{
	r->next_upstreams = upstreams_new(next, r->upstreams);
	return r->next_upstreams == NULL ? -1 : 0;
}

void
upstream_abort(struct router *r)
{
	upstreams_release(r->next_upstreams);
	r->next_upstreams = NULL;
}

void
upstream_commit(struct router *r)
{
	struct upstream *u;
	unsigned int     i;

	checks_stop(r);
	upstreams_release(r->upstreams);
	r->upstreams = r->next_upstreams;
	r->next_upstreams = NULL;
	upstreams_commit(r->upstreams, r->role.conf);
	TAILQ_FOREACH(u, &r->upstreams->list, entry)
		for (i = 0; u->check_ms != 0 && i < u->balance.n; i++)
			check_new(r, u->member[i], u->check_ms);
}

static void
checks_stop(struct router *r)
{
	struct check *c;

	while ((c = TAILQ_FIRST(&r->checks)) != NULL) {
		TAILQ_REMOVE(&r->checks, c, entry);
		check_free(c);
	}
}

/* Without memory it goes unchecked: that is not worth to be refused for. */
static void
check_new(struct router *r, struct proxy *p, uint32_t ms)
{
	struct check *c;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->timer = evtimer_new(r->role.base, check_cb, c)) == NULL) {
		log_warn("router: out of memory: cannot check upstream %s "
			 "member %u",
		    p->upstream, p->number);
		free(c);
		return;
	}
	c->router = r;
	c->proxy = proxy_hold(p);
	c->ms = ms;
	TAILQ_INSERT_TAIL(&r->checks, c, entry);
	check_timer(c,
	    arc4random_uniform(ms < CHECK_FIRST_MS ? ms : CHECK_FIRST_MS));
}

static void
check_free(struct check *c)
{
	if (c->tunnel != NULL)
		source_unplace(c->router, NULL);
	tunnel_cancel(c->tunnel);
	proxy_release(c->proxy);
	event_free(c->timer);
	free(c);
}

static void
check_timer(struct check *c, uint32_t ms)
{
	struct timeval tv;

	tv = clock_timeval(ms);
	(void)event_add(c->timer, &tv);
}

/* Those that are down stay so, and are left in peace. */
static void
check_cb(evutil_socket_t fd, short what, void *arg)
{
	struct check      *c = arg;
	struct tunnel_want want;
	struct tunnel_end  end;

	check_timer(c, c->ms - arc4random_uniform(c->ms / 10 + 1));
	/* Without a place for it, it comes when it is due again. */
	if (c->proxy->down || c->tunnel != NULL ||
	    source_place(c->router, NULL, 0) == 0)
		return;
	memset(&want, 0, sizeof(want));
	want.upstream = c->proxy->upstream;
	want.member = c->proxy->number;
	want.check = 1;
	want.ms = c->router->role.conf->set.connect_ms;
	if (want.ms > c->ms)
		want.ms = c->ms;
	c->tunnel = tunnel_start(c->router, &want, check_done, c, &end);
	if (c->tunnel == NULL)
		check_done(c, &end);
}

/* One way or the other only if it is clear that it was this proxy. */
static void
check_done(void *arg, const struct tunnel_end *end)
{
	struct check *c = arg;

	c->tunnel = NULL;
	source_unplace(c->router, NULL);
	if (end->fd == -1 && !end->guilty)
		return;
	if (end->fd != -1)
		(void)close(end->fd);
	proxy_checked(c->proxy, end->fd != -1, clock_ms());
	(void)proxy_notice(c->proxy, NULL);
}
