/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lines that are wrong in a way that is known: see slip.h.
 *
 * What is known here are mistakes that people
 * make who come from pf.conf(5), or from the files of other proxies.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "compat/nitems.h"
#include "conf/setting.h"
#include "config/keyword.h"
#include "config/lex.h"
#include "config/slip.h"

/* A word and what is said of it. */
struct slip {
	const char *word;
	const char *say;
};

#define LOG_LEVEL "; its level is chosen by socks5d -v and socks5ctl log"

/* First words of lines, and what is meant. */
static const struct slip slip_statements[] = {
	{ "accept", "pass" },
	{ "allow", "pass" },
	{ "deny", "block" },
	{ "dns", "resolver { nameserver ... }" },
	{ "nserver", "resolver { nameserver ... }" },
	{ "permit", "pass" },
	{ "refuse", "block" },
	{ "reject", "block" },
	{ "server", "listen on" },
};

/* The same of keywords that stand inside of others. */
static const struct {
	int         token;
	const char *meant;
} slip_inner[] = {
	{ LEX_AUTH, "set auth" },
	{ LEX_ASSOCIATIONS, "set limit associations" },
	{ LEX_BALANCE, "upstream NAME { balance ... }" },
	{ LEX_BIND, "listen on ... bind port N:N, or command bind of a rule" },
	{ LEX_BREAKER, "upstream NAME { breaker ... }" },
	{ LEX_CACHE, "resolver { cache ... } or set auth cache" },
	{ LEX_CHECK, "upstream NAME { check ... }" },
	{ LEX_CHROOT, "set chroot" },
	{ LEX_DROP, "block drop" },
	{ LEX_DESTINATIONS, "set limit destinations" },
	{ LEX_FAMILY, "resolver { family ... }" },
	{ LEX_FLOWS, "log flows" },
	{ LEX_INBOUND, "pass ... inbound any" },
	{ LEX_LIMIT, "set limit" },
	{ LEX_MEMBER, "upstream NAME { member ... }" },
	{ LEX_NAMESERVER, "resolver { nameserver ... }" },
	{ LEX_PORT, "listen on localhost port N" },
	{ LEX_RELAYS, "set relays" },
	{ LEX_REQUIRE, "set require" },
	{ LEX_RETRY, "upstream NAME { retry ... }" },
	{ LEX_SESSIONS, "set sessions" },
	{ LEX_TIMEOUT, "set timeout" },
	{ LEX_UDP, "listen on ... udp port N:N, or command udp of a rule" },
	{ LEX_USER, "set user or users" },
	{ LEX_WATCHDOG, "set watchdog" },
};

/* Words of packet filters in a rule. */
static const struct slip slip_rule[] = {
	{ "all", "leave it out: a rule without conditions matches all" },
	{ "flags", "leave it out: rules are about requests, not packets" },
	{ "in",
	    "leave it out: rules are about requests and have no "
	    "direction" },
	{ "inet",
	    "leave it out: a rule is for both families, unless its "
	    "addresses are of one" },
	{ "inet6",
	    "leave it out: a rule is for both families, unless its "
	    "addresses are of one" },
	{ "keep", "leave it out: sessions are always tracked" },
	{ "modulate", "leave it out: sessions are always tracked" },
	{ "nat-to", "did you mean source?" },
	{ "out",
	    "leave it out: rules are about requests and have no "
	    "direction" },
	{ "proto",
	    "a rule is about requests: did you mean command connect or "
	    "command udp?" },
	{ "protocol",
	    "a rule is about requests: did you mean command connect or "
	    "command udp?" },
	{ "route-to", "did you mean via, interface or mark?" },
	{ "tag", "did you mean label?" },
};

/* What must follow a keyword. */
static const struct {
	int         token;
	const char *what;
} slip_follows[] = {
	{ LEX_COMMAND, "connect, bind or udp" },
	{ LEX_COUNTRY, "a country such as DE" },
	{ LEX_DAYS, "days such as mon-fri" },
	{ LEX_DOMAIN, "a host name" },
	{ LEX_FROM, "an address, prefix, table, any or localhost" },
	{ LEX_GROUP, "a group" },
	{ LEX_INBOUND, "any" },
	{ LEX_INTERFACE, "an interface" },
	{ LEX_LABEL, "a text" },
	{ LEX_MARK, "a number" },
	{ LEX_NEW, "a number and a time, as in 10/s" },
	{ LEX_ON, "the name of a listener" },
	{ LEX_PER, "rule, user or source" },
	{ LEX_PORT, "a port or a range such as 8000:8100" },
	{ LEX_QUOTA, "bytes and a period, as in 50G/month" },
	{ LEX_RATE, "bytes in a second, as in 10M/s" },
	{ LEX_RDR_TO, "an address" },
	{ LEX_RESOLVE, "local or remote" },
	{ LEX_SESSIONS, "a number" },
	{ LEX_SOURCE, "an address" },
	{ LEX_TIME, "a time such as 08:00-12:00" },
	{ LEX_TIMEOUT, "idle, connect, half-closed, udp or bind, and a time" },
	{ LEX_TO, "an address, prefix, table, any or localhost" },
	{ LEX_USER, "a user" },
	{ LEX_VIA, "the name of an upstream" },
};

