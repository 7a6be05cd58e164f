/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What comes from those whom the client has not sent anything: "inbound any".
 *
 * Each port of an association whose flows a rule with that has passed gets one
 * more socket, which is not connected: the system gives it what belongs to no
 * flow.  Its relay can only read it.  It has a record like a flow's, with the
 * destination of the first such flow, by which it is judged again when other
 * rules are in force; and it counts as that rule says.
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
#include "base/clock.h"
#include "base/msg_udp.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "router/assoc.h"
#include "router/egress.h"
#include "router/flow.h"
#include "router/pool.h"
#include "router/port.h"
#include "router/room.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/state.h"

static void         inbound_start(struct router *, const struct flow *);
static struct flow *inbound_new(const struct flow *);
static void         inbound_open(struct router *, struct flow *);
static int          inbound_await(struct router *, struct flow *);
static void         inbound_ready(void *, int);

void
flow_inbound_init(struct router *r)
{
	r->flow_opened = inbound_start;
}

static void
inbound_start(struct router *r, const struct flow *f)
{
	struct assoc *a = f->assoc;
	struct flow  *in;

	if (f->rule->route.inbound == 0 || f->local->inbound ||
	    a->inbound == (1U << UDP_INBOUND_MAX) - 1 ||
	    (in = inbound_new(f)) == NULL)
		return;
	in->is_inbound = 1;
	in->at = f->local;
	in->at->refs++;
	in->at->inbound = 1;
	in->id = UDP_INBOUND(ffs(~(int)a->inbound) - 1);
	a->inbound |= 1U << (in->id >> 16);
	(void)RB_INSERT(flow_tree, &a->flows, in);
	inbound_open(r, in);
}

/* By the same rule, to the same destination. */
static struct flow *
inbound_new(const struct flow *f)
{
	struct flow *in;

	if ((in = calloc(1, sizeof(*in))) == NULL)
		return NULL;
	if (f->name != NULL && (in->name = strdup(f->name)) == NULL) {
		free(in);
		return NULL;
	}
	in->assoc = f->assoc;
	in->fd = -1;
	in->addr = f->addr;
	in->port = f->port;
	in->to = f->to;
	in->to_port = f->to_port;
	in->rule = f->rule;
	in->rule->refs++;
	in->start_ms = clock_ms();
	return in;
}

/* Without it the association is like any other. */
static void
inbound_open(struct router *r, struct flow *in)
{
	int fd;

	if (in->place == NULL &&
	    (in->place = room_take(r, in->assoc->session)) == NULL) {
		flow_free(r, in);
		return;
	}
	fd = egress_socket(r, &in->to, &in->rule->route, SOCK_DGRAM);
	if (fd == -1) {
		if (errno != EAGAIN || inbound_await(r, in) == -1)
			flow_free(r, in);
		return;
	}
	if (port_share(in->at, fd) == -1) {
		(void)close(fd);
		flow_free(r, in);
		return;
	}
	in->local = in->at;
	if (flow_hand_over(r, in, fd) == -1) {
		in->local = NULL;
		flow_free(r, in);
	}
}

static int
inbound_await(struct router *r, struct flow *in)
{
	struct socket_class class;

	(void)socket_class_of(&in->rule->route, &class);
	in->wait.ready = inbound_ready;
	in->wait.arg = in;
	return pool_await(r, &class, in->to.af, SOCK_DGRAM, &in->wait);
}

static void
inbound_ready(void *arg, int error)
{
	struct flow   *in = arg;
	struct router *r = in->assoc->router;

	if (in->assoc->session->killed)
		return;
	if (error != 0 || !flow_allowed(r, in))
		flow_free(r, in);
	else
		inbound_open(r, in);
}
