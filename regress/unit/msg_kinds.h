/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * All kinds of payloads as one table: how to make one, encode it and decode
 * it.  Included by the unit test and the fuzzer of messages, which run the
 * same properties over every row.
 */

#ifndef MSG_KINDS_H
#define MSG_KINDS_H

#include <stdlib.h>
#include <string.h>

#include "base/msg_codec.h"
#include "base/msg_flow.h"
#include "base/msg_list.h"
#include "base/msg_login.h"
#include "base/msg_proxy.h"
#include "base/msg_limit.h"
#include "base/msg_table.h"
#include "base/msg_udp.h"
#include "base/msg_upstream.h"
#include "base/msg_policy.h"

/* Which struct to make: of the shortest or longest encoding, or any. */
enum shape {
	SMALLEST,
	LARGEST,
	RANDOM,
};

/* Decoded facts in place of bytes, so that two structs can be compared. */
struct opened {
	struct addr          bound;
	uint16_t             bound_port;
	uint32_t             idle_ms;
	uint32_t             half_closed_ms;
	uint64_t             allowance;
	struct session_facts facts;
};

struct text {
	char text[MSG_TEXT_SIZE];
};

/* The same of an association. */
struct associated {
	struct addr          bound;
	uint16_t             bound_port;
	uint16_t             flows;
	uint16_t             waiting;
	struct session_facts facts;
};

/* A text that names a file, and one that names a user or an address. */
struct path {
	char path[1024];
};

struct name {
	char name[LOGIN_NAME_SIZE];
};

/* A table and what is looked for in it, one such thing. */
struct tested {
	char              name[MSG_TABLE_NAME_SIZE];
	struct table_item item;
};

/* Room for any of the structs. */
union any {
	struct msg_start           start;
	struct msg_peer            peer;
	struct walls               walls;
	uint32_t                   u32;
	uint64_t                   u64;
	struct msg_log             log;
	struct msg_bad_peer        bad_peer;
	struct text                text;
	struct msg_result          result;
	struct addr                local_addr;
	struct msg_session_new     session_new;
	struct msg_session_open    session_open;
	struct opened              opened;
	struct msg_session_bound   session_bound;
	struct msg_session_refused session_refused;
	struct session_closed      session_closed;
	struct session_moved       session_moved;
	struct associated          associated;
	struct msg_udp_client      udp_client;
	struct msg_udp_want        udp_want;
	struct msg_udp_flow        udp_flow;
	struct msg_udp_refused     udp_refused;
	struct udp_count           udp_count;
	struct msg_udp_stats       udp_stats;
	struct session_facts       facts;
	struct msg_name_resolve    name_resolve;
	struct msg_name_answer     name_answer;
	struct msg_dns             dns;
	struct session_log         session_log;
	struct flow_log            flow_log;
	struct flow_row            flow_row;
	struct flow_id             flow_id;
	struct flow_stats          flow_stats;
	struct msg_list_req        list_req;
	struct session_row         session_row;
	struct session_stats       session_stats;
	enum list                  ctl_list;
	struct list_head           list_head;
	struct rule_row            rule_row;
	struct counters            counters;
	struct status_row          status_row;
	struct child_row           child_row;
	struct counter_row         counter_row;
	struct msg_control_socket  control_socket;
	struct path                path;
	struct name                name;
	struct msg_login_check     login_check;
	struct msg_session_user    session_user;
	struct msg_hash_job        hash_job;
	struct msg_hash_done       hash_done;
	struct msg_user_edit       user_edit;
	struct user_row            user_row;
	struct ban_row             ban_row;
	struct msg_allow_want      allow_want;
	struct limit_row           limit_row;
	struct msg_table_job       table_job;
	struct msg_table_source    table_source;
	struct msg_table_built     table_built;
	struct msg_table_set       table_set;
	struct msg_table_edit      table_edit;
	struct table_row           table_row;
	struct proxy_row           proxy_row;
	struct msg_proxy_set       proxy_set;
	struct tested              tested;
	struct table_item          table_item;
	struct table_test_row      table_test_row;
	struct msg_table_list      table_list;
	struct msg_upstream_dial   upstream_dial;
	struct msg_upstream_done   upstream_done;
	struct msg_upstream_flow   upstream_flow;
	struct msg_socket_want     socket_want;
	struct msg_revoked         revoked;
	struct msg_who_req         who_req;
	struct msg_who_res         who_res;
	struct msg_test            test;
	struct test_row            test_row;
};

#define KIND_TYPES 32

struct kind {
	const char *name;
	void (*make)(union any *, enum shape);
	void (*put)(struct wbuf *, const union any *);
	int (*get)(struct rbuf *, union any *);
	enum msg_type types[KIND_TYPES]; /* that are one such struct */
	enum msg_type list;              /* that has many, or MSG_NONE */
};

static uint64_t any_state = 88172645463325252ULL;

/* A number of no great randomness, the same in each run. */
static uint64_t
any_number(void)
{
	any_state ^= any_state << 13;
	any_state ^= any_state >> 7;
	any_state ^= any_state << 17;
	return any_state;
}

static unsigned int
any_of(enum shape shape, unsigned int low, unsigned int high)
{
	switch (shape) {
	case SMALLEST:
		return low;
	case LARGEST:
		return high;
	case RANDOM:
		break;
	}
	return low + (unsigned int)(any_number() % (high - low + 1));
}

/* No NUL, but every other byte; lengths at the edges are frequent. */
static void
any_text(char *dst, size_t size, enum shape shape, unsigned int min)
{
	size_t i, len;

	len = any_of(shape, min, (unsigned int)size - 1);
	if (shape == RANDOM && any_of(RANDOM, 0, 3) == 0)
		len = any_of(RANDOM, 0, 1) ? size - 1 : min;
	memset(dst, 0, size);
	for (i = 0; i < len; i++)
		dst[i] = (char)any_of(RANDOM, 1, 255);
}

static void
any_addr_of(struct addr *a, sa_family_t af)
{
	size_t i;

	memset(a, 0, sizeof(*a));
	a->af = af;
	for (i = 0; i < (af == AF_INET6 ? 16 : af == AF_INET ? 4 : 0); i++)
		a->b[i] = (uint8_t)any_number();
}

/* none is 1 if there may be no address. */
static void
any_addr(struct addr *a, enum shape shape, int none)
{
	static const sa_family_t af[] = { AF_UNSPEC, AF_INET, AF_INET6 };

	any_addr_of(a, af[any_of(shape, none ? 0 : 1, 2)]);
}

/* Up to 255 bytes of any value behind a length. */
static void
any_bytes(uint8_t *dst, uint8_t *len, enum shape shape)
{
	unsigned int i;

	*len = (uint8_t)any_of(shape, 0, LOGIN_FIELD_MAX);
	for (i = 0; i < *len; i++)
		dst[i] = (uint8_t)any_number();
}