/* First words that no other file has. */
static const struct slip slip_foreign[] = {
	{ "acl", "squid.conf (Squid)" },
	{ "client", "danted.conf (Dante)" },
	{ "clientmethod:", "danted.conf (Dante)" },
	{ "daemon", "3proxy.cfg (3proxy)" },
	{ "external:", "danted.conf (Dante)" },
	{ "flush", "3proxy.cfg (3proxy)" },
	{ "http_access", "squid.conf (Squid)" },
	{ "http_port", "squid.conf (Squid)" },
	{ "internal:", "danted.conf (Dante)" },
	{ "logoutput:", "danted.conf (Dante)" },
	{ "maxconn", "3proxy.cfg (3proxy)" },
	{ "method:", "danted.conf (Dante)" },
	{ "nscache", "3proxy.cfg (3proxy)" },
	{ "nserver", "3proxy.cfg (3proxy)" },
	{ "proxy", "3proxy.cfg (3proxy)" },
	{ "services:", "gost.yml (gost)" },
	{ "socks", "danted.conf (Dante) or 3proxy.cfg (3proxy)" },
	{ "socksmethod:", "danted.conf (Dante)" },
	{ "timeout.io.udp:", "danted.conf (Dante)" },
	{ "udp.connectdst:", "danted.conf (Dante)" },
	{ "user.notprivileged:", "danted.conf (Dante)" },
	{ "user.privileged:", "danted.conf (Dante)" },
	{ "user.unprivileged:", "danted.conf (Dante)" },
};

static const struct {
	const char  *name;
	unsigned int port;
} slip_services[] = {
	{ "dns", 53 },
	{ "domain", 53 },
	{ "ftp", 21 },
	{ "git", 9418 },
	{ "http", 80 },
	{ "https", 443 },
	{ "imap", 143 },
	{ "imaps", 993 },
	{ "ldap", 389 },
	{ "ldaps", 636 },
	{ "mysql", 3306 },
	{ "ntp", 123 },
	{ "pop3", 110 },
	{ "pop3s", 995 },
	{ "postgresql", 5432 },
	{ "proxy", 8080 },
	{ "rdp", 3389 },
	{ "smtp", 25 },
	{ "smtps", 465 },
	{ "socks", 1080 },
	{ "ssh", 22 },
	{ "submission", 587 },
	{ "telnet", 23 },
	{ "www", 80 },
	{ "xmpp-client", 5222 },
};

static int         slip_statement(struct lex *, const struct lex_word *);
static int         slip_set(struct lex *, const struct lex_word *);
static int         slip_in_rule(struct lex *, const struct lex_word *);
static int         slip_pair(struct lex *, const struct lex_word *);
static int         slip_after(struct lex *, const struct lex_word *);
static int         slip_macro(struct lex *, const struct lex_word *);
static const char *slip_find(const struct slip *, size_t,
    const struct lex_word *);
static int         is_rule(const struct lex *);
static int         is_bare(const struct lex_word *);
static int         has_port(const char *);

int
slip_error(struct lex *lex)
{
	const struct lex_word *bad = lex_last(lex);

	if (bad == lex_first(lex))
		return slip_statement(lex, bad);
	if (slip_macro(lex, bad) || slip_set(lex, bad) || slip_pair(lex, bad) ||
	    slip_command(lex, bad))
		return 1;
	if (bad->token == ',') {
		lex_error(lex, bad,
		    ",: several values need braces, as in "
		    "{ a, b }");
		return 1;
	}
	return slip_in_rule(lex, bad) || slip_after(lex, bad);
}

