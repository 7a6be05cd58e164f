/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Rules and listeners from the words of their lines.
 *
 * Linked by the parent alone.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/build.h"
#include "config/lex.h"

static int	build_port(struct build *, const struct lex_word *, uint16_t *,
		    uint16_t *);
static enum auth_mode	build_mode(const struct lex_word *);
static int	build_listener_addr(struct build *, const char *, uint16_t,
		    int);
static int	build_label(struct build *, struct conf_rule *);
static int	build_addrs(struct build *, struct conf_addrs *,
		    const struct words *);
static int	build_addr(struct build *, struct conf_addr *,
		    const struct lex_word *);
static int	build_prefix(struct build *, struct prefix *,
		    const struct lex_word *);
static int	build_prefix_bits(struct build *, struct prefix *,
		    const struct lex_word *);
static void	build_prefix_length(struct build *, struct prefix *,
		    const struct lex_word *, const char *);
static int	build_ports(struct build *, struct conf_ports *,
		    const struct words *);
static int	build_ons(struct build *, struct conf_ons *,
		    const struct words *);
static int	port_number(const char *, size_t, uint16_t *);

void
build_begin(struct build *b, const struct lex_word *at)
{
	memset(&b->line, 0, sizeof(b->line));
	b->line.at = at;
}

void
build_part(struct build *b, const struct lex_word **part,
    const struct lex_word *at, const struct lex_word *value)
{
	if (*part != NULL)
		lex_error(b->lex, at, "%s: given twice in one line",
		    at->text);
	*part = value;
}

void
build_list(struct build *b, struct words **part, const struct lex_word *at,
    struct words *list)
{
	if (*part != NULL)
		lex_error(b->lex, at, "%s: given twice in one line; several "
		    "values need one list, as in %s { a, b }", at->text,
		    at->text);
	*part = list;
}

/* localhost and * are two addresses each. */
void
build_listener(struct build *b)
{
	const struct build_line	*line = &b->line;
	uint16_t		 port;
	int			 bad = 0;

	if (port_number(line->port->text, strlen(line->port->text), &port) ==
	    -1) {
		lex_error(b->lex, line->port, "port %s: not 1 to 65535",
		    lex_shown(b->lex, line->port));
		bad = 1;
	}
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
	const struct lex_word	*at = b->line.addr;
	struct conf_listener	*l;
	struct addr		 addr;

	if (addr_parse(&addr, text) == -1) {
		lex_error(b->lex, at, "listen on %s: not an address of this "
		    "host, localhost or *", lex_shown(b->lex, at));
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

/* Names and labels are printed in many places: they stay plain. */
int
build_name(struct build *b, const char *what, const struct lex_word *value)
{
	const char	*p;

	for (p = value->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) || (!isalnum((unsigned char)*p)
		    && strchr("_.-", *p) == NULL))
			break;
	}
	if (*p == '\0' && p != value->text &&
	    p - value->text < CONF_NAME_SIZE)
		return 0;
	lex_error(b->lex, value, "%s %s: not 1 to %d letters, digits, _, . "
	    "or -", what, lex_shown(b->lex, value), CONF_NAME_SIZE - 1);
	return -1;
}

void
build_rule(struct build *b)
{
	const struct build_line	*line = &b->line;
	const struct lex_word	*at = line->at;
	struct conf_rule	*r;
	int			 bad;

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
	/* Each part is looked at, so that each of its errors is told. */
	bad = build_addrs(b, &r->from, line->from) == -1;
	bad |= build_addrs(b, &r->to, line->to) == -1;
	bad |= build_ports(b, &r->ports, line->ports) == -1;
	bad |= build_ons(b, &r->on, line->on) == -1;
	bad |= build_user_list(b, &r->users, line->users) == -1;
	bad |= build_group_list(b, &r->groups, line->groups) == -1;
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

static int
build_label(struct build *b, struct conf_rule *r)
{
	const struct lex_word	*label = b->line.label;
	const char		*p;

	if (label == NULL)
		return 0;
	for (p = label->text; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    !isprint((unsigned char)*p) || *p == '"' || *p == '\\')
			break;
	}
	if (*p == '\0' && p != label->text &&
	    strlcpy(r->label, label->text, sizeof(r->label)) <
	    sizeof(r->label))
		return 0;
	lex_error(b->lex, label, "label %s: not 1 to %d printable ASCII "
	    "characters without \" and \\", lex_shown(b->lex, label),
	    CONF_LABEL_SIZE - 1);
	return -1;
}

