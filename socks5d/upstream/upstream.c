/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The upstream role: speaks to proxies on sockets that the router connected,
 * until a session is through to where it is to go.  Of UDP it has both sides
 * as long as an association lasts, as each datagram has a header there.
 *
 * It has the logins for the proxies and reads what these send, which nobody
 * else does before a session is through.  It cannot make or connect a socket;
 * what it tells a proxy to connect to is what the router said.
 */

#include <sys/types.h>
#include <sys/tree.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "conf/conf.h"
#include "conf/receiver.h"
#include "socks/socks.h"
#include "upstream/carrier.h"
#include "upstream/dial.h"
#include "upstream/upstream.h"

/*
 * UDP takes this part of the descriptors, so that there are some left for
 * dials however many flows there are.
 */
#define UDP_PART 2

RB_HEAD(dial_tree, dial);
RB_HEAD(carrier_tree, carrier);

struct upstream {
	struct role         role;
	struct dial_tree    dials;
	struct carrier_tree carriers;
};

static void upstream_on_dial(void *, struct peer *, struct msg *);
static void upstream_on_cancel(void *, struct peer *, struct msg *);
static void upstream_peer_down(void *, enum proc_id, unsigned int);
static int  upstream_dial(struct upstream *, uint64_t, int,
     const struct msg_upstream_dial *);
static int  upstream_task(const struct upstream *, const struct upstream_hop *,
     struct hop_task *);
static void upstream_where(const struct msg_upstream_dial *, unsigned int,
    struct hop_task *);
static void upstream_done(void *, struct dial *,
    const struct msg_upstream_done *);
static void upstream_answer(struct upstream *, uint64_t,
    const struct msg_upstream_done *);
static void upstream_refuse(struct upstream *, uint64_t, enum upstream_status,
    unsigned int);
static void upstream_drop(struct upstream *, struct dial *);
static struct dial *upstream_find(struct upstream *, uint64_t);
static int          dial_cmp(const struct dial *, const struct dial *);
static void         upstream_on_carry(void *, struct peer *, struct msg *);
static void         upstream_on_flow(void *, struct peer *, struct msg *);
static void         upstream_on_flow_end(void *, struct peer *, struct msg *);
static int          upstream_keep(struct upstream *, struct dial *);
static int          upstream_udp_fd(const struct upstream *, struct msg *);
static void         upstream_lost(void *, struct carrier *);
static void         carrier_drop(struct upstream *, struct carrier *);
static struct carrier *carrier_find(struct upstream *, uint64_t);
static int carrier_cmp(const struct carrier *, const struct carrier *);

RB_PROTOTYPE(carrier_tree, carrier, entry, carrier_cmp)
RB_GENERATE(carrier_tree, carrier, entry, carrier_cmp)
RB_PROTOTYPE(dial_tree, dial, entry, dial_cmp)
RB_GENERATE(dial_tree, dial, entry, dial_cmp)

static const role_handler upstream_handlers[MSG_MAX] = {
	[MSG_UPSTREAM_DIAL] = upstream_on_dial,
	[MSG_UPSTREAM_CANCEL] = upstream_on_cancel,
	[MSG_UPSTREAM_CARRY] = upstream_on_carry,
	[MSG_UPSTREAM_FLOW] = upstream_on_flow,
	[MSG_UPSTREAM_FLOW_END] = upstream_on_flow_end,
};

static const struct role_ops upstream_ops = {
	.conf = &conf_receiver,
	.handlers = upstream_handlers,
	.peer_down = upstream_peer_down,
};

_Noreturn void
upstream_main(struct child *child)
{
	struct upstream *u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		fatal("upstream: memory");
	RB_INIT(&u->dials);
	RB_INIT(&u->carriers);
	role_init(&u->role, child, &upstream_ops, u);
	role_run(&u->role);
}

