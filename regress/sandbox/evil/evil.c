/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A child that was taken over, for tests only.
 *
 * The test links the daemon's own objects once more, with these files in place
 * of child_begin() and child_confine() (ld's --wrap), so that nothing in the
 * daemon knows of it.  The role named in the parent's variable EVIL,
 * "role:attack:peer:port:echo", behaves until the second config, then makes
 * its attack with what it holds, once, and from then on does nothing but what
 * the attack does about answers.  A second start of the role is honest.
 *
 * With EVIL=list it only says which messages there are, by sender and
 * receiver, and which attack tries which, so that none is forgotten.
 */

#include <sys/epoll.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/msg_login.h"
#include "base/msg_table.h"
#include "base/msg_upstream.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "evil.h"

struct evil evil;

void __real_child_begin(struct child *, enum proc_id);
void __real_child_confine(struct child *);
void __wrap_child_begin(struct child *, enum proc_id);
void __wrap_child_confine(struct child *);

static void                 read_orders(void);
static _Noreturn void       evil_main(struct child *);
static void                 on_readable(struct channel *);
static void                 on_message(struct msg *);
static void                 on_session(struct msg *);
static void                 on_flow(struct msg *);
static void                 on_peer(struct msg *);
static void                 watch(struct channel *);
static void                 conf_answer(void);
static void                 attack_if_due(void);
static const struct attack *attack_find(void);
static void                 spin(struct evil *, struct channel *);
static void                 spin_on(struct evil *, struct channel *);

static const struct attack attacks_plain[] = {
	{ "dialed-never", MSG_NONE, NEED_QUESTION, evil_do_nothing, NULL },
	{ "spin", MSG_NONE, NEED_NOTHING, spin, NULL },
	{ "spin-on", MSG_NONE, NEED_NOTHING, spin_on, NULL },
	{ "hoard", MSG_NONE, NEED_SESSION, evil_do_nothing, NULL },
	{ "wait", MSG_NONE, NEED_NOTHING, evil_do_nothing, NULL },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};

static const struct attack *const attacks[] = {
	attacks_plain,
	attacks_calls,
	attacks_messages,
	attacks_sessions,
	attacks_allowances,
	attacks_associations,
	attacks_flows,
	attacks_binds,
	attacks_names,
	attacks_control,
	attacks_logins,
	attacks_loader,
	attacks_upstream,
};

/* --- in place of child.c ------------------------------------------------ */

void
__wrap_child_begin(struct child *c, enum proc_id role)
{
	read_orders();
	__real_child_begin(c, role);
	evil.self = role;
	evil.client = evil.flow = evil.front = evil.inbound = -1;
	evil.armed = strcmp(evil.role, proc_name(role)) == 0 &&
	    c->start.instance == 0 && c->start.incarnation == 1;
}

void
__wrap_child_confine(struct child *c)
{
	if (evil.armed && (evil.epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll_create1");
	__real_child_confine(c);
	if (evil.armed)
		evil_main(c);
}

/* The own environment is empty; the parent's is not, and we are still root. */
static void
read_orders(void)
{
	char    path[64], buf[65536], *v;
	ssize_t n;
	int     fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)getppid());
	if ((fd = open(path, O_RDONLY)) == -1)
		return;
	n = read(fd, buf, sizeof(buf) - 1);
	(void)close(fd);
	if (n <= 0)
		return;
	buf[n] = '\0';
	for (v = buf; v < buf + n; v += strlen(v) + 1) {
		if (sscanf(v, "EVIL=%15[^:]:%31[^:]:%15[^:]:%u:%u", evil.role,
			evil.attack, evil.peername, &evil.port,
			&evil.echo) == 5)
			return;
	}
	evil.role[0] = '\0';
}

/* --- a child that only waits -------------------------------------------- */

static _Noreturn void
evil_main(struct child *c)
{
	struct epoll_event ev;

	evil.child = c;
	/* Relays are ready before their config, the others with it. */
	if (evil.self == PROC_RELAY)
		child_ready(c);
	evil.channel[PROC_PARENT] = c->parent;
	watch(c->parent);
	on_readable(c->parent);
	for (;;) {
		if (epoll_wait(evil.epoll, &ev, 1, -1) == 1)
			on_readable(ev.data.ptr);
	}
}

static void
watch(struct channel *ch)
{
	struct epoll_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	ev.data.ptr = ch;
	(void)epoll_ctl(evil.epoll, EPOLL_CTL_ADD, channel_fd(ch), &ev);
}

static void
on_readable(struct channel *ch)
{
	struct msg *m;

	for (;;) {
		switch (channel_recv(ch, &m)) {
		case CHANNEL_MSG:
			on_message(m);
			attack_if_due();
			break;
		case CHANNEL_AGAIN:
			return;
		case CHANNEL_CLOSED:
		case CHANNEL_BAD:
			if (ch == evil.channel[PROC_PARENT])
				_exit(0);
			(void)epoll_ctl(evil.epoll, EPOLL_CTL_DEL,
			    channel_fd(ch), NULL);
			return;
		}
	}
}

static void
on_message(struct msg *m)
{
	switch (m->type) {
	case MSG_CHILD_PEER:
		on_peer(m);
		break;
	case MSG_CHILD_STOP:
		_exit(0);
	case MSG_CHILD_PING:
		child_pong(evil.child, m);
		break;
	case MSG_CONF_COMMIT:
		if (evil.commits++ == 0 && evil.self != PROC_RELAY)
			child_ready(evil.child);
		break;
	case MSG_SESSION_NEW:
		on_session(m);
		break;
	case MSG_NAME_RESOLVE:
	case MSG_LOGIN_CHECK:
	case MSG_HASH_JOB:
		evil.id = m->id;
		break;
	case MSG_UPSTREAM_DIAL:
		evil.id = m->id;
		evil.client = msg_take_fd(m);
		break;
	case MSG_UDP_FLOW:
		on_flow(m);
		break;
	case MSG_UDP_CLIENT:
		evil.front = msg_take_fd(m);
		break;
	case MSG_TABLE_JOB:
	case MSG_TABLE_SOURCE:
		evil_on_table(m);
		break;
	case MSG_TABLE_BUILD:
		evil_on_build(m);
		break;
	case MSG_LOGIN_DONE:
		evil_on_login();
		break;
	default:
		if (m->type >= MSG_CONF_BEGIN && m->type <= MSG_CONF_END &&
		    conf_receive(&evil.conf, m) == CONF_COMPLETE)
			conf_answer();
		break;
	}
	if (evil.done && attack_find()->step != NULL)
		attack_find()->step(&evil, m);
}

static void
on_session(struct msg *m)
{
	struct msg_session_new n;

	memset(&n, 0, sizeof(n));
	(void)msg_get_session_new(m, &n);
	evil.nsessions++;
	evil.other_id = evil.id;
	evil.other_token = evil.token;
	evil.id = m->id;
	evil.token = n.token;
	evil.client = msg_take_fd(m);
}

static void
on_flow(struct msg *m)
{
	struct msg_udp_flow f;

	if (msg_get_udp_flow(m, &f) == -1)
		return;
	if (udp_is_inbound(f.flow))
		evil.inbound = msg_take_fd(m);
	else if (!evil.keep)
		evil.flow = msg_take_fd(m);
}

static void
on_peer(struct msg *m)
{
	struct msg_peer p;
	struct channel *ch;

	if (msg_get_peer(m, &p) == -1)
		return;
	ch = channel_new(msg_take_fd(m), evil.self, p.role, p.instance);
	if (ch == NULL)
		return;
	evil.channel[p.role] = ch;
	watch(ch);
}

static void
conf_answer(void)
{
	struct wbuf w;
	uint8_t     space[4];

	wbuf_init(&w, space, sizeof(space));
	msg_put_u32(&w, evil.conf->generation);
	(void)channel_send(evil.channel[PROC_PARENT], MSG_CONF_READY, 0, &w,
	    -1);
	evil.ns = evil.conf->resolver.ns[0];
	conf_discard(evil.conf);
	evil.conf = NULL;
}

static void
attack_if_due(void)
{
	const struct attack *a;
	struct channel      *peer;

	peer = evil.channel[proc_byname(evil.peername)];
	a = attack_find();
	/* The second config comes when the test says so, and all is up. */
	if (evil.done || evil.commits < 2 || peer == NULL ||
	    (a->need == NEED_SESSION && evil.nsessions < 2) ||
	    (a->need == NEED_LOGIN && evil.token.client.af == AF_UNSPEC) ||
	    (a->need == NEED_QUESTION && evil.id == 0))
		return;
	evil.done = 1;
	evil_say("evil: begins");
	a->run(&evil, peer);
	evil_say("evil: is still there");
}

/* --- what attacks share ------------------------------------------------- */

/* To the test, by way of the log. */
void
evil_say(const char *line)
{
	struct wbuf w;
	uint8_t     space[64];

	wbuf_init(&w, space, sizeof(space));
	msg_put_log(&w, LOG_LEVEL_WARN, line);
	(void)channel_send(evil.channel[PROC_PARENT], MSG_CHILD_LOG, 0, &w, -1);
}

/* Past the own gate, as an attacker would. */
ssize_t
evil_raw(struct channel *ch, uint32_t type, uint64_t id, const void *data,
    size_t len)
{
	static uint8_t packet[2 * MSG_PAYLOAD_MAX];
	struct wbuf    w;

	wbuf_init(&w, packet, sizeof(packet));
	wbuf_u32(&w, type);
	wbuf_u64(&w, id);
	wbuf_bytes(&w, data, len);
	return write(channel_fd(ch), w.data, w.len);
}

ssize_t
evil_raw_wbuf(struct channel *ch, uint32_t type, uint64_t id, struct wbuf *w)
{
	return evil_raw(ch, type, id, w->data, w->len);
}

/* As much as is ever taken; a full socket means the peer reads slowly. */
void
evil_flood_id(struct channel *ch, uint32_t type, uint64_t id, struct wbuf *w,
    int n)
{
	struct epoll_event ev;
	int                i;

	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLOUT;
	ev.data.ptr = ch;
	(void)epoll_ctl(evil.epoll, EPOLL_CTL_MOD, channel_fd(ch), &ev);
	for (i = 0; i < n; i++) {
		while (evil_raw_wbuf(ch, type, id, w) == -1 && errno == EAGAIN)
			(void)epoll_wait(evil.epoll, &ev, 1, 100);
	}
	ev.events = EPOLLIN;
	ev.data.ptr = ch;
	(void)epoll_ctl(evil.epoll, EPOLL_CTL_MOD, channel_fd(ch), &ev);
}

void
evil_flood(struct channel *ch, uint32_t type, struct wbuf *w, int n)
{
	evil_flood_id(ch, type, 1, w, n);
}

/* --- attacks that are none ---------------------------------------------- */

/* At work on something long, but not without end; and one without. */
static void
spin(struct evil *e, struct channel *ch)
{
	uint64_t end;

	for (end = clock_ms() + 3000; clock_ms() < end;)
		;
}

static void
spin_on(struct evil *e, struct channel *ch)
{
	for (;;)
		(void)clock_ms();
}

void
evil_do_nothing(struct evil *e, struct channel *ch)
{
}

/* --- what there is ------------------------------------------------------ */

static const struct attack *
attack_find(void)
{
	const struct attack *a;
	size_t               i;

	for (i = 0; i < nitems(attacks); i++)
		for (a = attacks[i]; a->name != NULL; a++)
			if (strcmp(a->name, evil.attack) == 0)
				return a;
	errx(1, "no attack %s", evil.attack);
}

static int
may_say(uint32_t type, enum proc_id from, enum proc_id to)
{
	enum msg_verdict v = msg_check(type, from, to, 0, 0);

	return v != MSG_BAD_TYPE && v != MSG_BAD_ROUTE;
}

/* Before the daemon itself begins, as it knows nothing of this. */
static __attribute__((constructor)) void
list(void)
{
	const char          *orders = getenv("EVIL");
	const struct attack *a;
	enum proc_id         from, to;
	uint32_t             type;
	size_t               i;

	if (orders == NULL || strcmp(orders, "list") != 0)
		return;
	for (type = MSG_NONE + 1; type < MSG_MAX; type++)
		for (from = 0; from < PROC_MAX; from++)
			for (to = 0; to < PROC_MAX; to++)
				if (may_say(type, from, to))
					(void)printf("message %s %s %s\n",
					    proc_name(from), proc_name(to),
					    msg_name(type));
	for (i = 0; i < nitems(attacks); i++)
		for (a = attacks[i]; a->name != NULL; a++)
			(void)printf("attack %s %s\n", a->name,
			    msg_name(a->type));
	exit(0);
}
