/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Children: started, connected to each other, watched, started again.
 *
 * A child is this same binary, held open since the start and executed again, so
 * a package upgrade in between is harmless.  It gets its identity, its config
 * and then its channels, in this order, in one go; what it is not told it does
 * not have.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/bulk.h"
#include "base/channel.h"
#include "base/channel_event.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/confine.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/proc.h"
#include "compat/privilege.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "parent/logger.h"
#include "parent/process.h"
#include "parent/progress.h"
#include "parent/state.h"
#include "parent/stop.h"
#include "parent/walls.h"
#include "parent/wanted.h"
#include "parent/writer.h"

/* So many deaths within this time and the next start waits longer. */
#define WINDOW_MS    60000
#define DEATHS_QUIET 5
#define DELAY_MAX_MS 60000

/* A child that is not ready after this time, while nobody gets on, hangs. */
#define START_TIMEOUT_S 10

/* Who is ended when memory runs out; the parent, which takes all, is not. */
#define OOM(id, name, most, oom, ...) [PROC_##id] = (oom),
static const int oom_scores[PROC_MAX] = { PROC_TABLE(OOM) };
#define OOM_NEVER -1000
#define OOM_MAX   1000

static void process_add(struct parent *, enum proc_id, unsigned int);
static void process_more(struct parent *, enum proc_id, unsigned int);
static void process_unborn(struct process *);
static void process_set_oom(const struct process *);
static void process_exec(struct process *, int);
static void process_greet(struct process *);
static int  process_hooked(const struct process *, const struct process_hook *);
static int  process_emit(void *, enum msg_type, const struct wbuf *, int);
static int  process_emit_bulk(void *, enum msg_type, uint64_t,
     const struct wbuf *, int);
static void process_connect(struct process *, struct process *);
static void process_tell_peer(struct process *, const struct process *, int);
static void process_gone(struct process *, int);
static void process_log_death(struct process *, int);
static void process_respawn(struct process *);
static void timer_cb(evutil_socket_t, short, void *);
static void process_late(struct process *);

void
process_init(struct parent *p, const struct conf *conf,
    const struct process_ops *ops)
{
	unsigned int i, n;

	p->children = ops;
	for (i = 0; i < WANTED_ROLES; i++)
		for (n = 0; n < wanted[i].count(conf); n++)
			process_add(p, wanted[i].role, n);
}

static void
process_add(struct parent *p, enum proc_id role, unsigned int instance)
{
	struct process *c;

	if (p->nprocesses == CHILDREN_MAX)
		fatalx("%s %u: too many processes", proc_name(role), instance);
	c = &p->process[p->nprocesses++];
	memset(c, 0, sizeof(*c));
	c->parent = p;
	c->role = role;
	c->instance = instance;
	if ((c->timer = evtimer_new(p->base, timer_cb, c)) == NULL)
		fatalx("memory");
}

void
process_grow(struct parent *p, const struct conf *conf)
{
	unsigned int have = 0, i;

	for (i = 0; i < p->nprocesses; i++)
		have += p->process[i].role == PROC_RELAY;
	if (have > conf->set.relays)
		log_warn("set relays %u: %u running, surplus relays keep their "
			 "sessions but get no new ones",
		    conf->set.relays, have);
	for (i = 0; i < WANTED_ROLES; i++)
		process_more(p, wanted[i].role, wanted[i].count(conf));
}

static void
process_more(struct parent *p, enum proc_id role, unsigned int count)
{
	struct process *c;
	unsigned int    i;

	for (i = 0; i < count; i++) {
		if (process_find(p, role, i) != NULL)
			continue;
		process_add(p, role, i);
		c = &p->process[p->nprocesses - 1];
		process_start(c);
	}
}

struct process *
process_need(struct parent *p, enum proc_id role)
{
	process_more(p, role, 1);
	return process_find(p, role, 0);
}

struct process *
process_find(struct parent *p, enum proc_id role, unsigned int instance)
{
	unsigned int i;

	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].role == role &&
		    p->process[i].instance == instance)
			return &p->process[i];
	return NULL;
}

