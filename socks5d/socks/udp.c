/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The header of UDP datagrams: see udp.h.
 *
 * Pure.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "socks/socks.h"
#include "socks/udp.h"

static size_t put_addr(uint8_t *, const struct addr *);
static size_t put_port(uint8_t *, uint16_t);

enum socks_udp_status
socks_udp_look(const uint8_t *b, size_t len, size_t *headerlen)
{
	size_t n;

	if (len < SOCKS_UDP_LEAD + 2)
		return SOCKS_UDP_BAD;
	switch (b[3]) {
	case SOCKS_ATYP_INET:
		n = 4 + 4 + 2;
		break;
	case SOCKS_ATYP_INET6:
		n = 4 + 16 + 2;
		break;
	case SOCKS_ATYP_NAME:
		if (b[4] == 0)
			return SOCKS_UDP_BAD;
		n = 4 + 1 + b[4] + 2U;
		break;
	default:
		return SOCKS_UDP_BAD;
	}
	if (len < n || b[0] != 0 || b[1] != 0 ||
	    (b[n - 2] == 0 && b[n - 1] == 0))
		return SOCKS_UDP_BAD;
	if (b[2] != 0)
		return SOCKS_UDP_FRAGMENT;
	*headerlen = n;
	return SOCKS_UDP_OK;
}

void
socks_udp_get(const uint8_t *b, struct socks_udp *u)
{
	const uint8_t *at = b + SOCKS_UDP_LEAD + 1;

	memset(u, 0, sizeof(*u));
	switch (b[SOCKS_UDP_LEAD]) {
	case SOCKS_ATYP_INET:
		u->addr.af = AF_INET;
		memcpy(u->addr.b, at, 4);
		at += 4;
		break;
	case SOCKS_ATYP_INET6:
		u->addr.af = AF_INET6;
		memcpy(u->addr.b, at, 16);
		at += 16;
		break;
	default:
		u->namelen = *at++;
		u->name = at;
		at += u->namelen;
		break;
	}
	u->port = (uint16_t)(at[0] << 8 | at[1]);
}

size_t
socks_udp_put(uint8_t dst[SOCKS_UDP_ANSWER_MAX], const struct addr *from,
    uint16_t port)
{
	size_t n = SOCKS_UDP_LEAD;

	memset(dst, 0, SOCKS_UDP_LEAD);
	n += put_addr(dst + n, from);
	return n + put_port(dst + n, port);
}

size_t
socks_udp_put_to(uint8_t dst[SOCKS_UDP_HEADER_MAX], const struct socks_udp *u)
{
	size_t n = SOCKS_UDP_LEAD;

	if (u->addr.af != AF_UNSPEC)
		return socks_udp_put(dst, &u->addr, u->port);
	memset(dst, 0, SOCKS_UDP_LEAD);
	dst[n++] = SOCKS_ATYP_NAME;
	dst[n++] = u->namelen;
	memcpy(dst + n, u->name, u->namelen);
	n += u->namelen;
	return n + put_port(dst + n, u->port);
}

static size_t
put_addr(uint8_t *dst, const struct addr *a)
{
	size_t n = a->af == AF_INET ? 4 : 16;

	dst[0] = a->af == AF_INET ? SOCKS_ATYP_INET : SOCKS_ATYP_INET6;
	memcpy(dst + 1, a->b, n);
	return 1 + n;
}

static size_t
put_port(uint8_t *dst, uint16_t port)
{
	dst[0] = (uint8_t)(port >> 8);
	dst[1] = (uint8_t)port;
	return 2;
}
