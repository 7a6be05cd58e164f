/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A rule over channels: encoder and decoder of the rule and of each of its
 * lists side by side.
 *
 * Linked by all roles.  Pure.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "conf/wire_rule.h"

static int	put_addrs(struct wire *, enum msg_type,
		    const struct conf_addrs *);
static int	put_ports(struct wire *, const struct conf_ports *);
static int	put_ons(struct wire *, const struct conf_ons *);
static int	put_users(struct wire *, enum msg_type,
		    const struct conf_users *);
static struct conf_user	*get_user(struct rbuf *);

int
wire_put_rule(struct wire *w, const struct conf_rule *rule)
{
	wbuf_u32(&w->w, rule->number);
	wbuf_u8(&w->w, rule->action);
	wbuf_u8(&w->w, rule->quick != 0);
	wbuf_u8(&w->w, rule->log != 0);
	wbuf_u8(&w->w, rule->drop != 0);
	wbuf_u8(&w->w, rule->commands);
	wire_put_effects(w, rule);
	wbuf_str8(&w->w, rule->label);
	wbuf_str16(&w->w, rule->file);
	wbuf_u32(&w->w, rule->line);
	wbuf_u32(&w->w, rule->shadow);
	if (wire_emit(w, MSG_CONF_RULE, -1) == -1 ||
	    put_addrs(w, MSG_CONF_RULE_FROM, &rule->from) == -1 ||
	    put_addrs(w, MSG_CONF_RULE_TO, &rule->to) == -1 ||
	    put_ports(w, &rule->ports) == -1)
		return -1;
	if (put_ons(w, &rule->on) == -1 ||
	    put_users(w, MSG_CONF_RULE_USERS, &rule->users) == -1)
		return -1;
	if (put_users(w, MSG_CONF_RULE_USERS, &rule->groups) == -1)
		return -1;
	return wire_put_conditions(w, rule);
}

int
wire_get_rule(struct conf *c, struct rbuf *r)
{
	struct conf_rule	*rule;

	if ((rule = conf_rule_new()) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&c->rules, rule, entry);
	rule->number = rbuf_u32(r);
	rule->action = wire_flag(r) ? CONF_PASS : CONF_BLOCK;
	rule->quick = wire_flag(r);
	rule->log = wire_flag(r);
	rule->drop = wire_flag(r);
	if ((rule->commands = rbuf_u8(r)) > CONF_COMMANDS ||
	    wire_get_effects(rule, r) == -1)
		return -1;
	rbuf_str8(r, rule->label, sizeof(rule->label));
	rbuf_str16(r, rule->file, sizeof(rule->file));
	rule->line = rbuf_u32(r);
	/* Nothing but itself or one before it is to blame. */
	rule->shadow = rbuf_u32(r);
	return rule->shadow > rule->number + 1 ? -1 : 0;
}

static int
put_addrs(struct wire *w, enum msg_type type, const struct conf_addrs *list)
{
	const struct conf_addr	*a;

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

int
wire_get_addrs(struct conf_addrs *list, struct rbuf *r)
{
	struct conf_addr	*a;
	struct addr		 masked;
	uint8_t			 kind;

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
		if (r->bad || kind > CONF_ADDR_TABLE || (kind ==
		    CONF_ADDR_PREFIX) != (a->prefix.addr.af != AF_UNSPEC) ||
		    (kind == CONF_ADDR_TABLE) != (a->table[0] != '\0'))
			return -1;
		if (a->prefix.len > (a->prefix.addr.af == AF_INET6 ? 128 :
		    a->prefix.addr.af == AF_INET ? 32 : 0))
			return -1;
		masked = a->prefix.addr;
		addr_mask(&masked, a->prefix.len);
		if (addr_cmp(&masked, &a->prefix.addr) != 0)
			return -1;
	}
	return 0;
}

