/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Mode rate: clients in a loop of connect, handshake, one byte there and
 * back, reset.
 */

#include <sys/socket.h>

#include <unistd.h>

#include "load.h"

static void rate_next(struct load *, struct conn *);
static void on_open(struct load *, struct conn *);
static void on_ready(struct load *, struct conn *);
static void on_fail(struct load *, struct conn *);

void
mode_rate(const struct options *o)
{
	struct tree before, after;
	struct load l;
	uint64_t    ns, pss;
	int         counting = 0;
	pid_t       target = 0;

	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_ECHO, &l.target);
	l.on_open = on_open;
	l.on_ready = on_ready;
	l.on_fail = on_fail;
	l.on_next = rate_next;
	l.arg = &counting;
	(void)load_count(&l, o->warm);
	counting = 1;
	l.failed = 0;
	tree_read(&before, o->pid);
	pss = tree_pss(&before);
	ns = l.stalled ? 1 : load_count(&l, o->count);
	sleep_ms(LOAD_SETTLE_MS);
	tree_read(&after, o->pid);
	report_begin(&l);
	report_u64("sessions", l.ended);
	report_u64("pss_before", pss);
	report_u64("pss_after", tree_pss(&after));
	report_num("per_s", (double)l.ended * 1e9 / (double)ns);
	report_latency(&l);
	report_cpu(&before, &after, "cpu_us", (double)l.ended / 1e6);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
	target_stop(target);
	load_clear(&l);
}

static void
rate_next(struct load *l, struct conn *c)
{
	if (load_more(l))
		conn_open(l, c);
}

static void
on_open(struct load *l, struct conn *c)
{
	(void)send(c->fd, "x", 1, MSG_NOSIGNAL);
}

static void
on_ready(struct load *l, struct conn *c)
{
	const int *counting = l->arg;
	char       byte;

	if (read(c->fd, &byte, 1) != 1) {
		conn_reset(c);
		on_fail(l, c);
		return;
	}
	if (*counting)
		sample_add(l, now_ns() - c->start);
	conn_reset(c);
	load_ended(l);
	rate_next(l, c);
}

static void
on_fail(struct load *l, struct conn *c)
{
	l->failed++;
	load_ended(l);
	rate_next(l, c);
}
