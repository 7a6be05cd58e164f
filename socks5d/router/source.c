/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Half-open sessions by source: an IPv4 address or an IPv6 /64.  One is half
 * open until its target is connected or it has ended, whatever it waits for,
 * so that nobody has more under way than these.
 *
 * The table holds sources with at least one half-open session, so it is bounded
 * by their limit; its hash is keyed, so nobody can aim at one chain.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/embedded.h"
#include "base/log.h"
#include "base/role.h"
#include "router/places.h"
#include "router/session.h"
#include "router/source.h"
#include "router/state.h"

#define SOURCE_BUCKETS 1024 /* a power of 2 */

struct source {
	LIST_ENTRY(source)  entry;
	struct addr         addr; /* masked */
	uint32_t            count;
	struct place_holder places; /* no more after the last */
};
LIST_HEAD(source_bucket, source);

static struct source_bucket *source_bucket(struct router *,
    const struct addr *);
static void                  serve_cb(evutil_socket_t, short, void *);
static struct place_holder  *source_holder(struct router *, struct source *);

void
source_init(struct router *r)
{
	r->sources = calloc(SOURCE_BUCKETS, sizeof(*r->sources));
	if (r->sources == NULL)
		fatal("router: memory");
	arc4random_buf(&r->source_key, sizeof(r->source_key));
	places_init(&r->places);
	place_holder_init(&r->own_places);
	if ((r->serve = evtimer_new(r->role.base, serve_cb, r)) == NULL)
		fatalx("router: memory");
}

struct source *
source_take(struct router *r, const struct addr *client, uint32_t limit)
{
	struct source_bucket *bucket;
	struct source        *s;
	struct addr           addr = *client;

	(void)addr_source(&addr);
	bucket = source_bucket(r, &addr);
	LIST_FOREACH(s, bucket, entry)
		if (addr_cmp(&s->addr, &addr) == 0)
			break;
	if (s == NULL) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			return NULL;
		s->addr = addr;
		place_holder_init(&s->places);
		LIST_INSERT_HEAD(bucket, s, entry);
	} else if (s->count >= limit)
		return NULL;
	s->count++;
	r->nhalf_open++;
	return s;
}

void
source_release(struct router *r, struct source *s)
{
	if (s == NULL)
		return;
	r->nhalf_open--;
	if (--s->count == 0) {
		LIST_REMOVE(s, entry);
		free(s);
	}
}

static struct place_holder *
source_holder(struct router *r, struct source *s)
{
	return s == NULL ? &r->own_places : &s->places;
}

int
source_place(struct router *r, struct source *s, int more)
{
	return place_take(&r->places, source_holder(r, s), more);
}

void
source_await(struct router *r, struct source *s, struct place_wait *w)
{
	role_count(&r->role, COUNTER_ATTEMPTS_WAITED);
	place_await(&r->places, source_holder(r, s), w);
}

/* Others are served from the loop, as whoever leaves may be under way. */
void
source_unplace(struct router *r, struct source *s)
{
	place_release(&r->places, source_holder(r, s));
	if (r->places.nwaiting != 0)
		event_active(r->serve, EV_TIMEOUT, 0);
}

uint32_t
source_places(const struct source *s)
{
	return s->places.held;
}

static void
serve_cb(evutil_socket_t fd, short what, void *arg)
{
	struct router *r = arg;

	places_serve(&r->places);
}

static struct source_bucket *
source_bucket(struct router *r, const struct addr *a)
{
	uint64_t part[2], h;

	memcpy(part, a->b, sizeof(part));
	h = (part[0] ^ r->source_key) * 0x9e3779b97f4a7c15ULL;
	h = (h ^ (h >> 29) ^ part[1]) * 0xbf58476d1ce4e5b9ULL;
	return &r->sources[(h >> 32) & (SOURCE_BUCKETS - 1)];
}
