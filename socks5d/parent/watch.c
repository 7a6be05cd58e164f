/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Signs of life: each child is asked for one again and again, and named when
 * none comes; by "set watchdog" it is ended then, and so started anew.
 *
 * Time counts here only while the parent itself runs: if all of the daemon was
 * stopped, or the host, nobody was silent.  A child that uses the CPU is at
 * work on something long, which is no reason to end it, or not so soon.
 */

#include <sys/types.h>

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/proc.h"
#include "conf/conf.h"
#include "parent/process.h"
#include "parent/state.h"
#include "parent/stop.h"
#include "parent/watch.h"

/* So many times in the time that is allowed, but not more often than this. */
#define LOOKS       5
#define LOOK_MIN_MS 50
#define LOOK_MAX_MS 2000

/* Who looks sees a silence before it is one for the log, but not of work. */
#define SHOWN_MS 3000

/* Who was told to abort has so long to do it. */
#define ABORT_MS 1000

/* A child that works may take so many times as long. */
#define BUSY_FACTOR 6

struct watch {
	struct event *timer;
	uint32_t      every_ms;
	uint64_t      last_ms;
};

static void watch_arm(struct parent *);
static void watch_cb(evutil_socket_t, short, void *);
static void watch_look(struct process *, uint32_t);
static void watch_ask(struct process *);
static int  watch_is_busy(struct process *);
static int  watch_has_own_limit(const struct process *);
static void watch_tell(struct process *);
static void watch_end(struct process *, uint32_t);

void
watch_init(struct parent *p)
{
	if ((p->watch = calloc(1, sizeof(*p->watch))) == NULL)
		fatalx("memory");
	if ((p->watch->timer = evtimer_new(p->base, watch_cb, p)) == NULL)
		fatalx("memory");
	watch_arm(p);
}

/* The config may have changed since the last time. */
static void
watch_arm(struct parent *p)
{
	const struct conf_settings *set = &p->conf->set;
	struct timeval              tv;
	uint32_t                    ms = set->silence_ms;

	if (set->watchdog_ms != 0 && set->watchdog_ms < ms)
		ms = set->watchdog_ms;
	ms /= LOOKS;
	if (ms < LOOK_MIN_MS)
		ms = LOOK_MIN_MS;
	if (ms > LOOK_MAX_MS)
		ms = LOOK_MAX_MS;
	p->watch->every_ms = ms;
	p->watch->last_ms = clock_ms();
	tv = clock_timeval(ms);
	(void)event_add(p->watch->timer, &tv);
}

static void
watch_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;
	uint64_t       passed = clock_ms() - p->watch->last_ms;
	unsigned int   i;

	/* The rest of it we were not there ourselves. */
	if (passed > p->watch->every_ms)
		passed = p->watch->every_ms;
	if (p->stopping != STOP_NOT)
		return;
	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].state == CHILD_RUNNING &&
		    p->process[i].peer != NULL)
			watch_look(&p->process[i], (uint32_t)passed);
	watch_arm(p);
}

static void
watch_look(struct process *c, uint32_t passed)
{
	const struct conf_settings *set = &c->parent->conf->set;
	struct watch_child         *w = &c->watch;

	if (w->asked == 0) {
		watch_ask(c);
		return;
	}
	w->silent_ms += passed;
	if (watch_is_busy(c))
		w->idle_ms = 0;
	else
		w->idle_ms += passed;
	if (w->ended_ms != 0)
		watch_end(c, passed);
	else if (set->watchdog_ms != 0 &&
	    (w->idle_ms >= set->watchdog_ms ||
		(w->silent_ms / BUSY_FACTOR >= set->watchdog_ms &&
		    !watch_has_own_limit(c))))
		watch_end(c, passed);
	else if (w->told == 0 && w->silent_ms >= set->silence_ms)
		watch_tell(c);
}

static void
watch_ask(struct process *c)
{
	struct watch_child *w = &c->watch;

	(void)watch_is_busy(c); /* from here on */
	w->asked = ++w->last;
	w->silent_ms = 0;
	w->idle_ms = 0;
	process_send(c, MSG_CHILD_PING, w->asked, NULL, -1);
}

/* It has used the CPU since the last look. */
static int
watch_is_busy(struct process *c)
{
	struct watch_child *w = &c->watch;
	struct timespec     used;
	clockid_t           clock;
	int                 busy;

	if (clock_getcpuclockid(c->pid, &clock) != 0 ||
	    clock_gettime(clock, &used) == -1)
		return 0;
	busy = used.tv_sec != w->used.tv_sec || used.tv_nsec != w->used.tv_nsec;
	w->used = used;
	return busy;
}

/* Somebody else ends it if its work takes too long. */
static int
watch_has_own_limit(const struct process *c)
{
	return c->role == PROC_HASH || c->role == PROC_LOADER;
}

static void
watch_tell(struct process *c)
{
	struct watch_child *w = &c->watch;

	w->told = 1;
	c->parent->counters.v[COUNTER_CHILD_SILENCES]++;
	log_warn("%s %u (pid %d) does not answer: silent for %u.%us%s",
	    proc_name(c->role), c->instance, (int)c->pid, w->silent_ms / 1000,
	    w->silent_ms % 1000 / 100,
	    w->idle_ms == 0 ? ", busy with a long task" : "");
}

/* First so that it can be seen what it did, then in any case. */
static void
watch_end(struct process *c, uint32_t passed)
{
	struct watch_child *w = &c->watch;

	if (w->ended_ms != 0) {
		w->ended_ms += passed;
		if (w->ended_ms > ABORT_MS)
			process_kill(c);
		return;
	}
	if (w->told == 0)
		watch_tell(c);
	c->parent->counters.v[COUNTER_CHILD_WATCHDOG]++;
	log_error("watchdog: %s %u (pid %d) was silent for %u.%us, terminating "
		  "it",
	    proc_name(c->role), c->instance, (int)c->pid, w->silent_ms / 1000,
	    w->silent_ms % 1000 / 100);
	w->ended_ms = 1;
	(void)kill(c->pid, SIGABRT);
}

/* There is never more than one question, so any other answer is a lie. */
void
watch_on_pong(struct process *c, struct msg *m)
{
	struct watch_child *w = &c->watch;

	if (w->asked == 0 || m->id != w->asked) {
		process_broke(c, "unsolicited child-pong");
		return;
	}
	w->asked = 0;
	if (w->told)
		log_warn("%s %u (pid %d) answers again, after %u.%us",
		    proc_name(c->role), c->instance, (int)c->pid,
		    w->silent_ms / 1000, w->silent_ms % 1000 / 100);
	w->told = 0;
}

uint32_t
watch_silent(const struct process *c)
{
	const struct watch_child *w = &c->watch;

	return w->asked != 0 && (w->told || w->idle_ms >= SHOWN_MS) ?
	    w->silent_ms :
	    0;
}
