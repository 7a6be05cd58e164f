/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A child that was taken over, for tests only.
 *
 * The test links the daemon's own objects once more, with this file in place
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
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/msg_limit.h"
#include "base/msg_login.h"
#include "base/msg_table.h"
#include "base/msg_upstream.h"
#include "conf/conf.h"
#include "conf/wire.h"
#include "table/load.h"

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#define FLOOD		100000

struct evil {
	char		 role[16];
	char		 attack[32];
	char		 peername[16];
	unsigned int	 port;		/* of the target on 127.0.0.1 */
	unsigned int	 echo;		/* of one that is allowed */
	int		 armed;
	int		 epoll;
	unsigned int	 commits;
	int		 done;
	enum proc_id	 self;
	struct child	*child;
	struct channel	*channel[PROC_MAX];
	struct conf	*conf;
	struct conf_nameserver ns;	/* of the config, if we are told */
	uint64_t	 id;		/* of a session or question */
	int		 client;	/* its socket, or -1; or a proxy's */
	unsigned int	 nsessions;
	struct token	 token;		/* of that session, if it has one */
	struct load	*load;		/* the job of a loader */
	int		 image;
	uint64_t	 other_id;	/* the session before it, if any */
	struct token	 other_token;
	uint64_t	 allowance;	/* of the session, once it is open */
	uint8_t		 facts[SESSION_FACTS_MAX];	/* the same */
	size_t		 nfacts;
};

/*
 * What an attack waits for besides the channel to its peer; a second session,
 * because then another relay has one too, with an id between ours.  A login
 * is a session with a token; a question may be a password to check or hash.
 */
enum need { NEED_NOTHING, NEED_SESSION, NEED_LOGIN, NEED_QUESTION };

struct attack {
	const char	*name;
	enum msg_type	 type;		/* that it abuses, or none */
	enum need	 need;
	void		(*run)(struct evil *, struct channel *);
	/* Each message that comes from then on; or NULL. */
	void		(*step)(struct evil *, const struct msg *);
};

static struct evil	evil;

void	__real_child_begin(struct child *, enum proc_id);
void	__real_child_confine(struct child *);
void	__wrap_child_begin(struct child *, enum proc_id);
void	__wrap_child_confine(struct child *);

static void			 read_orders(void);
static _Noreturn void		 evil_main(struct child *);
static void			 on_readable(struct channel *);
static void			 on_message(struct msg *);
static void			 on_session(struct msg *);
static void			 on_login(void);
static void			 on_table(struct msg *);
static void			 on_build(struct msg *);
static void			 on_peer(struct msg *);
static void			 watch(struct channel *);
static void			 conf_answer(void);
static void			 attack_if_due(void);
static void			 say(const char *);
static const struct attack	*attack_find(void);

/* --- in place of child.c ------------------------------------------------ */

void
__wrap_child_begin(struct child *c, enum proc_id role)
{
	read_orders();
	__real_child_begin(c, role);
	evil.self = role;
	evil.client = -1;
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
	char	 path[64], buf[65536], *v;
	ssize_t	 n;
	int	 fd;

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
		    evil.attack, evil.peername, &evil.port, &evil.echo) == 5)
			return;
	}
	evil.role[0] = '\0';
}

/* --- a child that only waits -------------------------------------------- */

static _Noreturn void
evil_main(struct child *c)
{
	struct epoll_event	ev;

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
	struct epoll_event	ev;

	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	ev.data.ptr = ch;
	(void)epoll_ctl(evil.epoll, EPOLL_CTL_ADD, channel_fd(ch), &ev);
}

static void
on_readable(struct channel *ch)
{
	struct msg	*m;

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
	case MSG_TABLE_JOB:
	case MSG_TABLE_SOURCE:
		on_table(m);
		break;
	case MSG_TABLE_BUILD:
		on_build(m);
		break;
	case MSG_LOGIN_DONE:
		on_login();
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
	struct msg_session_new	n;

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
on_peer(struct msg *m)
{
	struct msg_peer	p;
	struct channel	*ch;

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
	struct wbuf	w;
	uint8_t		space[4];

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
	const struct attack	*a;
	struct channel		*peer;

	peer = evil.channel[proc_byname(evil.peername)];
	a = attack_find();
	/* The second config comes when the test says so, and all is up. */
	if (evil.done || evil.commits < 2 || peer == NULL ||
	    (a->need == NEED_SESSION && evil.nsessions < 2) ||
	    (a->need == NEED_LOGIN && evil.token.client.af == AF_UNSPEC) ||
	    (a->need == NEED_QUESTION && evil.id == 0))
		return;
	evil.done = 1;
	say("evil: begins");
	a->run(&evil, peer);
	say("evil: is still there");
}

/* To the test, by way of the log. */
static void
say(const char *line)
{
	struct wbuf	w;
	uint8_t		space[64];

	wbuf_init(&w, space, sizeof(space));
	msg_put_log(&w, LOG_LEVEL_WARN, line);
	(void)channel_send(evil.channel[PROC_PARENT], MSG_CHILD_LOG, 0, &w,
	    -1);
}

/* --- attacks by system call --------------------------------------------- */

static struct sockaddr_in
target(const struct evil *e)
{
	struct sockaddr_in	sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)e->port);
	return sin;
}

static void
by_socket(struct evil *e, struct channel *ch)
{
	struct sockaddr_in	sin = target(e);
	int			s;

	s = socket(AF_INET, SOCK_STREAM, 0);
	(void)connect(s, (struct sockaddr *)&sin, sizeof(sin));
}

static void
by_reconnect(struct evil *e, struct channel *ch)
{
	struct sockaddr_in	sin = target(e);
	struct sockaddr		none;

	memset(&none, 0, sizeof(none));
	(void)connect(e->client, &none, sizeof(none));
	(void)connect(e->client, (struct sockaddr *)&sin, sizeof(sin));
}

static void
by_fast_open(struct evil *e, struct channel *ch)
{
	struct sockaddr_in	sin = target(e);

	(void)sendto(e->client, "x", 1, MSG_FASTOPEN,
	    (struct sockaddr *)&sin, sizeof(sin));
}

static void
by_shutdown(struct evil *e, struct channel *ch)
{
	(void)shutdown(e->client, SHUT_RDWR);
	by_fast_open(e, ch);
}

static void
by_open(struct evil *e, struct channel *ch)
{
	char	buf[64];
	int	fd;

	fd = open("/etc/shadow", O_RDONLY);
	if (fd == -1 || read(fd, buf, sizeof(buf)) > 0)
		(void)execl("/bin/sh", "sh", NULL);
}

static void
by_kill(struct evil *e, struct channel *ch)
{
	(void)kill(-1, SIGKILL);
}

