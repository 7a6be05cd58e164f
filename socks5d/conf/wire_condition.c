/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A rule's names, countries, times and days over channels: encoder and decoder
 * of each list side by side.
 *
 * Linked by all roles.  Pure.
 */

#include <sys/types.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/msg.h"
#include "conf/conf.h"
#include "conf/wire_rule.h"

static int	put_domains(struct wire *, const struct conf_domains *);
static int	put_countries(struct wire *, const struct conf_countries *);
static int	put_times(struct wire *, const struct conf_times *);
static int	put_days(struct wire *, const struct conf_days *);

int
wire_put_conditions(struct wire *w, const struct conf_rule *rule)
{
	if (put_domains(w, &rule->domains) == -1 ||
	    put_countries(w, &rule->countries) == -1 ||
	    put_times(w, &rule->times) == -1)
		return -1;
	return put_days(w, &rule->days);
}

static int
put_domains(struct wire *w, const struct conf_domains *list)
{
	const struct conf_domain	*d;

	TAILQ_FOREACH(d, list, entry) {
		if (wire_room(w, MSG_CONF_RULE_DOMAINS) == -1)
			return -1;
		wbuf_u8(&w->w, d->kind);
		wbuf_u8(&w->w, d->negated != 0);
		wbuf_str8(&w->w, d->name);
	}
	return wire_rest(w, MSG_CONF_RULE_DOMAINS);
}

int
wire_get_domains(struct conf_domains *list, struct rbuf *r)
{
	struct conf_domain	*d;
	uint8_t			 kind;

	while (r->left > 0) {
		if ((d = calloc(1, sizeof(*d))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(list, d, entry);
		if ((kind = rbuf_u8(r)) > CONF_DOMAIN_TABLE)
			return -1;
		d->kind = kind;
		d->negated = wire_flag(r);
		rbuf_str8(r, d->name, kind == CONF_DOMAIN_TABLE ?
		    CONF_NAME_SIZE : sizeof(d->name));
		if (r->bad || d->name[0] == '\0')
			return -1;
	}
	return 0;
}

/* No letters are unknown. */
static int
put_countries(struct wire *w, const struct conf_countries *list)
{
	const struct conf_country	*c;

	TAILQ_FOREACH(c, list, entry) {
		if (wire_room(w, MSG_CONF_RULE_COUNTRIES) == -1)
			return -1;
		wbuf_u8(&w->w, c->negated != 0);
		wbuf_str8(&w->w, c->code);
	}
	return wire_rest(w, MSG_CONF_RULE_COUNTRIES);
}

int
wire_get_countries(struct conf_countries *list, struct rbuf *r)
{
	struct conf_country	*c;

	while (r->left > 0) {
		if ((c = calloc(1, sizeof(*c))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(list, c, entry);
		c->negated = wire_flag(r);
		rbuf_str8(r, c->code, sizeof(c->code));
		if (r->bad || (c->code[0] != '\0' && (c->code[0] < 'A' ||
		    c->code[0] > 'Z' || c->code[1] < 'A' ||
		    c->code[1] > 'Z')))
			return -1;
	}
	return 0;
}

static int
put_times(struct wire *w, const struct conf_times *list)
{
	const struct conf_time	*t;

	TAILQ_FOREACH(t, list, entry) {
		if (wire_room(w, MSG_CONF_RULE_TIMES) == -1)
			return -1;
		wbuf_u8(&w->w, t->negated != 0);
		wbuf_u16(&w->w, t->from);
		wbuf_u16(&w->w, t->to);
	}
	return wire_rest(w, MSG_CONF_RULE_TIMES);
}

int
wire_get_times(struct conf_times *list, struct rbuf *r)
{
	struct conf_time	*t;

	while (r->left > 0) {
		if ((t = calloc(1, sizeof(*t))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(list, t, entry);
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
put_days(struct wire *w, const struct conf_days *list)
{
	const struct conf_day	*d;

	TAILQ_FOREACH(d, list, entry) {
		if (wire_room(w, MSG_CONF_RULE_DAYS) == -1)
			return -1;
		wbuf_u8(&w->w, d->negated != 0);
		wbuf_u8(&w->w, d->first);
		wbuf_u8(&w->w, d->last);
	}
	return wire_rest(w, MSG_CONF_RULE_DAYS);
}

int
wire_get_days(struct conf_days *list, struct rbuf *r)
{
	struct conf_day	*d;

	while (r->left > 0) {
		if ((d = calloc(1, sizeof(*d))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(list, d, entry);
		d->negated = wire_flag(r);
		d->first = rbuf_u8(r);
		d->last = rbuf_u8(r);
		if (r->bad || d->first > 6 || d->last > 6)
			return -1;
	}
	return 0;
}
