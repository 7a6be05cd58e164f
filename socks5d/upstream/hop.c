/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * One proxy, whatever it speaks: see hop.h.
 *
 * Pure.
 */

#include <string.h>

#include "compat/nitems.h"
#include "upstream/hop.h"

_Static_assert(UPSTREAM_HOPS_MAX == CONF_HOPS_MAX &&
	UPSTREAM_NAME_SIZE == CONF_NAME_SIZE &&
	UPSTREAM_MEMBERS_MAX == CONF_MEMBERS_MAX,
    "messages and config differ");

static const struct hop_protocol *const protocols[] = {
	[CONF_SOCKS5] = &hop_socks5,
	[CONF_SOCKS4A] = &hop_socks4,
	[CONF_HTTP] = &hop_http,
};

enum hop_result
hop_begin(struct hop *h)
{
	h->state = h->left = h->head = h->code = 0;
	h->asked = 0;
	h->outlen = 0;
	h->status = UPSTREAM_OK;
	h->rep = 0;
	h->text[0] = '\0';
	memset(&h->bound, 0, sizeof(h->bound));
	h->bound_port = 0;
	if (h->task.protocol >= nitems(protocols))
		return hop_fail(h, UPSTREAM_UNFIT, 1, "no such protocol");
	if (h->task.udp && h->task.protocol != CONF_SOCKS5)
		return hop_fail(h, UPSTREAM_UNFIT, 1, "relays no UDP");
	return protocols[h->task.protocol]->begin(h);
}

enum hop_result
hop_take(struct hop *h, const uint8_t *p, size_t len, size_t *used)
{
	enum hop_result result = HOP_MORE;
	size_t          i;

	for (i = 0; i < len && result == HOP_MORE; i++)
		result = protocols[h->task.protocol]->byte(h, p[i]);
	*used = i;
	return result;
}

void
hop_clear(struct hop *h)
{
	explicit_bzero(h, sizeof(*h));
}
