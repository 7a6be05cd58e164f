/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Listeners from the words of their lines.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/build_value.h"
#include "config/lex.h"
#include "config/slip.h"

static int build_listener_addr(struct build *, const char *, uint16_t, int);
static int build_beside(struct build *, struct build_beside *);
static int build_told(struct build *, struct build_beside *);
static enum auth_mode build_mode(const struct lex_word *);

void
build_beside_begin(struct build *b, struct build_beside *part,
    const struct lex_word *at)
{
	build_part(b, &part->at, at, at);
	b->line.beside = part;
}

/* localhost and * are two addresses each. */
void
build_listener(struct build *b)
{
	const struct build_line *line = &b->line;
	uint16_t                 port;
	int                      bad = 0;

	if (build_value_port(b, line->port, &port) == -1)
		bad = 1;
	if (line->name != NULL && build_name(b, "name", line->name) == -1)
		bad = 1;
	bad |= build_beside(b, &b->line.udp) == -1;
	bad |= build_beside(b, &b->line.bind) == -1;
	if (bad)
		port = 0;
	if (line->addr->token == LEX_LOCALHOST) {
		if (build_listener_addr(b, "127.0.0.1", port, 1) == 0)
			(void)build_listener_addr(b, "::1", port, 1);
	} else if (strcmp(line->addr->text, "*") == 0) {
		if (build_listener_addr(b, "0.0.0.0", port, 0) == 0)
			(void)build_listener_addr(b, "::", port, 0);
	} else
		(void)build_listener_addr(b, line->addr->text, port, 0);
}

/* A port of 0 only checks: some other part of the line was wrong. */
static int
build_listener_addr(struct build *b, const char *text, uint16_t port,
    int localhost)
{
	const struct lex_word *at = b->line.addr;
	const char            *why;
	struct conf_listener  *l;
	struct addr            addr;

	if (addr_parse(&addr, text) == -1) {
		if ((why = slip_address(text, 1)) == NULL)
			why = "not an address of this host, localhost or *";
		lex_error(b->lex, at, "listen on %s: %s", lex_shown(b->lex, at),
		    why);
		return -1;
	}
	if (port == 0)
		return -1;
	if (b->nlisteners == CONF_LISTENERS_MAX) {
		lex_error(b->lex, at, "listen on %s: more than %d listeners",
		    lex_shown(b->lex, at), CONF_LISTENERS_MAX);
		return -1;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		build_memory(b, at);
		return -1;
	}
	addr_unmap(&addr);
	l->addr = addr;
	l->port = port;
	if (b->line.name != NULL)
		(void)strlcpy(l->name, b->line.name->text, sizeof(l->name));
	l->open = b->line.open != NULL;
	l->auth = build_mode(b->line.auth);
	l->from_localhost = localhost;
	l->udp_ports = b->line.udp.range;
	/* Of the two listeners of * one has its family. */
	if (b->line.udp.told.af == addr.af)
		l->udp_addr = b->line.udp.told;
	l->bind_ports = b->line.bind.range;
	l->bind_addr = b->line.bind.told;
	(void)strlcpy(l->file, at->file, sizeof(l->file));
	l->line = b->line.at->line;
	l->fd = -1;
	TAILQ_INSERT_TAIL(&b->conf->listeners, l, entry);
	b->nlisteners++;
	return 0;
}

/* The clause udp or bind, if the line has it. */
static int
build_beside(struct build *b, struct build_beside *part)
{
	int bad = 0;

	if (part->ports != NULL)
		bad |= build_value_ports(b, part->ports, &part->range.low,
			   &part->range.high) == -1;
	if (part->addr != NULL)
		bad |= build_told(b, part) == -1;
	return bad ? -1 : 0;
}

/*
 * Clients send datagrams from where they are, so by the family of the
 * listener; the address of BIND is for its peer, of whatever family that is.
 */
static int
build_told(struct build *b, struct build_beside *part)
{
	const struct lex_word *on = b->line.addr;
	struct addr            own = { AF_UNSPEC, { 0 } };
	const char            *why = NULL;
	int                    local = on->token == LEX_LOCALHOST;

	if (build_target(b, "address", part->addr, &part->told) == -1)
		return -1;
	if (local == 0 && addr_parse(&own, on->text) == 0) {
		addr_unmap(&own);
		local = addr_is_loopback(&own);
	}
	if (part == &b->line.udp && on->token == LEX_LOCALHOST)
		why = "clients of localhost need no other address: leave it "
		      "out";
	else if (part == &b->line.udp && own.af != AF_UNSPEC &&
	    own.af != part->told.af)
		why = "of another family than that of the listener, by which "
		      "clients come";
	else if (addr_is_loopback(&part->told) && local == 0)
		why = "to whoever is elsewhere that is his own host";
	if (why == NULL)
		return 0;
	lex_error(b->lex, part->addr, "%s address %s: %s", part->at->text,
	    lex_shown(b->lex, part->addr), why);
	return -1;
}

static enum auth_mode
build_mode(const struct lex_word *auth)
{
	if (auth == NULL || auth->token == LEX_NONE)
		return AUTH_MODE_NONE;
	if (auth->token == LEX_OPTIONAL)
		return AUTH_MODE_OPTIONAL;
	return AUTH_MODE_REQUIRED;
}
