/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Datagrams of an association, from its client to their destinations and back.
 *
 * A socket that has one datagram at a time is read by read(2); one that has
 * more by the batch.  Nothing is copied but the header of an answer, in front
 * of it, and what has to wait.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/role.h"
#include "compat/udp.h"
#include "relay/allow.h"
#include "relay/outlet.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/turn.h"
#include "relay/udp.h"
#include "socks/udp.h"

static int move_read(struct relay *, int, struct udp_pace *, unsigned int, int);
static void         up_sort(struct relay *, struct session *, unsigned int,
	    struct flow **, unsigned int *);
static int          up_is_client(const struct relay *, const struct session *,
	     unsigned int);
static struct flow *up_flow(struct relay *, struct session *, const uint8_t *,
    size_t);
static void    up_chain(struct relay *, struct flow *, unsigned int, size_t);
static void    up_send(struct relay *, struct session *, struct flow *);
static void    down_all(struct relay *, struct session *);
static void    down_send(struct relay *, struct session *, struct outlet *,
       struct flow **);
static void    down_add(struct outlet *, struct flow **, struct flow *);
static void    up_count(struct outlet *, struct flow *);
static int64_t flow_may(struct relay *, struct flow *);
static void    flow_moved(struct relay *, struct flow *, uint64_t, int64_t);
static int64_t pump_up(struct relay *, struct session *, struct flow *,
    int64_t);
static int64_t pump_down(struct relay *, struct session *, struct flow *,
    int64_t);

/*
 * As many datagrams as there are, or one, into the batch from that place on.  A
 * socket that has more than one the poller tells again in the next turn, which
 * is how we know; that there are more than one it keeps in mind, as it is
 * likely to be so again.  -1 if there are none: errors are of what was sent
 * before, and that is lost anyway.
 */
static int
move_read(struct relay *r, int fd, struct udp_pace *p, unsigned int at,
    int from)
{
	struct udp_batch *b = r->batch;
	int               again = r->turns - p->seen <= 1;
	ssize_t           n;

	p->seen = r->turns;
	if (p->many || again || from) {
		n = udp_batch_read(b, fd, at, UDP_BATCH - at, from);
		p->many = n > 1;
		return (int)n;
	}
	if ((n = read(fd, b->data[at], UDP_LONGEST)) == -1)
		return -1;
	b->len[at] = (size_t)n;
	return 1;
}

void
udp_up(struct relay *r, struct session *s)
{
	struct udp  *u = s->udp;
	struct flow *used[UDP_BATCH];
	unsigned int i, nused = 0;
	int          n, from = !u->clean;

	if ((n = move_read(r, s->end[UDP_CLIENT].fd, &u->pace, 0, from)) <= 0)
		return;
	/*
	 * All that came before it was connected has been seen, unless an error
	 * of what was sent to the client has ended the batch.
	 */
	if (n < UDP_BATCH && u->stats.ndown == 0)
		u->clean = 1;
	for (i = 0; i < (unsigned int)n; i++) {
		if (from && !up_is_client(r, s, i))
			udp_drop(r, s, DROP_STRANGER, 1);
		else
			up_sort(r, s, i, used, &nused);
	}
	for (i = 0; i < nused; i++)
		up_send(r, s, used[i]);
	s->active = r->now;
}

static int
up_is_client(const struct relay *r, const struct session *s, unsigned int i)
{
	const struct msg_udp_client *c = &s->udp->client;
	const struct udp_batch      *b = r->batch;
	struct addr                  addr;
	uint16_t                     port;

	return addr_from_sockaddr(&addr, &port,
		   (const struct sockaddr *)&b->from[i]) == 0 &&
	    port == c->port && addr_cmp(&addr, &c->addr) == 0;
}

/* Where a datagram of the batch goes: to others of its flow, for later. */
static void
up_sort(struct relay *r, struct session *s, unsigned int i, struct flow **used,
    unsigned int *nused)
{
	struct udp_batch *b = r->batch;
	struct flow      *f;
	size_t            head;

	switch (socks_udp_look(b->data[i], b->len[i], &head)) {
	case SOCKS_UDP_FRAGMENT:
		udp_drop(r, s, DROP_FRAGMENT, 1);
		return;
	case SOCKS_UDP_BAD:
		udp_drop(r, s, DROP_MALFORMED, 1);
		return;
	case SOCKS_UDP_OK:
		break;
	}
	if ((f = flow_find(s->udp, b->data[i], head)) == NULL ||
	    f->state == FLOW_REFUSED) {
		/* A new one may take the place of one of these. */
		while (*nused > 0)
			up_send(r, s, used[--*nused]);
		if ((f = up_flow(r, s, b->data[i], head)) == NULL)
			return;
	}
	if (f->state == FLOW_ASKED) {
		flow_wait(r, s, f, b->data[i] + head, b->len[i] - head);
		return;
	}
	if (f->first == UDP_NO_DATAGRAM)
		used[(*nused)++] = f;
	up_chain(r, f, i, head);
}

