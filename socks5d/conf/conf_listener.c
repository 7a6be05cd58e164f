/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Which listener it is that a client comes to.
 */

#include "base/addr.h"
#include "conf/conf_listener.h"

int
conf_listener_takes(const struct conf_listener *l, const struct addr *a,
    uint16_t port, int ours)
{
	if (l->port != port)
		return 0;
	if (addr_cmp(&l->addr, a) == 0)
		return 1;
	return ours && l->addr.af == a->af && addr_is_unspecified(&l->addr);
}
