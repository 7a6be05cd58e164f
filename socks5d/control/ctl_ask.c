/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a command asks of other processes, and what becomes of the answers.
 *
 * Linked by control.  Every answer that is due is counted by who owes it, so
 * that a process which dies, hangs or babbles can neither hold up a command
 * nor answer for another one.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/role.h"
#include "control/ctl.h"

static int	probe_answered(struct ctl *, const struct msg *);
static struct ctl_conn
		*find_asker(struct ctl *, uint64_t, enum proc_id,
		    unsigned int);
static void	forgive(struct ctl_conn *, enum proc_id, unsigned int);

void
ctl_step(struct ctl_conn *c)
{
	while (c->command != NULL && c->waiting == 0 && !c->paced)
		c->command->proceed(c);
}

void *
ctl_state(struct ctl_conn *c, size_t size)
{
	if ((c->state = calloc(1, size)) == NULL)
		ctl_done(c, RESULT_REFUSED, "out of memory");
	return c->state;
}

void
ctl_round(struct ctl_conn *c)
{
	c->request = ++c->ctl->last_request;
	c->heard_ms = clock_ms();
	c->deadline_ms = c->heard_ms + CTL_ANSWER_MS;
	c->probe = 0;
}

int
ctl_ask(struct ctl_conn *c, enum proc_id id, unsigned int instance,
    enum msg_type type, const struct wbuf *b)
{
	struct role	*r = c->ctl->role;
	struct peer	*p;

	p = id == PROC_PARENT ? r->parent : role_peer(r, id, instance);
	if (peer_send(p, type, c->request, b, -1) == -1)
		return -1;
	c->owed[id][instance]++;
	c->waiting++;
	return 0;
}

/* An answer that nobody waits for any more is late, not wrong. */
void
ctl_on_answer(struct ctl *ctl, struct peer *p, const struct msg *m)
{
	struct ctl_conn	*c;
	enum proc_id	 id;
	unsigned int	 instance;

	id = channel_peer(peer_channel(p));
	instance = channel_instance(peer_channel(p));
	if (m->type == MSG_COUNTERS_RES && probe_answered(ctl, m))
		return;
	if ((c = find_asker(ctl, m->id, id, instance)) == NULL)
		return;
	/* The right id with another command's answer. */
	if (m->type != c->command->results[0] &&
	    m->type != c->command->results[1]) {
		role_bad_peer(ctl->role, p, msg_name(m->type));
		return;
	}
	switch (c->command->answer(c, p, m)) {
	case CTL_ANSWER_LAST:
		if (c->command != NULL) {
			c->owed[id][instance]--;
			c->waiting--;
		}
		break;
	case CTL_ANSWER_MORE:
		break;
	case CTL_ANSWER_BAD:
		/* This ends the peer, and ctl_on_gone() the waiting. */
		role_bad_peer(ctl->role, p, msg_name(m->type));
		return;
	}
	ctl_step(c);
}

/* It lives: what it was asked for takes as long as it takes. */
static int
probe_answered(struct ctl *ctl, const struct msg *m)
{
	struct ctl_conn	*c;

	TAILQ_FOREACH(c, &ctl->conns, entry) {
		if (c->probe == 0 || c->probe != m->id)
			continue;
		c->probe = 0;
		c->heard_ms = clock_ms();
		return 1;
	}
	return 0;
}

/*
 * Long commands ask one process at a time.  If it hangs they end in seconds
 * and not with the time that the work may take.
 */
void
ctl_probe(struct ctl_conn *c, uint64_t now)
{
	struct role	*r = c->ctl->role;
	struct peer	*p;
	unsigned int	 id;
	uint64_t	 patience;

	for (id = 0; id < PROC_MAX && c->owed[id][0] == 0; id++)
		;
	if (id == PROC_MAX)
		return;
	patience = id == PROC_PARENT ? CTL_PROBE_PARENT_MS : CTL_PROBE_MS;
	if (c->probe != 0 && now - c->probe_ms >= patience) {
		ctl_on_late(c);
	} else if (c->probe == 0 && now - c->heard_ms >= CTL_ANSWER_MS) {
		c->probe = ++c->ctl->last_request;
		c->probe_ms = now;
		p = id == PROC_PARENT ? r->parent :
		    role_peer(r, (enum proc_id)id, 0);
		(void)peer_send(p, MSG_COUNTERS_REQ, c->probe, NULL, -1);
	}
}

static struct ctl_conn *
find_asker(struct ctl *ctl, uint64_t request, enum proc_id id,
    unsigned int instance)
{
	struct ctl_conn	*c;

	TAILQ_FOREACH(c, &ctl->conns, entry) {
		if (c->command != NULL && c->request == request &&
		    c->owed[id][instance] != 0)
			return c;
	}
	return NULL;
}

void
ctl_on_gone(struct ctl *ctl, enum proc_id id, unsigned int instance)
{
	struct ctl_conn	*c;

	TAILQ_FOREACH(c, &ctl->conns, entry) {
		if (c->command == NULL || c->owed[id][instance] == 0)
			continue;
		forgive(c, id, instance);
		ctl_step(c);
	}
}

void
ctl_on_late(struct ctl_conn *c)
{
	unsigned int	id, i;

	for (id = 0; id < PROC_MAX; id++) {
		for (i = 0; i < RELAYS_MAX; i++) {
			if (c->owed[id][i] == 0)
				continue;
			forgive(c, (enum proc_id)id, i);
		}
	}
	ctl_step(c);
}

static void
forgive(struct ctl_conn *c, enum proc_id id, unsigned int instance)
{
	c->waiting -= c->owed[id][instance];
	c->owed[id][instance] = 0;
	ctl_set_late(c, id, instance);
}

void
ctl_set_late(struct ctl_conn *c, enum proc_id id, unsigned int instance)
{
	c->late[id] |= UINT64_C(1) << instance;
}

int
ctl_late(const struct ctl_conn *c, char *dst, size_t size)
{
	char		who[32];
	unsigned int	id, i, n = 0;

	dst[0] = '\0';
	for (id = 0; id < PROC_MAX; id++) {
		for (i = 0; i < RELAYS_MAX; i++) {
			if ((c->late[id] & UINT64_C(1) << i) == 0)
				continue;
			(void)snprintf(who, sizeof(who), "%s%s %u",
			    n++ == 0 ? "" : ", ",
			    proc_name((enum proc_id)id), i);
			(void)strlcat(dst, who, size);
		}
	}
	return n != 0;
}