/* One to be asked for; NULL if the datagram is dropped. */
static struct flow *
up_flow(struct relay *r, struct session *s, const uint8_t *header, size_t len)
{
	struct flow  *f = flow_find(s->udp, header, len);
	enum udp_drop why;

	if (f != NULL && flow_due(r, f) > r->now) {
		udp_drop(r, s, (enum udp_drop)f->why, 1);
		return NULL;
	}
	if (f != NULL)
		flow_end(r, s, f);
	if ((f = flow_ask(r, s, header, len, &why)) == NULL)
		udp_drop(r, s, why, 1);
	return f;
}

static void
up_chain(struct relay *r, struct flow *f, unsigned int i, size_t head)
{
	if (f->first == UDP_NO_DATAGRAM)
		f->first = (uint8_t)i;
	else
		r->chain[f->last].next = (uint8_t)i;
	f->last = (uint8_t)i;
	r->chain[i].next = UDP_NO_DATAGRAM;
	r->chain[i].head = (uint16_t)head;
}

static void
up_send(struct relay *r, struct session *s, struct flow *f)
{
	struct udp_batch *b = r->batch;
	struct outlet     o;
	uint8_t          *data;
	size_t            len;
	unsigned int      i;
	int64_t           may = flow_may(r, f);

	outlet_init(&o, r, s, f->fd, &f->segment, &f->whole);
	for (i = f->first; i != UDP_NO_DATAGRAM; i = r->chain[i].next) {
		data = b->data[i] + r->chain[i].head;
		len = b->len[i] - r->chain[i].head;
		if (may <= 0) {
			flow_wait(r, s, f, data, len);
			continue;
		}
		outlet_add(&o, data, len);
		may -= (int64_t)len;
	}
	f->first = f->last = UDP_NO_DATAGRAM;
	outlet_send(&o);
	up_count(&o, f);
	flow_moved(r, f, o.bytes, may);
}

static void
up_count(struct outlet *o, struct flow *f)
{
	struct relay   *r = o->relay;
	struct session *s = o->session;

	f->nup += o->sent;
	f->up += o->bytes;
	s->udp->stats.nup += o->sent;
	s->end[CLIENT].bytes += o->bytes;
	r->role.counters.v[COUNTER_DATAGRAMS_UP] += o->sent;
	flow_use(r, s->udp, f);
}

/* What it may move now; nothing if it waits for a grant, or others do first. */
static int64_t
flow_may(struct relay *r, struct flow *f)
{
	struct member *m = &f->in.member;

	if (m->allow == NULL)
		return INT64_MAX;
	if (m->queue == QUEUE_ALLOW || f->room.n != 0)
		return 0;
	return allow_slice(r, m);
}

/* It has moved so much, and may still so much; what is left has its turn. */
static void
flow_moved(struct relay *r, struct flow *f, uint64_t bytes, int64_t may)
{
	struct member *m = &f->in.member;

	if (m->allow == NULL)
		return;
	allow_spend(m, (uint32_t)bytes);
	if (f->room.n != 0 || f->readable) {
		if (may > 0)
			turn_join(r, m);
		else
			allow_wait(r, m);
	}
	allow_more(r, m, (uint32_t)bytes);
}

void
udp_pump(struct relay *r, struct session *s, struct member *m)
{
	struct flow *f = flow_of(m);
	uint64_t     before;
	int64_t      may = INT64_MAX;

	/* The association itself has nothing to move. */
	if (!m->is_flow)
		return;
	if (m->allow != NULL)
		may = allow_slice(r, m);
	before = f->up + f->down;
	/* Both share a slice, so that neither is always first. */
	f->turn ^= 1;
	if (f->turn)
		may = pump_up(r, s, f, may);
	may = pump_down(r, s, f, may);
	if (!f->turn)
		may = pump_up(r, s, f, may);
	flow_moved(r, f, f->up + f->down - before, may);
	s->active = r->now;
}

/* Of what waits, as much as may go; what is left of that. */
static int64_t
pump_up(struct relay *r, struct session *s, struct flow *f, int64_t may)
{
	struct waiting *w;
	struct outlet   o;

	while (f->room.n != 0 && may > 0) {
		outlet_init(&o, r, s, f->fd, &f->segment, &f->whole);
		STAILQ_FOREACH(w, &f->waiting, entry) {
			if (o.n == UDP_BATCH || may <= 0)
				break;
			outlet_add(&o, w->data, w->len);
			may -= (int64_t)w->len;
		}
		outlet_send(&o);
		up_count(&o, f);
		flow_sent(r, s, f, o.n);
	}
	return may;
}

