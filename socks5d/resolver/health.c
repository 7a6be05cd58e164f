/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Life and death of a name server: see health.h.
 *
 * Pure.
 */

#include "resolver/health.h"

static int  health_revive(struct health *);
static void health_bury(struct health *, uint64_t);

void
health_sent(struct health *h, uint64_t now)
{
	if (h->next != 0)
		return;
	h->next = now + HEALTH_PROBE_MS;
	if (h->next < h->rest)
		h->next = h->rest;
}

int
health_heard(struct health *h, uint64_t now)
{
	if (h->probes > 0)
		h->rest = now + HEALTH_REST_MS;
	h->next = 0;
	h->probes = 0;
	h->bare_heard = 0;
	return health_revive(h);
}

/* Whether it hears EDNS is still open. */
int
health_heard_bare(struct health *h, uint64_t now)
{
	h->bare_heard = 1;
	if (h->dead) {
		h->probes = 1;
		h->next = now + HEALTH_PROBE_MS;
	}
	return health_revive(h);
}

int
health_failed(struct health *h, uint64_t now)
{
	if (h->dead)
		return 0;
	health_bury(h, now);
	return 1;
}

enum health_do
health_turn(struct health *h, uint64_t now)
{
	if (h->next == 0 || now < h->next)
		return HEALTH_NOTHING;
	if (h->dead) {
		h->next = now + h->back_ms;
		h->back_ms *= 2;
		if (h->back_ms > HEALTH_BACK_MAX_MS)
			h->back_ms = HEALTH_BACK_MAX_MS;
		return HEALTH_PROBE;
	}
	if (h->probes < HEALTH_PROBES) {
		h->probes++;
		h->next = now + HEALTH_PROBE_MS;
		return HEALTH_PROBE;
	}
	if (h->bare_heard) {
		(void)health_heard(h, now);
		return HEALTH_DEAF;
	}
	health_bury(h, now);
	return HEALTH_DIED;
}

int
health_tell_died(struct health_told *t, uint64_t now)
{
	t->dead = 1;
	return health_tell_late(t, now);
}

int
health_tell_revived(struct health_told *t)
{
	int told = t->told;

	t->dead = t->told = 0;
	return told;
}

int
health_tell_late(struct health_told *t, uint64_t now)
{
	if (!t->dead || t->told || now < t->due)
		return 0;
	t->told = 1;
	t->due = now + HEALTH_TELL_MS;
	return 1;
}

uint64_t
health_tell_next(const struct health_told *t)
{
	return t->dead && !t->told ? t->due : 0;
}

static int
health_revive(struct health *h)
{
	if (!h->dead)
		return 0;
	h->dead = 0;
	h->back_ms = 0;
	return 1;
}

static void
health_bury(struct health *h, uint64_t now)
{
	h->dead = 1;
	h->died = now;
	h->probes = 0;
	h->bare_heard = 0;
	h->back_ms = HEALTH_BACK_MIN_MS;
	h->next = now + HEALTH_BACK_MIN_MS;
}