/* A descriptor for somebody who expects none, or wants one of us. */
static void
by_sendmsg(struct evil *e, struct channel *ch)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr	 mh;
	struct iovec	 iov;
	struct cmsghdr	*cmsg;
	uint8_t		 packet[MSG_HEADER_LEN];
	int		 fd = CHILD_CHANNEL_FD;

	memset(&mh, 0, sizeof(mh));
	memset(&control, 0, sizeof(control));
	memset(packet, 0, sizeof(packet));
	packet[3] = MSG_SESSION_OPEN;
	iov.iov_base = packet;
	iov.iov_len = sizeof(packet);
	mh.msg_iov = &iov;
	mh.msg_iovlen = 1;
	mh.msg_control = &control;
	mh.msg_controllen = sizeof(control.space);
	cmsg = CMSG_FIRSTHDR(&mh);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	(void)sendmsg(channel_fd(ch), &mh, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* To have what is behind a proxy's answer, or to learn where it is. */
static void
by_take(struct evil *e, struct channel *ch)
{
	char	buf[64];

	(void)recvfrom(e->client, buf, sizeof(buf), 0, NULL, NULL);
}

static void
by_name(struct evil *e, struct channel *ch)
{
	struct sockaddr_in	sin;
	socklen_t		len = sizeof(sin);
	char			buf[64];

	(void)recvfrom(e->client, buf, sizeof(buf), MSG_PEEK,
	    (struct sockaddr *)&sin, &len);
}

/* --- attacks by message ------------------------------------------------- */

/* Past the own gate, as an attacker would. */
static ssize_t
raw(struct channel *ch, uint32_t type, uint64_t id, const void *data,
    size_t len)
{
	static uint8_t	packet[2 * MSG_PAYLOAD_MAX];
	struct wbuf	w;

	wbuf_init(&w, packet, sizeof(packet));
	wbuf_u32(&w, type);
	wbuf_u64(&w, id);
	wbuf_bytes(&w, data, len);
	return write(channel_fd(ch), w.data, w.len);
}

static ssize_t
raw_wbuf(struct channel *ch, uint32_t type, uint64_t id, struct wbuf *w)
{
	return raw(ch, type, id, w->data, w->len);
}

/* As much as is ever taken; a full socket means the peer reads slowly. */
static void
flood_id(struct channel *ch, uint32_t type, uint64_t id, struct wbuf *w, int n)
{
	struct epoll_event	ev;
	int			i;

	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLOUT;
	ev.data.ptr = ch;
	(void)epoll_ctl(evil.epoll, EPOLL_CTL_MOD, channel_fd(ch), &ev);
	for (i = 0; i < n; i++) {
		while (raw_wbuf(ch, type, id, w) == -1 && errno == EAGAIN)
			(void)epoll_wait(evil.epoll, &ev, 1, 100);
	}
	ev.events = EPOLLIN;
	ev.data.ptr = ch;
	(void)epoll_ctl(evil.epoll, EPOLL_CTL_MOD, channel_fd(ch), &ev);
}

static void
flood(struct channel *ch, uint32_t type, struct wbuf *w, int n)
{
	flood_id(ch, type, 1, w, n);
}

/* A type that we may send to that peer, and for which a byte is too short. */
static uint32_t
own_type(const struct evil *e, const struct channel *ch)
{
	uint32_t	type;
	size_t		len;

	for (type = MSG_CHILD_START; type < MSG_MAX; type++) {
		if (msg_check(type, e->self, channel_peer(ch), 1, 0) ==
		    MSG_OK)
			continue;
		for (len = 2; len < MSG_PAYLOAD_MAX; len++) {
			if (msg_check(type, e->self, channel_peer(ch), len,
			    0) == MSG_OK)
				return type;
		}
	}
	return MSG_NONE;
}

static void
msg_unknown(struct evil *e, struct channel *ch)
{
	(void)raw(ch, 0x7fffffff, 1, "", 0);
}

static void
msg_none(struct evil *e, struct channel *ch)
{
	(void)raw(ch, MSG_NONE, 1, "", 0);
}

static void
msg_route(struct evil *e, struct channel *ch)
{
	(void)raw(ch, MSG_CHILD_STOP, 1, "", 0);
}

static void
msg_short(struct evil *e, struct channel *ch)
{
	(void)raw(ch, own_type(e, ch), 1, "", 1);
}

static void
msg_long(struct evil *e, struct channel *ch)
{
	static const uint8_t	zeros[MSG_PAYLOAD_MAX + 1];

	(void)raw(ch, own_type(e, ch), 1, zeros, sizeof(zeros));
}

static void
msg_garbage(struct evil *e, struct channel *ch)
{
	uint8_t		ones[MSG_PAYLOAD_MAX];
	uint32_t	type = own_type(e, ch);
	size_t		len;

	memset(ones, 0xff, sizeof(ones));
	for (len = 1; len < sizeof(ones); len++) {
		if (msg_check(type, e->self, channel_peer(ch), len, 0) ==
		    MSG_OK)
			break;
	}
	(void)raw(ch, type, 1, ones, len);
}

static void
msg_header(struct evil *e, struct channel *ch)
{
	if (write(channel_fd(ch), "abc", 3) == -1)
		_exit(1);
}

/* Packs: empty, of packs, and with a message that may not pass alone. */
static void
pack_empty(struct evil *e, struct channel *ch)
{
	(void)raw(ch, MSG_PACK, 0, "", 0);
}

static void
pack_of(struct channel *ch, uint32_t type, const void *data, size_t len)
{
	struct wbuf	w;
	uint8_t		space[512];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u16(&w, (uint16_t)(MSG_HEADER_LEN + len));
	wbuf_u32(&w, type);
	wbuf_u64(&w, 1);
	wbuf_bytes(&w, data, len);
	(void)raw_wbuf(ch, MSG_PACK, 0, &w);
}

static void
pack_nested(struct evil *e, struct channel *ch)
{
	pack_of(ch, MSG_PACK, "\0\14\0\0\0\0\0\0\0\0\0\0\0\0", 14);
}

static void
pack_route(struct evil *e, struct channel *ch)
{
	pack_of(ch, MSG_CHILD_STOP, "", 0);
}

static void
pack_short(struct evil *e, struct channel *ch)
{
	pack_of(ch, own_type(e, ch), "", 1);
}

static void
put_open_to(const struct evil *e, unsigned int port, struct wbuf *w,
    void *space, size_t size)
{
	struct msg_session_open	o;
	struct sockaddr_in	sin = target(e);

	memset(&o, 0, sizeof(o));
	o.command = SESSION_CONNECT;
	o.addr.af = AF_INET;
	memcpy(o.addr.b, &sin.sin_addr, 4);
	o.port = (uint16_t)port;
	wbuf_init(w, space, size);
	msg_put_session_open(w, &o);
}

static void
put_open(const struct evil *e, struct wbuf *w, void *space, size_t size)
{
	put_open_to(e, e->port, w, space, size);
}

static void
open_forbidden(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[512];

	put_open(e, &w, space, sizeof(space));
	(void)raw_wbuf(ch, MSG_SESSION_OPEN, e->id, &w);
}

static void
open_twice(struct evil *e, struct channel *ch)
{
	open_forbidden(e, ch);
	open_forbidden(e, ch);
}

/* The ids around the own one are those of other relays. */
static void
open_foreign(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[512];
	uint64_t	id;

	put_open(e, &w, space, sizeof(space));
	for (id = e->id - 64; id != e->id + 64; id++) {
		if (id != e->id)
			(void)raw_wbuf(ch, MSG_SESSION_OPEN, id, &w);
	}
}

static void
open_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[512];

	put_open(e, &w, space, sizeof(space));
	flood_id(ch, MSG_SESSION_OPEN, e->id, &w, FLOOD);
}

static void
closed_foreign(struct evil *e, struct channel *ch)
{
	struct session_closed	c;
	struct wbuf		w;
	uint8_t			space[128 * SESSION_CLOSED_LEN];

	memset(&c, 0, sizeof(c));
	c.cause = CAUSE_CLOSED;
	c.rep = REP_NONE;
	wbuf_init(&w, space, sizeof(space));
	for (c.id = e->id - 64; c.id != e->id + 64; c.id++) {
		if (c.id != e->id)
			session_closed_put(&w, &c);
	}
	(void)raw_wbuf(ch, MSG_SESSION_CLOSED, 0, &w);
}

static void
put_facts(const struct evil *e, struct wbuf *w, void *space, size_t size)
{
	struct session_facts	f;

	memset(&f, 0, sizeof(f));
	f.client.af = f.target.af = AF_INET;
	f.client.b[0] = f.target.b[0] = 127;
	f.client.b[3] = f.target.b[3] = 1;
	f.command = SESSION_CONNECT;
	f.target_port = (uint16_t)e->port;
	f.rule = RULE_NONE;
	wbuf_init(w, space, size);
	session_facts_put(w, &f);
}

