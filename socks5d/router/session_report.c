/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A session as control learns of it: see session_report.h.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "conf/conf.h"
#include "router/assoc.h"
#include "router/egress.h"
#include "router/identity.h"
#include "router/listener.h"
#include "router/proxy.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/session_report.h"
#include "router/state.h"

/* Finished sessions are reported this long after the first, at most. */
#define FLUSH_MS 20

static void flush_cb(evutil_socket_t, short, void *);
static void report_send(struct router *, enum msg_type, struct wbuf *);
static void udp_sums_of(const struct session *, struct udp_sums *);
static void way_of(const struct session *, char *, size_t, struct addr *,
    uint16_t *);

void
session_report_init(struct router *r)
{
	wbuf_init(&r->log, r->logdata, sizeof(r->logdata));
	wbuf_init(&r->flow_log, r->flow_logdata, sizeof(r->flow_logdata));
	if ((r->flush = evtimer_new(r->role.base, flush_cb, r)) == NULL)
		fatalx("router: memory");
}

void
session_report_end(struct router *r, const struct session *s)
{
	struct session_log l;

	memset(&l, 0, sizeof(l));
	l.id = s->id;
	l.client = s->client;
	l.client_port = s->client_port;
	(void)strlcpy(l.listener, listener_name(s->listener),
	    sizeof(l.listener));
	(void)strlcpy(l.user, identity_name(s), sizeof(l.user));
	if (s->rule != NULL) {
		(void)strlcpy(l.rule, s->rule->where, sizeof(l.rule));
		(void)strlcpy(l.label, s->rule->label, sizeof(l.label));
		l.forced = s->rule->log != 0;
	}
	l.command = (enum session_command)s->command;
	if (s->name != NULL)
		(void)strlcpy(l.name, s->name, sizeof(l.name));
	l.target = s->target;
	l.target_port = s->target_port;
	l.rep = s->rep;
	l.cause = (enum session_cause)s->cause;
	if (s->hint != NULL)
		(void)strlcpy(l.hint, s->hint, sizeof(l.hint));
	l.up = s->up;
	l.down = s->down;
	l.connect_ms = s->connect_ms;
	l.duration_ms = clock_ms() - s->start_ms;
	way_of(s, l.via, sizeof(l.via), &l.rdr, &l.rdr_port);
	if (s->command == SESSION_UDP)
		udp_sums_of(s, &l.udp);
	if (wbuf_space(&r->log) < SESSION_LOG_MAX)
		session_report_flush(r);
	session_log_put(&r->log, &l);
	session_report_soon(r);
}

void
session_report_soon(struct router *r)
{
	struct timeval tv = { 0, FLUSH_MS * 1000 };

	if (evtimer_pending(r->flush, NULL) == 0 &&
	    event_add(r->flush, &tv) == -1)
		session_report_flush(r);
}

/* One that was refused has come to nothing, and has no record either. */
static void
udp_sums_of(const struct session *s, struct udp_sums *u)
{
	const struct assoc *a = s->assoc;
	unsigned int        i;

	u->unknown = s->adopted;
	if (a == NULL)
		return;
	u->nup = a->nup;
	u->ndown = a->ndown;
	u->destinations = a->destinations;
	for (i = 0; i < DROP_MAX; i++)
		u->drops[i] = assoc_drops(a, (enum udp_drop)i);
}

void
session_report_flush(struct router *r)
{
	/* An association ends after its flows. */
	report_send(r, MSG_FLOW_LOG, &r->flow_log);
	report_send(r, MSG_SESSION_LOG, &r->log);
	(void)event_del(r->flush);
}

static void
report_send(struct router *r, enum msg_type type, struct wbuf *b)
{
	if (b->len != 0 &&
	    role_send(&r->role, PROC_CONTROL, 0, type, 0, b, -1) == -1)
		role_count(&r->role, COUNTER_LOG_LINES_LOST);
	wbuf_init(b, b->data, b->size);
}

static void
flush_cb(evutil_socket_t fd, short what, void *arg)
{
	session_report_flush(arg);
}

void
session_report_row(const struct session *s, uint64_t now,
    struct session_row *row)
{
	memset(row, 0, sizeof(*row));
	row->id = s->id;
	row->relay = s->relay;
	row->client = s->client;
	row->client_port = s->client_port;
	(void)strlcpy(row->user, identity_name(s), sizeof(row->user));
	row->command = (enum session_command)s->command;
	if (s->name != NULL)
		(void)strlcpy(row->name, s->name, sizeof(row->name));
	row->target = s->target;
	row->target_port = s->target_port;
	row->state = (enum session_state)s->state;
	row->age_ms = now - s->start_ms;
	way_of(s, row->via, sizeof(row->via), &row->rdr, &row->rdr_port);
	/* The rest is for its relay to say, who has not told it all yet. */
	row->udp.unknown = s->adopted;
	if (s->assoc == NULL)
		return;
	row->udp.destinations = s->assoc->destinations;
	row->udp.drops[DROP_STRANGER] = s->assoc->strangers;
}

/* How it gets to its target, and where to in truth. */
static void
way_of(const struct session *s, char *via, size_t size, struct addr *rdr,
    uint16_t *rdr_port)
{
	const struct conf_route *route;

	if (s->proxy != NULL)
		(void)snprintf(via, size, "%s/%u", s->proxy->upstream,
		    s->proxy->number);
	if (s->rule == NULL)
		return;
	route = &s->rule->route;
	if (route->rdr.af == AF_UNSPEC && route->rdr_port == 0)
		return;
	*rdr = s->target;
	*rdr_port = s->target_port;
	egress_where(route, rdr, rdr_port);
}
