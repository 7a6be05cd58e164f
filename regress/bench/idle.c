/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Modes idle and start: what sessions cost that do nothing, and what the tree
 * needs without any.
 */

#include <sys/socket.h>

#include <err.h>
#include <unistd.h>

#include "load.h"

#define OPEN_AT_ONCE 64

static void idle_next(struct load *);
static void idle_report(struct load *, uint64_t);
static void on_open(struct load *, struct conn *);
static void on_ready(struct load *, struct conn *);
static void on_fail(struct load *, struct conn *);

void
mode_idle(const struct options *o)
{
	struct tree  t;
	struct load  l;
	uint64_t     pss;
	unsigned int i;
	pid_t        target = 0;

	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_ECHO, &l.target);
	l.on_open = on_open;
	l.on_ready = on_ready;
	l.on_fail = on_fail;
	l.want = l.nconns;
	tree_read(&t, o->pid);
	pss = tree_pss(&t);
	tree_clear(&t);
	for (i = 0; i < OPEN_AT_ONCE; i++)
		idle_next(&l);
	load_run(&l, 0);
	if (l.stalled)
		errx(1, "only %llu of %u sessions open",
		    (unsigned long long)l.ended, l.nconns);
	sleep_ms(LOAD_SETTLE_MS);
	idle_report(&l, pss);
	target_stop(target);
	load_clear(&l);
}

static void
idle_report(struct load *l, uint64_t pss)
{
	struct tree before, after;
	uint64_t    now;

	tree_read(&before, l->o->pid);
	sleep_ms(l->o->seconds * 1000);
	tree_read(&after, l->o->pid);
	now = tree_pss(&after);
	report_begin(l);
	report_u64("pss_start", pss);
	report_u64("pss", now);
	report_num("pss_per_session",
	    ((double)now - (double)pss) / (double)l->nconns);
	report_cpu(&before, &after, "cpu_percent", (double)l->o->seconds / 100);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
}

static void
idle_next(struct load *l)
{
	if (load_more(l))
		conn_open(l, &l->conns[l->started - 1]);
}

/* A byte there and back, so that the session has done all it has to. */
static void
on_open(struct load *l, struct conn *c)
{
	(void)send(c->fd, "x", 1, MSG_NOSIGNAL);
}

static void
on_ready(struct load *l, struct conn *c)
{
	char byte;

	if (read(c->fd, &byte, 1) != 1)
		errx(1, "a session ended");
	load_ended(l);
	idle_next(l);
}

static void
on_fail(struct load *l, struct conn *c)
{
	errx(1, "a session was refused");
}

void
mode_start(const struct options *o)
{
	struct tree t;
	struct load l;

	load_init(&l, o, 1);
	tree_read(&t, o->pid);
	report_begin(&l);
	report_u64("processes", t.n);
	report_u64("pss", tree_pss(&t));
	report_end();
	tree_clear(&t);
	load_clear(&l);
}