static void
any_token(struct token *t, enum shape shape)
{
	size_t i;

	any_addr(&t->client, shape, 0);
	for (i = 0; i < sizeof(t->tag); i++)
		t->tag[i] = (uint8_t)any_number();
}

static uint8_t
any_rep(void)
{
	unsigned int rep;

	rep = any_of(RANDOM, 0, 9);
	return rep == 9 ? REP_NONE : (uint8_t)rep;
}

static void
any_child(enum proc_id *role, unsigned int *instance)
{
	do {
		*role = any_of(RANDOM, 0, PROC_MAX - 1);
	} while (!proc_is_child(*role));
	*instance = *role == PROC_RELAY ? any_of(RANDOM, 0, RELAYS_MAX - 1) :
	    *role == PROC_HASH          ? any_of(RANDOM, 0, HASHERS_MAX - 1) :
					  0;
}

static void
make_start(union any *a, enum shape shape)
{
	a->start.version = (uint32_t)any_number();
	any_child(&a->start.role, &a->start.instance);
	a->start.incarnation = (uint32_t)any_number();
	a->start.flags = any_of(shape, 0, START_FLAGS);
	a->start.uid = (uint32_t)any_number();
	a->start.gid = (uint32_t)any_number();
	a->start.nofile = (uint32_t)any_number();
	a->start.require = any_of(shape, 0, WALL_ALL);
}

/* Each stands, is missing, or neither. */
static void
any_walls(struct walls *w, enum shape shape)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->stand = any_of(shape, 0, WALL_ALL);
	for (i = 0; i < WALLS; i++)
		if ((w->stand & 1U << i) == 0)
			w->why[i] = (uint8_t)any_of(shape, 0, UINT8_MAX);
}

static void
make_walls(union any *a, enum shape shape)
{
	any_walls(&a->walls, shape);
}

static void
make_peer(union any *a, enum shape shape)
{
	any_child(&a->peer.role, &a->peer.instance);
}

static void
make_u32(union any *a, enum shape shape)
{
	a->u32 = (uint32_t)any_number();
}

static void
make_u64(union any *a, enum shape shape)
{
	a->u64 = any_number();
}

static void
make_log(union any *a, enum shape shape)
{
	a->log.level = any_of(shape, 0, LOG_LEVEL_MAX - 1);
	any_text(a->log.line, sizeof(a->log.line), shape, 0);
}

static void
make_bad_peer(union any *a, enum shape shape)
{
	any_child(&a->bad_peer.role, &a->bad_peer.instance);
	any_text(a->bad_peer.what, sizeof(a->bad_peer.what), shape, 0);
}

static void
make_text(union any *a, enum shape shape)
{
	any_text(a->text.text, sizeof(a->text.text), shape, 0);
}

static void
make_result(union any *a, enum shape shape)
{
	a->result.result = any_of(shape, RESULT_MORE, RESULT_REFUSED);
	any_text(a->result.text, sizeof(a->result.text), shape, 0);
}

static void
make_local_addr(union any *a, enum shape shape)
{
	any_addr(&a->local_addr, shape, 0);
}

static void
make_session_new(union any *a, enum shape shape)
{
	a->session_new.handshake_ms = (uint32_t)any_number();
	a->session_new.auth = any_of(shape, 0, AUTH_MODE_MAX - 1);
	if (a->session_new.auth != AUTH_MODE_NONE)
		any_token(&a->session_new.token, shape);
}

/* A name is both the shortest and the longest: one byte, and 255. */
static void
make_session_open(union any *a, enum shape shape)
{
	struct msg_session_open *o = &a->session_open;
	unsigned int             i;

	o->command = any_of(shape, SESSION_CONNECT, SESSION_UDP);
	o->port = (uint16_t)any_number();
	o->login = (uint8_t)any_of(shape, 0, 1);
	if (shape == RANDOM && any_of(RANDOM, 0, 1) == 0) {
		any_addr(&o->addr, RANDOM, 0);
		return;
	}
	o->namelen = (uint8_t)any_of(shape, 1, 255);
	for (i = 0; i < o->namelen; i++)
		o->name[i] = (uint8_t)any_number();
}

static void
make_facts_in(struct session_facts *f, enum shape shape)
{
	any_addr(&f->client, shape, 0);
	f->client_port = (uint16_t)any_number();
	f->listener = (uint32_t)any_number();
	f->command = shape == RANDOM ?
	    any_of(shape, SESSION_CONNECT, SESSION_UDP) :
	    SESSION_UDP;
	any_addr(&f->target, shape, 1);
	any_text(f->name, sizeof(f->name), shape,
	    f->target.af == AF_UNSPEC && f->command != SESSION_UDP);
	any_text(f->user, sizeof(f->user), shape, 0);
	f->target_port = (uint16_t)any_number();
	f->generation = (uint32_t)any_number();
	f->rule = (uint32_t)any_number();
	f->limits = any_number();
	f->start_ms = any_number();
	f->connect_ms = (uint32_t)any_number();
	arc4random_buf(f->tag, sizeof(f->tag));
}

static void
make_facts(union any *a, enum shape shape)
{
	make_facts_in(&a->facts, shape);
}

static void
make_opened(union any *a, enum shape shape)
{
	any_addr(&a->opened.bound, shape, 1);
	a->opened.bound_port = (uint16_t)any_number();
	a->opened.idle_ms = (uint32_t)any_number();
	a->opened.half_closed_ms = (uint32_t)any_number();
	a->opened.allowance = any_number();
	make_facts_in(&a->opened.facts, shape);
}

static void
make_session_bound(union any *a, enum shape shape)
{
	any_addr(&a->session_bound.bound, shape, 0);
	a->session_bound.bound_port = (uint16_t)any_number();
	a->session_bound.bind_ms = (uint32_t)any_number();
}

static void
make_session_refused(union any *a, enum shape shape)
{
	a->session_refused.rep = (uint8_t)any_of(shape, 1, 8);
}

static void
make_session_closed(union any *a, enum shape shape)
{
	a->session_closed.id = any_number();
	a->session_closed.cause = any_of(shape, 0, CAUSE_MAX - 1);
	a->session_closed.rep = any_rep();
	a->session_closed.hint = any_of(shape, 0, HINT_MAX - 1);
	a->session_closed.up = any_number();
	a->session_closed.down = any_number();
}

static void
make_session_moved(union any *a, enum shape shape)
{
	a->session_moved.id = any_number();
	a->session_moved.up = any_number();
	a->session_moved.down = any_number();
}

static void
make_associated(union any *a, enum shape shape)
{
	any_addr(&a->associated.bound, shape, 0);
	a->associated.bound_port = (uint16_t)any_number();
	a->associated.flows = (uint16_t)any_of(shape, 1, UINT16_MAX);
	a->associated.waiting = (uint16_t)any_number();
	make_facts_in(&a->associated.facts, shape);
}

