/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The client's side of SOCKS5: RFC 1928 and RFC 1929.  See hop.h.
 *
 * Pure.
 */

#include <string.h>

#include "compat/nitems.h"
#include "socks/socks.h"
#include "upstream/hop.h"

enum state {
	METHOD_VERSION,
	METHOD,
	LOGIN_VERSION,
	LOGIN_STATUS,
	REPLY_VERSION,
	REPLY_REP,
	REPLY_RESERVED,
	REPLY_TYPE,
	REPLY_NAMELEN,
	REPLY_REST,
};

static enum hop_result socks5_begin(struct hop *);
static enum hop_result socks5_byte(struct hop *, uint8_t);
static enum hop_result broken(struct hop *, const char *, uint8_t);
static enum hop_result next(struct hop *, enum state);
static enum hop_result on_method(struct hop *, uint8_t);
static enum hop_result on_login(struct hop *, uint8_t);
static enum hop_result on_rep(struct hop *, uint8_t);
static enum hop_result on_type(struct hop *, uint8_t);
static enum hop_result rest(struct hop *, unsigned int);
static enum hop_result on_rest(struct hop *, uint8_t);
static enum hop_result send_login(struct hop *);
static enum hop_result send_request(struct hop *);
static size_t          put_field(uint8_t *, const char *);

/* RFC 1928, section 6; the first is no reply that refuses. */
static const char *const rep_texts[] = {
	"",
	"general failure",
	"not allowed",
	"network unreachable",
	"host unreachable",
	"connection refused",
	"TTL expired",
	"command not supported",
	"address type not supported",
};

const struct hop_protocol hop_socks5 = {
	.begin = socks5_begin,
	.byte = socks5_byte,
};

/*
 * Who has a login for it offers nothing else: a proxy that would let in
 * anybody as well must not decide that we are nobody.
 */
static enum hop_result
socks5_begin(struct hop *h)
{
	struct socks_greeting g;

	g.nmethods = 1;
	g.methods[0] = h->task.user[0] == '\0' ? SOCKS_METHOD_NONE :
						 SOCKS_METHOD_LOGIN;
	h->outlen = socks_put_greeting(h->out, &g);
	h->state = METHOD_VERSION;
	return HOP_SEND;
}

static enum hop_result
socks5_byte(struct hop *h, uint8_t b)
{
	switch ((enum state)h->state) {
	case METHOD_VERSION:
		if (b != SOCKS_VERSION)
			return broken(h, "version", b);
		return next(h, METHOD);
	case METHOD:
		return on_method(h, b);
	case LOGIN_VERSION:
		/* 5 is wrong, but sent by some and accepted by clients. */
		if (b != SOCKS_LOGIN_VERSION && b != SOCKS_VERSION)
			return broken(h, "login version", b);
		return next(h, LOGIN_STATUS);
	case LOGIN_STATUS:
		return on_login(h, b);
	case REPLY_VERSION:
		if (b != SOCKS_VERSION)
			return broken(h, "reply version", b);
		return next(h, REPLY_REP);
	case REPLY_REP:
		return on_rep(h, b);
	case REPLY_RESERVED:
		if (b != 0)
			return broken(h, "reserved byte", b);
		return next(h, REPLY_TYPE);
	case REPLY_TYPE:
		return on_type(h, b);
	case REPLY_NAMELEN:
		return rest(h, b + 2U);
	case REPLY_REST:
		return on_rest(h, b);
	}
	return HOP_FAILED;
}

static enum hop_result
broken(struct hop *h, const char *what, uint8_t b)
{
	return hop_fail(h, UPSTREAM_PROTOCOL, SOCKS_REP_FAILURE,
	    "not SOCKS5: %s %u", what, b);
}

static enum hop_result
next(struct hop *h, enum state state)
{
	h->state = state;
	return HOP_MORE;
}

