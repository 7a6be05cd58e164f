/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The end: listeners first, then sessions, then children.
 *
 * Each phase has its time; whoever overstays is ended, so a stop always comes
 * to its end.
 */

#include <sys/types.h>

#include <signal.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/proc.h"
#include "conf/conf.h"
#include "parent/change.h"
#include "parent/listener.h"
#include "parent/process.h"
#include "parent/quota.h"
#include "parent/state.h"
#include "parent/stop.h"

/* Ending all sessions, and ending all children, may take this long each. */
#define GRACE_MS 2000

static void stop_phase(struct parent *, enum stop_phase);
static void stop_router(struct parent *, uint32_t);
static void stop_children(struct parent *);
static void stop_timer(struct parent *, uint32_t);
static void stop_timer_cb(evutil_socket_t, short, void *);

void
stop_begin(struct parent *p, int now)
{
	if (p->stopping == STOP_NOT) {
		log_info("stopping: %s",
		    now ? "now" :
			  "no new clients, waiting for sessions to end");
		changes_stop(p->changes, "the daemon is stopping");
		listener_close_all(p->conf, NULL);
		stop_phase(p, now ? STOP_ENDING : STOP_DRAINING);
	} else if (p->stopping == STOP_DRAINING) {
		log_info("stopping: no longer waiting for sessions");
		stop_phase(p, STOP_ENDING);
	}
}

void
stop_failed(struct parent *p)
{
	if (p->stopping != STOP_NOT)
		return;
	changes_stop(p->changes, "the daemon is stopping");
	p->exit_status = 1;
	stop_phase(p, STOP_CHILDREN);
}

void
stop_unborn(struct parent *p)
{
	stop_failed(p);
	stop_child_gone(p);
}

void
stop_child_down(struct process *c, const char *why)
{
	struct parent *p = c->parent;

	if (p->up == 0)
		stop_failed(p);
	/* Nobody else could tell that the sessions have ended. */
	if (c->role == PROC_ROUTER)
		stop_drained(p);
	if (p->stopping != STOP_NOT)
		stop_child_gone(p);
}

void
stop_drained(struct parent *p)
{
	if (p->stopping == STOP_DRAINING || p->stopping == STOP_ENDING)
		stop_phase(p, STOP_CHILDREN);
}

static void
stop_phase(struct parent *p, enum stop_phase phase)
{
	struct process *router = process_find(p, PROC_ROUTER, 0);

	p->stopping = (int)phase;
	/* Without a router there is nobody to wait for. */
	if (phase != STOP_CHILDREN && router->peer == NULL)
		p->stopping = (int)(phase = STOP_CHILDREN);
	switch (phase) {
	case STOP_NOT:
		break;
	case STOP_DRAINING:
		stop_router(p, 0);
		stop_timer(p, p->conf->set.drain_ms);
		break;
	case STOP_ENDING:
		stop_router(p, 1);
		stop_timer(p, GRACE_MS);
		break;
	case STOP_CHILDREN:
		stop_children(p);
		stop_timer(p, GRACE_MS);
		stop_child_gone(p);
		break;
	}
}

static void
stop_router(struct parent *p, uint32_t now)
{
	uint8_t     data[8];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, now);
	process_send(process_find(p, PROC_ROUTER, 0), MSG_CHILD_STOP, 0, &b,
	    -1);
}

/* The router has nothing left to wait for; its place is as the others'. */
static void
stop_children(struct parent *p)
{
	struct process *c;
	uint8_t         data[8];
	struct wbuf     b;
	unsigned int    i;

	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, 1);
	for (i = 0; i < p->nprocesses; i++) {
		c = &p->process[i];
		(void)event_del(c->timer);
		process_send(c, MSG_CHILD_STOP, 0, &b, -1);
	}
}

static void
stop_timer(struct parent *p, uint32_t ms)
{
	struct timeval tv;

	tv = clock_timeval(ms);
	if (p->stop_timer == NULL &&
	    (p->stop_timer = evtimer_new(p->base, stop_timer_cb, p)) == NULL)
		fatalx("memory");
	(void)event_add(p->stop_timer, &tv);
}

static void
stop_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	unsigned int   i;

	switch ((enum stop_phase)p->stopping) {
	case STOP_NOT:
		break;
	case STOP_DRAINING:
		log_info("stopping: closing the remaining sessions");
		stop_phase(p, STOP_ENDING);
		break;
	case STOP_ENDING:
		stop_phase(p, STOP_CHILDREN);
		break;
	case STOP_CHILDREN:
		for (i = 0; i < p->nprocesses; i++)
			process_kill(&p->process[i]);
		break;
	}
}

void
stop_child_gone(struct parent *p)
{
	unsigned int i;

	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].pid != 0)
			return;
	/* The router has said all that it had to. */
	if (quota_is_kept(p, stop_child_gone) == 0)
		return;
	/* Not loopbreak: the loop may not have begun. */
	(void)event_base_loopexit(p->base, NULL);
}
