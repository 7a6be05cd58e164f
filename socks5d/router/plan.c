/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The way of one request through upstreams: see plan.h.
 *
 * Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "router/plan.h"

static uint64_t       step_usable(const struct plan *, unsigned int, uint64_t);
static uint64_t       step_fresh(const struct plan *, unsigned int, uint64_t);
static int            step_trial(const struct plan_step *, uint64_t);
static enum plan_next plan_wait(struct plan *, uint32_t, uint32_t *);
static const struct upstream *plan_named(const struct plan *);
static int                    plan_choose(struct plan *, uint64_t);
static void                   step_return(struct plan_step *);
static int  plan_goes_by(const struct plan *, const struct proxy *);
static int  plan_guilty(const struct plan *, const struct plan_suspect *);
static void plan_acquit(struct plan_suspect *);
static void plan_reached(struct plan *, unsigned int);
static void plan_suspect(struct plan *, struct plan_step *,
    const struct proxy *, int);
static void plan_return(struct plan *);
static int  step_mark(struct plan_step *);

void
plan_init(struct plan *p, struct upstreams *set, struct upstream *u,
    uint64_t source)
{
	struct upstream *up;
	unsigned int     i;

	memset(p, 0, sizeof(*p));
	p->set = upstreams_hold(set);
	p->source = source;
	for (up = u; up != NULL; up = up->via)
		p->nsteps++;
	for (i = p->nsteps, up = u; up != NULL; up = up->via)
		p->step[--i].upstream = up;
}

void
plan_clear(struct plan *p)
{
	unsigned int i;

	plan_return(p);
	for (i = 0; i < p->nsuspects; i++) {
		plan_acquit(&p->suspect[i]);
		proxy_release(p->suspect[i].taken.proxy);
	}
	upstreams_release(p->set);
	memset(p, 0, sizeof(*p));
}

void
plan_only(struct plan *p, unsigned int member)
{
	p->only = MEMBER_BIT(member - 1);
}

void
plan_stop(struct plan *p)
{
	p->stopped = 1;
}

enum plan_next
plan_next(struct plan *p, uint64_t now, uint32_t chance, uint32_t *wait_ms)
{
	unsigned int i;
	int          again;

	if (p->stopped)
		return PLAN_GIVE_UP;
	again = p->only == 0 && p->tries <= plan_named(p)->retry;
	for (i = 0; i < p->nsteps; i++) {
		if (step_usable(p, i, now) != 0)
			continue;
		/* Somebody else's trial will tell soon. */
		if (!again || !step_trial(&p->step[i], now))
			return PLAN_GIVE_UP;
		p->tries++;
		return plan_wait(p, chance, wait_ms);
	}
	if (p->tries == 0)
		p->fresh = 1;
	/* Later rounds do not prefer untried members. */
	if (!again && (p->fresh == 0 || p->rounds > 0))
		return PLAN_GIVE_UP;
	if (p->fresh == 0)
		return plan_wait(p, chance, wait_ms);
	return plan_choose(p, now) ? PLAN_TRY : PLAN_GIVE_UP;
}

/* Its members that may be tried and are not without hope. */
static uint64_t
step_usable(const struct plan *p, unsigned int i, uint64_t now)
{
	const struct plan_step *s = &p->step[i];

	if (p->only != 0 && i == p->nsteps - 1)
		return p->only;
	return upstream_usable(s->upstream, now) & ~s->hopeless;
}

static uint64_t
step_fresh(const struct plan *p, unsigned int i, uint64_t now)
{
	return step_usable(p, i, now) & ~p->step[i].tried;
}

/* True if a member could be tried, if others did not do just that. */
static int
step_trial(const struct plan_step *s, uint64_t now)
{
	const struct proxy *m;
	unsigned int        i;

	for (i = 0; i < s->upstream->balance.n; i++) {
		m = s->upstream->member[i];
		if (m->down == 0 && m->unwell == 0 &&
		    (s->hopeless & MEMBER_BIT(i)) == 0 &&
		    breaker_state(&m->breaker, &m->limit, now) ==
			BREAKER_HALF_OPEN)
			return 1;
	}
	return 0;
}

