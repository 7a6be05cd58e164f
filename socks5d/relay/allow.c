/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The bytes that sessions under a rate or a quota may move: see allow.h.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/msg_codec.h"
#include "base/msg_limit.h"
#include "relay/allow.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/turn.h"

/* No grant is larger. */
#define GRANT_MAX (UINT64_C(1) << 40)

/* The least slice of one that waits, if there is as much. */
#define SLICE_LEAST 1460

/* What nobody has used for so long goes back. */
#define UNUSED_MS 1000

/*
 * A question is asked again after so long: that nobody answers costs these
 * sessions time, and no timer of theirs would ever end them.  Of a slow rate
 * many may wait longer than that, and then it changes nothing.
 */
#define ASK_AGAIN_MS 3000

static int           allow_cmp(const struct allow *, const struct allow *);
static struct allow *allow_find(struct relay *, uint64_t);
static struct allow *allow_new(struct relay *, uint64_t);
static void          allow_dequeue(struct relay *, struct member *);
static void          allow_check(struct relay *, struct allow *);
static void          allow_serve(struct relay *, struct allow *);
static int           allow_is_asked(const struct relay *, const struct allow *);
static void          allow_ask(struct relay *, struct allow *);
static void          allow_return(struct relay *, struct allow *);
static int           allow_tell(struct relay *, enum msg_type, uint64_t,
	      const struct wbuf *);

RB_PROTOTYPE(allow_tree, allow, node, allow_cmp)
RB_GENERATE(allow_tree, allow, node, allow_cmp)

