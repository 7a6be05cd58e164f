/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The numbers of the "set" lines, a row each: whence the members of struct
 * conf_settings with their defaults, what the parser takes and complains of,
 * what -nv prints and what the children get.
 */

#ifndef CONF_SETTING_H
#define CONF_SETTING_H

#include <stddef.h>
#include <stdint.h>

#include "base/embedded.h"
#include "base/proc.h"

/* In place of a number that has a default: said to be none. */
#define CONF_NO_LIMIT UINT32_MAX

#define SETTING_SECOND 1000U
#define SETTING_MINUTE (60 * SETTING_SECOND)
#define SETTING_HOUR   (60 * SETTING_MINUTE)
#define SETTING_DAY    (24 * SETTING_HOUR)

enum setting_kind {
	SETTING_COUNT,
	SETTING_DURATION, /* in milliseconds */
	SETTING_NEW,      /* count, time and burst, as in 10/s burst 20 */
	SETTING_THROTTLE, /* failures, their time and the ban */
	SETTING_PART,     /* of one of the two above: see its range */
};

/* Printed although it is the default; no child gets it. */
#define SETTING_SHOWN 0x01U
#define SETTING_LOCAL 0x02U

#define SETTING_NO_OFF (-1)

/*
 * X(NAME, member, group, word, kind, least, most, off, default, flags), in the
 * order of -nv.  Lines "set group word value word value" or, without a group,
 * "set word value"; off is what "off" stands for.  Least and most are such that
 * no arithmetic on them can overflow.
 */
