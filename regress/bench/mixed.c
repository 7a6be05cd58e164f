/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Mode mixed: sessions of all sizes that end in all ways, with exact totals
 * of what went through them.
 *
 * The draw is the same for the same seed, whatever the proxy does.  With a
 * file to write, each session leaves a line there: its own port, the bytes up
 * and down and how it ended, to be compared with what the proxy noted.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "script.h"

#define SIZE_BITS 19 /* sizes are below 2^18 */

struct mixed {
	FILE            *file;
	struct progress *each; /* of each connection */
	uint64_t         draw;
	uint64_t         started;
	uint64_t         ended;
	uint64_t         up;
	uint64_t         down;
	uint64_t         ends[END_MAX];
};

static const char *const end_names[END_MAX] = {
	[END_CLIENT_HALF] = "client-half-closed",
	[END_TARGET_HALF] = "target-half-closed",
	[END_CLIENT_CLOSE] = "client-closed",
	[END_CLIENT_RESET] = "client-reset",
	[END_TARGET_RESET] = "target-reset",
};

static unsigned char buf[LOAD_BUFSIZE];

static void     mixed_report(struct load *, uint64_t);
static void     mixed_next(struct load *, struct conn *);
static void     mixed_draw(struct mixed *, struct script *);
static uint64_t draw(struct mixed *);
static uint32_t draw_size(struct mixed *);
static void     on_open(struct load *, struct conn *);
static void     on_ready(struct load *, struct conn *);
static void     on_fail(struct load *, struct conn *);
static int      mixed_read(struct conn *, int *);
static int      mixed_write(struct conn *, int);
static ssize_t  mixed_send(struct conn *, uint64_t);
static uint64_t mixed_may_send(const struct progress *, int);
static int      mixed_is_over(const struct progress *, int);
static void     mixed_ended(struct load *, struct conn *);

void
mode_mixed(const struct options *o)
{
	struct mixed m;
	struct load  l;
	uint64_t     start;
	unsigned int i;
	pid_t        target = 0;

	memset(&m, 0, sizeof(m));
	m.draw = o->seed;
	if (o->file != NULL && (m.file = fopen(o->file, "w")) == NULL)
		err(1, "%s", o->file);
	if ((m.each = calloc(o->clients, sizeof(*m.each))) == NULL)
		err(1, "sessions");
	load_init(&l, o, o->clients);
	if (o->target == 0)
		target = target_start(TARGET_SCRIPT, &l.target);
	l.on_open = on_open;
	l.on_ready = on_ready;
	l.on_fail = on_fail;
	l.arg = &m;
	for (i = 0; i < l.nconns; i++)
		l.conns[i].arg = &m.each[i];
	start = now_ns();
	for (i = 0; i < l.nconns; i++)
		mixed_next(&l, &l.conns[i]);
	load_run(&l, 0);
	mixed_report(&l, now_ns() - start);
	if (m.file != NULL && fclose(m.file) == EOF)
		err(1, "%s", o->file);
	target_stop(target);
	load_clear(&l);
	free(m.each);
}

static void
mixed_report(struct load *l, uint64_t ns)
{
	struct mixed *m = l->arg;
	int           i;

	report_begin(l);
	report_u64("sessions", m->ended);
	report_num("per_s", (double)m->ended * 1e9 / (double)ns);
	report_u64("up", m->up);
	report_u64("down", m->down);
	for (i = 0; i < END_MAX; i++)
		report_u64(end_names[i], m->ends[i]);
	report_end();
}

static void
mixed_next(struct load *l, struct conn *c)
{
	struct progress *p = c->arg;
	struct mixed    *m = l->arg;

	if (m->started == l->o->count)
		return;
	m->started++;
	memset(p, 0, sizeof(*p));
	mixed_draw(m, &p->s);
	conn_open(l, c);
}

static void
mixed_draw(struct mixed *m, struct script *s)
{
	s->up = (uint32_t)sizeof(*s) + 1 + draw_size(m);
	s->down = 1 + draw_size(m);
	s->end = (uint32_t)(draw(m) % END_MAX);
	s->seed = (uint32_t)(draw(m) % PATTERN_PERIOD);
}

/* As many small ones as large ones. */
static uint32_t
draw_size(struct mixed *m)
{
	uint64_t bits = draw(m) % SIZE_BITS;

	return (uint32_t)(draw(m) & ((UINT64_C(1) << bits) - 1));
}