static int
dial_cmp(const struct dial *a, const struct dial *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static struct dial *
upstream_find(struct upstream *u, uint64_t id)
{
	struct dial key;

	key.id = id;
	return RB_FIND(dial_tree, &u->dials, &key);
}

static void
upstream_on_dial(void *arg, struct peer *from, struct msg *m)
{
	struct upstream         *u = arg;
	struct msg_upstream_dial d;
	int                      fd;

	memset(&d, 0, sizeof(d));
	if (msg_get_upstream_dial(m, &d) == -1) {
		role_bad_peer(&u->role, from, "malformed upstream-dial");
		return;
	}
	if (upstream_find(u, m->id) != NULL || carrier_find(u, m->id) != NULL) {
		role_bad_peer(&u->role, from,
		    "upstream-dial for a second "
		    "time");
		return;
	}
	/* It came without if there was no room for it here. */
	if ((fd = msg_take_fd(m)) == -1 ||
	    upstream_dial(u, m->id, fd, &d) == -1)
		upstream_refuse(u, m->id, UPSTREAM_NO_RESOURCES, 0);
}

/* -1 if memory is short; the descriptor is taken in any case. */
static int
upstream_dial(struct upstream *u, uint64_t id, int fd,
    const struct msg_upstream_dial *m)
{
	struct dial *d;
	unsigned int i;

	d = dial_new(u->role.base, id, fd, m->nhops, upstream_done, u);
	if (d == NULL)
		return -1;
	for (i = 0; i < m->nhops; i++) {
		if (upstream_task(u, &m->hops[i], &d->hops[i].task) == -1) {
			dial_free(d);
			upstream_refuse(u, id, UPSTREAM_UNKNOWN, i);
			return 0;
		}
		upstream_where(m, i, &d->hops[i].task);
	}
	(void)RB_INSERT(dial_tree, &u->dials, d);
	dial_start(d, m->ms);
	return 0;
}

/* How to log in to the proxy; -1 if it is not just this one here. */
static int
upstream_task(const struct upstream *u, const struct upstream_hop *h,
    struct hop_task *t)
{
	const struct conf_upstream *cu;
	const struct conf_proxy    *p;
	unsigned int                n = 1;

	if (u->role.conf == NULL ||
	    (cu = conf_upstream_find(u->role.conf, h->upstream)) == NULL)
		return -1;
	TAILQ_FOREACH(p, &cu->members, entry) {
		if (n++ == h->member)
			break;
	}
	if (p == NULL || (unsigned int)p->protocol != h->protocol ||
	    addr_cmp(&p->addr, &h->addr) != 0 || p->port != h->port)
		return -1;
	t->protocol = p->protocol;
	(void)strlcpy(t->user, p->user, sizeof(t->user));
	(void)strlcpy(t->password, p->password, sizeof(t->password));
	return 0;
}

/* To the next hop; from the last one to the destination. */
static void
upstream_where(const struct msg_upstream_dial *m, unsigned int i,
    struct hop_task *t)
{
	if (i + 1 < m->nhops) {
		t->addr = m->hops[i + 1].addr;
		t->port = m->hops[i + 1].port;
		return;
	}
	t->addr = m->addr;
	(void)strlcpy(t->name, m->name, sizeof(t->name));
	t->port = m->port;
	t->udp = m->udp;
}

static void
upstream_done(void *arg, struct dial *d, const struct msg_upstream_done *done)
{
	struct upstream *u = arg;

	if (done->bound_port != 0 && upstream_keep(u, d) == -1)
		upstream_refuse(u, d->id, UPSTREAM_NO_RESOURCES, 0);
	else
		upstream_answer(u, d->id, done);
	upstream_drop(u, d);
}

/* The connection of a dial for UDP is that of the association. */
static int
upstream_keep(struct upstream *u, struct dial *d)
{
	struct carrier *c;
	int             fd = d->fd;

	d->fd = -1;
	c = carrier_new(&u->role, d->id, fd, upstream_lost, u);
	if (c == NULL)
		return -1;
	(void)RB_INSERT(carrier_tree, &u->carriers, c);
	return 0;
}

static void
upstream_refuse(struct upstream *u, uint64_t id, enum upstream_status status,
    unsigned int hop)
{
	struct msg_upstream_done done;

	memset(&done, 0, sizeof(done));
	done.status = status;
	done.rep = SOCKS_REP_FAILURE;
	done.hop = (uint8_t)hop;
	upstream_answer(u, id, &done);
}

/* A router that is gone wants no answer. */
static void
upstream_answer(struct upstream *u, uint64_t id,
    const struct msg_upstream_done *done)
{
	uint8_t     space[UPSTREAM_TEXT_SIZE + 16];
	struct wbuf b;

	log_debug("dial %llu: hop %u: %s%s%s", (unsigned long long)id,
	    done->hop, upstream_status_name(done->status),
	    done->text[0] == '\0' ? "" : ": ", done->text);
	wbuf_init(&b, space, sizeof(space));
	msg_put_upstream_done(&b, done);
	(void)role_send(&u->role, PROC_ROUTER, 0, MSG_UPSTREAM_DONE, id, &b,
	    -1);
}

/* Its answer may just have gone the other way. */
static void
upstream_on_cancel(void *arg, struct peer *from, struct msg *m)
{
	struct upstream *u = arg;
	struct dial     *d;
	struct carrier  *c;

	if ((d = upstream_find(u, m->id)) != NULL)
		upstream_drop(u, d);
	else if ((c = carrier_find(u, m->id)) != NULL)
		carrier_drop(u, c);
}

/* Sessions that a router had not opened yet end with it. */
static void
upstream_peer_down(void *arg, enum proc_id role, unsigned int instance)
{
	struct upstream *u = arg;
	struct dial     *d;
	struct carrier  *c;

	if (role != PROC_ROUTER)
		return;
	while ((d = RB_MIN(dial_tree, &u->dials)) != NULL)
		upstream_drop(u, d);
	while ((c = RB_MIN(carrier_tree, &u->carriers)) != NULL)
		carrier_drop(u, c);
}

static void
upstream_drop(struct upstream *u, struct dial *d)
{
	(void)RB_REMOVE(dial_tree, &u->dials, d);
	dial_free(d);
}

static int
carrier_cmp(const struct carrier *a, const struct carrier *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

static struct carrier *
carrier_find(struct upstream *u, uint64_t id)
{
	struct carrier key;

	key.id = id;
	return RB_FIND(carrier_tree, &u->carriers, &key);
}

static void
carrier_drop(struct upstream *u, struct carrier *c)
{
	(void)RB_REMOVE(carrier_tree, &u->carriers, c);
	carrier_free(c);
}

/* The proxy has ended it, or it cannot be. */
static void
upstream_lost(void *arg, struct carrier *c)
{
	struct upstream *u = arg;

	(void)role_send(&u->role, PROC_ROUTER, 0, MSG_UPSTREAM_LOST, c->id,
	    NULL, -1);
	carrier_drop(u, c);
}

/* -1 if it came without, or takes what is for dials. */
static int
upstream_udp_fd(const struct upstream *u, struct msg *m)
{
	int fd = msg_take_fd(m);

	if (fd != -1 &&
	    (uint32_t)fd >= u->role.child->start.nofile / UDP_PART) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* The association may have been lost while this was on its way; so below. */
static void
upstream_on_carry(void *arg, struct peer *from, struct msg *m)
{
	struct upstream *u = arg;
	struct carrier  *c;
	int              fd = upstream_udp_fd(u, m);

	if ((c = carrier_find(u, m->id)) == NULL) {
		if (fd != -1)
			(void)close(fd);
	} else if (fd == -1 || carrier_open(c, fd) == -1)
		upstream_lost(u, c);
}

static void
upstream_on_flow(void *arg, struct peer *from, struct msg *m)
{
	struct upstream         *u = arg;
	struct msg_upstream_flow f;
	struct carrier          *c;
	uint8_t                  data[4];
	struct wbuf              b;
	int                      fd;

	if (msg_get_upstream_flow(m, &f) == -1) {
		role_bad_peer(&u->role, from, "malformed upstream-flow");
		return;
	}
	fd = upstream_udp_fd(u, m);
	if ((c = carrier_find(u, m->id)) == NULL) {
		if (fd != -1)
			(void)close(fd);
		return;
	}
	if (fd != -1 && carrier_add(c, &f, fd) == 0)
		return;
	wbuf_init(&b, data, sizeof(data));
	wbuf_u32(&b, f.flow);
	(void)role_send(&u->role, PROC_ROUTER, 0, MSG_UPSTREAM_FLOW_END, m->id,
	    &b, -1);
}

static void
upstream_on_flow_end(void *arg, struct peer *from, struct msg *m)
{
	struct upstream *u = arg;
	struct carrier  *c;
	uint32_t         flow;

	if (msg_get_u32(m, &flow) == -1)
		role_bad_peer(&u->role, from, "malformed upstream-flow-end");
	else if ((c = carrier_find(u, m->id)) != NULL)
		carrier_remove(c, flow);
}
