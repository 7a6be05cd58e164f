/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of local ports towards targets: an association has one for all of
 * them, and no two associations ever have the same.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/addr.h"
#include "conf/conf.h"
#include "router/port.h"

#define ASSOCS 64
#define FLOWS  8

static const struct conf_route any_route;

static int
udp_socket(sa_family_t af)
{
	int fd = socket(af, SOCK_DGRAM, 0), on = 1;

	ATF_REQUIRE(fd != -1);
	if (af == AF_INET6)
		ATF_REQUIRE_EQ(0,
		    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)));
	return fd;
}

static struct addr
loopback(sa_family_t af, uint8_t last)
{
	struct addr a = { .af = af };

	if (af == AF_INET)
		a.b[0] = 127;
	a.b[af == AF_INET ? 3 : 15] = last;
	return a;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_storage ss;
	struct addr             a;
	socklen_t               len = sizeof(ss);
	uint16_t                port;

	ATF_REQUIRE_EQ(0, getsockname(fd, (struct sockaddr *)&ss, &len));
	ATF_REQUIRE_EQ(0, addr_from_sockaddr(&a, &port, (void *)&ss));
	return port;
}

static void
connect_to(int fd, const struct addr *to)
{
	struct sockaddr_storage ss;
	socklen_t               len;

	len = addr_to_sockaddr(to, 9, &ss);
	ATF_REQUIRE_EQ(0, connect(fd, (struct sockaddr *)&ss, len));
}

ATF_TC(alone);
ATF_TC_HEAD(alone, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "all sockets of an association have one port, which is its own");
}
ATF_TC_BODY(alone, tc)
{
	static const sa_family_t families[] = { AF_INET, AF_INET6 };
	struct port_list         lists[ASSOCS];
	struct port             *p[ASSOCS][FLOWS];
	int                      fd[ASSOCS][FLOWS];
	unsigned int             i, k, n, f;

	for (f = 0; f < 2; f++) {
		for (i = 0; i < ASSOCS; i++)
			SLIST_INIT(&lists[i]);
		/* In turn, so that each has shared ports beside it. */
		for (k = 0; k < FLOWS; k++) {
			for (i = 0; i < ASSOCS; i++) {
				fd[i][k] = udp_socket(families[f]);
				p[i][k] = port_bind(&lists[i], fd[i][k],
				    families[f], &any_route, 0);
				ATF_REQUIRE(p[i][k] != NULL);
				ATF_REQUIRE(p[i][k] == p[i][0]);
				ATF_REQUIRE_EQ(port_of(fd[i][0]),
				    port_of(fd[i][k]));
			}
		}
		for (i = 0; i < ASSOCS; i++)
			for (n = 0; n < i; n++)
				ATF_REQUIRE(p[i][0]->port != p[n][0]->port);
		for (i = 0; i < ASSOCS; i++) {
			for (k = 0; k < FLOWS; k++) {
				ATF_REQUIRE(!SLIST_EMPTY(&lists[i]));
				port_release(&lists[i], p[i][k]);
				(void)close(fd[i][k]);
			}
			ATF_CHECK(SLIST_EMPTY(&lists[i]));
		}
	}
	port_release(&lists[0], NULL);
}

/* One port in thirty is shared by somebody: so many draws would meet one. */
ATF_TC(never_shared);
ATF_TC_HEAD(never_shared, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "of many ports that others share none is given to a new "
	    "association");
}
ATF_TC_BODY(never_shared, tc)
{
	struct port_list list;
	struct port     *p;
	uint8_t         *taken;
	unsigned int     n, got;
	int             *fd, one;

	ATF_REQUIRE((taken = calloc(65536, 1)) != NULL);
	ATF_REQUIRE((fd = calloc(900, sizeof(*fd))) != NULL);
	for (n = 0; n < 900; n++) {
		SLIST_INIT(&list);
		fd[n] = udp_socket(AF_INET);
		p = port_bind(&list, fd[n], AF_INET, &any_route, 0);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_EQ(0, taken[p->port]);
		taken[p->port] = 1;
		port_release(&list, p);
	}
	/* Released here, but the sockets are still there: in relays. */
	for (got = 0; got < 3000; got++) {
		SLIST_INIT(&list);
		one = udp_socket(AF_INET);
		p = port_bind(&list, one, AF_INET, &any_route, 0);
		ATF_REQUIRE(p != NULL);
		ATF_REQUIRE_EQ(0, taken[p->port]);
		port_release(&list, p);
		(void)close(one);
	}
}

