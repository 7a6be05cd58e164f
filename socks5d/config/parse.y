/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The grammar of socks5d.conf, and nothing else: words come from lex.c, what
 * is done with them stands in build.c, what is said about a line that does
 * not fit in syntax.c.  A line whose parts depend on each other takes effect
 * at its newline, so that it is whole.
 *
 * Built by byacc and bison alike.  The lexer
 * leaves out newlines inside of braces.
 */

%{
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "config/build.h"
#include "config/check.h"
#include "config/idle.h"
#include "config/lex.h"
#include "config/parse.h"
#include "config/shadow.h"
#include "config/syntax.h"
#include "config/warn.h"

/* yacc leaves no choice: the reading that goes on, NULL between two. */
static struct build	*build;

int		 yyparse(void);
static int	 yylex(void);
static void	 yyerror(const char *);
static struct conf *parse(struct lex *, int);
static void	 parse_complain(void *, const char *, uint32_t, const char *);
static void	 parse_warn(void *, const char *, uint32_t, const char *);
static struct lex *parse_lexer(const struct parse_override *, size_t,
		    parse_report, void *);
%}

%union {
	const struct lex_word	*word;
	struct words		*words;
}

%token <word>	WORD TABLE MACRO LATER BAD EFFECT RESERVED SETTING SOFT SWITCH
%token <word>	ADDRESS AFTER ANY AUTH BACKOFF BALANCE BAN BIND BLOCK BREAKER
%token <word>	BURST CACHE CHECK CHROOT COMMAND CONNECT CONTROL COUNTRY DAYS
%token <word>	DOMAIN DROP EVERY FAILOVER FAILURES FAMILY IN_FILE FLOWS FOR
%token <word>	FORMAT FROM GEOIP GROUP HALF_CLOSED HTTP IDLE IN INBOUND
%token <word>	INCLUDE INET INET6 INTERFACE JSON LABEL LIMIT LISTEN LOCAL
%token <word>	LOCALHOST LOG MARK MEMBER NAME NAMESERVER NAT64 NEW NO NONE OFF
%token <word>	ON OPEN OPTIONAL PASS PASSWORD PER PORT QUICK QUOTA QUOTAS RATE
%token <word>	RDR_TO REMOTE REQUIRE REQUIRED RESOLVE RESOLVER RETRY RETURN
%token <word>	ROUNDROBIN RULE SESSIONS SET SKIP_INVALID SOCKS4A SOCKS5 SOURCE
%token <word>	SOURCE_NEW STDERR SYSLOG TABLE_LINE TEXT THROTTLE TIME TIMEOUT
%token <word>	TO UDP UNKNOWN UPSTREAM USER USERS VIA BANG
%type <word>	address action burst kind limited mode name named per scope
%type <word>	simple soft timed
%type <words>	code codes codelist list members member values

/* A port behind an address to redirect to is part of it. */
%nonassoc	RDR_TO_END
%nonassoc	PORT

%%

grammar		: /* empty */
		| grammar '\n'
		| grammar macro '\n'
		| grammar include '\n'
		| grammar set '\n'
		| grammar resolver '\n'
		| grammar users '\n'
		| grammar files '\n'
		| grammar upstream '\n'	{ build_upstream(build); }
		| grammar table '\n'	{ build_table(build); }
		| grammar listen '\n'	{ build_listener(build); }
		| grammar control '\n'	{ build_control(build); }
		| grammar log '\n'
		| grammar rule '\n'	{ build_rule(build); }
		| grammar error '\n'		{ yyerrok; }
		;

macro		: MACRO values		{ build_macro(build, $1, $2); }
		;

values		: WORD			{ $$ = build_words(build, $1); }
		| values WORD		{
			$$ = build_words_join($1, build_words(build, $2));
		}
		;

include		: INCLUDE WORD		{ lex_include(build->lex, $2); }
		;

set		: SET setting
		| SET TIMEOUT timeouts
		| SET LIMIT limits
		| SET AUTH auths
		| SET USER name		{ build_user(build, $2, $3); }
		| SET CHROOT WORD	{ build_chroot(build, $2, $3); }
		| SET nat64 nat64nets
		| SET require walls
		;

nat64		: NAT64			{
			(void)build_once(build, BUILD_NAT64, $1);
		}
		;

nat64nets	: nat64net
		| '{' nat64list '}'
		;

nat64list	: nat64net optcomma
		| nat64list nat64net optcomma
		;

nat64net	: WORD			{ build_nat64(build, $1); }
		;

