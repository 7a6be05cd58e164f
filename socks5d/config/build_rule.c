/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rules and listeners from the words of their lines.  The members of lists are
 * in build_list.c, what a rule does to sessions is in build_effect.c.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/build_rule.h"
#include "config/build_value.h"
#include "config/lex.h"
#include "config/slip.h"

static enum auth_mode build_mode(const struct lex_word *);
static int build_listener_addr(struct build *, const char *, uint16_t, int);
static int build_conditions(struct build *, struct conf_rule *);
static int build_label(struct build *, struct conf_rule *);

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
	(void)strlcpy(l->file, at->file, sizeof(l->file));
	l->line = b->line.at->line;
	l->fd = -1;
	TAILQ_INSERT_TAIL(&b->conf->listeners, l, entry);
	b->nlisteners++;
	return 0;
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

void
build_rule(struct build *b)
{
	const struct build_line *line = &b->line;
	const struct lex_word   *at = line->at;
	struct conf_rule        *r;
	int                      bad;

	if ((r = conf_rule_new()) == NULL) {
		build_memory(b, at);
		return;
	}
	r->action = at->token == LEX_PASS ? CONF_PASS : CONF_BLOCK;
	r->quick = line->quick != NULL;
	r->log = line->log != NULL;
	(void)strlcpy(r->file, at->file, sizeof(r->file));
	r->line = at->line;
	r->number = b->nrules;
	bad = build_conditions(b, r) == -1;
	bad |= build_effects(b, r) == -1;
	bad |= build_label(b, r) == -1;
	if (bad == 0 && b->nrules == CONF_RULES_MAX) {
		lex_error(b->lex, at, "%s: more than %d rules", at->text,
		    CONF_RULES_MAX);
		bad = 1;
	}
	if (bad) {
		conf_rule_free(r);
		return;
	}
	TAILQ_INSERT_TAIL(&b->conf->rules, r, entry);
	b->nrules++;
}

/* Each part is looked at, so that each of its errors is told. */
static int
build_conditions(struct build *b, struct conf_rule *r)
{
	const struct build_line *line = &b->line;
	int                      bad;

	bad = build_addrs(b, &r->from, line->from) == -1;
	bad |= build_addrs(b, &r->to, line->to) == -1;
	bad |= build_ports(b, &r->ports, line->ports) == -1;
	bad |= build_ons(b, &r->on, line->on) == -1;
	bad |= build_user_list(b, &r->users, line->users) == -1;
	bad |= build_group_list(b, &r->groups, line->groups) == -1;
	bad |= build_domains(b, &r->domains, line->domains) == -1;
	bad |= build_countries(b, &r->countries, line->countries) == -1;
	bad |= build_commands(b, &r->commands, line->commands) == -1;
	bad |= build_times(b, &r->times, line->times) == -1;
	bad |= build_days(b, &r->days, line->days) == -1;
	return bad ? -1 : 0;
}

static int
build_label(struct build *b, struct conf_rule *r)
{
	const struct lex_word *label = b->line.label;
	const char            *p;

	if (label == NULL)
		return 0;
	for (p = label->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    !isprint((unsigned char)*p) || *p == '"' || *p == '\\')
			break;
	}
	if (*p == '\0' && p != label->text &&
	    strlcpy(r->label, label->text, sizeof(r->label)) < sizeof(r->label))
		return 0;
	lex_error(b->lex, label,
	    "label %s: not 1 to %d printable ASCII "
	    "characters without \" and \\",
	    lex_shown(b->lex, label), CONF_LABEL_SIZE - 1);
	return -1;
}
