/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The relay process: its loop, its channels, its messages.
 *
 * It holds sockets that were accepted and connected by the router and moves
 * bytes between them; it has no system call to make, name or reach anything
 * else.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/channel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/msg_codec.h"
#include "base/msg_flow.h"
#include "base/role.h"
#include "compat/poller.h"
#include "compat/udp.h"
#include "conf/conf.h"
#include "conf/receiver.h"
#include "conf/wire.h"
#include "relay/allow.h"
#include "relay/handshake.h"
#include "relay/link.h"
#include "relay/relay.h"
#include "relay/report.h"
#include "relay/session.h"
#include "relay/state.h"
#include "relay/tcp.h"
#include "relay/timer.h"
#include "relay/turn.h"
#include "relay/udp.h"
#include "socks/udp.h"

#define EVENTS  256
#define BUCKETS 1024 /* at first; grows with the sessions */

static void relay_init(struct relay *, struct child *);
static void relay_set(struct relay *, const struct conf *);
static void relay_turn(struct relay *);
static void relay_event(struct relay *, const struct poller_event *);
static void relay_conf_commit(void *, struct conf *);
static void relay_peer_up(void *, struct peer *);
static void relay_peer_down(void *, enum proc_id, unsigned int);
static int  relay_peer_lost(void *, enum proc_id);
static void relay_counters(void *, struct counters *);
static void relay_on_new(void *, struct peer *, struct msg *);
static void relay_on_opened(void *, struct peer *, struct msg *);
static void relay_on_bound(void *, struct peer *, struct msg *);
static void relay_on_refused(void *, struct peer *, struct msg *);
static void relay_on_login(void *, struct peer *, struct msg *);
static void relay_on_kill(void *, struct peer *, struct msg *);
static void relay_on_grant(void *, struct peer *, struct msg *);
static void relay_on_allow(void *, struct peer *, struct msg *);
static void relay_on_stats(void *, struct peer *, struct msg *);
static void relay_on_flows(void *, struct peer *, struct msg *);

static const role_handler relay_handlers[MSG_MAX] = {
	[MSG_SESSION_NEW] = relay_on_new,
	[MSG_SESSION_OPENED] = relay_on_opened,
	[MSG_SESSION_BOUND] = relay_on_bound,
	[MSG_SESSION_REFUSED] = relay_on_refused,
	[MSG_LOGIN_DONE] = relay_on_login,
	[MSG_SESSION_KILL] = relay_on_kill,
	[MSG_UDP_OPENED] = udp_on_opened,
	[MSG_UDP_CLIENT] = udp_on_client,
	[MSG_UDP_FLOW] = udp_on_flow,
	[MSG_UDP_REFUSED] = udp_on_refused,
	[MSG_UDP_CLOSE] = udp_on_close,
	[MSG_UDP_FORGET] = udp_on_forget,
	[MSG_ALLOW_GRANT] = relay_on_grant,
	[MSG_ALLOW_SET] = relay_on_allow,
	[MSG_STATS_REQ] = relay_on_stats,
	[MSG_FLOWS_REQ] = relay_on_flows,
};

static const struct role_ops relay_ops = {
	.conf = &conf_receiver,
	.handlers = relay_handlers,
	.conf_commit = relay_conf_commit,
	.peer_up = relay_peer_up,
	.peer_down = relay_peer_down,
	.peer_lost = relay_peer_lost,
	.counters = relay_counters,
};

_Noreturn void
relay_main(struct child *child)
{
	struct relay *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("relay: memory");
	relay_init(r, child);
	role_begin(&r->role);
	for (;;)
		relay_turn(r);
}

static void
relay_init(struct relay *r, struct child *child)
{
	struct conf *conf;
	unsigned int i;

	role_init_loop(&r->role, child, &relay_ops, r, &link_loop, r);
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
	TAILQ_INIT(&r->udp_ready);
	RB_INIT(&r->allows);
	pipe_init(r, child->start.nofile);
	if ((r->batch = udp_batch_new(SOCKS_UDP_HEADER_MAX)) == NULL)
		fatal("relay: memory");
	/* Until the parent's first config is in force. */
	if ((conf = conf_new()) == NULL)
		fatal("relay: memory");
	relay_set(r, conf);
	conf_free(conf);
}

/* All that a relay needs of it. */
static void
relay_set(struct relay *r, const struct conf *conf)
{
	r->idle_ms = conf->set.idle_ms;
	r->half_closed_ms = conf->set.half_closed_ms;
	r->udp_ms = conf->set.udp_ms;
	r->connect_most_ms = conf->set.connect_most_ms;
}

