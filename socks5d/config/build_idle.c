/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Settings that were given and have no effect, each with its place.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compat/nitems.h"
#include "config/build.h"
#include "config/idle.h"
#include "config/lex.h"

/* A process that works is ended after so many times "watchdog". */
#define WATCHDOG_BUSY 6

static int  is_unusual(const struct build *, unsigned int);
static void idle_logins(struct build *);
static void idle_files(struct build *);
static void idle_commands(struct build *);
static void idle_sessions(struct build *);
static void idle_associations(struct build *);
static int  range_is_new(const struct conf *, const struct conf_listener *);
static void idle_above(struct build *, unsigned int, uint32_t, const char *,
    uint32_t);
static void idle_times(struct build *);
static void idle_longer(struct build *, unsigned int, uint32_t, const char *,
    uint64_t);
static uint32_t longest(const struct conf *, uint32_t,
    uint32_t (*)(const struct conf_route *));
static uint32_t route_connect(const struct conf_route *);
static uint32_t route_idle(const struct conf_route *);
static uint32_t route_half_closed(const struct conf_route *);

void
build_idle(struct build *b)
{
	idle_logins(b);
	idle_files(b);
	idle_commands(b);
	idle_sessions(b);
	idle_associations(b);
	idle_times(b);
}

/*
 * True if the config says something else than the default: -nv prints those,
 * too, and what it prints warns of nothing new.
 */
static int
is_unusual(const struct build *b, unsigned int what)
{
	const struct conf_settings *s = &b->conf->set;

	if (what == BUILD_LOG_FLOWS)
		return b->conf->log.flows;
	if (what == BUILD_DNS_TIMEOUT)
		return b->conf->resolver.timeout_ms != CONF_DNS_TIMEOUT_MS;
	if (what >= SETTING_ID_MAX)
		return 1;
	if (setting_get(s, &settings[what]) != settings[what].start)
		return 1;
	return what == SETTING_ID_THROTTLE &&
	    (is_unusual(b, SETTING_ID_THROTTLE_IN) ||
		is_unusual(b, SETTING_ID_THROTTLE_BAN));
}

/* What is about logins, where nobody logs in. */
static void
idle_logins(struct build *b)
{
	static const unsigned int about[] = {
		BUILD_USERS,
		SETTING_ID_WORKERS,
		SETTING_ID_AUTH_CACHE,
		SETTING_ID_THROTTLE,
		SETTING_ID_USER_SESSIONS,
		SETTING_ID_USER_ASSOCIATIONS,
	};
	const struct lex_word *at;
	size_t                 i;

	if (idle_has_logins(b->conf))
		return;
	for (i = 0; i < nitems(about); i++)
		if ((at = b->once[about[i]]) != NULL && is_unusual(b, about[i]))
			lex_warn(b->lex, at,
			    "%s: no effect: no listener asks "
			    "for a login",
			    at->text);
}

static void
idle_files(struct build *b)
{
	const struct conf_rule *r;
	int                     countries = 0, quotas = 0;

	TAILQ_FOREACH(r, &b->conf->rules, entry) {
		countries |= !TAILQ_EMPTY(&r->countries);
		quotas |= r->limits.quota != 0;
	}
	if (countries == 0 && b->once[BUILD_GEOIP] != NULL)
		lex_warn(b->lex, b->once[BUILD_GEOIP],
		    "geoip: no effect: no "
		    "rule has to country");
	if (quotas == 0 && b->once[BUILD_QUOTAS] != NULL)
		lex_warn(b->lex, b->once[BUILD_QUOTAS],
		    "quotas: no effect: "
		    "no rule has a quota");
}

/* What is about UDP or BIND, where no rule passes it. */
static void
idle_commands(struct build *b)
{
	static const struct {
		unsigned int what;
		uint8_t      command;
		const char  *name;
	} about[] = {
		{ SETTING_ID_UDP, CONF_COMMAND_UDP, "UDP" },
		{ SETTING_ID_BIND, CONF_COMMAND_BIND, "BIND" },
		{ SETTING_ID_ASSOCIATIONS, CONF_COMMAND_UDP, "UDP" },
		{ SETTING_ID_SOURCE_ASSOCIATIONS, CONF_COMMAND_UDP, "UDP" },
		{ SETTING_ID_USER_ASSOCIATIONS, CONF_COMMAND_UDP, "UDP" },
		{ SETTING_ID_DESTINATIONS, CONF_COMMAND_UDP, "UDP" },
		{ SETTING_ID_WAITING, CONF_COMMAND_UDP, "UDP" },
		{ BUILD_LOG_FLOWS, CONF_COMMAND_UDP, "UDP" },
	};
	const struct lex_word *at;
	size_t                 i;

	for (i = 0; i < nitems(about); i++)
		if ((at = b->once[about[i].what]) != NULL &&
		    is_unusual(b, about[i].what) &&
		    idle_serves(b->conf, about[i].command) == 0)
			lex_warn(b->lex, at, "%s: no effect: no rule passes %s",
			    at->text, about[i].name);
}