#define SETTINGS(X)                                                            \
	/* 0: one per CPU */                                                   \
	X(RELAYS, relays, "", "relays", SETTING_COUNT, 1, RELAYS_MAX,          \
	    SETTING_NO_OFF, 0, 0)                                              \
	/* 0: what descriptors allow */                                        \
	X(SESSIONS, sessions, "", "sessions", SETTING_COUNT, 1, 1000000,       \
	    SETTING_NO_OFF, 0, 0)                                              \
	X(HANDSHAKE, handshake_ms, "timeout", "handshake", SETTING_DURATION,   \
	    100, 10 * SETTING_MINUTE, SETTING_NO_OFF, 10 * SETTING_SECOND,     \
	    SETTING_SHOWN)                                                     \
	X(CONNECT, connect_ms, "timeout", "connect", SETTING_DURATION, 100,    \
	    10 * SETTING_MINUTE, SETTING_NO_OFF, 15 * SETTING_SECOND,          \
	    SETTING_SHOWN)                                                     \
	X(IDLE, idle_ms, "timeout", "idle", SETTING_DURATION, 100,             \
	    7 * SETTING_DAY, SETTING_NO_OFF, 15 * SETTING_MINUTE,              \
	    SETTING_SHOWN)                                                     \
	X(HALF_CLOSED, half_closed_ms, "timeout", "half-closed",               \
	    SETTING_DURATION, 100, 7 * SETTING_DAY, SETTING_NO_OFF,            \
	    2 * SETTING_MINUTE, SETTING_SHOWN)                                 \
	/* without a datagram, and without the peer that is awaited */         \
	X(UDP, udp_ms, "timeout", "udp", SETTING_DURATION, 100,                \
	    7 * SETTING_DAY, SETTING_NO_OFF, SETTING_MINUTE, SETTING_SHOWN)    \
	X(BIND, bind_ms, "timeout", "bind", SETTING_DURATION, 100,             \
	    SETTING_HOUR, SETTING_NO_OFF, 2 * SETTING_MINUTE, SETTING_SHOWN)   \
	/* 0: as the system does */                                            \
	X(KEEPALIVE, keepalive_ms, "timeout", "keepalive", SETTING_DURATION,   \
	    2 * SETTING_SECOND, 12 * SETTING_HOUR, SETTING_NO_OFF, 0, 0)       \
	X(DRAIN, drain_ms, "timeout", "drain", SETTING_DURATION, 0,            \
	    SETTING_HOUR, SETTING_NO_OFF, 30 * SETTING_SECOND, SETTING_SHOWN)  \
	/* of a child */                                                       \
	X(SILENCE, silence_ms, "timeout", "silence", SETTING_DURATION,         \
	    SETTING_SECOND, SETTING_HOUR, SETTING_NO_OFF, 10 * SETTING_SECOND, \
	    SETTING_LOCAL)                                                     \
	X(WATCHDOG, watchdog_ms, "", "watchdog", SETTING_DURATION,             \
	    SETTING_SECOND, SETTING_HOUR, 0, 0, SETTING_LOCAL)                 \
	/* sessions without a request yet, in all and of one source */         \
	X(HALF_OPEN, half_open, "limit", "half-open", SETTING_COUNT, 1,        \
	    1000000, SETTING_NO_OFF, 1024, SETTING_SHOWN)                      \
	X(PER_SOURCE, per_source, "limit", "per-source", SETTING_COUNT, 1,     \
	    1000000, SETTING_NO_OFF, 64, SETTING_SHOWN)                        \
	/* 0: part of all */                                                   \
	X(SOURCE_SESSIONS, source_sessions, "limit", "source-sessions",        \
	    SETTING_COUNT, 1, 1000000, CONF_NO_LIMIT, 0, 0)                    \
	/* 0: any number */                                                    \
	X(SOURCE_NEW, source_new_count, "limit", "source-new", SETTING_NEW, 0, \
	    0, SETTING_NO_OFF, 0, 0)                                           \
	X(SOURCE_NEW_MS, source_new_ms, "limit", "", SETTING_PART, 0, 0,       \
	    SETTING_NO_OFF, 0, 0)                                              \
	X(SOURCE_NEW_BURST, source_new_burst, "limit", "", SETTING_PART, 0, 0, \
	    SETTING_NO_OFF, 0, 0)                                              \
	/* of one user; 0: all */                                              \
	X(USER_SESSIONS, user_sessions, "limit", "user-sessions",              \
	    SETTING_COUNT, 1, 1000000, SETTING_NO_OFF, 0, 0)                   \
	/* UDP: 0: what descriptors allow */                                   \
	X(ASSOCIATIONS, associations, "limit", "associations", SETTING_COUNT,  \
	    1, 1000000, SETTING_NO_OFF, 0, 0)                                  \
	/* 0: those of source-sessions */                                      \
	X(SOURCE_ASSOCIATIONS, source_associations, "limit",                   \
	    "source-associations", SETTING_COUNT, 1, 1000000, SETTING_NO_OFF,  \
	    0, 0)                                                              \
	/* of one user; 0: all */                                              \
	X(USER_ASSOCIATIONS, user_associations, "limit", "user-associations",  \
	    SETTING_COUNT, 1, 1000000, SETTING_NO_OFF, 0, 0)                   \
	/* of one association; datagrams of it that wait for a verdict */      \
	X(DESTINATIONS, destinations, "limit", "destinations", SETTING_COUNT,  \
	    1, 4096, SETTING_NO_OFF, 256, SETTING_SHOWN)                       \
	X(WAITING, udp_waiting, "limit", "waiting", SETTING_COUNT, 1, 1024,    \
	    SETTING_NO_OFF, 32, SETTING_SHOWN)                                 \
	/* processes that hash */                                              \
	X(WORKERS, auth_workers, "auth", "workers", SETTING_COUNT, 1,          \
	    HASHERS_MAX, SETTING_NO_OFF, 2, SETTING_SHOWN)                     \
	/* 0: logins are not kept */                                           \
	X(AUTH_CACHE, auth_cache_ms, "auth", "cache", SETTING_DURATION, 0,     \
	    SETTING_DAY, SETTING_NO_OFF, SETTING_MINUTE, SETTING_SHOWN)        \
	/* 0: no throttle */                                                   \
	X(THROTTLE, throttle_failures, "auth", "throttle", SETTING_THROTTLE,   \
	    1, 10000, 0, 10, SETTING_SHOWN)                                    \
	X(THROTTLE_IN, throttle_within_ms, "auth", "", SETTING_PART,           \
	    SETTING_SECOND, SETTING_DAY, SETTING_NO_OFF, 10 * SETTING_MINUTE,  \
	    0)                                                                 \
	/* the first time */                                                   \
	X(THROTTLE_BAN, throttle_ban_ms, "auth", "", SETTING_PART,             \
	    SETTING_SECOND, 12 * SETTING_HOUR, SETTING_NO_OFF,                 \
	    10 * SETTING_MINUTE, 0)

#define SETTING_ID(name, ...)             SETTING_ID_##name,
#define SETTING_MEMBER(name, member, ...) uint32_t member;

enum setting_id {
	SETTINGS(SETTING_ID) SETTING_ID_MAX,
};

/* The "set" lines: one struct, as roles read it whole. */
struct conf_settings {
	SETTINGS(SETTING_MEMBER)
	uint32_t      connect_most_ms; /* in children: of any rule */
	uint8_t       nnat64;
	struct prefix nat64[NAT64_MAX]; /* see base/embedded.h */
};

struct setting {
	const char       *group;
	const char       *word; /* "" of a part */
	enum setting_kind kind;
	uint32_t          least;
	uint32_t          most;
	int64_t           off;   /* or SETTING_NO_OFF */
	uint32_t          start; /* the default */
	unsigned int      flags;
	size_t            offset; /* in struct conf_settings */
};

/* By setting_id. */
extern const struct setting settings[SETTING_ID_MAX];

/* The row of that group ("" for none) and word, no part; or NULL. */
const struct setting *setting_find(const char *group, const char *word);

/* Where its number is. */
uint32_t *setting_place(struct conf_settings *, const struct setting *);
uint32_t  setting_get(const struct conf_settings *, const struct setting *);

/* All as they are by default. */
void settings_init(struct conf_settings *);

#endif /* CONF_SETTING_H */
