/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A flow as control learns of it: see flow_report.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/msg_flow.h"
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

static void flow_log_of(const struct flow *, struct flow_log *);

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
	const struct proxy   *p = f->uplink == NULL ? NULL : f->uplink->proxy;

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
	if (p != NULL)
		(void)snprintf(l->via, sizeof(l->via), "%s/%u", p->upstream,
		    p->number);
	if (f->rule == NULL)
		return;
	(void)strlcpy(l->rule, f->rule->where, sizeof(l->rule));
	(void)strlcpy(l->label, f->rule->label, sizeof(l->label));
	if (f->is_inbound ||
	    (f->rule->route.rdr.af == AF_UNSPEC &&
		f->rule->route.rdr_port == 0))
		return;
	l->rdr = f->addr;
	l->rdr_port = f->port;
	egress_where(&f->rule->route, &l->rdr, &l->rdr_port);
}
