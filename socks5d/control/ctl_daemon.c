/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is done to the daemon and its sessions: kill, reload, log, stop.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/duration.h"
#include "base/role.h"
#include "conf/conf.h"
#include "control/command.h"

struct stop_state {
	uint32_t now;
	uint64_t sessions; /* or UNKNOWN */
};

static void            kill_start(struct conn *, const struct msg *);
static enum ask_answer kill_answer(struct conn *, struct peer *,
    const struct msg *);
static void            kill_proceed(struct conn *);
static void            reload_start(struct conn *, const struct msg *);
static enum ask_answer reload_answer(struct conn *, struct peer *,
    const struct msg *);
static void            reload_proceed(struct conn *);
static void            verbose_start(struct conn *, const struct msg *);
static void            stop_start(struct conn *, const struct msg *);
static enum ask_answer stop_answer(struct conn *, struct peer *,
    const struct msg *);
static void            stop_proceed(struct conn *);
static void pass_u32(struct conn *, uint32_t, enum msg_type, const char *);

const struct ctl_command ctl_kill = {
	{ MSG_KILL_RES },
	kill_start,
	kill_answer,
	kill_proceed,
};

/* And "reload revoke". */
const struct ctl_command ctl_reload = {
	{ MSG_RELOAD_RES },
	reload_start,
	reload_answer,
	reload_proceed,
};

const struct ctl_command ctl_verbose = { .start = verbose_start };

const struct ctl_command ctl_stop = {
	{ MSG_COUNTERS_RES },
	stop_start,
	stop_answer,
	stop_proceed,
};

static void
kill_start(struct conn *c, const struct msg *m)
{
	uint64_t   *id;
	uint8_t     space[8];
	struct wbuf b;

	if ((id = conn_state(c, sizeof(*id))) == NULL)
		return;
	if (msg_get_u64(m, id) == -1) {
		conn_close(c);
		return;
	}
	wbuf_init(&b, space, sizeof(space));
	msg_put_u64(&b, *id);
	(void)conn_ask(c, PROC_ROUTER, MSG_KILL_REQ, &b);
}

static enum ask_answer
kill_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	const uint64_t *id = c->state;
	uint32_t        killed;
	char            text[64];

	if (msg_get_u32(m, &killed) == -1)
		return ASK_BAD;
	(void)snprintf(text, sizeof(text),
	    killed ? "session %" PRIu64 " ended" : "no such session: %" PRIu64,
	    *id);
	conn_done(c, killed ? RESULT_OK : RESULT_REFUSED, text);
	return ASK_LAST;
}

static void
kill_proceed(struct conn *c)
{
	conn_done_silent(c, PROC_ROUTER);
}

/*
 * A reload goes on when the client that asked for it leaves.  Whether one is
 * under way is the parent's business, where a second one waits for its turn.
 */
static void
reload_start(struct conn *c, const struct msg *m)
{
	if (conn_ask(c, PROC_PARENT,
		m->type == MSG_CTL_REVOKE ? MSG_REVOKE_REQ : MSG_RELOAD_REQ,
		NULL) == 0)
		ask_allow(&c->ask, CTL_RELOAD_MS);
}

static enum ask_answer
reload_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct msg_result res;

	if (msg_get_result(m, &res) == -1)
		return ASK_BAD;
	if (res.result != RESULT_MORE) {
		conn_done(c, res.result, res.text);
		return ASK_LAST;
	}
	/* Who hears something waits on, and so does the client. */
	ask_allow(&c->ask, CTL_RELOAD_MS);
	conn_text(c, res.text);
	return ASK_MORE;
}

static void
reload_proceed(struct conn *c)
{
	conn_done_silent(c, PROC_PARENT);
}

static void
verbose_start(struct conn *c, const struct msg *m)
{
	uint32_t on;

	if (msg_get_u32(m, &on) == -1 || on > 1)
		conn_close(c);
	else
		pass_u32(c, on, MSG_VERBOSE_REQ, "");
}

/* How many sessions there are it must be asked before it stops. */
static void
stop_start(struct conn *c, const struct msg *m)
{
	struct stop_state *st;

	if ((st = conn_state(c, sizeof(*st))) == NULL)
		return;
	st->sessions = STATUS_SESSIONS_UNKNOWN;
	if (msg_get_u32(m, &st->now) == -1 || st->now > 1)
		conn_close(c);
	else
		(void)ask_one(&c->ask, PROC_ROUTER, 0, MSG_COUNTERS_REQ, NULL);
}

static enum ask_answer
stop_answer(struct conn *c, struct peer *p, const struct msg *m)
{
	struct stop_state *st = c->state;

	return counters_get_sessions(m, &st->sessions) == -1 ? ASK_BAD :
							       ASK_LAST;
}

static void
stop_proceed(struct conn *c)
{
	const struct stop_state *st = c->state;
	char                     n[48], text[160], time[DURATION_STRLEN];

	if (st->sessions == STATUS_SESSIONS_UNKNOWN)
		(void)strlcpy(n, "sessions", sizeof(n));
	else
		(void)snprintf(n, sizeof(n), "%" PRIu64 " session%s",
		    st->sessions, st->sessions == 1 ? "" : "s");
	if (st->sessions == 0)
		(void)strlcpy(text, "stopping: no sessions are left",
		    sizeof(text));
	else if (st->now)
		(void)snprintf(text, sizeof(text), "stopping: ending %s", n);
	else
		(void)snprintf(text, sizeof(text),
		    "stopping: %s left, with "
		    "%s to end",
		    n, duration_text(c->conns->role->conf->set.drain_ms, time));
	pass_u32(c, st->now, MSG_STOP_REQ, text);
}

/* Off to the parent, who does it without an answer. */
static void
pass_u32(struct conn *c, uint32_t v, enum msg_type type, const char *text)
{
	uint8_t     space[8];
	struct wbuf b;

	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, v);
	if (peer_send(c->conns->role->parent, type, 0, &b, -1) == -1)
		conn_done_gone(c, PROC_PARENT);
	else
		conn_done(c, RESULT_OK, text);
}