static void
adopt_forged(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[SESSION_FACTS_MAX];

	put_facts(e, &w, space, sizeof(space));
	(void)raw_wbuf(ch, MSG_SESSION_ADOPT, 1, &w);
	(void)raw_wbuf(ch, MSG_SESSION_ADOPT, e->id + 1, &w);
}

/* After the router's death: sessions of it that there never were. */
static void
adopt_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[SESSION_FACTS_MAX];
	uint64_t	id;

	put_facts(e, &w, space, sizeof(space));
	for (id = 1; id < FLOOD; id++)
		flood_id(ch, MSG_SESSION_ADOPT, id, &w, 1);
}

/* A log that says what somebody else would say. */
static void
log_forged(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[512];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u8(&w, LOG_LEVEL_ERROR);
	wbuf_str16(&w, "relay: x\nforged line\r\033[2Jforged end");
	(void)raw_wbuf(ch, MSG_CHILD_LOG, 0, &w);
}

static void
log_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[LOG_LINE_MAX + 16];
	char		line[LOG_LINE_MAX];

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "flood ", 6);
	line[sizeof(line) - 1] = '\0';
	wbuf_init(&w, space, sizeof(space));
	msg_put_log(&w, LOG_LEVEL_ERROR, line);
	/* Two thousand bytes each: fifty megabytes for a log to take. */
	flood(ch, MSG_CHILD_LOG, &w, FLOOD / 4);
}

/* Walls that do not stand, told when nobody asked. */
static void
ready_twice(struct evil *e, struct channel *ch)
{
	static const struct walls	walls = { WALL_ALL, { 0 } };
	struct wbuf			w;
	uint8_t				space[WALLS_LEN];

	wbuf_init(&w, space, sizeof(space));
	msg_put_walls(&w, &walls);
	(void)raw_wbuf(ch, MSG_CHILD_READY, 0, &w);
}

/* The peer is innocent; what happens to it on our word alone? */
static void
accuse(struct evil *e, struct channel *ch)
{
	struct msg_bad_peer	bad;
	struct wbuf		w;
	uint8_t			space[256];

	memset(&bad, 0, sizeof(bad));
	bad.role = PROC_ROUTER;
	(void)strlcpy(bad.what, "forged", sizeof(bad.what));
	wbuf_init(&w, space, sizeof(space));
	msg_put_bad_peer(&w, &bad);
	(void)raw_wbuf(ch, MSG_CHILD_BAD_PEER, 0, &w);
}

static void
put_answer(struct wbuf *w, void *space, size_t size)
{
	struct msg_name_answer	a;

	memset(&a, 0, sizeof(a));
	a.family = RESOLVE_INET;
	a.status = NAME_OK;
	for (a.naddrs = 0; a.naddrs < NAME_ADDRS_MAX; a.naddrs++) {
		a.addrs[a.naddrs].af = AF_INET;
		a.addrs[a.naddrs].b[0] = 127;
		a.addrs[a.naddrs].b[3] = (uint8_t)(a.naddrs + 1);
	}
	wbuf_init(w, space, size);
	msg_put_name_answer(w, &a);
}

static void
answer_unasked(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[1024];
	uint64_t	id;

	put_answer(&w, space, sizeof(space));
	for (id = 0; id < 1000; id++)
		(void)raw_wbuf(ch, MSG_NAME_ANSWER, id, &w);
}

/* The name asked for is an outside one, the answer is our own loopback. */
static void
answer_forbidden(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[1024];

	put_answer(&w, space, sizeof(space));
	(void)raw_wbuf(ch, MSG_NAME_ANSWER, e->id, &w);
}

static void
answer_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[1024];

	put_answer(&w, space, sizeof(space));
	flood_id(ch, MSG_NAME_ANSWER, e->id, &w, FLOOD);
}

static void
put_dns(const struct evil *e, struct wbuf *w, void *space, size_t size,
    uint8_t tcp)
{
	struct msg_dns	d;

	memset(&d, 0, sizeof(d));
	d.server.af = AF_INET;
	d.server.b[0] = 127;
	d.server.b[3] = 1;
	d.port = (uint16_t)e->port;
	d.tcp = tcp;
	wbuf_init(w, space, size);
	msg_put_dns(w, &d);
}

/* A socket to what is no name server. */
static void
dns_want_foreign(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[64];

	put_dns(e, &w, space, sizeof(space), 1);
	(void)raw_wbuf(ch, MSG_DNS_WANT, 1, &w);
	put_dns(e, &w, space, sizeof(space), 0);
	(void)raw_wbuf(ch, MSG_DNS_WANT, 2, &w);
}

static void
dns_want_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[64];

	put_dns(e, &w, space, sizeof(space), 1);
	flood(ch, MSG_DNS_WANT, &w, FLOOD);
}

/* Sockets to the right server, without end; nobody takes them. */
static void
dns_hoard(struct evil *e, struct channel *ch)
{
	struct msg_dns	d;
	struct wbuf	w;
	uint8_t		space[64];

	memset(&d, 0, sizeof(d));
	d.server = e->ns.addr;
	d.port = e->ns.port;
	wbuf_init(&w, space, sizeof(space));
	msg_put_dns(&w, &d);
	flood(ch, MSG_DNS_WANT, &w, 10000);
	/* Never read again. */
	(void)epoll_ctl(e->epoll, EPOLL_CTL_DEL, channel_fd(ch), NULL);
}

static void
list_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[8] = { 0 };

	wbuf_init(&w, space, sizeof(space));
	wbuf_u64(&w, 0);
	flood(ch, MSG_LIST_REQ, &w, FLOOD);
}

/*
 * Answers that nobody reads, up to the end that this has; with the questions
 * that come last some are left for the time after it.
 */
static void
ask_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	none, w;
	uint8_t		space[8];
	int		i;

	wbuf_init(&none, NULL, 0);
	flood(ch, MSG_COUNTERS_REQ, &none, CHANNEL_QUEUE_MAX /
	    (MSG_HEADER_LEN + 8 * COUNTER_MAX) - 20);
	wbuf_init(&w, space, sizeof(space));
	msg_put_u32(&w, 1);
	for (i = 0; i < 1000; i++) {
		flood(ch, MSG_VERBOSE_REQ, &w, 9);
		flood(ch, MSG_COUNTERS_REQ, &none, 1);
	}
}

/* --- allowances, and what sessions have moved ---------------------------- */

/* Ids of what the first router gives out. */
#define ALLOWANCE(n)	((UINT64_C(1) << 40) + (n))

static void
want(struct channel *ch, uint64_t id, uint64_t bytes, uint32_t sessions)
{
	struct msg_allow_want	ask = { bytes, sessions };
	struct wbuf		w;
	uint8_t			space[ALLOW_WANT_LEN];

	wbuf_init(&w, space, sizeof(space));
	msg_put_allow_want(&w, &ask);
	(void)raw_wbuf(ch, MSG_ALLOW_WANT, id, &w);
}

static void
give_back(struct channel *ch, uint64_t id, uint64_t bytes)
{
	struct wbuf	w;
	uint8_t		space[8];

	wbuf_init(&w, space, sizeof(space));
	msg_put_u64(&w, bytes);
	(void)raw_wbuf(ch, MSG_ALLOW_RETURN, id, &w);
}

static void
closed(struct channel *ch, uint64_t id, uint8_t rep, uint64_t up,
    uint64_t down)
{
	struct session_closed	c = { .id = id, .cause = CAUSE_CLOSED,
				    .rep = rep, .up = up, .down = down };
	struct wbuf		w;
	uint8_t			space[SESSION_CLOSED_LEN];

	wbuf_init(&w, space, sizeof(space));
	session_closed_put(&w, &c);
	(void)raw_wbuf(ch, MSG_SESSION_CLOSED, 0, &w);
}

