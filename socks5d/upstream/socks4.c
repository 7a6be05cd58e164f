/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The client's side of SOCKS4, with names as SOCKS4A has them.  See hop.h.
 *
 * Pure.  There is no standard; these are the two memos of Ying-Da Lee.
 */

#include <string.h>

#include "socks/socks.h"
#include "upstream/hop.h"

#define SOCKS4_VERSION    4
#define SOCKS4_GRANTED    90
#define SOCKS4_REJECTED   91
#define SOCKS4_NO_IDENTD  92
#define SOCKS4_OTHER_USER 93

/* Port and address behind the code of an answer; they say nothing. */
#define SOCKS4_REST 6

enum state {
	VERSION,
	CODE,
	REST,
};

static enum hop_result socks4_begin(struct hop *);
static enum hop_result socks4_byte(struct hop *, uint8_t);
static enum hop_result on_code(struct hop *, uint8_t);

const struct hop_protocol hop_socks4 = {
	.begin = socks4_begin,
	.byte = socks4_byte,
};

/*
 * An address of 0.0.0.x announces a name.  So the few true ones of that kind
 * cannot be said, nor can any of IPv6.
 */
static enum hop_result
socks4_begin(struct hop *h)
{
	static const uint8_t   named[4] = { 0, 0, 0, 1 };
	const struct hop_task *t = &h->task;
	const uint8_t         *a = t->addr.b;
	size_t                 n = 0;

	h->state = VERSION;
	if (t->port == 0)
		return HOP_DONE;
	if (t->addr.af == AF_INET6)
		return hop_fail(h, UPSTREAM_UNFIT, SOCKS_REP_BAD_ADDRESS_TYPE,
		    "SOCKS4 has no IPv6");
	if (t->addr.af == AF_UNSPEC)
		a = named;
	else if (memcmp(a, named, 3) == 0)
		return hop_fail(h, UPSTREAM_UNFIT, SOCKS_REP_BAD_ADDRESS_TYPE,
		    "SOCKS4 has no address in 0.0.0.0/24");
	h->out[n++] = SOCKS4_VERSION;
	h->out[n++] = SOCKS_CMD_CONNECT;
	h->out[n++] = (uint8_t)(t->port >> 8);
	h->out[n++] = (uint8_t)t->port;
	memcpy(h->out + n, a, 4);
	n += 4;
	memcpy(h->out + n, t->user, strlen(t->user) + 1);
	n += strlen(t->user) + 1;
	if (t->addr.af == AF_UNSPEC) {
		memcpy(h->out + n, t->name, strlen(t->name) + 1);
		n += strlen(t->name) + 1;
	}
	h->outlen = n;
	h->asked = 1;
	return HOP_SEND;
}

static enum hop_result
socks4_byte(struct hop *h, uint8_t b)
{
	switch ((enum state)h->state) {
	case VERSION:
		/* 0 by the memo; some send the version of the request. */
		if (b != 0 && b != SOCKS4_VERSION)
			return hop_foreign(h, "not SOCKS4: version %u", b);
		h->state = CODE;
		return HOP_MORE;
	case CODE:
		return on_code(h, b);
	case REST:
		return --h->left == 0 ? HOP_DONE : HOP_MORE;
	}
	return HOP_FAILED;
}

/* A refusal has no reason that a client could be told. */
static enum hop_result
on_code(struct hop *h, uint8_t b)
{
	h->code = b;
	switch (b) {
	case SOCKS4_GRANTED:
		h->left = SOCKS4_REST;
		h->state = REST;
		return HOP_MORE;
	case SOCKS4_REJECTED:
		/* Who knows no 4A takes a name for the address 0.0.0.1. */
		return hop_fail(h, UPSTREAM_REFUSED, SOCKS_REP_FAILURE,
		    "SOCKS4 reply 91: rejected or failed%s",
		    h->task.addr.af != AF_UNSPEC ?
			"" :
			"; not every SOCKS4 proxy takes names");
	case SOCKS4_NO_IDENTD:
	case SOCKS4_OTHER_USER:
		return hop_fail(h, UPSTREAM_LOGIN, SOCKS_REP_FAILURE,
		    "SOCKS4 reply %u: %s", b,
		    b == SOCKS4_NO_IDENTD ? "no identd answers on this host" :
					    "identd names another user");
	default:
		return hop_fail(h, UPSTREAM_PROTOCOL, SOCKS_REP_FAILURE,
		    "not SOCKS4: reply %u", b);
	}
}