static void
make_udp_client(union any *a, enum shape shape)
{
	any_addr(&a->udp_client.addr, shape, 0);
	a->udp_client.port = (uint16_t)any_number();
}

static void
make_udp_want(union any *a, enum shape shape)
{
	struct msg_udp_want *w = &a->udp_want;
	unsigned int         i;

	w->flow = (uint32_t)any_number();
	w->port = (uint16_t)any_of(RANDOM, 1, UINT16_MAX);
	if (shape == RANDOM && any_of(RANDOM, 0, 1) == 0) {
		any_addr(&w->addr, RANDOM, 0);
		return;
	}
	w->namelen = (uint8_t)any_of(shape, 1, 255);
	for (i = 0; i < w->namelen; i++)
		w->name[i] = (uint8_t)any_number();
}

static void
make_udp_flow(union any *a, enum shape shape)
{
	a->udp_flow.flow = (uint32_t)any_number();
	a->udp_flow.udp_ms = (uint32_t)any_number();
	a->udp_flow.allowance = any_number();
	any_addr(&a->udp_flow.addr, shape, 1);
	a->udp_flow.port = (uint16_t)any_number();
}

static void
make_udp_refused(union any *a, enum shape shape)
{
	a->udp_refused.flow = (uint32_t)any_number();
	a->udp_refused.why = any_of(shape, 0, DROP_MAX - 1);
}

static void
make_udp_count(union any *a, enum shape shape)
{
	a->udp_count.flow = (uint32_t)any_number();
	a->udp_count.over = (uint8_t)any_of(shape, 0, UDP_END_MAX - 1);
	a->udp_count.up = any_number();
	a->udp_count.down = any_number();
	a->udp_count.nup = any_number();
	a->udp_count.ndown = any_number();
}

static void
make_udp_stats(union any *a, enum shape shape)
{
	unsigned int i;

	a->udp_stats.nup = any_number();
	a->udp_stats.ndown = any_number();
	for (i = 0; i < DROP_MAX; i++)
		a->udp_stats.drops[i] = (uint32_t)any_number();
}

static void
make_name_resolve(union any *a, enum shape shape)
{
	a->name_resolve.families = (uint8_t)any_of(shape, RESOLVE_INET,
	    RESOLVE_INET | RESOLVE_INET6);
	a->name_resolve.source = any_number();
	a->name_resolve.most = (uint32_t)any_number();
	any_text(a->name_resolve.name, sizeof(a->name_resolve.name), shape, 1);
}

static void
make_name_answer(union any *a, enum shape shape)
{
	struct msg_name_answer *n = &a->name_answer;
	unsigned int            i;

	n->family = (uint8_t)any_of(shape, RESOLVE_INET, RESOLVE_INET6);
	n->naddrs = any_of(shape, 0, NAME_ADDRS_MAX);
	n->status = n->naddrs > 0 ? NAME_OK :
				    any_of(shape, NAME_NOT_FOUND, NAME_BUSY);
	for (i = 0; i < n->naddrs; i++)
		any_addr_of(&n->addrs[i],
		    n->family == RESOLVE_INET ? AF_INET : AF_INET6);
	if (n->status != NAME_FAILED)
		return;
	n->fault.kind = (enum name_fault_kind)any_of(shape, NAME_FAULT_NONE,
	    NAME_FAULT_MAX - 1);
	if (n->fault.kind == NAME_FAULT_NONE)
		return;
	any_addr(&n->fault.server, shape, 0);
	n->fault.port = (uint16_t)any_number();
	n->fault.code = (uint16_t)any_number();
	n->fault.ms = any_number();
}

static void
make_dns(union any *a, enum shape shape)
{
	any_addr(&a->dns.server, shape, 0);
	a->dns.port = (uint16_t)any_number();
	a->dns.scope = any_number();
	a->dns.tcp = (uint8_t)any_of(shape, 0, 1);
	a->dns.error = (uint16_t)any_number();
}

static void
any_udp_sums(struct udp_sums *u)
{
	unsigned int i;

	u->nup = any_number();
	u->ndown = any_number();
	u->destinations = any_number();
	for (i = 0; i < DROP_MAX; i++)
		u->drops[i] = (uint32_t)any_number();
	u->unknown = (uint8_t)any_of(RANDOM, 0, 1);
}

static void
make_session_log(union any *a, enum shape shape)
{
	struct session_log *l = &a->session_log;

	l->id = any_number();
	any_addr(&l->client, shape, 1);
	l->client_port = (uint16_t)any_number();
	any_text(l->listener, sizeof(l->listener), shape, 0);
	any_text(l->user, sizeof(l->user), shape, 0);
	any_text(l->rule, sizeof(l->rule), shape, 0);
	any_text(l->label, sizeof(l->label), shape, 0);
	l->command = any_of(shape, SESSION_NO_COMMAND, SESSION_UDP);
	any_text(l->name, sizeof(l->name), shape, 0);
	any_addr(&l->target, shape, 1);
	l->target_port = (uint16_t)any_number();
	l->rep = any_rep();
	l->cause = any_of(shape, 0, CAUSE_MAX - 1);
	any_text(l->hint, sizeof(l->hint), shape, 0);
	l->forced = (uint8_t)any_of(shape, 0, 1);
	l->up = any_number();
	l->down = any_number();
	l->connect_ms = (uint32_t)any_number();
	l->duration_ms = any_number();
	any_text(l->via, sizeof(l->via), shape, 0);
	any_addr(&l->rdr, shape, 1);
	l->rdr_port = (uint16_t)any_number();
	if (l->command == SESSION_UDP)
		any_udp_sums(&l->udp);
}

static void
make_flow_log(union any *a, enum shape shape)
{
	struct flow_log *f = &a->flow_log;

	f->id = any_number();
	any_addr(&f->client, shape, 1);
	f->client_port = (uint16_t)any_number();
	any_text(f->listener, sizeof(f->listener), shape, 0);
	any_text(f->user, sizeof(f->user), shape, 0);
	any_text(f->rule, sizeof(f->rule), shape, 0);
	any_text(f->label, sizeof(f->label), shape, 0);
	any_text(f->name, sizeof(f->name), shape, 0);
	any_addr(&f->addr, shape, 1);
	f->port = (uint16_t)any_number();
	f->end = any_of(shape, 0, UDP_END_MAX - 1);
	f->why = any_of(shape, 0, DROP_MAX - 1);
	f->up = any_number();
	f->down = any_number();
	f->nup = any_number();
	f->ndown = any_number();
	f->duration_ms = any_number();
	any_text(f->via, sizeof(f->via), shape, 0);
	any_addr(&f->rdr, shape, 1);
	f->rdr_port = (uint16_t)any_number();
}