/* As an honest relay would; what follows does the rest. */
static void
open_own(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[512];

	put_open_to(e, e->echo, &w, space, sizeof(space));
	(void)raw_wbuf(ch, MSG_SESSION_OPEN, e->id, &w);
}

/* The own session was opened: the channel to who did it, or NULL. */
static struct channel *
opened(struct evil *e, const struct msg *m)
{
	struct msg_session_opened	o;

	if (m->type != MSG_SESSION_OPENED || m->id != e->id ||
	    msg_get_session_opened(m, &o) == -1)
		return NULL;
	e->allowance = o.allowance;
	e->nfacts = o.nfacts;
	memcpy(e->facts, o.facts, o.nfacts);
	return e->channel[PROC_ROUTER];
}

/* The same, and asks for what may be asked for. */
static void
want_own(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) != NULL)
		want(ch, e->allowance, 1000, 1);
}

/* That was granted: how much, or 0. */
static uint64_t
granted(struct evil *e, const struct msg *m)
{
	uint64_t	bytes;

	want_own(e, m);
	if (m->type != MSG_ALLOW_GRANT || m->id != e->allowance ||
	    msg_get_u64(m, &bytes) == -1)
		return 0;
	return bytes;
}

/* Nobody of ours is there: to use it up for those who are. */
static void
want_foreign(struct evil *e, struct channel *ch)
{
	unsigned int	i;

	for (i = 0; i < 800; i++)
		want(ch, ALLOWANCE(1 + i % 4), 1 << 30, 1);
}

static void
want_crowd(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) != NULL)
		want(ch, e->allowance, 1, 1000000);
}

static void
want_huge(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) != NULL)
		want(ch, e->allowance, UINT64_C(1) << 30, 1);
}

static void
want_ended(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) == NULL)
		return;
	closed(ch, e->id, 0, 0, 0);
	want(ch, e->allowance, 1000, 1);
}

/* Of a router that was before this one, as may come after its death. */
static void
want_former(struct evil *e, struct channel *ch)
{
	unsigned int	i;

	for (i = 0; i < 1000; i++)
		want(ch, 1 + i % 4, UINT64_MAX, UINT32_MAX);
}

/* Each of them right, but for the number. */
static void
want_flood(struct evil *e, const struct msg *m)
{
	struct msg_allow_want	ask = { 1460, 1 };
	struct wbuf		w;
	uint8_t			space[ALLOW_WANT_LEN];
	struct channel		*ch;

	if ((ch = opened(e, m)) == NULL)
		return;
	wbuf_init(&w, space, sizeof(space));
	msg_put_allow_want(&w, &ask);
	flood_id(ch, MSG_ALLOW_WANT, e->allowance, &w, FLOOD);
}

/* So that others may use again what they have used. */
static void
return_foreign(struct evil *e, struct channel *ch)
{
	give_back(ch, ALLOWANCE(1), 1);
}

static void
return_never(struct evil *e, struct channel *ch)
{
	give_back(ch, ALLOWANCE(1000), 1);
}

static void
return_more(struct evil *e, const struct msg *m)
{
	uint64_t	n;

	if ((n = granted(e, m)) != 0)
		give_back(e->channel[PROC_ROUTER], e->allowance, n + 1);
}

static void
return_twice(struct evil *e, const struct msg *m)
{
	uint64_t	n;

	if ((n = granted(e, m)) == 0)
		return;
	give_back(e->channel[PROC_ROUTER], e->allowance, n);
	give_back(e->channel[PROC_ROUTER], e->allowance, n);
}

/* This may be: the grant came when the session was over. */
static void
return_late(struct evil *e, const struct msg *m)
{
	uint64_t	n;

	if ((n = granted(e, m)) == 0)
		return;
	closed(e->channel[PROC_ROUTER], e->id, 0, 0, 0);
	give_back(e->channel[PROC_ROUTER], e->allowance, n);
}

/* It never had a target. */
static void
closed_early(struct evil *e, struct channel *ch)
{
	closed(ch, e->id, 0, 1, 1);
}

/* More than any host moves in that time; sums of it would wrap. */
static void
closed_huge(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) != NULL)
		closed(ch, e->id, 0, UINT64_MAX, UINT64_MAX);
}

/* To have used up what others may use, too. */
static void
closed_ungranted(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) != NULL)
		closed(ch, e->id, 0, 50000000, 50000000);
}

static void
moved(struct channel *ch, uint64_t id, uint64_t up, uint64_t down)
{
	struct session_moved	v = { .id = id, .up = up, .down = down };
	struct wbuf		w;
	uint8_t			space[SESSION_MOVED_LEN];

	wbuf_init(&w, space, sizeof(space));
	session_moved_put(&w, &v);
	(void)raw_wbuf(ch, MSG_SESSION_MOVED, 0, &w);
}

/* Others' bytes, and its own before there is a target. */
static void
moved_foreign(struct evil *e, struct channel *ch)
{
	uint64_t	id;

	for (id = e->id - 64; id != e->id + 64; id++)
		if (id != e->id)
			moved(ch, id, 1, 1);
}

static void
moved_early(struct evil *e, struct channel *ch)
{
	moved(ch, e->id, 1, 1);
}

static void
moved_huge(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) != NULL)
		moved(ch, e->id, UINT64_MAX, UINT64_MAX);
}

static void
moved_ungranted(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) != NULL)
		moved(ch, e->id, 50000000, 50000000);
}

/* What was counted is taken back. */
static void
moved_back(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) == NULL)
		return;
	moved(ch, e->id, 2000, 2000);
	moved(ch, e->id, 1000, 1000);
}

/* As an honest one, after its end. */
static void
moved_late(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = opened(e, m)) == NULL)
		return;
	closed(ch, e->id, 0, 1000, 1000);
	moved(ch, e->id, 2000, 2000);
}

static void
closed_twice(struct evil *e, const struct msg *m)
{
	struct channel	*ch;
	unsigned int	 i;

	if ((ch = opened(e, m)) == NULL)
		return;
	for (i = 0; i < 1000; i++)
		closed(ch, e->id, 0, 0, 0);
}

/* --- sessions of a router that has died --------------------------------- */

/* A new router wants to know: the channel to it, or NULL. */
static struct channel *
reborn(struct evil *e, const struct msg *m)
{
	struct msg_peer	p;

	if (opened(e, m) != NULL)
		say("evil: has it");
	if (m->type != MSG_CHILD_PEER || e->nfacts == 0 ||
	    msg_get_peer(m, &p) == -1 || p.role != PROC_ROUTER)
		return NULL;
	return e->channel[PROC_ROUTER];
}

static void
adopt(struct evil *e, struct channel *ch)
{
	(void)raw(ch, MSG_SESSION_ADOPT, e->id, e->facts, e->nfacts);
}

static void
told(struct channel *ch)
{
	(void)raw(ch, MSG_SESSION_TOLD, 0, "", 0);
}

/* What an honest one does; without it the others here would prove nothing. */
static void
adopt_right(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	adopt(e, ch);
	told(ch);
}

/* Of somebody else, or under another rule: any byte may be the one. */
static void
adopt_changed(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	e->facts[1] ^= 1;
	adopt(e, ch);
}

static void
adopt_other(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	e->id = e->other_id;
	adopt(e, ch);
}

static void
adopt_twice(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	adopt(e, ch);
	adopt(e, ch);
}

static void
adopt_again(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	adopt(e, ch);
	closed(ch, e->id, 0, 0, 0);
	adopt(e, ch);
}

static void
adopt_late(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	told(ch);
	adopt(e, ch);
}

static void
told_twice(struct evil *e, const struct msg *m)
{
	struct channel	*ch;

	if ((ch = reborn(e, m)) == NULL)
		return;
	told(ch);
	told(ch);
}

/* --- what control asks a relay ------------------------------------------ */

