/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Modes udp, udpsetup and udpidle: associations that send without end, that
 * come and go, and that do nothing.
 */

#include <sys/socket.h>

#include <err.h>
#include <unistd.h>

#include "load.h"
#include "udp.h"

#define OPEN_AT_ONCE 64

static void udp_begin(struct load *, struct udp *, const struct options *,
    pid_t *);
static void udp_end(struct load *, struct udp *, pid_t);
static void idle_report(struct load *, uint64_t);
static void idle_next(struct load *);
static void start_one(struct load *, struct conn *);
static void fill(struct load *, struct conn *);
static void on_open(struct load *, struct conn *);
static void on_open_first(struct load *, struct conn *);
static void on_ready_flow(struct load *, struct conn *);
static void on_ready_setup(struct load *, struct conn *);
static void on_ready_idle(struct load *, struct conn *);
static void on_fail(struct load *, struct conn *);

/* Associations that stay, each with all its slots under way. */
void
mode_udp(const struct options *o)
{
	struct tree  before, after;
	struct load  l;
	struct udp   u;
	uint64_t     ns;
	unsigned int i;
	pid_t        target;

	udp_begin(&l, &u, o, &target);
	l.on_open = on_open;
	l.on_ready = on_ready_flow;
	for (i = 0; i < l.nconns; i++)
		conn_open(&l, &l.conns[i]);
	load_run(&l, 0);
	if (l.stalled)
		errx(1, "only %u of %u associations open", u.open, l.nconns);
	l.on_next = fill;
	(void)udp_count(&l, o->warm);
	u.counting = 1;
	u.lost = u.late = u.wrong = 0;
	tree_read(&before, o->pid);
	ns = udp_count(&l, o->count);
	sleep_ms(LOAD_SETTLE_MS);
	tree_read(&after, o->pid);
	report_begin(&l);
	report_u64("trips", l.ended);
	report_num("per_s", (double)l.ended * 1e9 / (double)ns);
	report_latency(&l);
	udp_report(&u, l.ended);
	report_cpu(&before, &after, "cpu_us", (double)l.ended / 1e6);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
	udp_end(&l, &u, target);
}

/* Connect, associate, a datagram there and back, reset. */
void
mode_udpsetup(const struct options *o)
{
	struct tree before, after;
	struct load l;
	struct udp  u;
	uint64_t    ns;
	pid_t       target;

	udp_begin(&l, &u, o, &target);
	l.on_open = on_open_first;
	l.on_ready = on_ready_setup;
	l.on_next = start_one;
	(void)udp_count(&l, o->warm);
	u.lost = u.late = u.wrong = 0;
	l.measured = 0;
	tree_read(&before, o->pid);
	ns = udp_count(&l, o->count);
	sleep_ms(LOAD_SETTLE_MS);
	tree_read(&after, o->pid);
	report_begin(&l);
	report_u64("associations", l.ended);
	report_num("per_s", (double)l.ended * 1e9 / (double)ns);
	report_latency(&l);
	udp_report(&u, l.ended);
	report_cpu(&before, &after, "cpu_us", (double)l.ended / 1e6);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
	udp_end(&l, &u, target);
}

/* Associations with one destination each, to which one datagram went. */
void
mode_udpidle(const struct options *o)
{
	struct tree  start;
	struct load  l;
	struct udp   u;
	uint64_t     pss;
	unsigned int i;
	pid_t        target;

	udp_begin(&l, &u, o, &target);
	l.on_open = on_open_first;
	l.on_ready = on_ready_idle;
	l.want = l.nconns;
	tree_read(&start, o->pid);
	pss = tree_pss(&start);
	tree_clear(&start);
	for (i = 0; i < OPEN_AT_ONCE; i++)
		idle_next(&l);
	udp_wait(&l);
	if (l.stalled)
		errx(1, "only %llu of %u associations open",
		    (unsigned long long)l.ended, l.nconns);
	sleep_ms(LOAD_SETTLE_MS);
	idle_report(&l, pss);
	udp_end(&l, &u, target);
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
	report_num("pss_per_association",
	    ((double)now - (double)pss) / (double)l->nconns);
	udp_report(l->udp, l->nconns);
	report_cpu(&before, &after, "cpu_percent", (double)l->o->seconds / 100);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
}

static void
udp_begin(struct load *l, struct udp *u, const struct options *o, pid_t *target)
{
	load_init(l, o, o->clients);
	*target = o->target == 0 ? udp_target_start(&l->target) : 0;
	udp_init(l, u);
	l->on_fail = on_fail;
}

static void
udp_end(struct load *l, struct udp *u, pid_t target)
{
	udp_clear(l, u);
	target_stop(target);
	load_clear(l);
}

/* All slots that have nothing under way. */
static void
fill(struct load *l, struct conn *c)
{
	struct assoc *a = c->arg;
	unsigned int  i;

	for (i = 0; i < l->o->inflight; i++) {
		if (!a->slots[i].waits && load_more(l))
			udp_queue(a, i);
	}
	udp_flush(l, a);
}

static void
on_open(struct load *l, struct conn *c)
{
	udp_connect(l, c);
	l->done = ++l->udp->open == l->nconns;
}

static void
on_ready_flow(struct load *l, struct conn *c)
{
	unsigned int slots[UDP_SLOTS_MAX], i, n;

	n = udp_answers(l, c, slots);
	for (i = 0; i < n; i++) {
		load_ended(l);
		if (load_more(l))
			udp_queue(c->arg, slots[i]);
	}
	udp_flush(l, c->arg);
}

static void
start_one(struct load *l, struct conn *c)
{
	if (load_more(l))
		conn_open(l, c);
}

/* The first datagram at once: that is how clients do it. */
static void
on_open_first(struct load *l, struct conn *c)
{
	udp_connect(l, c);
	udp_queue(c->arg, 0);
	udp_flush(l, c->arg);
}

static void
on_ready_setup(struct load *l, struct conn *c)
{
	unsigned int slots[UDP_SLOTS_MAX];

	if (udp_answers(l, c, slots) == 0)
		return;
	sample_add(l, now_ns() - c->start);
	udp_close(c->arg);
	conn_reset(c);
	load_ended(l);
	start_one(l, c);
}

static void
idle_next(struct load *l)
{
	if (load_more(l))
		conn_open(l, &l->conns[l->started - 1]);
}

static void
on_ready_idle(struct load *l, struct conn *c)
{
	unsigned int slots[UDP_SLOTS_MAX];

	if (udp_answers(l, c, slots) == 0)
		return;
	load_ended(l);
	idle_next(l);
}

static void
on_fail(struct load *l, struct conn *c)
{
	if (c->got == sizeof(c->reply) && c->reply[1] != 0)
		errx(1, "it refuses associations: reply %u", c->reply[1]);
	errx(1, "an association was not opened");
}
