/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The protocols in which clients say where they want to go, a row each, and
 * what a row must do.
 *
 * Pure: no I/O, no allocation, no clock.  A protocol turns bytes into logins
 * and requests, and answers into bytes.  Who is asked, what is allowed and when
 * is the same for all of them: handshake.c.
 */

#ifndef RELAY_PROTOCOL_H
#define RELAY_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/login.h"
#include "base/session.h"
#include "socks/socks.h"

struct addr;

/* The longest thing that a row says at once. */
#define PROTOCOL_OUT_MAX SOCKS_REPLY_MAX

/* What the bytes that came so far mean. */
enum heard_what {
	HEARD_MORE,        /* right so far, not all there yet */
	HEARD_GREETING,    /* out is the answer; then the next message */
	HEARD_STRAY_LOGIN, /* the same; a login that nobody asked for */
	HEARD_LOGIN,       /* of login; what comes next waits for auth */
	HEARD_REQUEST,     /* of request; the rest is for the target */
	HEARD_NO_METHOD,   /* out is the refusal: no login that will do */
	HEARD_BAD,         /* malformed: cause, and rep or REP_NONE */
};

struct heard {
	size_t             used; /* bytes of the message, may be 0 */
	size_t             outlen;
	uint8_t            out[PROTOCOL_OUT_MAX];
	uint8_t            rep; /* as of SOCKS5; NONE: just close */
	enum session_cause cause;
	enum session_hint  hint; /* of a refusal */
	union {
		struct socks_login   login; /* for its taker to wipe */
		struct socks_request request;
	};
};

/* One client's conversation, as far as a protocol has to remember it. */
struct talk {
	const struct protocol *protocol;
	enum auth_mode         auth;  /* what its listener wants */
	uint8_t                state; /* the protocol's own; 0 */
};

struct protocol {
	const char *name;

	/* True if a client that begins with this byte speaks it. */
	int (*begins)(uint8_t first);

	/*
	 * Looks at the bytes that came and were not used yet; any split of the
	 * stream gives the same result.  A login that is found is taken to be
	 * right the next time: if it is not, there is no next time.
	 */
	enum heard_what (*hear)(struct talk *, const uint8_t *, size_t len,
	    struct heard *);

	/* What the client is told of its login; 0 bytes if nothing. */
	size_t (*put_login)(uint8_t out[PROTOCOL_OUT_MAX], int ok);

	/*
	 * The answer to a request, in the words of SOCKS5: 0 is yes, with the
	 * address that is bound.  For BIND it comes twice.
	 */
	size_t (*put_reply)(uint8_t out[PROTOCOL_OUT_MAX], uint8_t rep,
	    const struct addr *bound, uint16_t port);
};

/* The row of a client that begins with this byte; NULL if there is none. */
const struct protocol *protocol_of(uint8_t first);

/* The rows; a new one goes into the table of protocol.c, too. */
extern const struct protocol protocol_socks5;

#endif /* RELAY_PROTOCOL_H */
