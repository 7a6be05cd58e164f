/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes the header of UDP datagrams with what a client sends.
 *
 * Holds for any input: a header is inside its datagram and of a length that is
 * allowed, whatever stands behind it does not matter, nothing shorter is right,
 * and what decodes encodes back to the bytes it came from.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "socks/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static enum socks_udp_status look(const uint8_t *, size_t, size_t *);
static void                  check_fragment(const uint8_t *, size_t);
static void                  check_cuts(const uint8_t *, size_t);
static void                  check_again(const uint8_t *, size_t);
static void                  must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;

	switch (look(data, size, &len)) {
	case SOCKS_UDP_OK:
		must(len >= 8 && len <= SOCKS_UDP_HEADER_MAX && len <= size);
		check_cuts(data, len);
		check_again(data, len);
		break;
	case SOCKS_UDP_FRAGMENT:
		check_fragment(data, size);
		break;
	case SOCKS_UDP_BAD:
		break;
	}
	return 0;
}

/* In memory that ends where the datagram does. */
static enum socks_udp_status
look(const uint8_t *data, size_t size, size_t *len)
{
	enum socks_udp_status status;
	uint8_t              *mem;

	must((mem = malloc(size > 0 ? size : 1)) != NULL);
	if (size > 0)
		memcpy(mem, data, size);
	status = socks_udp_look(mem, size, len);
	free(mem);
	return status;
}

/* It would be right if it were no fragment. */
static void
check_fragment(const uint8_t *data, size_t size)
{
	uint8_t whole[SOCKS_UDP_HEADER_MAX];
	size_t  len;

	if (size > sizeof(whole))
		size = sizeof(whole);
	memcpy(whole, data, size);
	must(whole[2] != 0);
	whole[2] = 0;
	must(look(whole, size, &len) == SOCKS_UDP_OK);
}

static void
check_cuts(const uint8_t *data, size_t len)
{
	size_t n, got;

	for (n = 0; n < len; n++)
		must(look(data, n, &got) == SOCKS_UDP_BAD);
	must(look(data, len, &got) == SOCKS_UDP_OK && got == len);
}

static void
check_again(const uint8_t *data, size_t len)
{
	uint8_t          again[SOCKS_UDP_HEADER_MAX];
	struct socks_udp u;

	socks_udp_get(data, &u);
	must(u.port != 0);
	must((u.addr.af == AF_UNSPEC) == (u.namelen != 0));
	must(socks_udp_put_to(again, &u) == len);
	must(memcmp(again, data, len) == 0);
	if (u.addr.af == AF_UNSPEC)
		return;
	must(socks_udp_put(again, &u.addr, u.port) == len);
	must(len <= SOCKS_UDP_ANSWER_MAX);
	must(memcmp(again, data, len) == 0);
}

static void
must(int truth)
{
	if (truth == 0)
		abort();
}