/* The same of what is in its socket; by a whole one more at the most. */
static int64_t
pump_down(struct relay *r, struct session *s, struct flow *f, int64_t may)
{
	struct udp   *u = s->udp;
	struct outlet o;
	struct flow  *of[UDP_BATCH];
	unsigned int  max = UDP_BATCH;
	uint64_t      before = f->down;
	int           n;

	if (f->in.member.allow == NULL || !f->readable || may <= 0)
		return may;
	if (may / UDP_LONGEST < UDP_BATCH)
		max = (unsigned int)(may / UDP_LONGEST) + 1;
	if ((n = udp_batch_read(r->batch, f->fd, 0, max, f->is_inbound)) == -1)
		return may; /* an error of what was sent, told once */
	if ((unsigned int)n < max)
		f->readable = 0;
	if (n != 0)
		flow_use(r, u, f);
	outlet_init(&o, r, s, s->end[UDP_CLIENT].fd, &u->segment, &u->whole);
	while (n-- > 0)
		down_add(&o, of, f);
	down_send(r, s, &o, of);
	return may - (int64_t)(f->down - before);
}

void
udp_down(struct relay *r, struct session *s, struct flow *f)
{
	struct udp    *u = s->udp;
	struct member *m = &f->in.member;

	/* One with an allowance has its own time. */
	if (m->allow != NULL) {
		f->readable = 1;
		if (m->queue == QUEUE_NONE)
			turn_join(r, m);
		return;
	}
	if (f->is_ready)
		return;
	f->is_ready = 1;
	if (TAILQ_EMPTY(&u->flows_ready))
		TAILQ_INSERT_TAIL(&r->udp_ready, u, ready);
	TAILQ_INSERT_TAIL(&u->flows_ready, f, ready);
}

void
udp_answers(struct relay *r)
{
	struct udp *u;

	while ((u = TAILQ_FIRST(&r->udp_ready)) != NULL)
		down_all(r, u->session);
}

/* One flow after the other, and all of them in one batch as long as it goes. */
static void
down_all(struct relay *r, struct session *s)
{
	struct udp   *u = s->udp;
	struct outlet o;
	struct flow  *f, *of[UDP_BATCH];
	int           n;

	outlet_init(&o, r, s, s->end[UDP_CLIENT].fd, &u->segment, &u->whole);
	while ((f = TAILQ_FIRST(&u->flows_ready)) != NULL) {
		udp_undo_down(r, s, f);
		if (o.n == UDP_BATCH)
			down_send(r, s, &o, of);
		if ((n = move_read(r, f->fd, &f->pace, o.n, f->is_inbound)) > 0)
			flow_use(r, u, f);
		while (n-- > 0)
			down_add(&o, of, f);
	}
	down_send(r, s, &o, of);
	s->active = r->now;
}

/* The next datagram of the batch, behind the header of its flow. */
static void
down_add(struct outlet *o, struct flow **of, struct flow *f)
{
	struct udp_batch *b = o->relay->batch;
	uint8_t          *at;
	struct addr       addr;
	uint16_t          port;

	/* From anybody of its family, so that all headers are as long. */
	if (f->is_inbound &&
	    addr_from_sockaddr(&addr, &port,
		(const struct sockaddr *)&b->from[o->n]) == 0)
		(void)socks_udp_put(f->head, &addr, port);
	at = b->data[o->n] - f->headlen;
	if (f->named) {
		memset(at, 0, SOCKS_UDP_LEAD);
		memcpy(at + SOCKS_UDP_LEAD, f->key, f->keylen);
	} else
		memcpy(at, f->head, f->headlen);
	of[o->n] = f;
	outlet_add(o, at, b->len[o->n] + f->headlen);
}

/* Those of the batch, and of which flows they are. */
static void
down_send(struct relay *r, struct session *s, struct outlet *o,
    struct flow **of)
{
	unsigned int i;

	o->sent = o->bytes = 0;
	outlet_send(o);
	for (i = 0; i < o->n; i++) {
		if (o->iov[i].iov_base == NULL)
			continue;
		of[i]->ndown++;
		of[i]->down += o->iov[i].iov_len - of[i]->headlen;
		o->bytes -= of[i]->headlen;
	}
	o->n = 0;
	s->udp->stats.ndown += o->sent;
	s->end[TARGET].bytes += o->bytes;
	r->role.counters.v[COUNTER_DATAGRAMS_DOWN] += o->sent;
}
