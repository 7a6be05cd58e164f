/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about sessions: between the router, which decides, and
 * the relays, which carry them.
 *
 * Pure codec.  Rules as in msg_codec.h.
 */

#ifndef BASE_MSG_SESSION_H
#define BASE_MSG_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/hostname.h"
#include "base/login.h"
#include "base/msg.h"
#include "base/session.h"

/*
 * The router's word to auth on where a client comes from.  The relay between
 * them can neither make one nor use it for another session.
 */
#define TOKEN_LEN 16

struct token {
	struct addr client;
	uint8_t     tag[TOKEN_LEN];
};

/*
 * MSG_SESSION_NEW: how long the client may take for its request, and what
 * methods are for it.  The token is there unless that is AUTH_MODE_NONE.
 */
struct msg_session_new {
	uint32_t       handshake_ms;
	enum auth_mode auth;
	struct token   token;
};

void msg_put_session_new(struct wbuf *, const struct msg_session_new *);
int  msg_get_session_new(const struct msg *, struct msg_session_new *);

/*
 * MSG_SESSION_OPEN: the request as the client sent it.  Either addr is set,
 * or af is AF_UNSPEC and there is a name, raw bytes of any value.  login says
 * what the client was told of its login.
 */
struct msg_session_open {
	enum session_command command;
	struct addr          addr;
	uint16_t             port;
	uint8_t              login; /* enum login_told */
	uint8_t              namelen;
	uint8_t              name[255];
};

void msg_put_session_open(struct wbuf *, const struct msg_session_open *);
int  msg_get_session_open(const struct msg *, struct msg_session_open *);

/*
 * The facts that the router knows of an open session.  Packed, they lie with
 * the relay while the session lives, so that a router that was started again
 * gets them back (MSG_SESSION_ADOPT), signed: see token.h.
 */
struct session_facts {
	struct addr          client;
	uint16_t             client_port;
	uint32_t             listener; /* id of conf_listener */
	enum session_command command;
	char                 name[HOSTNAME_MAX + 1]; /* "" if by address */
	char                 user[LOGIN_NAME_SIZE];  /* "" if none */
	struct addr          target;                 /* the one connected */
	uint16_t             target_port;
	uint32_t             generation; /* config that decided */
	uint32_t             rule;       /* or RULE_NONE */
	uint64_t             limits;     /* which it set, or 0 */
	uint64_t             start_ms;   /* clock_ms() of the accept */
	uint32_t             connect_ms; /* from request to connected */
	uint8_t              tag[TOKEN_LEN];
};

#define RULE_NONE UINT32_MAX

/* Most bytes that packed facts take. */
#define SESSION_FACTS_MAX 640

void session_facts_put(struct wbuf *, const struct session_facts *);
int  session_facts_get(struct rbuf *, struct session_facts *);

/*
 * MSG_SESSION_OPENED: BND.ADDR, BND.PORT, what the rule says of times and of
 * amounts, then packed facts.
 */
struct msg_session_opened {
	struct addr    bound;
	uint16_t       bound_port;
	uint32_t       idle_ms; /* 0: as set; so is the next one */
	uint32_t       half_closed_ms;
	uint64_t       allowance; /* bytes come out of it; 0: no limit */
	const uint8_t *facts;     /* inside the message */
	size_t         nfacts;
};

void msg_put_session_opened(struct wbuf *, const struct msg_session_opened *);
int  msg_get_session_opened(const struct msg *, struct msg_session_opened *);

/*
 * MSG_SESSION_BOUND: the first reply to a BIND: where the target is awaited,
 * and for how long.  MSG_SESSION_OPENED, in which bound is the target, or
 * MSG_SESSION_REFUSED is the second.
 */
struct msg_session_bound {
	struct addr bound;
	uint16_t    bound_port;
	uint32_t    bind_ms;
};

void msg_put_session_bound(struct wbuf *, const struct msg_session_bound *);
int  msg_get_session_bound(const struct msg *, struct msg_session_bound *);

/* MSG_SESSION_REFUSED: the REP of RFC 1928, section 6, 1 to 8. */
struct msg_session_refused {
	uint8_t rep;
};

void msg_put_session_refused(struct wbuf *, const struct msg_session_refused *);
int  msg_get_session_refused(const struct msg *, struct msg_session_refused *);

/* MSG_SESSION_CLOSED: such items until the end of the payload. */
struct session_closed {
	uint64_t           id;
	enum session_cause cause;
	uint8_t            rep; /* sent to the client; 255 if none */
	enum session_hint  hint;
	uint64_t           up; /* bytes client to target */
	uint64_t           down;
};

#define SESSION_CLOSED_LEN 27 /* bytes of one item */
#define REP_NONE           255

void session_closed_put(struct wbuf *, const struct session_closed *);
int  session_closed_get(struct rbuf *, struct session_closed *);

/*
 * MSG_SESSION_MOVED: such items until the end of the payload, of sessions that
 * are open.  Bytes since their begin, so that none are counted twice.
 */
struct session_moved {
	uint64_t id;
	uint64_t up; /* bytes client to target */
	uint64_t down;
};

#define SESSION_MOVED_LEN 24 /* bytes of one item */

void session_moved_put(struct wbuf *, const struct session_moved *);
int  session_moved_get(struct rbuf *, struct session_moved *);

#endif /* BASE_MSG_SESSION_H */