static void
make_flow_row(union any *a, enum shape shape)
{
	struct flow_row *f = &a->flow_row;

	f->session = any_number();
	f->relay = (uint16_t)any_of(shape, 0, RELAYS_MAX - 1);
	f->flow = (uint32_t)any_number();
	f->waits = (uint8_t)any_of(shape, 0, 1);
	any_text(f->name, sizeof(f->name), shape, 0);
	any_addr(&f->addr, shape, 1);
	f->port = (uint16_t)any_number();
	any_text(f->via, sizeof(f->via), shape, 0);
	any_addr(&f->rdr, shape, 1);
	f->rdr_port = (uint16_t)any_number();
	any_text(f->rule, sizeof(f->rule), shape, 0);
	f->age_ms = any_number();
	f->idle_ms = any_number();
	f->up = any_number();
	f->down = any_number();
	f->nup = any_number();
	f->ndown = any_number();
}

static void
make_flow_id(union any *a, enum shape shape)
{
	a->flow_id.session = any_number();
	a->flow_id.flow = (uint32_t)any_number();
}

static void
make_flow_stats(union any *a, enum shape shape)
{
	a->flow_stats.id.session = any_number();
	a->flow_stats.id.flow = (uint32_t)any_number();
	a->flow_stats.idle_ms = any_number();
	a->flow_stats.up = any_number();
	a->flow_stats.down = any_number();
	a->flow_stats.nup = any_number();
	a->flow_stats.ndown = any_number();
}

static void
make_list_req(union any *a, enum shape shape)
{
	a->list_req.list = (enum list)any_of(shape, 0, LIST_MAX - 1);
	a->list_req.at = any_number();
}

static void
make_session_row(union any *a, enum shape shape)
{
	struct session_row *s = &a->session_row;

	s->id = any_number();
	s->relay = (uint16_t)any_of(shape, 0, RELAYS_MAX - 1);
	any_addr(&s->client, shape, 1);
	s->client_port = (uint16_t)any_number();
	any_text(s->user, sizeof(s->user), shape, 0);
	s->command = any_of(shape, SESSION_NO_COMMAND, SESSION_UDP);
	any_text(s->name, sizeof(s->name), shape, 0);
	any_addr(&s->target, shape, 1);
	s->target_port = (uint16_t)any_number();
	s->state = any_of(shape, 0, SESSION_STATE_MAX - 1);
	s->age_ms = any_number();
	s->idle_ms = any_number();
	s->up = any_number();
	s->down = any_number();
	any_text(s->via, sizeof(s->via), shape, 0);
	any_addr(&s->rdr, shape, 1);
	s->rdr_port = (uint16_t)any_number();
	if (s->command == SESSION_UDP)
		any_udp_sums(&s->udp);
}

static void
make_session_stats(union any *a, enum shape shape)
{
	a->session_stats.id = any_number();
	a->session_stats.state = any_of(shape, 0, SESSION_STATE_MAX - 1);
	a->session_stats.idle_ms = any_number();
	a->session_stats.up = any_number();
	a->session_stats.down = any_number();
	a->session_stats.is_udp = (uint8_t)any_of(shape, 0, 1);
	if (a->session_stats.is_udp)
		any_udp_sums(&a->session_stats.udp);
}

static void
make_ctl_list(union any *a, enum shape shape)
{
	a->ctl_list = (enum list)any_of(shape, 0, LIST_MAX - 1);
}

static void
make_list_head(union any *a, enum shape shape)
{
	a->list_head.more = (uint8_t)any_of(shape, 0, 1);
	a->list_head.at = any_number();
}

static void
make_rule_row(union any *a, enum shape shape)
{
	struct rule_row *u = &a->rule_row;

	u->number = (uint32_t)any_number();
	any_text(u->where, sizeof(u->where), shape, 0);
	any_text(u->text, sizeof(u->text), shape, 0);
	any_text(u->label, sizeof(u->label), shape, 0);
	u->matches = any_number();
	u->decisions = any_number();
	u->sessions = any_number();
	u->up = any_number();
	u->down = any_number();
}

static void
make_counters(union any *a, enum shape shape)
{
	unsigned int i;

	for (i = 0; i < COUNTER_MAX; i++)
		a->counters.v[i] = any_number();
}

static void
make_status_row(union any *a, enum shape shape)
{
	struct status_row *s = &a->status_row;

	any_text(s->version, sizeof(s->version), shape, 0);
	any_text(s->config, sizeof(s->config), shape, 0);
	s->generation = (uint32_t)any_number();
	s->pid = (uint32_t)any_number();
	s->uptime_ms = any_number();
	s->config_age_ms = any_number();
	s->sessions = any_number();
	s->name_servers = (uint8_t)any_number();
	s->name_servers_dead = (uint8_t)any_number();
	s->rootless = (uint8_t)any_of(shape, 0, 1);
	s->stopping = (uint8_t)any_of(shape, 0, 1);
	s->reload_age_ms = any_number();
	any_text(s->reload, sizeof(s->reload), shape, 0);
}

static void
make_child_row(union any *a, enum shape shape)
{
	unsigned int instance;

	any_child(&a->child_row.role, &instance);
	a->child_row.instance = (uint16_t)instance;
	a->child_row.pid = (uint32_t)any_number();
	any_walls(&a->child_row.walls, shape);
	a->child_row.restarts = (uint32_t)any_number();
	a->child_row.silent_ms = (uint32_t)any_number();
	a->child_row.uptime_ms = any_number();
}

static void
make_counter_row(union any *a, enum shape shape)
{
	any_text(a->counter_row.name, sizeof(a->counter_row.name), shape, 0);
	a->counter_row.value = any_number();
	any_text(a->counter_row.help, sizeof(a->counter_row.help), shape, 0);
}

static void
make_control_socket(union any *a, enum shape shape)
{
	a->control_socket.uid = (uint32_t)any_number();
	a->control_socket.gid = (uint32_t)any_number();
	a->control_socket.has_gid = (uint8_t)any_of(shape, 0, 1);
}

static void
make_path(union any *a, enum shape shape)
{
	any_text(a->path.path, sizeof(a->path.path), shape, 0);
}

static void
make_name(union any *a, enum shape shape)
{
	any_text(a->name.name, sizeof(a->name.name), shape, 0);
}

static void
make_login_check(union any *a, enum shape shape)
{
	struct msg_login_check *c = &a->login_check;

	any_token(&c->token, shape);
	any_bytes(c->user, &c->userlen, shape);
	any_bytes(c->pass, &c->passlen, shape);
}

