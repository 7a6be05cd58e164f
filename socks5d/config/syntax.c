/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is wrong with a line that the grammar does not know, in words: a word
 * of later versions, a misspelt keyword, or the form that the line has.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/distance.h"
#include "compat/nitems.h"
#include "conf/effect.h"
#include "conf/setting.h"
#include "config/keyword.h"
#include "config/lex.h"
#include "config/slip.h"
#include "config/syntax.h"

#define SYNTAX_CONDITIONS                                                      \
	"conditions are from, to, to domain, "                                 \
	"to country, port, on, user, group, command, time, days"

struct syntax_form {
	int         token; /* the first of its line */
	const char *form;
};

static const struct syntax_form syntax_forms[] = {
	{ LEX_SET,
	    "set relays|sessions|watchdog|timeout|limit|auth|nat64|"
	    "user|chroot|require ..." },
	{ LEX_MACRO, "name = \"value\"" },
	{ LEX_INCLUDE, "include \"file\"" },
	{ LEX_RESOLVER,
	    "resolver { [nameserver ADDRESS [port N]] "
	    "[family any|inet|inet6] [timeout T] [cache N] }" },
	{ LEX_USERS, "users \"PATH\"" },
	{ LEX_GEOIP, "geoip \"PATH\"" },
	{ LEX_QUOTAS, "quotas \"PATH\"" },
	{ LEX_TABLE_LINE,
	    "table <NAME> address|domain|user "
	    "[{ MEMBER, MEMBER }] [file \"PATH\" [skip-invalid]]" },
	{ LEX_UPSTREAM,
	    "upstream \"NAME\" { "
	    "[balance failover|roundrobin|source] [via NAME] "
	    "member socks5|socks4a|http ADDRESS port N [user NAME] "
	    "[password file \"PATH\"] [udp] [retry N backoff T to T] "
	    "[breaker off | breaker after N failures in T for T] "
	    "[check every T] }" },
	{ LEX_LISTEN,
	    "listen on ADDRESS port N [name NAME] "
	    "[auth none|optional|required] [open] "
	    "[udp [port N:N] [address ADDRESS]] "
	    "[bind [port N:N] [address ADDRESS]]" },
	{ LEX_CONTROL, "control \"PATH\" [group NAME]" },
	{ LEX_LOG,
	    "log [to syslog|stderr] [format text|json] "
	    "[sessions | no sessions] [flows | no flows]" },
	{ LEX_PASS,
	    "pass [quick] [log] [CONDITION] [ACTION] [label TEXT], "
	    "several values in { a, b }; " SYNTAX_CONDITIONS "; actions are" },
	{ LEX_BLOCK,
	    "block [return|drop] [quick] [log] [CONDITION] "
	    "[label TEXT], several values in { a, b }; " SYNTAX_CONDITIONS },
};

/* The same for the second word of set; more are in the table of settings. */
static const struct syntax_form syntax_set_forms[] = {
	{ LEX_USER, "set user NAME" },
	{ LEX_CHROOT, "set chroot \"PATH\"" },
	{ LEX_NAT64, "set nat64 PREFIX, several prefixes in { a, b }" },
	{ LEX_REQUIRE, "set require LAYER, several layers in { a, b }" },
};

/* The values of settings. */
static const char *const syntax_values[] = {
	[SETTING_COUNT] = "N",
	[SETTING_DURATION] = "T",
	[SETTING_NEW] = "N/s [burst N]",
	[SETTING_THROTTLE] = "off | throttle after N failures in T ban T",
};

/* The longest form: that of pass. */
#define SYNTAX_SIZE 512

/* What words would mean in lines of later versions; 0 is any but rules. */
static const struct {
	int         first;
	const char *word;
	const char *what;
} syntax_later[] = {
	{ 0, "tls", "TLS" },
};

static const char *syntax_what(const struct lex_word *,
    const struct lex_word *);
static int         syntax_wants_name(const struct lex *);
static const char *syntax_guess(const struct lex_word *, const char *);
static int         has_word(const char *, const char *);
static const char *syntax_form(const struct lex *, char *, size_t);
static const char *syntax_setting(const char *, char *, size_t);
static const char *syntax_effects(const char *, char *, size_t);
static const char *syntax_form_find(const struct syntax_form *, size_t, int);

void
syntax_error(struct lex *lex)
{
	const struct lex_word *first, *bad;
	const char            *shown, *what, *form;
	char                   buf[SYNTAX_SIZE];

	first = lex_first(lex);
	bad = lex_last(lex);
	shown = lex_shown(lex, bad);
	form = syntax_form(lex, buf, sizeof(buf));
	/* What a macro with a wrong value contains is nobody's fault. */
	if (first->token == LEX_MACRO)
		lex_define(lex, first, NULL);
	if (lex_complained(lex) || bad->token == LEX_BAD)
		;
	else if ((what = syntax_what(first, bad)) != NULL)
		lex_error(lex, bad, "%s: %s is not part of this version", shown,
		    what);
	else if (bad->token == '}' && lex_before(lex)->token == '{')
		lex_error(lex, bad, "{ }: nothing between the braces");
	else if (bad->token > LEX_LATER && syntax_wants_name(lex))
		lex_error(lex, bad,
		    "%s: a keyword: as a name it needs "
		    "\"quotes\"",
		    shown);
	else if (slip_error(lex))
		;
	else if ((what = syntax_guess(bad, form)) != NULL)
		lex_error(lex, bad,
		    form == NULL ? "%s: unknown statement: "
				   "did you mean %s?" :
				   "%s: unknown word: did you mean %s?",
		    shown, what);
	else if (first->token == LEX_MACRO && bad->token == '{')
		lex_error(lex, bad,
		    "{: a list as a value needs quotes, as "
		    "in %s = \"{ a, b }\"",
		    lex_shown(lex, first));
	else if (form == NULL)
		lex_error(lex, bad, "%s: unknown statement", shown);
	else
		lex_error(lex, bad, "%s: unexpected: the form is %s", shown,
		    form);
	lex_recover(lex);
}

