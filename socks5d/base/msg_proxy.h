/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages about the proxies of upstreams: what socks5ctl asks of
 * the router by way of control.
 *
 * Pure codec.
 */

#ifndef BASE_MSG_PROXY_H
#define BASE_MSG_PROXY_H

#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/msg.h"

/* CONF_NAME_SIZE and CONF_MEMBERS_MAX. */
#define PROXY_NAME_SIZE   32
#define PROXY_MEMBERS_MAX 64

/* What went wrong, with the NUL. */
#define PROXY_ERROR_SIZE 128

/* Whether a proxy is used. */
enum proxy_state {
	PROXY_UP,
	PROXY_DOWN, /* somebody said so */
	PROXY_CHECK_FAILED,
	PROXY_TRIPPED,   /* its breaker is open */
	PROXY_HALF_OPEN, /* one request may try it */
	PROXY_FAILING,   /* it is used, but did not work last */
	PROXY_STATE_MAX,
};

/* MSG_PROXY_ROWS and MSG_CTL_PROXY_ROW. */
struct proxy_row {
	char             upstream[PROXY_NAME_SIZE];
	char             via[PROXY_NAME_SIZE]; /* "" if none */
	uint8_t          balance;              /* enum conf_balance */
	uint8_t          member;               /* the first is 1 */
	uint8_t          protocol;             /* enum conf_protocol */
	struct addr      addr;
	uint16_t         port;
	enum proxy_state state;
	uint32_t         left_ms;  /* that it is tripped */
	uint64_t         sessions; /* open now */
	uint64_t         bytes_up; /* of those that ended */
	uint64_t         bytes_down;
	uint32_t         connect_ms; /* PROXY_NEVER: it was not */
	uint64_t         tries;
	uint64_t         failures;
	uint64_t         error_ms;                /* since the last one */
	char             error[PROXY_ERROR_SIZE]; /* "" if none */
};

#define PROXY_NEVER UINT32_MAX

void proxy_row_put(struct wbuf *, const struct proxy_row *);
int  proxy_row_get(struct rbuf *, struct proxy_row *);

/*
 * MSG_CTL_PROXY_SET, MSG_PROXY_SET_REQ: use it or do not; the answer is a
 * result.
 */
struct msg_proxy_set {
	char    upstream[PROXY_NAME_SIZE];
	uint8_t member;
	uint8_t down;
};

void msg_put_proxy_set(struct wbuf *, const struct msg_proxy_set *);
int  msg_get_proxy_set(const struct msg *, struct msg_proxy_set *);

const char *proxy_state_name(enum proxy_state); /* "tripped" */

#endif /* BASE_MSG_PROXY_H */
