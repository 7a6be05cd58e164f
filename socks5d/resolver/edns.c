/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is known about EDNS at a name server: see edns.h.
 *
 * Pure.
 */

#include "resolver/reply.h"
#include "resolver/edns.h"

static int reply_is_good(const struct reply *);
static int edns_may_doubt(const struct edns *, uint64_t);

int
edns_is_on(const struct edns *e, uint64_t now)
{
	return e->off_until == 0 || now >= e->off_until;
}

/*
 * FORMERR and its like are doubted whatever came before, as behind one address
 * there may be several servers.  SERVFAIL and REFUSED say most of the time
 * what they say: they are believed if they have an OPT record or if another
 * question with EDNS was answered lately.
 */
int
edns_doubts(struct edns *e, const struct reply *a, uint64_t now)
{
	if (reply_is_good(a)) {
		e->proved = now;
		e->futile = 0;
		return 0;
	}
	switch (a->code) {
	case REPLY_FORMERR:
	case REPLY_NOTIMP:
	case REPLY_BADVERS:
		return edns_may_doubt(e, now);
	default:
		if (a->edns)
			return 0;
		return edns_doubts_silence(e, now);
	}
}

int
edns_doubts_silence(const struct edns *e, uint64_t now)
{
	if (e->proved != 0 && now - e->proved < EDNS_PROOF_MS)
		return 0;
	return edns_may_doubt(e, now);
}

/* That UDP passes is no proof for TCP, and to try once more is usual there. */
int
edns_doubts_end(const struct edns *e, uint64_t now)
{
	return edns_may_doubt(e, now);
}

void
edns_compare(struct edns *e, const struct reply *a, uint64_t now)
{
	if (reply_is_good(a)) {
		edns_turn_off(e, now);
		return;
	}
	if (e->futile < EDNS_FUTILE_MAX)
		e->futile++;
	e->futile_ms = now;
}

void
edns_turn_off(struct edns *e, uint64_t now)
{
	e->off_until = now + EDNS_OFF_MS;
	e->proved = 0;
	e->futile = 0;
}

static int
reply_is_good(const struct reply *a)
{
	return a->code == REPLY_NOERROR || a->code == REPLY_NXDOMAIN;
}

static int
edns_may_doubt(const struct edns *e, uint64_t now)
{
	return e->futile < EDNS_FUTILE_MAX ||
	    now - e->futile_ms >= EDNS_FUTILE_MS;
}
