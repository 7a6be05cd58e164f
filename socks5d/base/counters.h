/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The counters, from one table: it feeds the roles that count, socks5ctl and
 * the test that reads the manual page.
 *
 * Pure.
 */

#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdint.h>

/* clang-format off */
/* One row per counter: constant, name, what it counts. */
#define COUNTER_TABLE(X)						\
	X(SESSIONS_ACCEPTED, "sessions-accepted",			\
	    "clients accepted")						\
	X(SESSIONS_OPENED, "sessions-opened",				\
	    "targets connected for a client")				\
	X(ASSOCIATIONS_OPENED, "associations-opened",			\
	    "UDP associations")						\
	X(SESSIONS_CLOSED, "sessions-closed",				\
	    "sessions ended, whatever the cause")			\
	X(REFUSED_RULE, "refused-rule",					\
	    "requests refused by a rule, or because none matched")	\
	X(REFUSED_INTERNAL, "refused-internal",				\
	    "requests refused: internal address that no rule names")	\
	X(SESSIONS_REVOKED, "sessions-revoked",				\
	    "sessions ended because reloaded rules refuse them")	\
	X(REFUSED_NAME, "refused-name",					\
	    "requests with an invalid host name or non-canonical address") \
	X(REFUSED_PROTOCOL, "refused-protocol",				\
	    "clients that did not speak SOCKS5 (RFC 1928)")		\
	X(LIMIT_SESSIONS, "limit-sessions",				\
	    "times accepting paused at the session limit")		\
	X(LIMIT_HALF_OPEN, "limit-half-open",				\
	    "clients dropped at the limit of half-open sessions")	\
	X(LIMIT_PER_SOURCE, "limit-per-source",				\
	    "clients dropped at the half-open limit of their source")	\
	X(LIMIT_SOURCE_SESSIONS, "limit-source-sessions",		\
	    "requests refused: source at its session limit")		\
	X(LIMIT_SOURCE_NEW, "limit-source-new",				\
	    "requests refused: source over its rate of new sessions")	\
	X(LIMIT_USER_SESSIONS, "limit-user-sessions",			\
	    "requests refused: user at its session limit")		\
	X(LIMIT_ASSOCIATIONS, "limit-associations",			\
	    "requests refused: at the limit of UDP associations")	\
	X(LIMIT_SOURCE_ASSOCIATIONS, "limit-source-associations",	\
	    "requests refused: source at its limit of UDP associations") \
	X(LIMIT_USER_ASSOCIATIONS, "limit-user-associations",		\
	    "requests refused: user at its limit of UDP associations")	\
	X(LIMIT_RULE_SESSIONS, "limit-rule-sessions",			\
	    "requests refused: rule at its session limit")		\
	X(LIMIT_RULE_NEW, "limit-rule-new",				\
	    "requests refused: rule over its rate of new sessions")	\
	X(LIMIT_QUOTA, "limit-quota",					\
	    "requests refused: quota of the rule used up")		\
	X(QUOTA_ENDED, "quota-ended",					\
	    "open sessions ended: quota of the rule used up")		\
	X(QUOTA_ROOM, "quota-room",					\
	    "requests refused: too many used quotas to keep another")	\
	X(LIMIT_ATTEMPTS, "limit-attempts",				\
	    "requests refused: too many connection attempts pending")	\
	X(ATTEMPTS_WAITED, "attempts-waited",				\
	    "times a request waited for earlier connection attempts")	\
	X(ACCEPT_PAUSED, "accept-paused",				\
	    "times accepting paused for lack of resources")		\
	X(HANDSHAKE_TIMEOUTS, "handshake-timeouts",			\
	    "clients that did not finish their request in time")	\
	X(IDLE_TIMEOUTS, "idle-timeouts",				\
	    "sessions ended: idle or half-closed for too long")		\
	X(CONNECT_FAILED, "connect-failed",				\
	    "requests whose target could not be connected")		\
	X(BINDS, "binds",						\
	    "times a BIND began to listen for its target")		\
	X(BIND_STRANGERS, "bind-strangers",				\
	    "connections to BIND ports from another than was asked for") \
	X(BIND_REFUSED, "bind-refused",					\
	    "connections to BIND ports refused by a rule or a limit")	\
	X(BIND_TIMEOUTS, "bind-timeouts",				\
	    "BINDs that ended because their target did not connect")	\
	X(BIND_PORTS, "bind-ports",					\
	    "BINDs refused: no port of the range was free")		\
	X(UDP_SOCKETS, "udp-sockets",					\
	    "sockets of UDP not made: no descriptor was left for them") \
	X(UDP_PORTS, "udp-ports",					\
	    "associations refused: no port of the range was free")	\
	X(UPSTREAM_TRIES, "upstream-tries",				\
	    "upstream connection attempts, for requests and checks")	\
	X(UPSTREAM_FAILURES, "upstream-failures",			\
	    "upstream connection attempts that failed at a proxy")	\
	X(BREAKERS_OPENED, "breakers-opened",				\
	    "times a proxy was taken out of use after failures")	\
	X(NAMES_RESOLVED, "names-resolved",				\
	    "queries to name servers, one per address family")		\
	X(NAMES_CACHED, "names-cached",					\
	    "name lookups answered from the cache or hosts file")	\
	X(NAMES_FAILED, "names-failed",					\
	    "name lookups without an address or without an answer")	\
	X(NAMES_REFUSED, "names-refused",				\
	    "name lookups refused: too many pending, for source or all") \
	X(NAMES_RUNNING, "names-running",				\
	    "name lookups pending now")					\
	X(NAMES_STRAY, "names-stray",					\
	    "datagrams from name servers that match no query")		\
	X(NAME_SERVER_FAILURES, "name-server-failures",			\
	    "times that a name server stopped answering")		\
	X(NAME_SERVERS, "name-servers",					\
	    "name servers in the configuration in force")		\
	X(NAME_SERVERS_DEAD, "name-servers-dead",			\
	    "name servers that do not answer now")			\
	X(LOGINS_OK, "logins-ok",					\
	    "successful logins, hashed or cached")			\
	X(LOGINS_CACHED, "logins-cached",				\
	    "successful logins from the cache, without hashing")	\
	X(LOGINS_FAILED, "logins-failed",				\
	    "failed logins, whatever the cause")			\
	X(LOGINS_BANNED, "logins-banned",				\
	    "logins refused without a check: source or user banned")	\
	X(LOGINS_REPEATED, "logins-repeated",				\
	    "failed logins that repeated one: no further guess")	\
	X(LOGINS_BUSY, "logins-busy",					\
	    "logins refused: hash queue full, or too many of one source") \
	X(LOGINS_EMPTY, "logins-empty",					\
	    "logins with an empty password: nobody's")			\
	X(LOGINS_IGNORED, "logins-ignored",				\
	    "unsolicited logins")					\
	X(LOGINS_WAITING, "logins-waiting",				\
	    "passwords waiting to be hashed now")			\
	X(HASHES, "hashes",						\
	    "passwords hashed")						\
	X(HASH_MICROSECONDS, "hash-microseconds",			\
	    "time spent hashing, in microseconds")			\
	X(BANS, "bans",							\
	    "bans of a source or user after failed logins")		\
	X(TABLES_LOADED, "tables-loaded",				\
	    "tables and databases loaded at start and reload")		\
	X(TABLES_CHANGED, "tables-changed",				\
	    "table changes by socks5ctl")				\
	X(TABLES_FAILED, "tables-failed",				\
	    "tables that could not be loaded or changed")		\
	X(BYTES_UP, "bytes-up",						\
	    "bytes from clients to targets")				\
	X(BYTES_DOWN, "bytes-down",					\
	    "bytes from targets to clients")				\
	X(DATAGRAMS_UP, "datagrams-up",					\
	    "UDP datagrams from clients to targets")			\
	X(DATAGRAMS_DOWN, "datagrams-down",				\
	    "UDP datagrams from targets to clients")			\
	X(UDP_FLOWS_EVICTED, "udp-flows-evicted",			\
	    "destinations given up for others of their association")	\
	X(UDP_FLOWS_REVOKED, "udp-flows-revoked",			\
	    "destinations closed because reloaded rules refuse them")	\
	X(UDP_FLOWS_QUOTA, "udp-flows-quota",				\
	    "destinations closed: quota used up")			\
	/* In the order of enum udp_drop. */				\
	X(UDP_DROPPED_STRANGER, "udp-dropped-stranger",			\
	    "datagrams dropped: not from the client, or of no destination")\
	X(UDP_DROPPED_FRAGMENT, "udp-dropped-fragment",			\
	    "datagrams dropped: fragments (FRAG is not 0)")		\
	X(UDP_DROPPED_MALFORMED, "udp-dropped-malformed",		\
	    "datagrams dropped: with a malformed header")		\
	X(UDP_DROPPED_RULE, "udp-dropped-rule",				\
	    "datagrams dropped: to a destination that no rule passes")	\
	X(UDP_DROPPED_INTERNAL, "udp-dropped-internal",			\
	    "datagrams dropped: to an internal address, not named")	\
	X(UDP_DROPPED_NAME, "udp-dropped-name",				\
	    "datagrams dropped: to a name without an address")		\
	X(UDP_DROPPED_LIMIT, "udp-dropped-limit",			\
	    "datagrams dropped: beyond a limit")			\
	X(UDP_DROPPED_WAITING, "udp-dropped-waiting",			\
	    "datagrams dropped: too many waited for a verdict")		\
	X(UDP_DROPPED_RATE, "udp-dropped-rate",				\
	    "datagrams dropped: over the rate or quota of their rule")	\
	X(UDP_DROPPED_SIZE, "udp-dropped-size",				\
	    "datagrams dropped: too long for where they go")		\
	X(UDP_DROPPED_BUFFER, "udp-dropped-buffer",			\
	    "datagrams dropped: the buffers of the system are full")	\
	X(UDP_DROPPED_UNREACHABLE, "udp-dropped-unreachable",		\
	    "datagrams dropped: to what cannot be reached")		\
	X(UDP_DROPPED_NO_RESOURCES, "udp-dropped-no-resources",		\
	    "datagrams dropped: out of descriptors, ports or memory")	\
	X(DESCRIPTORS_LOST, "descriptors-lost",				\
	    "descriptors lost in transfer: receiver at its limit")	\
	X(BAD_PEERS, "bad-peers",					\
	    "channels closed after a protocol violation")		\
	X(CHILD_DEATHS, "child-deaths",					\
	    "child processes that exited unexpectedly")			\
	X(CHILD_SANDBOX_KILLS, "child-sandbox-kills",			\
	    "child processes killed by the system call filter")		\
	X(CHILD_SILENCES, "child-silences",				\
	    "times a child process stopped answering")			\
	X(CHILD_WATCHDOG, "child-watchdog",				\
	    "unresponsive child processes killed by the watchdog")	\
	X(FILES_NOT_WRITTEN, "files-not-written",			\
	    "failed or overdue writes of the quota or users file")	\
	X(LOG_LINES_LOST, "log-lines-lost",				\
	    "log lines dropped: log full or unavailable")

#define COUNTER_ENUM(id, name, help)	COUNTER_##id,
enum counter {
	COUNTER_TABLE(COUNTER_ENUM)
	COUNTER_MAX
};
/* clang-format on */
#undef COUNTER_ENUM

/* One per process that counts, zeroed at start. */
struct counters {
	uint64_t v[COUNTER_MAX];
};

const char *counter_name(enum counter);
const char *counter_help(enum counter);

#endif /* BASE_COUNTERS_H */
