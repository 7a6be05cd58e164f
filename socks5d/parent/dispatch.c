/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What children say to the parent.
 *
 * Everything here was checked by the gate but is still only a claim: a
 * malformed payload ends the child that sent it.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/channel_event.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_login.h"
#include "base/msg_table.h"
#include "base/proc.h"
#include "base/version.h"
#include "base/wall.h"
#include "conf/conf.h"
#include "parent/dispatch.h"
#include "parent/loader_job.h"
#include "parent/logger.h"
#include "parent/process.h"
#include "parent/quota.h"
#include "parent/reload.h"
#include "parent/revoke.h"
#include "parent/sockets.h"
#include "parent/state.h"
#include "parent/stop.h"
#include "parent/table_change.h"
#include "parent/user_change.h"
#include "parent/walls.h"
#include "parent/watch.h"

static void on_ready(struct process *, struct msg *);
static void complain(void *, const char *);
static void on_log(struct process *, struct msg *);
static void on_lines(struct process *, struct msg *);
static void on_bad_peer(struct process *, struct msg *);
static void on_drained(struct process *, struct msg *);
static void on_conf_ready(struct process *, struct msg *);
static void on_quota_rows(struct process *, struct msg *);
static void on_conf_failed(struct process *, struct msg *);
static void on_counters(struct process *, struct msg *);
static void on_status(struct process *, struct msg *);
static void on_reload(struct process *, struct msg *);
static void on_revoke(struct process *, struct msg *);
static void on_verbose(struct process *, struct msg *);
static void on_stop(struct process *, struct msg *);
static void on_user(struct process *, struct msg *);
static void on_users(struct process *, struct msg *);
static void on_table_built(struct process *, struct msg *);
static void on_table_set(struct process *, struct msg *);
static void on_table(struct process *, struct msg *);
static void on_table_text(struct process *, struct msg *);
static int  may_accuse(enum proc_id, enum proc_id);
static void status_of(struct parent *, struct status_row *);
static void child_row_of(const struct process *, struct child_row *);

static void (*const handlers[MSG_MAX])(struct process *, struct msg *) = {
	[MSG_CHILD_READY] = on_ready,
	[MSG_CHILD_LOG] = on_log,
	[MSG_CHILD_SESSION_LINES] = on_lines,
	[MSG_CHILD_BAD_PEER] = on_bad_peer,
	[MSG_CHILD_DRAINED] = on_drained,
	[MSG_CHILD_PONG] = watch_on_pong,
	[MSG_CONF_READY] = on_conf_ready,
	[MSG_CONF_FAILED] = on_conf_failed,
	[MSG_QUOTA_ROWS] = on_quota_rows,
	[MSG_COUNTERS_REQ] = on_counters,
	[MSG_STATUS_REQ] = on_status,
	[MSG_RELOAD_REQ] = on_reload,
	[MSG_REVOKE_REQ] = on_revoke,
	[MSG_REVOKED] = revoke_done,
	[MSG_SOCKET_WANT] = sockets_on_want,
	[MSG_VERBOSE_REQ] = on_verbose,
	[MSG_STOP_REQ] = on_stop,
	[MSG_USER_REQ] = on_user,
	[MSG_USERS_RES] = on_users,
	[MSG_TABLE_BUILT] = on_table_built,
	[MSG_TABLE_SET_RES] = on_table_set,
	[MSG_TABLE_REQ] = on_table,
	[MSG_TABLE_TEXT] = on_table_text,
};

void
dispatch_msg(void *arg, struct peer *peer, struct msg *m)
{
	struct process *c = arg;

	if (handlers[m->type] == NULL)
		fatalx("no handler for %s", msg_name(m->type));
	handlers[m->type](c, m);
}

void
dispatch_end(void *arg, struct peer *peer, const char *reason)
{
	struct process *c = arg;

	if (reason != NULL)
		process_broke(c, reason);
	else
		process_kill(c); /* it has nothing to live for */
	peer_free(peer);
	c->peer = NULL;
}

