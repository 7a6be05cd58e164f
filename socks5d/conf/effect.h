/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a rule does to the sessions that it lets pass, a row each: whence the
 * members of struct conf_route, what the parser takes and complains of, what
 * -nv prints and what the router gets.
 */

#ifndef CONF_EFFECT_H
#define CONF_EFFECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "conf/conf_size.h"
#include "conf/setting.h"

enum effect_kind {
	EFFECT_ADDRESS, /* AF_UNSPEC if not given */
	EFFECT_PORT,    /* 0 */
	EFFECT_NAME,    /* "", as of the next */
	EFFECT_INTERFACE,
	EFFECT_REMOTE,   /* 0: the word local, or nothing */
	EFFECT_ANY,      /* 0; the word any has no other */
	EFFECT_NUMBER,   /* struct conf_number */
	EFFECT_DURATION, /* in milliseconds; 0 */
	EFFECT_LIMIT,    /* in struct conf_limits, with a scope */
};

/* One that may be 0. */
struct conf_number {
	int      given;
	uint32_t n;
};

/*
 * X(NAME, member, group, word, kind, least, most), in the order of -nv: "word
 * value" or, of a group, "group word value".  Least and most are the range of
 * a number or a duration; most of a name is its longest.
 */
#define ROUTE_EFFECTS(X)                                                       \
	/* not where it wants to */                                            \
	X(RDR_TO, rdr, "", "rdr-to", ADDRESS, 0, 0)                            \
	X(RDR_PORT, rdr_port, "rdr-to", "port", PORT, 0, 0)                    \
	/* an upstream, and whether names go there unresolved */               \
	X(VIA, via, "", "via", NAME, 0, CONF_NAME_SIZE - 1)                    \
	X(RESOLVE, remote, "", "resolve", REMOTE, 0, 0)                        \
	X(SOURCE, source, "", "source", ADDRESS, 0, 0)                         \
	X(MARK, mark, "", "mark", NUMBER, 1, UINT32_MAX)                       \
	X(RTABLE, rtable, "", "rtable", NUMBER, 0, 255)                        \
	X(INTERFACE, interface, "", "interface", INTERFACE, 0,                 \
	    CONF_INTERFACE_SIZE - 1)                                           \
	/* datagrams of whoever was not sent any */                            \
	X(INBOUND, inbound, "", "inbound", ANY, 0, 0)                          \
	/* in place of the settings; these stay together */                    \
	X(CONNECT, connect_ms, "timeout", "connect", DURATION, 100,            \
	    10 * SETTING_MINUTE)                                               \
	X(IDLE, idle_ms, "timeout", "idle", DURATION, 100, 7 * SETTING_DAY)    \
	X(HALF_CLOSED, half_closed_ms, "timeout", "half-closed", DURATION,     \
	    100, 7 * SETTING_DAY)                                              \
	X(UDP, udp_ms, "timeout", "udp", DURATION, 100, 7 * SETTING_DAY)       \
	X(BIND, bind_ms, "timeout", "bind", DURATION, 100, SETTING_HOUR)

/* Their members and all about them are their own: see conf_rule.h. */
#define LIMIT_EFFECTS(X)                                                       \
	X(RATE, "rate")                                                        \
	X(SESSIONS, "sessions")                                                \
	X(NEW, "new")                                                          \
	X(QUOTA, "quota")

#define EFFECT_ID(name, ...) EFFECT_ID_##name,

enum effect_id {
	ROUTE_EFFECTS(EFFECT_ID) LIMIT_EFFECTS(EFFECT_ID) EFFECT_ID_MAX,
};

#define EFFECT_ID_LIMITS EFFECT_ID_RATE /* the first of them */

#define EFFECT_MEMBER_ADDRESS(member, most)   struct addr member;
#define EFFECT_MEMBER_PORT(member, most)      uint16_t member;
#define EFFECT_MEMBER_NAME(member, most)      char member[(most) + 1];
#define EFFECT_MEMBER_INTERFACE(member, most) char member[(most) + 1];
#define EFFECT_MEMBER_REMOTE(member, most)    int member;
#define EFFECT_MEMBER_ANY(member, most)       int member;
#define EFFECT_MEMBER_NUMBER(member, most)    struct conf_number member;
#define EFFECT_MEMBER_DURATION(member, most)  uint32_t member;
#define EFFECT_MEMBER(name, member, group, word, kind, least, most)            \
	EFFECT_MEMBER_##kind(member, most)

/* Which way a session that a rule lets pass goes. */
struct conf_route {
	ROUTE_EFFECTS(EFFECT_MEMBER)
};

struct effect {
	const char      *group;
	const char      *word;
	enum effect_kind kind;
	uint32_t         least;
	uint32_t         most;
	size_t           offset; /* in struct conf_route */
};

/* By effect_id. */
extern const struct effect effects[EFFECT_ID_MAX];

/* The effect of that word, which must be one. */
enum effect_id effect_find(const char *word);

/* The word that it begins with: its group or its own. */
const char *effect_name(const struct effect *);

/* Where its value is, and whether there is one; of no limit. */
void       *effect_place(struct conf_route *, const struct effect *);
const void *effect_get(const struct conf_route *, const struct effect *);
int         effect_given(const struct conf_route *, const struct effect *);

#endif /* CONF_EFFECT_H */
