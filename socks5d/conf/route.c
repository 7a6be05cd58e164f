/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which class of sockets a route asks for: see route.h.
 *
 * Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "conf/route.h"

_Static_assert(SOCKET_INTERFACE_SIZE == CONF_INTERFACE_SIZE,
    "SOCKET_INTERFACE_SIZE");

int
socket_class_of(const struct conf_route *route, struct socket_class *c)
{
	memset(c, 0, sizeof(*c));
	c->has_mark = route->mark.given != 0;
	c->mark = route->mark.given ? route->mark.n : 0;
	c->has_rtable = route->rtable.given != 0;
	c->rtable = route->rtable.given ? route->rtable.n : 0;
	(void)strlcpy(c->interface, route->interface, sizeof(c->interface));
	return c->has_mark || c->has_rtable || c->interface[0] != '\0';
}

int
socket_class_equal(const struct socket_class *a, const struct socket_class *b)
{
	return a->has_mark == b->has_mark && a->mark == b->mark &&
	    a->has_rtable == b->has_rtable && a->rtable == b->rtable &&
	    strcmp(a->interface, b->interface) == 0;
}