require		: REQUIRE		{
			(void)build_once(build, BUILD_REQUIRE, $1);
		}
		;

walls		: wall
		| '{' walllist '}'
		;

walllist	: wall optcomma
		| walllist wall optcomma
		;

wall		: WORD			{ build_require(build, $1); }
		| USER			{ build_require(build, $1); }
		;

/* What yylex() has found in the table of settings: its group is right. */
setting		: SETTING WORD		{ build_setting(build, $1, $2); }
		| SWITCH WORD		{ build_setting(build, $1, $2); }
		| SWITCH OFF		{ build_setting(build, $1, $2); }
		;

timeouts	: setting
		| timeouts setting
		;

limits		: limit
		| limits limit
		;

limit		: setting
		| SOURCE_NEW WORD burst	{
			build_source_new(build, $1, $2, $3);
		}
		;

auths		: auth
		| auths auth
		;

auth		: setting
		| THROTTLE OFF		{ build_throttle_off(build, $1); }
		| THROTTLE AFTER WORD FAILURES IN WORD BAN WORD {
			const struct lex_word	*after[] = { $2, $3 },
						*in[] = { $5, $6 },
						*ban[] = { $7, $8 };

			build_throttle(build, $1, after, in, ban);
		}
		;

resolver	: RESOLVER '{' resolveropts '}'
		;

resolveropts	: resolveropt
		| resolveropts resolveropt
		;

resolveropt	: nameserver servers
		| FAMILY ANY		{
			if (build_once(build, BUILD_FAMILY, $1))
				build->conf->resolver.family = CONF_FAMILY_ANY;
		}
		| FAMILY INET		{
			if (build_once(build, BUILD_FAMILY, $1))
				build->conf->resolver.family =
				    CONF_FAMILY_INET;
		}
		| FAMILY INET6		{
			if (build_once(build, BUILD_FAMILY, $1))
				build->conf->resolver.family =
				    CONF_FAMILY_INET6;
		}
		| TIMEOUT WORD		{
			build_dns_timeout(build, $1, $2);
		}
		| CACHE WORD		{
			build_dns_cache(build, $1, $2);
		}
		;

nameserver	: NAMESERVER		{
			(void)build_once(build, BUILD_NAMESERVER, $1);
		}
		;

servers		: server
		| '{' serverlist '}'
		;

serverlist	: servers optcomma
		| serverlist servers optcomma
		;

server		: WORD			{
			build_nameserver(build, $1, NULL);
		}
		| WORD PORT WORD	{
			build_nameserver(build, $1, $3);
		}
		;

users		: USERS WORD		{ build_users(build, $1, $2); }
		;

files		: GEOIP WORD		{ build_geoip(build, $1, $2); }
		| QUOTAS WORD		{ build_quotas(build, $1, $2); }
		;

table		: tablename
		| tablename list	{ build->line.members = $2; }
		| tablename tablefile
		| tablename list tablefile	{ build->line.members = $2; }
		;

tablename	: TABLE_LINE TABLE kind	{
			build_begin(build, $1);
			build->line.name = $2;
			build->line.kind = $3;
		}
		;

kind		: ADDRESS
		| DOMAIN
		| USER
		;

tablefile	: IN_FILE WORD		{ build->line.path = $2; }
		| IN_FILE WORD SKIP_INVALID {
			build->line.path = $2;
			build->line.skip_invalid = 1;
		}
		;

upstream	: upstreamname '{' upstreamopts '}'
		;

upstreamname	: UPSTREAM name		{
			build_begin(build, $1);
			build->line.name = $2;
		}
		;

upstreamopts	: upstreamopt
		| upstreamopts upstreamopt
		;

upstreamopt	: BALANCE name		{
			build_part(build, &build->line.balance, $1, $2);
		}
		| BALANCE SOURCE	{
			build_part(build, &build->line.balance, $1, $2);
		}
		| VIA name		{
			build_part(build, &build->line.via, $1, $2);
		}
		| proxy
		| RETRY WORD BACKOFF WORD TO WORD	{
			build_retry(build, $1, $2, $4, $6);
		}
		| BREAKER OFF		{ build_breaker_off(build, $1); }
		| BREAKER AFTER WORD FAILURES IN WORD FOR WORD	{
			build_breaker(build, $1, $3, $6, $8);
		}
		| CHECK EVERY WORD	{ build_check(build, $1, $3); }
		;

