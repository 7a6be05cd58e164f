/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration over channels: which sections there are, and each of them
 * sent to the roles that may have it.  What a section is made of is in the
 * other files wire_*.c, encoder and decoder side by side.
 */

#include <sys/types.h>

#include <unistd.h>

#include "compat/nitems.h"
#include "conf/wire.h"
#include "conf/wire_part.h"

/* In the order that they are sent; a part follows what it is a part of. */
static const struct wire_section {
	enum msg_type type;
	int (*put)(struct wire *, const struct conf *);
	/* NULL: sent by the one above */
	int (*get)(struct conf *, struct rbuf *, struct msg *);
} wire_sections[] = {
	{ MSG_CONF_SETTINGS, wire_put_settings, wire_get_settings },
	{ MSG_CONF_LOG, wire_put_log, wire_get_log },
	{ MSG_CONF_RESOLVER, wire_put_resolver, wire_get_resolver },
	{ MSG_CONF_HOST, wire_put_hosts, wire_get_hosts },
	{ MSG_CONF_LISTENER, wire_put_listeners, wire_get_listener },
	{ MSG_CONF_TABLE, wire_put_tables, wire_get_table },
	{ MSG_CONF_GEOIP, wire_put_geoip, wire_get_geoip },
	{ MSG_CONF_UPSTREAM, wire_put_upstreams, wire_get_upstream },
	{ MSG_CONF_MEMBER, NULL, wire_get_member },
	{ MSG_CONF_RULE, wire_put_rules, wire_get_rule },
	{ MSG_CONF_RULE_FROM, NULL, wire_get_condition },
	{ MSG_CONF_RULE_TO, NULL, wire_get_condition },
	{ MSG_CONF_RULE_PORTS, NULL, wire_get_condition },
	{ MSG_CONF_RULE_ON, NULL, wire_get_condition },
	{ MSG_CONF_RULE_USERS, NULL, wire_get_condition },
	{ MSG_CONF_RULE_DOMAINS, NULL, wire_get_condition },
	{ MSG_CONF_RULE_COUNTRIES, NULL, wire_get_condition },
	{ MSG_CONF_RULE_TIMES, NULL, wire_get_condition },
	{ MSG_CONF_RULE_DAYS, NULL, wire_get_condition },
	{ MSG_CONF_USERS, wire_put_users, wire_get_users },
};

static int get_begin(struct conf **, struct rbuf *);
static int get_section(struct conf *, struct rbuf *, struct msg *);

int
conf_send(const struct conf *c, enum proc_id role, conf_emit emit, void *arg)
{
	struct wire w;
	size_t      i;

	w.emit = emit;
	w.arg = arg;
	w.role = role;
	wire_begin(&w);
	wbuf_u32(&w.w, c->generation);
	if (wire_emit(&w, MSG_CONF_BEGIN, -1) == -1)
		return -1;
	for (i = 0; i < nitems(wire_sections); i++) {
		if (wire_sections[i].put != NULL &&
		    msg_goes(wire_sections[i].type, PROC_PARENT, role) &&
		    wire_sections[i].put(&w, c) == -1)
			return -1;
	}
	return wire_emit(&w, MSG_CONF_END, -1);
}

enum conf_progress
conf_receive(struct conf **next, struct msg *m)
{
	struct rbuf r;
	int         ok;

	rbuf_init(&r, m->data, m->len);
	if (m->type == MSG_CONF_BEGIN)
		ok = get_begin(next, &r);
	else if (*next == NULL)
		ok = -1;
	else
		ok = get_section(*next, &r, m);
	if (ok == -1 || rbuf_done(&r) == 0) {
		conf_discard(*next);
		*next = NULL;
		return CONF_REFUSED;
	}
	return m->type == MSG_CONF_END ? CONF_COMPLETE : CONF_MORE;
}

static int
get_begin(struct conf **next, struct rbuf *r)
{
	if (*next != NULL || (*next = conf_new()) == NULL)
		return -1;
	(*next)->generation = rbuf_u32(r);
	return 0;
}

static int
get_section(struct conf *c, struct rbuf *r, struct msg *m)
{
	size_t i;

	if (m->type == MSG_CONF_END)
		return 0;
	for (i = 0; i < nitems(wire_sections); i++)
		if (wire_sections[i].type == m->type)
			return wire_sections[i].get(c, r, m);
	return -1;
}

void
conf_discard(struct conf *c)
{
	struct conf_listener *l;
	struct conf_table    *t;

	if (c == NULL)
		return;
	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (l->fd != -1)
			close(l->fd);
	}
	TAILQ_FOREACH(t, &c->tables, entry) {
		if (t->fd != -1)
			close(t->fd);
	}
	if (c->geoip_fd != -1)
		close(c->geoip_fd);
	if (c->users_fd != -1)
		close(c->users_fd);
	conf_free(c);
}
