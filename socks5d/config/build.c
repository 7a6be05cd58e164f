/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the grammar's actions do: words become values of the config.
 *
 * Linked by the parent alone.  Here are settings, name servers, control and
 * macros; listeners and rules are in build_rule.c, the rest is in the files
 * that are called like it.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/proc.h"
#include "base/wall.h"
#include "config/arena.h"
#include "config/build.h"
#include "config/lex.h"
#include "config/slip.h"
#include "config/source.h"

#define SECOND		1000U
#define MINUTE		(60 * SECOND)
#define HOUR		(60 * MINUTE)
#define DAY		(24 * HOUR)

/* Where a number goes and how large it may be. */
struct build_range {
	uint32_t	low;
	uint32_t	high;
	const char	*text;		/* the two in the words of the page */
};

/* Fixed limits, so that no arithmetic on them can overflow. */
static const struct build_range	build_ranges[BUILD_ONCE_MAX] = {
	[BUILD_RELAYS] = { 1, RELAYS_MAX, "1 to 64" },
	[BUILD_SESSIONS] = { 1, 1000000, "1 to 1000000" },
	[BUILD_HANDSHAKE] = { 100, 10 * MINUTE, "100ms to 10m" },
	[BUILD_CONNECT] = { 100, 10 * MINUTE, "100ms to 10m" },
	[BUILD_IDLE] = { 100, 7 * DAY, "100ms to 7d" },
	[BUILD_HALF_CLOSED] = { 100, 7 * DAY, "100ms to 7d" },
	[BUILD_KEEPALIVE] = { 2 * SECOND, 12 * HOUR, "2s to 12h" },
	[BUILD_DRAIN] = { 0, 1 * HOUR, "0s to 1h" },
	[BUILD_SILENCE] = { 1 * SECOND, 1 * HOUR, "1s to 1h" },
	[BUILD_WATCHDOG] = { 1 * SECOND, 1 * HOUR, "1s to 1h" },
	[BUILD_HALF_OPEN] = { 1, 1000000, "1 to 1000000" },
	[BUILD_PER_SOURCE] = { 1, 1000000, "1 to 1000000" },
	[BUILD_SOURCE_SESSIONS] = { 1, 1000000, "1 to 1000000" },
	[BUILD_USER_SESSIONS] = { 1, 1000000, "1 to 1000000" },
	[BUILD_WORKERS] = { 1, HASHERS_MAX, "1 to 16" },
	[BUILD_AUTH_CACHE] = { 0, 1 * DAY, "0s to 1d" },
	[BUILD_THROTTLE_AFTER] = { 1, 10000, "1 to 10000" },
	[BUILD_THROTTLE_IN] = { 1 * SECOND, 1 * DAY, "1s to 1d" },
	[BUILD_THROTTLE_BAN] = { 1 * SECOND, 12 * HOUR, "1s to 12h" },
	[BUILD_DNS_TIMEOUT] = { 100, 60 * SECOND, "100ms to 60s" },
	[BUILD_CACHE] = { 0, 1000000, "0 to 1000000" },
};

_Static_assert(RELAYS_MAX == 64, "the range of set relays is in words too");
_Static_assert(HASHERS_MAX == 16, "the range of workers is in words too");

static uint32_t	*build_place(struct build *, enum build_once);
static void	 build_at(struct conf_place *, const struct lex_word *);
static int	 build_account(struct build *, const char *,
		    const struct lex_word *);

void
build_number(struct build *b, enum build_once what, const struct lex_word *at,
    const struct lex_word *value)
{
	const struct build_range	*r = &build_ranges[what];
	const char			*fault = NULL;
	uint32_t			 n = 0;

	/* strtonum() alone would take blanks and a sign. */
	if (isdigit((unsigned char)value->text[0]))
		n = strtonum(value->text, r->low, r->high, &fault);
	else
		fault = "no number";
	if (fault != NULL) {
		lex_error(b->lex, value, "%s %s: not %s", at->text,
		    lex_shown(b->lex, value), r->text);
		return;
	}
	if (build_once(b, what, at))
		*build_place(b, what) = n;
}

void
build_source_sessions_off(struct build *b, const struct lex_word *at)
{
	if (build_once(b, BUILD_SOURCE_SESSIONS, at))
		*build_place(b, BUILD_SOURCE_SESSIONS) = CONF_NO_LIMIT;
}

void
build_duration(struct build *b, enum build_once what,
    const struct lex_word *at, const struct lex_word *value)
{
	const struct build_range	*r = &build_ranges[what];
	uint64_t			 ms;

	if (build_parse_duration(value->text, &ms) == -1) {
		lex_error(b->lex, value, "%s %s: not a number with one of the "
		    "units ms, s, m, h, d, as in 10s", at->text,
		    lex_shown(b->lex, value));
		return;
	}
	if (ms < r->low || ms > r->high) {
		lex_error(b->lex, value, "%s %s: not %s", at->text,
		    lex_shown(b->lex, value), r->text);
		return;
	}
	if (build_once(b, what, at))
		*build_place(b, what) = ms;
}

