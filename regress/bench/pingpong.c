/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Mode pingpong: sessions that stay, on each of them 64 bytes there and back
 * again and again.
 */

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "load.h"

#define MESSAGE 64

struct pingpong {
	unsigned int open;
	int          counting;
};

static void ping(struct load *, struct conn *);
static void on_open(struct load *, struct conn *);
static void on_ready(struct load *, struct conn *);
static void on_fail(struct load *, struct conn *);

void
mode_pingpong(const struct options *o)
{
	struct pingpong p = { 0, 0 };
	struct tree     before, after;
	struct load     l;
	uint64_t        ns;
	unsigned int    i;
	pid_t           target = 0;

	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_ECHO, &l.target);
	l.on_open = on_open;
	l.on_ready = on_ready;
	l.on_fail = on_fail;
	l.on_next = ping;
	l.arg = &p;
	for (i = 0; i < l.nconns; i++)
		conn_open(&l, &l.conns[i]);
	load_run(&l, 0);
	if (l.stalled)
		errx(1, "only %u of %u sessions open", p.open, l.nconns);
	(void)load_count(&l, o->warm);
	p.counting = 1;
	tree_read(&before, o->pid);
	ns = load_count(&l, o->count);
	sleep_ms(LOAD_SETTLE_MS);
	tree_read(&after, o->pid);
	report_begin(&l);
	report_u64("trips", l.ended);
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
ping(struct load *l, struct conn *c)
{
	static const char message[MESSAGE];

	if (!load_more(l))
		return;
	c->start = now_ns();
	c->rcvd = 0;
	if (send(c->fd, message, MESSAGE, MSG_NOSIGNAL) != MESSAGE)
		err(1, "send");
}

static void
on_open(struct load *l, struct conn *c)
{
	struct pingpong *p = l->arg;

	l->done = ++p->open == l->nconns;
}

static void
on_ready(struct load *l, struct conn *c)
{
	struct pingpong *p = l->arg;
	char             buf[MESSAGE];
	ssize_t          n;

	if ((n = read(c->fd, buf, MESSAGE - c->rcvd)) == -1 &&
	    (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		errx(1, "a session ended");
	c->rcvd += (uint64_t)n;
	if (c->rcvd < MESSAGE)
		return;
	if (p->counting)
		sample_add(l, now_ns() - c->start);
	load_ended(l);
	ping(l, c);
}

static void
on_fail(struct load *l, struct conn *c)
{
	errx(1, "a session was refused");
}
