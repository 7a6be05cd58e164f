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
 * The counters, from one table: it feeds the roles that count, socks5ctl and
 * the test that reads the manual page.
 *
 * Pure.  Linked by everything, socks5ctl included.
 */

#ifndef BASE_COUNTERS_H
#define BASE_COUNTERS_H

#include <stdint.h>

/* One row per counter: constant, name, what it counts. */
#define COUNTER_TABLE(X)						\
	X(SESSIONS_ACCEPTED, "sessions-accepted",			\
	    "clients accepted")						\
	X(SESSIONS_OPENED, "sessions-opened",				\
	    "targets connected for a client")				\
	X(SESSIONS_CLOSED, "sessions-closed",				\
	    "sessions ended, whatever the cause")			\
	X(REFUSED_RULE, "refused-rule",					\
	    "requests refused by a rule or for lack of one")		\
	X(REFUSED_INTERNAL, "refused-internal",				\
	    "requests refused for an internal address not named")	\
	X(SESSIONS_REVOKED, "sessions-revoked",				\
	    "sessions ended for a reload's rules that refuse them")	\
	X(REFUSED_NAME, "refused-name",					\
	    "requests with a name that is none or a disguised number")	\
	X(REFUSED_PROTOCOL, "refused-protocol",				\
	    "clients that did not speak SOCKS5 as RFC 1928 says")	\
	X(LIMIT_SESSIONS, "limit-sessions",				\
	    "times that accepting paused at the limit of sessions")	\
	X(LIMIT_HALF_OPEN, "limit-half-open",				\
	    "clients dropped at the limit of half-open sessions")	\
	X(LIMIT_PER_SOURCE, "limit-per-source",				\
	    "clients dropped at the half-open limit of their source")	\
	X(LIMIT_SOURCE_SESSIONS, "limit-source-sessions",		\
	    "requests refused as their source has its sessions")	\
	X(LIMIT_SOURCE_NEW, "limit-source-new",				\
	    "requests refused as their source makes too many")		\
	X(LIMIT_USER_SESSIONS, "limit-user-sessions",			\
	    "requests refused as their user has all sessions allowed")	\
	X(LIMIT_RULE_SESSIONS, "limit-rule-sessions",			\
	    "requests refused for the sessions that their rule allows")	\
	X(LIMIT_RULE_NEW, "limit-rule-new",				\
	    "requests refused as their rule allows no more at this time") \
	X(LIMIT_QUOTA, "limit-quota",					\
	    "requests refused as the quota of their rule is used up")	\
	X(QUOTA_ENDED, "quota-ended",					\
	    "open sessions ended as the quota of their rule was used up") \
	X(QUOTA_ROOM, "quota-room",					\
	    "requests refused for want of room to keep a used quota")	\
	X(LIMIT_ATTEMPTS, "limit-attempts",				\
	    "requests refused as too many connections were under way")	\
	X(ATTEMPTS_WAITED, "attempts-waited",				\
	    "times that a request waited for others before it connected") \
	X(ACCEPT_PAUSED, "accept-paused",				\
	    "times that accepting paused for lack of resources")	\
	X(HANDSHAKE_TIMEOUTS, "handshake-timeouts",			\
	    "clients that did not finish their request in time")	\
	X(IDLE_TIMEOUTS, "idle-timeouts",				\
	    "sessions ended for being idle or half closed too long")	\
	X(CONNECT_FAILED, "connect-failed",				\
	    "requests whose target could not be connected")		\
	X(UPSTREAM_TRIES, "upstream-tries",				\
	    "ways by upstreams tried, for requests and checks")		\
	X(UPSTREAM_FAILURES, "upstream-failures",			\
	    "those of them that failed through a proxy")		\
	X(BREAKERS_OPENED, "breakers-opened",				\
	    "proxies left alone after too many failures")		\
	X(NAMES_RESOLVED, "names-resolved",				\
	    "questions to name servers, one a family")			\
	X(NAMES_CACHED, "names-cached",					\
	    "the same answered from cache or hosts file")		\
	X(NAMES_FAILED, "names-failed",					\
	    "the same not found or not answered")			\
	X(NAMES_REFUSED, "names-refused",				\
	    "the same not asked, as too many run for who asks or at all") \
	X(NAMES_RUNNING, "names-running",				\
	    "questions whose answer is waited for at this moment")	\
	X(NAMES_STRAY, "names-stray",					\
	    "datagrams from name servers that answer no question")	\
	X(LOGINS_OK, "logins-ok",					\
	    "logins that succeeded, by a hash or from memory")		\
	X(LOGINS_CACHED, "logins-cached",				\
	    "those of them that were remembered and not hashed")	\
	X(LOGINS_FAILED, "logins-failed",				\
	    "logins that failed, for whatever reason")			\
	X(LOGINS_BANNED, "logins-banned",				\
	    "those of them refused unseen after too many failures")	\
	X(LOGINS_BUSY, "logins-busy",					\
	    "those of them without time for a hash, or too many")	\
	X(LOGINS_WAITING, "logins-waiting",				\
	    "passwords that wait to be hashed at this moment")		\
	X(HASHES, "hashes",						\
	    "passwords hashed")						\
	X(HASH_MICROSECONDS, "hash-microseconds",			\
	    "time that this took, in millionths of a second")		\
	X(BANS, "bans",							\
	    "bans of a source or user after failed logins")		\
	X(TABLES_LOADED, "tables-loaded",				\
	    "tables and databases made into images at start and reload") \
	X(TABLES_CHANGED, "tables-changed",				\
	    "changes of tables by socks5ctl")				\
	X(TABLES_FAILED, "tables-failed",				\
	    "tables that could not be loaded or changed")		\
	X(BYTES_UP, "bytes-up",						\
	    "bytes from clients to targets")				\
	X(BYTES_DOWN, "bytes-down",					\
	    "bytes from targets to clients")				\
	X(DESCRIPTORS_LOST, "descriptors-lost",				\
	    "descriptors that did not fit into a receiver's table")	\
	X(BAD_PEERS, "bad-peers",					\
	    "channels closed because the peer broke the rules")		\
	X(CHILD_DEATHS, "child-deaths",					\
	    "children that died unasked")				\
	X(CHILD_SANDBOX_KILLS, "child-sandbox-kills",			\
	    "children killed by the system call filter")		\
	X(CHILD_SILENCES, "child-silences",				\
	    "times that a child did not answer for too long")		\
	X(CHILD_WATCHDOG, "child-watchdog",				\
	    "children ended for that, as set watchdog says")		\
	X(FILES_NOT_WRITTEN, "files-not-written",			\
	    "times that quotas or users could not be written, or not in time") \
	X(LOG_LINES_LOST, "log-lines-lost",				\
	    "log lines dropped because the log did not take them")

#define COUNTER_ENUM(id, name, help)	COUNTER_##id,
enum counter {
	COUNTER_TABLE(COUNTER_ENUM)
	COUNTER_MAX
};
#undef COUNTER_ENUM

/* One per process that counts, zeroed at start. */
struct counters {
	uint64_t	v[COUNTER_MAX];
};

const char	*counter_name(enum counter);
const char	*counter_help(enum counter);

#endif /* BASE_COUNTERS_H */
