/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The conditions of a rule over channels: encoder and decoder of each list
 * side by side.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>

#include "compat/nitems.h"
#include "conf/wire_part.h"

static int put_from(struct wire *, const struct conf_rule *);
static int get_from(struct conf_rule *, struct rbuf *);
static int put_to(struct wire *, const struct conf_rule *);
static int get_to(struct conf_rule *, struct rbuf *);
static int put_ports(struct wire *, const struct conf_rule *);
static int get_ports(struct conf_rule *, struct rbuf *);
static int put_ons(struct wire *, const struct conf_rule *);
static int get_ons(struct conf_rule *, struct rbuf *);
static int put_users(struct wire *, const struct conf_rule *);
static int get_users(struct conf_rule *, struct rbuf *);
static int put_domains(struct wire *, const struct conf_rule *);
static int get_domains(struct conf_rule *, struct rbuf *);
static int put_countries(struct wire *, const struct conf_rule *);
static int get_countries(struct conf_rule *, struct rbuf *);
static int put_times(struct wire *, const struct conf_rule *);
static int get_times(struct conf_rule *, struct rbuf *);
static int put_days(struct wire *, const struct conf_rule *);
static int get_days(struct conf_rule *, struct rbuf *);
static int put_addrs(struct wire *, enum msg_type, const struct conf_addrs *);
static int get_addrs(struct conf_addrs *, struct rbuf *);
static int put_user_list(struct wire *, const struct conf_users *);
static struct conf_user *get_user(struct rbuf *);

static const struct condition {
	enum msg_type type;
	int (*put)(struct wire *, const struct conf_rule *);
	int (*get)(struct conf_rule *, struct rbuf *);
} conditions[] = {
	{ MSG_CONF_RULE_FROM, put_from, get_from },
	{ MSG_CONF_RULE_TO, put_to, get_to },
	{ MSG_CONF_RULE_PORTS, put_ports, get_ports },
	{ MSG_CONF_RULE_ON, put_ons, get_ons },
	{ MSG_CONF_RULE_USERS, put_users, get_users },
	{ MSG_CONF_RULE_DOMAINS, put_domains, get_domains },
	{ MSG_CONF_RULE_COUNTRIES, put_countries, get_countries },
	{ MSG_CONF_RULE_TIMES, put_times, get_times },
	{ MSG_CONF_RULE_DAYS, put_days, get_days },
};

#define NCONDITIONS nitems(conditions)

int
wire_put_conditions(struct wire *w, const struct conf_rule *rule)
{
	size_t i;

	for (i = 0; i < NCONDITIONS; i++)
		if (conditions[i].put(w, rule) == -1)
			return -1;
	return 0;
}

/* All that a message brings belongs to the last rule. */
int
wire_get_condition(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_rule *rule;
	size_t            i;

	if ((rule = TAILQ_LAST(&c->rules, conf_rules)) == NULL)
		return -1;
	for (i = 0; i < NCONDITIONS; i++)
		if (conditions[i].type == m->type)
			return conditions[i].get(rule, r);
	return -1;
}

static int
put_from(struct wire *w, const struct conf_rule *rule)
{
	return put_addrs(w, MSG_CONF_RULE_FROM, &rule->from);
}

static int
get_from(struct conf_rule *rule, struct rbuf *r)
{
	return get_addrs(&rule->from, r);
}

static int
put_to(struct wire *w, const struct conf_rule *rule)
{
	return put_addrs(w, MSG_CONF_RULE_TO, &rule->to);
}

static int
get_to(struct conf_rule *rule, struct rbuf *r)
{
	return get_addrs(&rule->to, r);
}

static int
put_addrs(struct wire *w, enum msg_type type, const struct conf_addrs *list)
{
	const struct conf_addr *a;

	TAILQ_FOREACH(a, list, entry) {
		if (wire_room(w, type) == -1)
			return -1;
		wbuf_u8(&w->w, a->kind);
		wbuf_u8(&w->w, a->negated != 0);
		wbuf_addr(&w->w, &a->prefix.addr);
		wbuf_u8(&w->w, a->prefix.len);
		wbuf_str8(&w->w, a->table);
	}
	return wire_rest(w, type);
}

