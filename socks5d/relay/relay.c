/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay process: its loop, its channels, its messages.
 *
 * It holds sockets that were accepted and
 * connected by the router and moves bytes between them; it has no system call
 * to make, name or reach anything else.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "compat/poller.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "relay/allow.h"
#include "relay/handshake.h"
#include "relay/relay.h"
#include "relay/report.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/tcp.h"
#include "relay/timer.h"
#include "relay/turn.h"

#define EVENTS		256
#define BUCKETS		1024	/* at first; grows with the sessions */

static void	relay_init(struct relay *, struct child *);
static void	relay_turn(struct relay *);
static void	relay_event(struct relay *, const struct poller_event *);
static void	link_open(struct relay *, enum proc_id, struct channel *);
static void	link_event(struct relay *, struct link *);
static void	link_flush(struct relay *, struct link *);
static void	link_down(struct relay *, struct link *, const char *);
static void	relay_dispatch(struct relay *, struct link *, struct msg *);
static void	relay_on_lost(struct relay *, struct link *, struct msg *);
static void	relay_on_peer(struct relay *, struct link *, struct msg *);
static void	relay_on_verbose(struct relay *, struct link *, struct msg *);
static void	relay_on_stop(struct relay *, struct link *, struct msg *);
static void	relay_on_ping(struct relay *, struct link *, struct msg *);
static void	relay_on_conf(struct relay *, struct link *, struct msg *);
static void	relay_on_commit(struct relay *, struct link *, struct msg *);
static void	relay_on_abort(struct relay *, struct link *, struct msg *);
static void	relay_on_new(struct relay *, struct link *, struct msg *);
static void	relay_on_opened(struct relay *, struct link *, struct msg *);
static void	relay_on_refused(struct relay *, struct link *, struct msg *);
static void	relay_on_login(struct relay *, struct link *, struct msg *);
static void	relay_on_kill(struct relay *, struct link *, struct msg *);
static void	relay_on_grant(struct relay *, struct link *, struct msg *);
static void	relay_on_allow(struct relay *, struct link *, struct msg *);
static void	relay_on_stats(struct relay *, struct link *, struct msg *);
static void	relay_on_counters(struct relay *, struct link *,
		    struct msg *);

/* Every message that gets here has passed msg_check(). */
static void	(*const relay_handlers[MSG_MAX])(struct relay *, struct link *,
		    struct msg *) = {
	[MSG_BULK] =		relay_on_lost,
	[MSG_CHILD_PEER] =	relay_on_peer,
	[MSG_CHILD_VERBOSE] =	relay_on_verbose,
	[MSG_CHILD_STOP] =	relay_on_stop,
	[MSG_CHILD_PING] =	relay_on_ping,
	[MSG_CONF_BEGIN] =	relay_on_conf,
	[MSG_CONF_SETTINGS] =	relay_on_conf,
	[MSG_CONF_END] =	relay_on_conf,
	[MSG_CONF_COMMIT] =	relay_on_commit,
	[MSG_CONF_ABORT] =	relay_on_abort,
	[MSG_SESSION_NEW] =	relay_on_new,
	[MSG_SESSION_OPENED] =	relay_on_opened,
	[MSG_SESSION_REFUSED] =	relay_on_refused,
	[MSG_LOGIN_DONE] =	relay_on_login,
	[MSG_SESSION_KILL] =	relay_on_kill,
	[MSG_ALLOW_GRANT] =	relay_on_grant,
	[MSG_ALLOW_SET] =	relay_on_allow,
	[MSG_STATS_REQ] =	relay_on_stats,
	[MSG_COUNTERS_REQ] =	relay_on_counters,
};

_Noreturn void
relay_main(struct child *child)
{
	struct relay	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("relay: memory");
	relay_init(r, child);
	child_confine(child);
	child_ready(child);
	for (;;)
		relay_turn(r);
}

static void
relay_init(struct relay *r, struct child *child)
{
	unsigned int	i;

	r->child = child;
	r->now = clock_ms();
	if ((r->poller = poller_new()) == NULL)
		fatal("relay: poller");
	r->nbuckets = BUCKETS;
	if ((r->bucket = calloc(r->nbuckets, sizeof(*r->bucket))) == NULL)
		fatal("relay: memory");
	for (i = 0; i < TIMER_MAX; i++)
		TAILQ_INIT(&r->timer[i]);
	RB_INIT(&r->own);
	TAILQ_INIT(&r->busy);
	RB_INIT(&r->allows);
	pipe_init(r, child->start.nofile);
	/* Until the parent's first config is in force. */
	if ((r->conf = conf_new()) == NULL)
		fatal("relay: memory");
	link_open(r, PROC_PARENT, child->parent);
}