/* The round is over: all of them are new in the next one. */
static enum plan_next
plan_wait(struct plan *p, uint32_t chance, uint32_t *wait_ms)
{
	const struct upstream *u = plan_named(p);
	unsigned int           i;

	for (i = 0; i < p->nsteps; i++)
		p->step[i].tried = 0;
	p->fresh = 1;
	*wait_ms = backoff_ms(u->backoff_min_ms, u->backoff_max_ms, p->rounds++,
	    chance);
	return PLAN_WAIT;
}

/* The one that the rule names: it is the last on the way. */
static const struct upstream *
plan_named(const struct plan *p)
{
	return p->step[p->nsteps - 1].upstream;
}

static int
plan_choose(struct plan *p, uint64_t now)
{
	struct plan_step *s;
	struct proxy     *m;
	uint64_t          set;
	unsigned int      i;
	int               at;

	for (i = 0; i < p->nsteps; i++) {
		s = &p->step[i];
		if ((set = step_fresh(p, i, now)) == 0)
			set = step_usable(p, i, now);
		at = balance_pick(&s->upstream->balance, set, p->source);
		if (at == -1)
			break;
		m = s->upstream->member[at];
		s->member = (unsigned int)at;
		s->taken.ticket = breaker_take(&m->breaker, &m->limit, now);
		s->taken.proxy = proxy_hold(m);
		m->tries++;
	}
	if (i < p->nsteps) {
		while (i-- > 0)
			step_return(&p->step[i]);
		return 0;
	}
	p->tries++;
	return 1;
}

static void
step_return(struct plan_step *s)
{
	if (s->taken.proxy == NULL)
		return;
	breaker_returned(&s->taken.proxy->breaker, s->taken.ticket);
	proxy_release(s->taken.proxy);
	s->taken.proxy = NULL;
}

void
plan_connected(struct plan *p, uint64_t now)
{
	struct plan_ticket *t;
	unsigned int        i;

	for (i = 0; i < p->nsteps; i++) {
		t = &p->step[i].taken;
		breaker_connected(&t->proxy->breaker, t->ticket, now);
	}
}

unsigned int
plan_worked(struct plan *p, uint64_t now)
{
	struct plan_suspect *s;
	struct plan_ticket  *t;
	unsigned int         i, guilty = 0;

	for (i = 0; i < p->nsuspects; i++) {
		s = &p->suspect[i];
		t = &s->taken;
		if (plan_guilty(p, s)) {
			proxy_failed(t->proxy, t->ticket, now);
			if (s->asked)
				t->proxy->unproven = 1;
			guilty++;
		} else
			plan_acquit(s);
	}
	for (i = 0; i < p->nsuspects; i++)
		proxy_release(p->suspect[i].taken.proxy);
	p->nsuspects = 0;
	for (i = 0; i < p->nsteps; i++) {
		t = &p->step[i].taken;
		/* A check makes no request: see proxy_checked(). */
		if (p->only == 0 || i < p->nsteps - 1)
			proxy_worked(t->proxy, t->ticket);
		step_return(&p->step[i]);
	}
	return guilty;
}

/* Where both of two are missing, the farther one has no next. */
static int
plan_guilty(const struct plan *p, const struct plan_suspect *s)
{
	return !plan_goes_by(p, s->taken.proxy) &&
	    (s->next == NULL || plan_goes_by(p, s->next));
}

/*
 * Nobody else did it better.  One that took a request has shown that it works
 * again, unless requests are what it failed by.
 */
static void
plan_acquit(struct plan_suspect *s)
{
	struct plan_ticket *t = &s->taken;

	if (s->asked && !t->proxy->unproven)
		breaker_worked(&t->proxy->breaker, t->ticket);
	else
		breaker_returned(&t->proxy->breaker, t->ticket);
}

static int
plan_goes_by(const struct plan *p, const struct proxy *m)
{
	unsigned int i;

	for (i = 0; i < p->nsteps; i++)
		if (p->step[i].taken.proxy == m)
			return 1;
	return 0;
}