proxy		: MEMBER name WORD PORT WORD	{
			build_proxy(build, $1, $2, $3, $5);
		}
		| proxy USER name	{ build_proxy_user(build, $2, $3); }
		| proxy PASSWORD IN_FILE WORD	{
			build_proxy_password(build, $2, $4);
		}
		| proxy UDP		{ build_proxy_udp(build, $2); }
		;

listen		: listenon listenopts
		;

listenon	: LISTEN ON address PORT WORD	{
			build_begin(build, $1);
			build->line.addr = $3;
			build->line.port = $5;
		}
		;

address		: WORD
		| LOCALHOST
		;

listenopts	: /* empty */
		| listenopts NAME name	{
			build_part(build, &build->line.name, $2, $3);
		}
		| listenopts AUTH mode	{
			build_part(build, &build->line.auth, $2, $3);
		}
		| listenopts OPEN	{
			build_part(build, &build->line.open, $2, $2);
		}
		| listenopts beside
		;

/* What is opened beside it for a client, by the command. */
beside		: command PORT WORD	{
			build_part(build, &build->line.beside->ports, $2, $3);
		}
		| command ADDRESS WORD	{
			build_part(build, &build->line.beside->addr, $2, $3);
		}
		| beside PORT WORD	{
			build_part(build, &build->line.beside->ports, $2, $3);
		}
		| beside ADDRESS WORD	{
			build_part(build, &build->line.beside->addr, $2, $3);
		}
		;

command		: UDP			{
			build_beside_begin(build, &build->line.udp, $1);
		}
		| BIND			{
			build_beside_begin(build, &build->line.bind, $1);
		}
		;

mode		: NONE
		| OPTIONAL
		| REQUIRED
		;

control		: controlpath
		| controlpath GROUP name	{ build->line.group = $3; }
		;

controlpath	: CONTROL WORD		{
			build_begin(build, $1);
			build->line.path = $2;
		}
		;

log		: LOG logopt
		| log logopt
		;

logopt		: TO SYSLOG		{
			if (build_once(build, BUILD_LOG_DEST, $1))
				build->conf->log.dest = CONF_LOG_SYSLOG;
		}
		| TO STDERR		{
			if (build_once(build, BUILD_LOG_DEST, $1))
				build->conf->log.dest = CONF_LOG_STDERR;
		}
		| FORMAT TEXT		{
			if (build_once(build, BUILD_LOG_FORMAT, $1))
				build->conf->log.format = CONF_LOG_TEXT;
		}
		| FORMAT JSON		{
			if (build_once(build, BUILD_LOG_FORMAT, $1))
				build->conf->log.format = CONF_LOG_JSON;
		}
		| SESSIONS		{
			if (build_once(build, BUILD_LOG_SESSIONS, $1))
				build->conf->log.sessions = 1;
		}
		| NO SESSIONS		{
			if (build_once(build, BUILD_LOG_SESSIONS, $2))
				build->conf->log.sessions = 0;
		}
		| FLOWS			{
			if (build_once(build, BUILD_LOG_FLOWS, $1))
				build->conf->log.flows = 1;
		}
		| NO FLOWS		{
			if (build_once(build, BUILD_LOG_FLOWS, $2))
				build->conf->log.flows = 0;
		}
		;

rule		: ruleaction ruleopts
		;

ruleaction	: action		{ build_begin(build, $1); }
		;

action		: PASS
		| BLOCK
		;

ruleopts	: /* empty */
		| ruleopts QUICK	{
			build_part(build, &build->line.quick, $2, $2);
		}
		| ruleopts LOG		{
			build_part(build, &build->line.log, $2, $2);
		}
		| ruleopts FROM list	{
			build_list(build, &build->line.from, $2, $3);
		}
		| ruleopts TO list	{
			build_list(build, &build->line.to, $2, $3);
		}
		| ruleopts PORT list	{
			build_list(build, &build->line.ports, $2, $3);
		}
		| ruleopts ON list	{
			build_list(build, &build->line.on, $2, $3);
		}
		| ruleopts USER list	{
			build_list(build, &build->line.users, $2, $3);
		}
		| ruleopts GROUP list	{
			build_list(build, &build->line.groups, $2, $3);
		}
		| ruleopts TO DOMAIN list	{
			build_list(build, &build->line.domains, $3, $4);
		}
		| ruleopts TO COUNTRY codes	{
			build_list(build, &build->line.countries, $3, $4);
		}
		| ruleopts COMMAND codes	{
			build_list(build, &build->line.commands, $2, $3);
		}
		| ruleopts TIME list	{
			build_list(build, &build->line.times, $2, $3);
		}
		| ruleopts DAYS list	{
			build_list(build, &build->line.days, $2, $3);
		}
		| ruleopts LABEL name	{
			build_part(build, &build->line.label, $2, $3);
		}
		| ruleopts effect
		;

