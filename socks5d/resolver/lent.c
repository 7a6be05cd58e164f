/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Bytes of a lent socket: see lent.h.
 *
 * read(2), write(2) and close(2) are all that is done to a socket here.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "resolver/lent.h"
#include "resolver/line.h"

#define STRAY_READS  16    /* in a turn */
#define DATAGRAM_MAX 65535 /* what we say that we take or not */

static void   lent_cb(evutil_socket_t, short, void *);
static int    tcp_fill(struct lent *);
static size_t tcp_missing(const struct lent *);
static void   tcp_give(struct lent *);
static void   udp_cb(struct lent *);
static void   lent_failed(struct lent *, int);

struct lent *
lent_new(struct line *ln, int fd)
{
	struct lent *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	l->line = ln;
	l->fd = fd;
	l->used = clock_ms();
	TAILQ_INIT(&l->asked);
	TAILQ_INSERT_TAIL(&ln->pool, l, entry);
	ln->npool++;
	return l;
}

void
lent_free(struct lent *l)
{
	struct line *ln = l->line;

	if (l->in == NULL) {
		TAILQ_REMOVE(&ln->pool, l, entry);
		ln->npool--;
	} else {
		TAILQ_REMOVE(&ln->lents, l, entry);
		ln->nlents--;
		event_free(l->in);
	}
	share_release(&ln->shares, l->share);
	(void)close(l->fd);
	asked_clear(&l->asked);
	free(l->answer);
	free(l);
}

int
lent_use(struct lent *l)
{
	struct line  *ln = l->line;
	struct event *in;

	in = event_new(ln->base, l->fd, EV_READ | EV_PERSIST, lent_cb, l);
	if (in == NULL || event_add(in, NULL) == -1) {
		if (in != NULL)
			event_free(in);
		return -1;
	}
	TAILQ_REMOVE(&ln->pool, l, entry);
	ln->npool--;
	TAILQ_INSERT_TAIL(&ln->lents, l, entry);
	ln->nlents++;
	l->in = in;
	return 0;
}

/*
 * A datagram that the kernel has no room for is lost, as on any link, and so
 * is one whose answer would not be known.  A fresh TCP socket takes a message
 * whole or is of no use.
 */
int
lent_send(struct lent *l, int number, const uint8_t *data, size_t len)
{
	ssize_t n;

	l->used = clock_ms();
	if (l->line->server.tcp) {
		if (asked_add(&l->asked, number, data + LINE_TCP_LENGTH,
			len - LINE_TCP_LENGTH) == -1 ||
		    write(l->fd, data, len) != (ssize_t)len)
			lent_free(l);
		return 0;
	}
	if (asked_add(&l->asked, number, data, len) == -1)
		return errno == ENOMEM ? 0 : -1;
	n = write(l->fd, data, len);
	return n == -1 && errno != EAGAIN && errno != ENOBUFS ? -1 : 0;
}

void
lent_drop(struct lent *l, int number)
{
	struct line *ln = l->line;

	asked_drop(&l->asked, number, ln->ops->again, ln->arg);
	if (TAILQ_EMPTY(&l->asked))
		lent_free(l);
}

static void
lent_cb(evutil_socket_t fd, short what, void *arg)
{
	struct lent *l = arg;
	struct line *ln = l->line;

	if (!ln->server.tcp) {
		udp_cb(l);
		return;
	}
	if (tcp_fill(l) == -1)
		lent_failed(l, ECONNRESET);
	else if (tcp_missing(l) == 0)
		tcp_give(l);
	line_go_on(ln);
}

/* Reads what is there of the answer; -1 if the connection is at its end. */
static int
tcp_fill(struct lent *l)
{
	size_t  missing;
	ssize_t n;

	while ((missing = tcp_missing(l)) > 0) {
		if (l->answer == NULL &&
		    (l->answer = malloc(LINE_TCP_LENGTH + UINT16_MAX)) == NULL)
			return -1;
		n = read(l->fd, l->answer + l->nanswer, missing);
		if (n == 0 || (n == -1 && errno != EAGAIN))
			return -1;
		if (n == -1)
			return 0;
		l->nanswer += (size_t)n;
	}
	return 0;
}

/* Bytes still to come: of the length, then of the message. */
static size_t
tcp_missing(const struct lent *l)
{
	if (l->nanswer < LINE_TCP_LENGTH)
		return LINE_TCP_LENGTH - l->nanswer;
	return LINE_TCP_LENGTH + ((size_t)l->answer[0] << 8 | l->answer[1]) -
	    l->nanswer;
}

/* What answers another question is as good as nothing. */
static void
tcp_give(struct lent *l)
{
	struct line_asked asked;
	struct line      *ln = l->line;
	uint8_t          *answer = l->answer;
	size_t            n = l->nanswer - LINE_TCP_LENGTH;

	asked.number = asked_take(&l->asked, answer + LINE_TCP_LENGTH, n,
	    asked.key, &asked.nkey);
	if (asked.number == -1) {
		lent_failed(l, EBADMSG);
		return;
	}
	l->answer = NULL;
	lent_free(l);
	ln->ops->answer(ln->arg, ln, &asked, answer + LINE_TCP_LENGTH, n);
	free(answer);
}

/*
 * What is no answer to a question that was asked here is dropped: whoever can
 * write the server's address on a datagram must not end the wait for the
 * right one, and the library may take one that it cannot parse for the end of
 * all talk with that server.  The socket of the last answer goes.
 */
static void
udp_cb(struct lent *l)
{
	struct line_asked asked;
	struct line      *ln = l->line;
	uint8_t           buf[DATAGRAM_MAX];
	ssize_t           n;
	int               i;

	for (i = 0; i < STRAY_READS; i++) {
		if ((n = read(l->fd, buf, sizeof(buf))) == -1) {
			if (errno != EAGAIN)
				lent_failed(l, errno);
			return;
		}
		asked.number = asked_take(&l->asked, buf, (size_t)n, asked.key,
		    &asked.nkey);
		if (asked.number == -1) {
			ln->ops->stray(ln->arg);
			continue;
		}
		if (TAILQ_EMPTY(&l->asked))
			lent_free(l);
		ln->ops->answer(ln->arg, ln, &asked, buf, (size_t)n);
		return;
	}
}

/* All that wait for an answer there wait in vain. */
static void
lent_failed(struct lent *l, int error)
{
	struct asked_list gone;
	struct line_asked asked;
	struct line      *ln = l->line;

	asked_move(&gone, &l->asked);
	lent_free(l);
	while ((asked.number = asked_first(&gone, asked.key, &asked.nkey)) !=
	    -1) {
		asked_forget(&gone, asked.key, asked.nkey);
		ln->ops->failed(ln->arg, ln, &asked, error);
	}
}
