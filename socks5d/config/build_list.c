/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Addresses, ports and names of listeners in a rule, from their words.
 *
 * The members of other lists are in build_user.c
 * and build_condition.c.
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

static int  build_addr(struct build *, struct conf_addr *,
     const struct lex_word *);
static int  build_prefix_bits(struct build *, struct prefix *,
     const struct lex_word *, const char *);
static void build_prefix_length(struct build *, struct prefix *,
    const struct lex_word *, const char *);

int
build_addrs(struct build *b, struct conf_addrs *addrs, const struct words *list)
{
	const struct word *w;
	struct conf_addr  *a;
	int                ret = 0;

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
			lex_error(b->lex, w->word,
			    "! any: never "
			    "matches");
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
		/* Whether there is one is known at the end of the file. */
		a->kind = CONF_ADDR_TABLE;
		return build_table_name(b, a->table, word);
	default:
		a->kind = CONF_ADDR_PREFIX;
		return build_prefix(b, &a->prefix, word,
		    ", prefix, any, "
		    "localhost or table; names are not looked up, but see to "
		    "domain");
	}
}

int
build_prefix(struct build *b, struct prefix *p, const struct lex_word *word,
    const char *others)
{
	if (prefix_parse(p, word->text) == -1)
		return build_prefix_bits(b, p, word, others);
	prefix_unmap(p);
	return 0;
}

/* Not a prefix: perhaps one with more bits than its length? */
static int
build_prefix_bits(struct build *b, struct prefix *p,
    const struct lex_word *word, const char *others)
{
	const char *why;
	char        text[PREFIX_STRLEN], *slash;

	if (strlcpy(text, word->text, sizeof(text)) < sizeof(text) &&
	    (slash = strchr(text, '/')) != NULL) {
		*slash++ = '\0';
		if (addr_parse(&p->addr, text) == 0) {
			build_prefix_length(b, p, word, slash);
			return -1;
		}
	}
	if ((why = slip_address(word->text, 0)) != NULL)
		lex_error(b->lex, word, "%s: %s", lex_shown(b->lex, word), why);
	else
		lex_error(b->lex, word, "%s: not an address%s",
		    lex_shown(b->lex, word), others);
	return -1;
}

/* The address is right: is it the length, or are there bits beyond it? */
static void
build_prefix_length(struct build *b, struct prefix *p,
    const struct lex_word *word, const char *len)
{
	char        meant[PREFIX_STRLEN];
	const char *fault = NULL;
	int         max;

	max = p->addr.af == AF_INET ? 32 : 128;
	p->len = strtonum(len, 0, max, &fault);
	if (fault != NULL || isdigit((unsigned char)len[0]) == 0) {
		lex_error(b->lex, word, "%s: the length is not 0 to %d",
		    lex_shown(b->lex, word), max);
		return;
	}
	addr_mask(&p->addr, p->len);
	lex_error(b->lex, word, "%s: host bits are set: did you mean %s?",
	    lex_shown(b->lex, word), prefix_print(p, meant, sizeof(meant)));
}

int
build_ports(struct build *b, struct conf_ports *ports, const struct words *list)
{
	const struct word *w;
	struct conf_port  *p;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((p = calloc(1, sizeof(*p))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(ports, p, entry);
		p->negated = w->negated;
		if (build_value_ports(b, w->word, &p->low, &p->high) == -1)
			ret = -1;
	}
	return ret;
}

int
build_ons(struct build *b, struct conf_ons *ons, const struct words *list)
{
	const struct word *w;
	struct conf_on    *o;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if (w->word->token != LEX_WORD) {
			lex_error(b->lex, w->word,
			    "on %s: not the name of a "
			    "listener",
			    w->word->text);
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
