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

#define MESSAGE	64

struct pingpong {
	uint64_t	want;		/* round trips */
	uint64_t	started;
	uint64_t	ended;
	unsigned int	open;
	int		counting;
};

static uint64_t	pingpong_run(struct load *, uint64_t);
static void	ping(struct load *, struct conn *);
static void	on_open(struct load *, struct conn *);
static void	on_ready(struct load *, struct conn *);
static void	on_fail(struct load *, struct conn *);

void
mode_pingpong(const struct options *o)
{
	struct pingpong	p = { 0, 0, 0, 0, 0 };
	struct tree	before, after;
	struct load	l;
	uint64_t	ns;
	unsigned int	i;
	pid_t		target = 0;

	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_ECHO, &l.target);
	l.on_open = on_open;
	l.on_ready = on_ready;
	l.on_fail = on_fail;
	l.arg = &p;
	for (i = 0; i < l.nconns; i++)
		conn_open(&l, &l.conns[i]);
	load_run(&l, 0);
	if (l.stalled)
		errx(1, "only %u of %u sessions open", p.open, l.nconns);
	(void)pingpong_run(&l, o->warm);
	p.counting = 1;
	tree_read(&before, o->pid);
	ns = pingpong_run(&l, o->count);
	sleep_ms(LOAD_SETTLE_MS);
	tree_read(&after, o->pid);
	report_begin(&l);
	report_u64("trips", p.ended);
	report_num("per_s", (double)p.ended * 1e9 / (double)ns);
	report_latency(&l);
	report_cpu(&before, &after, "cpu_us", (double)p.ended / 1e6);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
	target_stop(target);
	load_clear(&l);
}

static uint64_t
pingpong_run(struct load *l, uint64_t want)
{
	struct pingpong	*p = l->arg;
	uint64_t	 start;
	unsigned int	 i;

	p->want = want;
	p->started = p->ended = 0;
	if (want == 0)
		return 0;
	start = now_ns();
	for (i = 0; i < l->nconns; i++)
		ping(l, &l->conns[i]);
	load_run(l, 0);
	return now_ns() - start;
}

static void
ping(struct load *l, struct conn *c)
{
	static const char	 message[MESSAGE];
	struct pingpong		*p = l->arg;

	if (p->started == p->want)
		return;
	p->started++;
	c->start = now_ns();
	c->rcvd = 0;
	if (send(c->fd, message, MESSAGE, MSG_NOSIGNAL) != MESSAGE)
		err(1, "send");
}

static void
on_open(struct load *l, struct conn *c)
{
	struct pingpong	*p = l->arg;

	l->done = ++p->open == l->nconns;
}

static void
on_ready(struct load *l, struct conn *c)
{
	struct pingpong	*p = l->arg;
	char		 buf[MESSAGE];
	ssize_t		 n;

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
	l->done = ++p->ended == p->want;
	ping(l, c);
}

static void
on_fail(struct load *l, struct conn *c)
{
	errx(1, "a session was refused");
}
