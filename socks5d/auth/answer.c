/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Answers: the router hears who it is, then the relay what to tell the client.
 * That of a failure is late, and the later the more of them came from there.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "auth/state.h"
#include "base/clock.h"
#include "base/log.h"

#define DELAY_FIRST_MS 250

static void answer_now(struct auth *, struct login *, enum login_status,
    const struct user_entry *);
static void answer_send(struct auth *, unsigned int, uint64_t,
    const struct msg_session_user *);
static void answer_schedule(struct auth *, uint64_t);
static void answer_timer_cb(evutil_socket_t, short, void *);
static int  login_cmp(const struct login *, const struct login *);

RB_GENERATE(login_tree, login, bysession, login_cmp)

void
answer_init(struct auth *a)
{
	unsigned int i;

	RB_INIT(&a->logins);
	shares_init(&a->shares, LOGINS_MAX, LOGINS_PART, 1);
	for (i = 0; i < DELAY_STEPS; i++)
		TAILQ_INIT(&a->delayed[i]);
	a->delay_timer = evtimer_new(a->role.base, answer_timer_cb, a);
	if (a->delay_timer == NULL)
		fatalx("auth: memory");
}

void
answer_ok(struct auth *a, struct login *l, const struct user_entry *e)
{
	role_count(&a->role, COUNTER_LOGINS_OK);
	answer_now(a, l, LOGIN_OK, e);
}

/* The client's deadline for its handshake goes on meanwhile. */
void
answer_failure(struct auth *a, struct login *l, enum login_status status,
    uint32_t failures)
{
	unsigned int step;

	role_count(&a->role, COUNTER_LOGINS_FAILED);
	if (status == LOGIN_BANNED)
		role_count(&a->role, COUNTER_LOGINS_BANNED);
	else if (status == LOGIN_BUSY)
		role_count(&a->role, COUNTER_LOGINS_BUSY);
	if (failures == 0) {
		answer_now(a, l, status, NULL);
		return;
	}
	step = failures > DELAY_STEPS ? DELAY_STEPS - 1 : failures - 1;
	l->status = status;
	l->due = clock_ms() + ((uint64_t)DELAY_FIRST_MS << step);
	TAILQ_INSERT_TAIL(&a->delayed[step], l, entry);
	l->delayed = &a->delayed[step];
	answer_schedule(a, clock_ms());
}

void
answer_empty(struct auth *a, struct login *l)
{
	role_count(&a->role, COUNTER_LOGINS_EMPTY);
	answer_now(a, l, LOGIN_EMPTY, NULL);
}

void
answer_busy(struct auth *a, unsigned int relay, uint64_t session)
{
	struct msg_session_user u;

	memset(&u, 0, sizeof(u));
	u.status = LOGIN_BUSY;
	role_count(&a->role, COUNTER_LOGINS_FAILED);
	role_count(&a->role, COUNTER_LOGINS_BUSY);
	answer_send(a, relay, session, &u);
}

void
answer_forget(struct auth *a, struct login *l)
{
	if (l->delayed != NULL)
		TAILQ_REMOVE(l->delayed, l, entry);
	(void)RB_REMOVE(login_tree, &a->logins, l);
	share_release(&a->shares, l->share);
	free(l);
}

static void
answer_now(struct auth *a, struct login *l, enum login_status status,
    const struct user_entry *e)
{
	struct msg_session_user u;
	unsigned int            i;

	memset(&u, 0, sizeof(u));
	u.status = status;
	memcpy(u.user, l->user, l->userlen);
	for (i = 0; i < l->userlen; i++)
		if (u.user[i] == '\0')
			u.user[i] = '?';
	if (e != NULL && e->ngroups != 0) {
		u.ngroups = e->ngroups;
		memcpy(u.group, e->group, e->ngroups * sizeof(u.group[0]));
	}
	answer_send(a, l->relay, l->session, &u);
	answer_forget(a, l);
}

/* If the router cannot be told then nobody has logged in. */
static void
answer_send(struct auth *a, unsigned int relay, uint64_t session,
    const struct msg_session_user *from)
{
	struct msg_session_user u = *from;
	uint8_t                 data[1024];
	struct wbuf             b;
	enum login_told         told = LOGIN_TOLD_NO;

	u.relay = (uint16_t)relay;
	wbuf_init(&b, data, sizeof(data));
	msg_put_session_user(&b, &u);
	if (role_post(&a->role, PROC_ROUTER, 0, MSG_SESSION_USER, session, &b,
		-1) == 0) {
		if (u.status == LOGIN_OK)
			told = LOGIN_TOLD_OK;
		else if (u.status == LOGIN_EMPTY)
			told = LOGIN_TOLD_NOBODY;
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, told);
	(void)role_post(&a->role, PROC_RELAY, relay, MSG_LOGIN_DONE, session,
	    &b, -1);
}

/* Each list is in order, as all in it wait equally long. */
static void
answer_schedule(struct auth *a, uint64_t now)
{
	const struct login *l;
	struct timeval      tv;
	uint64_t            due = UINT64_MAX;
	unsigned int        i;

	for (i = 0; i < DELAY_STEPS; i++)
		if ((l = TAILQ_FIRST(&a->delayed[i])) != NULL && l->due < due)
			due = l->due;
	if (due == UINT64_MAX) {
		(void)evtimer_del(a->delay_timer);
		return;
	}
	due = due > now ? due - now : 0;
	tv = clock_timeval(due);
	(void)evtimer_add(a->delay_timer, &tv);
}

static void
answer_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct auth  *a = arg;
	struct login *l;
	uint64_t      now = clock_ms();
	unsigned int  i;

	for (i = 0; i < DELAY_STEPS; i++)
		while ((l = TAILQ_FIRST(&a->delayed[i])) != NULL &&
		    l->due <= now)
			answer_now(a, l, l->status, NULL);
	answer_schedule(a, now);
}

static int
login_cmp(const struct login *a, const struct login *b)
{
	return a->session < b->session ? -1 : a->session > b->session;
}