/* Who is logged in has a name; the shortest message is of a failure. */
static void
make_session_user(union any *a, enum shape shape)
{
	struct msg_session_user *u = &a->session_user;
	unsigned int             i;

	u->relay = (uint16_t)any_of(RANDOM, 0, RELAYS_MAX - 1);
	u->status = shape == SMALLEST ? LOGIN_UNKNOWN_USER :
					any_of(RANDOM, LOGIN_OK, LOGIN_MAX - 1);
	any_text(u->user, sizeof(u->user), shape, u->status == LOGIN_OK);
	u->ngroups = any_of(shape, 0, LOGIN_GROUPS_MAX);
	for (i = 0; i < u->ngroups; i++)
		any_text(u->group[i], sizeof(u->group[i]), shape, 1);
}

static void
make_hash_job(union any *a, enum shape shape)
{
	any_text(a->hash_job.hash, sizeof(a->hash_job.hash), shape, 0);
	any_bytes(a->hash_job.pass, &a->hash_job.passlen, shape);
}

static void
make_hash_done(union any *a, enum shape shape)
{
	a->hash_done.match = (uint8_t)any_of(shape, 0, 1);
	a->hash_done.us = (uint32_t)any_number();
}

static void
make_user_edit(union any *a, enum shape shape)
{
	struct msg_user_edit *e = &a->user_edit;

	e->op = any_of(shape, 0, USER_OP_MAX - 1);
	any_text(e->name, sizeof(e->name), shape, 1);
	any_text(e->hash, sizeof(e->hash), shape, 0);
	any_text(e->options, sizeof(e->options), shape, 0);
	e->kill = (uint8_t)any_of(shape, 0, 1);
}

static void
make_user_row(union any *a, enum shape shape)
{
	struct user_row *u = &a->user_row;

	any_text(u->name, sizeof(u->name), shape, 0);
	any_text(u->method, sizeof(u->method), shape, 0);
	any_text(u->options, sizeof(u->options), shape, 0);
	u->cached = (uint8_t)any_of(shape, 0, 1);
	u->logins = any_number();
	u->failures = any_number();
}

static void
make_ban_row(union any *a, enum shape shape)
{
	any_text(a->ban_row.what, sizeof(a->ban_row.what), shape, 1);
	any_text(a->ban_row.at, sizeof(a->ban_row.at), shape, 0);
	a->ban_row.failures = (uint32_t)any_number();
	a->ban_row.left_ms = any_number();
}

static void
make_allow_want(union any *a, enum shape shape)
{
	a->allow_want.bytes = any_number();
	a->allow_want.sessions = (uint32_t)any_number() | 1;
}

static void
make_limit_row(union any *a, enum shape shape)
{
	struct limit_row *row = &a->limit_row;

	row->kind = (enum limit_kind)any_of(shape, LIMIT_SOURCE_SESSIONS,
	    LIMIT_KIND_MAX - 1);
	any_text(row->where, sizeof(row->where), shape, 0);
	any_text(row->label, sizeof(row->label), shape, 0);
	any_text(row->key, sizeof(row->key), shape, 0);
	row->sessions = (uint32_t)any_number();
	row->waiting = (uint32_t)any_number();
	row->used = any_number();
	row->most = any_number();
	row->refused = any_number();
}

static void
make_table_job(union any *a, enum shape shape)
{
	a->table_job.kind = (uint8_t)any_of(shape, 1, MSG_TABLE_KIND_LAST);
	a->table_job.op = any_of(shape, TABLE_JOB_LOAD, TABLE_JOB_SKIM);
}

static void
make_table_source(union any *a, enum shape shape)
{
	struct msg_table_source *s = &a->table_source;

	s->old = (uint8_t)any_of(shape, 0, 1);
	s->size = any_number();
	any_text(s->name, sizeof(s->name), shape, 0);
}

static void
make_table_built(union any *a, enum shape shape)
{
	struct msg_table_built *b = &a->table_built;

	b->result = any_of(shape, RESULT_MORE, RESULT_REFUSED);
	b->entries = (uint32_t)any_number();
	b->added = (uint32_t)any_number();
	b->deleted = (uint32_t)any_number();
	b->size = any_number();
	any_text(b->text, sizeof(b->text), shape, 0);
}

static void
make_table_set(union any *a, enum shape shape)
{
	struct msg_table_set *s = &a->table_set;

	any_text(s->name, sizeof(s->name), shape, 1);
	s->size = any_number();
	s->changed = (uint8_t)any_of(shape, 0, 1);
}

/* Labels as long as may be; one less in all if the last were longer. */
static void
any_hostname(char *dst, size_t len)
{
	size_t i;

	len -= len % 64 == 0;
	for (i = 0; i < len; i++)
		dst[i] = i % 64 == 63 && i + 1 < len ?
		    '.' :
		    (char)any_of(RANDOM, 'a', 'z');
	dst[len] = '\0';
}

static void
make_upstream_dial(union any *a, enum shape shape)
{
	struct msg_upstream_dial *d = &a->upstream_dial;
	struct upstream_hop      *h;
	unsigned int              i;

	d->ms = any_of(shape, 1, UINT32_MAX - 1);
	d->nhops = (uint8_t)any_of(shape, 1, UPSTREAM_HOPS_MAX);
	for (i = 0; i < d->nhops; i++) {
		h = &d->hops[i];
		any_text(h->upstream, sizeof(h->upstream), shape, 1);
		h->member = (uint8_t)any_of(shape, 1, UPSTREAM_MEMBERS_MAX);
		h->protocol = (uint8_t)any_of(shape, 0, 2);
		any_addr(&h->addr, shape, 0);
		h->port = (uint16_t)any_of(shape, 1, UINT16_MAX);
	}
	switch (any_of(shape, 0, 2)) {
	case 0:
		if (d->nhops == 1)
			d->udp = (uint8_t)any_of(shape, 0, 1);
		return;
	case 1:
		any_addr(&d->addr, RANDOM, 0);
		break;
	default:
		any_hostname(d->name, any_of(shape, 1, HOSTNAME_MAX));
		break;
	}
	d->port = (uint16_t)any_of(shape, 1, UINT16_MAX);
}

static void
make_upstream_done(union any *a, enum shape shape)
{
	struct msg_upstream_done *d = &a->upstream_done;
	size_t                    i;

	d->status = any_of(shape, UPSTREAM_OK, UPSTREAM_STATUS_MAX - 1);
	if (d->status != UPSTREAM_OK)
		d->rep = (uint8_t)any_of(shape, 1, 8);
	d->hop = (uint8_t)any_of(shape, 0, UPSTREAM_HOPS_MAX - 1);
	d->asked = (uint8_t)any_of(shape, 0, 1);
	if (d->status == UPSTREAM_OK && any_of(shape, 0, 1)) {
		any_addr(&d->bound, shape, 0);
		d->bound_port = (uint16_t)any_of(shape, 1, UINT16_MAX);
		return;
	}
	any_text(d->text, sizeof(d->text), shape, 0);
	for (i = 0; d->text[i] != '\0'; i++)
		d->text[i] = (char)any_of(RANDOM, ' ', '~');
}

