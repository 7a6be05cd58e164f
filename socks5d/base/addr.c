/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Internet addresses and prefixes as values.
 *
 * Pure: no I/O, no resolver.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "base/addr.h"

static int          parse_len(const char *, unsigned int);
static unsigned int addr_bits(const struct addr *);

static const uint8_t v4_mapped[12] = {
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0xff,
	0xff,
};

int
addr_parse(struct addr *a, const char *s)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, s, a->b) == 1)
		a->af = AF_INET;
	else if (inet_pton(AF_INET6, s, a->b) == 1)
		a->af = AF_INET6;
	else {
		memset(a, 0, sizeof(*a)); /* libc may have begun */
		return -1;
	}
	return 0;
}

int
prefix_parse(struct prefix *p, const char *s)
{
	struct addr a, masked;
	char        buf[ADDR_STRLEN];
	const char *slash;
	size_t      n;
	int         len;

	memset(p, 0, sizeof(*p));
	slash = strchr(s, '/');
	n = slash != NULL ? (size_t)(slash - s) : strlen(s);
	if (n >= sizeof(buf))
		return -1;
	memcpy(buf, s, n);
	buf[n] = '\0';
	if (addr_parse(&a, buf) == -1)
		return -1;
	len = addr_bits(&a);
	if (slash != NULL && (len = parse_len(slash + 1, len)) == -1)
		return -1;
	masked = a;
	addr_mask(&masked, len);
	if (addr_cmp(&a, &masked) != 0)
		return -1;
	p->addr = a;
	p->len = len;
	return 0;
}

char *
addr_print(const struct addr *a, char *dst, size_t size)
{
	if (a->af == AF_UNSPEC || inet_ntop(a->af, a->b, dst, size) == NULL)
		(void)snprintf(dst, size, "-");
	return dst;
}

char *
addr_print_port(const struct addr *a, uint16_t port, char *dst, size_t size)
{
	char buf[ADDR_STRLEN];

	addr_print(a, buf, sizeof(buf));
	if (a->af == AF_UNSPEC)
		(void)snprintf(dst, size, "%s", buf);
	else if (a->af == AF_INET6)
		(void)snprintf(dst, size, "[%s]:%u", buf, port);
	else
		(void)snprintf(dst, size, "%s:%u", buf, port);
	return dst;
}

char *
prefix_print(const struct prefix *p, char *dst, size_t size)
{
	char buf[ADDR_STRLEN];

	addr_print(&p->addr, buf, sizeof(buf));
	if (p->len == addr_bits(&p->addr))
		(void)snprintf(dst, size, "%s", buf);
	else
		(void)snprintf(dst, size, "%s/%u", buf, p->len);
	return dst;
}

int
addr_from_sockaddr(struct addr *a, uint16_t *port, const struct sockaddr *sa)
{
	struct sockaddr_in  sin;
	struct sockaddr_in6 sin6;

	memset(a, 0, sizeof(*a));
	*port = 0;
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&sin, sa, sizeof(sin));
		memcpy(a->b, &sin.sin_addr, 4);
		*port = ntohs(sin.sin_port);
		break;
	case AF_INET6:
		memcpy(&sin6, sa, sizeof(sin6));
		memcpy(a->b, &sin6.sin6_addr, 16);
		*port = ntohs(sin6.sin6_port);
		break;
	default:
		return -1;
	}
	a->af = sa->sa_family;
	return 0;
}

socklen_t
addr_to_sockaddr(const struct addr *a, uint16_t port,
    struct sockaddr_storage *ss)
{
	struct sockaddr_in  sin;
	struct sockaddr_in6 sin6;

	memset(ss, 0, sizeof(*ss));
	if (a->af == AF_INET) {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_port = htons(port);
		memcpy(&sin.sin_addr, a->b, 4);
		memcpy(ss, &sin, sizeof(sin));
		return sizeof(sin);
	}
	if (a->af == AF_INET6) {
		memset(&sin6, 0, sizeof(sin6));
		sin6.sin6_family = AF_INET6;
		sin6.sin6_port = htons(port);
		memcpy(&sin6.sin6_addr, a->b, 16);
		memcpy(ss, &sin6, sizeof(sin6));
		return sizeof(sin6);
	}
	return 0;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->af != b->af)
		return a->af < b->af ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

void
addr_unmap(struct addr *a)
{
	if (a->af != AF_INET6 ||
	    memcmp(a->b, v4_mapped, sizeof(v4_mapped)) != 0)
		return;
	a->af = AF_INET;
	memmove(a->b, a->b + 12, 4);
	memset(a->b + 4, 0, 12);
}

void
prefix_unmap(struct prefix *p)
{
	sa_family_t af = p->addr.af;

	if (p->len < 96)
		return;
	addr_unmap(&p->addr);
	if (p->addr.af != af)
		p->len -= 96;
}

int
addr_is_unspecified(const struct addr *a)
{
	static const uint8_t zero[sizeof(a->b)];

	return a->af != AF_UNSPEC && memcmp(a->b, zero, sizeof(zero)) == 0;
}

int
addr_is_loopback(const struct addr *a)
{
	static const uint8_t loopback[16] = { [15] = 1 };

	if (a->af == AF_INET)
		return a->b[0] == 127;
	return a->af == AF_INET6 && memcmp(a->b, loopback, 16) == 0;
}

void
addr_mask(struct addr *a, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < sizeof(a->b); i++) {
		if (len >= 8) {
			len -= 8;
			continue;
		}
		a->b[i] &= (uint8_t)(0xff00U >> len);
		len = 0;
	}
}

int
prefix_match(const struct prefix *p, const struct addr *a)
{
	struct addr masked;

	if (a->af != p->addr.af || a->af == AF_UNSPEC)
		return 0;
	masked = *a;
	addr_mask(&masked, p->len);
	return addr_cmp(&masked, &p->addr) == 0;
}

/* A plain decimal number up to max, or -1: no sign, blank or leading 0. */
static int
parse_len(const char *s, unsigned int max)
{
	unsigned int len = 0;

	if (s[0] == '\0' || (s[0] == '0' && s[1] != '\0'))
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		len = len * 10 + (unsigned int)(*s - '0');
		if (len > max)
			return -1;
	}
	return (int)len;
}

static unsigned int
addr_bits(const struct addr *a)
{
	return a->af == AF_INET ? 32 : 128;
}