static int
put_ports(struct wire *w, const struct conf_ports *list)
{
	const struct conf_port	*p;

	TAILQ_FOREACH(p, list, entry) {
		if (wire_room(w, MSG_CONF_RULE_PORTS) == -1)
			return -1;
		wbuf_u8(&w->w, p->negated != 0);
		wbuf_u16(&w->w, p->low);
		wbuf_u16(&w->w, p->high);
	}
	return wire_rest(w, MSG_CONF_RULE_PORTS);
}

int
wire_get_ports(struct conf_ports *list, struct rbuf *r)
{
	struct conf_port	*p;

	while (r->left > 0) {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(list, p, entry);
		p->negated = wire_flag(r);
		p->low = rbuf_u16(r);
		p->high = rbuf_u16(r);
		if (r->bad || p->low == 0 || p->low > p->high)
			return -1;
	}
	return 0;
}

static int
put_ons(struct wire *w, const struct conf_ons *list)
{
	const struct conf_on	*o;

	TAILQ_FOREACH(o, list, entry) {
		if (wire_room(w, MSG_CONF_RULE_ON) == -1)
			return -1;
		wbuf_u8(&w->w, o->negated != 0);
		wbuf_str8(&w->w, o->name);
	}
	return wire_rest(w, MSG_CONF_RULE_ON);
}

int
wire_get_ons(struct conf_ons *list, struct rbuf *r)
{
	struct conf_on	*o;

	while (r->left > 0) {
		if ((o = calloc(1, sizeof(*o))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(list, o, entry);
		o->negated = wire_flag(r);
		rbuf_str8(r, o->name, sizeof(o->name));
		if (r->bad || o->name[0] == '\0')
			return -1;
	}
	return 0;
}

static int
put_users(struct wire *w, enum msg_type type, const struct conf_users *list)
{
	const struct conf_user	*u;

	TAILQ_FOREACH(u, list, entry) {
		if (wire_room(w, type) == -1)
			return -1;
		wbuf_u8(&w->w, u->kind);
		wbuf_u8(&w->w, u->negated != 0);
		wbuf_str8(&w->w, u->name);
	}
	return wire_rest(w, type);
}

/* Groups have a list of their own. */
int
wire_get_users(struct conf_rule *rule, struct rbuf *r)
{
	struct conf_user	*u;

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
	struct conf_user	*u;
	uint8_t			 kind;

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

int
wire_put_table(struct wire *w, const struct conf_table *t)
{
	wbuf_str8(&w->w, t->name);
	wbuf_u8(&w->w, t->kind);
	wire_put_image(w, &t->image);
	wbuf_str16(&w->w, t->path);
	wbuf_str16(&w->w, t->file);
	wbuf_u32(&w->w, t->line);
	return wire_emit(w, MSG_CONF_TABLE, t->fd);
}

int
wire_get_table(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_table	*t;
	uint8_t			 kind;

	if ((t = conf_table_new()) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&c->tables, t, entry);
	t->fd = msg_take_fd(m);
	rbuf_str8(r, t->name, sizeof(t->name));
	if ((kind = rbuf_u8(r)) > CONF_TABLE_USER)
		return -1;
	t->kind = kind;
	wire_get_image(&t->image, r);
	rbuf_str16(r, t->path, sizeof(t->path));
	rbuf_str16(r, t->file, sizeof(t->file));
	t->line = rbuf_u32(r);
	return t->name[0] == '\0' ? -1 : 0;
}

/* Which file it is from, only the parent knows. */
void
wire_put_image(struct wire *w, const struct conf_image *image)
{
	wbuf_u64(&w->w, image->size);
	wbuf_u64(&w->w, image->loaded_ms);
	wbuf_u8(&w->w, image->changed != 0);
}

void
wire_get_image(struct conf_image *image, struct rbuf *r)
{
	image->size = rbuf_u64(r);
	image->loaded_ms = rbuf_u64(r);
	image->changed = wire_flag(r);
}