void
process_start(struct process *c)
{
	struct timeval  tv = { START_TIMEOUT_S, 0 };
	struct parent  *p = c->parent;
	struct channel *ch;
	int             pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		log_errno("cannot start %s: socketpair", proc_name(c->role));
		process_unborn(c);
		return;
	}
	switch (c->pid = fork()) {
	case -1:
		log_errno("cannot start %s: fork", proc_name(c->role));
		c->pid = 0;
		(void)close(pair[0]);
		(void)close(pair[1]);
		process_unborn(c);
		return;
	case 0:
		process_exec(c, pair[1]);
		_exit(1);
	default:
		break;
	}
	(void)close(pair[1]);
	if ((ch = channel_new(pair[0], PROC_PARENT, c->role, c->instance)) ==
		NULL ||
	    (c->peer = peer_new(p->base, ch, p->children->msg, p->children->end,
		 c)) == NULL)
		fatal("cannot start %s: channel", proc_name(c->role));
	c->starts++;
	c->state = CHILD_STARTING;
	memset(&c->walls, 0, sizeof(c->walls));
	memset(&c->watch, 0, sizeof(c->watch));
	c->started_ms = clock_ms();
	(void)event_add(c->timer, &tv);
	process_greet(c);
}

/* Tried again later, unless it is for the first time: then nobody serves. */
static void
process_unborn(struct process *c)
{
	struct parent *p = c->parent;

	if (p->up != 0 || p->stopping != STOP_NOT)
		process_respawn(c);
	else
		p->children->unborn(p);
}

/* The last one that goes; without the right to that, as it was started. */
void
process_oom(struct parent *p)
{
	if (confine_get_oom(&p->oom) == -1)
		return;
	if (confine_set_oom(OOM_NEVER) == 0)
		p->oom = OOM_NEVER;
	else
		log_debug("cannot set oom_score_adj, still %d: %s", p->oom,
		    strerror(errno));
}

/* Above the parent, whatever that has; and no error if it cannot be. */
static void
process_set_oom(const struct process *c)
{
	int score = oom_scores[c->role];

	if (c->parent->oom > 0)
		score += c->parent->oom;
	(void)confine_set_oom(score > OOM_MAX ? OOM_MAX : score);
}

/* Between fork and exec: nothing but system calls. */
static void
process_exec(struct process *c, int fd)
{
	static char name[] = "socks5d", flag[] = "-x";
	const char *role = proc_name(c->role);
	char        arg[16];
	char       *argv[] = { name, flag, arg, NULL };
	char       *envp[] = { c->parent->zone, NULL };

	(void)strlcpy(arg, role, sizeof(arg));
	process_set_oom(c);
	/* dup2(2) onto itself would leave close-on-exec set. */
	if (fd == CHILD_CHANNEL_FD) {
		if (fcntl(fd, F_SETFD, 0) == -1)
			return;
	} else if (dup2(fd, CHILD_CHANNEL_FD) == -1)
		return;
	(void)fexecve(c->parent->binary, argv, envp);
}

/* Everything that a new child must know. */
static void
process_greet(struct process *c)
{
	struct parent             *p = c->parent;
	const struct process_hook *h = p->children->hooks, *end;
	struct msg_start           s;
	uint8_t                    data[64];
	struct wbuf                b;
	unsigned int               i;

	end = h + p->children->nhooks;

	memset(&s, 0, sizeof(s));
	s.version = MSG_VERSION;
	s.role = c->role;
	s.instance = c->instance;
	s.incarnation = c->starts;
	s.flags = (p->rootless ? START_ROOTLESS : 0) |
	    (p->verbose ? START_VERBOSE : 0) |
	    (p->root == -1 ? START_NO_ROOT : 0);
	s.uid = p->users[c->role].uid;
	s.gid = p->users[c->role].gid;
	s.nofile = p->nofile;
	s.require = p->conf->require;
	wbuf_init(&b, data, sizeof(data));
	msg_put_start(&b, &s);
	process_send(c, MSG_CHILD_START, 0, &b,
	    p->root == -1 ? -1 : fcntl(p->root, F_DUPFD_CLOEXEC, 0));
	for (; h < end; h++)
		if (process_hooked(c, h) && h->greet != NULL)
			h->greet(c);
	if (process_send_conf(c, p->conf) == -1) {
		log_errno("cannot start %s: config", proc_name(c->role));
		process_kill(c);
		return;
	}
	process_commit(c, p->conf);
	for (i = 0; i < p->nprocesses; i++)
		if (p->process[i].peer != NULL)
			process_connect(c, &p->process[i]);
	for (h = p->children->hooks; h < end; h++)
		if (process_hooked(c, h) && h->join != NULL)
			h->join(c);
}

