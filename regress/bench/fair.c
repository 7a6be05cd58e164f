/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Mode fair: many streams that take all they can get, and a client among
 * them that wants very little.
 *
 * Tells what the slowest stream got beside the mean, and how long the small
 * sessions took meanwhile.
 */

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "load.h"

#define WARM_MS 500 /* streams find their pace */

struct fair {
	unsigned int open; /* streams */
	uint16_t     echo; /* target of the small sessions */
};

static char buf[LOAD_BUFSIZE];

static void         fair_report(struct load *, uint64_t);
static struct conn *fair_small(struct load *);
static void         on_open(struct load *, struct conn *);
static void         on_ready(struct load *, struct conn *);
static void         small_ready(struct load *, struct conn *);
static void         on_fail(struct load *, struct conn *);

/* The last connection is the small client's. */
void
mode_fair(const struct options *o)
{
	struct fair  f = { 0, 0 };
	struct load  l;
	uint64_t     start;
	unsigned int i;
	pid_t        source = 0, echo;

	load_init(&l, o, o->clients + 1);
	if (o->target == 0)
		source = target_start(TARGET_SOURCE, &l.target);
	echo = target_start(TARGET_ECHO, &f.echo);
	l.on_open = on_open;
	l.on_ready = on_ready;
	l.on_fail = on_fail;
	l.arg = &f;
	for (i = 0; i < o->clients; i++)
		conn_open(&l, &l.conns[i]);
	load_run(&l, 0);
	if (l.stalled)
		errx(1, "only %u of %u streams open", f.open, o->clients);
	load_run(&l, WARM_MS);
	for (i = 0; i < o->clients; i++)
		l.conns[i].rcvd = 0;
	fair_small(&l)->target = f.echo;
	conn_open(&l, fair_small(&l));
	start = now_ns();
	load_run(&l, (uint64_t)o->seconds * 1000);
	fair_report(&l, now_ns() - start);
	target_stop(source);
	target_stop(echo);
	load_clear(&l);
}

static void
fair_report(struct load *l, uint64_t ns)
{
	uint64_t     sum = 0, least = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < l->o->clients; i++) {
		sum += l->conns[i].rcvd;
		if (l->conns[i].rcvd < least)
			least = l->conns[i].rcvd;
	}
	report_begin(l);
	report_num("gb_per_s", (double)sum / (double)ns);
	report_num("least_of_mean",
	    (double)least * (double)l->o->clients / (double)sum);
	report_u64("small", l->measured);
	report_latency(l);
	report_end();
}

static struct conn *
fair_small(struct load *l)
{
	return &l->conns[l->nconns - 1];
}

static void
on_open(struct load *l, struct conn *c)
{
	struct fair *f = l->arg;

	if (c == fair_small(l))
		(void)send(c->fd, "x", 1, MSG_NOSIGNAL);
	else
		l->done = ++f->open == l->o->clients;
}

static void
on_ready(struct load *l, struct conn *c)
{
	ssize_t n;

	if (c == fair_small(l)) {
		small_ready(l, c);
		return;
	}
	if ((n = read(c->fd, buf, sizeof(buf))) == -1 &&
	    (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		errx(1, "a stream ended");
	c->rcvd += (uint64_t)n;
}

static void
small_ready(struct load *l, struct conn *c)
{
	char byte;

	if (read(c->fd, &byte, 1) != 1)
		errx(1, "a small session ended");
	sample_add(l, now_ns() - c->start);
	conn_reset(c);
	conn_open(l, c);
}

static void
on_fail(struct load *l, struct conn *c)
{
	errx(1, "a session was refused");
}