static int
build_addrs(struct build *b, struct conf_addrs *addrs,
    const struct words *list)
{
	const struct word	*w;
	struct conf_addr	*a;
	int			 ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((a = calloc(1, sizeof(*a))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(addrs, a, entry);
		a->negated = w->negated;
		if (build_addr(b, a, w->word) == -1)
			ret = -1;
		else if (a->negated && a->kind == CONF_ADDR_ANY) {
			lex_error(b->lex, w->word, "! any: would never "
			    "match");
			ret = -1;
		}
	}
	return ret;
}

static int
build_addr(struct build *b, struct conf_addr *a, const struct lex_word *word)
{
	switch (word->token) {
	case LEX_ANY:
		a->kind = CONF_ADDR_ANY;
		return 0;
	case LEX_LOCALHOST:
		a->kind = CONF_ADDR_LOCALHOST;
		return 0;
	case LEX_TABLE:
		a->kind = CONF_ADDR_INTERNAL;
		if (strcmp(word->text, "<internal>") == 0)
			return 0;
		lex_error(b->lex, word, "%s: a table of addresses: only "
		    "<internal> is part of this version",
		    lex_shown(b->lex, word));
		return -1;
	default:
		a->kind = CONF_ADDR_PREFIX;
		return build_prefix(b, &a->prefix, word);
	}
}

static int
build_prefix(struct build *b, struct prefix *p, const struct lex_word *word)
{
	struct addr	addr;

	if (prefix_parse(p, word->text) == -1)
		return build_prefix_bits(b, p, word);
	addr = p->addr;
	addr_unmap(&addr);
	if (addr.af == p->addr.af || p->len < 96)
		return 0;
	/* Judged addresses are never of this form: it would never match. */
	p->addr = addr;
	p->len -= 96;
	return 0;
}

/* Not a prefix: perhaps one with more bits than its length? */
static int
build_prefix_bits(struct build *b, struct prefix *p,
    const struct lex_word *word)
{
	char	 text[PREFIX_STRLEN], *slash;

	if (strlcpy(text, word->text, sizeof(text)) < sizeof(text) &&
	    (slash = strchr(text, '/')) != NULL) {
		*slash++ = '\0';
		if (addr_parse(&p->addr, text) == 0) {
			build_prefix_length(b, p, word, slash);
			return -1;
		}
	}
	lex_error(b->lex, word, "%s: not an address, prefix, any, localhost "
	    "or <internal>; names are not looked up",
	    lex_shown(b->lex, word));
	return -1;
}

/* The address is right: is it the length, or are there bits beyond it? */
static void
build_prefix_length(struct build *b, struct prefix *p,
    const struct lex_word *word, const char *len)
{
	char		 meant[PREFIX_STRLEN];
	const char	*fault = NULL;
	int		 max;

	max = p->addr.af == AF_INET ? 32 : 128;
	p->len = strtonum(len, 0, max, &fault);
	if (fault != NULL || isdigit((unsigned char)len[0]) == 0) {
		lex_error(b->lex, word, "%s: the length is not 0 to %d",
		    lex_shown(b->lex, word), max);
		return;
	}
	addr_mask(&p->addr, p->len);
	lex_error(b->lex, word, "%s: bits are set beyond the length: %s is "
	    "meant?", lex_shown(b->lex, word),
	    prefix_print(p, meant, sizeof(meant)));
}

static int
build_ports(struct build *b, struct conf_ports *ports,
    const struct words *list)
{
	const struct word	*w;
	struct conf_port	*p;
	int			 ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((p = calloc(1, sizeof(*p))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(ports, p, entry);
		p->negated = w->negated;
		if (build_port(b, w->word, &p->low, &p->high) == -1)
			ret = -1;
	}
	return ret;
}

/* "80" or "8000:8100". */
static int
build_port(struct build *b, const struct lex_word *word, uint16_t *low,
    uint16_t *high)
{
	const char	*colon;
	size_t		 len;

	len = strlen(word->text);
	if ((colon = strchr(word->text, ':')) != NULL)
		len = colon - word->text;
	if (port_number(word->text, len, low) == -1 || (colon != NULL &&
	    port_number(colon + 1, strlen(colon + 1), high) == -1)) {
		lex_error(b->lex, word, "port %s: not 1 to 65535, alone or "
		    "as a range 8000:8100", lex_shown(b->lex, word));
		return -1;
	}
	if (colon == NULL)
		*high = *low;
	if (*low <= *high)
		return 0;
	lex_error(b->lex, word, "port %s: the range ends below its start",
	    lex_shown(b->lex, word));
	return -1;
}

static int
port_number(const char *text, size_t len, uint16_t *port)
{
	char		 digits[6];
	const char	*fault;

	if (len == 0 || len >= sizeof(digits) ||
	    strspn(text, "0123456789") < len)
		return -1;
	memcpy(digits, text, len);
	digits[len] = '\0';
	*port = strtonum(digits, 1, UINT16_MAX, &fault);
	return fault == NULL ? 0 : -1;
}

static int
build_ons(struct build *b, struct conf_ons *ons, const struct words *list)
{
	const struct word	*w;
	struct conf_on		*o;
	int			 ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if (w->word->token != LEX_WORD) {
			lex_error(b->lex, w->word, "on %s: not the name of a "
			    "listener", w->word->text);
			ret = -1;
			continue;
		}
		if (build_name(b, "on", w->word) == -1) {
			ret = -1;
			continue;
		}
		if ((o = calloc(1, sizeof(*o))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(ons, o, entry);
		o->negated = w->negated;
		(void)strlcpy(o->name, w->word->text, sizeof(o->name));
	}
	return ret;
}

void
build_memory(struct build *b, const struct lex_word *at)
{
	lex_error(b->lex, at, "out of memory");
}