void
plan_failed(struct plan *p, unsigned int step, enum plan_blame blame,
    uint64_t now)
{
	struct plan_step   *s = &p->step[step];
	struct plan_ticket *t = &s->taken;

	plan_reached(p, step);
	p->fresh = step_mark(s);
	switch (blame) {
	case PLAN_NONE:
		break;
	case PLAN_HOPELESS:
		s->hopeless |= MEMBER_BIT(s->member);
		/* FALLTHROUGH */
	case PLAN_FAILED:
		proxy_failed(t->proxy, t->ticket, now);
		break;
	case PLAN_SUSPECT:
		s->hopeless |= MEMBER_BIT(s->member);
		proxy_unanswered(t->proxy);
		plan_suspect(p, s, NULL, 1);
		break;
	case PLAN_UNABLE:
		s->hopeless |= MEMBER_BIT(s->member);
		proxy_worked(t->proxy, t->ticket);
		break;
	case PLAN_UNFIT:
		s->hopeless |= MEMBER_BIT(s->member);
		break;
	}
	plan_return(p);
	p->fresh = p->fresh && plan_spare(p, now);
}

/* Those before that step worked. */
static void
plan_reached(struct plan *p, unsigned int step)
{
	struct plan_ticket *t;
	unsigned int        i;

	for (i = 0; i < step; i++) {
		t = &p->step[i].taken;
		proxy_worked(t->proxy, t->ticket);
	}
}

static void
plan_return(struct plan *p)
{
	unsigned int i;

	for (i = 0; i < p->nsteps; i++)
		step_return(&p->step[i]);
}

void
plan_unreached(struct plan *p, unsigned int step, enum plan_blame blame,
    uint64_t now)
{
	int fresh;

	fresh = step_mark(&p->step[step - 1]);
	if (blame == PLAN_SUSPECT) {
		/* No client has chosen it, so it may be tried again. */
		plan_suspect(p, &p->step[step], NULL, 0);
		blame = PLAN_NONE;
	}
	plan_failed(p, step, blame, now);
	p->fresh = p->fresh || (fresh && plan_spare(p, now));
}

void
plan_unanswered(struct plan *p, unsigned int step, uint64_t now)
{
	struct plan_step   *s = &p->step[step - 1], *next = &p->step[step];
	const struct proxy *m = next->taken.proxy;
	int                 fresh;

	plan_reached(p, step - 1);
	fresh = step_mark(s) | step_mark(next);
	if (p->nsuspects + 2 <= SUSPECTS_MAX) {
		plan_suspect(p, next, NULL, 0);
		plan_suspect(p, s, m, 0);
	}
	plan_return(p);
	p->fresh = fresh && plan_spare(p, now);
}

/* Its member was tried: true if that is news. */
static int
step_mark(struct plan_step *s)
{
	int fresh;

	fresh = (s->tried & MEMBER_BIT(s->member)) == 0;
	s->tried |= MEMBER_BIT(s->member);
	return fresh;
}

/* The ticket stays out until it is known who was at fault. */
static void
plan_suspect(struct plan *p, struct plan_step *s, const struct proxy *next,
    int asked)
{
	struct plan_suspect *u;

	if (p->nsuspects == SUSPECTS_MAX)
		return;
	u = &p->suspect[p->nsuspects++];
	u->taken = s->taken;
	u->next = next;
	u->asked = asked;
	s->taken.proxy = NULL;
}

const struct upstream *
plan_barred(const struct plan *p, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < p->nsteps; i++)
		if (upstream_usable(p->step[i].upstream, now) == 0)
			return p->step[i].upstream;
	return plan_named(p);
}

int
plan_spare(const struct plan *p, uint64_t now)
{
	const struct plan_step *s;
	uint64_t                fresh;
	unsigned int            i;

	for (i = 0; i < p->nsteps; i++) {
		s = &p->step[i];
		fresh = step_fresh(p, i, now);
		if (s->taken.proxy != NULL)
			fresh &= ~MEMBER_BIT(s->member);
		if (fresh != 0 && (s->taken.proxy != NULL || s->tried != 0))
			return 1;
	}
	return 0;
}