/* The first word of a line. */
static int
slip_statement(struct lex *lex, const struct lex_word *bad)
{
	const char *what;
	size_t      i;

	/* A file of another program would be one error a line. */
	if ((what = slip_find(slip_foreign, nitems(slip_foreign), bad)) !=
		NULL &&
	    lex_is_alone(lex)) {
		lex_error(lex, bad,
		    "%s: unknown statement: this looks like "
		    "%s; see EXAMPLES in socks5d.conf(5)",
		    lex_shown(lex, bad), what);
		lex_give_up(lex);
		return 1;
	}
	what = slip_find(slip_statements, nitems(slip_statements), bad);
	for (i = 0; what == NULL && i < nitems(slip_inner); i++)
		if (slip_inner[i].token == bad->token)
			what = slip_inner[i].meant;
	if (what == NULL)
		return 0;
	lex_error(lex, bad, "%s: unknown statement: did you mean %s?",
	    lex_shown(lex, bad), what);
	return 1;
}

/* set log, set resolver, set timeout 5m. */
static int
slip_set(struct lex *lex, const struct lex_word *bad)
{
	const struct keyword *k;
	size_t                i;

	if (lex_first(lex)->token != LEX_SET)
		return 0;
	for (i = 0; i < SETTING_ID_MAX && bad == lex_second(lex); i++) {
		if (bad->quoted || settings[i].group[0] == '\0' ||
		    settings[i].kind == SETTING_PART ||
		    strcmp(settings[i].word, bad->text) != 0)
			continue;
		lex_error(lex, bad, "%s: did you mean set %s %s?%s", bad->text,
		    settings[i].group, bad->text,
		    bad->token == LEX_UDP || bad->token == LEX_BIND ?
			" Who may is said by rules: see command" :
			"");
		return 1;
	}
	if (bad == lex_second(lex) && bad->token > LEX_LATER &&
	    (k = keyword_find(bad->text)) != NULL && k->starts) {
		lex_error(lex, bad,
		    "%s: a statement of its own: leave out "
		    "set%s",
		    bad->text, bad->token == LEX_LOG ? LOG_LEVEL : "");
		return 1;
	}
	if (bad->token == LEX_WORD && isdigit((unsigned char)bad->text[0]) &&
	    lex_before(lex)->token == LEX_TIMEOUT) {
		lex_error(lex, bad,
		    "timeout %s: which one? as in set timeout "
		    "idle %s",
		    lex_shown(lex, bad), lex_shown(lex, bad));
		return 1;
	}
	return 0;
}

/* Two words of which the second does not go with the first, anywhere. */
static int
slip_pair(struct lex *lex, const struct lex_word *bad)
{
	const struct lex_word *before = lex_before(lex);
	const char            *why;

	if (before->token == LEX_PASSWORD && bad->token == LEX_WORD) {
		lex_error(lex, bad,
		    "password: it stands in a file of its "
		    "own, as in password file \"/etc/socks5d/secret\"");
		return 1;
	}
	if (lex_first(lex)->token == LEX_LISTEN && is_bare(before) &&
	    lex_before_that(lex)->token == LEX_ON && before->text[0] != '\0' &&
	    strspn(before->text, "0123456789") == strlen(before->text)) {
		lex_error(lex, before,
		    "%s: an address and the word port must "
		    "stand before it, as in localhost port %s",
		    lex_shown(lex, before), lex_shown(lex, before));
		return 1;
	}
	if (is_rule(lex) || !is_bare(before) || before == lex_first(lex) ||
	    !has_port(before->text) ||
	    (why = slip_address(before->text, 1)) == NULL)
		return 0;
	lex_error(lex, before, "%s: %s", lex_shown(lex, before), why);
	return 1;
}

static int
slip_in_rule(struct lex *lex, const struct lex_word *bad)
{
	const struct lex_word *before = lex_before(lex);
	const char            *what;

	if (!is_rule(lex))
		return 0;
	if (before->token == LEX_TO && bad->token == LEX_PORT) {
		lex_error(lex, bad,
		    "to port: an address must follow to; for "
		    "every address: to any port N");
		return 1;
	}
	if (before->token == LEX_FROM &&
	    (bad->token == LEX_COUNTRY || bad->token == LEX_DOMAIN)) {
		lex_error(lex, bad,
		    "from %s: clients are known by their "
		    "address; it is a condition of to only",
		    bad->text);
		return 1;
	}
	if (before->token == LEX_PER && bad->token == LEX_GROUP) {
		lex_error(lex, bad,
		    "per group: a limit is per rule, user or "
		    "source; per rule, those of its groups share it");
		return 1;
	}
	if (before->token == LEX_TIMEOUT && bad->token == LEX_WORD) {
		if (isdigit((unsigned char)bad->text[0]))
			lex_error(lex, bad,
			    "timeout %s: which one? as in timeout idle %s",
			    lex_shown(lex, bad), lex_shown(lex, bad));
		else
			lex_error(lex, bad,
			    "timeout %s: not idle, connect, half-closed, udp "
			    "or bind",
			    lex_shown(lex, bad));
		return 1;
	}
	what = slip_find(slip_rule, nitems(slip_rule), bad);
	if (what == NULL)
		return 0;
	lex_error(lex, bad, "%s: %s", lex_shown(lex, bad), what);
	return 1;
}