static enum hop_result
on_method(struct hop *h, uint8_t b)
{
	int login = h->task.user[0] != '\0';

	if (b == SOCKS_METHOD_REFUSED)
		return hop_fail(h, UPSTREAM_LOGIN, SOCKS_REP_FAILURE,
		    login ? "does not accept a user name and password" :
			    "requires a login");
	if (b != (login ? SOCKS_METHOD_LOGIN : SOCKS_METHOD_NONE))
		return broken(h, "method", b);
	return login ? send_login(h) : send_request(h);
}

/* RFC 1929, section 2: any status but 0 is a failure. */
static enum hop_result
on_login(struct hop *h, uint8_t b)
{
	if (b != 0)
		return hop_fail(h, UPSTREAM_LOGIN, SOCKS_REP_FAILURE,
		    "login rejected, status %u", b);
	return send_request(h);
}

/* What comes after a refusal is of no use, and some never send it. */
static enum hop_result
on_rep(struct hop *h, uint8_t b)
{
	h->code = b;
	if (b == SOCKS_REP_OK)
		return next(h, REPLY_RESERVED);
	if (b >= nitems(rep_texts))
		return hop_fail(h, UPSTREAM_REFUSED, SOCKS_REP_FAILURE,
		    "SOCKS5 reply %u", b);
	/* The client's command is not what the proxy does not know. */
	return hop_fail(h, UPSTREAM_REFUSED,
	    b == SOCKS_REP_BAD_COMMAND ? SOCKS_REP_FAILURE : b,
	    "SOCKS5 reply %u: %s", b, rep_texts[b]);
}

/* The address that it is bound to; but for UDP, nobody wants it. */
static enum hop_result
on_type(struct hop *h, uint8_t b)
{
	switch (b) {
	case SOCKS_ATYP_INET:
		h->bound.af = AF_INET;
		return rest(h, 4 + 2);
	case SOCKS_ATYP_INET6:
		h->bound.af = AF_INET6;
		return rest(h, 16 + 2);
	case SOCKS_ATYP_NAME:
		if (h->task.udp)
			return broken(h, "UDP reply, address type", b);
		return next(h, REPLY_NAMELEN);
	default:
		return broken(h, "address type", b);
	}
}

static enum hop_result
rest(struct hop *h, unsigned int n)
{
	h->left = n;
	return next(h, REPLY_REST);
}

static enum hop_result
on_rest(struct hop *h, uint8_t b)
{
	unsigned int alen = h->bound.af == AF_INET ? 4 : 16;

	if (h->task.udp && h->left > 2)
		h->bound.b[alen + 2 - h->left] = b;
	else if (h->task.udp)
		h->bound_port = (uint16_t)(h->bound_port << 8 | b);
	if (--h->left != 0)
		return HOP_MORE;
	if (!h->task.udp)
		return HOP_DONE;
	if (h->bound_port == 0)
		return broken(h, "UDP reply, port", 0);
	addr_unmap(&h->bound);
	return HOP_DONE;
}

static enum hop_result
send_login(struct hop *h)
{
	h->out[0] = SOCKS_LOGIN_VERSION;
	h->outlen = 1;
	h->outlen += put_field(h->out + h->outlen, h->task.user);
	h->outlen += put_field(h->out + h->outlen, h->task.password);
	h->state = LOGIN_VERSION;
	return HOP_SEND;
}

static enum hop_result
send_request(struct hop *h)
{
	struct socks_request req;

	if (h->task.port == 0 && !h->task.udp)
		return HOP_DONE;
	memset(&req, 0, sizeof(req));
	req.command = h->task.udp ? SOCKS_CMD_UDP : SOCKS_CMD_CONNECT;
	req.addr = h->task.addr;
	/* From which port is not known before it is known where to. */
	if (h->task.udp)
		req.addr.af = AF_INET;
	req.port = h->task.port;
	req.namelen = (uint8_t)strlen(h->task.name);
	memcpy(req.name, h->task.name, req.namelen);
	h->outlen = socks_put_request(h->out, &req);
	h->state = REPLY_VERSION;
	h->asked = 1;
	return HOP_SEND;
}

static size_t
put_field(uint8_t *dst, const char *text)
{
	size_t len;

	len = strlen(text);
	dst[0] = (uint8_t)len;
	memcpy(dst + 1, text, len);
	return 1 + len;
}