/* Of sessions that are not its own, absurd, and more often than asked. */
static void
stats_lie(struct evil *e, const struct msg *m)
{
	struct session_stats	st;
	struct wbuf		w;
	uint8_t			space[MSG_PAYLOAD_MAX];
	unsigned int		i;

	if (m->type != MSG_STATS_REQ)
		return;
	memset(&st, 0xff, sizeof(st));
	st.state = SESSION_CLOSING;
	wbuf_init(&w, space, sizeof(space));
	for (st.id = e->id - 64; st.id != e->id + 64; st.id++)
		session_stats_put(&w, &st);
	for (i = 0; i < 100; i++)
		(void)raw_wbuf(e->channel[PROC_CONTROL], MSG_STATS_RES, m->id,
		    &w);
}

static void
stats_unasked(struct evil *e, struct channel *ch)
{
	uint64_t	id;

	for (id = 0; id < 1000; id++)
		(void)raw(ch, MSG_STATS_RES, id, "", 0);
}

static void
counters_lie(struct evil *e, const struct msg *m)
{
	uint8_t		ones[8 * COUNTER_MAX];
	unsigned int	i;

	if (m->type != MSG_COUNTERS_REQ)
		return;
	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < 100; i++)
		(void)raw(e->channel[PROC_CONTROL], MSG_COUNTERS_RES, m->id,
		    ones, sizeof(ones));
}

static void
counters_unasked(struct evil *e, struct channel *ch)
{
	uint8_t		zeros[8 * COUNTER_MAX];
	uint64_t	id;

	memset(zeros, 0, sizeof(zeros));
	for (id = 0; id < 1000; id++)
		(void)raw(ch, MSG_COUNTERS_RES, id, zeros, sizeof(zeros));
}

/* --- what any child says of itself and of a config ---------------------- */

/* To seem alive when it is not. */
static void
pong_unasked(struct evil *e, struct channel *ch)
{
	(void)raw(ch, MSG_CHILD_PONG, 1000, "", 0);
}

static void
agree_unasked(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[4];
	uint32_t	n;

	for (n = 0; n < 100; n++) {
		wbuf_init(&w, space, sizeof(space));
		msg_put_u32(&w, n == 0 ? UINT32_MAX : n - 1);
		(void)raw_wbuf(ch, MSG_CONF_READY, 0, &w);
	}
}

/* No to what was asked, with words for the log. */
static void
refuse(struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[256];

	wbuf_init(&w, space, sizeof(space));
	msg_put_text(&w, "x\nforged line\r\033[2Jforged end");
	(void)raw_wbuf(ch, MSG_CONF_FAILED, 0, &w);
}

static void
refuse_unasked(struct evil *e, struct channel *ch)
{
	unsigned int	i;

	for (i = 0; i < 10; i++)
		refuse(ch);
}

static void
refuse_next(struct evil *e, const struct msg *m)
{
	if (m->type == MSG_CONF_BEGIN)
		refuse(e->channel[PROC_PARENT]);
}

/* --- logins ------------------------------------------------------------- */

#define PASSWORD	"right password"

static void
check(struct channel *ch, uint64_t id, const struct token *t,
    const char *pass)
{
	struct msg_login_check	c;
	struct wbuf		w;
	uint8_t			space[1024];

	memset(&c, 0, sizeof(c));
	c.token = *t;
	/* On a listener without logins there is none to be had. */
	if (c.token.client.af == AF_UNSPEC) {
		c.token.client.af = AF_INET;
		c.token.client.b[0] = 127;
		c.token.client.b[3] = 1;
	}
	c.userlen = 5;
	memcpy(c.user, "alice", 5);
	c.passlen = (uint8_t)strlen(pass);
	memcpy(c.pass, pass, c.passlen);
	wbuf_init(&w, space, sizeof(space));
	msg_put_login_check(&w, &c);
	(void)raw_wbuf(ch, MSG_LOGIN_CHECK, id, &w);
}

/* Says to the router that the client was told so, an enum login_told. */
static void
claim(const struct evil *e, int login)
{
	struct wbuf	w;
	uint8_t		space[512];

	put_open(e, &w, space, sizeof(space));
	/* Command, address with its family, port; then the claim. */
	space[1 + 5 + 2] = (uint8_t)login;
	(void)raw_wbuf(e->channel[PROC_ROUTER], MSG_SESSION_OPEN, e->id, &w);
}

/* Nobody was asked. */
static void
claim_login(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_OK);
}

static void
claim_none(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NO);
}

static void
claim_nobody(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NOBODY);
}

static void
claim_unknown(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_MAX);
}

/* What auth says comes when the router already waits for it. */
static void
claim_before(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NOBODY);
	check(ch, e->id, &e->token, PASSWORD);
}

/* The answer to these is for on_login(). */
static void
check_empty(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, "");
}

static void
check_wrong(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, "wrong password");
}

static void
check_right(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, PASSWORD);
}

static void
on_login(void)
{
	struct channel	*auth = evil.channel[PROC_AUTH];

	if (evil.done == 0)
		return;
	if (strncmp(evil.attack, "claim-", 6) == 0)
		claim(&evil, LOGIN_TOLD_OK);
	else if (strncmp(evil.attack, "hide-", 5) == 0)
		claim(&evil, LOGIN_TOLD_NO);
	else if (strncmp(evil.attack, "nobody-", 7) == 0)
		claim(&evil, LOGIN_TOLD_NOBODY);
	else if (strcmp(evil.attack, "check-again") == 0)
		check_right(&evil, auth);
}

static void
check_twice(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->token, "wrong password");
	check(ch, e->id, &e->token, PASSWORD);
}

/* The word on one session used for another, both of them our own. */
static void
check_swapped(struct evil *e, struct channel *ch)
{
	check(ch, e->id, &e->other_token, PASSWORD);
}

static void
check_changed(struct evil *e, struct channel *ch)
{
	struct token	t = e->token;

	t.tag[TOKEN_LEN - 1] ^= 1;
	check(ch, e->id, &t, PASSWORD);
}

/* As if the client were somewhere else, where nobody has failed yet. */
static void
check_moved(struct evil *e, struct channel *ch)
{
	struct token	t = e->token;

	t.client.b[3] ^= 2;
	check(ch, e->id, &t, PASSWORD);
}

static void
check_foreign(struct evil *e, struct channel *ch)
{
	uint64_t	id;

	for (id = e->id - 64; id != e->id + 64; id++) {
		if (id != e->id && id != e->other_id)
			check(ch, id, &e->token, PASSWORD);
	}
}

/* First opened as nobody, then somebody. */
static void
check_late(struct evil *e, struct channel *ch)
{
	claim(e, LOGIN_TOLD_NO);
	check(ch, e->id, &e->token, PASSWORD);
}

/* --- those who hash, and auth ------------------------------------------- */

static void
hashed(struct channel *ch, uint64_t id, uint8_t match)
{
	struct wbuf	w;
	uint8_t		space[8];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u8(&w, match);
	wbuf_u32(&w, 1);
	(void)raw_wbuf(ch, MSG_HASH_DONE, id, &w);
}

static void
hashed_unasked(struct evil *e, struct channel *ch)
{
	uint64_t	id;

	for (id = 0; id < 100; id++)
		hashed(ch, id, 1);
}

static void
hashed_other(struct evil *e, struct channel *ch)
{
	hashed(ch, e->id + 1, 1);
	hashed(ch, e->id - 1, 1);
}

static void
hashed_twice(struct evil *e, struct channel *ch)
{
	hashed(ch, e->id, 0);
	hashed(ch, e->id, 1);
}

static void
hashed_neither(struct evil *e, struct channel *ch)
{
	hashed(ch, e->id, 2);
}