static int
process_hooked(const struct process *c, const struct process_hook *h)
{
	return (h->roles & PROC_BIT(c->role)) != 0;
}

void
process_ready(struct process *c)
{
	struct parent             *p = c->parent;
	const struct process_hook *h = p->children->hooks;

	c->state = CHILD_RUNNING;
	progress_made(p);
	(void)event_del(c->timer);
	if (p->up)
		walls_log_child(c);
	log_debug("%s %u is ready (pid %d)", proc_name(c->role), c->instance,
	    (int)c->pid);
	for (; h < p->children->hooks + p->children->nhooks; h++)
		if (process_hooked(c, h) && h->up != NULL)
			h->up(c);
}

int
process_send_conf(struct process *c, const struct conf *conf)
{
	struct bulk *b;

	if ((b = bulk_new(PROC_PARENT, c->role)) == NULL)
		return -1;
	if (conf_send(conf, c->role, process_emit, b) == -1) {
		bulk_free(b);
		return -1;
	}
	return process_send_bulk(c, b);
}

static int
process_emit(void *arg, enum msg_type type, const struct wbuf *payload, int fd)
{
	return bulk_add(arg, type, 0, payload, fd);
}

int
process_send_bulk(struct process *c, struct bulk *b)
{
	return bulk_send(b, process_emit_bulk, c);
}

static int
process_emit_bulk(void *arg, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	struct process *c = arg;

	process_send(c, type, id, payload, fd);
	return 0;
}

void
process_commit(struct process *c, const struct conf *conf)
{
	uint8_t     data[8];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, conf->generation);
	process_send(c, MSG_CONF_COMMIT, 0, &b, -1);
}

static void
process_connect(struct process *a, struct process *b)
{
	int pair[2];

	if (!msg_linked(a->role, b->role))
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) == -1) {
		log_errno("channel from %s to %s", proc_name(a->role),
		    proc_name(b->role));
		return;
	}
	process_tell_peer(a, b, pair[0]);
	process_tell_peer(b, a, pair[1]);
}

static void
process_tell_peer(struct process *to, const struct process *about, int fd)
{
	struct msg_peer p = { about->role, about->instance };
	uint8_t         data[16];
	struct wbuf     b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_peer(&b, &p);
	process_send(to, MSG_CHILD_PEER, about->starts, &b, fd);
}

/*
 * A child that does not take its messages any more is of no use; its end
 * is noticed like any other.
 */
void
process_send(struct process *c, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	if (c->peer == NULL) {
		if (fd != -1)
			(void)close(fd);
		return;
	}
	if (peer_send(c->peer, type, id, payload, fd) == -1 && errno != EPIPE) {
		log_errno("%s: cannot send %s, terminating it",
		    proc_name(c->role), msg_name(type));
		process_kill(c);
	}
}

/*
 * Not of 0, which would be all of our own process group.  Root without
 * CAP_KILL may end those of its own user alone, but it may be that user for a
 * moment; it stays root by its real user, so nobody may signal it meanwhile.
 */
void
process_kill(const struct process *c)
{
	uint32_t uid = c->parent->users[c->role].uid;

	if (c->pid == 0 || kill(c->pid, SIGKILL) == 0 || errno != EPERM ||
	    uid == geteuid())
		return;
	if (seteuid(uid) == -1) {
		log_errno("cannot terminate %s %u", proc_name(c->role),
		    c->instance);
		return;
	}
	(void)kill(c->pid, SIGKILL);
	if (seteuid(getuid()) == -1)
		fatal("cannot return to user %u", (unsigned int)getuid());
	(void)privilege_lower();
}

void
process_broke(struct process *c, const char *what)
{
	c->parent->counters.v[COUNTER_BAD_PEERS]++;
	log_error("security: %s %u (pid %d): protocol violation, terminating "
		  "it: %s",
	    proc_name(c->role), c->instance, (int)c->pid, what);
	process_kill(c);
}

void
process_reap(struct parent *p)
{
	unsigned int i;
	int          status;
	pid_t        pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (writer_reap(p, pid, status))
			continue;
		for (i = 0; i < p->nprocesses; i++)
			if (p->process[i].pid == pid)
				process_gone(&p->process[i], status);
	}
}

