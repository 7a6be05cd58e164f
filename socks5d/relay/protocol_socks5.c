/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * SOCKS5 as a server hears it: RFC 1928 and RFC 1929.  See protocol.h; the
 * form of the messages is in socks/.  Pure.
 */

#include <string.h>

#include "base/msg_codec.h"
#include "relay/protocol.h"

enum state {
	GREETING,
	LOGIN,   /* RFC 1929 */
	UNASKED, /* a request, or one login before it */
	REQUEST,
};

static int             begins(uint8_t);
static enum heard_what hear(struct talk *, const uint8_t *, size_t,
    struct heard *);
static enum heard_what hear_greeting(struct talk *, const uint8_t *, size_t,
    struct heard *);
static uint8_t choose(const struct talk *, const struct socks_greeting *);
static enum session_hint lacks(const struct talk *,
    const struct socks_greeting *);
static enum heard_what   hear_login(struct talk *, const uint8_t *, size_t,
      struct heard *);
static enum heard_what   hear_unasked(struct talk *, const uint8_t *, size_t,
      struct heard *);
static enum heard_what   hear_request(const uint8_t *, size_t, struct heard *);
static enum heard_what   bad(struct heard *, enum session_hint,
      enum session_cause, uint8_t);
static size_t            put_login(uint8_t *, int);
static size_t put_reply(uint8_t *, uint8_t, const struct addr *, uint16_t);

const struct protocol protocol_socks5 = {
	.name = "socks5",
	.begins = begins,
	.hear = hear,
	.put_login = put_login,
	.put_reply = put_reply,
};

static int
begins(uint8_t first)
{
	return first == SOCKS_VERSION;
}

static enum heard_what
hear(struct talk *t, const uint8_t *p, size_t len, struct heard *h)
{
	switch ((enum state)t->state) {
	case GREETING:
		return hear_greeting(t, p, len, h);
	case LOGIN:
		return hear_login(t, p, len, h);
	case UNASKED:
		if (len != 0 && p[0] == SOCKS_LOGIN_VERSION)
			return hear_unasked(t, p, len, h);
		break;
	case REQUEST:
		break;
	}
	return hear_request(p, len, h);
}

static enum heard_what
hear_greeting(struct talk *t, const uint8_t *p, size_t len, struct heard *h)
{
	struct socks_greeting g;
	enum socks_status     st;
	uint8_t               method;

	if ((st = socks_get_greeting(p, len, &g, &h->used)) == SOCKS_MORE)
		return HEARD_MORE;
	if (st != SOCKS_DONE)
		return bad(h, HINT_NOT_SOCKS, CAUSE_BAD_PROTOCOL, REP_NONE);
	method = choose(t, &g);
	h->outlen = socks_put_method(h->out, method);
	if (method == SOCKS_METHOD_REFUSED) {
		h->hint = lacks(t, &g);
		return HEARD_NO_METHOD;
	}
	t->state = method == SOCKS_METHOD_LOGIN ? LOGIN : UNASKED;
	return HEARD_GREETING;
}

/*
 * Of what the client offers.  With users, one who can log in does: then it is
 * known whose session it is.  Without, an offer to log in means nothing, as
 * some clients make it always.
 */
static uint8_t
choose(const struct talk *t, const struct socks_greeting *g)
{
	if (t->auth != AUTH_MODE_NONE && socks_offers(g, SOCKS_METHOD_LOGIN))
		return SOCKS_METHOD_LOGIN;
	if (t->auth != AUTH_MODE_REQUIRED && socks_offers(g, SOCKS_METHOD_NONE))
		return SOCKS_METHOD_NONE;
	return SOCKS_METHOD_REFUSED;
}

/* Why none of them will do. */
static enum session_hint
lacks(const struct talk *t, const struct socks_greeting *g)
{
	if (socks_offers(g, SOCKS_METHOD_NONE))
		return HINT_NO_LOGIN;
	return t->auth == AUTH_MODE_NONE &&
		socks_offers(g, SOCKS_METHOD_LOGIN) ?
	    HINT_ONLY_LOGIN :
	    HINT_METHODS;
}

static enum heard_what
hear_login(struct talk *t, const uint8_t *p, size_t len, struct heard *h)
{
	enum socks_status st;

	if ((st = socks_get_login(p, len, &h->login, &h->used)) == SOCKS_MORE)
		return HEARD_MORE;
	if (st != SOCKS_DONE)
		return bad(h, HINT_LOGIN, CAUSE_BAD_PROTOCOL, REP_NONE);
	t->state = REQUEST;
	return HEARD_LOGIN;
}

/*
 * RFC 1929 in place of a request: some clients send name and password before
 * they know that no login is wanted.  They get their answer, and are nobody.
 */
static enum heard_what
hear_unasked(struct talk *t, const uint8_t *p, size_t len, struct heard *h)
{
	if (socks_get_login(p, len, &h->login, &h->used) != SOCKS_DONE)
		return HEARD_MORE;
	t->state = REQUEST;
	h->outlen = socks_put_login(h->out, 1);
	return HEARD_STRAY_LOGIN;
}

static enum heard_what
hear_request(const uint8_t *p, size_t len, struct heard *h)
{
	switch (socks_get_request(p, len, &h->request, &h->used)) {
	case SOCKS_MORE:
		return HEARD_MORE;
	case SOCKS_DONE:
		return HEARD_REQUEST;
	case SOCKS_BAD_COMMAND:
		return bad(h, HINT_COMMAND, CAUSE_BAD_COMMAND,
		    SOCKS_REP_BAD_COMMAND);
	case SOCKS_BAD_ADDRESS_TYPE:
		return bad(h, HINT_ADDRESS_TYPE, CAUSE_BAD_ADDRESS_TYPE,
		    SOCKS_REP_BAD_ADDRESS_TYPE);
	case SOCKS_BAD_NAME:
		return bad(h, HINT_NAME, CAUSE_BAD_NAME, SOCKS_REP_FAILURE);
	case SOCKS_BAD_VERSION:
	case SOCKS_BAD_RESERVED:
		break;
	}
	return bad(h, HINT_REQUEST, CAUSE_BAD_PROTOCOL, SOCKS_REP_FAILURE);
}

static enum heard_what
bad(struct heard *h, enum session_hint hint, enum session_cause cause,
    uint8_t rep)
{
	h->hint = hint;
	h->cause = cause;
	h->rep = rep;
	return HEARD_BAD;
}

static size_t
put_login(uint8_t *out, int ok)
{
	return socks_put_login(out, ok);
}

static size_t
put_reply(uint8_t *out, uint8_t rep, const struct addr *bound, uint16_t port)
{
	return socks_put_reply(out, (enum socks_rep)rep, bound, port);
}
