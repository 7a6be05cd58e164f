/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A flow as control learns of it: see flow_report.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/tree.h>

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/msg_flow.h"
#include "base/page.h"
#include "base/role.h"
#include "conf/conf.h"
#include "router/assoc.h"
#include "router/egress.h"
#include "router/flow.h"
#include "router/flow_report.h"
#include "router/identity.h"
#include "router/listener.h"
#include "router/proxy.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/session_report.h"
#include "router/state.h"
#include "router/uplink.h"

static int  serial_cmp(const struct flow *, const struct flow *);
static void flow_row_of(const struct flow *, uint64_t, struct flow_row *);
static void flow_log_of(const struct flow *, struct flow_log *);
static void flow_via(const struct flow *, char *, size_t);
static void flow_rdr(const struct flow *, struct addr *, uint16_t *);

RB_PROTOTYPE(flow_serials, flow, list, serial_cmp)
RB_GENERATE(flow_serials, flow, list, serial_cmp)

static int
serial_cmp(const struct flow *a, const struct flow *b)
{
	return (a->serial > b->serial) - (a->serial < b->serial);
}

void
flow_report_begin(struct router *r, struct flow *f)
{
	f->serial = ++r->last_flow;
	(void)RB_INSERT(flow_serials, &r->flows, f);
}

void
flow_report_forget(struct router *r, struct flow *f)
{
	(void)RB_REMOVE(flow_serials, &r->flows, f);
}

void
flow_report_end(struct router *r, const struct flow *f)
{
	struct flow_log l;

	if (!r->role.conf->log.flows && (f->rule == NULL || !f->rule->log))
		return;
	/* Of anybody, of whom there was nobody. */
	if (f->is_inbound && f->ndown == 0)
		return;
	flow_log_of(f, &l);
	if (wbuf_space(&r->flow_log) < FLOW_LOG_MAX)
		session_report_flush(r);
	flow_log_put(&r->flow_log, &l);
	session_report_soon(r);
}

static void
flow_log_of(const struct flow *f, struct flow_log *l)
{
	const struct session *s = f->assoc->session;

	memset(l, 0, sizeof(*l));
	l->id = s->id;
	l->client = s->client;
	l->client_port = s->client_port;
	(void)strlcpy(l->listener, listener_name(s->listener),
	    sizeof(l->listener));
	(void)strlcpy(l->user, identity_name(s), sizeof(l->user));
	if (f->is_inbound)
		l->addr.af = f->to.af; /* of anybody */
	else {
		if (f->name != NULL)
			(void)strlcpy(l->name, f->name, sizeof(l->name));
		l->addr = f->addr;
		l->port = f->port;
	}
	l->end = (enum udp_end)f->end;
	l->why = (enum udp_drop)f->why;
	l->up = f->up;
	l->down = f->down;
	l->nup = f->nup;
	l->ndown = f->ndown;
	l->duration_ms = clock_ms() - f->start_ms;
	flow_via(f, l->via, sizeof(l->via));
	if (f->rule == NULL)
		return;
	(void)strlcpy(l->rule, f->rule->where, sizeof(l->rule));
	(void)strlcpy(l->label, f->rule->label, sizeof(l->label));
	flow_rdr(f, &l->rdr, &l->rdr_port);
}

/* The member that it goes by, if it does. */
static void
flow_via(const struct flow *f, char *dst, size_t size)
{
	const struct proxy *p = f->uplink == NULL ? NULL : f->uplink->proxy;

	if (p != NULL)
		(void)snprintf(dst, size, "%s/%u", p->upstream, p->number);
}

/* Where it goes in truth, if a rule sends it elsewhere. */
static void
flow_rdr(const struct flow *f, struct addr *rdr, uint16_t *port)
{
	const struct conf_route *route = &f->rule->route;

	if (f->is_inbound ||
	    (route->rdr.af == AF_UNSPEC && route->rdr_port == 0))
		return;
	*rdr = f->addr;
	*port = f->port;
	egress_where(route, rdr, port);
}

/* In the order in which they began, behind the last that was told. */
void
flow_report(void *arg, struct page *p)
{
	struct router *r = arg;
	union list_row row;
	struct flow   *f, key;
	uint64_t       now = clock_ms();

	key.serial = p->at + 1;
	for (f = RB_NFIND(flow_serials, &r->flows, &key); f != NULL;
	     f = RB_NEXT(flow_serials, &r->flows, f)) {
		flow_row_of(f, now, &row.flow);
		if (!page_row(p, &row))
			break;
		p->at = f->serial;
	}
}

static void
flow_row_of(const struct flow *f, uint64_t now, struct flow_row *row)
{
	const struct session *s = f->assoc->session;

	memset(row, 0, sizeof(*row));
	row->session = s->id;
	row->relay = s->relay;
	row->flow = f->id;
	row->waits = !f->open;
	if (f->name != NULL)
		(void)strlcpy(row->name, f->name, sizeof(row->name));
	row->addr = f->addr;
	row->port = f->port;
	row->age_ms = now - f->start_ms;
	flow_via(f, row->via, sizeof(row->via));
	if (f->rule == NULL)
		return;
	(void)strlcpy(row->rule, f->rule->where, sizeof(row->rule));
	flow_rdr(f, &row->rdr, &row->rdr_port);
}
