/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages to control and socks5ctl: see msg_control.h.
 */

#include <string.h>

#include "base/msg_codec.h"
#include "base/msg_control.h"
#include "base/msg_field.h"

static void
udp_sums_put(struct wbuf *w, const struct udp_sums *u)
{
	unsigned int i;

	wbuf_u64(w, u->nup);
	wbuf_u64(w, u->ndown);
	wbuf_u64(w, u->destinations);
	for (i = 0; i < DROP_MAX; i++)
		wbuf_u32(w, u->drops[i]);
	wbuf_u8(w, u->unknown);
}

/* Zeros if they are not there. */
static void
udp_sums_get(struct rbuf *r, int are_there, struct udp_sums *u)
{
	unsigned int i;

	memset(u, 0, sizeof(*u));
	if (!are_there)
		return;
	u->nup = rbuf_u64(r);
	u->ndown = rbuf_u64(r);
	u->destinations = rbuf_u64(r);
	for (i = 0; i < DROP_MAX; i++)
		u->drops[i] = rbuf_u32(r);
	u->unknown = field_range(r, 0, 1);
}

void
session_log_put(struct wbuf *w, const struct session_log *l)
{
	wbuf_u64(w, l->id);
	wbuf_addr(w, &l->client);
	wbuf_u16(w, l->client_port);
	wbuf_str8(w, l->listener);
	wbuf_str8(w, l->user);
	wbuf_str8(w, l->rule);
	wbuf_str8(w, l->label);
	wbuf_u8(w, (uint8_t)l->command);
	wbuf_str8(w, l->name);
	wbuf_addr(w, &l->target);
	wbuf_u16(w, l->target_port);
	wbuf_u8(w, l->rep);
	wbuf_u8(w, (uint8_t)l->cause);
	wbuf_str8(w, l->hint);
	wbuf_u8(w, l->forced);
	wbuf_u64(w, l->up);
	wbuf_u64(w, l->down);
	wbuf_u32(w, l->connect_ms);
	wbuf_u64(w, l->duration_ms);
	wbuf_str8(w, l->via);
	wbuf_addr(w, &l->rdr);
	wbuf_u16(w, l->rdr_port);
	if (l->command == SESSION_UDP)
		udp_sums_put(w, &l->udp);
}

int
session_log_get(struct rbuf *r, struct session_log *l)
{
	l->id = rbuf_u64(r);
	rbuf_addr(r, &l->client);
	l->client_port = rbuf_u16(r);
	rbuf_str8(r, l->listener, sizeof(l->listener));
	rbuf_str8(r, l->user, sizeof(l->user));
	rbuf_str8(r, l->rule, sizeof(l->rule));
	rbuf_str8(r, l->label, sizeof(l->label));
	l->command = (enum session_command)field_range(r, SESSION_NO_COMMAND,
	    SESSION_UDP);
	rbuf_str8(r, l->name, sizeof(l->name));
	rbuf_addr(r, &l->target);
	l->target_port = rbuf_u16(r);
	l->rep = field_rep(r);
	l->cause = (enum session_cause)field_range(r, CAUSE_NONE,
	    CAUSE_MAX - 1);
	rbuf_str8(r, l->hint, sizeof(l->hint));
	l->forced = field_range(r, 0, 1);
	l->up = rbuf_u64(r);
	l->down = rbuf_u64(r);
	l->connect_ms = rbuf_u32(r);
	l->duration_ms = rbuf_u64(r);
	rbuf_str8(r, l->via, sizeof(l->via));
	rbuf_addr(r, &l->rdr);
	l->rdr_port = rbuf_u16(r);
	udp_sums_get(r, l->command == SESSION_UDP, &l->udp);
	return field_item_end(r);
}