static int
get_addrs(struct conf_addrs *list, struct rbuf *r)
{
	struct conf_addr *a;
	struct addr       masked;
	uint8_t           kind;

	while (r->left > 0) {
		if ((a = calloc(1, sizeof(*a))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(list, a, entry);
		kind = rbuf_u8(r);
		a->kind = kind;
		a->negated = wire_flag(r);
		rbuf_addr(r, &a->prefix.addr);
		a->prefix.len = rbuf_u8(r);
		rbuf_str8(r, a->table, sizeof(a->table));
		if (r->bad || kind > CONF_ADDR_TABLE ||
		    (kind == CONF_ADDR_PREFIX) !=
			(a->prefix.addr.af != AF_UNSPEC) ||
		    (kind == CONF_ADDR_TABLE) != (a->table[0] != '\0'))
			return -1;
		if (a->prefix.len > (a->prefix.addr.af == AF_INET6       ? 128 :
					    a->prefix.addr.af == AF_INET ? 32 :
									   0))
			return -1;
		masked = a->prefix.addr;
		addr_mask(&masked, a->prefix.len);
		if (addr_cmp(&masked, &a->prefix.addr) != 0)
			return -1;
	}
	return 0;
}

static int
put_ports(struct wire *w, const struct conf_rule *rule)
{
	const struct conf_port *p;

	TAILQ_FOREACH(p, &rule->ports, entry) {
		if (wire_room(w, MSG_CONF_RULE_PORTS) == -1)
			return -1;
		wbuf_u8(&w->w, p->negated != 0);
		wbuf_u16(&w->w, p->low);
		wbuf_u16(&w->w, p->high);
	}
	return wire_rest(w, MSG_CONF_RULE_PORTS);
}

static int
get_ports(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_port *p;

	while (r->left > 0) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&rule->ports, p, entry);
		p->negated = wire_flag(r);
		p->low = rbuf_u16(r);
		p->high = rbuf_u16(r);
		if (r->bad || p->low == 0 || p->low > p->high)
			return -1;
	}
	return 0;
}

static int
put_ons(struct wire *w, const struct conf_rule *rule)
{
	const struct conf_on *o;

	TAILQ_FOREACH(o, &rule->on, entry) {
		if (wire_room(w, MSG_CONF_RULE_ON) == -1)
			return -1;
		wbuf_u8(&w->w, o->negated != 0);
		wbuf_str8(&w->w, o->name);
	}
	return wire_rest(w, MSG_CONF_RULE_ON);
}

