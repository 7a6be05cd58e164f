/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names, countries, commands, times and days in a rule, from their words.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostname.h"
#include "config/build.h"
#include "config/build_rule.h"
#include "config/build_value.h"
#include "config/lex.h"
#include "config/slip.h"

static int         build_domain_name(struct build *, struct conf_domain *,
	    const struct lex_word *, const char *);
static int         build_country(struct build *, struct conf_country *,
	    const struct lex_word *);
static int         country_exists(const char *);
static uint8_t     build_command(struct build *, const struct lex_word *);
static int         build_time(struct build *, struct conf_time *,
	    const struct lex_word *);
static const char *parse_minutes(const char *, unsigned int *);
static int         build_day(struct build *, struct conf_day *,
	    const struct lex_word *);
static int         parse_day(const char *, size_t, uint8_t *);

int
build_domains(struct build *b, struct conf_domains *domains,
    const struct words *list)
{
	const struct word  *w;
	struct conf_domain *d;
	int                 ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((d = calloc(1, sizeof(*d))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(domains, d, entry);
		d->negated = w->negated;
		if (w->word->token == LEX_TABLE) {
			d->kind = CONF_DOMAIN_TABLE;
			if (build_table_name(b, d->name, w->word) == -1)
				ret = -1;
		} else if (build_domain(b, d, w->word) == -1)
			ret = -1;
	}
	return ret;
}

/* "example.com", "*.example.com", ".example.com"; never a table. */
int
build_domain(struct build *b, struct conf_domain *d,
    const struct lex_word *word)
{
	const char *name = word->text;

	if (word->token != LEX_WORD) {
		lex_error(b->lex, word, "domain %s: not a name", word->text);
		return -1;
	}
	d->kind = CONF_DOMAIN_EXACT;
	if (name[0] == '*' && name[1] == '.') {
		d->kind = CONF_DOMAIN_SUB;
		name += 2;
	} else if (name[0] == '.') {
		d->kind = CONF_DOMAIN_BOTH;
		name++;
	}
	return build_domain_name(b, d, word, name);
}

static int
build_domain_name(struct build *b, struct conf_domain *d,
    const struct lex_word *word, const char *name)
{
	struct addr addr;
	const char *p,
	    *why = "1 to 253 letters, digits, -, _ and dots, "
		   "with *. or . before it for subdomains";

	for (p = name; isascii((unsigned char)*p) && *p != '\0'; p++)
		continue;
	switch (hostname_canon((const uint8_t *)name, strlen(name), d->name,
	    &addr)) {
	case HOSTNAME_NAME:
		return 0;
	case HOSTNAME_ADDR:
	case HOSTNAME_NUMBER:
		why = "a name; addresses stand in to without domain";
		break;
	case HOSTNAME_BAD:
		if (*p != '\0')
			why = "ASCII; such names are written as xn--...";
		break;
	}
	lex_error(b->lex, word, "domain %s: not %s", lex_shown(b->lex, word),
	    why);
	return -1;
}

int
build_countries(struct build *b, struct conf_countries *countries,
    const struct words *list)
{
	const struct word   *w;
	struct conf_country *c;
	int                  ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((c = calloc(1, sizeof(*c))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(countries, c, entry);
		c->negated = w->negated;
		if (build_country(b, c, w->word) == -1)
			ret = -1;
	}
	return ret;
}

static int
build_country(struct build *b, struct conf_country *c,
    const struct lex_word *word)
{
	const unsigned char *p = (const unsigned char *)word->text;

	if (strcmp(word->text, "unknown") == 0)
		return 0;
	if (strlen(word->text) == 2 && isascii(p[0]) && isalpha(p[0]) &&
	    isascii(p[1]) && isalpha(p[1])) {
		c->code[0] = toupper(p[0]);
		c->code[1] = toupper(p[1]);
		if (country_exists(c->code) == 0)
			lex_warn(b->lex, word,
			    "country %s: ISO 3166 has no "
			    "such code%s",
			    lex_shown(b->lex, word),
			    strcmp(c->code, "UK") == 0 ? ": did you mean GB?" :
							 "");
		return 0;
	}
	lex_error(b->lex, word,
	    "country %s: not two letters, as in DE, or "
	    "unknown",
	    lex_shown(b->lex, word));
	return -1;
}

/* By the first letter.  XK is not of ISO 3166, but databases have it. */
static int
country_exists(const char *code)
{
	static const char *const second[] = {
		"DEFGILMOQRSTUWXZ",
		"ABDEFGHIJLMNOQRSTVWYZ",
		"ACDFGHIKLMNORUVWXYZ",
		"EJKMOZ",
		"CEGHRST",
		"IJKMOR",
		"ABDEFGHILMNPQRSTUWY",
		"KMNRTU",
		"DELMNOQRST",
		"EMOP",
		"EGHIMNPRWYZ",
		"ABCIKRSTUVY",
		"ACDEFGHKLMNOPQRSTUVWXYZ",
		"ACEFGILOPRUZ",
		"M",
		"AEFGHKLMNRSTWY",
		"A",
		"EOSUW",
		"ABCDEGHIJKLMNORSTVXYZ",
		"CDFGHJKLMNORTVWZ",
		"AGMSYZ",
		"ACEGINU",
		"FS",
		"K",
		"ET",
		"AMW",
	};

	return strchr(second[code[0] - 'A'], code[1]) != NULL;
}

/* A set, in which no order is kept. */
int
build_commands(struct build *b, uint8_t *commands, const struct words *list)
{
	const struct word *w;
	uint8_t            bit, yes = 0, no = 0;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((bit = build_command(b, w->word)) == 0)
			ret = -1;
		else if (w->negated)
			no |= bit;
		else
			yes |= bit;
	}
	*commands = (yes == 0 ? CONF_COMMANDS : yes) & (uint8_t)~no;
	if (ret == 0 && *commands == 0) {
		lex_error(b->lex, STAILQ_FIRST(list)->word,
		    "command: all are "
		    "excluded: never matches");
		ret = -1;
	}
	return ret;
}

static uint8_t
build_command(struct build *b, const struct lex_word *word)
{
	const char *meant;

	switch (word->token) {
	case LEX_CONNECT:
		return CONF_COMMAND_CONNECT;
	case LEX_BIND:
		return CONF_COMMAND_BIND;
	case LEX_UDP:
		return CONF_COMMAND_UDP;
	default:
		if ((meant = slip_command_word(word->text)) != NULL)
			lex_error(b->lex, word,
			    "command %s: did you mean command %s?",
			    lex_shown(b->lex, word), meant);
		else
			lex_error(b->lex, word,
			    "command %s: not connect, bind or udp",
			    lex_shown(b->lex, word));
		return 0;
	}
}

int
build_times(struct build *b, struct conf_times *times, const struct words *list)
{
	const struct word *w;
	struct conf_time  *t;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((t = calloc(1, sizeof(*t))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(times, t, entry);
		t->negated = w->negated;
		if (build_time(b, t, w->word) == -1)
			ret = -1;
	}
	return ret;
}

/* "08:00-12:00"; the end of a day may be 24:00 or 00:00. */
static int
build_time(struct build *b, struct conf_time *t, const struct lex_word *word)
{
	const char  *p;
	unsigned int from, to;

	if ((p = parse_minutes(word->text, &from)) == NULL || *p != '-' ||
	    from == 24 * 60 || (p = parse_minutes(p + 1, &to)) == NULL ||
	    *p != '\0') {
		lex_error(b->lex, word,
		    "time %s: not from 00:00 to 24:00, as "
		    "in 08:00-12:00",
		    lex_shown(b->lex, word));
		return -1;
	}
	if (from == to) {
		lex_error(b->lex, word,
		    "time %s: ends where it begins; the "
		    "whole day is 00:00-24:00",
		    lex_shown(b->lex, word));
		return -1;
	}
	t->from = from;
	t->to = to == 0 ? 24 * 60 : to;
	return 0;
}

/* Two digits, a colon, two digits; what is behind them, or NULL. */
static const char *
parse_minutes(const char *p, unsigned int *minutes)
{
	unsigned int h, m;

	if (isdigit((unsigned char)p[0]) == 0 ||
	    isdigit((unsigned char)p[1]) == 0 || p[2] != ':' ||
	    isdigit((unsigned char)p[3]) == 0 ||
	    isdigit((unsigned char)p[4]) == 0)
		return NULL;
	h = (p[0] - '0') * 10 + (p[1] - '0');
	m = (p[3] - '0') * 10 + (p[4] - '0');
	*minutes = h * 60 + m;
	return m < 60 && *minutes <= 24 * 60 ? p + 5 : NULL;
}

int
build_days(struct build *b, struct conf_days *days, const struct words *list)
{
	const struct word *w;
	struct conf_day   *d;
	int                ret = 0;

	if (list == NULL)
		return 0;
	STAILQ_FOREACH(w, list, entry) {
		if ((d = calloc(1, sizeof(*d))) == NULL) {
			build_memory(b, w->word);
			return -1;
		}
		TAILQ_INSERT_TAIL(days, d, entry);
		d->negated = w->negated;
		if (build_day(b, d, w->word) == -1)
			ret = -1;
	}
	return ret;
}

/* "wed" or "mon-fri". */
static int
build_day(struct build *b, struct conf_day *d, const struct lex_word *word)
{
	size_t len;

	len = strcspn(word->text, "-");
	if (parse_day(word->text, len, &d->first) == 0) {
		d->last = d->first;
		if (word->text[len] == '\0')
			return 0;
		len++;
		if (parse_day(word->text + len, strlen(word->text + len),
			&d->last) == 0)
			return 0;
	}
	lex_error(b->lex, word,
	    "days %s: not sun, mon, tue, wed, thu, fri or "
	    "sat, alone or as in mon-fri",
	    lex_shown(b->lex, word));
	return -1;
}

static int
parse_day(const char *text, size_t len, uint8_t *day)
{
	uint8_t i;

	for (i = 0; i < 7; i++) {
		if (len == 3 && strncasecmp(text, conf_day_name(i), len) == 0) {
			*day = i;
			return 0;
		}
	}
	return -1;
}
