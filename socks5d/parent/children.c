/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is done for which child, and who hears of its end: one table.
 *
 * process.c starts, connects and restarts children, and knows the parts of the
 * parent by this table alone.  A role that needs something at its start, or a
 * part that must hear that one has ended, is a row here.
 */

#include <sys/types.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/msg.h"
#include "base/proc.h"
#include "compat/nitems.h"
#include "parent/change.h"
#include "parent/children.h"
#include "parent/control_socket.h"
#include "parent/dispatch.h"
#include "parent/loader_job.h"
#include "parent/localaddr.h"
#include "parent/process.h"
#include "parent/quota.h"
#include "parent/ready.h"
#include "parent/reload.h"
#include "parent/revoke.h"
#include "parent/state.h"
#include "parent/stop.h"
#include "parent/table_change.h"
#include "parent/user_change.h"

#define ALL     (PROC_BIT(PROC_MAX) - 1)
#define ROUTER  PROC_BIT(PROC_ROUTER)
#define AUTH    PROC_BIT(PROC_AUTH)
#define CONTROL PROC_BIT(PROC_CONTROL)
#define LOADER  PROC_BIT(PROC_LOADER)

static void key_send(struct process *);
static void askers_down(struct process *, const char *);

/*
 * Each column is called from the first row to the last.  When a child has ended
 * the order matters:
 *
 *	loader	before the reload that fails by it: the table that the loader
 *		died of is the better reason
 *	reload	before the changes that wait for its end
 *	stop	last, as it may end the daemon
 */
static const struct process_hook hooks[] = {
	{ ROUTER | AUTH, .greet = key_send },
	{ ROUTER, .greet = localaddr_send },
	{ ROUTER, .greet = quota_send },
	{ CONTROL, .join = control_socket_send },
	{ ALL, .join = reload_join },
	{ LOADER, .join = loader_job_up },
	{ ALL, .up = ready_child_up },
	{ LOADER, .down = loader_job_down },
	{ ALL, .down = reload_child_down },
	{ AUTH, .down = user_change_auth_down },
	{ CONTROL, .down = askers_down },
	{ CONTROL, .down = revoke_control_down },
	{ CONTROL, .down = table_change_control_down },
	{ ROUTER, .down = table_change_router_down },
	{ ROUTER, .down = revoke_router_down },
	{ ALL, .down = stop_child_down },
};

static const struct process_ops ops = {
	dispatch_msg,
	dispatch_end,
	stop_unborn,
	hooks,
	nitems(hooks),
};

void
children_init(struct parent *p, const struct conf *conf)
{
	arc4random_buf(p->key, sizeof(p->key));
	process_init(p, conf, &ops);
}

/* What passes between the two by way of a relay is signed with it. */
static void
key_send(struct process *c)
{
	struct wbuf b;

	wbuf_init(&b, c->parent->key, sizeof(c->parent->key));
	b.len = sizeof(c->parent->key);
	process_send(c, MSG_CHILD_KEY, 0, &b, -1);
}

static void
askers_down(struct process *control, const char *why)
{
	changes_forget(control->parent->changes);
}