static void
on_ready(struct process *c, struct msg *m)
{
	struct walls walls;

	if (msg_get_walls(m, &walls) == -1) {
		process_broke(c, "malformed child-ready");
		return;
	}
	if (c->state == CHILD_DOWN)
		return; /* its last words: it was ready once */
	if (c->state == CHILD_RUNNING) {
		process_broke(c, "duplicate child-ready");
		return;
	}
	c->walls = walls;
	/* It was started by a config that is not the one in force any more. */
	if (walls_check_child(c, c->parent->conf, complain, NULL) == -1) {
		process_kill(c);
		return;
	}
	process_ready(c);
}

static void
complain(void *arg, const char *line)
{
	log_error("%s", line);
}

static void
on_log(struct process *c, struct msg *m)
{
	struct msg_log l;

	if (msg_get_log(m, &l) == -1) {
		process_broke(c, "malformed child-log");
		return;
	}
	switch (l.level) {
	case LOG_LEVEL_ERROR:
		log_error("%s", l.line);
		break;
	case LOG_LEVEL_WARN:
		log_warn("%s", l.line);
		break;
	case LOG_LEVEL_INFO:
		log_info("%s", l.line);
		break;
	case LOG_LEVEL_DEBUG:
	case LOG_LEVEL_MAX:
		log_debug("%s", l.line);
		break;
	}
}

static void
on_lines(struct process *c, struct msg *m)
{
	logger_lines(m->data, m->len);
}

static void
on_bad_peer(struct process *c, struct msg *m)
{
	struct msg_bad_peer bad;
	struct process     *accused;
	char                what[256], text[320];

	if (msg_get_bad_peer(m, &bad) == -1) {
		process_broke(c, "malformed child-bad-peer");
		return;
	}
	accused = process_find(c->parent, bad.role, bad.instance);
	if (accused == NULL || accused->pid == 0)
		return;
	(void)log_escape(what, sizeof(what), bad.what, strlen(bad.what));
	if (may_accuse(c->role, bad.role)) {
		process_broke(accused, what);
		return;
	}
	(void)snprintf(text, sizeof(text), "accuses %s %u: %s",
	    proc_name(bad.role), bad.instance, what);
	process_broke(c, text);
}

/*
 * One of the two is wrong.  Relays and the resolver read what strangers send,
 * so they are the ones to go, or who takes one over takes all down.
 */
static int
may_accuse(enum proc_id by, enum proc_id whom)
{
	switch (by) {
	case PROC_ROUTER:
	case PROC_CONTROL:
		return 1;
	case PROC_AUTH:
		return whom == PROC_RELAY || whom == PROC_HASH;
	default:
		return 0;
	}
}

static void
on_drained(struct process *c, struct msg *m)
{
	stop_drained(c->parent);
}

static void
on_conf_ready(struct process *c, struct msg *m)
{
	uint32_t generation;

	if (msg_get_u32(m, &generation) == -1)
		process_broke(c, "malformed conf-ready");
	else
		reload_acked(c, generation);
}

static void
on_quota_rows(struct process *c, struct msg *m)
{
	quota_changed(c, m);
}

static void
on_conf_failed(struct process *c, struct msg *m)
{
	char why[MSG_TEXT_SIZE];

	if (msg_get_text(m, why, sizeof(why)) == -1) {
		process_broke(c, "malformed conf-failed");
		return;
	}
	reload_refused(c, why);
}

static void
on_counters(struct process *c, struct msg *m)
{
	uint8_t     data[8 * COUNTER_MAX];
	struct wbuf b;

	c->parent->counters.v[COUNTER_LOG_LINES_LOST] = logger_lost();
	wbuf_init(&b, data, sizeof(data));
	msg_put_counters(&b, &c->parent->counters);
	process_send(c, MSG_COUNTERS_RES, m->id, &b, -1);
}

static void
on_status(struct process *c, struct msg *m)
{
	struct parent    *p = c->parent;
	struct status_row st;
	struct child_row  row;
	uint8_t           data[MSG_PAYLOAD_MAX];
	struct wbuf       b;
	unsigned int      i;

	wbuf_init(&b, data, sizeof(data));
	status_of(p, &st);
	status_row_put(&b, &st);
	for (i = 0; i < p->nprocesses; i++) {
		child_row_of(&p->process[i], &row);
		child_row_put(&b, &row);
	}
	process_send(c, MSG_STATUS_RES, m->id, &b, -1);
}

