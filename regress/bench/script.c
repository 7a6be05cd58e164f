/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The target's side of mode mixed, and the pattern that both sides send.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "script.h"
#include "target.h"

static unsigned char pattern[LOAD_BUFSIZE + PATTERN_PERIOD];
static unsigned char buf[LOAD_BUFSIZE];

static int      script_read(struct served *);
static int      script_take(struct progress *, const unsigned char *, size_t);
static int      script_eof(const struct progress *);
static int      script_write(struct served *);
static uint64_t script_may_send(const struct progress *, int);

const unsigned char *
pattern_at(uint64_t offset)
{
	size_t i;

	if (pattern[1] == 0) {
		for (i = 0; i < sizeof(pattern); i++)
			pattern[i] = i % PATTERN_PERIOD;
	}
	return pattern + offset % PATTERN_PERIOD;
}

int
pattern_is(uint64_t offset, const void *p, size_t len)
{
	return memcmp(pattern_at(offset), p, len) == 0;
}

/*
 * Whatever is not as the order says ends in a reset, which the client cannot
 * take for what it waits for: it knows how much it must have got.
 */
int
serve_script(struct served *c)
{
	struct progress *p = &c->progress;
	uint32_t         events = 0;

	if (!c->eof && script_read(c) == -1)
		goto reset;
	if (p->up < sizeof(p->s))
		return c->eof ? -1 : 0;
	if (p->s.end == END_TARGET_RESET && p->up == p->s.up)
		goto reset;
	if (script_write(c) == -1)
		goto reset;
	if (c->eof && p->down == p->s.down)
		return -1;
	if (!c->eof)
		events |= EPOLLIN;
	if (p->down < script_may_send(p, c->eof))
		events |= EPOLLOUT;
	served_await(c, events);
	return 0;
reset:
	served_reset(c);
	return -1;
}

static int
script_read(struct served *c)
{
	ssize_t n;

	while ((n = read(c->fd, buf, sizeof(buf))) > 0) {
		if (script_take(&c->progress, buf, (size_t)n) == -1)
			return -1;
	}
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	c->eof = 1;
	return script_eof(&c->progress);
}

static int
script_take(struct progress *p, const unsigned char *b, size_t len)
{
	size_t n;

	if (p->up < sizeof(p->s)) {
		n = sizeof(p->s) - p->up;
		if (n > len)
			n = len;
		memcpy((char *)&p->s + p->up, b, n);
		p->up += n;
		b += n;
		len -= n;
	}
	if (len == 0)
		return 0;
	if (!pattern_is(p->s.seed + p->up, b, len))
		return -1;
	p->up += len;
	return p->up <= p->s.up ? 0 : -1;
}

/* The end is in its place where all that was promised has come. */
static int
script_eof(const struct progress *p)
{
	return p->up >= sizeof(p->s) && p->up == p->s.up ? 0 : -1;
}

static int
script_write(struct served *c)
{
	struct progress *p = &c->progress;
	uint64_t         left;
	ssize_t          n;

	while ((left = script_may_send(p, c->eof) - p->down) > 0) {
		n = send(c->fd, pattern_at(p->s.seed + p->down),
		    left < LOAD_BUFSIZE ? left : LOAD_BUFSIZE, MSG_NOSIGNAL);
		if (n == -1)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		p->down += (uint64_t)n;
		if (p->down == p->s.down && p->s.end == END_TARGET_HALF)
			(void)shutdown(c->fd, SHUT_WR);
	}
	return 0;
}

/* So many of the bytes of down may have been sent by now. */
static uint64_t
script_may_send(const struct progress *p, int eof)
{
	switch ((enum script_end)p->s.end) {
	case END_CLIENT_HALF:
		return eof ? p->s.down : 0;
	case END_TARGET_HALF:
		return p->s.down;
	case END_CLIENT_CLOSE:
	case END_CLIENT_RESET:
		return p->s.down - (p->up < p->s.up);
	case END_TARGET_RESET:
		return p->s.down - (p->up < p->s.up - 1);
	case END_MAX:
		break;
	}
	return 0;
}