static uint32_t *
build_place(struct build *b, enum build_once what)
{
	struct conf	*c = b->conf;

	switch (what) {
	case BUILD_RELAYS:
		return &c->set.relays;
	case BUILD_SESSIONS:
		return &c->set.sessions;
	case BUILD_HANDSHAKE:
		return &c->set.handshake_ms;
	case BUILD_CONNECT:
		return &c->set.connect_ms;
	case BUILD_IDLE:
		return &c->set.idle_ms;
	case BUILD_HALF_CLOSED:
		return &c->set.half_closed_ms;
	case BUILD_KEEPALIVE:
		return &c->set.keepalive_ms;
	case BUILD_DRAIN:
		return &c->set.drain_ms;
	case BUILD_SILENCE:
		return &c->set.silence_ms;
	case BUILD_WATCHDOG:
		return &c->set.watchdog_ms;
	case BUILD_HALF_OPEN:
		return &c->set.half_open;
	case BUILD_PER_SOURCE:
		return &c->set.per_source;
	case BUILD_SOURCE_SESSIONS:
		return &c->set.source_sessions;
	case BUILD_USER_SESSIONS:
		return &c->set.user_sessions;
	case BUILD_WORKERS:
		return &c->set.auth_workers;
	case BUILD_AUTH_CACHE:
		return &c->set.auth_cache_ms;
	case BUILD_THROTTLE_AFTER:
		return &c->set.throttle_failures;
	case BUILD_THROTTLE_IN:
		return &c->set.throttle_within_ms;
	case BUILD_THROTTLE_BAN:
		return &c->set.throttle_ban_ms;
	case BUILD_DNS_TIMEOUT:
		return &c->resolver.timeout_ms;
	case BUILD_CACHE:
		return &c->resolver.cache;
	case BUILD_SOURCE_NEW:
	case BUILD_THROTTLE:
	case BUILD_USERS:
	case BUILD_GEOIP:
	case BUILD_QUOTAS:
	case BUILD_USER:
	case BUILD_CHROOT:
	case BUILD_NAT64:
	case BUILD_REQUIRE:
	case BUILD_NAMESERVER:
	case BUILD_FAMILY:
	case BUILD_CONTROL:
	case BUILD_LOG_DEST:
	case BUILD_LOG_FORMAT:
	case BUILD_LOG_SESSIONS:
	case BUILD_ONCE_MAX:
		break;
	}
	abort();	/* the grammar asked for something without a number */
}

void
build_user(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	if (build_account(b, at->text, value) == 0 &&
	    build_once(b, BUILD_USER, at)) {
		(void)strlcpy(b->conf->user, value->text,
		    sizeof(b->conf->user));
	}
}

/* A user or a group: what useradd(8) would take, so that nothing is escaped. */
static int
build_account(struct build *b, const char *what,
    const struct lex_word *value)
{
	const char	*p;

	for (p = value->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) || (!isalnum((unsigned char)*p)
		    && strchr("_.-", *p) == NULL))
			break;
	}
	if (*p == '\0' && p != value->text && value->text[0] != '-' &&
	    p - value->text < CONF_NAME_SIZE)
		return 0;
	lex_error(b->lex, value, "%s %s: not a name of 1 to %d letters, "
	    "digits, _, . or -", what, lex_shown(b->lex, value),
	    CONF_NAME_SIZE - 1);
	return -1;
}

void
build_chroot(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	if (build_path(b, at->text, value, sizeof(b->conf->chroot)) == 0 &&
	    build_once(b, BUILD_CHROOT, at))
		(void)strlcpy(b->conf->chroot, value->text,
		    sizeof(b->conf->chroot));
}

/* A prefix that a translator of this network uses. */
void
build_nat64(struct build *b, const struct lex_word *value)
{
	struct conf_settings	*s = &b->conf->set;
	struct prefix		 p;
	unsigned int		 i;

	if (build_prefix(b, &p, value, " or prefix") == -1)
		return;
	if (nat64_is_prefix(&p) == 0) {
		lex_error(b->lex, value, "nat64 %s: not an IPv6 prefix of 32, "
		    "40, 48, 56, 64 or 96 bits, of which 64 to 71 are 0",
		    lex_shown(b->lex, value));
		return;
	}
	for (i = 0; i < s->nnat64; i++) {
		if (s->nat64[i].len == p.len &&
		    addr_cmp(&s->nat64[i].addr, &p.addr) == 0) {
			lex_error(b->lex, value, "nat64 %s: given twice",
			    value->text);
			return;
		}
	}
	if (s->nnat64 == NAT64_MAX) {
		lex_error(b->lex, value, "nat64 %s: more than %d of them",
		    value->text, NAT64_MAX);
		return;
	}
	s->nat64[s->nnat64++] = p;
}