static void
make_upstream_flow(union any *a, enum shape shape)
{
	struct msg_upstream_flow *f = &a->upstream_flow;

	f->flow = (uint32_t)any_number();
	f->port = (uint16_t)any_of(shape, 1, UINT16_MAX);
	if (shape == RANDOM && any_of(shape, 0, 1))
		any_addr(&f->addr, shape, 0);
	else
		any_hostname(f->name, any_of(shape, 1, HOSTNAME_MAX));
}

static void
make_table_edit(union any *a, enum shape shape)
{
	struct msg_table_edit *e = &a->table_edit;

	e->op = any_of(shape, TABLE_EDIT_ADD, TABLE_EDIT_MAX - 1);
	any_text(e->name, sizeof(e->name), shape, 1);
	any_text(e->source, sizeof(e->source), shape, 0);
}

static void
make_table_row(union any *a, enum shape shape)
{
	struct table_row *t = &a->table_row;

	any_text(t->name, sizeof(t->name), shape, 0);
	t->kind = (uint8_t)any_of(shape, 1, MSG_TABLE_KIND_LAST);
	t->changed = (uint8_t)any_of(shape, 0, 1);
	t->entries = (uint32_t)any_number();
	t->size = any_number();
	t->loaded_ms = any_number();
	any_text(t->file, sizeof(t->file), shape, 0);
}

static void
make_proxy_row(union any *a, enum shape shape)
{
	struct proxy_row *p = &a->proxy_row;

	any_text(p->upstream, sizeof(p->upstream), shape, 1);
	any_text(p->via, sizeof(p->via), shape, 0);
	p->balance = (uint8_t)any_of(shape, 0, 2);
	p->member = (uint8_t)any_of(shape, 1, PROXY_MEMBERS_MAX);
	p->protocol = (uint8_t)any_of(shape, 0, 2);
	any_addr(&p->addr, shape, 0);
	p->port = (uint16_t)any_number();
	p->state = (enum proxy_state)any_of(shape, 0, PROXY_STATE_MAX - 1);
	p->left_ms = (uint32_t)any_number();
	p->sessions = any_number();
	p->bytes_up = any_number();
	p->bytes_down = any_number();
	p->connect_ms = (uint32_t)any_number();
	p->tries = any_number();
	p->failures = any_number();
	p->error_ms = any_number();
	any_text(p->error, sizeof(p->error), shape, 0);
}

static void
make_proxy_set(union any *a, enum shape shape)
{
	struct msg_proxy_set *s = &a->proxy_set;

	any_text(s->upstream, sizeof(s->upstream), shape, 1);
	s->member = (uint8_t)any_of(shape, 1, PROXY_MEMBERS_MAX);
	s->down = (uint8_t)any_of(shape, 0, 1);
}

static void
make_tested(union any *a, enum shape shape)
{
	any_text(a->tested.name, sizeof(a->tested.name), shape, 1);
	any_text(a->tested.item.text, sizeof(a->tested.item.text), shape, 0);
}

static void
make_table_item(union any *a, enum shape shape)
{
	any_text(a->table_item.text, sizeof(a->table_item.text), shape, 0);
}

static void
make_table_test_row(union any *a, enum shape shape)
{
	struct table_test_row *t = &a->table_test_row;

	t->in = any_of(shape, TABLE_TEST_OUT, TABLE_TEST_WRONG);
	any_text(t->text, sizeof(t->text), shape, 0);
}

static void
make_table_list(union any *a, enum shape shape)
{
	any_text(a->table_list.name, sizeof(a->table_list.name), shape, 1);
	a->table_list.at = any_number();
}

/* The rest of a payload as a message for a decoder of whole payloads. */
static struct msg
rest_of(struct rbuf *r)
{
	struct msg m = { MSG_NONE, 0, r->data, r->left, -1 };

	(void)rbuf_take(r, r->left);
	return m;
}

/* Codecs of a whole payload, msg_put_##x() and msg_get_##x(). */
#define WHOLE(x)                                                               \
	static void put_##x(struct wbuf *w, const union any *a)                \
	{                                                                      \
		msg_put_##x(w, &a->x);                                         \
	}                                                                      \
	static int get_##x(struct rbuf *r, union any *a)                       \
	{                                                                      \
		struct msg m = rest_of(r);                                     \
                                                                               \
		return msg_get_##x(&m, &a->x);                                 \
	}

/* Codecs of one item, x_put() and x_get(). */
#define ITEM(x)                                                                \
	static void put_##x(struct wbuf *w, const union any *a)                \
	{                                                                      \
		x##_put(w, &a->x);                                             \
	}                                                                      \
	static int get_##x(struct rbuf *r, union any *a)                       \
	{                                                                      \
		return x##_get(r, &a->x);                                      \
	}

WHOLE(start)
WHOLE(peer)
WHOLE(walls)
WHOLE(bad_peer)
WHOLE(session_new)
WHOLE(session_open)
WHOLE(session_bound)
WHOLE(session_refused)
WHOLE(name_resolve)
WHOLE(name_answer)
WHOLE(dns)
WHOLE(list_req)
WHOLE(counters)
WHOLE(control_socket)
WHOLE(login_check)
WHOLE(session_user)
WHOLE(hash_job)
WHOLE(hash_done)
WHOLE(user_edit)
WHOLE(table_job)
WHOLE(table_source)
WHOLE(table_built)
WHOLE(table_set)
WHOLE(table_edit)
WHOLE(table_list)
ITEM(table_row)
ITEM(proxy_row)
WHOLE(proxy_set)
ITEM(table_item)
ITEM(table_test_row)
WHOLE(upstream_dial)
WHOLE(upstream_done)
WHOLE(upstream_flow)
ITEM(session_closed)
ITEM(session_moved)
WHOLE(udp_client)
WHOLE(udp_want)
WHOLE(udp_flow)
WHOLE(udp_refused)
ITEM(udp_count)
WHOLE(udp_stats)
ITEM(session_log)
ITEM(flow_log)
ITEM(session_row)
ITEM(session_stats)
ITEM(flow_row)
ITEM(flow_id)
ITEM(flow_stats)
ITEM(rule_row)
ITEM(status_row)
ITEM(child_row)
ITEM(counter_row)
ITEM(user_row)
ITEM(ban_row)
WHOLE(allow_want)
ITEM(limit_row)
ITEM(list_head)

static void
put_ctl_list(struct wbuf *w, const union any *a)
{
	msg_put_ctl_list(w, a->ctl_list);
}

static int
get_ctl_list(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_ctl_list(&m, &a->ctl_list);
}