effect		: RETURN		{
			build_part(build, &build->line.reply, $1, $1);
		}
		| DROP			{
			build_part(build, &build->line.reply, $1, $1);
		}
		| RDR_TO WORD %prec RDR_TO_END	{
			build_effect(build, $1, $2);
		}
		| RDR_TO WORD PORT WORD	{
			build_effect(build, $1, $2);
			build->line.effect[EFFECT_ID_RDR_PORT] = $4;
		}
		| simple WORD		{ build_effect(build, $1, $2); }
		| named name		{ build_effect(build, $1, $2); }
		| INBOUND ANY		{ build_effect(build, $1, $2); }
		| TIMEOUT ruletimeouts
		| TIMEOUT '{' ruletimeouts '}'
		| limited WORD scope	{ build_limit(build, $1, $2, $3); }
		| NEW WORD newopts	{
			build_limit(build, $1, $2,
			    build->line.scope[EFFECT_ID_NEW]);
		}
		;

simple		: EFFECT
		| MARK
		| SOURCE
		;

named		: INTERFACE
		| RESOLVE
		| VIA
		;

limited		: QUOTA
		| RATE
		| SESSIONS
		;

ruletimeouts	: ruletimeout
		| ruletimeouts ruletimeout
		;

ruletimeout	: timed WORD		{ build_effect(build, $1, $2); }
		;

timed		: BIND
		| CONNECT
		| HALF_CLOSED
		| IDLE
		| UDP
		;

newopts		: /* empty */
		| newopts BURST WORD	{
			build_part(build, &build->line.burst, $2, $3);
		}
		| newopts per		{
			build_part(build, &build->line.scope[EFFECT_ID_NEW],
			    $2, $2);
		}
		;

burst		: /* empty */		{ $$ = NULL; }
		| BURST WORD		{ $$ = $2; }
		;

scope		: /* empty */		{ $$ = NULL; }
		| per
		;

per		: PER RULE		{ $$ = $2; }
		| PER USER		{ $$ = $2; }
		| PER SOURCE		{ $$ = $2; }
		;

list		: member
		| '{' members '}'	{ $$ = $2; }
		| BANG list		{
			$$ = build_words_negate(build, $2, $1);
		}
		;

members		: list optcomma
		| members list optcomma	{ $$ = build_words_join($1, $2); }
		;

member		: name			{ $$ = build_words(build, $1); }
		| ANY			{ $$ = build_words(build, $1); }
		| LOCALHOST		{ $$ = build_words(build, $1); }
		| TABLE			{ $$ = build_words(build, $1); }
		;

/* As above, of words that are none elsewhere: Norway, Tonga, commands. */
codes		: code
		| '{' codelist '}'	{ $$ = $2; }
		| BANG codes		{
			$$ = build_words_negate(build, $2, $1);
		}
		;

codelist	: codes optcomma
		| codelist codes optcomma	{
			$$ = build_words_join($1, $2);
		}
		;

code		: name			{ $$ = build_words(build, $1); }
		| NO			{ $$ = build_words(build, $1); }
		| TO			{ $$ = build_words(build, $1); }
		| CONNECT		{ $$ = build_words(build, $1); }
		| BIND			{ $$ = build_words(build, $1); }
		| UDP			{ $$ = build_words(build, $1); }
		;

/* Words that need no quotes as names: they mean something in few places. */
name		: WORD
		| soft			{ $$ = build_name_of(build, $1); }
		;

soft		: ADDRESS
		| AFTER
		| AUTH
		| BACKOFF
		| BALANCE
		| BAN
		| BREAKER
		| BURST
		| CHECK
		| DAYS
		| DROP
		| EFFECT
		| EVERY
		| FAILOVER
		| FAILURES
		| FLOWS
		| FOR
		| HTTP
		| IN
		| INBOUND
		| INTERFACE
		| IN_FILE
		| LOCAL
		| MEMBER
		| NAT64
		| NEW
		| NONE
		| OFF
		| OPTIONAL
		| PASSWORD
		| PER
		| QUOTAS
		| REMOTE
		| REQUIRE
		| REQUIRED
		| RETRY
		| RETURN
		| ROUNDROBIN
		| RULE
		| SKIP_INVALID
		| SOCKS4A
		| SOCKS5
		| SOFT
		| SOURCE_NEW
		| TABLE_LINE
		| THROTTLE
		| TIME
		| UNKNOWN
		| USERS
		;