/* Waits, handles what there is, then reports what has ended. */
static void
relay_turn(struct relay *r)
{
	struct poller_event	 ev[EVENTS];
	int			 i, n, timeout;

	timeout = TAILQ_EMPTY(&r->busy) && !report_is_due(r) ?
	    timer_next(r) : 0;
	if ((n = poller_wait(r->poller, ev, EVENTS, timeout)) == -1)
		fatal("relay: poller");
	r->now = clock_ms();
	for (i = 0; i < n; i++)
		relay_event(r, &ev[i]);
	turn_serve(r);
	allow_sweep(r);
	timer_expire(r);
	report_reap(r);
	for (i = 0; i < PROC_MAX; i++)
		if (r->link[i].channel != NULL)
			link_flush(r, &r->link[i]);
}

static void
relay_event(struct relay *r, const struct poller_event *ev)
{
	struct session	*s;

	if (KEY_WHICH(ev->key) == KEY_LINK) {
		link_event(r, &r->link[KEY_ID(ev->key)]);
		return;
	}
	if ((s = session_bykey(r, ev->key)) != NULL)
		s->ops->event(r, s, KEY_WHICH(ev->key), ev->what);
}

static void
link_open(struct relay *r, enum proc_id peer, struct channel *c)
{
	struct link	*l = &r->link[peer];

	l->channel = c;
	l->output = 0;
	if (poller_add_input(r->poller, channel_fd(c),
	    KEY(peer, KEY_LINK)) == -1)
		fatal("relay: channel to %s", proc_name(peer));
}

static void
link_event(struct relay *r, struct link *l)
{
	struct channel	*c = l->channel;
	struct msg	*m;

	if (c == NULL)
		return;
	while (l->channel == c) {
		switch (channel_recv(c, &m)) {
		case CHANNEL_MSG:
			relay_dispatch(r, l, m);
			continue;
		case CHANNEL_AGAIN:
			return;
		case CHANNEL_CLOSED:
			link_down(r, l, NULL);
			return;
		case CHANNEL_BAD:
			link_down(r, l, channel_error(c));
			return;
		}
	}
}

/* What this turn had to say, in one datagram if there is room. */
static void
link_flush(struct relay *r, struct link *l)
{
	int	wants;

	/* A failed flush shows as an end when the channel is read. */
	if (channel_posted(l->channel) || channel_wants_write(l->channel))
		(void)channel_flush(l->channel);
	wants = channel_wants_write(l->channel);
	if (wants == l->output)
		return;
	if (poller_set_output(r->poller, channel_fd(l->channel),
	    KEY(channel_peer(l->channel), KEY_LINK), wants) == -1)
		fatal("relay: channel to %s",
		    proc_name(channel_peer(l->channel)));
	l->output = (uint8_t)wants;
}

/* A sibling is gone, or (with a reason) must go. */
static void
link_down(struct relay *r, struct link *l, const char *reason)
{
	struct msg_bad_peer	 bad;
	uint8_t			 data[256];
	struct wbuf		 b;
	struct channel		*c = l->channel;

	/* Without a parent there is nobody to live for. */
	if (channel_peer(c) == PROC_PARENT)
		_exit(reason == NULL ? 0 : 1);
	if (reason != NULL) {
		bad.role = channel_peer(c);
		bad.instance = channel_instance(c);
		(void)strlcpy(bad.what, reason, sizeof(bad.what));
		r->counters.v[COUNTER_BAD_PEERS]++;
		wbuf_init(&b, data, sizeof(data));
		msg_put_bad_peer(&b, &bad);
		(void)channel_send(r->link[PROC_PARENT].channel,
		    MSG_CHILD_BAD_PEER, 0, &b, -1);
	}
	l->channel = NULL;
	if (channel_peer(c) == PROC_ROUTER)
		handshake_router_down(r);
	if (channel_peer(c) == PROC_AUTH)
		handshake_auth_down(r);
	channel_free(c);
}

static void
relay_dispatch(struct relay *r, struct link *l, struct msg *m)
{
	/* A type without a handler is a bug of ours: the gate let it in. */
	if (relay_handlers[m->type] == NULL)
		fatalx("relay: no handler for %s", msg_name(m->type));
	relay_handlers[m->type](r, l, m);
}

