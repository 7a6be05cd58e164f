/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Name servers: read, printed and compared.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf_resolver.h"

static int addr_is_link_local(const struct addr *);

const char *
conf_nameserver_parse(struct conf_nameserver *ns, const char *text)
{
	char        addr[ADDR_STRLEN];
	const char *zone, *p;
	size_t      len;

	memset(ns, 0, sizeof(*ns));
	ns->port = 53;
	len = strcspn(text, "%");
	zone = text[len] == '\0' ? "" : text + len + 1;
	if (len >= sizeof(addr))
		return "not an address";
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (addr_parse(&ns->addr, addr) == -1)
		return "not an address";
	if (!addr_is_link_local(&ns->addr))
		return text[len] == '\0' ?
		    NULL :
		    "only a link-local address has a zone";
	for (p = zone; isalnum((unsigned char)*p) ||
	     (*p != '\0' && strchr("_.-:@", *p) != NULL);
	     p++)
		continue;
	if (*p != '\0' || strspn(zone, "0123456789") == strlen(zone) ||
	    strlcpy(ns->zone, zone, sizeof(ns->zone)) >= sizeof(ns->zone))
		return "a link-local address needs the name of its interface, "
		       "as in fe80::1%eth0";
	return NULL;
}

int
conf_nameserver_same(const struct conf_nameserver *a,
    const struct conf_nameserver                  *b)
{
	return a->port == b->port && addr_cmp(&a->addr, &b->addr) == 0 &&
	    strcmp(a->zone, b->zone) == 0;
}

char *
conf_nameserver_print(const struct conf_nameserver *ns, char *dst, size_t size)
{
	char addr[ADDR_STRLEN];
	int  v6 = ns->addr.af == AF_INET6 && ns->port != 53;

	(void)snprintf(dst, size, "%s%s%s%s%s", v6 ? "[" : "",
	    addr_print(&ns->addr, addr, sizeof(addr)),
	    ns->zone[0] == '\0' ? "" : "%", ns->zone, v6 ? "]" : "");
	if (ns->port != 53)
		(void)snprintf(dst + strlen(dst), size - strlen(dst), ":%u",
		    ns->port);
	return dst;
}

static int
addr_is_link_local(const struct addr *a)
{
	return a->af == AF_INET6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}
