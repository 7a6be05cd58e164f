/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Name servers, how they are asked, and the names of /etc/hosts.
 */

#ifndef CONF_CONF_RESOLVER_H
#define CONF_CONF_RESOLVER_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "conf/conf_size.h"

struct conf_nameserver {
	struct addr addr;
	uint16_t    port;
	char        zone[CONF_INTERFACE_SIZE]; /* of a link-local address */
	uint32_t    scope; /* its number, 0 if it has none */
};

/* Room for an address with a zone and a port, NUL included. */
#define NAMESERVER_STRLEN (ADDRPORT_STRLEN + CONF_INTERFACE_SIZE)

enum conf_family {
	CONF_FAMILY_ANY,
	CONF_FAMILY_INET,
	CONF_FAMILY_INET6,
};

struct conf_resolver {
	struct conf_nameserver ns[CONF_NAMESERVERS_MAX];
	unsigned int           nns;
	int                    from_system; /* ns came from resolv.conf */
	enum conf_family       family;
	uint32_t               timeout_ms; /* a whole lookup */
	uint32_t               cache;      /* entries; 0 is no cache */
};

/* A line of /etc/hosts, one per (name, address). */
struct conf_host {
	TAILQ_ENTRY(conf_host) entry;
	struct addr            addr;
	char                  *name; /* canonical, see hostname.h */
};
TAILQ_HEAD(conf_hosts, conf_host);

/* The defaults; values are in the page, too. */
#define CONF_DNS_TIMEOUT_MS 5000
#define CONF_DNS_CACHE      10000

/*
 * Reads "address" or, of a link-local one, "address%interface"; the port is 53
 * and the interface has no number yet.  NULL, or what is wrong with it.
 */
const char *conf_nameserver_parse(struct conf_nameserver *, const char *);

/* True if address, port and zone are the same. */
int conf_nameserver_same(const struct conf_nameserver *,
    const struct conf_nameserver *);

/* With a port that is not 53, into dst of NAMESERVER_STRLEN; returns dst. */
char *conf_nameserver_print(const struct conf_nameserver *, char *dst, size_t);

#endif /* CONF_CONF_RESOLVER_H */