static void
status_of(struct parent *p, struct status_row *st)
{
	uint64_t    now = clock_ms();
	const char *why;

	memset(st, 0, sizeof(*st));
	(void)strlcpy(st->version, SOCKS5D_VERSION, sizeof(st->version));
	(void)strlcpy(st->config, p->conf_name, sizeof(st->config));
	st->generation = p->conf->generation;
	st->pid = (uint32_t)getpid();
	st->uptime_ms = now - p->started_ms;
	st->config_age_ms = now - p->conf_ms;
	st->rootless = p->rootless != 0;
	st->stopping = p->stopping != 0;
	if ((why = reload_failure(p, &st->reload_age_ms)) != NULL)
		(void)strlcpy(st->reload, why, sizeof(st->reload));
}

static void
child_row_of(const struct process *c, struct child_row *row)
{
	memset(row, 0, sizeof(*row));
	row->role = c->role;
	row->instance = (uint16_t)c->instance;
	row->pid = (uint32_t)c->pid;
	row->walls = c->walls;
	row->restarts = c->starts == 0 ? 0 : c->starts - 1;
	row->silent_ms = watch_silent(c);
	row->uptime_ms = c->pid == 0 ? 0 : clock_ms() - c->started_ms;
}

static void
on_reload(struct process *c, struct msg *m)
{
	reload_start(c->parent, RELOAD_ASKED, m->id);
}

static void
on_revoke(struct process *c, struct msg *m)
{
	reload_start(c->parent, RELOAD_REVOKE, m->id);
}

static void
on_verbose(struct process *c, struct msg *m)
{
	struct parent *p = c->parent;
	uint8_t        data[8];
	struct wbuf    b;
	uint32_t       on;
	unsigned int   i;

	if (msg_get_u32(m, &on) == -1) {
		process_broke(c, "malformed verbose-req");
		return;
	}
	p->verbose = on != 0;
	log_set_verbose(p->verbose);
	log_info("log is %s now", p->verbose ? "verbose" : "brief");
	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, on);
	for (i = 0; i < p->nprocesses; i++)
		process_send(&p->process[i], MSG_CHILD_VERBOSE, 0, &b, -1);
}

static void
on_stop(struct process *c, struct msg *m)
{
	uint32_t now;

	if (msg_get_u32(m, &now) == -1)
		process_broke(c, "malformed stop-req");
	else
		stop_begin(c->parent, now != 0);
}

static void
on_user(struct process *c, struct msg *m)
{
	struct msg_user_edit e;

	if (msg_get_user_edit(m, &e) == -1)
		process_broke(c, "malformed user-req");
	else
		user_change_start(c->parent, m->id, &e);
	explicit_bzero(&e, sizeof(e));
}

static void
on_users(struct process *c, struct msg *m)
{
	struct msg_result res;

	if (msg_get_result(m, &res) == -1 || res.result == RESULT_MORE)
		process_broke(c, "malformed users-res");
	else
		user_change_taken(c->parent, m->id, &res);
}

static void
on_table_built(struct process *c, struct msg *m)
{
	struct msg_table_built built;

	if (msg_get_table_built(m, &built) == -1 ||
	    loader_job_on_built(c->parent, m->id, &built) == -1)
		process_broke(c, "malformed table-built");
}

static void
on_table_set(struct process *c, struct msg *m)
{
	struct msg_result res;

	if (msg_get_result(m, &res) == -1 || res.result == RESULT_MORE)
		process_broke(c, "malformed table-set-res");
	else
		table_change_taken(c->parent, m->id, &res);
}

static void
on_table(struct process *c, struct msg *m)
{
	struct msg_table_edit e;

	if (msg_get_table_edit(m, &e) == -1)
		process_broke(c, "malformed table-req");
	else
		table_change_start(c->parent, m->id, &e);
}

static void
on_table_text(struct process *c, struct msg *m)
{
	table_change_text(c->parent, m->id, m->data, m->len);
}