/* What a smaller limit keeps anybody from reaching. */
static void
idle_sessions(struct build *b)
{
	const struct conf_settings *s = &b->conf->set;

	idle_above(b, SETTING_ID_PER_SOURCE, s->per_source, "half-open",
	    s->half_open);
	if (s->sessions == 0)
		return;
	idle_above(b, SETTING_ID_HALF_OPEN, s->half_open, "sessions",
	    s->sessions);
	if (s->source_sessions != CONF_NO_LIMIT)
		idle_above(b, SETTING_ID_SOURCE_SESSIONS, s->source_sessions,
		    "sessions", s->sessions);
	idle_above(b, SETTING_ID_USER_SESSIONS, s->user_sessions, "sessions",
	    s->sessions);
}

/* They are sessions, too, and each needs a port. */
static void
idle_associations(struct build *b)
{
	const struct conf_settings *s = &b->conf->set;
	const struct conf_listener *l;
	uint32_t                    ports = 0;

	if (s->source_sessions != 0 && s->source_sessions != CONF_NO_LIMIT)
		idle_above(b, SETTING_ID_SOURCE_ASSOCIATIONS,
		    s->source_associations, "source-sessions",
		    s->source_sessions);
	if (s->user_sessions != 0)
		idle_above(b, SETTING_ID_USER_ASSOCIATIONS,
		    s->user_associations, "user-sessions", s->user_sessions);
	if (s->sessions != 0)
		idle_above(b, SETTING_ID_ASSOCIATIONS, s->associations,
		    "sessions", s->sessions);
	if (s->associations == 0)
		return;
	idle_above(b, SETTING_ID_SOURCE_ASSOCIATIONS, s->source_associations,
	    "associations", s->associations);
	idle_above(b, SETTING_ID_USER_ASSOCIATIONS, s->user_associations,
	    "associations", s->associations);
	TAILQ_FOREACH(l, &b->conf->listeners, entry) {
		if (l->udp_ports.low == 0)
			return;
		if (range_is_new(b->conf, l))
			ports += l->udp_ports.high - l->udp_ports.low + 1U;
	}
	idle_above(b, SETTING_ID_ASSOCIATIONS, s->associations,
	    "the udp port of listeners", ports);
}

/* Listeners of one address may share their ports. */
static int
range_is_new(const struct conf *c, const struct conf_listener *of)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &c->listeners, entry) {
		if (l == of)
			break;
		if (addr_cmp(&l->addr, &of->addr) == 0 &&
		    l->udp_ports.low == of->udp_ports.low &&
		    l->udp_ports.high == of->udp_ports.high)
			return 0;
	}
	return 1;
}

static void
idle_above(struct build *b, unsigned int what, uint32_t n, const char *limit,
    uint32_t most)
{
	const struct lex_word *at = b->once[what];

	if (at != NULL && n > most && is_unusual(b, what))
		lex_warn(b->lex, at, "%s %u: no effect: %s allows %u in all",
		    at->text, n, limit, most);
}

/* What something shorter ends first. */
static void
idle_times(struct build *b)
{
	const struct conf_settings *s = &b->conf->set;
	uint32_t                    idle, half;

	idle = longest(b->conf, s->idle_ms, route_idle);
	half = longest(b->conf, s->half_closed_ms, route_half_closed);
	idle_longer(b, SETTING_ID_KEEPALIVE, s->keepalive_ms,
	    "timeouts idle and half-closed end sessions",
	    idle > half ? idle : half);
	idle_longer(b, BUILD_DNS_TIMEOUT, b->conf->resolver.timeout_ms,
	    "timeout connect ends the request",
	    longest(b->conf, s->connect_ms, route_connect));
	if (s->watchdog_ms != 0)
		idle_longer(b, SETTING_ID_SILENCE, s->silence_ms,
		    "watchdog ends the process",
		    (uint64_t)WATCHDOG_BUSY * s->watchdog_ms);
}

static void
idle_longer(struct build *b, unsigned int what, uint32_t ms, const char *other,
    uint64_t most)
{
	const struct lex_word *at = b->once[what];
	char text[CONF_DURATION_STRLEN], end[CONF_DURATION_STRLEN];

	if (at == NULL || ms <= most || !is_unusual(b, what))
		return;
	lex_warn(b->lex, at, "%s %s: no effect: %s after %s", at->text,
	    conf_duration_text(ms, text, sizeof(text)), other,
	    conf_duration_text((uint32_t)most, end, sizeof(end)));
}

/* The setting, or what a rule has in its place. */
static uint32_t
longest(const struct conf *c, uint32_t ms,
    uint32_t (*of)(const struct conf_route *))
{
	const struct conf_rule *r;
	uint32_t                n;

	TAILQ_FOREACH(r, &c->rules, entry)
		if ((n = of(&r->route)) > ms)
			ms = n;
	return ms;
}

static uint32_t
route_connect(const struct conf_route *r)
{
	return r->connect_ms;
}

static uint32_t
route_idle(const struct conf_route *r)
{
	return r->idle_ms;
}

static uint32_t
route_half_closed(const struct conf_route *r)
{
	return r->half_closed_ms;
}
