/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the grammar's actions do where it is little: files, the resolver, the
 * control socket and macros.  The rest is in the files that are called like it.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"
#include "config/build.h"
#include "config/build_value.h"
#include "config/lex.h"
#include "config/slip.h"
#include "config/source.h"

static void build_at(struct conf_place *, const struct lex_word *);

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
build_dns_timeout(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	uint64_t n;
	uint32_t ms;

	/* Not "1m", as its default is in seconds, too. */
	if (build_parse_duration(value->text, &n) == 0 &&
	    (n < 100 || n > 60 * 1000))
		lex_error(b->lex, value, "%s %s: not 100ms to 60s", at->text,
		    lex_shown(b->lex, value));
	else if (build_value_ms(b, at->text, value, 100, 60 * 1000, &ms) == 0 &&
	    build_once(b, BUILD_DNS_TIMEOUT, at))
		b->conf->resolver.timeout_ms = ms;
}

void
build_dns_cache(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	uint32_t n;

	if (build_value(b, at->text, value, 0, 1000000, &n) == 0 &&
	    build_once(b, BUILD_CACHE, at))
		b->conf->resolver.cache = n;
}

void
build_nameserver(struct build *b, const struct lex_word *addr,
    const struct lex_word *port)
{
	struct conf_resolver  *r = &b->conf->resolver;
	struct conf_nameserver ns;
	const char            *why, *slip;
	unsigned int           i;

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
	const struct build_line  *line = &b->line;
	const struct sockaddr_un *sun;
	int                       bad;

	bad = build_path(b, "control", line->path, sizeof(sun->sun_path)) == -1;
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
	const struct word *w;
	const char        *p;
	char              *text, *end;
	size_t             size = 1;

	for (p = name->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    (!isalnum((unsigned char)*p) && *p != '_'))
			break;
	}
	if (*p != '\0' || p - name->text > (SOURCE_NAME_SIZE - 1)) {
		lex_error(b->lex, name,
		    "%s: not a macro name of 1 to %d "
		    "letters, digits or _",
		    lex_shown(b->lex, name), (SOURCE_NAME_SIZE - 1));
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
