/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What rules and listeners want of this host and it does not have.  Addresses
 * to connect from and interfaces to connect by may come later, so there is a
 * warning.  Ports for UDP and BIND that take rights are an error, as the
 * process that binds them has none, whoever started the daemon.
 *
 * Only the kernel is asked, and no right is needed for it.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Linux: the first port that anybody may bind. */
#define PORT_START "/proc/sys/net/ipv4/ip_unprivileged_port_start"

static int check_ports(struct host_check *, const struct conf *);
static int range_is_ours(struct host_check *, const struct conf_listener *,
    const char *, const struct conf_range *, unsigned int);
static unsigned int port_start(void);
static void         check_rule(struct host_check *, const struct conf_rule *);
static int  address_is_here(const struct host_check *, const struct addr *);
static int  address_binds(const struct addr *);
static int  is_warned(const struct host_check *, const struct conf_rule *);
static void check_warn(struct host_check *, const struct conf_rule *,
    const char *, const char *, const char *);

int
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
	return check_ports(&check, conf);
}

/* Both addresses of "localhost" or "*" stand in one line. */
static int
check_ports(struct host_check *check, const struct conf *conf)
{
	const struct conf_listener *l, *prev = NULL;
	unsigned int                start = port_start();
	int                         ret = 0;

	TAILQ_FOREACH(l, &conf->listeners, entry) {
		if (prev != NULL && prev->line == l->line &&
		    strcmp(prev->file, l->file) == 0)
			continue;
		prev = l;
		if (range_is_ours(check, l, "udp", &l->udp_ports, start) == 0)
			ret = -1;
		if (range_is_ours(check, l, "bind", &l->bind_ports, start) == 0)
			ret = -1;
	}
	return ret;
}

static int
range_is_ours(struct host_check *check, const struct conf_listener *l,
    const char *command, const struct conf_range *range, unsigned int start)
{
	char text[CONF_PLACE_STRLEN + 256], at[CONF_PLACE_STRLEN];

	if (range->low == 0 || range->low >= start)
		return 1;
	(void)snprintf(text, sizeof(text),
	    "%s%s port %u: ports below %u take rights that the process which "
	    "binds them does not have, even if root starts it: use others",
	    conf_place_print(l->file, l->line, at), command, range->low, start);
	check->report(check->arg, text);
	return 0;
}

/* As everywhere, unless this host says something else. */
static unsigned int
port_start(void)
{
	char    text[16];
	ssize_t n = -1;
	int     fd;

	if ((fd = open(PORT_START, O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	if (n <= 0)
		return IPPORT_RESERVED;
	text[n] = '\0';
	return (unsigned int)strtoul(text, NULL, 10);
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