/* With one thing, so that there is none to be cut off. */
static void
put_tested(struct wbuf *w, const union any *a)
{
	struct msg_table_test t;
	uint8_t               data[MSG_TABLE_ENTRY_SIZE];
	struct wbuf           b;

	wbuf_init(&b, data, sizeof(data));
	table_item_put(&b, &a->tested.item);
	(void)strlcpy(t.name, a->tested.name, sizeof(t.name));
	t.items = b.data;
	t.nitems = b.len;
	msg_put_table_test(w, &t);
}

static int
get_tested(struct rbuf *r, union any *a)
{
	struct msg            m = rest_of(r);
	struct msg_table_test t;
	struct rbuf           b;

	if (msg_get_table_test(&m, &t) == -1)
		return -1;
	(void)strlcpy(a->tested.name, t.name, sizeof(a->tested.name));
	rbuf_init(&b, t.items, t.nitems);
	return table_item_get(&b, &a->tested.item) == -1 || b.left > 0 ? -1 : 0;
}

static void
put_u32(struct wbuf *w, const union any *a)
{
	msg_put_u32(w, a->u32);
}

static int
get_u32(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_u32(&m, &a->u32);
}

static void
put_u64(struct wbuf *w, const union any *a)
{
	msg_put_u64(w, a->u64);
}

static int
get_u64(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_u64(&m, &a->u64);
}

static void
put_log(struct wbuf *w, const union any *a)
{
	msg_put_log(w, a->log.level, a->log.line);
}

static int
get_log(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_log(&m, &a->log);
}

static void
put_text(struct wbuf *w, const union any *a)
{
	msg_put_text(w, a->text.text);
}

static int
get_text(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_text(&m, a->text.text, sizeof(a->text.text));
}

static void
put_path(struct wbuf *w, const union any *a)
{
	msg_put_text(w, a->path.path);
}

static int
get_path(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_text(&m, a->path.path, sizeof(a->path.path));
}

static void
put_name(struct wbuf *w, const union any *a)
{
	msg_put_name(w, a->name.name);
}

static int
get_name(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_name(&m, a->name.name, sizeof(a->name.name));
}

static void
put_result(struct wbuf *w, const union any *a)
{
	msg_put_result(w, a->result.result, a->result.text);
}

static int
get_result(struct rbuf *r, union any *a)
{
	struct msg m = rest_of(r);

	return msg_get_result(&m, &a->result);
}

static void
put_local_addr(struct wbuf *w, const union any *a)
{
	wbuf_addr(w, &a->local_addr);
}

static int
get_local_addr(struct rbuf *r, union any *a)
{
	return local_addr_get(r, &a->local_addr);
}

static void
put_facts(struct wbuf *w, const union any *a)
{
	session_facts_put(w, &a->facts);
}

static int
get_facts(struct rbuf *r, union any *a)
{
	return session_facts_get(r, &a->facts);
}

static void
put_opened(struct wbuf *w, const union any *a)
{
	struct msg_session_opened o;
	struct wbuf               facts;
	uint8_t                   data[SESSION_FACTS_MAX];

	wbuf_init(&facts, data, sizeof(data));
	session_facts_put(&facts, &a->opened.facts);
	o.bound = a->opened.bound;
	o.bound_port = a->opened.bound_port;
	o.idle_ms = a->opened.idle_ms;
	o.half_closed_ms = a->opened.half_closed_ms;
	o.allowance = a->opened.allowance;
	o.facts = data;
	o.nfacts = facts.len;
	msg_put_session_opened(w, &o);
}

static int
get_opened(struct rbuf *r, union any *a)
{
	struct msg_session_opened o;
	struct msg                m = rest_of(r);
	struct rbuf               facts;

	memset(&o, 0, sizeof(o));
	if (msg_get_session_opened(&m, &o) == -1)
		return -1;
	a->opened.bound = o.bound;
	a->opened.bound_port = o.bound_port;
	a->opened.idle_ms = o.idle_ms;
	a->opened.half_closed_ms = o.half_closed_ms;
	a->opened.allowance = o.allowance;
	rbuf_init(&facts, o.facts, o.nfacts);
	return session_facts_get(&facts, &a->opened.facts);
}

static void
put_associated(struct wbuf *w, const union any *a)
{
	struct msg_udp_opened o;
	struct wbuf           facts;
	uint8_t               data[SESSION_FACTS_MAX];

	wbuf_init(&facts, data, sizeof(data));
	session_facts_put(&facts, &a->associated.facts);
	o.bound = a->associated.bound;
	o.bound_port = a->associated.bound_port;
	o.flows = a->associated.flows;
	o.waiting = a->associated.waiting;
	o.facts = data;
	o.nfacts = facts.len;
	msg_put_udp_opened(w, &o);
}

static int
get_associated(struct rbuf *r, union any *a)
{
	struct msg_udp_opened o;
	struct msg            m = rest_of(r);
	struct rbuf           facts;

	memset(&o, 0, sizeof(o));
	if (msg_get_udp_opened(&m, &o) == -1)
		return -1;
	a->associated.bound = o.bound;
	a->associated.bound_port = o.bound_port;
	a->associated.flows = o.flows;
	a->associated.waiting = o.waiting;
	rbuf_init(&facts, o.facts, o.nfacts);
	return session_facts_get(&facts, &a->associated.facts);
}

#include "msg_kinds_policy.h"

#define KIND(x) #x, make_##x, put_##x, get_##x