/* What is in force stays; the parent is told, and gives up the new one. */
static void
relay_on_lost(struct relay *r, struct link *l, struct msg *m)
{
	uint8_t		data[64];
	struct wbuf	b;

	conf_discard(r->next);
	r->next = NULL;
	r->next_refused = 1;
	wbuf_init(&b, data, sizeof(data));
	msg_put_text(&b, "lost: out of descriptors or memory");
	(void)channel_send(l->channel, MSG_CONF_FAILED, 0, &b, -1);
}

static void
relay_on_peer(struct relay *r, struct link *l, struct msg *m)
{
	struct msg_peer	 p;
	struct channel	*c;
	int		 fd;

	if (msg_get_peer(m, &p) == -1)
		fatalx("relay: malformed %s", msg_name(m->type));
	fd = msg_take_fd(m);
	/* It comes once, and a relay without a router is of no use. */
	if (fd == -1 && p.role == PROC_ROUTER)
		fatalx("relay: channel to the router lost: out of "
		    "descriptors");
	if (fd == -1) {
		r->counters.v[COUNTER_DESCRIPTORS_LOST]++;
		return;
	}
	if (p.role == PROC_PARENT || p.role == PROC_RELAY ||
	    p.role >= PROC_CTL)
		fatalx("relay: no channel to %s wanted", proc_name(p.role));
	if ((c = channel_new(fd, PROC_RELAY, p.role, p.instance)) == NULL)
		fatal("relay: channel");
	if (r->link[p.role].channel != NULL)
		link_down(r, &r->link[p.role], NULL);
	link_open(r, p.role, c);
	if (p.role == PROC_ROUTER)
		report_router_up(r);
}

static void
relay_on_verbose(struct relay *r, struct link *l, struct msg *m)
{
	uint32_t	on;

	if (msg_get_u32(m, &on) == -1)
		fatalx("relay: malformed %s", msg_name(m->type));
	log_set_verbose(on != 0);
}

static void
relay_on_stop(struct relay *r, struct link *l, struct msg *m)
{
	_exit(0);
}

static void
relay_on_ping(struct relay *r, struct link *l, struct msg *m)
{
	child_pong(r->child, m);
}

/* After a refusal the rest of that transaction is in the channel already. */
static void
relay_on_conf(struct relay *r, struct link *l, struct msg *m)
{
	uint8_t		data[64];
	struct wbuf	b;

	if (m->type == MSG_CONF_BEGIN)
		r->next_refused = 0;
	else if (r->next_refused)
		return;
	switch (conf_receive(&r->next, m)) {
	case CONF_MORE:
		return;
	case CONF_COMPLETE:
		break;
	case CONF_REFUSED:
		r->next_refused = 1;
		wbuf_init(&b, data, sizeof(data));
		msg_put_text(&b, "malformed or out of memory");
		(void)channel_send(l->channel, MSG_CONF_FAILED, 0, &b, -1);
		return;
	}
	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, r->next->generation);
	(void)channel_send(l->channel, MSG_CONF_READY, 0, &b, -1);
}

static void
relay_on_commit(struct relay *r, struct link *l, struct msg *m)
{
	const struct conf_settings	*was = &r->conf->set, *is;

	if (r->next == NULL)
		fatalx("relay: commit of nothing");
	is = &r->next->set;
	if (is->idle_ms < was->idle_ms)
		timer_shorten(r, TIMER_IDLE, was->idle_ms, is->idle_ms);
	if (is->half_closed_ms < was->half_closed_ms)
		timer_shorten(r, TIMER_HALF_CLOSED, was->half_closed_ms,
		    is->half_closed_ms);
	conf_discard(r->conf);
	r->conf = r->next;
	r->next = NULL;
}

static void
relay_on_abort(struct relay *r, struct link *l, struct msg *m)
{
	conf_discard(r->next);
	r->next = NULL;
}

static void
relay_on_new(struct relay *r, struct link *l, struct msg *m)
{
	struct msg_session_new	 n;
	struct session_closed	 c = { .id = m->id, .rep = REP_NONE,
				    .cause = CAUSE_NO_RESOURCES };
	uint8_t			 data[SESSION_CLOSED_LEN];
	struct wbuf		 b;
	int			 fd;

	if (msg_get_session_new(m, &n) == -1 ||
	    session_byid(r, m->id) != NULL) {
		link_down(r, l, "malformed session-new");
		return;
	}
	if ((fd = msg_take_fd(m)) == -1)
		r->counters.v[COUNTER_DESCRIPTORS_LOST]++;
	else if (handshake_start(r, m->id, fd, &n) == 0)
		return;
	wbuf_init(&b, data, sizeof(data));
	session_closed_put(&b, &c);
	(void)channel_send(l->channel, MSG_SESSION_CLOSED, 0, &b, -1);
}

