/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Modes down and up: a number of bytes over some streams at once.
 *
 * Down, a target sends without end and the client leaves when all streams
 * together have brought enough.  Up, each stream sends its part and waits for
 * the target's byte that says that all of it has come.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "load.h"

struct bulk {
	uint64_t     moved;
	unsigned int open;
	unsigned int ended;
	uint64_t     part; /* up: of each stream */
};

static char buf[LOAD_BUFSIZE];

static void bulk_open(struct load *, struct bulk *);
static void bulk_measure(struct load *);
static void on_open(struct load *, struct conn *);
static void on_fail(struct load *, struct conn *);
static void down_ready(struct load *, struct conn *);
static void up_ready(struct load *, struct conn *);
static void up_answer(struct load *, struct conn *);

void
mode_down(const struct options *o)
{
	struct bulk b = { 0, 0, 0, 0 };
	struct load l;
	pid_t       target = 0;

	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_SOURCE, &l.target);
	bulk_open(&l, &b);
	l.on_ready = down_ready;
	bulk_measure(&l);
	target_stop(target);
	load_clear(&l);
}

void
mode_up(const struct options *o)
{
	struct bulk  b = { 0, 0, 0, 0 };
	struct load  l;
	unsigned int i;
	pid_t        target = 0;

	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_SINK, &l.target);
	bulk_open(&l, &b);
	b.part = o->count / o->clients + sizeof(b.part);
	l.on_ready = up_ready;
	for (i = 0; i < l.nconns; i++)
		conn_await(&l, &l.conns[i], EPOLLOUT);
	bulk_measure(&l);
	target_stop(target);
	load_clear(&l);
}

/* All streams, but not a byte on them yet that we would look at. */
static void
bulk_open(struct load *l, struct bulk *b)
{
	unsigned int i;

	l->on_open = on_open;
	l->on_fail = on_fail;
	l->on_ready = down_ready;
	l->arg = b;
	for (i = 0; i < l->nconns; i++)
		conn_open(l, &l->conns[i]);
	load_run(l, 0);
	if (l->stalled)
		errx(1, "only %u of %u streams open", b->open, l->nconns);
}

static void
bulk_measure(struct load *l)
{
	struct bulk *b = l->arg;
	struct tree  before, after;
	uint64_t     start;
	double       seconds;

	tree_read(&before, l->o->pid);
	b->moved = 0;
	start = now_ns();
	load_run(l, 0);
	seconds = (double)(now_ns() - start) / 1e9;
	tree_read(&after, l->o->pid);
	report_begin(l);
	report_u64("bytes", b->moved);
	report_num("gb_per_s", (double)b->moved / 1e9 / seconds);
	report_cpu(&before, &after, "cpu_s_per_gb", (double)b->moved / 1e9);
	report_end();
	tree_clear(&before);
	tree_clear(&after);
}

static void
on_open(struct load *l, struct conn *c)
{
	struct bulk *b = l->arg;

	l->done = ++b->open == l->nconns;
}

static void
on_fail(struct load *l, struct conn *c)
{
	errx(1, "a stream was refused");
}

static void
down_ready(struct load *l, struct conn *c)
{
	struct bulk *b = l->arg;
	ssize_t      n;

	if ((n = read(c->fd, buf, sizeof(buf))) == -1 &&
	    (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		errx(1, "a stream ended");
	b->moved += (uint64_t)n;
	if (b->moved >= l->o->count && b->open == l->nconns)
		l->done = 1;
}

/* See serve_sink() for the first bytes. */
static void
up_ready(struct load *l, struct conn *c)
{
	struct bulk *b = l->arg;
	uint64_t     left = b->part - c->sent;
	ssize_t      n;

	if (left == 0) {
		up_answer(l, c);
		return;
	}
	if (c->sent == 0)
		n = send(c->fd, &b->part, sizeof(b->part), MSG_NOSIGNAL);
	else
		n = send(c->fd, buf, left < sizeof(buf) ? left : sizeof(buf),
		    MSG_NOSIGNAL);
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		err(1, "send");
	}
	c->sent += (uint64_t)n;
	if (c->sent == b->part)
		conn_await(l, c, EPOLLIN);
}

static void
up_answer(struct load *l, struct conn *c)
{
	struct bulk *b = l->arg;
	char         byte;

	if (read(c->fd, &byte, 1) != 1)
		errx(1, "a stream ended");
	b->moved += b->part;
	conn_await(l, c, 0);
	l->done = ++b->ended == l->nconns;
}
