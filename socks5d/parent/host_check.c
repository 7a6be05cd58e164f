/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Warns of what rules want of this host and it does not have: addresses to
 * connect from, interfaces to connect by.  Both may come later, so neither is
 * an error.
 *
 * Only the kernel is asked, and no right is needed for it.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "parent/host_check.h"

/* So many are warned of, each of them once. */
#define WARN_MAX 20

struct host_check {
	parse_report            report;
	void                   *arg;
	struct ifaddrs         *addrs;
	int                     known; /* addrs are all there are */
	const struct conf_rule *warned[WARN_MAX];
	unsigned int            n;
};

static void check_rule(struct host_check *, const struct conf_rule *);
static int  address_is_here(const struct host_check *, const struct addr *);
static int  address_binds(const struct addr *);
static int  is_warned(const struct host_check *, const struct conf_rule *);
static void check_warn(struct host_check *, const struct conf_rule *,
    const char *, const char *, const char *);

void
host_check(const struct conf *conf, parse_report report, void *arg)
{
	struct host_check       check;
	const struct conf_rule *r;

	memset(&check, 0, sizeof(check));
	check.report = report;
	check.arg = arg;
	check.known = getifaddrs(&check.addrs) == 0;
	TAILQ_FOREACH(r, &conf->rules, entry)
		check_rule(&check, r);
	if (check.known)
		freeifaddrs(check.addrs);
}

static void
check_rule(struct host_check *check, const struct conf_rule *r)
{
	const struct conf_route *route = &r->route;
	char                     shown[ADDR_STRLEN];

	if (route->interface[0] != '\0' &&
	    if_nametoindex(route->interface) == 0)
		check_warn(check, r, "interface", route->interface,
		    "interface");
	else if (route->source.af != AF_UNSPEC &&
	    address_is_here(check, &route->source) == 0)
		check_warn(check, r, "source",
		    addr_print(&route->source, shown, sizeof(shown)),
		    "address");
}

/*
 * Some belong to no interface and can be had, as all of 127.0.0.0/8; one of a
 * VRF can only be had in it, and belongs to an interface.
 */
static int
address_is_here(const struct host_check *check, const struct addr *want)
{
	const struct ifaddrs *ifa;
	struct addr           a;
	uint16_t              port;

	if (check->known == 0 || address_binds(want))
		return 1;
	for (ifa = check->addrs; ifa != NULL; ifa = ifa->ifa_next)
		if (ifa->ifa_addr != NULL &&
		    addr_from_sockaddr(&a, &port, ifa->ifa_addr) == 0 &&
		    addr_cmp(&a, want) == 0)
			return 1;
	return 0;
}

/* False only if it is for want of the address. */
static int
address_binds(const struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t               len;
	int                     fd, ok;

	len = addr_to_sockaddr(a, 0, &ss);
	if ((fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return errno != EAFNOSUPPORT;
	ok = bind(fd, (struct sockaddr *)&ss, len) == 0 ||
	    errno != EADDRNOTAVAIL;
	(void)close(fd);
	return ok;
}

static int
is_warned(const struct host_check *check, const struct conf_rule *r)
{
	const struct conf_route *a, *b = &r->route;
	unsigned int             i;

	for (i = 0; i < check->n; i++) {
		a = &check->warned[i]->route;
		if (strcmp(a->interface, b->interface) == 0 &&
		    addr_cmp(&a->source, &b->source) == 0)
			return 1;
	}
	return 0;
}

static void
check_warn(struct host_check *check, const struct conf_rule *r,
    const char *word, const char *what, const char *kind)
{
	char text[CONF_PLACE_STRLEN + 256], at[CONF_PLACE_STRLEN];

	if (check->n == WARN_MAX || is_warned(check, r))
		return;
	check->warned[check->n++] = r;
	(void)snprintf(text, sizeof(text),
	    "%swarning: %s %s: this host has "
	    "no such %s (yet): connections that need it fail",
	    conf_place_print(r->file, r->line, at), word, what, kind);
	check->report(check->arg, text);
}
