/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The built-in table <internal>.
 *
 * Pure.  Rows are from the IANA registries of special-purpose addresses (RFC
 * 6890) and from what RFCs took back but systems still know: IPv4-compatible,
 * site-local, 6to4 relays.
 */

#include <sys/socket.h>

#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "base/embedded.h"
#include "base/internal.h"
#include "compat/nitems.h"

struct internal4 {
	uint8_t     net[4];
	uint8_t     len;
	const char *why[EMBEDDED_FORMS];
};

struct internal6 {
	uint8_t     net[16];
	uint8_t     len;
	const char *why;
};

static const char *internal4(const uint8_t *, enum embedded_form);
static const char *internal6(const uint8_t *);
static const char *internal_inside(const struct addr *);
static int         in_net(const uint8_t *, const uint8_t *, unsigned int);

/* All reasons are literals, so that they outlive the call. */
#define WHY(name)                                                              \
	{                                                                      \
		[EMBEDDED_PLAIN] = name,                                       \
		[EMBEDDED_MAPPED] = "IPv4-mapped form of " name,               \
		[EMBEDDED_NAT64] = "NAT64 of " name,                           \
		[EMBEDDED_6TO4] = "6to4 of " name,                             \
		[EMBEDDED_TEREDO_SERVER] = "Teredo server " name,              \
		[EMBEDDED_TEREDO_CLIENT] = "Teredo client " name,              \
		[EMBEDDED_ISATAP] = "ISATAP of " name                          \
	}

/* The first row that matches gives the reason. */
static const struct internal4 table4[] = {
	{ { 0, 0, 0, 0 }, 32, WHY("unspecified") },
	{ { 0 }, 8, WHY("this network") },
	{ { 10 }, 8, WHY("private") },
	{ { 100, 64 }, 10, WHY("shared (carrier-grade NAT)") },
	{ { 127 }, 8, WHY("loopback") },
	{ { 169, 254 }, 16, WHY("link-local") },
	{ { 172, 16 }, 12, WHY("private") },
	{ { 192, 0, 0 }, 24, WHY("protocol assignments") },
	{ { 192, 0, 2 }, 24, WHY("documentation") },
	{ { 192, 88, 99 }, 24, WHY("6to4 relay") },
	{ { 192, 168 }, 16, WHY("private") },
	{ { 198, 18 }, 15, WHY("benchmark") },
	{ { 198, 51, 100 }, 24, WHY("documentation") },
	{ { 203, 0, 113 }, 24, WHY("documentation") },
	{ { 224 }, 4, WHY("multicast") },
	{ { 255, 255, 255, 255 }, 32, WHY("broadcast") },
	{ { 240 }, 4, WHY("reserved") },
};

static const struct internal6 table6[] = {
	{ { 0 }, 128, "unspecified" },
	{ { [15] = 1 }, 128, "loopback" },
	{ { 0 }, 96, "IPv4-compatible" },
	{ { [8] = 0xff, 0xff }, 96, "IPv4-translated" },
	{ { 0x00, 0x64, 0xff, 0x9b, 0, 1 }, 48, "local NAT64" },
	{ { 0x01 }, 64, "discard" },
	{ { 0x20, 0x01, 0x00, 0x02 }, 48, "benchmark" },
	{ { 0x20, 0x01, 0x00, 0x10 }, 28, "ORCHID" },
	{ { 0x20, 0x01, 0x00, 0x20 }, 28, "ORCHID" },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "documentation" },
	{ { 0x3f, 0xff }, 20, "documentation" },
	{ { 0x5f }, 16, "segment routing" },
	{ { 0xfc }, 7, "private" },
	{ { 0xfe, 0x80 }, 10, "link-local" },
	{ { 0xfe, 0xc0 }, 10, "site-local" },
	{ { 0xff }, 8, "multicast" },
};

const char *
addr_internal(const struct addr *a)
{
	const char *why;

	if (a->af == AF_INET)
		return internal4(a->b, EMBEDDED_PLAIN);
	if (a->af != AF_INET6)
		return NULL;
	if ((why = internal6(a->b)) != NULL)
		return why;
	return internal_inside(a);
}

int
internal_prefix(size_t i, struct prefix *p)
{
	memset(p, 0, sizeof(*p));
	if (i < nitems(table4)) {
		p->addr.af = AF_INET;
		memcpy(p->addr.b, table4[i].net, 4);
		p->len = table4[i].len;
		return 0;
	}
	if ((i -= nitems(table4)) >= nitems(table6))
		return -1;
	p->addr.af = AF_INET6;
	memcpy(p->addr.b, table6[i].net, 16);
	p->len = table6[i].len;
	return 0;
}

static const char *
internal4(const uint8_t *b, enum embedded_form form)
{
	size_t i;

	for (i = 0; i < nitems(table4); i++) {
		if (in_net(b, table4[i].net, table4[i].len))
			return table4[i].why[form];
	}
	return NULL;
}

static const char *
internal6(const uint8_t *b)
{
	size_t i;

	for (i = 0; i < nitems(table6); i++) {
		if (in_net(b, table6[i].net, table6[i].len))
			return table6[i].why;
	}
	return NULL;
}

/*
 * An address can hold several; one internal one is enough.  The forms without
 * a reason of their own were all internal before it came to this.
 */
static const char *
internal_inside(const struct addr *a)
{
	struct embedded in[EMBEDDED_MAX];
	const char     *why;
	unsigned int    i, n;

	n = addr_embedded(a, NULL, 0, in);
	for (i = 0; i < n; i++)
		if ((why = internal4(in[i].addr.b, in[i].form)) != NULL)
			return why;
	return NULL;
}

/* True if the first len bits of b and net are the same. */
static int
in_net(const uint8_t *b, const uint8_t *net, unsigned int len)
{
	unsigned int bytes = len / 8, bits = len % 8;

	if (memcmp(b, net, bytes) != 0)
		return 0;
	return bits == 0 || (b[bytes] ^ net[bytes]) >> (8 - bits) == 0;
}