static const struct kind kinds[] = {
	{ KIND(start), { MSG_CHILD_START }, MSG_NONE },
	{ KIND(peer), { MSG_CHILD_PEER }, MSG_NONE },
	{ KIND(walls), { MSG_CHILD_READY }, MSG_NONE },
	{ KIND(u32),
	    { MSG_CTL_HELLO, MSG_CHILD_VERBOSE, MSG_CHILD_STOP, MSG_CONF_COMMIT,
		MSG_CONF_ABORT, MSG_CONF_READY, MSG_KILL_RES, MSG_VERBOSE_REQ,
		MSG_STOP_REQ, MSG_CTL_VERBOSE, MSG_CTL_STOP, MSG_LOGIN_DONE,
		MSG_UNBAN_RES, MSG_KILL_USER_RES, MSG_SOCKET_FAILED,
		MSG_UPSTREAM_FLOW_END },
	    MSG_NONE },
	{ KIND(u64),
	    { MSG_KILL_REQ, MSG_CTL_KILL, MSG_ALLOW_GRANT, MSG_ALLOW_RETURN,
		MSG_ALLOW_SET },
	    MSG_NONE },
	{ KIND(log), { MSG_CHILD_LOG }, MSG_NONE },
	{ KIND(bad_peer), { MSG_CHILD_BAD_PEER }, MSG_NONE },
	{ KIND(text), { MSG_CONF_FAILED, MSG_CTL_TEXT }, MSG_NONE },
	{ KIND(result),
	    { MSG_RELOAD_RES, MSG_CTL_DONE, MSG_USER_RES, MSG_USERS_RES,
		MSG_TABLE_SET_RES, MSG_TABLE_RES, MSG_PROXY_SET_RES },
	    MSG_NONE },
	{ KIND(path), { MSG_USERS_SET }, MSG_NONE },
	{ KIND(name),
	    { MSG_UNBAN_REQ, MSG_CTL_UNBAN, MSG_KILL_USER_REQ,
		MSG_CTL_TABLE_SHOW },
	    MSG_NONE },
	{ KIND(local_addr), { MSG_NONE }, MSG_LOCAL_ADDRS },
	{ KIND(session_new), { MSG_SESSION_NEW }, MSG_NONE },
	{ KIND(session_open), { MSG_SESSION_OPEN }, MSG_NONE },
	{ KIND(opened), { MSG_SESSION_OPENED }, MSG_NONE },
	{ KIND(session_bound), { MSG_SESSION_BOUND }, MSG_NONE },
	{ KIND(session_refused), { MSG_SESSION_REFUSED }, MSG_NONE },
	{ KIND(session_closed), { MSG_NONE }, MSG_SESSION_CLOSED },
	{ KIND(session_moved), { MSG_NONE }, MSG_SESSION_MOVED },
	{ KIND(associated), { MSG_UDP_OPENED }, MSG_NONE },
	{ KIND(udp_client), { MSG_UDP_CLIENT }, MSG_NONE },
	{ KIND(udp_want), { MSG_UDP_WANT }, MSG_NONE },
	{ KIND(udp_flow), { MSG_UDP_FLOW }, MSG_NONE },
	{ KIND(udp_refused), { MSG_UDP_REFUSED, MSG_UDP_CLOSE }, MSG_NONE },
	{ KIND(udp_count), { MSG_NONE }, MSG_UDP_COUNT },
	{ KIND(udp_stats), { MSG_UDP_STATS }, MSG_NONE },
	{ KIND(facts), { MSG_SESSION_ADOPT }, MSG_NONE },
	{ KIND(name_resolve), { MSG_NAME_RESOLVE }, MSG_NONE },
	{ KIND(name_answer), { MSG_NAME_ANSWER }, MSG_NONE },
	{ KIND(dns), { MSG_DNS_WANT, MSG_DNS_SOCKET, MSG_DNS_FAILED },
	    MSG_NONE },
	{ KIND(session_log), { MSG_NONE }, MSG_SESSION_LOG },
	{ KIND(flow_log), { MSG_NONE }, MSG_FLOW_LOG },
	{ KIND(list_req), { MSG_LIST_REQ }, MSG_NONE },
	{ KIND(session_row), { MSG_CTL_SESSION_ROW }, MSG_SESSION_ROWS },
	{ KIND(session_stats), { MSG_NONE }, MSG_STATS_RES },
	{ KIND(flow_row), { MSG_CTL_FLOW_ROW }, MSG_FLOW_ROWS },
	{ KIND(flow_id), { MSG_NONE }, MSG_FLOWS_REQ },
	{ KIND(flow_stats), { MSG_NONE }, MSG_FLOWS_RES },
	{ KIND(ctl_list), { MSG_CTL_LIST }, MSG_NONE },
	{ KIND(list_head), { MSG_NONE }, MSG_NONE },
	{ KIND(rule_row), { MSG_CTL_RULE_ROW }, MSG_RULE_ROWS },
	{ KIND(counters), { MSG_COUNTERS_RES }, MSG_NONE },
	{ KIND(status_row), { MSG_CTL_STATUS_ROW }, MSG_NONE },
	{ KIND(child_row), { MSG_CTL_CHILD_ROW }, MSG_STATUS_RES },
	{ KIND(counter_row), { MSG_CTL_COUNTER_ROW }, MSG_NONE },
	{ KIND(control_socket), { MSG_CONTROL_SOCKET }, MSG_NONE },
	{ KIND(login_check), { MSG_LOGIN_CHECK }, MSG_NONE },
	{ KIND(session_user), { MSG_SESSION_USER }, MSG_NONE },
	{ KIND(hash_job), { MSG_HASH_JOB }, MSG_NONE },
	{ KIND(hash_done), { MSG_HASH_DONE }, MSG_NONE },
	{ KIND(user_edit), { MSG_USER_REQ, MSG_CTL_USER }, MSG_NONE },
	{ KIND(user_row), { MSG_CTL_USER_ROW }, MSG_USER_ROWS },
	{ KIND(allow_want), { MSG_ALLOW_WANT }, MSG_NONE },
	{ KIND(limit_row), { MSG_CTL_LIMIT_ROW }, MSG_LIMIT_ROWS },
	{ KIND(ban_row), { MSG_CTL_BAN_ROW }, MSG_BAN_ROWS },
	{ KIND(table_job), { MSG_TABLE_JOB }, MSG_NONE },
	{ KIND(table_source), { MSG_TABLE_SOURCE }, MSG_NONE },
	{ KIND(table_built), { MSG_TABLE_BUILT }, MSG_NONE },
	{ KIND(table_set), { MSG_TABLE_SET }, MSG_NONE },
	{ KIND(table_edit), { MSG_TABLE_REQ, MSG_CTL_TABLE }, MSG_NONE },
	{ KIND(table_list), { MSG_TABLE_LIST_REQ }, MSG_NONE },
	{ KIND(proxy_row), { MSG_CTL_PROXY_ROW }, MSG_PROXY_ROWS },
	{ KIND(proxy_set), { MSG_CTL_PROXY_SET, MSG_PROXY_SET_REQ }, MSG_NONE },
	{ KIND(table_row), { MSG_CTL_TABLE_ROW }, MSG_TABLE_ROWS },
	{ KIND(tested), { MSG_NONE }, MSG_CTL_TABLE_TEST },
	{ KIND(table_item), { MSG_NONE }, MSG_CTL_TABLE_ENTRIES },
	{ KIND(table_test_row), { MSG_CTL_TABLE_TEST_ROW },
	    MSG_TABLE_TEST_RES },
	{ KIND(upstream_dial), { MSG_UPSTREAM_DIAL }, MSG_NONE },
	{ KIND(upstream_done), { MSG_UPSTREAM_DONE }, MSG_NONE },
	{ KIND(upstream_flow), { MSG_UPSTREAM_FLOW }, MSG_NONE },
	{ KIND(socket_want), { MSG_SOCKET_WANT }, MSG_NONE },
	{ KIND(revoked), { MSG_REVOKED }, MSG_NONE },
	{ KIND(who_req), { MSG_WHO_REQ }, MSG_NONE },
	{ KIND(who_res), { MSG_WHO_RES }, MSG_NONE },
	{ KIND(test), { MSG_TEST_REQ, MSG_CTL_TEST }, MSG_NONE },
	{ KIND(test_row), { MSG_CTL_TEST_ROW }, MSG_TEST_RES },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

#endif /* MSG_KINDS_H */
