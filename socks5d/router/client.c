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
 * The router's record of each session, and what relays say about them.
 *
 * Linked by the router alone.  A relay can speak only of sessions that it was
 * given: id and channel must agree, or it broke the rules.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "router/state.h"

#define BUCKETS		1024	/* at first; a power of 2 */

/*
 * Ids carry the number of the router's start above these bits, so that none
 * is used twice while relays outlive routers.
 */
#define ID_SERIAL_BITS	40

static void		 buckets_grow(struct router *);
static int		 clients_sort(struct router *);
static int		 client_cmp(const void *, const void *);
static struct client	*client_of(struct router *, struct peer *,
			    uint64_t);
static void		 client_end(struct router *, struct client *,
			    const struct session_closed *);
static void		 client_adopt(struct router *, struct client *,
			    const struct session_facts *);

void
client_init(struct router *r)
{
	uint32_t	incarnation = r->role.child->start.incarnation;

	TAILQ_INIT(&r->clients);
	r->nbuckets = BUCKETS;
	if ((r->bucket = calloc(r->nbuckets, sizeof(*r->bucket))) == NULL)
		fatal("router: memory");
	/* The first router counts from 1, which reads best. */
	if (incarnation > 1)
		r->last_id = (uint64_t)(incarnation - 1) << ID_SERIAL_BITS;
}

struct client *
client_new(struct router *r, unsigned int relay)
{
	struct client	*s, *last;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->id = ++r->last_id;
	s->relay = (uint16_t)relay;
	s->state = SESSION_HANDSHAKE;
	s->rep = REP_NONE;
	s->start_ms = clock_ms();
	buckets_grow(r);
	last = TAILQ_LAST(&r->clients, clients);
	if (last != NULL && last->id > s->id)
		r->unsorted = 1;
	LIST_INSERT_HEAD(&r->bucket[s->id & (r->nbuckets - 1)], s, byid);
	TAILQ_INSERT_TAIL(&r->clients, s, entry);
	r->nsessions++;
	r->load[relay]++;
	return s;
}

static void
buckets_grow(struct router *r)
{
	struct client_bucket	*bucket;
	struct client		*s;
	size_t			 i, n;

	if (r->nsessions < r->nbuckets)
		return;
	n = r->nbuckets * 2;
	if ((bucket = calloc(n, sizeof(*bucket))) == NULL)
		return;		/* longer chains, nothing worse */
	for (i = 0; i < r->nbuckets; i++) {
		while ((s = LIST_FIRST(&r->bucket[i])) != NULL) {
			LIST_REMOVE(s, byid);
			LIST_INSERT_HEAD(&bucket[s->id & (n - 1)], s, byid);
		}
	}
	free(r->bucket);
	r->bucket = bucket;
	r->nbuckets = n;
}

struct client *
client_byid(struct router *r, uint64_t id)
{
	struct client	*s;

	LIST_FOREACH(s, &r->bucket[id & (r->nbuckets - 1)], byid)
		if (s->id == id)
			break;
	return s;
}

struct client *
client_after(struct router *r, uint64_t id)
{
	struct client	*s;

	if (r->unsorted && clients_sort(r) == -1)
		return NULL;
	if ((s = client_byid(r, id)) != NULL)
		return TAILQ_NEXT(s, entry);
	TAILQ_FOREACH(s, &r->clients, entry)
		if (s->id > id)
			break;
	return s;
}

/*
 * New sessions come in order, adopted ones as their relays tell of them; once
 * for all of these is cheaper than once for each.
 */
static int
clients_sort(struct router *r)
{
	struct client	**all, *s;
	size_t		  i, n = 0;

	if ((all = reallocarray(NULL, r->nsessions, sizeof(*all))) == NULL)
		return -1;	/* the next list may have better luck */
	while ((s = TAILQ_FIRST(&r->clients)) != NULL) {
		TAILQ_REMOVE(&r->clients, s, entry);
		all[n++] = s;
	}
	qsort(all, n, sizeof(*all), client_cmp);
	for (i = 0; i < n; i++)
		TAILQ_INSERT_TAIL(&r->clients, all[i], entry);
	free(all);
	r->unsorted = 0;
	return 0;
}