/* Waits, handles what there is, then reports what has ended. */
static void
relay_turn(struct relay *r)
{
	struct poller_event ev[EVENTS];
	int                 i, n, timeout;

	timeout = 0;
	if (TAILQ_EMPTY(&r->busy) && !report_is_due(r) && !r->links_again)
		timeout = timer_next(r);
	if ((n = poller_wait(r->poller, ev, EVENTS, r->now, timeout)) == -1)
		fatal("relay: poller");
	r->now = clock_ms();
	r->turns++;
	link_resume(r);
	for (i = 0; i < n; i++)
		relay_event(r, &ev[i]);
	udp_answers(r);
	turn_serve(r);
	allow_sweep(r);
	timer_expire(r);
	report_reap(r);
	link_flush(r);
}

static void
relay_event(struct relay *r, const struct poller_event *ev)
{
	struct session *s;

	if (KEY_WHICH(ev->key) == KEY_LINK) {
		link_event(r, (enum proc_id)KEY_ID(ev->key));
		return;
	}
	if ((s = session_bykey(r, ev->key)) != NULL)
		s->ops->event(r, s, KEY_WHICH(ev->key), ev->what);
}

static void
relay_conf_commit(void *arg, struct conf *old)
{
	struct relay               *r = arg;
	const struct conf_settings *is = &r->role.conf->set;
	int                         shorter;

	if (is->idle_ms < r->idle_ms)
		timer_shorten(r, TIMER_IDLE, r->idle_ms, is->idle_ms);
	if (is->half_closed_ms < r->half_closed_ms)
		timer_shorten(r, TIMER_HALF_CLOSED, r->half_closed_ms,
		    is->half_closed_ms);
	shorter = is->udp_ms < r->udp_ms;
	relay_set(r, r->role.conf);
	if (shorter)
		udp_shorten(r);
	conf_discard(old);
}

static void
relay_peer_up(void *arg, struct peer *p)
{
	if (channel_peer(peer_channel(p)) == PROC_ROUTER)
		report_router_up(arg);
}

static void
relay_peer_down(void *arg, enum proc_id role, unsigned int instance)
{
	if (role == PROC_ROUTER) {
		handshake_router_down(arg);
		udp_router_down(arg);
	}
	if (role == PROC_AUTH)
		handshake_auth_down(arg);
}

/* Sessions go on without the others; a relay without a router is of no use. */
static int
relay_peer_lost(void *arg, enum proc_id role)
{
	struct relay *r = arg;

	if (role == PROC_ROUTER)
		return -1;
	role_count(&r->role, COUNTER_DESCRIPTORS_LOST);
	return 0;
}

static void
relay_counters(void *arg, struct counters *all)
{
	report_count(arg, all);
}

static void
relay_on_new(void *arg, struct peer *from, struct msg *m)
{
	struct relay          *r = arg;
	struct msg_session_new n;
	struct session_closed  c = {
		 .id = m->id, .rep = REP_NONE, .cause = CAUSE_NO_RESOURCES
	};
	uint8_t     data[SESSION_CLOSED_LEN];
	struct wbuf b;
	int         fd;

	if (msg_get_session_new(m, &n) == -1 ||
	    session_byid(r, m->id) != NULL) {
		role_bad_peer(&r->role, from, "malformed session-new");
		return;
	}
	if ((fd = msg_take_fd(m)) == -1)
		role_count(&r->role, COUNTER_DESCRIPTORS_LOST);
	else if (handshake_start(r, m->id, fd, &n) == 0)
		return;
	wbuf_init(&b, data, sizeof(data));
	session_closed_put(&b, &c);
	(void)peer_send(from, MSG_SESSION_CLOSED, 0, &b, -1);
}

static void
relay_on_opened(void *arg, struct peer *from, struct msg *m)
{
	struct relay             *r = arg;
	struct msg_session_opened o;
	struct session           *s;
	int                       fd;

	if (msg_get_session_opened(m, &o) == -1) {
		role_bad_peer(&r->role, from, "malformed session-opened");
		return;
	}
	/* The client may have left while the router was connecting. */
	if ((s = session_byid(r, m->id)) == NULL || !session_waits(s))
		return;
	if ((fd = msg_take_fd(m)) != -1) {
		if (handshake_opened(r, s, &o, fd) == 0)
			tcp_start(r, s);
		return;
	}
	role_count(&r->role, COUNTER_DESCRIPTORS_LOST);
	handshake_refused(r, s, 1, CAUSE_NO_RESOURCES);
}

