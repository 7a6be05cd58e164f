/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Descriptors of this process that UDP may have: see room.h.
 */

#include <errno.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/role.h"
#include "base/share.h"
#include "conf/conf.h"
#include "router/room.h"
#include "router/session.h"
#include "router/state.h"

/* A source always gets these, if there are any: a client and some names. */
#define ROOM_LEAST 4

void
room_init(struct router *r)
{
	shares_init(&r->room, 1, 1, ROOM_LEAST);
}

void
room_set(struct router *r, uint32_t most)
{
	/* Who has one keeps it. */
	r->room.places = most > r->room.taken ? most : r->room.taken;
}

struct share *
room_take(struct router *r, const struct session *s)
{
	struct share_key key;
	struct share    *place = NULL;

	/* All clients may be of one source: then by association. */
	share_key_source(&key, &s->client);
	if (r->role.conf->set.source_sessions == CONF_NO_LIMIT) {
		key.hi = UINT64_MAX;
		key.lo = s->id;
	}
	if (r->load[s->relay] >= budget_sockets(r->role.child->start.nofile))
		errno = ENOBUFS;
	else
		place = share_take(&r->room, &key, SIZE_MAX);
	if (place == NULL)
		role_count(&r->role, COUNTER_UDP_SOCKETS);
	return place;
}

void
room_release(struct router *r, struct share *place)
{
	share_release(&r->room, place);
}