static int
client_cmp(const void *a, const void *b)
{
	const struct client	*const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

void
client_free(struct router *r, struct client *s)
{
	request_cancel(r, s);
	client_settle(r, s);
	LIST_REMOVE(s, byid);
	TAILQ_REMOVE(&r->clients, s, entry);
	r->nsessions--;
	r->load[s->relay]--;
	rule_stat_release(s->rule);
	listener_release(r, s->listener);
	free(s->name);
	free(s->hint);
	free(s);
	if (r->nsessions < r->max_sessions)
		accept_resume(r, PAUSE_SESSIONS);
	router_check_drained(r);
}

void
client_settle(struct router *r, struct client *s)
{
	if (s->source == NULL)
		return;
	TAILQ_REMOVE(&r->half_open, s, half);
	source_release(r, s->source);
	s->source = NULL;
}

/* The session, if it is one that this relay holds. */
static struct client *
client_of(struct router *r, struct peer *from, uint64_t id)
{
	struct client	*s;

	if ((s = client_byid(r, id)) == NULL ||
	    s->relay != channel_instance(peer_channel(from)))
		return NULL;
	return s;
}

void
client_on_open(void *arg, struct peer *from, struct msg *m)
{
	struct router		*r = arg;
	struct msg_session_open	 o;
	struct client		*s;

	if (msg_get_session_open(m, &o) == -1) {
		role_bad_peer(&r->role, from, "malformed session-open");
		return;
	}
	if ((s = client_of(r, from, m->id)) == NULL ||
	    s->state != SESSION_HANDSHAKE) {
		role_bad_peer(&r->role, from,
		    "session-open for a session that is not its to open");
		return;
	}
	client_settle(r, s);
	request_start(r, s, &o);
}

void
client_on_closed(void *arg, struct peer *from, struct msg *m)
{
	struct router		*r = arg;
	struct session_closed	 c;
	struct client		*s;
	struct rbuf		 b;

	rbuf_init(&b, m->data, m->len);
	while (b.left != 0) {
		if (session_closed_get(&b, &c) == -1) {
			role_bad_peer(&r->role, from,
			    "malformed session-closed");
			return;
		}
		/* Unknown: from before this router, without a target. */
		if ((s = client_byid(r, c.id)) == NULL)
			continue;
		if (s->relay != channel_instance(peer_channel(from))) {
			role_bad_peer(&r->role, from,
			    "session-closed for another relay's session");
			return;
		}
		client_end(r, s, &c);
	}
}

static void
client_end(struct router *r, struct client *s,
    const struct session_closed *c)
{
	if (s->cause == CAUSE_NONE)
		s->cause = (uint8_t)c->cause;
	s->rep = c->rep;
	s->up = c->up;
	s->down = c->down;
	if (s->rule != NULL && c->rep == 0) {
		s->rule->up += c->up;
		s->rule->down += c->down;
	}
	role_count(&r->role, COUNTER_SESSIONS_CLOSED);
	report_session(r, s);
	client_free(r, s);
}

void
client_relay_down(struct router *r, unsigned int relay)
{
	struct session_closed	 c = { .cause = CAUSE_RELAY_DIED,
				    .rep = REP_NONE };
	struct client		*s, *next;

	for (s = TAILQ_FIRST(&r->clients); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->relay == relay)
			client_end(r, s, &c);
	}
}

void
client_kill(struct router *r, struct client *s, enum session_cause cause)
{
	if (s->killed)
		return;
	s->killed = 1;
	s->cause = (uint8_t)cause;
	(void)role_post(&r->role, PROC_RELAY, s->relay, MSG_SESSION_KILL,
	    s->id, NULL, -1);
}

void
client_facts_of(const struct router *r, const struct client *s,
    struct session_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->client = s->client;
	f->client_port = s->client_port;
	f->listener = s->listener == NULL ? 0 : s->listener->id;
	f->command = (enum session_command)s->command;
	if (s->name != NULL)
		(void)strlcpy(f->name, s->name, sizeof(f->name));
	f->target = s->target;
	f->target_port = s->target_port;
	f->generation = r->role.conf->generation;
	f->rule = s->rule == NULL ? RULE_NONE : s->rule->number;
	f->start_ms = s->start_ms;
	f->connect_ms = s->connect_ms;
}

/* A relay that outlived the last router tells of a session it still has. */
void
client_on_adopt(void *arg, struct peer *from, struct msg *m)
{
	struct router		*r = arg;
	struct session_facts	 f;
	struct client		*s;
	struct rbuf		 b;
	uint64_t		 last;

	rbuf_init(&b, m->data, m->len);
	if (session_facts_get(&b, &f) == -1 || !rbuf_done(&b)) {
		role_bad_peer(&r->role, from, "malformed session-adopt");
		return;
	}
	/* Only ids of former routers: none can shadow one of ours. */
	if (client_byid(r, m->id) != NULL || m->id >> ID_SERIAL_BITS >=
	    r->role.child->start.incarnation - 1) {
		role_bad_peer(&r->role, from, "session-adopt out of place");
		return;
	}
	/* Nor more than it can hold, or there would be no end to them. */
	if (r->load[channel_instance(peer_channel(from))] >= accept_room(r)) {
		role_bad_peer(&r->role, from, "session-adopt without end");
		return;
	}
	last = r->last_id;
	r->last_id = m->id - 1;
	s = client_new(r, channel_instance(peer_channel(from)));
	r->last_id = last;
	if (s == NULL) {
		log_warn("router: no memory to adopt a session");
		return;
	}
	client_adopt(r, s, &f);
}

static void
client_adopt(struct router *r, struct client *s,
    const struct session_facts *f)
{
	s->state = SESSION_OPEN;
	s->client = f->client;
	s->client_port = f->client_port;
	s->listener = listener_hold(r, f->listener);
	s->command = (uint8_t)f->command;
	s->target = f->target;
	s->target_port = f->target_port;
	s->start_ms = f->start_ms;
	s->connect_ms = f->connect_ms;
	if (f->name[0] != '\0')
		s->name = strdup(f->name);
	if (r->role.conf != NULL && f->generation == r->role.conf->generation)
		s->rule = rule_stat_hold(r, f->rule);
	role_count(&r->role, COUNTER_SESSIONS_ACCEPTED);
}