optcomma	: /* empty */
		| ','
		;

%%

/* The lexer knows no yacc: its tokens are the grammar's by this table. */
#define PARSE_TOKEN(token, word, starts)	[LEX_##token] = token,
#define PARSE_CLASS(token, word, class)		[LEX_##token] = class,
static const int parse_tokens[LEX_MAX] = {
	[LEX_BAD] = BAD,
	[LEX_WORD] = WORD,
	[LEX_TABLE] = TABLE,
	[LEX_MACRO] = MACRO,
	[LEX_LATER] = LATER,
	KEYWORDS(PARSE_TOKEN, PARSE_CLASS)
};

static int
yylex(void)
{
	const struct setting	*row;
	int			 token;

	token = lex_next(build->lex, &yylval.word);
	if (token == '!')
		return BANG;
	if (token < LEX_BAD)
		return token;
	if (token > LEX_LATER && lex_first(build->lex)->token == LEX_SET &&
	    (row = build_setting_row(build, yylval.word)) != NULL &&
	    (row->kind == SETTING_COUNT || row->kind == SETTING_DURATION))
		return row->off == SETTING_NO_OFF ? SETTING : SWITCH;
	return parse_tokens[token];
}

static void
yyerror(const char *unused)
{
	syntax_error(build->lex);
}

struct conf *
parse_config(const char *path, const struct parse_override *overrides,
    size_t n, parse_report report, void *arg)
{
	struct conf	*conf;
	struct lex	*lex;

	if ((lex = parse_lexer(overrides, n, report, arg)) == NULL)
		return NULL;
	conf = parse(lex, lex_open_file(lex, path));
	lex_free(lex);
	return conf;
}

struct conf *
parse_text(const char *text, const char *name,
    const struct parse_override *overrides, size_t n, parse_report report,
    void *arg)
{
	struct conf	*conf;
	struct lex	*lex;

	if ((lex = parse_lexer(overrides, n, report, arg)) == NULL)
		return NULL;
	conf = parse(lex, lex_open_text(lex, text, name));
	lex_free(lex);
	return conf;
}

static struct lex *
parse_lexer(const struct parse_override *overrides, size_t n,
    parse_report report, void *arg)
{
	struct lex	*lex;
	size_t		 i;

	if ((lex = lex_new(report, arg)) == NULL) {
		report(arg, strerror(errno));
		return NULL;
	}
	for (i = 0; i < n; i++) {
		if (lex_override(lex, overrides[i].name,
		    overrides[i].value, overrides[i].quiet) == -1) {
			report(arg, strerror(errno));
			lex_free(lex);
			return NULL;
		}
	}
	return lex;
}

/* Reads what the lexer has opened; NULL if that or anything else failed. */
static struct conf *
parse(struct lex *lex, int opened)
{
	struct build	b;

	if (opened == -1)
		return NULL;
	memset(&b, 0, sizeof(b));
	b.lex = lex;
	if ((b.conf = conf_new()) == NULL) {
		lex_error_at(lex, "config", 0, strerror(errno));
		return NULL;
	}
	build = &b;
	if (yyparse() != 0 && lex_errors(lex) == 0)
		lex_error_at(lex, "config", 0, "out of memory");
	build = NULL;
	if (lex_errors(lex) == 0)
		lex_finish(lex);
	/* Faults of the whole mean little if a part of it is missing. */
	if (lex_has_holes(lex) == 0)
		(void)conf_check(b.conf, parse_complain, lex);
	if (lex_errors(lex) > 0) {
		conf_free(b.conf);
		return NULL;
	}
	build_idle(&b);
	idle_warn(b.conf, parse_warn, lex);
	shadow_mark(b.conf);
	conf_warn(b.conf, parse_warn, lex);
	return b.conf;
}

static void
parse_complain(void *lex, const char *file, uint32_t line, const char *text)
{
	/* What is missing has no place; the outermost file was read last. */
	if (file[0] == '\0')
		file = lex_last(lex)->file;
	lex_error_at(lex, file, line, text);
}

static void
parse_warn(void *lex, const char *file, uint32_t line, const char *text)
{
	struct lex_word	at;

	memset(&at, 0, sizeof(at));
	at.file = file;
	at.line = line;
	lex_warn(lex, &at, "%s", text);
}