ATF_TC(sources);
ATF_TC_HEAD(sources, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "each source and number has a port of its own, at its address");
}
ATF_TC_BODY(sources, tc)
{
	struct port_list  list = SLIST_HEAD_INITIALIZER(list);
	struct conf_route one, two;
	struct port      *a, *b, *c, *again;
	uint16_t          port;
	int               fd[5], i;

	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	one.source = loopback(AF_INET, 1);
	two.source = loopback(AF_INET, 2);
	for (i = 0; i < 5; i++)
		fd[i] = udp_socket(AF_INET);
	ATF_REQUIRE((a = port_bind(&list, fd[0], AF_INET, &one, 0)) != NULL);
	ATF_REQUIRE((b = port_bind(&list, fd[1], AF_INET, &two, 0)) != NULL);
	ATF_REQUIRE((c = port_bind(&list, fd[2], AF_INET, &one, 1)) != NULL);
	ATF_CHECK(a != b && a != c && b != c);
	ATF_CHECK(a->port != c->port);
	ATF_REQUIRE((again = port_bind(&list, fd[3], AF_INET, &one, 0)) !=
	    NULL);
	ATF_CHECK(again == a);
	/* The source of a rule is of one family; the other one has any. */
	ATF_REQUIRE((again = port_bind(&list, fd[4], AF_INET, &any_route, 0)) !=
	    NULL);
	ATF_CHECK(again != a && again != b && again != c);
	one.source = loopback(AF_INET, 3);
	ATF_CHECK(port_is_of(&list, &two.source, b->port));
	ATF_CHECK(!port_is_of(&list, &one.source, b->port));
	ATF_CHECK(!port_is_of(&list, &one.source, again->port));
	connect_to(fd[4], &one.source);
	port_connected(again, fd[4]);
	one.source = loopback(AF_INET, 4);
	ATF_CHECK(!port_is_of(&list, &one.source, again->port));
	one.source = loopback(AF_INET, 1);
	ATF_CHECK(port_is_of(&list, &one.source, again->port));
	one.source = loopback(AF_INET6, 1);
	ATF_CHECK(!port_is_of(&list, &one.source, again->port));
	ATF_CHECK(port_is_used(a->port));
	port = a->port;
	port_release(&list, again);
	port_release(&list, a);
	ATF_CHECK(port_is_used(port));
	port_release(&list, a);
	port_release(&list, b);
	port_release(&list, c);
	ATF_CHECK(SLIST_EMPTY(&list));
	ATF_CHECK(!port_is_used(port));
}

/* connect(2) gives a port back at all addresses but one. */
ATF_TC(elsewhere);
ATF_TC_HEAD(elsewhere, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a port that somebody has at another address is not needed");
}
ATF_TC_BODY(elsewhere, tc)
{
	struct port_list        list = SLIST_HEAD_INITIALIZER(list);
	struct sockaddr_storage ss;
	struct addr             here, other;
	struct port            *p, *again, *third;
	socklen_t               len;
	int                     fd[4], i;

	here = loopback(AF_INET, 1);
	other = loopback(AF_INET, 2);
	for (i = 0; i < 4; i++)
		fd[i] = udp_socket(AF_INET);
	p = port_bind(&list, fd[0], AF_INET, &any_route, 0);
	ATF_REQUIRE(p != NULL);
	connect_to(fd[0], &here);
	port_connected(p, fd[0]);
	len = addr_to_sockaddr(&other, p->port, &ss);
	ATF_REQUIRE_EQ(0, bind(fd[3], (struct sockaddr *)&ss, len));
	again = port_bind(&list, fd[1], AF_INET, &any_route, 0);
	ATF_REQUIRE(again != NULL);
	ATF_CHECK(again != p && again->port != p->port);
	ATF_CHECK_EQ(again->port, port_of(fd[1]));
	third = port_bind(&list, fd[2], AF_INET, &any_route, 0);
	ATF_CHECK(third == again);
	/* Who has it there is nobody of this list. */
	ATF_CHECK(port_is_of(&list, &here, p->port));
	ATF_CHECK(!port_is_of(&list, &other, p->port));
	port_release(&list, third);
	port_release(&list, again);
	port_release(&list, p);
	ATF_CHECK(SLIST_EMPTY(&list));
}

ATF_TC(nobody_else);
ATF_TC_HEAD(nobody_else, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a socket that does not share cannot have the port, and what was "
	    "shared is free when all is closed");
}
ATF_TC_BODY(nobody_else, tc)
{
	struct port_list        list = SLIST_HEAD_INITIALIZER(list);
	struct sockaddr_storage ss;
	struct addr             any = { .af = AF_INET };
	struct port            *p;
	socklen_t               len;
	int                     fd, other;

	fd = udp_socket(AF_INET);
	other = udp_socket(AF_INET);
	ATF_REQUIRE((p = port_bind(&list, fd, AF_INET, &any_route, 0)) != NULL);
	len = addr_to_sockaddr(&any, p->port, &ss);
	ATF_CHECK_EQ(-1, bind(other, (struct sockaddr *)&ss, len));
	port_release(&list, p);
	ATF_CHECK_EQ(-1, bind(other, (struct sockaddr *)&ss, len));
	(void)close(fd);
	ATF_CHECK_EQ(0, bind(other, (struct sockaddr *)&ss, len));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, alone);
	ATF_TP_ADD_TC(tp, never_shared);
	ATF_TP_ADD_TC(tp, sources);
	ATF_TP_ADD_TC(tp, elsewhere);
	ATF_TP_ADD_TC(tp, nobody_else);
	return atf_no_error();
}
