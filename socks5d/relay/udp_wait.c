/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Datagrams of an association's client that wait: for a verdict on where they
 * are to go, or for a grant.  Of both there is a bound for each association
 * and one for all; what does not fit is dropped.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "base/session.h"
#include "relay/outlet.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/udp.h"

/*
 * What may wait of one association, for verdicts and for grants each, and in
 * all of a relay.  Even if others have all of that, one datagram of an
 * association that is as long as most are.
 */
#define WAITING_BYTES     (128 * 1024)
#define WAITING_BYTES_ALL (64 * 1024 * 1024)
#define WAITING_ONE       2048

static int flow_may_wait(const struct relay *, struct udp *,
    const struct flow *, size_t);
static int flow_make_way(struct relay *, struct session *, const struct flow *);
static struct waiting_room *room_of(struct udp *, const struct flow *);
static void                 room_add(struct waiting_room *, int, int64_t);

void
flow_wait(struct relay *r, struct session *s, struct flow *f,
    const uint8_t *data, size_t len)
{
	struct udp     *u = s->udp;
	struct waiting *w;

	while (!flow_may_wait(r, u, f, len)) {
		if (flow_make_way(r, s, f) == 0)
			continue;
		udp_drop(r, s, f->state == FLOW_OPEN ? DROP_RATE : DROP_WAITING,
		    1);
		return;
	}
	if ((w = malloc(sizeof(*w) + len)) == NULL) {
		udp_drop(r, s, DROP_NO_RESOURCES, 1);
		return;
	}
	w->len = (uint32_t)len;
	memcpy(w->data, data, len);
	STAILQ_INSERT_TAIL(&f->waiting, w, entry);
	room_add(&f->room, 1, w->len);
	room_add(room_of(u, f), 1, w->len);
	r->waiting_bytes += w->len;
}

/*
 * For grants, a flow keeps no more datagrams than it leaves to others, so that
 * one that sends too fast has not all of it.
 */
static int
flow_may_wait(const struct relay *r, struct udp *u, const struct flow *f,
    size_t len)
{
	const struct waiting_room *room = room_of(u, f);
	unsigned int               mine = f->state == FLOW_OPEN ? f->room.n : 0;

	return mine + room->n < u->waiting_max &&
	    room->bytes + len <= WAITING_BYTES &&
	    (r->waiting_bytes + len <= WAITING_BYTES_ALL ||
		(room->n == 0 && len <= WAITING_ONE));
}

/*
 * For verdicts, the destination that has most waiting gives its oldest for one
 * that has fewer: names that nobody answers for do not keep all places.  -1 if
 * there is none.
 */
static int
flow_make_way(struct relay *r, struct session *s, const struct flow *f)
{
	struct flow *other, *most = NULL;

	if (f->state != FLOW_ASKED)
		return -1;
	TAILQ_FOREACH(other, &s->udp->used, used)
		if (other->state == FLOW_ASKED &&
		    other->room.n > (most == NULL ? f : most)->room.n)
			most = other;
	if (most == NULL)
		return -1;
	flow_sent(r, s, most, 1);
	udp_drop(r, s, DROP_WAITING, 1);
	return 0;
}

void
flow_unwait(struct relay *r, struct session *s, struct flow *f,
    enum udp_drop why)
{
	unsigned int n = f->room.n;

	flow_sent(r, s, f, n);
	if (n != 0)
		udp_drop(r, s, why, n);
}

void
flow_sent(struct relay *r, struct session *s, struct flow *f, unsigned int n)
{
	struct waiting *w;

	for (; n > 0; n--) {
		w = STAILQ_FIRST(&f->waiting);
		STAILQ_REMOVE_HEAD(&f->waiting, entry);
		room_add(&f->room, -1, -(int64_t)w->len);
		room_add(room_of(s->udp, f), -1, -(int64_t)w->len);
		r->waiting_bytes -= w->len;
		free(w);
	}
}

void
flow_wait_for(struct udp *u, struct flow *f, enum flow_state state)
{
	room_add(room_of(u, f), -f->room.n, -(int64_t)f->room.bytes);
	f->state = (uint8_t)state;
	room_add(room_of(u, f), f->room.n, f->room.bytes);
}

void
flow_squeeze(struct relay *r, struct session *s, struct flow *f)
{
	struct udp                *u = s->udp;
	const struct waiting_room *room = room_of(u, f);

	while (f->room.n != 0 &&
	    (room->n > u->waiting_max || room->bytes > WAITING_BYTES)) {
		flow_sent(r, s, f, 1);
		udp_drop(r, s, DROP_RATE, 1);
	}
}

static struct waiting_room *
room_of(struct udp *u, const struct flow *f)
{
	return &u->waiting[f->state == FLOW_OPEN];
}

static void
room_add(struct waiting_room *w, int n, int64_t bytes)
{
	w->n = (uint16_t)(w->n + n);
	w->bytes = (uint32_t)(w->bytes + bytes);
}
