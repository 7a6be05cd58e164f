/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Associations: their datagrams, and what became of them.
 *
 * Nothing here waits for room to send: loopback has it, and what is lost all
 * the same is counted as any other loss.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "udp.h"

static unsigned char  bufs[UDP_BATCH][UDP_DATAGRAM_MAX];
static struct mmsghdr msgs[UDP_BATCH];
static struct iovec   iovs[UDP_BATCH];

static void         assoc_init(const struct load *, struct assoc *);
static int          is_answer(struct load *, struct assoc *, unsigned int,
	     unsigned int *);
static unsigned int datagram_length(const struct load *);
static void         resend(struct load *);
static void         check_connection(struct conn *);

void
udp_init(struct load *l, struct udp *u)
{
	unsigned int i;

	memset(u, 0, sizeof(*u));
	if ((u->assocs = calloc(l->nconns, sizeof(*u->assocs))) == NULL)
		err(1, "associations");
	l->udp = u;
	for (i = 0; i < l->nconns; i++) {
		assoc_init(l, &u->assocs[i]);
		l->conns[i].arg = &u->assocs[i];
	}
	for (i = 0; i < UDP_BATCH; i++) {
		iovs[i].iov_base = bufs[i];
		msgs[i].msg_hdr.msg_iov = &iovs[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Slots take the destinations in turns. */
static void
assoc_init(const struct load *l, struct assoc *a)
{
	unsigned char *d;
	unsigned int   i, n = l->o->inflight;
	uint32_t       addr;

	a->fd = -1;
	if ((a->slots = calloc(n, sizeof(*a->slots))) == NULL ||
	    (a->datagrams = calloc(n, datagram_length(l))) == NULL)
		err(1, "datagrams");
	for (i = 0; i < n; i++) {
		d = a->slots[i].datagram = a->datagrams +
		    i * datagram_length(l);
		addr = htonl(INADDR_LOOPBACK + i % l->o->destinations);
		d[3] = 1;
		memcpy(d + 4, &addr, sizeof(addr));
		d[8] = l->target >> 8;
		d[9] = l->target & 0xff;
		memcpy(d + UDP_HEADER, &i, sizeof(i));
	}
}

static unsigned int
datagram_length(const struct load *l)
{
	return UDP_HEADER + l->o->length;
}

void
udp_clear(struct load *l, struct udp *u)
{
	unsigned int i;

	for (i = 0; i < l->nconns; i++) {
		udp_close(&u->assocs[i]);
		free(u->assocs[i].slots);
		free(u->assocs[i].datagrams);
	}
	free(u->assocs);
}

/*
 * The socket is awaited together with the connection.  A proxy may say that it
 * listens on 0.0.0.0.
 */
void
udp_connect(struct load *l, struct conn *c)
{
	struct assoc      *a = c->arg;
	struct sockaddr_in sin;
	struct epoll_event ev;

	if ((a->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		 0)) == -1)
		err(1, "socket");
	udp_large_queue(a->fd);
	ev.events = EPOLLIN;
	ev.data.ptr = c;
	if (epoll_ctl(l->epfd, EPOLL_CTL_ADD, a->fd, &ev) == -1)
		err(1, "epoll_ctl");
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, c->reply + 4, sizeof(sin.sin_addr));
	memcpy(&sin.sin_port, c->reply + 8, sizeof(sin.sin_port));
	if (sin.sin_addr.s_addr == htonl(INADDR_ANY))
		sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(a->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect to the port for datagrams");
}

void
udp_close(struct assoc *a)
{
	if (a->fd != -1)
		(void)close(a->fd);
	a->fd = -1;
}

void
udp_queue(struct assoc *a, unsigned int i)
{
	struct slot *s = &a->slots[i];

	s->nr++;
	s->waits = 1;
	memcpy(s->datagram + UDP_HEADER + sizeof(uint32_t), &s->nr,
	    sizeof(s->nr));
	a->todo[a->nr++] = i;
}

void
udp_flush(struct load *l, struct assoc *a)
{
	struct mmsghdr out[UDP_SLOTS_MAX];
	struct iovec   iov[UDP_SLOTS_MAX];
	uint64_t       now = now_ns();
	unsigned int   i, n = a->nr;
	int            sent;

	memset(out, 0, n * sizeof(out[0]));
	for (i = 0; i < n; i++) {
		a->slots[a->todo[i]].sent = now;
		iov[i].iov_base = a->slots[a->todo[i]].datagram;
		iov[i].iov_len = datagram_length(l);
		out[i].msg_hdr.msg_iov = &iov[i];
		out[i].msg_hdr.msg_iovlen = 1;
	}
	for (i = 0; i < n; i += (unsigned int)sent) {
		if ((sent = sendmmsg(a->fd, &out[i], n - i, 0)) < 1)
			sent = 1;
	}
	a->nr = 0;
}

unsigned int
udp_answers(struct load *l, struct conn *c, unsigned int slots[UDP_SLOTS_MAX])
{
	struct assoc *a = c->arg;
	unsigned int  i, found = 0;
	int           n;

	for (i = 0; i < UDP_BATCH; i++)
		iovs[i].iov_len = UDP_DATAGRAM_MAX;
	if ((n = recvmmsg(a->fd, msgs, UDP_BATCH, 0, NULL)) == -1) {
		if (errno == EAGAIN)
			check_connection(c);
		return 0;
	}
	for (i = 0; i < (unsigned int)n; i++) {
		if (is_answer(l, a, i, &slots[found]))
			found++;
	}
	if (found > 0)
		l->udp->progress = now_ns();
	return found;
}

/* Whether it is what its slot waits for; then the slot waits no more. */
static int
is_answer(struct load *l, struct assoc *a, unsigned int i, unsigned int *slot)
{
	const unsigned char *d = bufs[i];
	uint32_t             nr;
	struct slot         *s;

	memcpy(slot, d + UDP_HEADER, sizeof(*slot));
	memcpy(&nr, d + UDP_HEADER + sizeof(*slot), sizeof(nr));
	if (msgs[i].msg_len != datagram_length(l) || *slot >= l->o->inflight) {
		l->udp->wrong++;
		return 0;
	}
	s = &a->slots[*slot];
	if (nr != s->nr || !s->waits) {
		l->udp->late++;
		return 0;
	}
	if (memcmp(d, s->datagram, datagram_length(l)) != 0) {
		l->udp->wrong++;
		return 0;
	}
	s->waits = 0;
	if (l->udp->counting)
		sample_add(l, now_ns() - s->sent);
	return 1;
}

/* No datagram was there, so it may be the connection that has ended. */
static void
check_connection(struct conn *c)
{
	char    byte;
	ssize_t n;

	if ((n = recv(c->fd, &byte, 1, MSG_PEEK)) == 0 ||
	    (n == -1 && errno != EAGAIN && errno != EINTR))
		errx(1, "an association ended");
}

uint64_t
udp_count(struct load *l, uint64_t want)
{
	uint64_t     start = now_ns();
	unsigned int i;

	l->want = want;
	l->started = l->ended = 0;
	for (i = 0; i < l->nconns && want > 0; i++)
		l->on_next(l, &l->conns[i]);
	udp_wait(l);
	return now_ns() - start;
}

void
udp_wait(struct load *l)
{
	l->udp->progress = now_ns();
	while (l->ended < l->want && !l->stalled) {
		load_run(l, UDP_TICK_MS);
		resend(l);
		if (now_ns() - l->udp->progress >
		    (uint64_t)LOAD_STALL_MS * 1000000)
			l->stalled = 1;
	}
}

static void
resend(struct load *l)
{
	struct assoc *a;
	uint64_t      now = now_ns();
	unsigned int  i, k;

	for (i = 0; i < l->nconns; i++) {
		a = l->conns[i].arg;
		if (l->conns[i].state != CONN_OPEN || a->fd == -1)
			continue;
		for (k = 0; k < l->o->inflight; k++) {
			if (a->slots[k].waits && now > a->slots[k].sent &&
			    now - a->slots[k].sent >
				(uint64_t)UDP_LOST_MS * 1000000) {
				l->udp->lost++;
				udp_queue(a, k);
			}
		}
		if (a->nr > 0)
			udp_flush(l, a);
	}
}

void
udp_report(const struct udp *u, uint64_t n)
{
	report_u64("lost", u->lost);
	report_num("lost_percent",
	    n == 0 ? 0 : (double)u->lost * 100 / (double)(n + u->lost));
	report_u64("late", u->late);
	report_u64("wrong", u->wrong);
}
