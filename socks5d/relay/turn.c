/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The queue of those that have more to move: see turn.h.  Knows nothing of what
 * their sessions carry.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include "relay/session.h"
#include "relay/state.h"
#include "relay/turn.h"

/* In a turn of the loop; a visit counts as some even if it moved none. */
#define TURN_BYTES  (1024 * 1024)
#define VISIT_BYTES (16 * 1024)

static uint64_t turn_bytes(const struct session *);

void
turn_join(struct relay *r, struct member *m)
{
	if (m->queue != QUEUE_NONE)
		return;
	TAILQ_INSERT_TAIL(&r->busy, m, entry);
	m->queue = QUEUE_BUSY;
}

void
turn_leave(struct relay *r, struct member *m)
{
	if (m->queue != QUEUE_BUSY)
		return;
	TAILQ_REMOVE(&r->busy, m, entry);
	m->queue = QUEUE_NONE;
}

void
turn_serve(struct relay *r)
{
	struct member  *m;
	struct session *s;
	uint64_t        before, moved = 0;

	while (moved < TURN_BYTES && (m = TAILQ_FIRST(&r->busy)) != NULL) {
		turn_leave(r, m);
		s = session_of(m);
		before = turn_bytes(s);
		s->ops->pump(r, s, m);
		moved += turn_bytes(s) - before + VISIT_BYTES;
	}
}

static uint64_t
turn_bytes(const struct session *s)
{
	return session_bytes(s, CLIENT) + session_bytes(s, TARGET);
}
