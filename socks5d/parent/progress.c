/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Whether children that start, or build a new config, get on with it.
 *
 * How long that takes depends on the config and on the host: on one CPU the
 * last of eighty processes may not have run for once when others are ready.  So
 * nobody's time is over as long as somebody of them uses the CPU or has just
 * become ready, which those who hang do not.
 */

#include <sys/types.h>

#include <time.h>

#include "base/channel_event.h"
#include "base/clock.h"
#include "parent/process.h"
#include "parent/progress.h"
#include "parent/state.h"

/* One that works in vain is ended, too. */
#define WORK_MAX_MS (5 * 60 * 1000)

static int is_awaited(const struct process *);
static int has_worked(struct process *);

int
progress_is_made(struct parent *p, uint64_t since_ms, uint32_t within_ms)
{
	struct process *c;
	uint64_t        now = clock_ms();
	unsigned int    i;

	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		/* What it said while we were busy. */
		if (is_awaited(c))
			peer_drain(c->peer);
		if (is_awaited(c) && has_worked(c))
			p->progress_ms = now;
	}
	return now - since_ms < WORK_MAX_MS && now - p->progress_ms < within_ms;
}

void
progress_made(struct parent *p)
{
	p->progress_ms = clock_ms();
}

static int
is_awaited(const struct process *c)
{
	return c->pid != 0 && c->peer != NULL &&
	    (c->state == CHILD_STARTING || c->builds);
}

/* It has used the CPU since the last look. */
static int
has_worked(struct process *c)
{
	struct timespec used;
	clockid_t       clock;
	int             worked;

	if (clock_getcpuclockid(c->pid, &clock) != 0 ||
	    clock_gettime(clock, &used) == -1)
		return 0;
	worked = used.tv_sec != c->used.tv_sec ||
	    used.tv_nsec != c->used.tv_nsec;
	c->used = used;
	return worked;
}