/* Something is missing behind a keyword. */
static int
slip_after(struct lex *lex, const struct lex_word *bad)
{
	const struct lex_word *before = lex_before(lex);
	size_t                 i;

	if (!is_rule(lex) || before == lex_first(lex) ||
	    lex_before_that(lex)->token == LEX_PER ||
	    (bad->token != '\n' && bad->token <= LEX_LATER &&
		before->token != LEX_INBOUND))
		return 0;
	for (i = 0; i < nitems(slip_follows); i++) {
		if (slip_follows[i].token != before->token)
			continue;
		lex_error(lex, before, "%s: %s must follow", before->text,
		    slip_follows[i].what);
		return 1;
	}
	return 0;
}

/* A macro with several words where one may stand: its own line is wrong. */
static int
slip_macro(struct lex *lex, const struct lex_word *bad)
{
	struct lex_word at;

	if ((bad->token != LEX_WORD && bad->token != ',') ||
	    lex_before(lex)->token != LEX_WORD || lex_macro(lex, &at) == -1)
		return 0;
	lex_error(lex, &at,
	    "%s: several values need braces, as in %s = "
	    "\"{ a, b }\"; it is used in %s:%u",
	    at.text, at.text, bad->file, bad->line);
	return 1;
}

const char *
slip_address(const char *text, int with_port)
{
	struct addr a;
	char        copy[ADDR_STRLEN + 8], *p;

	if (strlcpy(copy, text, sizeof(copy)) >= sizeof(copy))
		return NULL;
	if (copy[0] == '[' && (p = strchr(copy, ']')) != NULL) {
		*p = '\0';
		if (addr_parse(&a, copy + 1) == -1)
			return NULL;
		if (p[1] == ':' && with_port)
			return "the port is a word of its own, as in "
			       "::1 port 1080, without brackets";
		return p[1] == '\0' || p[1] == '/' ?
		    "addresses are "
		    "written without brackets" :
		    NULL;
	}
	if ((p = strchr(copy, '%')) != NULL) {
		*p = '\0';
		return addr_parse(&a, copy) == 0 ? "addresses with a scope "
						   "are not supported" :
						   NULL;
	}
	if (has_port(copy)) {
		*strrchr(copy, ':') = '\0';
		if (strcmp(copy, "*") != 0 && strcmp(copy, "localhost") != 0 &&
		    addr_parse(&a, copy) == -1)
			return NULL;
		return with_port ? "the port is a word of its own, as in "
				   "127.0.0.1 port 1080" :
				   "a port is a condition of its "
				   "own, as in to any port 80";
	}
	return NULL;
}

/* "192.0.2.1:1080", "[::1]:1080", "*:1080"; not an IPv6 address. */
static int
has_port(const char *text)
{
	const char *p;

	if ((p = strrchr(text, ':')) == NULL || p == text || p[1] == '\0' ||
	    strspn(p + 1, "0123456789") != strlen(p + 1))
		return 0;
	return p[-1] == ']' || strchr(text, ':') == p;
}

unsigned int
slip_service(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(slip_services); i++)
		if (strcmp(name, slip_services[i].name) == 0)
			return slip_services[i].port;
	return 0;
}

static const char *
slip_find(const struct slip *list, size_t n, const struct lex_word *word)
{
	size_t i;

	for (i = 0; word->quoted == 0 && i < n; i++)
		if (strcmp(list[i].word, word->text) == 0)
			return list[i].say;
	return NULL;
}

static int
is_rule(const struct lex *lex)
{
	int first = lex_first(lex)->token;

	return first == LEX_PASS || first == LEX_BLOCK;
}

static int
is_bare(const struct lex_word *word)
{
	return word->token == LEX_WORD && word->quoted == 0;
}