/* One of the names that "show status" has, or all of them. */
void
build_require(struct build *b, const struct lex_word *value)
{
	char		text[256] = "all";
	const char	*name;
	uint32_t	 set = WALL_ALL, wall;

	wall = strcmp(value->text, "all") == 0 ? WALL_ALL :
	    wall_byname(value->text);
	b->conf->require |= wall;
	if (wall != 0)
		return;
	while ((name = wall_take(&set)) != NULL) {
		(void)strlcat(text, " ", sizeof(text));
		(void)strlcat(text, name, sizeof(text));
	}
	lex_error(b->lex, value, "require %s: not one of the layers %s",
	    lex_shown(b->lex, value), text);
}

static void
build_at(struct conf_place *place, const struct lex_word *at)
{
	(void)strlcpy(place->file, at->file, sizeof(place->file));
	place->line = at->line;
}

void
build_users(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	if (build_path(b, at->text, value, sizeof(b->conf->users)) == -1 ||
	    build_once(b, BUILD_USERS, at) == 0)
		return;
	(void)strlcpy(b->conf->users, value->text, sizeof(b->conf->users));
	build_at(&b->conf->users_at, at);
}

void
build_geoip(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	if (build_path(b, at->text, value, sizeof(b->conf->geoip)) == -1 ||
	    build_once(b, BUILD_GEOIP, at) == 0)
		return;
	(void)strlcpy(b->conf->geoip, value->text, sizeof(b->conf->geoip));
	build_at(&b->conf->geoip_at, at);
}

void
build_quotas(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	if (build_path(b, at->text, value, sizeof(b->conf->quotas)) == -1 ||
	    build_once(b, BUILD_QUOTAS, at) == 0)
		return;
	(void)strlcpy(b->conf->quotas, value->text, sizeof(b->conf->quotas));
	build_at(&b->conf->quotas_at, at);
}

void
build_source_new(struct build *b, const struct lex_word *at,
    const struct lex_word *value, const struct lex_word *burst)
{
	struct conf_settings	*s = &b->conf->set;
	uint32_t		 count, ms, most;

	if (build_value_new(b, at->text, value, burst, &count, &ms,
	    &most) == -1 || build_once(b, BUILD_SOURCE_NEW, at) == 0)
		return;
	s->source_new_count = count;
	s->source_new_ms = ms;
	s->source_new_burst = most;
}

void
build_nameserver(struct build *b, const struct lex_word *addr,
    const struct lex_word *port)
{
	struct conf_resolver	*r = &b->conf->resolver;
	struct conf_nameserver	 ns;
	const char		*why, *slip;
	unsigned int		 i;

	if ((why = conf_nameserver_parse(&ns, addr->text)) != NULL) {
		if (ns.addr.af == AF_UNSPEC &&
		    (slip = slip_address(addr->text, 1)) != NULL)
			why = slip;
		lex_error(b->lex, addr, "nameserver %s: %s",
		    lex_shown(b->lex, addr), why);
		return;
	}
	if (port != NULL && build_value_port(b, port, &ns.port) == -1)
		return;
	for (i = 0; i < r->nns; i++) {
		if (conf_nameserver_same(&r->ns[i], &ns)) {
			lex_error(b->lex, addr, "nameserver %s: given twice",
			    addr->text);
			return;
		}
	}
	if (r->nns == CONF_NAMESERVERS_MAX) {
		lex_error(b->lex, addr, "nameserver %s: more than %d of them",
		    addr->text, CONF_NAMESERVERS_MAX);
		return;
	}
	r->ns[r->nns++] = ns;
}

void
build_control(struct build *b)
{
	const struct build_line		*line = &b->line;
	const struct sockaddr_un	*sun;
	int				 bad;

	bad = build_path(b, "control", line->path, sizeof(sun->sun_path)) ==
	    -1;
	if (line->group != NULL)
		bad |= build_account(b, "group", line->group) == -1;
	if (bad || build_once(b, BUILD_CONTROL, line->at) == 0)
		return;
	(void)strlcpy(b->conf->control, line->path->text,
	    sizeof(b->conf->control));
	if (line->group != NULL)
		(void)strlcpy(b->conf->control_group, line->group->text,
		    sizeof(b->conf->control_group));
}

void
build_macro(struct build *b, const struct lex_word *name, struct words *values)
{
	const struct word	*w;
	const char		*p;
	char			*text, *end;
	size_t			 size = 1;

	for (p = name->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    (!isalnum((unsigned char)*p) && *p != '_'))
			break;
	}
	if (*p != '\0' || p - name->text > (SOURCE_NAME_SIZE - 1)) {
		lex_error(b->lex, name, "%s: not a macro name of 1 to %d "
		    "letters, digits or _", lex_shown(b->lex, name),
		    (SOURCE_NAME_SIZE - 1));
		return;
	}
	if (values == NULL)
		return;
	STAILQ_FOREACH(w, values, entry)
		size += strlen(w->word->text) + 1;
	if ((text = arena_take(lex_arena(b->lex), size)) == NULL) {
		lex_error(b->lex, name, "out of memory");
		return;
	}
	end = text;
	STAILQ_FOREACH(w, values, entry) {
		if (end != text)
			*end++ = ' ';
		end += strlcpy(end, w->word->text, size - (end - text));
	}
	lex_define(b->lex, name, text);
}
