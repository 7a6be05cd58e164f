/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Options of a c-ares that has a cache: see cares.h.
 *
 * Used by the resolver.
 */

#include "compat/cares.h"

/*
 * Before it asks again, this c-ares waits for five times what the server took
 * on the average, 250 ms at the least, and twice as long each round.  After
 * three rounds it would not have waited for two seconds in all, which is less
 * than an unusual name may take a server that knows the usual ones by heart.
 * Five rounds take four seconds at the least, and about six.
 */
#define TRIES         5
#define MAXTIMEOUT_MS 4000

/*
 * With one question on a socket, what goes wrong there ends no other.  And the
 * resolver has a cache of its own, whose size and end are those of the
 * configuration.
 */
void
cares_options(struct ares_options *o, int *mask)
{
	o->tries = TRIES;
	o->maxtimeout = MAXTIMEOUT_MS;
	o->udp_max_queries = 1;
	o->qcache_max_ttl = 0;
	*mask |= ARES_OPT_MAXTIMEOUTMS | ARES_OPT_UDP_MAX_QUERIES |
	    ARES_OPT_QUERY_CACHE;
}
