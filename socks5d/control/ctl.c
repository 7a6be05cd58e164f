/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The service for socks5ctl: who may come in, how long they may stay.
 *
 * What a client sends can end its own connection, nothing else; what it does
 * not read stays bounded.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/role.h"
#include "compat/peercred.h"
#include "control/command.h"
#include "control/ctl.h"

/* How often the time limits are looked at. */
#define TICK_USEC 250000

/* A connection on which nothing moves for so long is closed. */
#define IDLE_MS 30000

/* Room for a result and its text. */
#define DONE_SIZE (MSG_TEXT_SIZE + 8)

static void        accept_cb(evutil_socket_t, short, void *);
static void        tick_cb(evutil_socket_t, short, void *);
static void        tick_start(struct ctl *);
static void        check_progress(struct conn *, uint64_t);
static void        admit(struct ctl *, int);
static const char *place(struct ctl *, struct conn *, uid_t);
static const char *judge(const struct ctl *, int, uid_t *);
static void        review(struct ctl *);
static void        turn_away(struct channel *, const char *);
static void        on_msg(void *, struct peer *, struct msg *);
static void        on_hello(struct conn *, const struct msg *);
static void        on_end(void *, struct peer *, const char *);
static void        on_drained(void *, struct peer *);

void
ctl_init(struct ctl *ctl, struct role *r)
{
	memset(ctl, 0, sizeof(*ctl));
	ctl->role = r;
	ctl->fd = -1;
	conns_init(&ctl->conns, r);
	shares_init(&ctl->conns.members,
	    CTL_CONNS_MAX - CTL_CONNS_ROOT - CTL_CONNS_OWNER, CTL_CONNS_PART,
	    1);
	ctl->tick = event_new(r->base, -1, EV_PERSIST, tick_cb, ctl);
	if (ctl->tick == NULL)
		fatalx("no memory for the control socket");
}

void
ctl_listen(struct ctl *ctl, int fd, const struct msg_control_socket *rights)
{
	if (ctl->accept != NULL)
		event_free(ctl->accept);
	if (ctl->fd != -1)
		(void)close(ctl->fd);
	ctl->fd = fd;
	ctl->rights = *rights;
	ctl->paused = 0;
	ctl->accept = event_new(ctl->role->base, fd, EV_READ | EV_PERSIST,
	    accept_cb, ctl);
	if (ctl->accept == NULL || event_add(ctl->accept, NULL) == -1)
		fatalx("no memory for the control socket");
	review(ctl);
}

static void
accept_cb(evutil_socket_t sock, short what, void *arg)
{
	struct ctl *ctl = arg;
	int         fd;

	conns_reap(&ctl->conns);
	tick_start(ctl);
	fd = accept4(sock, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		admit(ctl, fd);
		return;
	}
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		log_warn_errno("control socket: paused");
		ctl->paused = 1;
		(void)event_del(ctl->accept);
		break;
	default:
		/* Gone before it was accepted: nobody waits for us. */
		break;
	}
}

static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct ctl  *ctl = arg;
	struct conn *c;
	uint64_t     now;

	conns_reap(&ctl->conns);
	now = clock_ms();
	TAILQ_FOREACH(c, &ctl->conns.list, entry)
		check_progress(c, now);
	if (ctl->paused && event_add(ctl->accept, NULL) == 0)
		ctl->paused = 0;
	if (TAILQ_EMPTY(&ctl->conns.list) && !ctl->paused)
		(void)event_del(ctl->tick);
}

/* Without connections nothing is due, and the process sleeps. */
static void
tick_start(struct ctl *ctl)
{
	static const struct timeval period = { 0, TICK_USEC };

	if (!event_pending(ctl->tick, EV_TIMEOUT, NULL))
		(void)event_add(ctl->tick, &period);
}

/* A queue that became shorter, or work for the client, is progress. */
static void
check_progress(struct conn *c, uint64_t now)
{
	size_t queued;

	if (c->peer == NULL)
		return;
	queued = peer_queued(c->peer);
	if (queued < c->queued || c->ask.waiting != 0)
		c->moved_ms = now;
	c->queued = queued;
	if (now - c->moved_ms > IDLE_MS)
		conn_close(c);
}

static void
admit(struct ctl *ctl, int fd)
{
	struct channel *ch;
	struct conn    *c;
	struct peer    *p;
	const char     *why;
	uid_t           uid = 0;

	if ((ch = channel_new(fd, PROC_CONTROL, PROC_CTL, 0)) == NULL) {
		(void)close(fd);
		return;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		turn_away(ch, "out of memory");
		return;
	}
	c->fd = fd;
	c->refused = judge(ctl, fd, &uid);
	c->owner = uid == 0 || uid == ctl->rights.uid;
	if ((why = place(ctl, c, uid)) != NULL) {
		turn_away(ch, why);
		free(c);
		return;
	}
	if ((p = peer_new(ctl->role->base, ch, on_msg, on_end, c)) == NULL) {
		turn_away(ch, "out of memory");
		share_release(&ctl->conns.members, c->share);
		free(c);
		return;
	}
	peer_on_drained(p, on_drained);
	conn_add(&ctl->conns, c, p);
}

