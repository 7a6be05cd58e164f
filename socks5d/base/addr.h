/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Internet addresses and prefixes as values: parsed, printed, compared.
 *
 * Pure: no I/O, no resolver.  Ports are kept beside an address, in host byte
 * order.
 */

#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

/* af is AF_INET, AF_INET6 or AF_UNSPEC (none); unused bytes are zero. */
struct addr {
	sa_family_t af;
	uint8_t     b[16];
};

struct prefix {
	struct addr addr; /* bits beyond len are zero */
	uint8_t     len;  /* 0 to 32 or 128 */
};

/* Room for the longest printed forms, NUL included. */
#define ADDR_STRLEN     46
#define ADDRPORT_STRLEN 54 /* [v6]:65535 */
#define PREFIX_STRLEN   50 /* v6/128 */

/*
 * A dotted quad or an IPv6 text form, and nothing else: no short or octal or
 * hexadecimal IPv4, no scope, no brackets.  0, or -1 if it is neither.
 */
int addr_parse(struct addr *, const char *);

/* "address" or "address/len"; -1 if malformed or bits are set beyond len. */
int prefix_parse(struct prefix *, const char *);

/*
 * These print into dst, which they return; it must have the size above.
 * AF_UNSPEC is "-", a prefix of full length is printed as an address.
 */
char *addr_print(const struct addr *, char *dst, size_t);
char *addr_print_port(const struct addr *, uint16_t port, char *dst, size_t);
char *prefix_print(const struct prefix *, char *dst, size_t);

/* Address and port of a socket address; -1 if it is not INET or INET6. */
int addr_from_sockaddr(struct addr *, uint16_t *port, const struct sockaddr *);

/* Fills ss for connect(2) or bind(2); returns its length, 0 for AF_UNSPEC. */
socklen_t addr_to_sockaddr(const struct addr *, uint16_t port,
    struct sockaddr_storage *ss);

/* Less than, equal to or greater than 0, families first. */
int addr_cmp(const struct addr *, const struct addr *);

/* ::ffff:a.b.c.d becomes a.b.c.d, which is what connect(2) makes of it. */
void addr_unmap(struct addr *);

/*
 * The same for a prefix of such addresses, as what is compared with it is
 * never of that form.
 */
void prefix_unmap(struct prefix *);

/* 0.0.0.0 or ::, which stands for any address. */
int addr_is_unspecified(const struct addr *);

/* 127.0.0.0/8 or ::1. */
int addr_is_loopback(const struct addr *);

/* Clears all bits beyond len. */
void addr_mask(struct addr *, unsigned int len);

/* True if the address lies in the prefix; families must be equal. */
int prefix_match(const struct prefix *, const struct addr *);

#endif /* BASE_ADDR_H */