static void
process_gone(struct process *c, int status)
{
	struct parent             *p = c->parent;
	const struct process_hook *h = p->children->hooks;
	char                       why[64];

	if (p->stopping == 0 || status != 0)
		process_log_death(c, status);
	(void)snprintf(why, sizeof(why), "%s %u (pid %d) died during it",
	    proc_name(c->role), c->instance, (int)c->pid);
	c->pid = 0;
	c->state = CHILD_DOWN;
	memset(&c->walls, 0, sizeof(c->walls));
	/* Its last words are in the channel, and end with its end. */
	if (c->peer != NULL)
		peer_drain(c->peer);
	if (c->peer != NULL) {
		peer_free(c->peer);
		c->peer = NULL;
	}
	for (; h < p->children->hooks + p->children->nhooks; h++)
		if (process_hooked(c, h) && h->down != NULL)
			h->down(c, why);
	if (p->stopping == STOP_NOT)
		process_respawn(c);
}

static void
process_log_death(struct process *c, int status)
{
	struct parent *p = c->parent;
	const char    *role = proc_name(c->role);
	char           text[256];
	int            sig = WIFSIGNALED(status) ? WTERMSIG(status) : -1;

	p->counters.v[COUNTER_CHILD_DEATHS]++;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
		p->counters.v[COUNTER_CHILD_SANDBOX_KILLS]++;
		(void)snprintf(text, sizeof(text),
		    "security: %s %u (pid %d) was killed by its system "
		    "call filter (SIGSYS): the kernel log has the call",
		    role, c->instance, (int)c->pid);
	} else if (WIFSIGNALED(status)) {
		(void)snprintf(text, sizeof(text),
		    "%s %u (pid %d) was killed by signal %d (SIG%s)", role,
		    c->instance, (int)c->pid, WTERMSIG(status),
		    sigabbrev_np(WTERMSIG(status)));
	} else
		(void)snprintf(text, sizeof(text),
		    "%s %u (pid %d) ended with status %d", role, c->instance,
		    (int)c->pid, WEXITSTATUS(status));
	logger_event(LOG_LEVEL_ERROR, "exit",
	    (const struct logger_field[]){ { "role", role, 0 },
		{ "instance", NULL, c->instance }, { "pid", NULL, c->pid },
		{ "signal", NULL, sig },
		{ "status", NULL, sig == -1 ? WEXITSTATUS(status) : -1 } },
	    5, text);
}

/* At once, but after repeated deaths 1, 2, 4 .. 60 seconds later. */
static void
process_respawn(struct process *c)
{
	struct timeval tv;
	uint64_t       now = clock_ms();

	if (now > c->window_ms && now - c->window_ms > WINDOW_MS) {
		c->window_ms = now;
		c->deaths = 0;
		c->delay_ms = 0;
	}
	if (c->deaths++ > 0)
		c->delay_ms = c->delay_ms == 0 ? 1000 : c->delay_ms * 2;
	if (c->delay_ms > DELAY_MAX_MS)
		c->delay_ms = DELAY_MAX_MS;
	/* The window goes on for as long as it keeps dying. */
	if (c->delay_ms != 0)
		c->window_ms = now + c->delay_ms;
	if (c->deaths > DEATHS_QUIET)
		log_error("critical: %s %u died %u times in a row",
		    proc_name(c->role), c->instance, c->deaths);
	if (c->delay_ms != 0)
		log_warn("%s %u will start again in %us", proc_name(c->role),
		    c->instance, c->delay_ms / 1000);
	tv = clock_timeval(c->delay_ms);
	(void)event_add(c->timer, &tv);
}

static void
timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct process *c = arg;

	if (c->pid == 0 && c->parent->stopping == STOP_NOT)
		process_start(c);
	else if (c->pid != 0 && c->state == CHILD_STARTING)
		process_late(c);
}

static void
process_late(struct process *c)
{
	static const struct timeval tv = { START_TIMEOUT_S, 0 };

	if (progress_is_made(c->parent, c->started_ms,
		START_TIMEOUT_S * 1000)) {
		if (c->state == CHILD_STARTING)
			(void)event_add(c->timer, &tv);
		return;
	}
	/* It may have said just now that it is, or come to its end. */
	if (c->pid == 0 || c->state != CHILD_STARTING)
		return;
	log_error("%s %u (pid %d) not ready after %llu seconds, terminating it",
	    proc_name(c->role), c->instance, (int)c->pid,
	    (unsigned long long)(clock_ms() - c->started_ms) / 1000);
	process_kill(c);
}