static void
said(const struct evil *e, struct channel *ch, uint64_t id, unsigned int relay,
    enum login_status status)
{
	struct msg_session_user	u;
	struct wbuf		w;
	uint8_t			space[1024];

	memset(&u, 0, sizeof(u));
	u.relay = (uint16_t)relay;
	u.status = status;
	(void)strlcpy(u.user, "alice", sizeof(u.user));
	wbuf_init(&w, space, sizeof(space));
	msg_put_session_user(&w, &u);
	(void)raw_wbuf(ch, MSG_SESSION_USER, id, &w);
}

/* Of relays that there are, and that there are not. */
static void
said_other(struct evil *e, struct channel *ch)
{
	unsigned int	relay;

	for (relay = 0; relay < 2; relay++)
		said(e, ch, e->id, relay, LOGIN_WRONG_PASSWORD);
}

static void
said_far(struct evil *e, struct channel *ch)
{
	said(e, ch, e->id, RELAYS_MAX, LOGIN_OK);
	said(e, ch, e->id, UINT16_MAX, LOGIN_OK);
}

static void
said_unknown(struct evil *e, struct channel *ch)
{
	uint64_t	id;

	for (id = e->id + 1000; id < e->id + 2000; id++)
		said(e, ch, id, 0, LOGIN_OK);
}

static void
said_nameless(struct evil *e, struct channel *ch)
{
	static const uint8_t	ok[] = { 0, 0, LOGIN_OK, 0, 0 };

	(void)raw(ch, MSG_SESSION_USER, e->id, ok, sizeof(ok));
}

/* --- loader ------------------------------------------------------------- */

static void
ignore(void *arg, const char *line)
{
}

/* What it is told to do it does, until the last step. */
static void
on_table(struct msg *m)
{
	struct msg_table_job	job;
	struct msg_table_source	source;
	int			fd = msg_take_fd(m);

	if (m->type == MSG_TABLE_SOURCE &&
	    msg_get_table_source(m, &source) == 0) {
		load_source(evil.load, fd, source.name);
		(void)close(fd);
	} else if (m->type == MSG_TABLE_JOB &&
	    msg_get_table_job(m, &job) == 0) {
		evil.image = fd;
		evil.load = load_new((enum table_kind)job.kind, TABLE_ADD, fd,
		    ignore, NULL);
	}
}

static void
built(struct channel *ch, uint64_t id, enum result result, const char *text)
{
	struct msg_table_built	b;
	struct wbuf		w;
	uint8_t			space[MSG_TEXT_SIZE + 64];

	memset(&b, 0, sizeof(b));
	b.result = result;
	(void)strlcpy(b.text, text, sizeof(b.text));
	wbuf_init(&w, space, sizeof(space));
	msg_put_table_built(&w, &b);
	(void)raw_wbuf(ch, MSG_TABLE_BUILT, id, &w);
}

/* The first job is from before the attack. */
static void
on_build(struct msg *m)
{
	struct table_result	res;

	if (evil.done)
		return;
	(void)load_finish(evil.load, &res);
	load_free(evil.load);
	evil.load = NULL;
	if (evil.commits < 2)
		built(evil.channel[PROC_PARENT], m->id, RESULT_OK, "");
	else
		evil.id = m->id;
}

/* As far as the limits let it. */
static int
put(const struct evil *e, const void *data, size_t len, off_t at)
{
	return pwrite(e->image, data, len, at) == (ssize_t)len ? 0 : -1;
}

static void
image_noise(struct evil *e, struct channel *ch)
{
	uint32_t	noise[4096];
	size_t		i;

	for (i = 0; i < nitems(noise); i++)
		noise[i] = (uint32_t)i * 2654435761U;
	(void)put(e, noise, sizeof(noise), 0);
	built(ch, e->id, RESULT_OK, "");
}

/* Mostly right: one byte of each hundred is another. */
static void
image_flips(struct evil *e, struct channel *ch)
{
	uint8_t	b;
	off_t	at;

	for (at = 0; pread(e->image, &b, 1, at) == 1; at += 101) {
		b ^= 0x80;
		(void)put(e, &b, 1, at);
	}
	built(ch, e->id, RESULT_OK, "");
}

/* Longer than memory is, if it were filled. */
static void
image_huge(struct evil *e, struct channel *ch)
{
	(void)put(e, "x", 1, 1LL << 40);
	(void)put(e, "x", 1, MSG_TABLE_IMAGE_MAX - 1);
	built(ch, e->id, RESULT_OK, "");
}

/* So that it could be changed after it was looked at. */
static void
image_mapped(struct evil *e, struct channel *ch)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, e->image,
	    0);
	built(ch, e->id, RESULT_OK, "");
}

static void
image_late(struct evil *e, struct channel *ch)
{
	struct epoll_event	ev;
	int			i;

	built(ch, e->id, RESULT_OK, "");
	for (i = 0; i < 1000; i++) {
		if (put(e, "xxxxxxxx", 8, 0) == -1 && errno == EPERM)
			return;
		/* The channels are by level, and may all be silent. */
		(void)epoll_wait(e->epoll, &ev, 1, 10);
	}
	abort();
}

static void
built_early(struct evil *e, struct channel *ch)
{
	built(ch, e->id + 1, RESULT_OK, "");
}

static void
built_twice(struct evil *e, struct channel *ch)
{
	built(ch, e->id, RESULT_OK, "");
	built(ch, e->id, RESULT_REFUSED, "");
	built(ch, e->id, RESULT_OK, "");
	built(ch, 0, RESULT_OK, "");
}

static void
built_control(struct evil *e, struct channel *ch)
{
	built(ch, e->id, RESULT_MORE, "x\nforged\033[2Jforged end");
	built(ch, e->id, RESULT_REFUSED, "x\nforged\033[2Jforged end");
}

static void
built_flood(struct evil *e, struct channel *ch)
{
	struct msg_table_built	b;
	struct wbuf		w;
	uint8_t			space[MSG_TEXT_SIZE + 64];

	memset(&b, 0, sizeof(b));
	b.result = RESULT_MORE;
	memset(b.text, 'x', sizeof(b.text) - 1);
	memcpy(b.text, "flood ", 6);
	wbuf_init(&w, space, sizeof(space));
	msg_put_table_built(&w, &b);
	flood_id(ch, MSG_TABLE_BUILT, e->id, &w, FLOOD / 20);
	built(ch, e->id, RESULT_REFUSED, "");
}

/* --- upstream ----------------------------------------------------------- */

static void
dialed(struct channel *ch, uint64_t id, enum upstream_status status,
    unsigned int hop, const char *text)
{
	struct wbuf	w;
	uint8_t		space[512];

	wbuf_init(&w, space, sizeof(space));
	wbuf_u8(&w, status);
	wbuf_u8(&w, status == UPSTREAM_OK ? 0 : 1);
	wbuf_u8(&w, (uint8_t)hop);
	wbuf_u8(&w, 0);
	wbuf_str8(&w, text);
	(void)raw_wbuf(ch, MSG_UPSTREAM_DONE, id, &w);
}

/* The proxy was not even greeted. */
static void
dialed_lie(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_OK, 0, "");
}

static void
dialed_unasked(struct evil *e, struct channel *ch)
{
	uint64_t	id;

	for (id = 0; id < 1000; id++) {
		if (id != e->id)
			dialed(ch, id, UPSTREAM_OK, 0, "");
	}
	dialed(ch, UINT64_MAX, UPSTREAM_OK, 0, "");
}

static void
dialed_twice(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_OK, 0, "");
	dialed(ch, e->id, UPSTREAM_LOGIN, 0, "");
	dialed(ch, e->id, UPSTREAM_OK, 0, "");
}

static void
dialed_control(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_REFUSED, 0, "x\nforged\033[2Jforged end");
}

static void
dialed_far(struct evil *e, struct channel *ch)
{
	dialed(ch, e->id, UPSTREAM_REFUSED, 1, "");
}