static int
get_ons(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_on *o;

	while (r->left > 0) {
		if ((o = calloc(1, sizeof(*o))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&rule->on, o, entry);
		o->negated = wire_flag(r);
		rbuf_str8(r, o->name, sizeof(o->name));
		if (r->bad || o->name[0] == '\0')
			return -1;
	}
	return 0;
}

/* Groups have a list of their own, but no message. */
static int
put_users(struct wire *w, const struct conf_rule *rule)
{
	if (put_user_list(w, &rule->users) == -1)
		return -1;
	return put_user_list(w, &rule->groups);
}

static int
put_user_list(struct wire *w, const struct conf_users *list)
{
	const struct conf_user *u;

	TAILQ_FOREACH(u, list, entry) {
		if (wire_room(w, MSG_CONF_RULE_USERS) == -1)
			return -1;
		wbuf_u8(&w->w, u->kind);
		wbuf_u8(&w->w, u->negated != 0);
		wbuf_str8(&w->w, u->name);
	}
	return wire_rest(w, MSG_CONF_RULE_USERS);
}

static int
get_users(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_user *u;

	while (r->left > 0) {
		if ((u = get_user(r)) == NULL)
			return -1;
		if (u->kind == CONF_USER_GROUP)
			TAILQ_INSERT_TAIL(&rule->groups, u, entry);
		else
			TAILQ_INSERT_TAIL(&rule->users, u, entry);
	}
	return 0;
}

static struct conf_user *
get_user(struct rbuf *r)
{
	struct conf_user *u;
	uint8_t           kind;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	kind = rbuf_u8(r);
	u->kind = kind;
	u->negated = wire_flag(r);
	rbuf_str8(r, u->name, sizeof(u->name));
	if (r->bad == 0 && kind <= CONF_USER_TABLE &&
	    (kind == CONF_USER_ANY) == (u->name[0] == '\0'))
		return u;
	free(u);
	return NULL;
}

static int
put_domains(struct wire *w, const struct conf_rule *rule)
{
	const struct conf_domain *d;

	TAILQ_FOREACH(d, &rule->domains, entry) {
		if (wire_room(w, MSG_CONF_RULE_DOMAINS) == -1)
			return -1;
		wbuf_u8(&w->w, d->kind);
		wbuf_u8(&w->w, d->negated != 0);
		wbuf_str8(&w->w, d->name);
	}
	return wire_rest(w, MSG_CONF_RULE_DOMAINS);
}

static int
get_domains(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_domain *d;
	uint8_t             kind;

	while (r->left > 0) {
		if ((d = calloc(1, sizeof(*d))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&rule->domains, d, entry);
		if ((kind = rbuf_u8(r)) > CONF_DOMAIN_TABLE)
			return -1;
		d->kind = kind;
		d->negated = wire_flag(r);
		rbuf_str8(r, d->name,
		    kind == CONF_DOMAIN_TABLE ? CONF_NAME_SIZE :
						sizeof(d->name));
		if (r->bad || d->name[0] == '\0')
			return -1;
	}
	return 0;
}

/* No letters are unknown. */
static int
put_countries(struct wire *w, const struct conf_rule *rule)
{
	const struct conf_country *c;

	TAILQ_FOREACH(c, &rule->countries, entry) {
		if (wire_room(w, MSG_CONF_RULE_COUNTRIES) == -1)
			return -1;
		wbuf_u8(&w->w, c->negated != 0);
		wbuf_str8(&w->w, c->code);
	}
	return wire_rest(w, MSG_CONF_RULE_COUNTRIES);
}

static int
get_countries(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_country *c;

	while (r->left > 0) {
		if ((c = calloc(1, sizeof(*c))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&rule->countries, c, entry);
		c->negated = wire_flag(r);
		rbuf_str8(r, c->code, sizeof(c->code));
		if (r->bad ||
		    (c->code[0] != '\0' &&
			(c->code[0] < 'A' || c->code[0] > 'Z' ||
			    c->code[1] < 'A' || c->code[1] > 'Z')))
			return -1;
	}
	return 0;
}

static int
put_times(struct wire *w, const struct conf_rule *rule)
{
	const struct conf_time *t;

	TAILQ_FOREACH(t, &rule->times, entry) {
		if (wire_room(w, MSG_CONF_RULE_TIMES) == -1)
			return -1;
		wbuf_u8(&w->w, t->negated != 0);
		wbuf_u16(&w->w, t->from);
		wbuf_u16(&w->w, t->to);
	}
	return wire_rest(w, MSG_CONF_RULE_TIMES);
}

static int
get_times(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_time *t;

	while (r->left > 0) {
		if ((t = calloc(1, sizeof(*t))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&rule->times, t, entry);
		t->negated = wire_flag(r);
		t->from = rbuf_u16(r);
		t->to = rbuf_u16(r);
		if (r->bad || t->from >= 24 * 60 || t->to == 0 ||
		    t->to > 24 * 60 || t->from == t->to)
			return -1;
	}
	return 0;
}

static int
put_days(struct wire *w, const struct conf_rule *rule)
{
	const struct conf_day *d;

	TAILQ_FOREACH(d, &rule->days, entry) {
		if (wire_room(w, MSG_CONF_RULE_DAYS) == -1)
			return -1;
		wbuf_u8(&w->w, d->negated != 0);
		wbuf_u8(&w->w, d->first);
		wbuf_u8(&w->w, d->last);
	}
	return wire_rest(w, MSG_CONF_RULE_DAYS);
}

static int
get_days(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_day *d;

	while (r->left > 0) {
		if ((d = calloc(1, sizeof(*d))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&rule->days, d, entry);
		d->negated = wire_flag(r);
		d->first = rbuf_u8(r);
		d->last = rbuf_u8(r);
		if (r->bad || d->first > 6 || d->last > 6)
			return -1;
	}
	return 0;
}
