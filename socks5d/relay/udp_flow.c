/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The flows of an association: one for each destination that its client has
 * named lately, as it named it.
 *
 * There are as many as the router allows; a new one takes the place of the
 * longest unused one.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/msg_codec.h"
#include "base/msg_udp.h"
#include "base/role.h"
#include "compat/poller.h"
#include "relay/allow.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"
#include "relay/turn.h"
#include "relay/udp.h"
#include "socks/socks.h"
#include "socks/udp.h"

/* A refusal is taken for final so long, as tables and names may change. */
#define REFUSED_MS 5000

/*
 * No new flow is asked for while so much is queued for the router: clients that
 * name destinations faster than it judges them must not take the room of those
 * who connect, nor that of what must be told.
 */
#define WANT_QUEUE (64 * 1024)

/* Places at first; there are more when they are needed. */
#define SLOTS_FIRST 2

static int  flow_cmp(const struct flow *, const struct flow *);
static int  key_cmp(const uint8_t *, size_t, const struct flow *);
static int  is_name(const uint8_t *);
static int  slot_get(struct udp *);
static void flow_unlink(struct udp *, struct flow *);
static void report_add(struct relay *, const struct session *,
    const struct flow *, struct wbuf *);
static int  flow_make_room(struct relay *, struct session *);
static int  flow_tell_want(struct relay *, const struct session *,
     const struct flow *, const uint8_t *);
static void flow_count(const struct flow *, int, struct wbuf *);

RB_GENERATE(flow_keys, flow, node, flow_cmp)

static int
flow_cmp(const struct flow *a, const struct flow *b)
{
	return key_cmp(a->key, a->keylen, b);
}

static int
key_cmp(const uint8_t *key, size_t len, const struct flow *f)
{
	if (len != f->keylen)
		return len < f->keylen ? -1 : 1;
	return memcmp(key, f->key, len);
}

struct flow *
flow_find(struct udp *u, const uint8_t *header, size_t len)
{
	struct flow   *f = u->last;
	const uint8_t *key = header + SOCKS_UDP_LEAD;
	int            cmp;

	len -= SOCKS_UDP_LEAD;
	if (f != NULL && key_cmp(key, len, f) == 0)
		return f;
	for (f = RB_ROOT(&u->flows); f != NULL;
	     f = cmp < 0 ? RB_LEFT(f, node) : RB_RIGHT(f, node)) {
		if ((cmp = key_cmp(key, len, f)) == 0) {
			u->last = f;
			break;
		}
	}
	return f;
}

struct flow *
flow_ask(struct relay *r, struct session *s, const uint8_t *header, size_t len,
    enum udp_drop *why)
{
	struct udp  *u = s->udp;
	struct flow *f;
	size_t       keylen = len - SOCKS_UDP_LEAD;
	int          slot;

	/*
	 * Of addresses, which are answered for soon, as many as may wait: more
	 * would keep the router from others, for nothing.
	 */
	if (!is_name(header + SOCKS_UDP_LEAD) && u->nasked >= u->waiting_max) {
		*why = DROP_WAITING;
		return NULL;
	}
	*why = DROP_LIMIT;
	if (peer_queued(role_peer(&r->role, PROC_ROUTER, 0)) >= WANT_QUEUE ||
	    flow_make_room(r, s) == -1 || (slot = slot_get(u)) == -1 ||
	    (f = calloc(1, sizeof(*f) + keylen)) == NULL)
		return NULL;
	f->in.member.is_flow = 1;
	f->in.session = s;
	f->fd = -1;
	f->state = FLOW_ASKED;
	f->active = r->now;
	f->id = (uint32_t)++u->serial << 16 | (uint32_t)slot;
	f->keylen = (uint16_t)keylen;
	f->first = f->last = UDP_NO_DATAGRAM;
	memcpy(f->key, header + SOCKS_UDP_LEAD, keylen);
	STAILQ_INIT(&f->waiting);
	if (flow_tell_want(r, s, f, header) == -1) {
		free(f);
		return NULL;
	}
	(void)RB_INSERT(flow_keys, &u->flows, f);
	TAILQ_INSERT_TAIL(&u->used, f, used);
	u->slot[slot] = f;
	u->nflows++;
	u->nasked = (uint16_t)(u->nasked + !is_name(f->key));
	return f;
}

