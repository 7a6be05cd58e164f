/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What keeps upstreams from being used: ways to nowhere or in circles, proxies
 * that cannot say or do what is asked of them; and rules that name a command
 * which cannot go their way.
 *
 * Reads no file and knows no grammar.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include "conf/conf.h"
#include "config/check_part.h"

static int  check_via(const struct conf *, struct check *, const char *,
     uint32_t, const char *);
static void check_command(const struct conf *, struct check *,
    const struct conf_rule *);
static void check_datagrams(struct check *, const struct conf_rule *,
    const struct conf_upstream *);
static void check_hops(const struct conf *, struct check *,
    const struct conf_upstream *);
static void check_names(struct check *, const struct conf_upstream *,
    const struct conf_upstream *);
static void check_own(const struct conf *, struct check *,
    const struct conf_upstream *);

void
check_upstreams(const struct conf *c, struct check *ck)
{
	const struct conf_upstream *u;
	const struct conf_rule     *r;

	TAILQ_FOREACH(r, &c->rules, entry) {
		if (r->route.via[0] == '\0' ||
		    check_via(c, ck, r->file, r->line, r->route.via) == 0)
			check_command(c, ck, r);
	}
	TAILQ_FOREACH(u, &c->upstreams, entry) {
		if (u->via[0] == '\0') {
			check_own(c, ck, u);
			continue;
		}
		if (check_via(c, ck, u->file, u->line, u->via) == -1)
			continue;
		check_hops(c, ck, u);
		check_names(ck, u, conf_upstream_find(c, u->via));
	}
}

static int
check_via(const struct conf *c, struct check *ck, const char *file,
    uint32_t line, const char *via)
{
	if (conf_upstream_find(c, via) != NULL)
		return 0;
	check_fault(ck, file, line,
	    "via \"%s\": no upstream has this name: "
	    "add it, as in upstream \"%s\" { member socks5 192.0.2.1 port "
	    "1080 }",
	    via, via);
	return -1;
}

/*
 * A rule that names a command must be able to do what it says; of one that
 * names none, what cannot go its way is refused when it is asked for.
 */
static void
check_command(const struct conf *c, struct check *ck, const struct conf_rule *r)
{
	const struct conf_upstream *u;

	if ((r->commands & CONF_COMMAND_BIND) != 0 &&
	    r->route.rdr.af != AF_UNSPEC)
		check_fault(ck, r->file, r->line,
		    "command bind: not with rdr-to: what comes in goes to the "
		    "client, whoever it was meant for");
	if (r->route.via[0] == '\0')
		return;
	u = conf_upstream_find(c, r->route.via);
	if (r->commands & CONF_COMMAND_BIND)
		check_fault(ck, r->file, r->line,
		    "command bind: not with via \"%s\": what comes in comes "
		    "to this host, not to a proxy",
		    u->name);
	if ((r->commands & CONF_COMMAND_UDP) == 0)
		return;
	if (u->via[0] != '\0')
		check_fault(ck, r->file, r->line,
		    "command udp: not with via \"%s\": it is reached via "
		    "\"%s\", and datagrams go through one proxy only",
		    u->name, u->via);
	check_datagrams(ck, r, u);
}

/* The first member that relays none. */
static void
check_datagrams(struct check *ck, const struct conf_rule *r,
    const struct conf_upstream *u)
{
	const struct conf_proxy *p;
	unsigned int             n = 0;

	TAILQ_FOREACH(p, &u->members, entry) {
		n++;
		if (p->udp)
			continue;
		check_fault(ck, r->file, r->line,
		    "command udp: not with via \"%s\": its member %u %s%s",
		    u->name, n,
		    p->protocol == CONF_SOCKS5 ? "is not said to relay UDP: "
						 "add udp to it" :
						 "relays no UDP: it speaks ",
		    p->protocol == CONF_SOCKS5 ?
			"" :
			conf_protocol_name(p->protocol));
		return;
	}
}

/* The way to an upstream must end, and soon. */
static void
check_hops(const struct conf *c, struct check *ck,
    const struct conf_upstream *first)
{
	const struct conf_upstream *u = first;
	unsigned int                hops = 1;

	while (u != NULL && u->via[0] != '\0') {
		u = conf_upstream_find(c, u->via);
		if (u == first) {
			check_fault(ck, first->file, first->line,
			    "upstream "
			    "\"%s\": via loop",
			    first->name);
			return;
		}
		/* Another one's circle is told there. */
		if (++hops > CONF_UPSTREAMS_MAX)
			return;
	}
	if (hops > CONF_HOPS_MAX)
		check_fault(ck, first->file, first->line,
		    "upstream \"%s\": "
		    "a chain of %u upstreams, more than %d",
		    first->name, hops, CONF_HOPS_MAX);
}

/* Each member on the way must be able to say each one behind it. */
static void
check_names(struct check *ck, const struct conf_upstream *u,
    const struct conf_upstream *before)
{
	const struct conf_proxy *p, *q;
	unsigned int             i = 0, k = 0;

	TAILQ_FOREACH(p, &u->members, entry) {
		i++;
		if (p->addr.af == AF_INET6)
			break;
	}
	TAILQ_FOREACH(q, &before->members, entry) {
		k++;
		if (q->protocol == CONF_SOCKS4A)
			break;
	}
	if (p == NULL || q == NULL)
		return;
	check_fault(ck, u->file, u->line,
	    "upstream \"%s\": member %u has an "
	    "IPv6 address, but is reached via member %u of upstream \"%s\", "
	    "and SOCKS4A cannot carry an IPv6 address",
	    u->name, i, k, before->name);
}

/*
 * A member that is a listener of this very config gets back what it is sent,
 * again and again.  Behind another upstream an address means another host's.
 */
static void
check_own(const struct conf *c, struct check *ck, const struct conf_upstream *u)
{
	const struct conf_listener *l;
	const struct conf_proxy    *p;
	char                        text[ADDRPORT_STRLEN];
	unsigned int                n = 0;

	TAILQ_FOREACH(p, &u->members, entry) {
		n++;
		TAILQ_FOREACH(l, &c->listeners, entry)
			if (conf_listener_takes(l, &p->addr, p->port,
				addr_is_loopback(&p->addr)))
				break;
		if (l == NULL)
			continue;
		check_fault(ck, u->file, u->line,
		    "upstream \"%s\": member "
		    "%u, %s, is the listener at %s:%u: requests would come "
		    "back again and again",
		    u->name, n,
		    addr_print_port(&p->addr, p->port, text, sizeof(text)),
		    l->file, l->line);
	}
}
