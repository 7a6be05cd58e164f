/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The tokens of socks5d.conf and the words that are its keywords.
 */

#ifndef CONFIG_KEYWORD_H
#define CONFIG_KEYWORD_H

#include <stddef.h>

/*
 * All keywords, sorted by word.
 *
 * X(token, word, starts) is one of the grammar: the lexer's token is LEX_ and
 * the name, that of the grammar the name alone, which parse.y declares once
 * more for yacc.  starts is 1 for a word that begins a line of its own kind.
 *
 * S(token, word, class) is one that only a table knows.  Its class is SOFT if
 * that is conf/setting.h, RESERVED of old ones, which need quotes as names, and
 * EFFECT if it is conf/effect.h and the value one word.
 */
#define KEYWORDS(X, S)                                                         \
	X(ADDRESS, "address", 0)                                               \
	X(AFTER, "after", 0)                                                   \
	X(ANY, "any", 0)                                                       \
	S(ASSOCIATIONS, "associations", SOFT)                                  \
	X(AUTH, "auth", 0)                                                     \
	X(BACKOFF, "backoff", 0)                                               \
	X(BALANCE, "balance", 0)                                               \
	X(BAN, "ban", 0)                                                       \
	X(BIND, "bind", 0)                                                     \
	X(BLOCK, "block", 1)                                                   \
	X(BREAKER, "breaker", 0)                                               \
	X(BURST, "burst", 0)                                                   \
	X(CACHE, "cache", 0)                                                   \
	X(CHECK, "check", 0)                                                   \
	X(CHROOT, "chroot", 0)                                                 \
	X(COMMAND, "command", 0)                                               \
	X(CONNECT, "connect", 0)                                               \
	X(CONTROL, "control", 1)                                               \
	X(COUNTRY, "country", 0)                                               \
	X(DAYS, "days", 0)                                                     \
	S(DESTINATIONS, "destinations", SOFT)                                  \
	X(DOMAIN, "domain", 0)                                                 \
	S(DRAIN, "drain", RESERVED)                                            \
	X(DROP, "drop", 0)                                                     \
	X(EVERY, "every", 0)                                                   \
	X(FAILOVER, "failover", 0)                                             \
	X(FAILURES, "failures", 0)                                             \
	X(FAMILY, "family", 0)                                                 \
	X(IN_FILE, "file", 0)                                                  \
	X(FLOWS, "flows", 0)                                                   \
	X(FOR, "for", 0)                                                       \
	X(FORMAT, "format", 0)                                                 \
	X(FROM, "from", 0)                                                     \
	X(GEOIP, "geoip", 1)                                                   \
	X(GROUP, "group", 0)                                                   \
	X(HALF_CLOSED, "half-closed", 0)                                       \
	S(HALF_OPEN, "half-open", RESERVED)                                    \
	S(HANDSHAKE, "handshake", RESERVED)                                    \
	X(HTTP, "http", 0)                                                     \
	X(IDLE, "idle", 0)                                                     \
	X(IN, "in", 0)                                                         \
	X(INBOUND, "inbound", 0)                                               \
	X(INCLUDE, "include", 1)                                               \
	X(INET, "inet", 0)                                                     \
	X(INET6, "inet6", 0)                                                   \
	X(INTERFACE, "interface", 0)                                           \
	X(JSON, "json", 0)                                                     \
	S(KEEPALIVE, "keepalive", RESERVED)                                    \
	X(LABEL, "label", 0)                                                   \
	X(LIMIT, "limit", 0)                                                   \
	X(LISTEN, "listen", 1)                                                 \
	X(LOCAL, "local", 0)                                                   \
	X(LOCALHOST, "localhost", 0)                                           \
	X(LOG, "log", 1)                                                       \
	X(MARK, "mark", 0)                                                     \
	X(MEMBER, "member", 0)                                                 \
	X(NAME, "name", 0)                                                     \
	X(NAMESERVER, "nameserver", 0)                                         \
	X(NAT64, "nat64", 0)                                                   \
	X(NEW, "new", 0)                                                       \
	X(NO, "no", 0)                                                         \
	X(NONE, "none", 0)                                                     \
	X(OFF, "off", 0)                                                       \
	X(ON, "on", 0)                                                         \
	X(OPEN, "open", 0)                                                     \
	X(OPTIONAL, "optional", 0)                                             \
	X(PASS, "pass", 1)                                                     \
	X(PASSWORD, "password", 0)                                             \
	X(PER, "per", 0)                                                       \
	S(PER_SOURCE, "per-source", RESERVED)                                  \
	X(PORT, "port", 0)                                                     \
	X(QUICK, "quick", 0)                                                   \
	X(QUOTA, "quota", 0)                                                   \
	X(QUOTAS, "quotas", 1)                                                 \
	X(RATE, "rate", 0)                                                     \
	X(RDR_TO, "rdr-to", 0)                                                 \
	S(RELAYS, "relays", RESERVED)                                          \
	X(REMOTE, "remote", 0)                                                 \
	X(REQUIRE, "require", 0)                                               \
	X(REQUIRED, "required", 0)                                             \
	X(RESOLVE, "resolve", 0)                                               \
	X(RESOLVER, "resolver", 1)                                             \
	X(RETRY, "retry", 0)                                                   \
	X(RETURN, "return", 0)                                                 \
	X(ROUNDROBIN, "roundrobin", 0)                                         \
	S(RTABLE, "rtable", EFFECT)                                            \
	X(RULE, "rule", 0)                                                     \
	X(SESSIONS, "sessions", 0)                                             \
	X(SET, "set", 1)                                                       \
	S(SILENCE, "silence", SOFT)                                            \
	X(SKIP_INVALID, "skip-invalid", 0)                                     \
	X(SOCKS4A, "socks4a", 0)                                               \
	X(SOCKS5, "socks5", 0)                                                 \
	X(SOURCE, "source", 0)                                                 \
	S(SOURCE_ASSOCIATIONS, "source-associations", SOFT)                    \
	X(SOURCE_NEW, "source-new", 0)                                         \
	S(SOURCE_SESSIONS, "source-sessions", SOFT)                            \
	X(STDERR, "stderr", 0)                                                 \
	X(SYSLOG, "syslog", 0)                                                 \
	X(TABLE_LINE, "table", 1)                                              \
	X(TEXT, "text", 0)                                                     \
	X(THROTTLE, "throttle", 0)                                             \
	X(TIME, "time", 0)                                                     \
	X(TIMEOUT, "timeout", 0)                                               \
	X(TO, "to", 0)                                                         \
	X(UDP, "udp", 0)                                                       \
	X(UNKNOWN, "unknown", 0)                                               \
	X(UPSTREAM, "upstream", 1)                                             \
	X(USER, "user", 0)                                                     \
	S(USER_ASSOCIATIONS, "user-associations", SOFT)                        \
	S(USER_SESSIONS, "user-sessions", SOFT)                                \
	X(USERS, "users", 1)                                                   \
	X(VIA, "via", 0)                                                       \
	S(WAITING, "waiting", SOFT)                                            \
	S(WATCHDOG, "watchdog", SOFT)                                          \
	S(WORKERS, "workers", SOFT)

/* Single characters stand for themselves: { } , ! and newline. */
#define KEYWORD_TOKEN(token, word, any) LEX_##token,
enum lex_token {
	LEX_END = 0,   /* of the outermost file */
	LEX_BAD = 256, /* already complained about */
	LEX_WORD,      /* bare or in quotes */
	LEX_TABLE,     /* <name>; the text has the brackets */
	LEX_MACRO,     /* name of a line "name = value" */
	LEX_LATER,     /* a word of versions to come */
	KEYWORDS(KEYWORD_TOKEN, KEYWORD_TOKEN) LEX_MAX,
};

struct keyword {
	const char *name;
	int         token;
	int         starts;
};

/* Sorted by name. */
extern const struct keyword keywords[];
extern const size_t         nkeywords;

/* The keyword of that name, or NULL. */
const struct keyword *keyword_find(const char *);

/* What a word would do that only later versions know, or NULL. */
const char *keyword_later(const char *);

#endif /* CONFIG_KEYWORD_H */
