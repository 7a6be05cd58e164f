/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The settings and the sections of the log and the resolver over channels.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/hostname.h"
#include "conf/wire_part.h"

static uint32_t connect_most(const struct conf *);

/* Relays have no rules, but must know how long their router may take. */
static uint32_t
connect_most(const struct conf *c)
{
	const struct conf_rule *rule;
	uint32_t                most = c->set.connect_ms;

	TAILQ_FOREACH(rule, &c->rules, entry)
		if (rule->route.connect_ms > most)
			most = rule->route.connect_ms;
	return most;
}

int
wire_put_settings(struct wire *w, const struct conf *c)
{
	const struct conf_settings *s = &c->set;
	unsigned int                i;

	for (i = 0; i < SETTING_ID_MAX; i++)
		if ((settings[i].flags & SETTING_LOCAL) == 0)
			wbuf_u32(&w->w, setting_get(s, &settings[i]));
	wbuf_u32(&w->w, connect_most(c));
	wbuf_u8(&w->w, s->nnat64);
	for (i = 0; i < s->nnat64; i++) {
		wbuf_addr(&w->w, &s->nat64[i].addr);
		wbuf_u8(&w->w, s->nat64[i].len);
	}
	return wire_emit(w, MSG_CONF_SETTINGS, -1);
}

int
wire_get_settings(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_settings *s = &c->set;
	struct prefix        *p;
	struct addr           masked;
	unsigned int          i;

	for (i = 0; i < SETTING_ID_MAX; i++)
		if ((settings[i].flags & SETTING_LOCAL) == 0)
			*setting_place(s, &settings[i]) = rbuf_u32(r);
	s->connect_most_ms = rbuf_u32(r);
	if ((s->nnat64 = rbuf_u8(r)) > NAT64_MAX)
		return -1;
	for (i = 0; i < s->nnat64; i++) {
		p = &s->nat64[i];
		rbuf_addr(r, &p->addr);
		p->len = rbuf_u8(r);
		masked = p->addr;
		addr_mask(&masked, p->len);
		if (r->bad || nat64_is_prefix(p) == 0 ||
		    addr_cmp(&masked, &p->addr) != 0)
			return -1;
	}
	return (s->source_new_count == 0) == (s->source_new_ms == 0) ? 0 : -1;
}

int
wire_put_log(struct wire *w, const struct conf *c)
{
	wbuf_u8(&w->w, c->log.dest);
	wbuf_u8(&w->w, c->log.format);
	wbuf_u8(&w->w, c->log.sessions != 0);
	wbuf_u8(&w->w, c->log.flows != 0);
	return wire_emit(w, MSG_CONF_LOG, -1);
}

int
wire_get_log(struct conf *c, struct rbuf *r, struct msg *m)
{
	c->log.dest = wire_flag(r) ? CONF_LOG_STDERR : CONF_LOG_SYSLOG;
	c->log.format = wire_flag(r) ? CONF_LOG_JSON : CONF_LOG_TEXT;
	c->log.sessions = wire_flag(r);
	c->log.flows = wire_flag(r);
	return 0;
}

int
wire_put_resolver(struct wire *w, const struct conf *c)
{
	const struct conf_resolver *res = &c->resolver;
	unsigned int                i;

	wbuf_u8(&w->w, res->from_system != 0);
	wbuf_u8(&w->w, res->family);
	wbuf_u32(&w->w, res->timeout_ms);
	wbuf_u32(&w->w, res->cache);
	wbuf_u8(&w->w, res->nns);
	for (i = 0; i < res->nns; i++) {
		wbuf_addr(&w->w, &res->ns[i].addr);
		wbuf_u16(&w->w, res->ns[i].port);
		wbuf_str8(&w->w, res->ns[i].zone);
		wbuf_u32(&w->w, res->ns[i].scope);
	}
	return wire_emit(w, MSG_CONF_RESOLVER, -1);
}

int
wire_get_resolver(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_resolver *res = &c->resolver;
	unsigned int          i;
	uint8_t               family;

	res->from_system = wire_flag(r);
	if ((family = rbuf_u8(r)) > CONF_FAMILY_INET6)
		return -1;
	res->family = family;
	res->timeout_ms = rbuf_u32(r);
	res->cache = rbuf_u32(r);
	if ((res->nns = rbuf_u8(r)) > CONF_NAMESERVERS_MAX)
		return -1;
	for (i = 0; i < res->nns; i++) {
		rbuf_addr(r, &res->ns[i].addr);
		res->ns[i].port = rbuf_u16(r);
		rbuf_str8(r, res->ns[i].zone, sizeof(res->ns[i].zone));
		res->ns[i].scope = rbuf_u32(r);
		if (res->ns[i].addr.af == AF_UNSPEC)
			return -1;
	}
	return 0;
}

/* Items until the end of the payload, here and in the lists of rules. */
int
wire_put_hosts(struct wire *w, const struct conf *c)
{
	const struct conf_host *h;

	TAILQ_FOREACH(h, &c->hosts, entry) {
		if (wire_room(w, MSG_CONF_HOST) == -1)
			return -1;
		wbuf_addr(&w->w, &h->addr);
		wbuf_str8(&w->w, h->name);
	}
	return wire_rest(w, MSG_CONF_HOST);
}

int
wire_get_hosts(struct conf *c, struct rbuf *r, struct msg *m)
{
	struct conf_host *h;
	struct addr       addr;
	char              name[HOSTNAME_MAX + 1];

	while (r->left > 0) {
		rbuf_addr(r, &addr);
		rbuf_str8(r, name, sizeof(name));
		if (r->bad || addr.af == AF_UNSPEC || name[0] == '\0')
			return -1;
		if ((h = calloc(1, sizeof(*h))) == NULL)
			return -1;
		TAILQ_INSERT_TAIL(&c->hosts, h, entry);
		h->addr = addr;
		if ((h->name = strdup(name)) == NULL)
			return -1;
	}
	return 0;
}