/* Some words of later versions are keywords already, or names elsewhere. */
static const char *
syntax_what(const struct lex_word *first, const struct lex_word *bad)
{
	size_t i;
	int    rule;

	if (bad->token == LEX_LATER)
		return keyword_later(bad->text);
	rule = first->token == LEX_PASS || first->token == LEX_BLOCK;
	for (i = 0; i < nitems(syntax_later); i++) {
		if (strcmp(bad->text, syntax_later[i].word) == 0 &&
		    bad->quoted == 0 &&
		    (syntax_later[i].first == 0 ?
			    rule == 0 :
			    syntax_later[i].first == first->token))
			return syntax_later[i].what;
	}
	return NULL;
}

/* True if what stands here would be a name. */
static int
syntax_wants_name(const struct lex *lex)
{
	int first, before;

	first = lex_first(lex)->token;
	before = lex_before(lex)->token;
	if (first == LEX_LISTEN)
		return before == LEX_NAME;
	if (first != LEX_PASS && first != LEX_BLOCK)
		return 0;
	if (before == LEX_USER)
		return lex_before_that(lex)->token != LEX_PER;
	return before == LEX_GROUP || before == LEX_ON || before == LEX_VIA ||
	    before == LEX_INTERFACE;
}

/*
 * The keyword nearest to a bare word, at most a third of its letters away, of
 * those that this form has or, without a form, of those that begin a line.
 * Keywords are in lower case.
 */
static const char *
syntax_guess(const struct lex_word *bad, const char *form)
{
	const char  *best = NULL, *name;
	char         text[DISTANCE_LEN_MAX + 1];
	unsigned int d, min;
	size_t       i, len;

	len = strlen(bad->text);
	if (bad->token != LEX_WORD || bad->quoted || len < 2 ||
	    len > DISTANCE_LEN_MAX)
		return NULL;
	for (i = 0; i <= len; i++)
		text[i] = (char)tolower((unsigned char)bad->text[i]);
	min = distance_limit(len);
	for (i = 0; i < nkeywords; i++) {
		name = keywords[i].name;
		if (strlen(name) > DISTANCE_LEN_MAX ||
		    (form == NULL ? keywords[i].starts == 0 :
				    has_word(form, name) == 0))
			continue;
		d = distance(text, name);
		if (d < min ||
		    (d == min && best != NULL && strlen(name) > strlen(best))) {
			min = d;
			best = name;
		}
	}
	return best;
}

static int
has_word(const char *text, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t            n;

	for (;;) {
		text += strcspn(text, letters);
		if ((n = strspn(text, letters)) == 0)
			return 0;
		if (n == strlen(word) && memcmp(text, word, n) == 0)
			return 1;
		text += n;
	}
}

static const char *
syntax_form(const struct lex *lex, char *buf, size_t size)
{
	const struct lex_word *second = lex_second(lex);
	const char            *form = NULL;
	int                    first = lex_first(lex)->token;

	if (first == LEX_SET)
		form = syntax_form_find(syntax_set_forms,
		    nitems(syntax_set_forms), second->token);
	if (form == NULL && first == LEX_SET && second->token > LEX_LATER)
		form = syntax_setting(second->text, buf, size);
	if (form == NULL)
		form = syntax_form_find(syntax_forms, nitems(syntax_forms),
		    first);
	if (first == LEX_PASS)
		form = syntax_effects(form, buf, size);
	return form;
}

/* Of a setting without a group, or of the settings of a group. */
static const char *
syntax_setting(const char *word, char *buf, size_t size)
{
	const struct setting *row;
	size_t                i, len = 0;

	if ((row = setting_find("", word)) != NULL) {
		(void)snprintf(buf, size, "set %s %s%s%s%s", word,
		    syntax_values[row->kind],
		    row->off == SETTING_NO_OFF ? "" : " | set ",
		    row->off == SETTING_NO_OFF ? "" : word,
		    row->off == SETTING_NO_OFF ? "" : " off");
		return buf;
	}
	for (i = 0; i < SETTING_ID_MAX; i++) {
		row = &settings[i];
		if (row->kind == SETTING_PART || strcmp(row->group, word) != 0)
			continue;
		if (len == 0)
			len = snprintf(buf, size, "set %s", word);
		if (len < size)
			len += snprintf(buf + len, size - len, " [%s %s%s]",
			    row->word, syntax_values[row->kind],
			    row->kind == SETTING_COUNT &&
				    row->off != SETTING_NO_OFF ?
				"|off" :
				"");
	}
	return len == 0 ? NULL : buf;
}

/* The form with all that it may do; those of one group are neighbours. */
static const char *
syntax_effects(const char *form, char *buf, size_t size)
{
	const char *name, *before = "";
	size_t      i, len;

	len = snprintf(buf, size, "%s", form);
	for (i = 0; i < EFFECT_ID_MAX; i++) {
		name = effect_name(&effects[i]);
		if (strcmp(name, before) != 0 && len < size)
			len += snprintf(buf + len, size - len, "%s %s",
			    i == 0 ? "" : ",", name);
		before = name;
	}
	return buf;
}

static const char *
syntax_form_find(const struct syntax_form *table, size_t n, int token)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (table[i].token == token)
			return table[i].form;
	}
	return NULL;
}