static void
dialed_flood(struct evil *e, struct channel *ch)
{
	struct wbuf	w;
	uint8_t		space[5] = { UPSTREAM_CLOSED, 1, 0, 1, 0 };

	wbuf_init(&w, space, sizeof(space));
	w.len = sizeof(space);
	flood_id(ch, MSG_UPSTREAM_DONE, e->id, &w, FLOOD);
}

/* At work on something long, but not without end; and one without. */
static void
spin(struct evil *e, struct channel *ch)
{
	uint64_t	end;

	for (end = clock_ms() + 3000; clock_ms() < end;)
		;
}

static void
spin_on(struct evil *e, struct channel *ch)
{
	for (;;)
		(void)clock_ms();
}

static void
do_nothing(struct evil *e, struct channel *ch)
{
}

static const struct attack attacks[] = {
	{ "socket", MSG_NONE, NEED_NOTHING, by_socket, NULL },
	{ "open", MSG_NONE, NEED_NOTHING, by_open, NULL },
	{ "kill", MSG_NONE, NEED_NOTHING, by_kill, NULL },
	{ "sendmsg", MSG_NONE, NEED_NOTHING, by_sendmsg, NULL },
	{ "reconnect", MSG_NONE, NEED_SESSION, by_reconnect, NULL },
	{ "fastopen", MSG_NONE, NEED_SESSION, by_fast_open, NULL },
	{ "shutdown", MSG_NONE, NEED_SESSION, by_shutdown, NULL },
	{ "take", MSG_NONE, NEED_QUESTION, by_take, NULL },
	{ "name", MSG_NONE, NEED_QUESTION, by_name, NULL },
	{ "unknown", MSG_NONE, NEED_NOTHING, msg_unknown, NULL },
	{ "none", MSG_NONE, NEED_NOTHING, msg_none, NULL },
	{ "route", MSG_NONE, NEED_NOTHING, msg_route, NULL },
	{ "short", MSG_NONE, NEED_NOTHING, msg_short, NULL },
	{ "long", MSG_NONE, NEED_NOTHING, msg_long, NULL },
	{ "garbage", MSG_NONE, NEED_NOTHING, msg_garbage, NULL },
	{ "header", MSG_NONE, NEED_NOTHING, msg_header, NULL },
	{ "pack-empty", MSG_PACK, NEED_NOTHING, pack_empty, NULL },
	{ "pack-nested", MSG_PACK, NEED_NOTHING, pack_nested, NULL },
	{ "pack-route", MSG_PACK, NEED_NOTHING, pack_route, NULL },
	{ "pack-short", MSG_PACK, NEED_NOTHING, pack_short, NULL },
	{ "open-forbidden", MSG_SESSION_OPEN, NEED_SESSION, open_forbidden,
	    NULL },
	{ "open-twice", MSG_SESSION_OPEN, NEED_SESSION, open_twice, NULL },
	{ "open-foreign", MSG_SESSION_OPEN, NEED_SESSION, open_foreign, NULL },
	{ "open-flood", MSG_SESSION_OPEN, NEED_SESSION, open_flood, NULL },
	{ "closed-foreign", MSG_SESSION_CLOSED, NEED_SESSION, closed_foreign,
	    NULL },
	{ "adopt", MSG_SESSION_ADOPT, NEED_SESSION, adopt_forged, NULL },
	{ "adopt-flood", MSG_SESSION_ADOPT, NEED_NOTHING, adopt_flood, NULL },
	{ "log-forged", MSG_CHILD_LOG, NEED_NOTHING, log_forged, NULL },
	{ "log-flood", MSG_CHILD_LOG, NEED_NOTHING, log_flood, NULL },
	{ "ready-twice", MSG_CHILD_READY, NEED_NOTHING, ready_twice, NULL },
	{ "accuse", MSG_CHILD_BAD_PEER, NEED_NOTHING, accuse, NULL },
	{ "answer-unasked", MSG_NAME_ANSWER, NEED_NOTHING, answer_unasked,
	    NULL },
	{ "answer-forbidden", MSG_NAME_ANSWER, NEED_QUESTION, answer_forbidden,
	    NULL },
	{ "answer-flood", MSG_NAME_ANSWER, NEED_QUESTION, answer_flood, NULL },
	{ "dns-want", MSG_DNS_WANT, NEED_NOTHING, dns_want_foreign, NULL },
	{ "dns-want-flood", MSG_DNS_WANT, NEED_NOTHING, dns_want_flood, NULL },
	{ "dns-hoard", MSG_DNS_WANT, NEED_NOTHING, dns_hoard, NULL },
	{ "list-flood", MSG_LIST_REQ, NEED_NOTHING, list_flood, NULL },
	{ "ask-flood", MSG_COUNTERS_REQ, NEED_NOTHING, ask_flood, NULL },
	{ "claim", MSG_SESSION_OPEN, NEED_LOGIN, claim_login, NULL },
	{ "claim-anyway", MSG_SESSION_OPEN, NEED_SESSION, claim_login, NULL },
	{ "claim-none", MSG_SESSION_OPEN, NEED_LOGIN, claim_none, NULL },
	{ "claim-failed", MSG_SESSION_OPEN, NEED_LOGIN, check_wrong, NULL },
	{ "hide-failed", MSG_SESSION_OPEN, NEED_LOGIN, check_wrong, NULL },
	{ "hide-right", MSG_SESSION_OPEN, NEED_LOGIN, check_right, NULL },
	{ "claim-empty", MSG_SESSION_OPEN, NEED_LOGIN, check_empty, NULL },
	{ "hide-empty", MSG_SESSION_OPEN, NEED_LOGIN, check_empty, NULL },
	{ "nobody", MSG_SESSION_OPEN, NEED_LOGIN, claim_nobody, NULL },
	{ "nobody-anyway", MSG_SESSION_OPEN, NEED_SESSION, claim_nobody, NULL },
	{ "nobody-before", MSG_SESSION_OPEN, NEED_LOGIN, claim_before, NULL },
	{ "nobody-failed", MSG_SESSION_OPEN, NEED_LOGIN, check_wrong, NULL },
	{ "nobody-right", MSG_SESSION_OPEN, NEED_LOGIN, check_right, NULL },
	{ "nobody-empty", MSG_SESSION_OPEN, NEED_LOGIN, check_empty, NULL },
	{ "told-unknown", MSG_SESSION_OPEN, NEED_LOGIN, claim_unknown, NULL },
	{ "check-again", MSG_LOGIN_CHECK, NEED_LOGIN, check_wrong, NULL },
	{ "check-twice", MSG_LOGIN_CHECK, NEED_LOGIN, check_twice, NULL },
	{ "check-swapped", MSG_LOGIN_CHECK, NEED_SESSION, check_swapped, NULL },
	{ "check-changed", MSG_LOGIN_CHECK, NEED_LOGIN, check_changed, NULL },
	{ "check-moved", MSG_LOGIN_CHECK, NEED_LOGIN, check_moved, NULL },
	{ "check-foreign", MSG_LOGIN_CHECK, NEED_LOGIN, check_foreign, NULL },
	{ "check-late", MSG_LOGIN_CHECK, NEED_LOGIN, check_late, NULL },
	{ "check-anyway", MSG_LOGIN_CHECK, NEED_SESSION, check_right, NULL },
	{ "hashed-unasked", MSG_HASH_DONE, NEED_NOTHING, hashed_unasked, NULL },
	{ "hashed-other", MSG_HASH_DONE, NEED_QUESTION, hashed_other, NULL },
	{ "hashed-twice", MSG_HASH_DONE, NEED_QUESTION, hashed_twice, NULL },
	{ "hashed-neither", MSG_HASH_DONE, NEED_QUESTION, hashed_neither,
	    NULL },
	{ "hashed-never", MSG_NONE, NEED_QUESTION, by_socket, NULL },
	{ "said-other", MSG_SESSION_USER, NEED_QUESTION, said_other, NULL },
	{ "said-far", MSG_SESSION_USER, NEED_QUESTION, said_far, NULL },
	{ "said-unknown", MSG_SESSION_USER, NEED_QUESTION, said_unknown, NULL },
	{ "said-nameless", MSG_SESSION_USER, NEED_QUESTION, said_nameless,
	    NULL },
	{ "job-dies", MSG_NONE, NEED_QUESTION, by_socket, NULL },
	{ "image-noise", MSG_TABLE_BUILT, NEED_QUESTION, image_noise, NULL },
	{ "image-flips", MSG_TABLE_BUILT, NEED_QUESTION, image_flips, NULL },
	{ "image-huge", MSG_TABLE_BUILT, NEED_QUESTION, image_huge, NULL },
	{ "image-mapped", MSG_TABLE_BUILT, NEED_QUESTION, image_mapped, NULL },
	{ "image-late", MSG_TABLE_BUILT, NEED_QUESTION, image_late, NULL },
	{ "built-early", MSG_TABLE_BUILT, NEED_QUESTION, built_early, NULL },
	{ "built-twice", MSG_TABLE_BUILT, NEED_QUESTION, built_twice, NULL },
	{ "built-control", MSG_TABLE_BUILT, NEED_QUESTION, built_control,
	    NULL },
	{ "built-flood", MSG_TABLE_BUILT, NEED_QUESTION, built_flood, NULL },
	{ "turn", MSG_NONE, NEED_QUESTION, by_reconnect, NULL },
	{ "turn-fastopen", MSG_NONE, NEED_QUESTION, by_fast_open, NULL },
	{ "turn-shutdown", MSG_NONE, NEED_QUESTION, by_shutdown, NULL },
	{ "dialed-lie", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_lie, NULL },
	{ "dialed-unasked", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_unasked,
	    NULL },
	{ "dialed-twice", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_twice,
	    NULL },
	{ "dialed-control", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_control,
	    NULL },
	{ "dialed-far", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_far, NULL },
	{ "dialed-flood", MSG_UPSTREAM_DONE, NEED_QUESTION, dialed_flood,
	    NULL },
	{ "dialed-never", MSG_NONE, NEED_QUESTION, do_nothing, NULL },
	{ "spin", MSG_NONE, NEED_NOTHING, spin, NULL },
	{ "spin-on", MSG_NONE, NEED_NOTHING, spin_on, NULL },
	{ "hoard", MSG_NONE, NEED_SESSION, do_nothing, NULL },
	{ "wait", MSG_NONE, NEED_NOTHING, do_nothing, NULL },
	{ "closed-early", MSG_SESSION_CLOSED, NEED_SESSION, closed_early,
	    NULL },
	{ "closed-huge", MSG_SESSION_CLOSED, NEED_SESSION, open_own,
	    closed_huge },
	{ "closed-ungranted", MSG_SESSION_CLOSED, NEED_SESSION, open_own,
	    closed_ungranted },
	{ "moved-foreign", MSG_SESSION_MOVED, NEED_SESSION, moved_foreign,
	    NULL },
	{ "moved-early", MSG_SESSION_MOVED, NEED_SESSION, moved_early, NULL },
	{ "moved-huge", MSG_SESSION_MOVED, NEED_SESSION, open_own,
	    moved_huge },
	{ "moved-ungranted", MSG_SESSION_MOVED, NEED_SESSION, open_own,
	    moved_ungranted },
	{ "moved-back", MSG_SESSION_MOVED, NEED_SESSION, open_own,
	    moved_back },
	{ "moved-late", MSG_SESSION_MOVED, NEED_SESSION, open_own,
	    moved_late },
	{ "closed-twice", MSG_SESSION_CLOSED, NEED_SESSION, open_own,
	    closed_twice },
	{ "adopt-right", MSG_SESSION_ADOPT, NEED_SESSION, open_own,
	    adopt_right },
	{ "adopt-changed", MSG_SESSION_ADOPT, NEED_SESSION, open_own,
	    adopt_changed },
	{ "adopt-other", MSG_SESSION_ADOPT, NEED_SESSION, open_own,
	    adopt_other },
	{ "adopt-twice", MSG_SESSION_ADOPT, NEED_SESSION, open_own,
	    adopt_twice },
	{ "adopt-again", MSG_SESSION_ADOPT, NEED_SESSION, open_own,
	    adopt_again },
	{ "adopt-late", MSG_SESSION_ADOPT, NEED_SESSION, open_own,
	    adopt_late },
	{ "told-twice", MSG_SESSION_TOLD, NEED_SESSION, open_own,
	    told_twice },
	{ "want-foreign", MSG_ALLOW_WANT, NEED_SESSION, want_foreign, NULL },
	{ "want-crowd", MSG_ALLOW_WANT, NEED_SESSION, open_own, want_crowd },
	{ "want-huge", MSG_ALLOW_WANT, NEED_SESSION, open_own, want_huge },
	{ "want-ended", MSG_ALLOW_WANT, NEED_SESSION, open_own, want_ended },
	{ "want-former", MSG_ALLOW_WANT, NEED_SESSION, want_former, NULL },
	{ "want-flood", MSG_ALLOW_WANT, NEED_SESSION, open_own, want_flood },
	{ "return-foreign", MSG_ALLOW_RETURN, NEED_SESSION, return_foreign,
	    NULL },
	{ "return-never", MSG_ALLOW_RETURN, NEED_SESSION, return_never, NULL },
	{ "return-more", MSG_ALLOW_RETURN, NEED_SESSION, open_own,
	    return_more },
	{ "return-twice", MSG_ALLOW_RETURN, NEED_SESSION, open_own,
	    return_twice },
	{ "return-late", MSG_ALLOW_RETURN, NEED_SESSION, open_own,
	    return_late },
	{ "stats-lie", MSG_STATS_RES, NEED_SESSION, do_nothing, stats_lie },
	{ "stats-unasked", MSG_STATS_RES, NEED_NOTHING, stats_unasked, NULL },
	{ "counters-lie", MSG_COUNTERS_RES, NEED_NOTHING, do_nothing,
	    counters_lie },
	{ "counters-unasked", MSG_COUNTERS_RES, NEED_NOTHING, counters_unasked,
	    NULL },
	{ "pong-unasked", MSG_CHILD_PONG, NEED_NOTHING, pong_unasked, NULL },
	{ "agree-unasked", MSG_CONF_READY, NEED_NOTHING, agree_unasked, NULL },
	{ "refuse-unasked", MSG_CONF_FAILED, NEED_NOTHING, refuse_unasked,
	    NULL },
	{ "refuse", MSG_CONF_FAILED, NEED_NOTHING, do_nothing, refuse_next },
};

static const struct attack *
attack_find(void)
{
	size_t	i;

	for (i = 0; i < nitems(attacks); i++) {
		if (strcmp(attacks[i].name, evil.attack) == 0)
			return &attacks[i];
	}
	errx(1, "no attack %s", evil.attack);
}

/* --- what there is ------------------------------------------------------ */

static int
may_say(uint32_t type, enum proc_id from, enum proc_id to)
{
	enum msg_verdict	v = msg_check(type, from, to, 0, 0);

	return v != MSG_BAD_TYPE && v != MSG_BAD_ROUTE;
}

/* Before the daemon itself begins, as it knows nothing of this. */
static __attribute__((constructor)) void
list(void)
{
	const char	*orders = getenv("EVIL");
	enum proc_id	 from, to;
	uint32_t	 type;
	size_t		 i;

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
		(void)printf("attack %s %s\n", attacks[i].name,
		    msg_name(attacks[i].type));
	exit(0);
}
