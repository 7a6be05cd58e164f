/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Questions to other processes: see ask.h.
 */

#include <sys/time.h>

#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/role.h"
#include "control/ask.h"

/* How often the time limits are looked at. */
#define TICK_USEC 250000

static int probe_answered(struct asks *, const struct msg *, enum proc_id,
    unsigned int);
static struct ask  *find_asker(struct asks *, uint64_t, enum proc_id,
     unsigned int);
static struct ask  *find_owed(struct asks *, enum proc_id, unsigned int);
static void         tick_cb(evutil_socket_t, short, void *);
static struct ask  *find_late(struct asks *, uint64_t);
static int          is_silent(struct ask *, uint64_t);
static int          owes_alone(const struct ask *, enum proc_id *);
static struct peer *peer_of(const struct ask *, enum proc_id, unsigned int);
static void         forgive(struct ask *, enum proc_id, unsigned int);
static void         forgive_all(struct ask *);

void
asks_init(struct asks *as, struct role *r)
{
	memset(as, 0, sizeof(*as));
	as->role = r;
	TAILQ_INIT(&as->list);
	as->tick = event_new(r->base, -1, EV_PERSIST, tick_cb, as);
	if (as->tick == NULL)
		fatalx("no memory for questions");
}

void
ask_init(struct ask *a, struct asks *as, const struct ask_ops *ops, void *arg)
{
	memset(a, 0, sizeof(*a));
	a->asks = as;
	a->ops = ops;
	a->arg = arg;
}

void
ask_begin(struct ask *a, enum msg_type one, enum msg_type other)
{
	ask_end(a);
	a->begun = 1;
	a->results[0] = one;
	a->results[1] = other;
	memset(a->late, 0, sizeof(a->late));
	ask_round(a);
	TAILQ_INSERT_TAIL(&a->asks->list, a, entry);
}

void
ask_end(struct ask *a)
{
	if (!a->begun)
		return;
	a->begun = 0;
	a->request = 0;
	a->waiting = 0;
	a->probe = 0;
	memset(a->owed, 0, sizeof(a->owed));
	TAILQ_REMOVE(&a->asks->list, a, entry);
}

void
ask_round(struct ask *a)
{
	a->request = ++a->asks->last_id;
	a->heard_ms = clock_ms();
	a->deadline_ms = a->heard_ms + ASK_ANSWER_MS;
	a->probe = 0;
}

void
ask_allow(struct ask *a, uint64_t ms)
{
	a->deadline_ms = clock_ms() + ms;
}

int
ask_one(struct ask *a, enum proc_id id, unsigned int instance,
    enum msg_type type, const struct wbuf *b)
{
	static const struct timeval period = { 0, TICK_USEC };

	if (ask_add(a, id, instance, type, b) == -1)
		return -1;
	a->owed[id][instance]++;
	a->waiting++;
	if (!event_pending(a->asks->tick, EV_TIMEOUT, NULL))
		(void)event_add(a->asks->tick, &period);
	return 0;
}

int
ask_add(struct ask *a, enum proc_id id, unsigned int instance,
    enum msg_type type, const struct wbuf *b)
{
	return peer_send(peer_of(a, id, instance), type, a->request, b, -1);
}

void
ask_role(struct ask *a, enum proc_id id, enum msg_type type)
{
	unsigned int i;

	for (i = 0; i < proc_instances(id); i++)
		(void)ask_one(a, id, i, type, NULL);
}

void
ask_all(struct ask *a, enum msg_type type)
{
	unsigned int id;

	for (id = 0; id < PROC_MAX; id++) {
		if (msg_goes(type, PROC_CONTROL, (enum proc_id)id))
			ask_role(a, (enum proc_id)id, type);
	}
}

/* An answer that nobody waits for any more is late, not wrong. */
void
asks_on_answer(struct asks *as, struct peer *p, const struct msg *m)
{
	struct ask  *a;
	enum proc_id id = channel_peer(peer_channel(p));
	unsigned int instance = channel_instance(peer_channel(p));

	if (m->type == MSG_COUNTERS_RES && probe_answered(as, m, id, instance))
		return;
	if ((a = find_asker(as, m->id, id, instance)) == NULL)
		return;
	/* The right id with the answer to another question. */
	if (m->type != a->results[0] && m->type != a->results[1]) {
		role_bad_peer(as->role, p, msg_name(m->type));
		return;
	}
	switch (a->ops->answer(a->arg, p, m)) {
	case ASK_LAST:
		if (!a->begun)
			return;
		a->owed[id][instance]--;
		a->waiting--;
		break;
	case ASK_MORE:
		break;
	case ASK_BAD:
		/* This ends the peer, and asks_on_gone() the waiting. */
		role_bad_peer(as->role, p, msg_name(m->type));
		return;
	}
	if (a->begun && a->waiting == 0)
		a->ops->done(a->arg);
}

