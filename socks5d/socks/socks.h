/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * SOCKS5 bytes to structs and back: RFC 1928 and RFC 1929.
 *
 * Pure: no I/O, no allocation, no state.  A decoder looks at the bytes
 * received so far of one message; it neither needs the whole message nor minds
 * more bytes behind it, so any split or join of the stream gives the same
 * result.
 */

#ifndef SOCKS_SOCKS_H
#define SOCKS_SOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define SOCKS_VERSION       5
#define SOCKS_LOGIN_VERSION 1 /* RFC 1929 */

/* RFC 1928, section 3 */
#define SOCKS_METHOD_NONE    0x00
#define SOCKS_METHOD_LOGIN   0x02
#define SOCKS_METHOD_REFUSED 0xff

/* RFC 1928, section 4 */
#define SOCKS_CMD_CONNECT 1
#define SOCKS_CMD_BIND    2
#define SOCKS_CMD_UDP     3

#define SOCKS_ATYP_INET  1
#define SOCKS_ATYP_NAME  3
#define SOCKS_ATYP_INET6 4

/* RFC 1928, section 6 */
enum socks_rep {
	SOCKS_REP_OK = 0,
	SOCKS_REP_FAILURE = 1,
	SOCKS_REP_NOT_ALLOWED = 2,
	SOCKS_REP_NET_UNREACHABLE = 3,
	SOCKS_REP_HOST_UNREACHABLE = 4,
	SOCKS_REP_REFUSED = 5,
	SOCKS_REP_TTL_EXPIRED = 6,
	SOCKS_REP_BAD_COMMAND = 7,
	SOCKS_REP_BAD_ADDRESS_TYPE = 8,
};

/* Longest messages of a client. */
#define SOCKS_GREETING_MAX 257
#define SOCKS_LOGIN_MAX    513
#define SOCKS_REQUEST_MAX  262
/* Longest reply of ours: ATYP is 1 or 4, never 3. */
#define SOCKS_REPLY_MAX 22

enum socks_status {
	SOCKS_MORE,         /* right so far, not all there yet */
	SOCKS_DONE,         /* *used bytes make the whole message */
	SOCKS_BAD_VERSION,  /* the first byte is not what it must be */
	SOCKS_BAD_RESERVED, /* RSV is not 0 */
	SOCKS_BAD_COMMAND,  /* reported as soon as CMD is there */
	SOCKS_BAD_ADDRESS_TYPE,
	SOCKS_BAD_NAME, /* a name of length 0 */
};

/* RFC 1928, section 3.  NMETHODS 0 is legal and offers nothing. */
struct socks_greeting {
	uint8_t nmethods;
	uint8_t methods[255];
};

/* RFC 1928, section 4.  addr.af is AF_UNSPEC if there is a name. */
struct socks_request {
	uint8_t     command;
	struct addr addr;
	uint16_t    port;
	uint8_t     namelen;
	uint8_t     name[255]; /* raw bytes, not NUL-terminated */
};

/* RFC 1929, section 2: any bytes, lengths 0 to 255. */
struct socks_login {
	uint8_t userlen;
	uint8_t passlen;
	uint8_t user[255];
	uint8_t pass[255];
};

enum socks_status socks_get_greeting(const uint8_t *, size_t len,
    struct socks_greeting *, size_t                         *used);
enum socks_status socks_get_request(const uint8_t *, size_t len,
    struct socks_request *, size_t                         *used);
enum socks_status socks_get_login(const uint8_t *, size_t len,
    struct socks_login *, size_t                         *used);

/* True if the client offers the method. */
int socks_offers(const struct socks_greeting *, uint8_t method);

/* Writes VER and METHOD; returns 2. */
size_t socks_put_method(uint8_t dst[2], uint8_t method);

/* Writes VER and STATUS of RFC 1929; returns 2. */
size_t socks_put_login(uint8_t dst[2], int ok);

/*
 * Writes a reply; an address of AF_UNSPEC is sent as 0.0.0.0.  Returns its
 * length, 10 or 22.
 */
size_t socks_put_reply(uint8_t dst[SOCKS_REPLY_MAX], enum socks_rep,
    const struct addr *bound, uint16_t port);

/*
 * The client's side, for upstreams and tests: each returns the length
 * written into dst, which must have the maximal size above.
 */
size_t socks_put_greeting(uint8_t *dst, const struct socks_greeting *);
size_t socks_put_request(uint8_t *dst, const struct socks_request *);

#endif /* SOCKS_SOCKS_H */