/* splitmix64 */
static uint64_t
draw(struct mixed *m)
{
	uint64_t z;

	z = m->draw += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
on_open(struct load *l, struct conn *c)
{
	conn_await(l, c, EPOLLIN | EPOLLOUT);
}

static void
on_ready(struct load *l, struct conn *c)
{
	struct progress *p = c->arg;
	uint32_t         events = EPOLLIN;
	int              eof = 0;

	if (mixed_read(c, &eof) == -1 || mixed_write(c, eof) == -1) {
		warnx("%s: up %" PRIu64 " of %u, down %" PRIu64 " of %u, then "
		      "%s",
		    end_names[p->s.end], p->up, p->s.up, p->down, p->s.down,
		    eof ? "the end" : strerror(errno));
		conn_reset(c);
		on_fail(l, c);
		return;
	}
	if (mixed_is_over(p, eof)) {
		mixed_ended(l, c);
		return;
	}
	if (p->up < mixed_may_send(p, eof))
		events |= EPOLLOUT;
	conn_await(l, c, events);
}

/* -1 for bytes, an end or an error that is not in the script. */
static int
mixed_read(struct conn *c, int *eof)
{
	struct progress *p = c->arg;
	ssize_t          n;

	while ((n = read(c->fd, buf, sizeof(buf))) > 0) {
		errno = EILSEQ;
		if (!pattern_is(p->s.seed + p->down, buf, (size_t)n))
			return -1;
		p->down += (uint64_t)n;
		if (p->down > p->s.down)
			return -1;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	/* A relay may turn a reset into an end; that is its business. */
	*eof = 1;
	if (p->down != p->s.down)
		return -1;
	switch ((enum script_end)p->s.end) {
	case END_CLIENT_HALF:
		return n == 0 && p->up == p->s.up ? 0 : -1;
	case END_TARGET_HALF:
		return n == 0 ? 0 : -1;
	case END_TARGET_RESET:
		return p->up == p->s.up ? 0 : -1;
	case END_CLIENT_CLOSE:
	case END_CLIENT_RESET:
	case END_MAX:
		break;
	}
	return -1;
}

static int
mixed_write(struct conn *c, int eof)
{
	struct progress *p = c->arg;
	uint64_t         left;
	ssize_t          n;

	while ((left = mixed_may_send(p, eof) - p->up) > 0) {
		if ((n = mixed_send(c, left)) == -1)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		p->up += (uint64_t)n;
		if (p->up == p->s.up && p->s.end == END_CLIENT_HALF)
			(void)shutdown(c->fd, SHUT_WR);
	}
	return 0;
}

/* The order first, in one piece with nothing behind it. */
static ssize_t
mixed_send(struct conn *c, uint64_t left)
{
	struct progress *p = c->arg;

	if (p->up < sizeof(p->s))
		return send(c->fd, (const char *)&p->s + p->up,
		    sizeof(p->s) - p->up, MSG_NOSIGNAL);
	return send(c->fd, pattern_at(p->s.seed + p->up),
	    left < LOAD_BUFSIZE ? left : LOAD_BUFSIZE, MSG_NOSIGNAL);
}

/* So many of the bytes of up may have been sent by now. */
static uint64_t
mixed_may_send(const struct progress *p, int eof)
{
	switch ((enum script_end)p->s.end) {
	case END_CLIENT_HALF:
	case END_CLIENT_CLOSE:
	case END_CLIENT_RESET:
		return p->s.up;
	case END_TARGET_HALF:
		return eof ? p->s.up : sizeof(p->s);
	case END_TARGET_RESET:
		return p->s.up - (p->down < p->s.down);
	case END_MAX:
		break;
	}
	return 0;
}

static int
mixed_is_over(const struct progress *p, int eof)
{
	if (p->up != p->s.up || p->down != p->s.down)
		return 0;
	switch ((enum script_end)p->s.end) {
	case END_CLIENT_HALF:
	case END_TARGET_RESET:
		return eof;
	case END_TARGET_HALF:
	case END_CLIENT_CLOSE:
	case END_CLIENT_RESET:
	case END_MAX:
		break;
	}
	return 1;
}

static void
mixed_ended(struct load *l, struct conn *c)
{
	struct progress   *p = c->arg;
	struct mixed      *m = l->arg;
	struct sockaddr_in sin;
	socklen_t          len = sizeof(sin);

	m->up += p->up;
	m->down += p->down;
	m->ends[p->s.end]++;
	if (m->file != NULL) {
		if (getsockname(c->fd, (struct sockaddr *)&sin, &len) == -1)
			err(1, "getsockname");
		(void)fprintf(m->file, "%u %" PRIu64 " %" PRIu64 " %s\n",
		    ntohs(sin.sin_port), p->up, p->down, end_names[p->s.end]);
	}
	if (p->s.end == END_CLIENT_RESET)
		conn_reset(c);
	else
		conn_close(c);
	l->done = ++m->ended == l->o->count;
	mixed_next(l, c);
}

static void
on_fail(struct load *l, struct conn *c)
{
	struct mixed *m = l->arg;

	l->failed++;
	l->done = ++m->ended == l->o->count;
	mixed_next(l, c);
}
