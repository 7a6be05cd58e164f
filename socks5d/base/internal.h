/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The built-in table <internal>: addresses that are not public Internet and
 * that a rule must name before anything is connected to them.
 *
 * Pure.  Addresses of this very host are not here, as they change: the router
 * keeps them (router/localaddr.c).
 */

#ifndef BASE_INTERNAL_H
#define BASE_INTERNAL_H

#include <stddef.h>

struct addr;
struct prefix;

/*
 * Why the address is internal, as a few words for the log ("private",
 * "link-local", "NAT64 of private"), or NULL if it is public.  IPv4 addresses
 * hidden inside IPv6 ones (mapped, NAT64, 6to4, Teredo, ISATAP) are judged by
 * what is inside; the obsolete compatible and translated forms are internal
 * whatever is inside.  The words are static; AF_UNSPEC gives NULL.
 */
const char *addr_internal(const struct addr *);

/*
 * The prefixes all of which are internal, by number from 0 on: 0, or -1 when
 * there are no more.  Outside of them no IPv4 address is, IPv6 ones may be.
 */
int internal_prefix(size_t, struct prefix *);

#endif /* BASE_INTERNAL_H */
