/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * SOCKS5 bytes to structs and back.  See socks.h.
 *
 * A decoder judges each byte as soon as it is there, in the order of the
 * wire, and never looks at a later one before: so the verdict on a stream
 * does not depend on how it was split.
 */

#include <string.h>

#include "socks/socks.h"

static size_t            address_len(const uint8_t *, size_t);
static enum socks_status check_request(const uint8_t *, size_t);
static void              get_address(const uint8_t *, struct socks_request *);
static size_t            put_address(uint8_t *, const struct addr *);
static size_t            put_port(uint8_t *, uint16_t);

enum socks_status
socks_get_greeting(const uint8_t *p, size_t len, struct socks_greeting *g,
    size_t *used)
{
	*used = 0;
	if (len >= 1 && p[0] != SOCKS_VERSION)
		return SOCKS_BAD_VERSION;
	if (len < 2 || len - 2 < p[1])
		return SOCKS_MORE;
	g->nmethods = p[1];
	memcpy(g->methods, p + 2, g->nmethods);
	*used = 2 + (size_t)g->nmethods;
	return SOCKS_DONE;
}

enum socks_status
socks_get_request(const uint8_t *p, size_t len, struct socks_request *req,
    size_t *used)
{
	enum socks_status status;
	size_t            alen;

	*used = 0;
	if ((status = check_request(p, len)) != SOCKS_DONE)
		return status;
	if ((alen = address_len(p, len)) == 0 || len < 4 + alen + 2)
		return SOCKS_MORE;

	req->command = p[1];
	get_address(p + 3, req);
	req->port = (uint16_t)(p[4 + alen] << 8 | p[5 + alen]);
	*used = 4 + alen + 2;
	return SOCKS_DONE;
}

/* Everything up to and including ATYP, and the length of a name. */
static enum socks_status
check_request(const uint8_t *p, size_t len)
{
	if (len >= 1 && p[0] != SOCKS_VERSION)
		return SOCKS_BAD_VERSION;
	if (len >= 2 && (p[1] < SOCKS_CMD_CONNECT || p[1] > SOCKS_CMD_UDP))
		return SOCKS_BAD_COMMAND;
	if (len >= 3 && p[2] != 0)
		return SOCKS_BAD_RESERVED;
	if (len < 4)
		return SOCKS_MORE;
	if (p[3] != SOCKS_ATYP_INET && p[3] != SOCKS_ATYP_INET6 &&
	    p[3] != SOCKS_ATYP_NAME)
		return SOCKS_BAD_ADDRESS_TYPE;
	if (p[3] == SOCKS_ATYP_NAME && len >= 5 && p[4] == 0)
		return SOCKS_BAD_NAME;
	return SOCKS_DONE;
}

/* Length of DST.ADDR, the length byte of a name included; 0 if not known. */
static size_t
address_len(const uint8_t *p, size_t len)
{
	if (p[3] == SOCKS_ATYP_INET)
		return 4;
	if (p[3] == SOCKS_ATYP_INET6)
		return 16;
	return len < 5 ? 0 : 1 + (size_t)p[4];
}

/* p points at ATYP, and the whole address is there. */
static void
get_address(const uint8_t *p, struct socks_request *req)
{
	memset(&req->addr, 0, sizeof(req->addr));
	req->addr.af = AF_UNSPEC;
	req->namelen = 0;
	if (p[0] == SOCKS_ATYP_INET) {
		req->addr.af = AF_INET;
		memcpy(req->addr.b, p + 1, 4);
	} else if (p[0] == SOCKS_ATYP_INET6) {
		req->addr.af = AF_INET6;
		memcpy(req->addr.b, p + 1, 16);
	} else {
		req->namelen = p[1];
		memcpy(req->name, p + 2, req->namelen);
	}
}

enum socks_status
socks_get_login(const uint8_t *p, size_t len, struct socks_login *login,
    size_t *used)
{
	size_t ulen, plen;

	*used = 0;
	if (len >= 1 && p[0] != SOCKS_LOGIN_VERSION)
		return SOCKS_BAD_VERSION;
	if (len < 2)
		return SOCKS_MORE;
	ulen = p[1];
	if (len < 3 + ulen)
		return SOCKS_MORE;
	plen = p[2 + ulen];
	if (len < 3 + ulen + plen)
		return SOCKS_MORE;

	login->userlen = (uint8_t)ulen;
	memcpy(login->user, p + 2, ulen);
	login->passlen = (uint8_t)plen;
	memcpy(login->pass, p + 3 + ulen, plen);
	*used = 3 + ulen + plen;
	return SOCKS_DONE;
}

int
socks_offers(const struct socks_greeting *g, uint8_t method)
{
	return memchr(g->methods, method, g->nmethods) != NULL;
}

size_t
socks_put_method(uint8_t dst[2], uint8_t method)
{
	dst[0] = SOCKS_VERSION;
	dst[1] = method;
	return 2;
}

size_t
socks_put_login(uint8_t dst[2], int ok)
{
	dst[0] = SOCKS_LOGIN_VERSION;
	dst[1] = ok ? 0 : 1;
	return 2;
}

size_t
socks_put_reply(uint8_t dst[SOCKS_REPLY_MAX], enum socks_rep rep,
    const struct addr *bound, uint16_t port)
{
	size_t n;

	dst[0] = SOCKS_VERSION;
	dst[1] = (uint8_t)rep;
	dst[2] = 0;
	n = 3 + put_address(dst + 3, bound);
	return n + put_port(dst + n, port);
}

/* ATYP and address; clients expect an address even if there is none. */
static size_t
put_address(uint8_t *dst, const struct addr *a)
{
	if (a->af == AF_INET6) {
		dst[0] = SOCKS_ATYP_INET6;
		memcpy(dst + 1, a->b, 16);
		return 17;
	}
	dst[0] = SOCKS_ATYP_INET;
	if (a->af == AF_INET)
		memcpy(dst + 1, a->b, 4);
	else
		memset(dst + 1, 0, 4);
	return 5;
}

static size_t
put_port(uint8_t *dst, uint16_t port)
{
	dst[0] = (uint8_t)(port >> 8);
	dst[1] = (uint8_t)port;
	return 2;
}

size_t
socks_put_greeting(uint8_t *dst, const struct socks_greeting *g)
{
	dst[0] = SOCKS_VERSION;
	dst[1] = g->nmethods;
	memcpy(dst + 2, g->methods, g->nmethods);
	return 2 + (size_t)g->nmethods;
}

size_t
socks_put_request(uint8_t *dst, const struct socks_request *req)
{
	size_t n;

	dst[0] = SOCKS_VERSION;
	dst[1] = req->command;
	dst[2] = 0;
	if (req->addr.af == AF_UNSPEC) {
		dst[3] = SOCKS_ATYP_NAME;
		dst[4] = req->namelen;
		memcpy(dst + 5, req->name, req->namelen);
		n = 5 + (size_t)req->namelen;
	} else
		n = 3 + put_address(dst + 3, &req->addr);
	return n + put_port(dst + n, req->port);
}