/* NULL, or why there is no room for one more of this user. */
static const char *
place(struct ctl *ctl, struct conn *c, uid_t uid)
{
	struct share_key key = { 0, uid };
	unsigned int     most = CTL_CONNS_MAX;

	if (uid != 0)
		most -= CTL_CONNS_ROOT;
	if (!c->owner)
		most -= CTL_CONNS_OWNER;
	if (ctl->conns.n >= most)
		return "too many connections of socks5ctl";
	if (c->owner)
		return NULL;
	c->share = share_take(&ctl->conns.members, &key, SIZE_MAX);
	if (c->share != NULL)
		return NULL;
	return errno == EDQUOT ? "too many connections of your socks5ctl" :
	    errno == ENOMEM    ? "out of memory" :
				 "too many connections of socks5ctl";
}

/* NULL, or why this peer must not be served. */
static const char *
judge(const struct ctl *ctl, int fd, uid_t *uid)
{
	if (peercred_uid(fd, uid) == -1) {
		*uid = (uid_t)-1;
		return "cannot tell who is asking";
	}
	if (*uid == 0 || *uid == ctl->rights.uid)
		return NULL;
	if (ctl->rights.has_gid && peercred_has_gid(fd, ctl->rights.gid))
		return NULL;
	return "permission denied";
}

/*
 * Who is not among those any more who may do something is refused from now on.
 * What he has asked for so far was his right, and comes to its end.
 */
static void
review(struct ctl *ctl)
{
	struct conn *c;
	uid_t        uid;

	TAILQ_FOREACH(c, &ctl->conns.list, entry) {
		if (c->peer == NULL || c->refused != NULL ||
		    (c->refused = judge(ctl, c->fd, &uid)) == NULL)
			continue;
		if (c->greeted && (c->command == NULL || c->hears != MSG_NONE))
			conn_done(c, RESULT_REFUSED, c->refused);
	}
}

/*
 * What the client has sent must be read before closing, or it would learn of
 * a reset and not why.
 */
static void
turn_away(struct channel *ch, const char *why)
{
	uint8_t     space[DONE_SIZE];
	struct wbuf b;
	struct msg *m;

	wbuf_init(&b, space, sizeof(space));
	msg_put_result(&b, RESULT_REFUSED, why);
	(void)channel_send(ch, MSG_CTL_DONE, 0, &b, -1);
	(void)channel_recv(ch, &m);
	channel_free(ch);
}

static void
on_msg(void *arg, struct peer *p, struct msg *m)
{
	struct conn *c = arg;

	if (c->refused != NULL && c->greeted) {
		if (c->command == NULL)
			conn_done(c, RESULT_REFUSED, c->refused);
		return;
	}
	c->moved_ms = clock_ms();
	if (m->type == MSG_CTL_HELLO)
		on_hello(c, m);
	else if (c->hears == m->type)
		c->hear(c, m);
	else if (!c->greeted || c->command != NULL) {
		log_debug("socks5ctl: %s out of turn", msg_name(m->type));
		conn_close(c);
	} else
		command_start(c, m);
}

/*
 * The answer is our version in any case: it is for the client to say that
 * the two differ, in words that its user understands.
 */
static void
on_hello(struct conn *c, const struct msg *m)
{
	uint8_t     space[8];
	struct wbuf b;
	uint32_t    version;

	if (c->greeted || msg_get_u32(m, &version) == -1) {
		conn_close(c);
		return;
	}
	c->greeted = 1;
	wbuf_init(&b, space, sizeof(space));
	msg_put_u32(&b, MSG_VERSION);
	if (conn_send(c, MSG_CTL_HELLO, &b) == -1)
		return;
	if (c->refused == NULL && version != MSG_VERSION)
		c->refused = "socks5ctl and the daemon differ in version";
	if (c->refused != NULL)
		conn_done(c, RESULT_REFUSED, c->refused);
}

static void
on_end(void *arg, struct peer *p, const char *reason)
{
	struct conn *c = arg;

	if (reason != NULL) {
		log_debug("socks5ctl: %s", reason);
		role_count(c->conns->role, COUNTER_BAD_PEERS);
	}
	conn_close(c);
}

static void
on_drained(void *arg, struct peer *p)
{
	struct conn *c = arg;

	c->moved_ms = clock_ms();
	c->paced = 0;
	conn_step(c);
}
