/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is said about a command and has no effect: see idle.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include "compat/nitems.h"
#include "conf/conf.h"
#include "config/idle.h"
#include "config/idle_part.h"

void
idle_command(struct idle *w, const struct conf_rule *r)
{
	static const struct {
		enum effect_id effect;
		uint8_t        commands; /* that have it */
		const char    *names;
	} about[] = {
		{ EFFECT_ID_INBOUND, CONF_COMMAND_UDP, "UDP" },
		{ EFFECT_ID_IDLE, CONF_COMMAND_CONNECT | CONF_COMMAND_BIND,
		    "CONNECT and no BIND" },
		{ EFFECT_ID_HALF_CLOSED,
		    CONF_COMMAND_CONNECT | CONF_COMMAND_BIND,
		    "CONNECT and no BIND" },
		{ EFFECT_ID_UDP, CONF_COMMAND_UDP, "UDP" },
		{ EFFECT_ID_BIND, CONF_COMMAND_BIND, "BIND" },
	};
	const struct effect *row;
	uint8_t              all = 0, bit;
	size_t               i;

	for (bit = CONF_COMMAND_CONNECT; bit <= CONF_COMMAND_UDP; bit <<= 1)
		if (idle_carries(w->conf, r, bit))
			all |= bit;
	for (i = 0; i < nitems(about); i++) {
		row = &effects[about[i].effect];
		if (effect_given(&r->route, row) &&
		    (all & about[i].commands) == 0)
			idle_say(w, IDLE_RULE, r->file, r->line,
			    "%s%s%s: no effect: the rule passes no %s",
			    row->group, row->group[0] == '\0' ? "" : " ",
			    row->word, about[i].names);
	}
	if (r->commands == 0 && r->route.via[0] != '\0' &&
	    (all & CONF_COMMAND_UDP) == 0 && w->udp)
		idle_say(w, IDLE_RULE, r->file, r->line,
		    "via \"%s\": UDP does not pass by this rule: %s; name the "
		    "commands that are meant, as in command connect",
		    r->route.via,
		    conf_upstream_find(w->conf, r->route.via)->via[0] != '\0' ?
			"the upstream is reached via another one" :
			"not all its members are said to relay it");
}

int
idle_carries(const struct conf *c, const struct conf_rule *r, uint8_t command)
{
	if (conf_rule_passes(r, command) == 0)
		return 0;
	if (command == CONF_COMMAND_BIND && r->route.rdr.af != AF_UNSPEC)
		return 0;
	if (r->route.via[0] == '\0' || command == CONF_COMMAND_CONNECT)
		return 1;
	return command == CONF_COMMAND_UDP &&
	    conf_upstream_udp(conf_upstream_find(c, r->route.via));
}

int
idle_serves(const struct conf *c, uint8_t command)
{
	const struct conf_rule *r;

	TAILQ_FOREACH(r, &c->rules, entry)
		if (idle_carries(c, r, command))
			return 1;
	return 0;
}

int
idle_wants_udp(const struct conf *c)
{
	const struct conf_listener *l;
	const struct conf_rule     *r;

	TAILQ_FOREACH(l, &c->listeners, entry)
		if (idle_has_udp(l))
			return 1;
	TAILQ_FOREACH(r, &c->rules, entry)
		if (r->action == CONF_PASS &&
		    (r->commands & CONF_COMMAND_UDP) != 0)
			return 1;
	return 0;
}

int
idle_has_udp(const struct conf_listener *l)
{
	return l->udp_ports.low != 0 || l->udp_addr.af != AF_UNSPEC;
}
