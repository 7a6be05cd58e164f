/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The words that are keywords of socks5d.conf.
 *
 * Pure.  Linked by the parent alone.
 */

#include <stdlib.h>
#include <string.h>

#include "config/keyword.h"

static int	keyword_cmp(const void *, const void *);

const struct keyword keywords[] = {
	{ "address",		LEX_ADDRESS,		0 },
	{ "after",		LEX_AFTER,		0 },
	{ "any",		LEX_ANY,		0 },
	{ "auth",		LEX_AUTH,		0 },
	{ "backoff",		LEX_BACKOFF,		0 },
	{ "balance",		LEX_BALANCE,		0 },
	{ "ban",		LEX_BAN,		0 },
	{ "bind",		LEX_BIND,		0 },
	{ "block",		LEX_BLOCK,		1 },
	{ "breaker",		LEX_BREAKER,		0 },
	{ "burst",		LEX_BURST,		0 },
	{ "cache",		LEX_CACHE,		0 },
	{ "check",		LEX_CHECK,		0 },
	{ "chroot",		LEX_CHROOT,		0 },
	{ "command",		LEX_COMMAND,		0 },
	{ "connect",		LEX_CONNECT,		0 },
	{ "control",		LEX_CONTROL,		1 },
	{ "country",		LEX_COUNTRY,		0 },
	{ "days",		LEX_DAYS,		0 },
	{ "domain",		LEX_DOMAIN,		0 },
	{ "drain",		LEX_DRAIN,		0 },
	{ "drop",		LEX_DROP,		0 },
	{ "every",		LEX_EVERY,		0 },
	{ "failover",		LEX_FAILOVER,		0 },
	{ "failures",		LEX_FAILURES,		0 },
	{ "family",		LEX_FAMILY,		0 },
	{ "file",		LEX_FILE,		0 },
	{ "for",		LEX_FOR,		0 },
	{ "format",		LEX_FORMAT,		0 },
	{ "from",		LEX_FROM,		0 },
	{ "geoip",		LEX_GEOIP,		1 },
	{ "group",		LEX_GROUP,		0 },
	{ "half-closed",	LEX_HALF_CLOSED,	0 },
	{ "half-open",		LEX_HALF_OPEN,		0 },
	{ "handshake",		LEX_HANDSHAKE,		0 },
	{ "http",		LEX_HTTP,		0 },
	{ "idle",		LEX_IDLE,		0 },
	{ "in",			LEX_IN,			0 },
	{ "include",		LEX_INCLUDE,		1 },
	{ "inet",		LEX_INET,		0 },
	{ "inet6",		LEX_INET6,		0 },
	{ "interface",		LEX_INTERFACE,		0 },
	{ "json",		LEX_JSON,		0 },
	{ "keepalive",		LEX_KEEPALIVE,		0 },
	{ "label",		LEX_LABEL,		0 },
	{ "limit",		LEX_LIMIT,		0 },
	{ "listen",		LEX_LISTEN,		1 },
	{ "local",		LEX_LOCAL,		0 },
	{ "localhost",		LEX_LOCALHOST,		0 },
	{ "log",		LEX_LOG,		1 },
	{ "mark",		LEX_MARK,		0 },
	{ "member",		LEX_MEMBER,		0 },
	{ "name",		LEX_NAME,		0 },
	{ "nameserver",		LEX_NAMESERVER,		0 },
	{ "nat64",		LEX_NAT64,		0 },
	{ "new",		LEX_NEW,		0 },
	{ "no",			LEX_NO,			0 },
	{ "none",		LEX_NONE,		0 },
	{ "off",		LEX_OFF,		0 },
	{ "on",			LEX_ON,			0 },
	{ "open",		LEX_OPEN,		0 },
	{ "optional",		LEX_OPTIONAL,		0 },
	{ "pass",		LEX_PASS,		1 },
	{ "password",		LEX_PASSWORD,		0 },
	{ "per",		LEX_PER,		0 },
	{ "per-source",		LEX_PER_SOURCE,		0 },
	{ "port",		LEX_PORT,		0 },
	{ "quick",		LEX_QUICK,		0 },
	{ "quota",		LEX_QUOTA,		0 },
	{ "quotas",		LEX_QUOTAS,		1 },
	{ "rate",		LEX_RATE,		0 },
	{ "rdr-to",		LEX_RDR_TO,		0 },
	{ "relays",		LEX_RELAYS,		0 },
	{ "remote",		LEX_REMOTE,		0 },
	{ "require",		LEX_REQUIRE,		0 },
	{ "required",		LEX_REQUIRED,		0 },
	{ "resolve",		LEX_RESOLVE,		0 },
	{ "resolver",		LEX_RESOLVER,		1 },
	{ "retry",		LEX_RETRY,		0 },
	{ "return",		LEX_RETURN,		0 },
	{ "roundrobin",		LEX_ROUNDROBIN,		0 },
	{ "rtable",		LEX_RTABLE,		0 },
	{ "rule",		LEX_RULE,		0 },
	{ "sessions",		LEX_SESSIONS,		0 },
	{ "set",		LEX_SET,		1 },
	{ "silence",		LEX_SILENCE,		0 },
	{ "skip-invalid",	LEX_SKIP_INVALID,	0 },
	{ "socks4a",		LEX_SOCKS4A,		0 },
	{ "socks5",		LEX_SOCKS5,		0 },
	{ "source",		LEX_SOURCE,		0 },
	{ "source-new",		LEX_SOURCE_NEW,		0 },
	{ "source-sessions",	LEX_SOURCE_SESSIONS,	0 },
	{ "stderr",		LEX_STDERR,		0 },
	{ "syslog",		LEX_SYSLOG,		0 },
	{ "table",		LEX_TABLE_LINE,		1 },
	{ "text",		LEX_TEXT,		0 },
	{ "throttle",		LEX_THROTTLE,		0 },
	{ "time",		LEX_TIME,		0 },
	{ "timeout",		LEX_TIMEOUT,		0 },
	{ "to",			LEX_TO,			0 },
	{ "udp",		LEX_UDP,		0 },
	{ "unknown",		LEX_UNKNOWN,		0 },
	{ "upstream",		LEX_UPSTREAM,		1 },
	{ "user",		LEX_USER,		0 },
	{ "user-sessions",	LEX_USER_SESSIONS,	0 },
	{ "users",		LEX_USERS,		1 },
	{ "via",		LEX_VIA,		0 },
	{ "watchdog",		LEX_WATCHDOG,		0 },
	{ "workers",		LEX_WORKERS,		0 },
};

const size_t nkeywords = sizeof(keywords) / sizeof(keywords[0]);

/* Words of later versions, and what they would do. */
static const struct {
	const char	*name;
	const char	*what;
} later[] = {
	{ "metrics",	"the metrics page" },
};

const struct keyword *
keyword_find(const char *text)
{
	return bsearch(text, keywords, nkeywords,
	    sizeof(keywords[0]), keyword_cmp);
}

static int
keyword_cmp(const void *key, const void *entry)
{
	const struct keyword	*k = entry;

	return strcmp(key, k->name);
}

const char *
keyword_later(const char *text)
{
	size_t	i;

	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (strcmp(text, later[i].name) == 0)
			return later[i].what;
	}
	return NULL;
}