static void
relay_on_bound(void *arg, struct peer *from, struct msg *m)
{
	struct relay            *r = arg;
	struct msg_session_bound b;
	struct session          *s;

	if (msg_get_session_bound(m, &b) == -1) {
		role_bad_peer(&r->role, from, "malformed session-bound");
		return;
	}
	if ((s = session_byid(r, m->id)) != NULL && s->timer == TIMER_WAITING)
		handshake_bound(r, s, &b);
}

static void
relay_on_refused(void *arg, struct peer *from, struct msg *m)
{
	struct relay              *r = arg;
	struct msg_session_refused f;
	struct session            *s;

	if (msg_get_session_refused(m, &f) == -1) {
		role_bad_peer(&r->role, from, "malformed session-refused");
		return;
	}
	if ((s = session_byid(r, m->id)) != NULL && session_waits(s))
		handshake_refused(r, s, f.rep, CAUSE_RULE);
}

static void
relay_on_login(void *arg, struct peer *from, struct msg *m)
{
	struct relay   *r = arg;
	struct session *s;
	uint32_t        told;

	if (msg_get_u32(m, &told) == -1 || told >= LOGIN_TOLD_MAX) {
		role_bad_peer(&r->role, from, "malformed login-done");
		return;
	}
	if ((s = session_byid(r, m->id)) != NULL)
		handshake_login(r, s, (enum login_told)told);
}

static void
relay_on_kill(void *arg, struct peer *from, struct msg *m)
{
	struct relay   *r = arg;
	struct session *s;

	if ((s = session_byid(r, m->id)) == NULL)
		return;
	s->cause = CAUSE_NONE; /* whatever it was refused for */
	session_finish(r, s, CAUSE_KILLED, 1);
}

static void
relay_on_grant(void *arg, struct peer *from, struct msg *m)
{
	struct relay *r = arg;
	uint64_t      bytes;

	if (msg_get_u64(m, &bytes) == -1) {
		role_bad_peer(&r->role, from, "malformed allow-grant");
		return;
	}
	allow_grant(r, m->id, bytes);
}

/* A new router has found out what an old session is to keep to. */
static void
relay_on_allow(void *arg, struct peer *from, struct msg *m)
{
	struct relay   *r = arg;
	struct session *s;
	uint64_t        id;

	if (msg_get_u64(m, &id) == -1) {
		role_bad_peer(&r->role, from, "malformed allow-set");
		return;
	}
	if ((s = session_byid(r, m->id)) == NULL || s->facts == NULL ||
	    s->timer == TIMER_FINISHED)
		return;
	if (allow_join(r, &s->member, id) == -1)
		session_finish(r, s, CAUSE_NO_RESOURCES, 1);
	else
		s->ops->pump(r, s, &s->member);
}

static void
relay_on_stats(void *arg, struct peer *from, struct msg *m)
{
	struct relay        *r = arg;
	uint8_t              data[MSG_PAYLOAD_MAX];
	struct session_stats st;
	struct session      *s;
	struct rbuf          in;
	struct wbuf          out;

	rbuf_init(&in, m->data, m->len);
	wbuf_init(&out, data, sizeof(data));
	while (in.left != 0) {
		st.id = rbuf_u64(&in);
		if (in.bad) {
			role_bad_peer(&r->role, from, "malformed stats-req");
			return;
		}
		if ((s = session_byid(r, st.id)) == NULL)
			continue;
		st.state = session_get_state(s);
		st.idle_ms = r->now - s->active;
		st.up = session_bytes(s, CLIENT);
		st.down = session_bytes(s, TARGET);
		if ((st.is_udp = udp_is(s)) != 0)
			udp_sums(s, &st.udp);
		session_stats_put(&out, &st);
	}
	(void)peer_send(from, MSG_STATS_RES, m->id, &out, -1);
}

static void
relay_on_flows(void *arg, struct peer *from, struct msg *m)
{
	struct relay     *r = arg;
	uint8_t           data[MSG_PAYLOAD_MAX];
	struct flow_stats st;
	struct session   *s;
	struct rbuf       in;
	struct wbuf       out;

	rbuf_init(&in, m->data, m->len);
	wbuf_init(&out, data, sizeof(data));
	while (in.left != 0) {
		if (flow_id_get(&in, &st.id) == -1) {
			role_bad_peer(&r->role, from, "malformed flows-req");
			return;
		}
		if ((s = session_byid(r, st.id.session)) != NULL &&
		    udp_flow_stats(r, s, &st) == 0)
			flow_stats_put(&out, &st);
	}
	(void)peer_send(from, MSG_FLOWS_RES, m->id, &out, -1);
}
