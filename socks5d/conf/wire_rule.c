/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A rule over channels: the rule itself, with the way and the limits of its
 * sessions.  Its conditions are in wire_condition.c.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include "conf/wire_part.h"

static void put_route(struct wbuf *, const struct conf_route *);
static void put_effect(struct wbuf *, const struct effect *, const void *);
static int  get_route(struct conf_route *, struct rbuf *);
static void get_effect(void *, const struct effect *, struct rbuf *);
static void put_limits(struct wbuf *, const struct conf_limits *);
static int  get_limits(struct conf_limits *, struct rbuf *);
static int  get_scope(enum conf_scope *, struct rbuf *);

int
wire_put_rules(struct wire *w, const struct conf *c)
{
	const struct conf_rule *rule;

	TAILQ_FOREACH(rule, &c->rules, entry) {
		if (wire_put_rule(w, rule) == -1)
			return -1;
	}
	return 0;
}

int
wire_put_rule(struct wire *w, const struct conf_rule *rule)
{
	wbuf_u32(&w->w, rule->number);
	wbuf_u8(&w->w, rule->action);
	wbuf_u8(&w->w, rule->quick != 0);
	wbuf_u8(&w->w, rule->log != 0);
	wbuf_u8(&w->w, rule->drop != 0);
	wbuf_u8(&w->w, rule->commands);
	put_route(&w->w, &rule->route);
	put_limits(&w->w, &rule->limits);
	wbuf_str8(&w->w, rule->label);
	wbuf_str16(&w->w, rule->file);
	wbuf_u32(&w->w, rule->line);
	wbuf_u32(&w->w, rule->shadow);
	if (wire_emit(w, MSG_CONF_RULE, -1) == -1)
		return -1;
	return wire_put_conditions(w, rule);
}

int
wire_get_rule(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_rule *rule;

	if ((rule = conf_rule_new()) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&c->rules, rule, entry);
	rule->number = rbuf_u32(r);
	rule->action = wire_flag(r) ? CONF_PASS : CONF_BLOCK;
	rule->quick = wire_flag(r);
	rule->log = wire_flag(r);
	rule->drop = wire_flag(r);
	if ((rule->commands = rbuf_u8(r)) > CONF_COMMANDS ||
	    get_route(&rule->route, r) == -1 ||
	    get_limits(&rule->limits, r) == -1)
		return -1;
	rbuf_str8(r, rule->label, sizeof(rule->label));
	rbuf_str16(r, rule->file, sizeof(rule->file));
	rule->line = rbuf_u32(r);
	/* Nothing but itself or one before it is to blame. */
	rule->shadow = rbuf_u32(r);
	return rule->shadow > rule->number + 1 ? -1 : 0;
}

static void
put_route(struct wbuf *w, const struct conf_route *route)
{
	const struct effect *row;

	for (row = effects; row < &effects[EFFECT_ID_LIMITS]; row++)
		put_effect(w, row, effect_get(route, row));
}

static void
put_effect(struct wbuf *w, const struct effect *row, const void *v)
{
	const struct conf_number *number = v;

	switch (row->kind) {
	case EFFECT_ADDRESS:
		wbuf_addr(w, v);
		break;
	case EFFECT_PORT:
		wbuf_u16(w, *(const uint16_t *)v);
		break;
	case EFFECT_NAME:
	case EFFECT_INTERFACE:
		wbuf_str8(w, v);
		break;
	case EFFECT_REMOTE:
	case EFFECT_ANY:
		wbuf_u8(w, *(const int *)v != 0);
		break;
	case EFFECT_NUMBER:
		wbuf_u8(w, number->given != 0);
		wbuf_u32(w, number->n);
		break;
	case EFFECT_DURATION:
		wbuf_u32(w, *(const uint32_t *)v);
		break;
	case EFFECT_LIMIT:
		break;
	}
}

static int
get_route(struct conf_route *route, struct rbuf *r)
{
	const struct effect *row;

	for (row = effects; row < &effects[EFFECT_ID_LIMITS]; row++)
		get_effect(effect_place(route, row), row, r);
	if (r->bad || (route->remote && route->via[0] == '\0') ||
	    (route->rdr_port != 0 && route->rdr.af == AF_UNSPEC))
		return -1;
	return 0;
}

static void
get_effect(void *v, const struct effect *row, struct rbuf *r)
{
	struct conf_number *number = v;

	switch (row->kind) {
	case EFFECT_ADDRESS:
		rbuf_addr(r, v);
		break;
	case EFFECT_PORT:
		*(uint16_t *)v = rbuf_u16(r);
		break;
	case EFFECT_NAME:
	case EFFECT_INTERFACE:
		rbuf_str8(r, v, row->most + 1);
		break;
	case EFFECT_REMOTE:
	case EFFECT_ANY:
		*(int *)v = wire_flag(r);
		break;
	case EFFECT_NUMBER:
		number->given = wire_flag(r);
		number->n = rbuf_u32(r);
		break;
	case EFFECT_DURATION:
		*(uint32_t *)v = rbuf_u32(r);
		break;
	case EFFECT_LIMIT:
		break;
	}
}

static void
put_limits(struct wbuf *w, const struct conf_limits *l)
{
	wbuf_u64(w, l->rate);
	wbuf_u8(w, l->rate_per);
	wbuf_u32(w, l->sessions);
	wbuf_u8(w, l->sessions_per);
	wbuf_u32(w, l->new_count);
	wbuf_u32(w, l->new_ms);
	wbuf_u32(w, l->new_burst);
	wbuf_u8(w, l->new_per);
	wbuf_u64(w, l->quota);
	wbuf_u8(w, l->quota_period);
	wbuf_u8(w, l->quota_per);
}

static int
get_limits(struct conf_limits *l, struct rbuf *r)
{
	uint8_t period;

	l->rate = rbuf_u64(r);
	if (get_scope(&l->rate_per, r) == -1)
		return -1;
	l->sessions = rbuf_u32(r);
	if (get_scope(&l->sessions_per, r) == -1)
		return -1;
	l->new_count = rbuf_u32(r);
	l->new_ms = rbuf_u32(r);
	l->new_burst = rbuf_u32(r);
	if (get_scope(&l->new_per, r) == -1)
		return -1;
	l->quota = rbuf_u64(r);
	if ((period = rbuf_u8(r)) > CONF_MONTH)
		return -1;
	l->quota_period = period;
	if (get_scope(&l->quota_per, r) == -1 ||
	    l->quota_per == CONF_PER_SOURCE)
		return -1;
	/* Nobody has to divide by a time that is none. */
	if ((l->new_count == 0) != (l->new_ms == 0) ||
	    (l->new_count == 0) != (l->new_burst == 0))
		return -1;
	return r->bad ? -1 : 0;
}

static int
get_scope(enum conf_scope *scope, struct rbuf *r)
{
	uint8_t n;

	if ((n = rbuf_u8(r)) > CONF_PER_SOURCE)
		return -1;
	*scope = n;
	return 0;
}
