/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The tokens of socks5d.conf and the words that are its keywords.
 *
 * Pure.  Linked by the parent alone.
 */

#ifndef CONFIG_KEYWORD_H
#define CONFIG_KEYWORD_H

#include <stddef.h>

/* Single characters stand for themselves: { } , ! and newline. */
enum lex_token {
	LEX_END = 0,		/* of the outermost file */
	LEX_BAD = 256,		/* already complained about */
	LEX_WORD,		/* bare or in quotes */
	LEX_TABLE,		/* <name>; the text has the brackets */
	LEX_MACRO,		/* name of a line "name = value" */
	LEX_LATER,		/* a word of versions to come */
	LEX_ADDRESS,
	LEX_AFTER,
	LEX_ANY,
	LEX_AUTH,
	LEX_BACKOFF,
	LEX_BALANCE,
	LEX_BAN,
	LEX_BIND,
	LEX_BLOCK,
	LEX_BREAKER,
	LEX_BURST,
	LEX_CACHE,
	LEX_CHECK,
	LEX_CHROOT,
	LEX_COMMAND,
	LEX_CONNECT,
	LEX_CONTROL,
	LEX_COUNTRY,
	LEX_DAYS,
	LEX_DOMAIN,
	LEX_DRAIN,
	LEX_DROP,
	LEX_EVERY,
	LEX_FAILOVER,
	LEX_FAILURES,
	LEX_FAMILY,
	LEX_FILE,
	LEX_FOR,
	LEX_FORMAT,
	LEX_FROM,
	LEX_GEOIP,
	LEX_GROUP,
	LEX_HALF_CLOSED,
	LEX_HALF_OPEN,
	LEX_HANDSHAKE,
	LEX_HTTP,
	LEX_IDLE,
	LEX_IN,
	LEX_INCLUDE,
	LEX_INET,
	LEX_INET6,
	LEX_INTERFACE,
	LEX_JSON,
	LEX_KEEPALIVE,
	LEX_LABEL,
	LEX_LIMIT,
	LEX_LISTEN,
	LEX_LOCAL,
	LEX_LOCALHOST,
	LEX_LOG,
	LEX_MARK,
	LEX_MEMBER,
	LEX_NAME,
	LEX_NAMESERVER,
	LEX_NAT64,
	LEX_NEW,
	LEX_NO,
	LEX_NONE,
	LEX_OFF,
	LEX_ON,
	LEX_OPEN,
	LEX_OPTIONAL,
	LEX_PASS,
	LEX_PASSWORD,
	LEX_PER,
	LEX_PER_SOURCE,
	LEX_PORT,
	LEX_QUICK,
	LEX_QUOTA,
	LEX_QUOTAS,
	LEX_RATE,
	LEX_RDR_TO,
	LEX_RELAYS,
	LEX_REMOTE,
	LEX_REQUIRE,
	LEX_REQUIRED,
	LEX_RESOLVE,
	LEX_RESOLVER,
	LEX_RETRY,
	LEX_RETURN,
	LEX_ROUNDROBIN,
	LEX_RTABLE,
	LEX_RULE,
	LEX_SESSIONS,
	LEX_SET,
	LEX_SILENCE,
	LEX_SKIP_INVALID,
	LEX_SOCKS4A,
	LEX_SOCKS5,
	LEX_SOURCE,
	LEX_SOURCE_NEW,
	LEX_SOURCE_SESSIONS,
	LEX_STDERR,
	LEX_SYSLOG,
	LEX_TABLE_LINE,
	LEX_TEXT,
	LEX_THROTTLE,
	LEX_TIME,
	LEX_TIMEOUT,
	LEX_TO,
	LEX_UDP,
	LEX_UNKNOWN,
	LEX_UPSTREAM,
	LEX_USER,
	LEX_USERS,
	LEX_USER_SESSIONS,
	LEX_VIA,
	LEX_WATCHDOG,
	LEX_WORKERS,
	LEX_MAX
};

struct keyword {
	const char	*name;
	int		 token;
	int		 starts;	/* begins a line of its own kind */
};

/* Sorted by name. */
extern const struct keyword	keywords[];
extern const size_t		nkeywords;

/* The keyword of that name, or NULL. */
const struct keyword	*keyword_find(const char *);

/* What a word would do that only later versions know, or NULL. */
const char		*keyword_later(const char *);

#endif /* CONFIG_KEYWORD_H */