static int
allow_cmp(const struct allow *a, const struct allow *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

static struct allow *
allow_find(struct relay *r, uint64_t id)
{
	struct allow key;

	key.id = id;
	return RB_FIND(allow_tree, &r->allows, &key);
}

static struct allow *
allow_new(struct relay *r, uint64_t id)
{
	struct allow *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->id = id;
	a->slice = SHARE_BYTES;
	TAILQ_INIT(&a->waiting);
	(void)RB_INSERT(allow_tree, &r->allows, a);
	return a;
}

int
allow_join(struct relay *r, struct member *m, uint64_t id)
{
	struct allow *a = NULL;

	if (id != 0 && (a = allow_find(r, id)) == NULL &&
	    (a = allow_new(r, id)) == NULL)
		return -1;
	if (a == m->allow)
		return 0;
	if (a != NULL)
		a->refs++;
	allow_leave(r, m);
	m->allow = a;
	return 0;
}

void
allow_leave(struct relay *r, struct member *m)
{
	struct allow *a = m->allow;

	if (a == NULL)
		return;
	allow_dequeue(r, m);
	m->allow = NULL;
	m->carry = 0;
	if (--a->refs != 0) {
		allow_check(r, a);
		return;
	}
	allow_return(r, a);
	(void)RB_REMOVE(allow_tree, &r->allows, a);
	free(a);
}

/* It no longer waits, nor is it its turn. */
static void
allow_dequeue(struct relay *r, struct member *m)
{
	struct allow *a = m->allow;

	if (m->queue == QUEUE_ALLOW) {
		TAILQ_REMOVE(&a->waiting, m, entry);
		a->nwaiting--;
		m->queue = QUEUE_NONE;
	}
	if (m->due) {
		m->due = 0;
		a->ndue--;
	}
}

uint32_t
allow_slice(struct relay *r, struct member *m)
{
	struct allow *a = m->allow;
	int64_t       most = SHARE_BYTES;

	a->used = r->now;
	if (m->due) {
		m->due = 0;
		a->ndue--;
		m->carry += (int32_t)a->slice;
		most = m->carry;
	} else if (m->carry > 0)
		most = m->carry;
	else if (a->nwaiting + a->ndue != 0)
		return 0; /* those came first */
	else
		m->carry = 0; /* it owes nobody who waits */
	if (most > a->left)
		most = a->left;
	return most > 0 ? (uint32_t)most : 0;
}

void
allow_spend(struct member *m, uint32_t n)
{
	m->allow->left -= n;
}

void
allow_wait(struct relay *r, struct member *m)
{
	struct allow *a = m->allow;

	if (m->queue == QUEUE_NONE) {
		TAILQ_INSERT_TAIL(&a->waiting, m, entry);
		a->nwaiting++;
		m->queue = QUEUE_ALLOW;
	}
}

/*
 * What it had no use for just then it may have at any time, up to a slice:
 * more may be on its way that did not fit into the socket.  What it took
 * beyond its slice it owes those who wait: it comes off its next ones.
 */
void
allow_more(struct relay *r, struct member *m, uint32_t used)
{
	struct allow *a = m->allow;

	if (m->carry > 0)
		m->carry -= (int32_t)used;
	if (m->carry > (int32_t)a->slice)
		m->carry = (int32_t)a->slice;
	allow_check(r, a);
}

/* All who wait have had a slice of the last grant, or it is nearly used. */
static void
allow_check(struct relay *r, struct allow *a)
{
	if (a->left < a->low || (a->nwaiting != 0 && a->ndue == 0))
		allow_ask(r, a);
}

/* Gives each that waits a slice while there is something left. */
static void
allow_serve(struct relay *r, struct allow *a)
{
	struct member *m;

	while ((m = TAILQ_FIRST(&a->waiting)) != NULL &&
	    a->left > (int64_t)a->ndue * a->slice) {
		allow_dequeue(r, m);
		m->due = 1;
		a->ndue++;
		turn_join(r, m);
	}
	allow_check(r, a);
}

static int
allow_is_asked(const struct relay *r, const struct allow *a)
{
	return a->asked != 0 && r->now - a->asked < ASK_AGAIN_MS;
}

static void
allow_ask(struct relay *r, struct allow *a)
{
	struct msg_allow_want w;
	uint8_t               data[ALLOW_WANT_LEN];
	struct wbuf           b;

	if (r->allow_due == 0)
		r->allow_due = r->now + UNUSED_MS;
	if (allow_is_asked(r, a))
		return;
	w.sessions = a->nwaiting + a->ndue;
	if (w.sessions == 0)
		w.sessions = 1;
	w.bytes = (uint64_t)w.sessions * ALLOW_WANT_BYTES;
	if (a->left < 0)
		w.bytes += (uint64_t)-a->left;
	wbuf_init(&b, data, sizeof(data));
	msg_put_allow_want(&b, &w);
	if (allow_tell(r, MSG_ALLOW_WANT, a->id, &b) == 0)
		a->asked = r->now;
}

static void
allow_return(struct relay *r, struct allow *a)
{
	uint8_t     data[8];
	struct wbuf b;

	if (a->left <= 0)
		return;
	wbuf_init(&b, data, sizeof(data));
	msg_put_u64(&b, (uint64_t)a->left);
	if (allow_tell(r, MSG_ALLOW_RETURN, a->id, &b) == 0) {
		a->left = 0;
		a->low = 0;
	}
}

static int
allow_tell(struct relay *r, enum msg_type type, uint64_t id,
    const struct wbuf *b)
{
	return role_post(&r->role, PROC_ROUTER, 0, type, id, b, -1);
}

void
allow_grant(struct relay *r, uint64_t id, uint64_t bytes)
{
	struct allow *a;
	uint64_t      slice;

	/* Its last session may just have ended: nobody will move them. */
	if ((a = allow_find(r, id)) == NULL) {
		uint8_t     data[8];
		struct wbuf b;

		wbuf_init(&b, data, sizeof(data));
		msg_put_u64(&b, bytes);
		(void)allow_tell(r, MSG_ALLOW_RETURN, id, &b);
		return;
	}
	if (r->allow_due == 0)
		r->allow_due = r->now + UNUSED_MS;
	a->asked = 0;
	/* It cannot keep that we wait: allow_sweep() asks again. */
	if (bytes == 0)
		return;
	if (bytes > GRANT_MAX)
		bytes = GRANT_MAX;
	a->used = r->now;
	a->left += (int64_t)bytes;
	a->low = (int64_t)(bytes / 4);
	slice = a->left > 0 ? (uint64_t)a->left : 0;
	slice /= a->nwaiting == 0 ? 1 : a->nwaiting;
	if (slice < SLICE_LEAST)
		slice = SLICE_LEAST;
	a->slice = slice > SHARE_BYTES ? SHARE_BYTES : (uint32_t)slice;
	allow_serve(r, a);
}

/* It will hear of all sessions, and tell their allowances anew. */
void
allow_router_up(struct relay *r)
{
	struct allow *a;

	RB_FOREACH(a, allow_tree, &r->allows)
		a->asked = 0;
}

void
allow_sweep(struct relay *r)
{
	struct allow *a;
	int           again = 0;

	if (r->allow_due == 0 || r->allow_due > r->now)
		return;
	RB_FOREACH(a, allow_tree, &r->allows) {
		if (a->nwaiting + a->ndue == 0 && r->now - a->used >= UNUSED_MS)
			allow_return(r, a);
		/* What could not be said before, or was not heard. */
		if (a->nwaiting != 0)
			allow_ask(r, a);
		again |= a->left > 0 || a->nwaiting != 0;
	}
	r->allow_due = again ? r->now + UNUSED_MS : 0;
}