void
session_row_put(struct wbuf *w, const struct session_row *s)
{
	wbuf_u64(w, s->id);
	wbuf_u16(w, s->relay);
	wbuf_addr(w, &s->client);
	wbuf_u16(w, s->client_port);
	wbuf_str8(w, s->user);
	wbuf_u8(w, (uint8_t)s->command);
	wbuf_str8(w, s->name);
	wbuf_addr(w, &s->target);
	wbuf_u16(w, s->target_port);
	wbuf_u8(w, (uint8_t)s->state);
	wbuf_u64(w, s->age_ms);
	wbuf_u64(w, s->idle_ms);
	wbuf_u64(w, s->up);
	wbuf_u64(w, s->down);
	wbuf_str8(w, s->via);
	wbuf_addr(w, &s->rdr);
	wbuf_u16(w, s->rdr_port);
	if (s->command == SESSION_UDP)
		udp_sums_put(w, &s->udp);
}

int
session_row_get(struct rbuf *r, struct session_row *s)
{
	s->id = rbuf_u64(r);
	s->relay = rbuf_u16(r);
	if (s->relay >= RELAYS_MAX)
		r->bad = 1;
	rbuf_addr(r, &s->client);
	s->client_port = rbuf_u16(r);
	rbuf_str8(r, s->user, sizeof(s->user));
	s->command = (enum session_command)field_range(r, SESSION_NO_COMMAND,
	    SESSION_UDP);
	rbuf_str8(r, s->name, sizeof(s->name));
	rbuf_addr(r, &s->target);
	s->target_port = rbuf_u16(r);
	s->state = (enum session_state)field_range(r, SESSION_HANDSHAKE,
	    SESSION_STATE_MAX - 1);
	s->age_ms = rbuf_u64(r);
	s->idle_ms = rbuf_u64(r);
	s->up = rbuf_u64(r);
	s->down = rbuf_u64(r);
	rbuf_str8(r, s->via, sizeof(s->via));
	rbuf_addr(r, &s->rdr);
	s->rdr_port = rbuf_u16(r);
	udp_sums_get(r, s->command == SESSION_UDP, &s->udp);
	return field_item_end(r);
}

void
session_stats_put(struct wbuf *w, const struct session_stats *s)
{
	wbuf_u64(w, s->id);
	wbuf_u8(w, (uint8_t)s->state);
	wbuf_u64(w, s->idle_ms);
	wbuf_u64(w, s->up);
	wbuf_u64(w, s->down);
	wbuf_u8(w, s->is_udp);
	if (s->is_udp)
		udp_sums_put(w, &s->udp);
}

int
session_stats_get(struct rbuf *r, struct session_stats *s)
{
	s->id = rbuf_u64(r);
	s->state = (enum session_state)field_range(r, SESSION_HANDSHAKE,
	    SESSION_STATE_MAX - 1);
	s->idle_ms = rbuf_u64(r);
	s->up = rbuf_u64(r);
	s->down = rbuf_u64(r);
	s->is_udp = field_range(r, 0, 1);
	udp_sums_get(r, s->is_udp, &s->udp);
	return field_item_end(r);
}

void
rule_row_put(struct wbuf *w, const struct rule_row *u)
{
	wbuf_u32(w, u->number);
	wbuf_str8(w, u->where);
	wbuf_str16(w, u->text);
	wbuf_str8(w, u->label);
	wbuf_u64(w, u->matches);
	wbuf_u64(w, u->decisions);
	wbuf_u64(w, u->sessions);
	wbuf_u64(w, u->up);
	wbuf_u64(w, u->down);
}

int
rule_row_get(struct rbuf *r, struct rule_row *u)
{
	u->number = rbuf_u32(r);
	rbuf_str8(r, u->where, sizeof(u->where));
	rbuf_str16(r, u->text, sizeof(u->text));
	rbuf_str8(r, u->label, sizeof(u->label));
	u->matches = rbuf_u64(r);
	u->decisions = rbuf_u64(r);
	u->sessions = rbuf_u64(r);
	u->up = rbuf_u64(r);
	u->down = rbuf_u64(r);
	return field_item_end(r);
}

