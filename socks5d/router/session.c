/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The router's record of each session, from accept to its end: see session.h.
 *
 * It posts a session's kill to its relay and nothing else; what becomes of a
 * session is decided above it.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/budget.h"
#include "base/clock.h"
#include "base/msg_codec.h"
#include "base/role.h"
#include "base/session.h"
#include "router/identity.h"
#include "router/listener.h"
#include "router/rulestat.h"
#include "router/session.h"
#include "router/source.h"
#include "router/state.h"

/* More bytes in a millisecond no session moves, on no host: 128 GB a second. */
#define MOVED_MS_MAX (128 * 1024 * 1024)

/* As many as there are clients: whoever makes it larger pays for each. */
_Static_assert(sizeof(struct session) <= 264, "a chunk of 272 for malloc");

static int sess_cmp(const struct session *, const struct session *);
static int sess_tell_kill(struct router *, const struct session *);

RB_GENERATE(sess_tree, session, node, sess_cmp)

void
sess_init(struct router *r)
{
	uint32_t     incarnation = r->role.child->start.incarnation;
	unsigned int i;

	RB_INIT(&r->sessions);
	for (i = 0; i < RELAYS_MAX; i++)
		TAILQ_INIT(&r->doomed[i]);
	/* The first router counts from 1, which reads best. */
	if (incarnation > 1)
		r->last_id = (uint64_t)(incarnation - 1) << ID_SERIAL_BITS;
}

struct session *
sess_new(struct router *r, unsigned int relay)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->id = ++r->last_id;
	s->relay = (uint16_t)relay;
	s->state = SESSION_HANDSHAKE;
	s->rep = REP_NONE;
	s->start_ms = clock_ms();
	(void)RB_INSERT(sess_tree, &r->sessions, s);
	r->nsessions++;
	sess_weigh(r, s, BUDGET_SESSION);
	return s;
}

void
sess_weigh(struct router *r, struct session *s, uint16_t sockets)
{
	r->nsockets += (uint32_t)sockets - s->sockets;
	r->load[s->relay] += (uint32_t)sockets - s->sockets;
	s->sockets = sockets;
}

int
sess_full(const struct router *r)
{
	return r->nsessions >= r->max_sessions ||
	    r->nsockets + BUDGET_SESSION > r->max_sockets;
}

static int
sess_cmp(const struct session *a, const struct session *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

struct session *
sess_byid(struct router *r, uint64_t id)
{
	struct session key;

	key.id = id;
	return RB_FIND(sess_tree, &r->sessions, &key);
}

struct session *
sess_of(struct router *r, struct peer *from, uint64_t id)
{
	struct session *s;

	if ((s = sess_byid(r, id)) == NULL ||
	    s->relay != channel_instance(peer_channel(from)))
		return NULL;
	return s;
}

struct session *
sess_after(struct router *r, uint64_t id)
{
	struct session key;

	if (id == UINT64_MAX)
		return NULL;
	key.id = id + 1;
	return RB_NFIND(sess_tree, &r->sessions, &key);
}

void
sess_free(struct router *r, struct session *s)
{
	sess_begun(r, s);
	sess_settle(r, s);
	if (s->untold)
		TAILQ_REMOVE(&r->doomed[s->relay], s, doomed);
	(void)RB_REMOVE(sess_tree, &r->sessions, s);
	r->nsessions--;
	sess_weigh(r, s, 0);
	rule_stat_release(s->rule);
	listener_release(r, s->listener);
	free(s->name);
	free(s->hint);
	free(s->identity);
	free(s->held);
	free(s->here);
	free(s);
}

void
sess_arrived(struct session *s, int fd)
{
	struct sockaddr_storage ss;
	struct addr            *here;
	socklen_t               len = sizeof(ss);
	uint16_t                port;

	if ((here = malloc(sizeof(*here))) == NULL)
		return;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    addr_from_sockaddr(here, &port, (struct sockaddr *)&ss) == -1) {
		free(here);
		return;
	}
	free(s->here);
	s->here = here;
}

const struct addr *
sess_here(const struct session *s)
{
	if (s->here != NULL)
		return s->here;
	if (s->listener == NULL || addr_is_unspecified(&s->listener->conf.addr))
		return NULL;
	return &s->listener->conf.addr;
}

void
sess_here_forget(struct session *s)
{
	free(s->here);
	s->here = NULL;
}

void
sess_begun(struct router *r, struct session *s)
{
	if (s->due_ms == 0)
		return;
	TAILQ_REMOVE(&r->handshakes, s, half);
	s->due_ms = 0;
}

void
sess_settle(struct router *r, struct session *s)
{
	source_release(r, s->source);
	s->source = NULL;
}

void
sess_ruled(struct session *s, struct rule_stat *rule)
{
	rule->refs++;
	rule_stat_release(s->rule);
	s->rule = rule;
}

int
sess_may_move(uint64_t bytes, uint64_t start_ms)
{
	return bytes / MOVED_MS_MAX <= clock_ms() - start_ms + 1;
}

void
sess_kill(struct router *r, struct session *s, enum session_cause cause)
{
	if (s->killed)
		return;
	s->killed = 1;
	s->cause = (uint8_t)cause;
	if (r->sess_killed != NULL)
		r->sess_killed(r, s);
	if (sess_tell_kill(r, s))
		return;
	sess_begun(r, s); /* its entry is needed */
	s->untold = 1;
	TAILQ_INSERT_TAIL(&r->doomed[s->relay], s, doomed);
}

/* False if there is no room: a session must not stay open for that. */
static int
sess_tell_kill(struct router *r, const struct session *s)
{
	return role_post(&r->role, PROC_RELAY, s->relay, MSG_SESSION_KILL,
		   s->id, NULL, -1) == 0;
}

void
sess_relay_drained(struct router *r, unsigned int relay)
{
	struct sessions *q = &r->doomed[relay];
	struct session  *s;

	while ((s = TAILQ_FIRST(q)) != NULL && sess_tell_kill(r, s)) {
		TAILQ_REMOVE(q, s, doomed);
		s->untold = 0;
	}
}

void
sess_facts(const struct router *r, const struct session *s,
    struct session_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->client = s->client;
	f->client_port = s->client_port;
	f->listener = s->listener == NULL ? 0 : s->listener->conf.id;
	f->command = (enum session_command)s->command;
	if (s->name != NULL)
		(void)strlcpy(f->name, s->name, sizeof(f->name));
	(void)strlcpy(f->user, identity_name(s), sizeof(f->user));
	f->target = s->target;
	f->target_port = s->target_port;
	f->generation = r->role.conf->generation;
	f->rule = s->rule == NULL ? RULE_NONE : s->rule->number;
	f->limits = s->rule == NULL ? 0 : s->rule->known;
	f->start_ms = s->start_ms;
	f->connect_ms = s->connect_ms;
}