static void
relay_on_opened(struct relay *r, struct link *l, struct msg *m)
{
	struct msg_session_opened	 o;
	struct session			*s;
	int				 fd;

	if (msg_get_session_opened(m, &o) == -1) {
		link_down(r, l, "malformed session-opened");
		return;
	}
	/* The client may have left while the router was connecting. */
	if ((s = session_byid(r, m->id)) == NULL || s->timer != TIMER_WAITING)
		return;
	if ((fd = msg_take_fd(m)) != -1) {
		if (handshake_opened(r, s, &o, fd) == 0)
			tcp_start(r, s);
		return;
	}
	r->counters.v[COUNTER_DESCRIPTORS_LOST]++;
	handshake_refused(r, s, 1, CAUSE_NO_RESOURCES);
}

static void
relay_on_refused(struct relay *r, struct link *l, struct msg *m)
{
	struct msg_session_refused	 f;
	struct session			*s;

	if (msg_get_session_refused(m, &f) == -1) {
		link_down(r, l, "malformed session-refused");
		return;
	}
	if ((s = session_byid(r, m->id)) != NULL && s->timer == TIMER_WAITING)
		handshake_refused(r, s, f.rep, CAUSE_RULE);
}

static void
relay_on_login(struct relay *r, struct link *l, struct msg *m)
{
	struct session	*s;
	uint32_t	 told;

	if (msg_get_u32(m, &told) == -1 || told >= LOGIN_TOLD_MAX) {
		link_down(r, l, "malformed login-done");
		return;
	}
	if ((s = session_byid(r, m->id)) != NULL)
		handshake_login(r, s, (enum login_told)told);
}

static void
relay_on_kill(struct relay *r, struct link *l, struct msg *m)
{
	struct session	*s;

	if ((s = session_byid(r, m->id)) == NULL)
		return;
	s->cause = CAUSE_NONE;		/* whatever it was refused for */
	session_finish(r, s, CAUSE_KILLED, 1);
}

static void
relay_on_grant(struct relay *r, struct link *l, struct msg *m)
{
	uint64_t	bytes;

	if (msg_get_u64(m, &bytes) == -1) {
		link_down(r, l, "malformed allow-grant");
		return;
	}
	allow_grant(r, m->id, bytes);
}

/* A new router has found out what an old session is to keep to. */
static void
relay_on_allow(struct relay *r, struct link *l, struct msg *m)
{
	struct session	*s;
	uint64_t	 id;

	if (msg_get_u64(m, &id) == -1) {
		link_down(r, l, "malformed allow-set");
		return;
	}
	if ((s = session_byid(r, m->id)) == NULL || s->facts == NULL ||
	    s->timer == TIMER_FINISHED)
		return;
	if (allow_join(r, s, id) == -1)
		session_finish(r, s, CAUSE_NO_RESOURCES, 1);
	else
		s->ops->pump(r, s);
}

static void
relay_on_stats(struct relay *r, struct link *l, struct msg *m)
{
	uint8_t			 data[MSG_PAYLOAD_MAX];
	struct session_stats	 st;
	struct session		*s;
	struct rbuf		 in;
	struct wbuf		 out;

	rbuf_init(&in, m->data, m->len);
	wbuf_init(&out, data, sizeof(data));
	while (in.left != 0) {
		st.id = rbuf_u64(&in);
		if (in.bad) {
			link_down(r, l, "malformed stats-req");
			return;
		}
		if ((s = session_byid(r, st.id)) == NULL)
			continue;
		st.state = session_get_state(s);
		st.idle_ms = r->now - s->active;
		st.up = session_bytes(s, CLIENT);
		st.down = session_bytes(s, TARGET);
		session_stats_put(&out, &st);
	}
	(void)channel_send(l->channel, MSG_STATS_RES, m->id, &out, -1);
}

static void
relay_on_counters(struct relay *r, struct link *l, struct msg *m)
{
	uint8_t		data[COUNTER_MAX * 8];
	struct counters	all = r->counters;
	struct wbuf	b;

	report_count(r, &all);
	wbuf_init(&b, data, sizeof(data));
	msg_put_counters(&b, &all);
	/* Behind what the router is told, for who asks it next. */
	(void)channel_post(l->channel, MSG_COUNTERS_RES, m->id, &b, -1);
}