/* It lives: what it was asked for takes as long as it takes. */
static int
probe_answered(struct asks *as, const struct msg *m, enum proc_id id,
    unsigned int instance)
{
	struct ask *a;

	TAILQ_FOREACH(a, &as->list, entry) {
		if (a->probe == 0 || a->probe != m->id ||
		    a->owed[id][instance] == 0)
			continue;
		a->probe = 0;
		a->heard_ms = clock_ms();
		return 1;
	}
	return 0;
}

static struct ask *
find_asker(struct asks *as, uint64_t request, enum proc_id id,
    unsigned int instance)
{
	struct ask *a;

	TAILQ_FOREACH(a, &as->list, entry) {
		if (a->request == request && a->owed[id][instance] != 0)
			return a;
	}
	return NULL;
}

static struct ask *
find_owed(struct asks *as, enum proc_id id, unsigned int instance)
{
	struct ask *a;

	TAILQ_FOREACH(a, &as->list, entry) {
		if (a->owed[id][instance] != 0)
			return a;
	}
	return NULL;
}

/* Who is told may begin and end any: so it is looked anew each time. */
void
asks_on_gone(struct asks *as, enum proc_id id, unsigned int instance)
{
	struct ask *a;

	while ((a = find_owed(as, id, instance)) != NULL) {
		forgive(a, id, instance);
		if (a->waiting == 0)
			a->ops->done(a->arg);
	}
}

/* While no answer is due nothing runs, and the process sleeps. */
static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct asks *as = arg;
	struct ask  *a;
	uint64_t     now = clock_ms();

	while ((a = find_late(as, now)) != NULL) {
		forgive_all(a);
		a->ops->done(a->arg);
	}
	TAILQ_FOREACH(a, &as->list, entry) {
		if (a->waiting != 0)
			return;
	}
	(void)event_del(as->tick);
}

static struct ask *
find_late(struct asks *as, uint64_t now)
{
	struct ask *a;

	TAILQ_FOREACH(a, &as->list, entry) {
		if (a->waiting != 0 &&
		    (now >= a->deadline_ms || is_silent(a, now)))
			return a;
	}
	return NULL;
}

/*
 * Long questions are for one process at a time.  If it hangs they end in
 * seconds and not with the time that the work may take.
 */
static int
is_silent(struct ask *a, uint64_t now)
{
	enum proc_id id;

	if (!owes_alone(a, &id))
		return 0;
	/* It may have been asked since now. */
	if (a->probe != 0)
		return now >= a->probe_ms +
		    (id == PROC_PARENT ? ASK_PROBE_PARENT_MS : ASK_PROBE_MS);
	if (now >= a->heard_ms + ASK_ANSWER_MS) {
		a->probe = ++a->asks->last_id;
		a->probe_ms = now;
		(void)peer_send(peer_of(a, id, 0), MSG_COUNTERS_REQ, a->probe,
		    NULL, -1);
	}
	return 0;
}

/* The first of those that are alone in their role. */
static int
owes_alone(const struct ask *a, enum proc_id *id)
{
	unsigned int i;

	for (i = 0; i < PROC_MAX; i++) {
		if (a->owed[i][0] != 0 && proc_instances((enum proc_id)i) == 1)
			break;
	}
	*id = (enum proc_id)i;
	return i < PROC_MAX;
}

static struct peer *
peer_of(const struct ask *a, enum proc_id id, unsigned int instance)
{
	const struct role *r = a->asks->role;

	return id == PROC_PARENT ? r->parent : role_peer(r, id, instance);
}

static void
forgive_all(struct ask *a)
{
	unsigned int id, i;

	for (id = 0; id < PROC_MAX; id++) {
		for (i = 0; i < RELAYS_MAX; i++) {
			if (a->owed[id][i] != 0)
				forgive(a, (enum proc_id)id, i);
		}
	}
}

static void
forgive(struct ask *a, enum proc_id id, unsigned int instance)
{
	a->waiting -= a->owed[id][instance];
	a->owed[id][instance] = 0;
	ask_set_late(a, id, instance);
}

void
ask_set_late(struct ask *a, enum proc_id id, unsigned int instance)
{
	a->late[id] |= UINT64_C(1) << instance;
}

int
ask_is_late(const struct ask *a, enum proc_id id, unsigned int instance)
{
	return (a->late[id] & UINT64_C(1) << instance) != 0;
}

int
ask_late(const struct ask *a, char *dst, size_t size)
{
	char         who[32];
	unsigned int id, i, n = 0;

	dst[0] = '\0';
	for (id = 0; id < PROC_MAX; id++) {
		for (i = 0; i < RELAYS_MAX; i++) {
			if (!ask_is_late(a, (enum proc_id)id, i))
				continue;
			(void)snprintf(who, sizeof(who), "%s%s %u",
			    n++ == 0 ? "" : ", ", proc_name((enum proc_id)id),
			    i);
			(void)strlcat(dst, who, size);
		}
	}
	return n != 0;
}
