/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * IPv4 addresses inside IPv6 ones: see embedded.h.
 *
 * Pure.  This is the only place that knows where they lie.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>

#include "base/addr.h"
#include "base/embedded.h"
#include "compat/nitems.h"

/* Where in an address of this prefix an IPv4 address lies, byte by byte. */
struct place {
	struct prefix      net;
	uint8_t            at[4];
	uint8_t            flip; /* exclusive-ored to each of them */
	enum embedded_form form;
};

/* What has been found so far. */
struct found {
	struct embedded *at;
	unsigned int     n;
};

static int  in_net(const struct prefix *, const struct addr *);
static void find_nat64(const uint8_t *, unsigned int, struct found *);
static void find_local(const uint8_t *, struct found *);
static void found_add(struct found *, const uint8_t *, const uint8_t *, uint8_t,
    enum embedded_form);
static int  is_network_zero(const uint8_t *, const uint8_t *);
static int  is_isatap(const uint8_t *);

#define NET6(len, ...)                                                         \
	{                                                                      \
		{ AF_INET6, { __VA_ARGS__ } }, (len)                           \
	}

static const uint8_t last_four[4] = { 12, 13, 14, 15 };

/* clang-format off */
/* A Teredo client's address is stored inverted: RFC 4380, section 4. */
static const struct place places[] = {
	{ NET6(96, [10] = 0xff, 0xff),
	    { 12, 13, 14, 15 },	0x00, EMBEDDED_MAPPED },
	{ NET6(96, 0x00, 0x64, 0xff, 0x9b),
	    { 12, 13, 14, 15 },	0x00, EMBEDDED_NAT64 },
	{ NET6(16, 0x20, 0x02),
	    { 2, 3, 4, 5 },	0x00, EMBEDDED_6TO4 },
	{ NET6(32, 0x20, 0x01),
	    { 4, 5, 6, 7 },	0x00, EMBEDDED_TEREDO_SERVER },
	{ NET6(32, 0x20, 0x01),
	    { 12, 13, 14, 15 },	0xff, EMBEDDED_TEREDO_CLIENT },
	{ NET6(96, [8] = 0xff, 0xff),
	    { 12, 13, 14, 15 },	0x00, EMBEDDED_TRANSLATED }
};
/* clang-format on */

static const struct prefix well_known = NET6(96, 0x00, 0x64, 0xff, 0x9b);
static const struct prefix compatible = NET6(96, 0);
static const struct prefix local = NET6(48, 0x00, 0x64, 0xff, 0x9b, 0, 1);

/* RFC 6052, section 2.2: byte 8 is left out. */
static const struct {
	uint8_t len;
	uint8_t at[4];
	/* clang-format off */
} nat64[] = {
	{ 32,	{ 4, 5, 6, 7 } },
	{ 40,	{ 5, 6, 7, 9 } },
	{ 48,	{ 6, 7, 9, 10 } },
	{ 56,	{ 7, 9, 10, 11 } },
	{ 64,	{ 9, 10, 11, 12 } },
	{ 96,	{ 12, 13, 14, 15 } }
};
/* clang-format on */

unsigned int
addr_embedded(const struct addr *a, const struct prefix *net, size_t n,
    struct embedded dst[EMBEDDED_MAX])
{
	struct found f = { dst, 0 };
	size_t       i;
	int          known = 0;

	if (a->af != AF_INET6)
		return 0;
	for (i = 0; i < nitems(places); i++)
		if (in_net(&places[i].net, a))
			found_add(&f, a->b, places[i].at, places[i].flip,
			    places[i].form);
	/* Neither :: nor ::1 is meant to hold any. */
	if (in_net(&compatible, a) && !is_network_zero(a->b, last_four))
		found_add(&f, a->b, last_four, 0, EMBEDDED_COMPATIBLE);
	if (is_isatap(a->b))
		found_add(&f, a->b, last_four, 0, EMBEDDED_ISATAP);
	for (i = 0; i < n; i++)
		if (in_net(&net[i], a)) {
			find_nat64(a->b, net[i].len, &f);
			known = 1;
		}
	if (known == 0 && in_net(&local, a))
		find_local(a->b, &f);
	return f.n;
}

