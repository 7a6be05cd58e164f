/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Bytes of a lent socket: see lent.h.
 *
 * Linked by the resolver.  read(2), write(2) and close(2) are all that is done
 * to a socket here.
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

#define STRAY_READS	16		/* in a turn */
#define TCP_LENGTH	2		/* RFC 1035, section 4.2.2 */

static void	lent_cb(evutil_socket_t, short, void *);
static int	tcp_fill(struct lent *);
static size_t	tcp_missing(const struct lent *);
static int	tcp_sound(const struct lent *);
static void	tcp_give(struct lent *);
static ssize_t	tcp_read(struct lent *, uint8_t *, size_t);
static ssize_t	udp_read(struct lent *, uint8_t *, size_t);

struct lent *
lent_new(struct line *ln, int fd)
{
	struct lent	*l;

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
	struct line	*ln = l->line;

	if (l->in == NULL) {
		TAILQ_REMOVE(&ln->pool, l, entry);
		ln->npool--;
	} else {
		TAILQ_REMOVE(&ln->lents, l, entry);
		ln->nlents--;
		event_free(l->in);
	}
	if (ln->reading == l)
		ln->reading = NULL;
	share_release(&ln->shares, l->share);
	(void)close(l->fd);
	asked_clear(&l->asked);
	free(l->answer);
	free(l);
}

int
lent_use(struct lent *l, int number)
{
	struct line	*ln = l->line;
	struct event	*in;

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
	l->number = number;
	return 0;
}

/*
 * A datagram that the kernel has no room for is lost, as on any link, and so
 * is one whose answer would not be known.  A fresh TCP socket takes a message
 * whole or is of no use.
 */
int
lent_send(struct lent *l, const uint8_t *data, size_t len)
{
	ssize_t	n;

	l->used = clock_ms();
	if (l->line->server.tcp) {
		if (write(l->fd, data, len) != (ssize_t)len)
			lent_free(l);
		return 0;
	}
	if (asked_add(&l->asked, data, len) == -1)
		return errno == ENOMEM ? 0 : -1;
	n = write(l->fd, data, len);
	return n == -1 && errno != EAGAIN && errno != ENOBUFS ? -1 : 0;
}

ssize_t
lent_read(struct lent *l, uint8_t *buf, size_t size)
{
	return l->line->server.tcp ? tcp_read(l, buf, size) :
	    udp_read(l, buf, size);
}

static void
lent_cb(evutil_socket_t fd, short what, void *arg)
{
	struct lent	*l = arg;
	struct line	*ln = l->line;

	if (ln->server.tcp) {
		if (tcp_fill(l) == -1 ||
		    (tcp_missing(l) == 0 && !tcp_sound(l)))
			lent_free(l);
		else if (tcp_missing(l) == 0)
			tcp_give(l);
		line_go_on(ln);
		return;
	}
	ln->reading = l;
	ln->ops->ready(ln->arg, l->number);
	ln->reading = NULL;
}

/* Reads what is there of the answer; -1 if the connection is at its end. */
static int
tcp_fill(struct lent *l)
{
	size_t	missing;
	ssize_t	n;

	while ((missing = tcp_missing(l)) > 0) {
		if (l->answer == NULL &&
		    (l->answer = malloc(TCP_LENGTH + UINT16_MAX)) == NULL)
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
	if (l->nanswer < TCP_LENGTH)
		return TCP_LENGTH - l->nanswer;
	return TCP_LENGTH + ((size_t)l->answer[0] << 8 | l->answer[1]) -
	    l->nanswer;
}

/* All questions to a server have one connection in the library's eyes. */
static int
tcp_sound(const struct lent *l)
{
	return l->line->ops->sound(l->answer + TCP_LENGTH,
	    l->nanswer - TCP_LENGTH);
}

/* The library reads the length, then the message, perhaps turn by turn. */
static void
tcp_give(struct lent *l)
{
	struct line	*ln = l->line;
	size_t		 before;

	ln->reading = l;
	do {
		before = l->given;
		ln->ops->ready(ln->arg, l->number);
	} while (ln->reading == l && l->given > before &&
	    l->given < l->nanswer);
	if (ln->reading == l)
		lent_free(l);
}

static ssize_t
tcp_read(struct lent *l, uint8_t *buf, size_t size)
{
	size_t	n;

	if ((n = l->nanswer - l->given) == 0) {
		errno = EAGAIN;
		return -1;
	}
	if (n > size)
		n = size;
	memcpy(buf, l->answer + l->given, n);
	l->given += n;
	return (ssize_t)n;
}

/*
 * What is no answer to a question that was asked here is dropped: whoever can
 * write the server's address on a datagram must not end the wait for the
 * right one, and the library may take one that it cannot parse for the end of
 * all talk with that server.  The socket of an answered question goes.
 */
static ssize_t
udp_read(struct lent *l, uint8_t *buf, size_t size)
{
	struct line	*ln = l->line;
	ssize_t		 n;
	int		 i;

	for (i = 0; i < STRAY_READS; i++) {
		if ((n = read(l->fd, buf, size)) == -1)
			return -1;
		if (!asked_take(&l->asked, buf, (size_t)n)) {
			ln->ops->stray(ln->arg);
			continue;
		}
		if (TAILQ_EMPTY(&l->asked))
			lent_free(l);
		return n;
	}
	errno = EAGAIN;
	return -1;
}