struct flow *
flow_new_inbound(struct relay *r, struct session *s, uint32_t id)
{
	struct flow **place = &s->udp->inbound[id >> 16];
	struct flow  *f;

	if (*place != NULL || (f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->in.member.is_flow = 1;
	f->in.session = s;
	f->is_inbound = 1;
	f->id = id;
	f->fd = -1;
	f->active = r->now;
	STAILQ_INIT(&f->waiting);
	*place = f;
	return f;
}

static int
is_name(const uint8_t *key)
{
	return key[0] == SOCKS_ATYP_NAME;
}

void
flow_answered(struct udp *u, struct flow *f, enum flow_state state)
{
	if (f->state == FLOW_ASKED && !f->is_inbound && !is_name(f->key))
		u->nasked--;
	flow_wait_for(u, f, state);
}

/* A place that nobody has; -1 if memory is short. */
static int
slot_get(struct udp *u)
{
	struct flow **slot;
	unsigned int  i, n;

	for (i = 0; i < u->nslots; i++)
		if (u->slot[i] == NULL)
			return (int)i;
	n = u->nslots == 0 ? SLOTS_FIRST : 2U * u->nslots;
	if (n > u->flows_max)
		n = u->flows_max;
	if ((slot = recallocarray(u->slot, u->nslots, n, sizeof(*slot))) ==
	    NULL)
		return -1;
	u->slot = slot;
	u->nslots = (uint16_t)n;
	return (int)i;
}

/* One that waits for the router is not given up for another one. */
static int
flow_make_room(struct relay *r, struct session *s)
{
	struct udp  *u = s->udp;
	struct flow *f;

	if (u->nflows < u->flows_max)
		return 0;
	TAILQ_FOREACH(f, &u->used, used)
		if (f->state != FLOW_ASKED)
			break;
	if (f == NULL)
		return -1;
	role_count(&r->role, COUNTER_UDP_FLOWS_EVICTED);
	f->end = UDP_END_EVICTED;
	flow_end(r, s, f);
	return 0;
}

static int
flow_tell_want(struct relay *r, const struct session *s, const struct flow *f,
    const uint8_t *header)
{
	struct msg_udp_want w;
	struct socks_udp    to;
	uint8_t             data[sizeof(w) + 16];
	struct wbuf         b;

	socks_udp_get(header, &to);
	memset(&w, 0, sizeof(w));
	w.flow = f->id;
	w.addr = to.addr;
	w.port = to.port;
	w.namelen = to.namelen;
	if (to.namelen != 0)
		memcpy(w.name, to.name, to.namelen);
	wbuf_init(&b, data, sizeof(data));
	msg_put_udp_want(&b, &w);
	return role_post(&r->role, PROC_ROUTER, 0, MSG_UDP_WANT, s->id, &b, -1);
}

void
flow_use(struct relay *r, struct udp *u, struct flow *f)
{
	f->active = r->now;
	if (f->is_inbound || TAILQ_NEXT(f, used) == NULL)
		return;
	TAILQ_REMOVE(&u->used, f, used);
	TAILQ_INSERT_TAIL(&u->used, f, used);
}

/*
 * One with an allowance is watched by edge: what it must not read yet stays in
 * its socket, and is not to be told of again and again.
 */
int
flow_opened(struct relay *r, struct session *s, struct flow *f,
    uint64_t allowance)
{
	struct udp *u = s->udp;
	uint64_t    key;

	if (f->is_inbound)
		key = KEY(s->id, UDP_OTHERS + (f->id >> 16));
	else
		key = KEY(s->id, UDP_FLOWS + (f->id & UINT16_MAX));
	flow_answered(u, f, FLOW_OPEN);
	if (allow_join(r, &f->in.member, allowance) == -1)
		return -1;
	if (f->in.member.allow == NULL)
		return poller_add_input(r->poller, f->fd, key);
	flow_squeeze(r, s, f);
	return poller_add(r->poller, f->fd, key);
}

void
flow_end(struct relay *r, struct session *s, struct flow *f)
{
	struct udp *u = s->udp;

	flow_unwait(r, s, f, f->state == FLOW_OPEN ? DROP_RATE : DROP_WAITING);
	/* What it leaves goes back before the router hears of its end. */
	allow_leave(r, &f->in.member);
	turn_leave(r, &f->in.member);
	if (f->state == FLOW_OPEN) {
		if (flow_tell_end(r, s, f) == -1) {
			u->untold = 1;
			timer_set(r, s, TIMER_UDP, 0);
		}
		/* The router has its twin. */
		poller_remove(r->poller, f->fd);
		(void)close(f->fd);
	}
	flow_answered(u, f, FLOW_REFUSED);
	udp_undo_down(r, s, f);
	if (f->is_inbound)
		u->inbound[f->id >> 16] = NULL;
	else
		flow_unlink(u, f);
	free(f);
}

void
udp_undo_down(struct relay *r, struct session *s, struct flow *f)
{
	struct udp *u = s->udp;

	if (!f->is_ready)
		return;
	f->is_ready = 0;
	TAILQ_REMOVE(&u->flows_ready, f, ready);
	if (TAILQ_EMPTY(&u->flows_ready))
		TAILQ_REMOVE(&r->udp_ready, u, ready);
}

static void
flow_unlink(struct udp *u, struct flow *f)
{
	(void)RB_REMOVE(flow_keys, &u->flows, f);
	TAILQ_REMOVE(&u->used, f, used);
	u->slot[f->id & UINT16_MAX] = NULL;
	u->nflows--;
	if (u->last == f)
		u->last = NULL;
}

int
flow_tell_end(struct relay *r, const struct session *s, const struct flow *f)
{
	uint8_t     data[UDP_COUNT_LEN];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	flow_count(f, f->end == UDP_END_NONE ? UDP_END_CLOSED : f->end, &b);
	return role_post(&r->role, PROC_ROUTER, 0, MSG_UDP_COUNT, s->id, &b,
	    -1);
}

static void
flow_count(const struct flow *f, int over, struct wbuf *b)
{
	const struct udp_count c = {
		.flow = f->id,
		.over = (uint8_t)over,
		.up = f->up,
		.down = f->down,
		.nup = f->nup,
		.ndown = f->ndown,
	};

	udp_count_put(b, &c);
}

/* For the router, which sums them up by rule. */
void
flow_tell_moved(struct relay *r, const struct session *s)
{
	uint8_t            data[UDP_COUNT_LEN * 64];
	const struct flow *f;
	struct wbuf        b;
	unsigned int       i;

	wbuf_init(&b, data, sizeof(data));
	TAILQ_FOREACH(f, &s->udp->used, used)
		report_add(r, s, f, &b);
	for (i = 0; i < UDP_INBOUND_MAX; i++)
		if ((f = s->udp->inbound[i]) != NULL)
			report_add(r, s, f, &b);
	if (b.len != 0)
		(void)role_post(&r->role, PROC_ROUTER, 0, MSG_UDP_COUNT, s->id,
		    &b, -1);
}

static void
report_add(struct relay *r, const struct session *s, const struct flow *f,
    struct wbuf *b)
{
	if (f->state != FLOW_OPEN)
		return;
	if (wbuf_space(b) < UDP_COUNT_LEN) {
		(void)role_post(&r->role, PROC_ROUTER, 0, MSG_UDP_COUNT, s->id,
		    b, -1);
		b->len = 0;
	}
	flow_count(f, 0, b);
}

uint64_t
flow_due(const struct relay *r, const struct flow *f)
{
	if (f->state == FLOW_REFUSED)
		return f->active + REFUSED_MS;
	return f->active + (f->idle_ms != 0 ? f->idle_ms : r->udp_ms);
}