void
msg_put_counters(struct wbuf *w, const struct counters *c)
{
	unsigned int i;

	for (i = 0; i < COUNTER_MAX; i++)
		wbuf_u64(w, c->v[i]);
}

int
msg_get_counters(const struct msg *m, struct counters *c)
{
	struct rbuf  r;
	unsigned int i;

	rbuf_init(&r, m->data, m->len);
	for (i = 0; i < COUNTER_MAX; i++)
		c->v[i] = rbuf_u64(&r);
	return field_end(&r);
}

void
status_row_put(struct wbuf *w, const struct status_row *s)
{
	wbuf_str8(w, s->version);
	wbuf_str8(w, s->config);
	wbuf_u32(w, s->generation);
	wbuf_u32(w, s->pid);
	wbuf_u64(w, s->uptime_ms);
	wbuf_u64(w, s->config_age_ms);
	wbuf_u64(w, s->sessions);
	wbuf_u8(w, s->name_servers);
	wbuf_u8(w, s->name_servers_dead);
	wbuf_u8(w, s->rootless);
	wbuf_u8(w, s->stopping);
	wbuf_u64(w, s->reload_age_ms);
	wbuf_str8(w, s->reload);
}

int
status_row_get(struct rbuf *r, struct status_row *s)
{
	rbuf_str8(r, s->version, sizeof(s->version));
	rbuf_str8(r, s->config, sizeof(s->config));
	s->generation = rbuf_u32(r);
	s->pid = rbuf_u32(r);
	s->uptime_ms = rbuf_u64(r);
	s->config_age_ms = rbuf_u64(r);
	s->sessions = rbuf_u64(r);
	s->name_servers = rbuf_u8(r);
	s->name_servers_dead = rbuf_u8(r);
	s->rootless = field_range(r, 0, 1);
	s->stopping = field_range(r, 0, 1);
	s->reload_age_ms = rbuf_u64(r);
	rbuf_str8(r, s->reload, sizeof(s->reload));
	return field_item_end(r);
}

void
child_row_put(struct wbuf *w, const struct child_row *c)
{
	field_put_child(w, c->role, c->instance);
	wbuf_u32(w, c->pid);
	field_put_walls(w, &c->walls);
	wbuf_u32(w, c->restarts);
	wbuf_u32(w, c->silent_ms);
	wbuf_u64(w, c->uptime_ms);
}

int
child_row_get(struct rbuf *r, struct child_row *c)
{
	unsigned int instance;

	field_child(r, &c->role, &instance);
	c->instance = (uint16_t)instance;
	c->pid = rbuf_u32(r);
	field_walls(r, &c->walls);
	c->restarts = rbuf_u32(r);
	c->silent_ms = rbuf_u32(r);
	c->uptime_ms = rbuf_u64(r);
	return field_item_end(r);
}

void
counter_row_put(struct wbuf *w, const struct counter_row *c)
{
	wbuf_str8(w, c->name);
	wbuf_u64(w, c->value);
	wbuf_str8(w, c->help);
}

int
counter_row_get(struct rbuf *r, struct counter_row *c)
{
	rbuf_str8(r, c->name, sizeof(c->name));
	c->value = rbuf_u64(r);
	rbuf_str8(r, c->help, sizeof(c->help));
	return field_item_end(r);
}

void
msg_put_control_socket(struct wbuf *w, const struct msg_control_socket *s)
{
	wbuf_u32(w, s->uid);
	wbuf_u32(w, s->gid);
	wbuf_u8(w, s->has_gid);
}

int
msg_get_control_socket(const struct msg *m, struct msg_control_socket *s)
{
	struct rbuf r;

	rbuf_init(&r, m->data, m->len);
	s->uid = rbuf_u32(&r);
	s->gid = rbuf_u32(&r);
	s->has_gid = field_range(&r, 0, 1);
	return field_end(&r);
}
