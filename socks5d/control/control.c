/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The control process: hands messages to the service for socks5ctl and to
 * the session lines.
 *
 * Sees no client, no configuration file and no log file.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/role.h"
#include "conf/conf.h"
#include "conf/receiver.h"
#include "conf/wire.h"
#include "control/control.h"
#include "control/ctl.h"
#include "control/session_lines.h"

/* After a stop, the router's last words may take so long. */
#define LAST_WORDS_SEC 1

struct control {
	struct role          role;
	struct ctl           ctl;
	struct session_lines lines;
	struct event        *end; /* set once we were told to stop */
};

static void control_on_socket(void *, struct peer *, struct msg *);
static void control_on_session_log(void *, struct peer *, struct msg *);
static void control_on_flow_log(void *, struct peer *, struct msg *);
static void control_on_answer(void *, struct peer *, struct msg *);
static void control_commit(void *, struct conf *);
static void control_peer_down(void *, enum proc_id, unsigned int);
static void control_stop(void *, const struct msg *);
static void control_end_cb(evutil_socket_t, short, void *);
static _Noreturn void control_end(struct control *);

#define ROWS_HANDLER(id, ...) [MSG_##id##_ROWS] = control_on_answer,
static const role_handler control_handlers[MSG_MAX] = {
	[MSG_CONTROL_SOCKET] = control_on_socket,
	[MSG_SESSION_LOG] = control_on_session_log,
	[MSG_FLOW_LOG] = control_on_flow_log,
	LIST_TABLE(ROWS_HANDLER)[MSG_STATS_RES] = control_on_answer,
	[MSG_FLOWS_RES] = control_on_answer,
	[MSG_KILL_RES] = control_on_answer,
	[MSG_COUNTERS_RES] = control_on_answer,
	[MSG_STATUS_RES] = control_on_answer,
	[MSG_RELOAD_RES] = control_on_answer,
	[MSG_USER_RES] = control_on_answer,
	[MSG_UNBAN_RES] = control_on_answer,
	[MSG_KILL_USER_RES] = control_on_answer,
	[MSG_WHO_RES] = control_on_answer,
	[MSG_TEST_RES] = control_on_answer,
	[MSG_PROXY_SET_RES] = control_on_answer,
	[MSG_TABLE_NEXT] = control_on_answer,
	[MSG_TABLE_RES] = control_on_answer,
	[MSG_TABLE_TEST_RES] = control_on_answer,
	[MSG_TABLE_LIST_RES] = control_on_answer,
};

static const struct role_ops control_ops = {
	.conf = &conf_receiver,
	.handlers = control_handlers,
	.conf_commit = control_commit,
	.peer_down = control_peer_down,
	.stop = control_stop,
};

_Noreturn void
control_main(struct child *child)
{
	struct control *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("control");
	role_init(&c->role, child, &control_ops, c);
	session_lines_init(&c->lines, &c->role);
	ctl_init(&c->ctl, &c->role);
	role_run(&c->role);
}

static void
control_on_socket(void *arg, struct peer *p, struct msg *m)
{
	struct control           *c = arg;
	struct msg_control_socket rights;
	int                       fd;

	if (msg_get_control_socket(m, &rights) == -1)
		fatalx("parent: malformed %s", msg_name(m->type));
	if ((fd = msg_take_fd(m)) == -1) {
		role_count(&c->role, COUNTER_DESCRIPTORS_LOST);
		log_error("control socket: lost: out of descriptors");
		return;
	}
	ctl_listen(&c->ctl, fd, &rights);
}

static void
control_on_session_log(void *arg, struct peer *p, struct msg *m)
{
	struct control *c = arg;

	if (session_lines_add(&c->lines, m) == -1)
		role_bad_peer(&c->role, p, "malformed session-log");
}

static void
control_on_flow_log(void *arg, struct peer *p, struct msg *m)
{
	struct control *c = arg;

	if (session_lines_add_flows(&c->lines, m) == -1)
		role_bad_peer(&c->role, p, "malformed flow-log");
}

static void
control_on_answer(void *arg, struct peer *p, struct msg *m)
{
	struct control *c = arg;

	asks_on_answer(&c->ctl.conns.asks, p, m);
}

static void
control_commit(void *arg, struct conf *old)
{
	struct control *c = arg;

	session_lines_conf(&c->lines, &c->role.conf->log);
	conf_discard(old);
}

static void
control_peer_down(void *arg, enum proc_id id, unsigned int instance)
{
	struct control *c = arg;

	asks_on_gone(&c->ctl.conns.asks, id, instance);
	if (c->end != NULL && id == PROC_ROUTER)
		control_end(c);
}

/*
 * The router is told to stop as well and says how its sessions ended; its
 * end is ours.
 */
static void
control_stop(void *arg, const struct msg *m)
{
	static const struct timeval limit = { LAST_WORDS_SEC, 0 };
	struct control             *c = arg;

	if (c->end != NULL)
		return;
	c->end = event_new(c->role.base, -1, 0, control_end_cb, c);
	if (c->end == NULL || event_add(c->end, &limit) == -1 ||
	    role_peer(&c->role, PROC_ROUTER, 0) == NULL)
		control_end(c);
}

static void
control_end_cb(evutil_socket_t fd, short what, void *arg)
{
	control_end(arg);
}

static _Noreturn void
control_end(struct control *c)
{
	session_lines_flush(&c->lines);
	_exit(0);
}