/* As prefix_match(), and quick to say no: nearly every address is elsewhere. */
static int
in_net(const struct prefix *p, const struct addr *a)
{
	return a->b[0] == p->addr.b[0] && prefix_match(p, a);
}

static void
find_nat64(const uint8_t *b, unsigned int len, struct found *f)
{
	size_t i;

	for (i = 0; i < nitems(nat64); i++)
		if (nat64[i].len == len)
			found_add(f, b, nat64[i].at, 0, EMBEDDED_NAT64);
}

/* A wrong guess mostly falls on zeros, which are nobody's address. */
static void
find_local(const uint8_t *b, struct found *f)
{
	size_t i;

	for (i = 0; i < nitems(nat64); i++)
		if (nat64[i].len >= local.len &&
		    !is_network_zero(b, nat64[i].at))
			found_add(f, b, nat64[i].at, 0, EMBEDDED_NAT64);
}

static void
found_add(struct found *f, const uint8_t *b, const uint8_t *at, uint8_t flip,
    enum embedded_form form)
{
	struct embedded e;
	unsigned int    i;

	memset(&e, 0, sizeof(e));
	e.addr.af = AF_INET;
	for (i = 0; i < 4; i++)
		e.addr.b[i] = b[at[i]] ^ flip;
	e.form = form;
	for (i = 0; i < f->n; i++)
		if (addr_cmp(&f->at[i].addr, &e.addr) == 0)
			return;
	if (f->n < EMBEDDED_MAX)
		f->at[f->n++] = e;
}

/* 0.0.0.0/8. */
static int
is_network_zero(const uint8_t *b, const uint8_t *at)
{
	return b[at[0]] == 0;
}

/*
 * An interface identifier 00-00-5e-fe in any prefix; the universal and the
 * group bit may be set (RFC 5214, section 6.1).
 */
static int
is_isatap(const uint8_t *b)
{
	return (b[8] & 0xfc) == 0 && b[9] == 0 && b[10] == 0x5e &&
	    b[11] == 0xfe;
}

uint8_t
addr_source(struct addr *a)
{
	struct found    f;
	struct embedded in;
	uint8_t         len;

	addr_unmap(a);
	if (a->af == AF_INET6 && in_net(&well_known, a)) {
		f.at = &in;
		f.n = 0;
		found_add(&f, a->b, last_four, 0, EMBEDDED_NAT64);
		*a = in.addr;
	}
	len = a->af == AF_INET ? 32 : 64;
	addr_mask(a, len);
	return len;
}

const char *
embedded_form_name(enum embedded_form form)
{
	switch (form) {
	case EMBEDDED_MAPPED:
		return "IPv4-mapped";
	case EMBEDDED_NAT64:
		return "NAT64";
	case EMBEDDED_6TO4:
		return "6to4";
	case EMBEDDED_TEREDO_SERVER:
		return "Teredo server";
	case EMBEDDED_TEREDO_CLIENT:
		return "Teredo client";
	case EMBEDDED_ISATAP:
		return "ISATAP";
	case EMBEDDED_COMPATIBLE:
		return "IPv4-compatible";
	case EMBEDDED_TRANSLATED:
		return "IPv4-translated";
	case EMBEDDED_PLAIN:
	case EMBEDDED_FORMS:
		break;
	}
	return "?";
}

int
nat64_is_prefix(const struct prefix *p)
{
	size_t i;

	if (p->addr.af != AF_INET6 || p->addr.b[8] != 0)
		return 0;
	for (i = 0; i < nitems(nat64); i++)
		if (nat64[i].len == p->len)
			return 1;
	return 0;
}
