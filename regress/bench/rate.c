/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Mode rate: clients in a loop of connect, handshake, one byte there and
 * back, reset.
 */

#include <sys/socket.h>

#include <unistd.h>

#include "load.h"

static uint64_t	rate_run(struct load *, uint64_t);
static void	rate_next(struct load *, struct conn *);
static void	on_open(struct load *, struct conn *);
static void	on_ready(struct load *, struct conn *);
static void	on_fail(struct load *, struct conn *);

/* Of one run; those before that are not counted are a run of their own. */
struct rate {
	uint64_t	want;
	uint64_t	started;
	uint64_t	ended;
	int		counting;
};

void
mode_rate(const struct options *o)
{
	struct tree	before, after;
	struct rate	r = { 0, 0, 0, 0 };
	struct load	l;
	uint64_t	ns, pss;
	pid_t		target = 0;

	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_ECHO, &l.target);
	l.on_open = on_open;
	l.on_ready = on_ready;
	l.on_fail = on_fail;
	l.arg = &r;
	(void)rate_run(&l, o->warm);
	r.counting = 1;
	l.failed = 0;
	tree_read(&before, o->pid);
	pss = tree_pss(&before);
	ns = l.stalled ? 1 : rate_run(&l, o->count);
	sleep_ms(LOAD_SETTLE_MS);
	tree_read(&after, o->pid);
	report_begin(&l);
	report_u64("sessions", r.ended);
	report_u64("pss_before", pss);
	report_u64("pss_after", tree_pss(&after));
	report_num("per_s", (double)r.ended * 1e9 / (double)ns);
	report_latency(&l);
	report_cpu(&before, &after, "cpu_us", (double)r.ended / 1e6);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
	target_stop(target);
	load_clear(&l);
}

/* So many sessions; gives the nanoseconds that they took. */
static uint64_t
rate_run(struct load *l, uint64_t want)
{
	struct rate	*r = l->arg;
	uint64_t	 start;
	unsigned int	 i;

	r->want = want;
	r->started = r->ended = 0;
	if (want == 0)
		return 0;
	start = now_ns();
	for (i = 0; i < l->nconns; i++)
		rate_next(l, &l->conns[i]);
	load_run(l, 0);
	return now_ns() - start;
}

static void
rate_next(struct load *l, struct conn *c)
{
	struct rate	*r = l->arg;

	if (r->started < r->want) {
		r->started++;
		conn_open(l, c);
	}
}

static void
on_open(struct load *l, struct conn *c)
{
	(void)send(c->fd, "x", 1, MSG_NOSIGNAL);
}

static void
on_ready(struct load *l, struct conn *c)
{
	struct rate	*r = l->arg;
	char		 byte;

	if (read(c->fd, &byte, 1) != 1) {
		conn_reset(c);
		on_fail(l, c);
		return;
	}
	if (r->counting)
		sample_add(l, now_ns() - c->start);
	conn_reset(c);
	l->done = ++r->ended == r->want;
	rate_next(l, c);
}

static void
on_fail(struct load *l, struct conn *c)
{
	struct rate	*r = l->arg;

	l->failed++;
	l->done = ++r->ended == r->want;
	rate_next(l, c);
}
