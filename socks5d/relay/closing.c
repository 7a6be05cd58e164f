/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A session whose client was refused: see closing.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "relay/closing.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/timer.h"

/* After a refusal the client may take this long, and send this much. */
#define CLOSING_MS    2000
#define CLOSING_BYTES (256 * 1024)

static void closing_event(struct relay *, struct session *, unsigned int,
    unsigned int);
static void closing_read(struct relay *, struct session *);
static void closing_expire(struct relay *, struct session *);

static const struct session_ops closing_ops = {
	.event = closing_event,
	.expire = closing_expire,
};

/*
 * A close with unread bytes would send a reset that overtakes the answer, so
 * the client's FIN comes first.
 */
void
closing_start(struct relay *r, struct session *s, enum session_cause cause)
{
	s->cause = (uint8_t)cause;
	s->drained = 0;
	(void)shutdown(s->end[CLIENT].fd, SHUT_WR);
	session_carry(r, s, &closing_ops);
	timer_set(r, s, TIMER_CLOSING, CLOSING_MS);
	closing_read(r, s);
}

static void
closing_event(struct relay *r, struct session *s, unsigned int which,
    unsigned int what)
{
	closing_read(r, s);
}

static void
closing_read(struct relay *r, struct session *s)
{
	ssize_t n;

	for (;;) {
		n = read(s->end[CLIENT].fd, r->buffer, sizeof(r->buffer));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n <= 0)
			break;
		s->drained += (uint32_t)n;
		if (s->drained > CLOSING_BYTES)
			break;
	}
	session_finish(r, s, CAUSE_CLOSED, 0);
}

static void
closing_expire(struct relay *r, struct session *s)
{
	session_finish(r, s, CAUSE_CLOSED, 0);
}
