/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The queue of sessions that have more to move: see turn.h.  Knows nothing of
 * what they carry.
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
turn_join(struct relay *r, struct session *s)
{
	if (s->is_busy)
		return;
	TAILQ_INSERT_TAIL(&r->busy, s, busy);
	s->is_busy = QUEUE_BUSY;
}

void
turn_leave(struct relay *r, struct session *s)
{
	if (s->is_busy != QUEUE_BUSY)
		return;
	TAILQ_REMOVE(&r->busy, s, busy);
	s->is_busy = QUEUE_NONE;
}

void
turn_serve(struct relay *r)
{
	struct session *s;
	uint64_t        before, moved = 0;

	while (moved < TURN_BYTES && (s = TAILQ_FIRST(&r->busy)) != NULL) {
		turn_leave(r, s);
		before = turn_bytes(s);
		s->ops->pump(r, s);
		moved += turn_bytes(s) - before + VISIT_BYTES;
	}
}

static uint64_t
turn_bytes(const struct session *s)
{
	return session_bytes(s, CLIENT) + session_bytes(s, TARGET);
}
